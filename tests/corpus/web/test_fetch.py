"""Fetching stays within its bounds: of where it leads, of size, of time, of count."""

import gzip
import re
import socket
import threading
from collections.abc import Iterable, Iterator

import pytest

from corpus.errors import ReadError
from corpus.sources import Validators
from corpus.web.fetch import Fetcher, Limits, Refused, is_public
from tests.corpus.serving import Page, Site, serving

LIMITS = Limits(redirects=3, bytes=200_000, seconds=30.0, requests=30)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(allow_private=True, limits=LIMITS) as made:
        yield made


def why(fetcher: Fetcher, url: str) -> str:
    """Why the address is not fetched: one line."""
    with pytest.raises(ReadError) as told:
        fetcher.fetch(url)
    reason = str(told.value)
    assert "\n" not in reason and len(reason) < 300 and reason.isprintable()
    return reason


def test_a_page_comes_with_its_type_charset_and_validators(site: Site, fetcher: Fetcher) -> None:
    url = site.html("/a", "<p>Größe</p>", ETag='"7"', Last_Modified="Mon, 04 Mar 2024 10:00:00 GMT")
    found = fetcher.fetch(url)
    assert (found.url, found.content_type, found.charset) == (url, "text/html", "utf-8")
    assert found.validators == Validators('"7"', "Mon, 04 Mar 2024 10:00:00 GMT")
    assert site.asked[0][1]["User-Agent"].startswith("onrecord/")
    again = fetcher.fetch(url, found.validators)
    assert again.unchanged and not again.data


def test_redirects_are_followed_and_bounded(site: Site, fetcher: Fetcher) -> None:
    site.pages["/one"] = Page(status=301, headers={"Location": "/two"})
    site.pages["/two"] = Page(status=307, headers={"Location": site.html("/three", "<p>Here</p>")})
    assert fetcher.fetch(f"{site.url}/one").url == f"{site.url}/three"
    site.pages["/round"] = Page(status=302, headers={"Location": "/about"})
    site.pages["/about"] = Page(status=302, headers={"Location": "/round"})
    assert "redirects in a circle" in why(fetcher, f"{site.url}/round")
    for number in range(9):
        site.pages[f"/{number}"] = Page(status=302, headers={"Location": f"/{number + 1}"})
    assert "redirects more than 3 times" in why(fetcher, f"{site.url}/0")


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "http://[", "//"]
)
def test_a_redirect_out_of_the_web_is_refused(site: Site, fetcher: Fetcher, target: str) -> None:
    site.pages["/out"] = Page(status=302, headers={"Location": target})
    assert re.search(
        "no address|only http and https|cannot be fetched|in a circle", why(fetcher, f"{site.url}/out")
    )
    assert site.paths() == ["/out"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://localhost/",
    ],
)
def test_addresses_that_are_not_of_the_public_internet_are_refused(url: str) -> None:
    with Fetcher(limits=LIMITS) as fetcher:
        reason = why(fetcher, url)
    assert re.search("is not on the public internet|is not known|Invalid IPv4 address", reason)


PUBLIC = """
    8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.0
    192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 168.63.129.15
    2606:4700::1111 2a00:1450:4001::1 2001:4860:4860::8888 2400:cb00::1 2003::1 2800::1 3ffe:ffff::1
    ::ffff:8.8.8.8 64:ff9b::808:808
"""
NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
    127.255.255.254
    168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.170
    192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:8.8.8.8
    64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1:0:808:808:: 100::1 100:0:0:1::1 200::1 400::1
    2001::1 2001:0:808:808::1 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1
    2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1
    fc00::1 fd00:ec2::254 fd20:ce::254 fe00::1 fe80::1 fe80::1%eth0 fec0::1 feff::1 ff02::1 ff0e::1
    2606:4700::1111%eth0 8.8.8.8%eth0 0177.0.0.1 127.1 2130706433 0x7f.1 news.example
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_addresses_of_the_public_internet_are_known_as_such(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_no_other_address_is_taken_for_public(address: str) -> None:
    assert not is_public(address)


def test_a_public_page_that_redirects_to_this_machine_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = site.html("/secret", "<p>Secret</p>")
    site.pages["/out"] = Page(status=302, headers={"Location": secret})
    verdicts = iter([True, False])  # The first host is let pass, as one of the public internet would be.
    monkeypatch.setattr("corpus.web.fetch.is_public", lambda address: next(verdicts))
    with Fetcher(limits=LIMITS, resolve=lambda host, port: ["127.0.0.1"]) as fetcher:
        assert "leads to 127.0.0.1" in why(fetcher, f"http://news.example:{site.port}/out")
    assert site.paths() == ["/out"]


def test_a_name_that_resolves_otherwise_the_next_moment_gains_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.html("/a", "<p>Secret</p>")
    asked: list[str] = []

    def changing(host: str, port: int) -> Iterable[str]:
        asked.append(host)
        return ["203.0.113.7"] if len(asked) == 1 else ["127.0.0.1"]

    connected: list[str] = []

    def connect(address: tuple[str, int], *more: object, **others: object) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("corpus.web.fetch.is_public", lambda address: address == "203.0.113.7")
    monkeypatch.setattr(socket, "create_connection", connect)
    with Fetcher(limits=LIMITS, resolve=changing) as fetcher:
        why(fetcher, f"http://news.example:{site.port}/a")
        assert connected == ["203.0.113.7"] and asked == ["news.example"]
        assert "leads to 127.0.0.1" in why(fetcher, f"http://news.example:{site.port}/a")
    assert connected == ["203.0.113.7"] and not site.asked


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with Fetcher(limits=LIMITS, resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"]) as fetcher:
        assert "leads to 10.0.0.1" in why(fetcher, "http://news.example/")


@pytest.mark.parametrize(
    "url", ["http://name:word@127.0.0.1/", "gopher://x/", "http://127.0.0.1:25/", "http:///a", "http://a b/"]
)
def test_odd_addresses_are_refused_before_anything_is_asked(fetcher: Fetcher, url: str) -> None:
    assert "word" not in why(fetcher, url).replace("password", "")


def test_what_is_too_large_is_left(site: Site, fetcher: Fetcher) -> None:
    site.pages["/large"] = Page(b"x" * 300_000)
    site.pages["/endless"] = Page(b"", forever=b"x" * 10_000)
    bomb = gzip.compress(b"x" * 5_000_000)
    site.pages["/bomb"] = Page(bomb, headers={"Content-Encoding": "gzip"})
    for path in ("/large", "/endless", "/bomb"):
        assert "larger than the limit of 0.2 MB" in why(fetcher, site.url + path)


def test_what_takes_too_long_is_left(site: Site) -> None:
    stopped = threading.Event()
    site.pages["/drip"] = Page(b"", drip=lambda: not stopped.wait(0.05))
    site.pages["/silent"] = Page(b"", drip=lambda: stopped.wait(60))
    try:
        with Fetcher(allow_private=True, limits=Limits(seconds=1.0)) as fetcher:
            for path in ("/drip", "/silent"):
                assert "did not answer in time" in why(fetcher, site.url + path)
    finally:
        stopped.set()


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (Page(b""), "answered with nothing"),
        (Page(b"", 204), "gave no content"),
        (Page(b"<p>Sorry</p>", 500), "failing server"),
        (Page(b"", 401), "asks for a password"),
        (Page(b"", 403), "refuses to be read"),
        (Page(b"", 404), "is not there"),
        (Page(b"", 410), "gone for good"),
        (Page(b"", 429), "asked too often"),
        (Page(raw=b""), "cannot be fetched"),
        (Page(raw=b"\x16\x03\x01 no http at all\r\n\r\n"), "cannot be fetched"),
        (Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort"), "cannot be fetched"),
        (Page(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx"), "cannot be fetched"),
        (Page(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Bomb: " + b"x" * 500_000 + b"\r\n\r\n"), "cannot be fetched"),
        (Page(b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be fetched"),
        (Page(b"", 302, headers={"Location": "/x y\x7f"}), "cannot be fetched"),
    ],
)
def test_an_answer_that_is_none_is_one_sentence(site: Site, fetcher: Fetcher, page: Page, says: str) -> None:
    site.pages["/a"] = page
    assert says in why(fetcher, f"{site.url}/a")


def test_nobody_at_home_and_no_tls_are_one_sentence(site: Site, fetcher: Fetcher) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "cannot be fetched" in why(fetcher, f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert "cannot be fetched" in why(fetcher, f"https://127.0.0.1:{site.port}/")


def test_one_run_asks_so_often_and_no_more(site: Site) -> None:
    url = site.html("/a", "<p>A</p>")
    with Fetcher(allow_private=True, limits=Limits(requests=2)) as fetcher:
        fetcher.fetch(url), fetcher.fetch(url)
        assert "at most 2 addresses" in why(fetcher, url)


def test_cookies_are_neither_kept_nor_sent(site: Site, fetcher: Fetcher) -> None:
    url = site.html("/a", "<p>A</p>", Set_Cookie="who=me")
    fetcher.fetch(url), fetcher.fetch(url)
    assert not any("Cookie" in headers for _, headers in site.asked)


def test_what_is_not_allowed_is_not_asked_for_after_a_redirect_either(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = Page(status=302, headers={"Location": "/closed"})
    site.html("/closed", "<p>Closed</p>")

    def allowed(url: str) -> None:
        if url.endswith("/closed"):
            raise Refused("closed")

    with pytest.raises(Refused, match="closed"):
        fetcher.fetch(f"{site.url}/a", allowed=allowed)
    assert site.paths() == ["/a"]
