"""Hosts: what stays on this machine, however it is written."""

import pytest

from corpus.hosts import is_loopback, is_this_machine


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host) and is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1.example",
        "localhost.example",
        "example.localhost.example",
        "0.0.0.0",
        "10.0.0.5",
        "2130706433",
    ],
)
def test_no_other_host_is_taken_for_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["203.0.113.1", "2001:db8::1", "models.example", ""])
def test_no_address_of_another_machine_is_taken_for_one_of_this(host: str) -> None:
    assert not is_this_machine(host)
