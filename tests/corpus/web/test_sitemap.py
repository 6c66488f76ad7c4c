"""Sitemaps, news sitemaps and indexes of sitemaps, read from a server on this machine."""

import gzip
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.sources import Address, Notice, SeenAddress, Validators, Visit
from corpus.web import sitemap
from corpus.web.address import read_address
from corpus.web.fetch import Fetcher, Limits
from corpus.web.sitemap import looks_like_sitemap, parse
from tests.corpus.serving import Page, Site, serving

Found = list[Article | Failure | Visit | Notice]
SENTENCE = "The ferry stayed in port on Monday because of the gale, the harbour master said."
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
NEWS = """<news:news><news:publication><news:name>The Harbour Ledger</news:name>
<news:language>en</news:language>
</news:publication><news:publication_date>2024-03-04T10:15:00Z</news:publication_date>
<news:title>Gale keeps the ferry in port</news:title></news:news>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def look(url: str, known: Mapping[str, SeenAddress] | None = None, limits: Limits | None = None) -> Found:
    """What reading the address gives."""
    with Fetcher(allow_private=True, limits=limits or Limits(seconds=30)) as fetcher:
        return list(read_address(Address(url), fetcher, (known or {}).get))


def page(site: Site, path: str, title: str = "") -> str:
    head = f"<title>{title}</title>" if title else ""
    return site.html(
        path, f"<html><head>{head}</head><body><article><p>{path}: {SENTENCE}</p></article></body></html>"
    )


def link(url: str, lastmod: str = "", more: str = "") -> str:
    return f"<url><loc>{url}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}{more}</url>"


def child(url: str, lastmod: str = "") -> str:
    return link(url, lastmod).replace("url>", "sitemap>")


def put(site: Site, path: str, *links: str, root: str = "urlset", **headers: str) -> str:
    """Put a sitemap there; its address."""
    body = f"<?xml version='1.0' encoding='UTF-8'?>\n<{root} {SPACES}>{''.join(links)}</{root}>".encode()
    data = gzip.compress(body) if path.endswith(".gz") else body
    site.pages[path] = Page(data, headers={"Content-Type": "application/xml", **headers})
    return site.url + path


def index(site: Site, path: str, *links: str, **headers: str) -> str:
    return put(site, path, *links, root="sitemapindex", **headers)


def ids(found: Found) -> list[str]:
    return [one.id for one in found if isinstance(one, Article)]


def reasons(found: Found) -> list[str]:
    return [one.reason for one in found if isinstance(one, Failure)]


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def seen(url: str, succeeded_at: str, checked_at: str | None = None) -> SeenAddress:
    return SeenAddress("page", Validators('"1"'), checked_at or succeeded_at, (url,), succeeded_at)


def test_the_pages_of_a_sitemap_are_articles_the_newest_first(site: Site) -> None:
    old, new, undated = (page(site, f"/{name}", name) for name in ("old", "new", "undated"))
    url = put(
        site,
        "/sitemap.xml",
        link(undated),
        link(old, "2024-03-04"),
        link(new, "2024-03-06T10:00:00Z"),
        ETag='"s"',
    )
    found = look(url)
    assert ids(found) == [new, old, undated]
    assert found[-1] == Visit(url, "feed", Validators('"s"'), article_ids=(new, old, undated))
    assert look(url, {url: SeenAddress("feed", Validators('"s"'), ago(days=1))}) == [
        Visit(url, "feed", unchanged=True)
    ]


def test_a_news_sitemap_states_what_the_page_does_not(site: Site) -> None:
    bare, titled = page(site, "/bare"), page(site, "/titled", "The page's own title")
    stated = '<meta property="article:published_time" content="2024-02-01">'
    site.html(
        "/dated", f"<html><head>{stated}</head><body><article><p>{SENTENCE}</p></article></body></html>"
    )
    image = "<image:image><image:title>A boat</image:title></image:image>"
    url = put(
        site, "/news.xml", *(link(one, more=image + NEWS) for one in (bare, titled, f"{site.url}/dated"))
    )
    one, two, three = (entry for entry in look(url) if isinstance(entry, Article))
    assert (one.title, one.published_at) == ("Gale keeps the ferry in port", "2024-03-04T10:15:00Z")
    assert (one.source, two.title) == ("The Harbour Ledger", "The page's own title")
    assert three.published_at == "2024-02-01"


def test_a_page_that_was_not_changed_since_it_was_read_is_not_fetched(site: Site) -> None:
    same, changed, today = (page(site, f"/{name}") for name in ("same", "changed", "today"))
    links = [link(same, ago(days=3)), link(changed, ago(days=1)), link(today, ago(days=2)[:10])]
    known = {url: seen(url, ago(days=2)) for url in (same, changed, today)}
    found = look(put(site, "/sitemap.xml", *links), known)
    assert sorted(ids(found)) == sorted([changed, today]), (
        "a day has not ended before it has ended everywhere"
    )
    assert "/same" not in site.paths()
    assert Visit(same, "page", unchanged=True, article_ids=(same,)) in found


def test_a_page_whose_last_visit_failed_is_fetched_though_it_was_not_changed_since(site: Site) -> None:
    url = page(site, "/page")
    known = {url: seen(url, ago(days=9), checked_at=ago(days=1))}
    assert ids(look(put(site, "/sitemap.xml", link(url, ago(days=3))), known)) == [url]


@pytest.mark.parametrize(("hours", "fetched"), [(2, False), (30, True)])
def test_a_known_page_without_a_date_is_fetched_once_a_day(site: Site, hours: int, fetched: bool) -> None:
    url = page(site, "/page")
    found = look(put(site, "/sitemap.xml", link(url)), {url: seen(url, ago(hours=hours))})
    assert ids(found) == ([url] if fetched else [])


def test_the_sitemaps_of_an_index_are_read_packed_or_not_and_unchanged_ones_left(site: Site) -> None:
    pages = [page(site, f"/{number}") for number in range(3)]
    children = [
        put(site, "/one.xml.gz", link(pages[0], "2024-03-04"), ETag='"1"'),
        put(site, "/two.xml", link(pages[1], "2024-03-04")),
        put(site, "/three.xml", link(pages[2], "2024-03-04"), ETag='"3"'),
    ]
    site.pages["/one.xml.gz"].headers["Content-Type"] = "application/x-gzip"  # type: ignore[index]
    url = index(site, "/index.xml", *(child(one, ago(days=3)) for one in children), ETag='"i"')
    known = {children[2]: SeenAddress("feed", Validators('"3"'), ago(days=1), (), ago(days=1))}
    found = look(url, known)
    assert ids(found) == pages[:2] and "/three.xml" not in site.paths()
    visits = {one.url: one for one in found if isinstance(one, Visit)}
    assert visits[children[2]].unchanged and visits[url].validators == Validators('"i"')
    stamp = visits[children[1]].validators.last_modified
    assert stamp is not None and stamp.endswith("GMT"), (
        "it was read whole, though the server sends no validators"
    )


def test_an_index_that_does_not_say_what_was_changed_is_read_every_time(site: Site) -> None:
    url = index(site, "/index.xml", child(put(site, "/one.xml", link(page(site, "/1")))), ETag='"i"')
    assert look(url)[-1] == Visit(url, "feed", article_ids=())


def test_loops_and_levels_of_sitemaps_end(site: Site) -> None:
    url = index(site, "/0.xml", child(f"{site.url}/1.xml"), child(f"{site.url}/0.xml"))
    for level in range(1, 9):
        index(site, f"/{level}.xml", child(f"{site.url}/{level + 1}.xml"), child(url))
    found = look(url)
    assert site.paths() == ["/0.xml", "/1.xml", "/2.xml"]
    assert reasons(found) == ["the 1 sitemaps that it lists are left out, 3 levels down"]


def test_one_run_reads_so_many_pages_and_sitemaps_and_the_next_the_rest(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "MOST_PAGES", 4)
    monkeypatch.setattr(sitemap, "MOST_SITEMAPS", 3)
    pages = [page(site, f"/{number}") for number in range(6)]
    url = put(site, "/sitemap.xml", *(link(one, "2024-03-04") for one in pages), ETag='"s"')
    found = look(url)
    assert len(ids(found)) == 4 and reasons(found) == ["2 more pages are left for the next run"]
    assert found[-1] == Visit(url, "feed", article_ids=tuple(ids(found)))
    rest = look(url, {one: seen(one, ago(days=1)) for one in ids(found)})
    assert sorted(ids(found) + ids(rest)) == sorted(pages) and reasons(rest) == []
    children = [put(site, f"/{number}.xml", link(pages[number])) for number in range(5)]
    found = look(index(site, "/index.xml", *map(child, children)))
    assert len(ids(found)) == 2 and reasons(found) == ["3 more sitemaps are left for the next run"]


def test_what_cannot_be_read_is_named_and_the_rest_is_read(site: Site) -> None:
    good = page(site, "/good")
    picture = f"{site.url}/pic.png"
    site.pages["/pic.png"] = Page(b"\x89PNG\0", headers={"Content-Type": "image/png"})
    page_as_sitemap = page(site, "/page.xml")
    pages = put(
        site, "/pages.xml", link(f"{site.url}/gone"), link(picture), link("ftp://x/y"), link(""), link(good)
    )
    found = look(
        index(site, "/index.xml", child(f"{site.url}/none.xml"), child(page_as_sitemap), child(pages))
    )
    assert ids(found) == [good]
    assert [one.path for one in found if isinstance(one, Failure)] == [
        f"{site.url}/none.xml", page_as_sitemap, f"{site.url}/gone", picture,
    ]  # fmt: skip
    assert found[-1] == Visit(f"{site.url}/index.xml", "feed", article_ids=())


def test_what_stands_before_invalid_xml_is_read(site: Site) -> None:
    good = page(site, "/good")
    url = put(site, "/sitemap.xml", link(good), "<url><loc>a & b</loc></url>", link(page(site, "/late")))
    found = look(url)
    assert ids(found) == [good] and reasons(found) == [
        "it is no valid XML from line 2 on; the rest is left out"
    ]


def test_robots_and_the_guards_of_fetching_hold_for_what_is_listed(site: Site) -> None:
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /closed\n")
    open_page, closed = page(site, "/open"), page(site, "/closed")
    url = put(site, "/sitemap.xml", link(closed), link("http://127.0.0.1:22/"), link(open_page))
    found = look(url)
    assert ids(found) == [open_page] and "/closed" not in site.paths()
    assert "stay away" in reasons(found)[0] and "port 22" in reasons(found)[1]
    hidden = index(site, "/index.xml", child(f"{site.url}/closed.xml"))
    assert "stay away" in reasons(look(hidden))[0]


def test_a_packed_sitemap_that_unpacks_without_end_is_refused(site: Site) -> None:
    site.pages["/sitemap.xml.gz"] = Page(gzip.compress(b"<urlset>" + b" " * 50_000_000))
    assert "larger than the limit of 10 MB" in reasons(look(f"{site.url}/sitemap.xml.gz"))[0]


def test_a_run_asks_so_often_and_no_more(site: Site) -> None:
    links = [link(page(site, f"/{number}")) for number in range(9)]
    found = look(put(site, "/sitemap.xml", *links), limits=Limits(seconds=30, requests=5))
    assert len(ids(found)) == 3 and "one run fetches at most 5 addresses" in reasons(found)[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><urlset><url><loc>&a;</loc></url></urlset>", "declares entities"),
        (b"<urlset></urlset>", "lists no page"),
        (b"<urlset><url><loc>not an address\n</loc></url></urlset>", "lists no page"),
        (b"<urlset>" + b"<" * 1_000_001, "tags"),
        (b"<urlset>" + b"<a>" * 50_000, "no valid XML"),
        (b"<rss></rss>", "no sitemap"),
    ],
)
def test_what_is_no_sitemap_is_told_in_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(ReadError, match=says):
        parse(data, "ftp://a.example/sitemap.xml")


def test_links_beyond_the_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_LINKS", 3)
    links = "".join(link(f"https://a.example/{number}") for number in range(5))
    read = parse(f"<urlset>{links}</urlset>".encode(), "https://a.example/")
    assert len(read.pages) == 3 and read.problem == "it has more than 3 links; the rest is left out"


@pytest.mark.parametrize(
    ("start", "is_one"),
    [
        (b"<urlset>", True),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<?xml-stylesheet href='x'?><!-- by x -->\n<sm:urlset>", True),
        (b"<sitemapindex xmlns='x'>", True),
        (b"<html><body>&lt;urlset><urlset>", False),
        (b"<rss><urlset>", False),
        (b"", False),
    ],
)  # fmt: skip
def test_a_sitemap_is_known_by_its_first_element(start: bytes, is_one: bool) -> None:
    assert looks_like_sitemap(start) is is_one


@pytest.mark.parametrize("mark", ["", "\ufeff", "\n\n"])
def test_a_sitemap_in_plain_text_lists_an_address_a_line(site: Site, mark: str) -> None:
    pages = [page(site, f"/{number}") for number in range(3)]
    listed = f"{mark}{pages[0]}\r\n{pages[1]}\r\n\r\n{pages[2]}\r\n".encode()
    site.pages["/sitemap.txt"] = Page(listed, headers={"Content-Type": "text/plain"})
    found = look(f"{site.url}/sitemap.txt")
    assert {one.url for one in found if isinstance(one, Article)} == set(pages)


def test_a_text_with_addresses_in_it_is_no_sitemap() -> None:
    assert not looks_like_sitemap(b"https://a.example/1\nis where the ferry sails from.")
    assert not looks_like_sitemap(b"")
