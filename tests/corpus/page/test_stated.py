"""What a page states about itself."""

import pytest

from corpus.page.stated import date_in_url, own_url, stated
from corpus.page.text import _library


def tree(head: str, body: str = "<p>Text.</p>") -> object:
    """The lxml tree of a page."""
    return _library().load_html(f"<html><head>{head}</head><body>{body}</body></html>")


LINKED = '<script type="application/ld+json">{}</script>'
ARTICLE = '{"@type": "NewsArticle", "datePublished": "2019-10-15T10:00:00Z", "dateModified": "2019-10-16"}'


@pytest.mark.parametrize(
    ("head", "published", "updated"),
    [
        (LINKED.format(ARTICLE), "2019-10-15T10:00:00Z", "2019-10-16"),
        (LINKED.format(f'[{{"@type": "Organization"}}, {ARTICLE}]'), "2019-10-15T10:00:00Z", "2019-10-16"),
        (LINKED.format(f'{{"@graph": [{ARTICLE}]}}'), "2019-10-15T10:00:00Z", "2019-10-16"),
        (
            LINKED.format('{"@type": ["Thing", "BlogPosting"], "datePublished": "2019-10-15"}'),
            "2019-10-15",
            None,
        ),
        (LINKED.format('{"@type": "Event", "datePublished": "2019-10-15"}'), None, None),
        (LINKED.format('{"@type": "NewsArticle", "datePublished": 5}'), None, None),
        (LINKED.format('{"@type": "NewsArticle", "datePublished": "'), None, None),
        (
            LINKED.format("5") + LINKED.format("null") + LINKED.format(ARTICLE),
            "2019-10-15T10:00:00Z",
            "2019-10-16",
        ),
        ('<meta property="article:published_time" content="2019-10-15">', "2019-10-15", None),
        ('<meta itemprop="datePublished" content="2019-10-15">', "2019-10-15", None),
        ('<meta name="Date" content="Tue, 15 Oct 2019 10:00:00 GMT">', "2019-10-15T10:00:00+00:00", None),
        ('<meta name="article:modified_time" content="2019-10-16">', None, "2019-10-16"),
        ('<meta name="date" content="3/4/19"><meta name="dc.date" content="2019-10-15">', "2019-10-15", None),
        ('<meta name="date">', None, None),
    ],
)
def test_dates_are_the_stated_ones(head: str, published: str | None, updated: str | None) -> None:
    said = stated(tree(head))
    assert (said.published, said.updated) == (published, updated)


def test_the_only_time_on_a_page_dates_it_and_one_of_several_does_not() -> None:
    first, second = "<time datetime=2019-10-15>today</time>", "<time datetime=2019-10-09>last week</time>"
    assert stated(tree("", first + first)).published == "2019-10-15"
    assert stated(tree("", first + second)).published is None


FIRST, LATER, OLD = "datetime='2024-03-14'", "datetime='2024-03-15'", "datetime='2020-01-01'"


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("<time>14 March 2024</time>", "2024-03-14"),
        ("<time>5 hours ago</time>", None),
        (f"<time {FIRST[:-1]}T10:00Z'>x</time><time {FIRST[:-1]}T12:00Z'>x</time>", "2024-03-14"),
        (f"<article><time {FIRST}>x</time></article><time {OLD}>x</time>", "2024-03-14"),
        (f"<time class=published {FIRST}>x</time><time {LATER}>x</time>", "2024-03-14"),
        (
            f"<time itemprop=dateModified {LATER}>x</time><time itemprop=datePublished {FIRST}>x</time>",
            "2024-03-14",
        ),
        (f"<time pubdate {FIRST}>x</time><time class=updated {LATER}>x</time>", "2024-03-14"),
        ("<span class=post-date>Posted on March 14, 2024</span>", "2024-03-14"),
        ("<span class=date>14. März 2024</span>", "2024-03-14"),
        ("<span itemprop=datePublished content=2024-3-14>Thursday</span>", "2024-03-14"),
        ("<abbr class=published title='2024-03-14T08:05:00Z'>Thursday</abbr>", "2024-03-14"),
        ("<p id=dateline>Published: Thursday, 14 March 2024, 18:05 GMT</p>", "2024-03-14"),
        ("<span class=date>March 14, 2024</span><span class=date>March 15, 2024</span>", None),
        ("<aside><span class=date>March 14, 2024</span></aside>", None),
        ("<div class=related><span class=date>March 14, 2024</span></div>", None),
        ("<span class=update>March 14, 2024</span>", None),
        ("<span class=birthday>March 14, 2024</span>", None),
        ("<span class=date>On March 14, 2024, the bridge fell.</span>", None),
    ],
)
def test_a_day_that_the_page_shows_dates_it(body: str, day: str | None) -> None:
    assert (stated(tree("", body)).published or "")[:10] == (day or "")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/world/2019/10/15/bridge", "2019-10-15"),
        ("https://a.example/2019/1/5/bridge", "2019-01-05"),
        ("https://a.example/2019-10-15/bridge", "2019-10-15"),
        ("https://a.example/2019/10/bridge", None),
        ("https://a.example/2019/13/40/bridge", None),
        ("https://a.example/bridge?d=/2019/10/15/", None),
        (None, None),
    ],
)
def test_a_day_in_the_address_is_a_statement_of_the_publisher(url: str | None, day: str | None) -> None:
    assert date_in_url(url) == day


@pytest.mark.parametrize(
    ("head", "fallback", "url"),
    [
        ("<link rel=canonical href='https://a.example/x'>", "https://b.example/y", "https://a.example/x"),
        ("<link rel='alternate' href='https://a.example/x'>", None, None),
        ("<meta property=og:url content='https://a.example/x#c'>", None, "https://a.example/x"),
        ("<link rel=canonical href='/x'><meta property=og:url content='https://a.example/x'>", None, "https://a.example/x"),
        ("<link rel=canonical href='https://a.example/'>", None, None),
        ("<link rel=canonical href='https://a.example/?p=7'>", None, "https://a.example/?p=7"),
        ("<link rel=canonical>", "https://b.example/y", "https://b.example/y"),
    ],
)  # fmt: skip
def test_the_canonical_address_is_the_pages_own_but_never_the_sites(
    head: str, fallback: str | None, url: str | None
) -> None:
    assert own_url(tree(head), fallback) == url
