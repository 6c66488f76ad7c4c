"""Sitemaps that a store follows: a second run fetches and changes only what was changed."""

from collections.abc import Iterator

import pytest

from corpus.sources import Address
from corpus.web.fetch import Fetcher
from index.store.records import SyncReport
from index.sync.run import sync
from tests.corpus.serving import Page, Site, serving
from tests.index.newsroom import Newsroom

SENTENCE = "The ferry stayed in port on Monday because of the gale, the harbour master said."


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def put(site: Site, days: dict[str, str]) -> str:
    """A sitemap that gives these days of change, and a page for each; its address."""
    for name, day in days.items():
        site.html(
            f"/{name}", f"<html><body><article><p>{name}, {day}: {SENTENCE}</p></article></body></html>"
        )
    links = "".join(f"<url><loc>/{name}</loc><lastmod>{day}</lastmod></url>" for name, day in days.items())
    site.pages["/sitemap.xml"] = Page(
        f"<urlset>{links}</urlset>".encode(), headers={"Content-Type": "text/xml"}
    )
    return f"{site.url}/sitemap.xml"


def follow(newsroom: Newsroom, url: str) -> SyncReport:
    with Fetcher(allow_private=True) as fetcher:
        return sync(
            [Address(url)], newsroom.store_path, newsroom.embedder, vector_cache=False, fetcher=fetcher
        )


def test_a_second_run_fetches_the_sitemap_and_nothing_else(newsroom: Newsroom, site: Site) -> None:
    url = put(site, {"a": "2024-03-04", "b": "2024-03-05"})
    report = follow(newsroom, url)
    assert (report.added, report.failed) == (2, ())
    site.asked.clear()
    report = follow(newsroom, url)
    assert (report.added, report.updated, report.unchanged, report.failed) == (0, 0, 2, ())
    assert site.paths() == ["/sitemap.xml"]


def test_a_sitemap_is_known_as_such_and_its_failure_is_told(newsroom: Newsroom, site: Site) -> None:
    url = put(site, {"a": "2024-03-04"})
    follow(newsroom, url)
    site.pages["/sitemap.xml"] = Page(b"<urlset><url", headers={"Content-Type": "text/xml"})
    report = follow(newsroom, url)
    [failure] = report.failed
    assert failure.path == url and "no valid XML" in failure.reason and report.articles == 1
