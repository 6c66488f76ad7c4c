import pytest

from rag.web.bounds.visitors import NOBODY, Allowance, visitor_of
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
