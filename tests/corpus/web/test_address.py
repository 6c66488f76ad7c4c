"""Addresses: a page is one article, a feed one for each entry; what has not changed is not read again."""

import gzip
from collections.abc import Iterator, Mapping

import pytest

from corpus.article import Article, Failure
from corpus.sources import Address, Notice, SeenAddress, Validators, Visit
from corpus.web.address import read_address
from corpus.web.fetch import Fetcher, Limits
from tests.corpus.documents import docx, pdf
from tests.corpus.serving import Page, Site, serving

Found = list[Article | Failure | Visit | Notice]
PAGE = """<html lang="en"><head><title>{title} | Ledger</title>{head}</head>
<body><nav><a href="/">Home</a></nav><article>
<h1>{title}</h1><p>The ferry stayed in port on Monday because of the gale,
the harbour master Ann Lee said.</p>
<p>Two hundred passengers waited in the school until the sea was calm again on Tuesday morning.</p></article>
</body></html>"""
LINKED = """<script type="application/ld+json">
{{"@type": "NewsArticle", "headline": "Gale &amp; ferry",
"author": [{{"name": "Ann Lee"}}], "publisher": {{"name": "The Harbour Ledger"}},
"datePublished": "2024-03-04",
"dateModified": "2024-03-05T08:00:00Z", "url": "{url}"}}</script>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def look(url: str, known: Mapping[str, SeenAddress] | None = None, limits: Limits | None = None) -> Found:
    """What reading the address gives."""
    with Fetcher(allow_private=True, limits=limits or Limits(seconds=30)) as fetcher:
        return list(read_address(Address(url), fetcher, (known or {}).get))


def feed_of(site: Site, *entries: str) -> str:
    """Put a feed of these items there; its address."""
    body = f"<rss version='2.0'><channel><title>Wire</title>{''.join(entries)}</channel></rss>"
    site.pages["/feed"] = Page(body.encode(), headers={"Content-Type": "application/rss+xml", "ETag": '"f1"'})
    return f"{site.url}/feed"


def item(link: str, title: str = "Gale", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def test_a_page_is_one_article_with_what_it_states(site: Site) -> None:
    url = f"{site.url}/gale?utm_source=x&id=7"
    site.html(
        "/gale?utm_source=x&id=7",
        PAGE.format(title="Gale", head=LINKED.format(url=f"{site.url}/gale?id=7")),
        ETag='"1"',
    )
    site.pages["/gale?id=7"] = site.pages["/gale?utm_source=x&id=7"]
    article, looked = look(url)
    assert isinstance(article, Article)
    assert article.id == article.url == article.origin == f"{site.url}/gale?id=7"
    assert (article.title, article.source, article.authors) == (
        "Gale & ferry",
        "The Harbour Ledger",
        ("Ann Lee",),
    )
    assert (article.published_at, article.updated_at) == ("2024-03-04", "2024-03-05T08:00:00Z")
    assert "Home" not in article.text
    assert looked == Visit(article.url or "", "page", Validators('"1"'), article_ids=(article.id,))


def test_a_page_cannot_claim_to_be_another_outlets_article(site: Site) -> None:
    head = '<link rel="canonical" href="https://bbc.example/news/1">'
    head += '<meta property="og:url" content="https://bbc.example/news/2">'
    url = site.html("/fake", PAGE.format(title="Fake", head=head))
    article = look(url)[0]
    assert isinstance(article, Article) and article.id == article.url == url


def test_an_unchanged_page_is_not_read(site: Site) -> None:
    url = site.html("/gale", PAGE.format(title="Gale", head=""), ETag='"1"')
    known = {url: SeenAddress("page", Validators('"1"'), "2024-01-01T00:00:00Z", (url,))}
    assert look(url, known) == [Visit(url, "page", unchanged=True)]


def test_a_feed_gives_whole_entries_as_they_are_and_the_others_by_their_pages(site: Site) -> None:
    page = site.html("/gale", PAGE.format(title="Gale in full", head=""))
    long = "<p>The museum opens a show of medieval coins on Friday, and entry is free.</p>" * 30
    whole = item(
        "https://ledger.example/coins", "Coins", "<content:encoded><![CDATA[" + long + "]]></content:encoded>"
    )
    whole = whole.replace("<item>", '<item xmlns:content="http://purl.org/rss/1.0/modules/content/">')
    url = feed_of(site, item(page, "Teaser", "<pubDate>Mon, 04 Mar 2024 10:15:00 GMT</pubDate>"), whole)
    found = look(url)
    gale, coins = (one for one in found if isinstance(one, Article))
    assert (gale.id, gale.title, gale.source) == (page, "Gale in full", "Wire")
    assert gale.published_at == "2024-03-04T10:15:00+00:00", "what the page does not state, the feed does"
    assert (coins.id, coins.origin) == ("https://ledger.example/coins",) * 2
    assert found[-1] == Visit(url, "feed", Validators('"f1"'), article_ids=(gale.id, coins.id))
    assert site.paths() == ["/feed", "/gale"]


def test_a_page_that_was_looked_at_a_moment_ago_is_left_alone(site: Site) -> None:
    from index.store.write import now

    page = site.html("/gale", PAGE.format(title="Gale", head=""))
    url = feed_of(site, item(page))
    found = look(url, {page: SeenAddress("page", Validators(), now(), (page,))})
    assert found == [
        Visit(page, "page", unchanged=True, article_ids=(page,)),
        Visit(url, "feed", Validators('"f1"'), article_ids=(page,)),
    ]


def test_one_broken_entry_is_told_and_the_rest_is_read(site: Site) -> None:
    page = site.html("/gale", PAGE.format(title="Gale", head=""))
    menu = site.html("/menu", "<html><body><a href='/'>Home</a></body></html>")
    url = feed_of(site, item(f"{site.url}/gone"), item(menu), item("file:///etc/passwd"), item(page))
    found = look(url)
    assert [one.id for one in found if isinstance(one, Article)] == [page]
    reasons = [one.reason for one in found if isinstance(one, Failure)]
    assert len(reasons) == 3 and "is not there (status 404)" in reasons[0] and "no article" in reasons[1]
    assert found[-1] == Visit(url, "feed", article_ids=(page,)), "no validators: the next run reads it again"


def test_an_entry_that_leads_into_this_machine_is_refused_unless_permitted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = site.html("/secret", PAGE.format(title="Secret", head=""))
    url = feed_of(site, item(secret.replace("127.0.0.1", "localhost")))
    public = iter([True, True, False])  # The feed's robots.txt and the feed; one connection may serve both.
    monkeypatch.setattr(
        "corpus.web.fetch.is_public", lambda address: address == "127.0.0.1" and next(public, False)
    )
    with Fetcher(
        limits=Limits(seconds=30), resolve=lambda host, port: ["127.0.0.1" if host != "localhost" else "::1"]
    ) as fetcher:
        found = list(read_address(Address(url), fetcher, lambda url: None))
    assert not [one for one in found if isinstance(one, Article)] and "/secret" not in site.paths()
    assert any(isinstance(one, Failure) and "not on the public internet" in one.reason for one in found)


def test_a_front_page_that_holds_no_article_leads_to_its_feed(site: Site) -> None:
    page = site.html("/gale", PAGE.format(title="Gale", head=""))
    feed_of(site, item(page))
    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    front = f"<html><head>{link}</head><body>Menu</body></html>"
    found = look(site.html("/", front))
    assert [one.id for one in found if isinstance(one, Article)] == [page]


def test_robots_are_obeyed(site: Site) -> None:
    page = site.html("/gale", PAGE.format(title="Gale", head=""))
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /gale\n")
    failure, looked = look(page)
    assert isinstance(failure, Failure) and "robots.txt asks onrecord to stay away" in failure.reason
    assert isinstance(looked, Visit) and looked.problem == failure.reason and not site.paths()


def test_a_pdf_on_the_web_is_read_as_one(site: Site) -> None:
    data = pdf([["The ferry stayed in port on Monday because of the gale, the harbour master said."]])
    site.pages["/report.pdf"] = Page(data, headers={"Content-Type": "application/pdf"})
    article, _ = look(f"{site.url}/report.pdf")
    assert isinstance(article, Article) and article.id == article.origin == f"{site.url}/report.pdf"


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/zip"])
def test_what_is_no_text_is_told(site: Site, kind: str) -> None:
    site.pages["/a"] = Page(b"\x89PNG", headers={"Content-Type": kind})
    failure, _ = look(f"{site.url}/a")
    assert isinstance(failure, Failure) and f"is {kind}, which is not read" in failure.reason


def test_the_servers_charset_goes_before_the_pages(site: Site) -> None:
    page = PAGE.format(title="Größe", head='<meta charset="windows-1251">').encode("cp1252")
    site.pages["/a"] = Page(page, headers={"Content-Type": "text/html; charset=windows-1252"})
    article, _ = look(f"{site.url}/a")
    assert isinstance(article, Article) and article.title == "Größe"


SENTENCE = "The ferry stayed in port on Monday because of the gale, the harbour master said."
TYPED = {
    "a PDF as bytes": (pdf([[SENTENCE]]), "application/octet-stream"),
    "a PDF as a page": (pdf([[SENTENCE]]), "text/html; charset=utf-8"),
    "a PDF as text": (pdf([[SENTENCE]]), "text/plain"),
    "a Word document as a zip archive": (docx("Gale", SENTENCE), "application/zip"),
    "a Word document as an old one": (docx("Gale", SENTENCE), "application/msword"),
    "a page as text": (PAGE.format(title="Gale", head="").encode(), "text/plain"),
    "a page as bytes": (PAGE.format(title="Gale", head="").encode(), "application/octet-stream"),
    "a page as an image": (PAGE.format(title="Gale", head="").encode(), "image/png"),
    "a page as JSON": (PAGE.format(title="Gale", head="").encode(), "application/json"),
    "a page as a feed": (PAGE.format(title="Gale", head="").encode(), "application/rss+xml"),
    "a page without a type": (PAGE.format(title="Gale", head="").encode(), ""),
    "JSON as a page": (f'{{"title": "Gale", "text": "{SENTENCE}"}}'.encode(), "text/html"),
    "JSON as text": (f'[{{"title": "Gale", "text": "{SENTENCE}"}}]'.encode(), "text/plain"),
    "a packed page": (gzip.compress(PAGE.format(title="Gale", head="").encode()), "application/gzip"),
    "a packed page as a page": (gzip.compress(PAGE.format(title="Gale", head="").encode()), "text/html"),
    "a packed PDF as bytes": (gzip.compress(pdf([[SENTENCE]])), "application/octet-stream"),
}


@pytest.mark.parametrize("name", TYPED)
def test_a_wrong_type_is_overruled_by_the_first_bytes(name: str, site: Site) -> None:
    body, declared = TYPED[name]
    site.pages["/a"] = Page(body, headers={"Content-Type": declared} if declared else {})
    article, visit = look(f"{site.url}/a")
    assert isinstance(article, Article), article
    assert article.id == f"{site.url}/a" and "The ferry stayed in port on Monday" in article.text
    assert isinstance(visit, Visit) and visit.problem is None


@pytest.mark.parametrize("declared", ["text/html", "application/octet-stream", "application/rss+xml"])
def test_a_feed_under_another_type_is_a_feed(declared: str, site: Site) -> None:
    page = site.html("/gale", PAGE.format(title="Gale", head=""))
    url = feed_of(site, item(page))
    site.pages["/feed"] = Page(site.pages["/feed"].body, headers={"Content-Type": declared})
    assert [one.id for one in look(url) if isinstance(one, Article)] == [page]


def test_a_packed_feed_is_unpacked_within_the_limit_of_bytes(site: Site) -> None:
    page = site.html("/gale", PAGE.format(title="Gale", head=""))
    url = feed_of(site, item(page))
    site.pages["/feed"] = Page(
        gzip.compress(site.pages["/feed"].body), headers={"Content-Type": "application/x-gzip"}
    )
    assert [one.id for one in look(url) if isinstance(one, Article)] == [page]
    site.pages["/feed"] = Page(gzip.compress(b"x" * 50_000_000))
    failure, _ = look(url)
    assert isinstance(failure, Failure) and "is larger than the limit of 10 MB" in failure.reason
    site.pages["/feed"] = Page(gzip.compress(b"x" * 5_000)[:-9])
    failure, _ = look(url)
    assert isinstance(failure, Failure) and "its gzip data are cut off" in failure.reason


UNREADABLE = {
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    "an image as a page": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/html"),
    "an image as bytes": (b"\xff\xd8\xff\xe0\0\x10JFIF", "application/octet-stream"),
    "bytes as text": (bytes(range(256)) * 9, "text/plain"),
    "bytes as a page": (bytes(range(256)) * 9, "text/html"),
    "bytes as a feed": (bytes(range(256)) * 9, "application/rss+xml"),
    "half a PDF": (pdf([[SENTENCE]])[:60], "application/pdf"),
    "half a Word document": (docx("Gale", SENTENCE)[:900], "application/zip"),
    "a page of no charset that there is": (
        b"<html><body><p>\xff\xfe\0</body>",
        "text/html; charset=nonsense",
    ),
    "UTF-16 cut in half": (b"\xff\xfeT\0h", "text/html"),
    "a menu": (b"<html><body><a href='/'>Home</a></body></html>", "text/html"),
    "JSON without a text": (b'{"title": "A"}', "application/json"),
    "nothing": (b"", "text/html"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_address_that_cannot_be_read_is_named_with_the_reason(name: str, site: Site) -> None:
    body, declared = UNREADABLE[name]
    site.pages["/a"] = Page(body, headers={"Content-Type": declared})
    found = look(f"{site.url}/a")
    [failure] = [one for one in found if isinstance(one, Failure)]
    assert failure.path == f"{site.url}/a" and failure.reason.isprintable()
    assert isinstance(found[-1], Visit) and found[-1].problem == failure.reason


def test_a_reader_that_breaks_on_a_page_is_a_failure_of_that_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> dict[str, object]:
        raise ValueError("odd\x1b page")

    pages = [
        site.html("/a", PAGE.format(title="A", head="")),
        site.html("/b", PAGE.format(title="B", head="")),
    ]
    url = feed_of(site, *map(item, pages))
    monkeypatch.setattr("corpus.formats.html.fields_of_page", breaks)
    reasons = [one.reason for one in look(url) if isinstance(one, Failure)]
    assert reasons == [r"it cannot be read (ValueError: odd\x1b page)"] * 2
