"""Addresses in a store: walls take no article's place, feeds stand in for pages, entries stay known."""

from collections.abc import Iterator

import pytest

from corpus.sources import Address
from corpus.web.fetch import Fetcher, Limits
from index.store.records import SyncReport
from index.store.write import writing
from index.sync.run import sync
from tests.corpus.serving import Page, Site, serving
from tests.index.newsroom import Newsroom

PAGE = "<html><head><title>{0}</title></head><body><article><h1>{0}</h1>{1}</article></body></html>"
FISH = "Fish market to move"
TOLD = (
    "<p>The council of Brenholm voted on Thursday to close the old fish market and move the stalls to "
    "the north "
    "quay, the mayor Else Brandt said.</p><p>The quay was built in 1911 and last repaired in 1988, "
    "according to "
    "the harbour office, which expects costs of 14 million crowns and work until the spring of 2027.</p>"
)
WALL = PAGE.format(
    "Sign in to read",
    "<p>Please log in or create an account to continue reading this article. Registration is free.</p>"
    "<p>Already a subscriber? Log in here. Your subscription helps us keep our journalism independent.</p>",
)
STUB = PAGE.format(
    FISH,
    "<p>The council of Brenholm voted on Thursday to close the old fish market.</p>"
    "<p>This article is for subscribers only. Subscribe now for 1 crown a week to keep reading.</p>",
)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def index(newsroom: Newsroom, url: str) -> SyncReport:
    """Read the address into the newsroom's store."""
    with writing(newsroom.store_path) as writer:  # As if the last visit had been long ago.
        writer.execute("UPDATE addresses SET checked_at = '2024-01-01T00:00:00Z'")
    with Fetcher(allow_private=True, limits=Limits(seconds=30)) as fetcher:
        return sync(
            [Address(url)], newsroom.store_path, newsroom.embedder, vector_cache=False, fetcher=fetcher
        )


def texts(newsroom: Newsroom) -> dict[str, tuple[str, int]]:
    """Text and number of revisions of each article by its title."""
    with newsroom.open() as store:
        stored = [store.article(one.id) for one in store.articles()]
        return {one.article.title: (one.article.text, len(one.revisions)) for one in stored if one}


def feed_of(site: Site, *items: str) -> str:
    """Put a feed of these items there; its address."""
    names = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    body = f"<rss version='2.0' {names}><channel><title>Gazette</title>{''.join(items)}</channel></rss>"
    site.pages["/feed"] = Page(body.encode(), headers={"Content-Type": "application/rss+xml"})
    return f"{site.url}/feed"


def item(title: str, link: str, content: str = "", guid: str = "", summary: str = "Short.") -> str:
    return (
        f"<item><title>{title}</title>{f'<link>{link}</link>' if link else ''}"
        + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
        + f"<description>{summary}</description>"
        + (f"<content:encoded><![CDATA[{content}]]></content:encoded>" if content else "")
        + "</item>"
    )


@pytest.mark.parametrize("wall", [WALL, STUB], ids=["login", "paywall"])
def test_a_wall_is_a_failure_and_the_old_text_goes_on(newsroom: Newsroom, site: Site, wall: str) -> None:
    url = site.html("/fish", PAGE.format(FISH, TOLD))
    assert index(newsroom, url).added == 1
    before = texts(newsroom)
    site.html("/fish", wall)
    report = index(newsroom, url)
    assert (report.added, report.updated, len(report.failed)) == (0, 0, 1)
    assert "looks like a" in report.failed[0].reason and texts(newsroom) == before
    site.html("/fish", PAGE.format(FISH, TOLD.replace("14 million", "15 million")))
    assert index(newsroom, url).updated == 1, "once the article is back it is read"


def test_a_wall_behind_a_redirect_is_told_by_where_the_request_ended(newsroom: Newsroom, site: Site) -> None:
    url = site.html("/2024/fish-market-to-move", PAGE.format(FISH, TOLD))
    index(newsroom, url)
    before = texts(newsroom)
    cards = "".join(f"<p>The {name} of Brenholm opened on Monday with a speech.</p>" for name in "abcdef")
    site.html("/", PAGE.format("Gazette", cards))
    site.pages["/2024/fish-market-to-move"] = Page(status=302, headers={"Location": "/"})
    report = index(newsroom, url)
    assert len(report.failed) == 1 and "front page" in report.failed[0].reason
    assert texts(newsroom) == before


def test_a_feeds_own_text_stands_for_a_page_that_cannot_be_read(newsroom: Newsroom, site: Site) -> None:
    told = {name: TOLD.replace("Brenholm", name) for name in ("Arnvik", "Brenholm", "Carstad", "Dalum")}
    site.pages["/a"] = Page(b"no", status=403)
    site.html("/b", STUB)
    site.html("/c", WALL)
    items = [
        item("Arnvik", f"{site.url}/a", told["Arnvik"]),
        item("Brenholm", f"{site.url}/b", told["Brenholm"]),
        item("Carstad", f"{site.url}/c", told["Carstad"]),
        item(
            "Dalum",
            f"{site.url}/d",
            summary="The council of Dalum voted to close the market, the mayor said.",
        ),
        item("Empty", f"{site.url}/e", summary=""),
    ]
    report = index(newsroom, feed_of(site, *items))
    found = texts(newsroom)
    assert report.added == 4 and set(found) == {"Arnvik", "Brenholm", "Carstad", "Dalum"}
    assert all("14 million" in found[name][0] for name in ("Arnvik", "Brenholm", "Carstad"))
    assert len(report.failed) == 1 and "/e is not there" in report.failed[0].reason
    assert len(report.notices) == 4 and all("the feed's own text" in one for one in report.notices)
    again = index(newsroom, f"{site.url}/feed")
    assert (again.added, again.updated, again.unchanged) == (0, 0, 4)


def test_a_page_that_shows_less_than_its_feed_gives_way_to_it(newsroom: Newsroom, site: Site) -> None:
    site.html(
        "/b", PAGE.format(FISH, "<p>The council of Brenholm voted on Thursday to close the market.</p>" * 2)
    )
    report = index(newsroom, feed_of(site, item(FISH, f"{site.url}/b", TOLD)))
    assert "14 million" in texts(newsroom)[FISH][0] and "only the beginning" in report.notices[0]


def test_the_text_of_a_page_is_not_replaced_by_a_feeds_summary(newsroom: Newsroom, site: Site) -> None:
    site.html("/b", PAGE.format(FISH, TOLD))
    url = feed_of(
        site, item(FISH, f"{site.url}/b", summary="The council voted to close the market on Thursday.")
    )
    index(newsroom, url)
    before = texts(newsroom)
    for wall in (Page(b"no", status=503), Page(WALL.encode(), headers={"Content-Type": "text/html"})):
        site.pages["/b"] = wall
        report = index(newsroom, url)
        assert len(report.failed) == 1 and texts(newsroom) == before
    site.html("/b", PAGE.format(FISH, TOLD.replace("14 million", "15 million")))
    index(newsroom, url)
    assert texts(newsroom)[FISH][1] == 2


def test_the_text_of_a_feed_gives_way_to_its_page_once_that_can_be_read(
    newsroom: Newsroom, site: Site
) -> None:
    url = feed_of(
        site, item(FISH, f"{site.url}/b", summary="The council voted to close the market on Thursday.")
    )
    site.html("/b", WALL)
    index(newsroom, url)
    site.html("/b", PAGE.format(FISH, TOLD))
    assert index(newsroom, url).updated == 1 and "14 million" in texts(newsroom)[FISH][0]


def test_a_feed_without_links_may_roll(newsroom: Newsroom, site: Site) -> None:
    def told(name: str) -> str:
        return item(name, "", summary=f"The {name} of Brenholm was opened by the mayor Else Brandt.")

    url = feed_of(site, told("quay"), told("market"))
    assert index(newsroom, url).added == 2
    before = texts(newsroom)
    newsroom.embedder.embedded.clear()
    report = index(newsroom, feed_of(site, told("storm gate"), told("quay")))
    assert (report.added, report.updated, report.unchanged) == (1, 0, 1)
    after = texts(newsroom)
    assert len(after) == 3 and before.items() <= after.items()
    assert len(newsroom.embedder.embedded) == 1


def test_a_store_of_an_earlier_version_keeps_the_entries_of_a_feed_without_links(
    newsroom: Newsroom, site: Site
) -> None:
    def told(name: str) -> str:
        return item(name, "", summary=f"The {name} of Brenholm was opened by the mayor Else Brandt.")

    url = feed_of(site, told("quay"), told("market"))
    index(newsroom, url)
    with writing(newsroom.store_path) as writer:  # Then each entry had an origin of its own.
        writer.execute("UPDATE articles SET origin = CAST(id AS BLOB)")
        writer.execute("UPDATE addresses SET reader = 3")
    newsroom.embedder.embedded.clear()
    report = index(newsroom, feed_of(site, told("storm gate"), told("quay"), told("market")))
    assert (report.added, report.updated, report.unchanged, len(newsroom.ids())) == (1, 0, 2, 3)
    assert len(newsroom.embedder.embedded) == 1


def test_entries_with_one_link_keep_their_articles_as_others_come_and_go(
    newsroom: Newsroom, site: Site
) -> None:
    def told(number: int, stalls: int = 0) -> str:
        summary = f"The harbour office said that {stalls or number * 100} stalls had been moved."
        return item(f"Update {number}", f"{site.url}/live#u{number}", guid=f"g{number}", summary=summary)

    site.html("/live", PAGE.format("Live", TOLD))
    url = feed_of(site, told(2), told(1))
    assert index(newsroom, url).added == 2
    report = index(newsroom, feed_of(site, told(3), told(2, 250), told(1)))
    assert (report.added, report.updated, report.unchanged) == (1, 1, 1)
    assert texts(newsroom)["Update 2"][1] == 2
    gone = index(newsroom, feed_of(site, told(4), told(3)))
    assert (gone.added, gone.updated, gone.unchanged) == (1, 0, 1) and len(newsroom.ids()) == 4


def test_an_entry_whose_link_changes_is_the_same_by_its_guid(newsroom: Newsroom) -> None:
    def write(slug: str, title: str, more: str = "") -> None:
        date = "<pubDate>Thu, 14 Mar 2024 18:00:00 GMT</pubDate>"
        told = item(
            title, f"https://post.example/{slug}", guid="post-17", summary="The quay was repaired." + more
        )
        body = told.replace("</item>", f"{date}</item>")
        path = newsroom.folder / "feed.xml"
        path.write_text(f"<rss version='2.0'><channel><title>Wire</title>{body}</channel></rss>")

    write("quay", "Quay repaired")
    newsroom.sync()
    ids = newsroom.ids()
    write("quay-opened", "Quay opened", " It cost 14 million crowns.")
    assert newsroom.sync().updated == 1 and newsroom.ids() == ids
    with newsroom.open() as store:
        stored = store.article(ids[0])
        assert stored is not None and stored.article.url == "https://post.example/quay-opened"
        assert len(stored.revisions) == 2
