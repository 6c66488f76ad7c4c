"""Outlets: sites of addresses, names in titles, and addresses of one page."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.outlets import Outlets, addresses_of, host_of, named_in_title, page_key, site_of, unwrapped


@pytest.mark.parametrize(
    ("address", "host", "site"),
    [
        ("https://news.bbc.co.uk/x", "news.bbc.co.uk", "bbc.co.uk"),
        ("https://www.theguardian.com/a", "theguardian.com", "theguardian.com"),
        ("https://WWW.Post.Example:8443/a", "post.example", "post.example"),
        ("m.post.example", "m.post.example", "post.example"),
        ("https://anns-notes.blogspot.com/1", "anns-notes.blogspot.com", "anns-notes.blogspot.com"),
        ("https://abc.net.au/news", "abc.net.au", "abc.net.au"),
        ("https://www.city.kobe.jp/", "city.kobe.jp", "city.kobe.jp"),
        ("https://co.uk/x", "co.uk", "co.uk"),
        ("https://xn--mller-kva.example/", "müller.example", "müller.example"),
        ("https://www.post.example./a", "post.example", "post.example"),
        ("https://someone@evil.example@post.example/", "post.example", "post.example"),
        ("https://web.archive.org/web/20200101/https://www.post.example/x", "post.example", "post.example"),
        ("https://post-example.cdn.ampproject.org/c/s/post.example/x", "post.example", "post.example"),
        ("https://www.google.com/amp/s/post.example/x", "post.example", "post.example"),
        ("www.com", "www.com", "www.com"),
    ],
)
def test_the_site_of_an_address_is_its_registrable_domain(address: str, host: str, site: str) -> None:
    assert (host_of(address), site_of(host)) == (host, site)


@pytest.mark.parametrize(
    "address",
    [None, "", "http://127.0.0.1/a", "http://[::1]/a", "http://localhost/a", "intranet", "a b.com",
     "javascript:alert(1)", "1.2.3.4.5", "http://[", "https://../", f"{'a' * 300}.example"],
)  # fmt: skip
def test_what_names_no_outlet_has_no_host(address: str | None) -> None:
    assert host_of(address) is None


def test_the_list_of_suffixes_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    assert site_of("a.b.co.jp") == "b.co.jp"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://x.example/a", "http://www.X.example/a/", True),
        ("https://m.x.example/a?utm_source=q&fbclid=1", "https://x.example/a#c", True),
        ("https://x.example/amp/a", "https://x.example/a", True),
        ("https://x.example/a.amp.html", "https://x.example/a.html", True),
        ("https://x.example/a/index.html", "https://x.example/a", True),
        ("https://x.example/%C3%A9", "https://x.example/é", True),
        ("https://x.example/a?b=2&c=1", "https://x.example/a?c=1&b=2", True),
        ("https://x.example:443/a", "https://x.example/a", True),
        ("https://x.example/?p=1", "https://x.example/?p=2", False),
        ("https://x.example:8080/a", "https://x.example/a", False),
        ("https://x.example/a", "https://y.example/a", False),
        ("https://x.example/A", "https://x.example/a", False),
        ("https://amp.example/a", "https://example/a", False),
    ],
)
def test_addresses_of_one_page_have_one_key(one: str, other: str, same: bool) -> None:
    assert (page_key(one) == page_key(other)) is same


@pytest.mark.parametrize(
    "address", ["https://x.example/a", "http://www.x.example/a/?utm_source=q#c", "HTTPS://X.example:443/a"]
)
def test_a_page_is_looked_for_at_each_of_its_likely_addresses(address: str) -> None:
    found = addresses_of(address)
    assert len(set(found)) == len(found) == 8
    assert {"https://x.example/a", "http://www.x.example/a/", "https://www.x.example/a"} <= set(found)
    assert len(set(map(page_key, found))) == 1


def test_a_front_page_has_its_slash_and_what_is_no_page_no_address() -> None:
    assert "https://x.example/" in addresses_of("https://x.example") and "https://x.example" not in (
        addresses_of("https://x.example")
    )
    assert addresses_of("https://x.example/a?b=1")[0] == "https://x.example/a?b=1"
    assert addresses_of("javascript:alert(1)") == addresses_of("") == addresses_of("\0") == ()


@pytest.mark.parametrize(
    ("title", "host", "outlet"),
    [
        ("Fish market to move - Brenholm Post", "brenholmpost.example", "Brenholm Post"),
        ("Fish market to move | The Brenholm Post", "brenholm-post.example", "The Brenholm Post"),
        ("Fish market to move | Harbour | BBC News", "bbc.co.uk", "BBC News"),
        ("Fish market to move - The New York Times", "nytimes.com", "The New York Times"),
        ("Brenholm Post: Fish market to move", "brenholmpost.example", "Brenholm Post"),
        ("Fish market – to move", "post.example", None),
        ("Fish market to move | Harbour", "post.example", None),
        ("Brenholm Post", "brenholmpost.example", None),
    ],
)
def test_a_title_names_the_outlet_where_the_site_has_that_name(
    title: str, host: str, outlet: str | None
) -> None:
    assert named_in_title(title, host) == outlet


def test_the_nearest_named_domain_counts() -> None:
    outlets = Outlets({"echo.co.uk": "The Echo", "sport.echo.co.uk": "Echo Sport"})
    hosts = ("echo.co.uk", "news.echo.co.uk", "live.sport.echo.co.uk", "notecho.co.uk", "co.uk")
    assert list(map(outlets.name, hosts)) == ["The Echo", "The Echo", "Echo Sport", "notecho.co.uk", "co.uk"]


@given(st.text())
def test_any_text_has_a_host_or_none(text: str) -> None:
    host = host_of(text)
    assert host is None or site_of(host)
    page_key(text), unwrapped(text), named_in_title(text, "post.example")
