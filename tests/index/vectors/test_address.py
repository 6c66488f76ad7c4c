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
    assert str(expected) == expected.url == shown


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("vectors:8000", "must begin with http:// or https://"),
        ("ftp://vectors", "must begin with http:// or https://"),
        ("http://", "names no host"),
        ("http://:8000", "names no host"),
        ("http://a b", "names no host"),
        ("http://vectors:port", "is no address of a server"),
        ("http://vectors:0", "names the port 0"),
        ("http://vectors:99999", "is no address of a server"),
        ("http://[::1", "is no address of a server"),
        ("http://vectors/api/v2", "must end with host and port"),
        ("http://vectors?x=1", "must end with host and port"),
        ("http://me:hunter2@vectors/api", "must end with host and port"),
    ],
)
def test_what_is_no_address_is_refused_in_one_sentence(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        ChromaAddress.parse(url)
    assert "http://127.0.0.1:8000" in str(refused.value) and "hunter2" not in str(refused.value)


def test_credentials_become_a_header_and_are_never_shown() -> None:
    address = ChromaAddress.parse("https://editor:hunter%3A2@vectors:8443")
    assert address.authorization == "Basic ZWRpdG9yOmh1bnRlcjoy"
    assert str(address) == "https://vectors:8443"
    assert "hunter" not in repr(address) and "ZWRp" not in repr(address)
