"""A site's robots.txt is asked once, and kept to."""

from collections.abc import Iterator

import pytest

from corpus.errors import ReadError
from corpus.web.fetch import Fetcher, Limits
from corpus.web.robots import LONGEST_DELAY, Robots
from tests.corpus.serving import Page, Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def test_what_is_disallowed_is_refused_and_the_rest_is_not(site: Site) -> None:
    site.pages["/robots.txt"] = Page(
        b"User-agent: *\nDisallow: /private\n\nUser-agent: onrecord\nDisallow: /members\n"
    )
    with Fetcher(allow_private=True) as fetcher:
        robots = Robots(fetcher)
        robots.check(f"{site.url}/news")
        robots.check(f"{site.url}/private/a")  # The group that names us stands in the place of the other.
        with pytest.raises(ReadError, match=r"/members/a is not read: the site's robots\.txt asks onrecord"):
            robots.check(f"{site.url}/members/a")
    assert [path for path, _ in site.asked] == ["/robots.txt"]


@pytest.mark.parametrize("page", [Page(b"", 404), Page(b"", 401), Page(b""), Page(b"\xff\x00 no rules")])
def test_a_site_without_rules_allows_everything(site: Site, page: Page) -> None:
    site.pages["/robots.txt"] = page
    with Fetcher(allow_private=True) as fetcher:
        Robots(fetcher).check(f"{site.url}/news")


@pytest.mark.parametrize(
    "page", [Page(b"", 500), Page(b"", 503), Page(b"", 429), Page(raw=b""), Page(b"#" * 600_000)]
)
def test_rules_that_cannot_be_read_forbid_everything(site: Site, page: Page) -> None:
    site.pages["/robots.txt"] = page
    with Fetcher(allow_private=True, limits=Limits(seconds=30)) as fetcher:
        robots = Robots(fetcher)
        for _ in range(2):
            with pytest.raises(ReadError, match=r"its robots\.txt cannot be read"):
                robots.check(f"{site.url}/news")
    assert len(site.asked) == 1


def test_a_delay_that_the_site_asks_for_is_kept_within_bounds(site: Site) -> None:
    waited: list[float] = []
    site.pages["/robots.txt"] = Page(b"User-agent: *\nCrawl-delay: 600\n")
    with Fetcher(allow_private=True) as fetcher:
        robots = Robots(fetcher, wait=waited.append)
        robots.check(f"{site.url}/a")
        robots.check(f"{site.url}/b")
    assert len(waited) == 1 and LONGEST_DELAY - 1 < waited[0] <= LONGEST_DELAY
