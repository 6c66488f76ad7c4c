"""Addresses: a page is one article, a feed one for each entry; what has not changed is not read again."""

from collections.abc import Iterator, Mapping

import pytest

from corpus.article import Article, Failure
from corpus.sources import Address, Notice, SeenAddress, Validators, Visit
from corpus.web.address import read_address
from corpus.web.fetch import Fetcher, Limits
from tests.corpus.documents import pdf
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
