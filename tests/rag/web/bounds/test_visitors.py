import pytest
from fastapi import Request

from rag.web.bounds import visitors
from rag.web.bounds.visitors import NOBODY, Allowance, is_local, visitor_of
from rag.web.errors import Refusal


@pytest.mark.parametrize(
    ("address", "visitor"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", NOBODY),
    ],
)
def test_a_visitor_is_an_ipv4_address_or_an_ipv6_network_of_64_bits(address: str, visitor: str) -> None:
    assert visitor_of({"client": (address, 4711)}) == visitor


def test_requests_without_an_address_are_one_visitor() -> None:
    assert visitor_of({"client": None}) == visitor_of({}) == NOBODY


def test_what_one_visitor_used_up_is_left_to_another() -> None:
    allowance = Allowance(2, 60, "Too often.")
    allowance.enter("192.0.2.7")
    allowance.check("192.0.2.7")
    allowance.enter("192.0.2.7")
    for refuse in (allowance.enter, allowance.check):
        with pytest.raises(Refusal, match="Too often") as refused:
            refuse("192.0.2.7")
        assert refused.value.status_code == 429
        assert 1 <= int((refused.value.headers or {})["Retry-After"]) <= 61
    allowance.enter("192.0.2.8")


def test_visitors_without_end_are_not_all_remembered_and_the_latest_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visitors, "MOST_VISITORS", 40)
    allowance = Allowance(1, 3_600, "Too often.")
    for n in range(1_000):
        allowance.enter(f"2001:db8:{n:x}::/64")
        assert len(allowance._storage.events) <= 41
        with pytest.raises(Refusal):
            allowance.enter(f"2001:db8:{n:x}::/64")
        if n >= 15:
            with pytest.raises(Refusal):
                allowance.check(f"2001:db8:{n - 15:x}::/64")


def test_what_costs_more_uses_up_more() -> None:
    allowance = Allowance(10, 60, "Too much.")
    allowance.enter("192.0.2.7", 6)
    with pytest.raises(Refusal):
        allowance.enter("192.0.2.7", 5)
    allowance.enter("192.0.2.7", 4)


@pytest.mark.parametrize(
    ("client", "headers", "local"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:7860"}, True),
        ("127.0.0.1", {"host": "localhost"}, True),
        ("::1", {"host": "[::1]:7860"}, True),
        ("192.0.2.7", {"host": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "archive.example"}, False),
        ("127.0.0.1", {"host": "127.0.0.1", "x-forwarded-for": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "127.0.0.1", "forwarded": "for=127.0.0.1"}, False),
        ("127.0.0.1", {"host": "127.0.0.1", "via": "1.1 proxy"}, False),
        (None, {"host": "127.0.0.1"}, False),
    ],
)
def test_a_request_is_local_only_from_and_to_this_machine_and_through_no_proxy(
    client: str | None, headers: dict[str, str], local: bool
) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/metrics",
        "query_string": b"",
        "server": ("127.0.0.1", 7860),
        "scheme": "http",
        "client": client and (client, 4711),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    assert is_local(Request(scope)) is local
