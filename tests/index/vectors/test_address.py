"""The address of a Chroma server: what is taken, what is refused, and that no password is shown."""

import pytest

from index.vectors.address import ChromaAddress


@pytest.mark.parametrize(
    ("url", "expected", "shown"),
    [
        ("http://127.0.0.1:8123", ChromaAddress("127.0.0.1", 8123), "http://127.0.0.1:8123"),
        (" HTTP://Vectors/ ", ChromaAddress("vectors", 8000), "http://vectors:8000"),
        ("https://http-vectors", ChromaAddress("http-vectors", 443, True), "https://http-vectors:443"),
        ("http://[::1]:9", ChromaAddress("::1", 9), "http://[::1]:9"),
    ],
)
def test_an_address_is_host_and_port(url: str, expected: ChromaAddress, shown: str) -> None:
    assert ChromaAddress.parse(url) == expected
    assert str(expected) == shown


@pytest.mark.parametrize(
    "url",
    [
        "vectors:8000",
        "ftp://vectors",
        "http://",
        "http://:8000",
        "http://a b",
        "http://vectors:port",
        "http://vectors:0",
        "http://vectors:99999",
        "http://[::1",
        "http://vectors/api/v2",
        "http://vectors?x=1",
        "http://me:hunter2@vectors/api",
    ],
)
def test_what_is_no_address_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        ChromaAddress.parse(url)
    says = "must begin with http:// or https:// and end with host and port, as http://127.0.0.1:8000 does"
    assert str(refused.value) == says


def test_credentials_become_a_header_and_are_never_shown() -> None:
    address = ChromaAddress.parse("https://editor:hunter%3A2@vectors:8443")
    assert address.authorization == "Basic ZWRpdG9yOmh1bnRlcjoy"
    assert str(address) == "https://vectors:8443"
    assert "hunter" not in repr(address) and "ZWRp" not in repr(address)
