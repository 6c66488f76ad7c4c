"""The article reader in Chromium: the quote in view, on paper, on small screens, and no text that runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from corpus.article import Article
from corpus.read import read
from rag.web.present import article_path
from rag.web.settings import WebSettings
from tests.browser.serving import index_articles, serving

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]

PAYLOAD = (
    "</title></p><script>alert('t')</script><img src=x onerror=alert('i')><svg onload=alert('s')>"
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>\" autofocus onfocus=alert('a') x='"
)
LONG = "\n\n".join(
    f"In paragraph {i} the ferry passed buoy {i} and the crew wrote it down." for i in range(120)
)
START = LONG.index("In paragraph 90")
END = LONG.index("In paragraph 92") - 2


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An archive whose articles try to run, and one article that is long."""
    folder = tmp_path_factory.mktemp("hostile")
    articles = [
        {
            "id": f"x/{PAYLOAD}",
            "title": f"Ferry {PAYLOAD}",
            "text": f"The ferry Kittiwake left at nine, said {PAYLOAD} on Monday.\n\nIt carried {PAYLOAD}.",
            "source": PAYLOAD,
            "authors": [PAYLOAD],
            "url": "javascript:alert('u')",
            "published_at": "2024-03-01",
        },
        {"id": "../a/./b?c#d", "title": "An odd address", "text": "It is read all the same."},
        {"id": "long", "title": "A long passage", "text": LONG, "published_at": "2024-03-02"},
    ]
    feed = folder / "feed.jsonl"
    feed.write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    with serving(index_articles(feed, folder / "store"), WebSettings(name=PAYLOAD, port=0)) as address:
        yield address


def sample_path(name: str, words: str, root: Path) -> str:
    """The reader's address for these words of a sample article."""
    articles = [one for one in read(root / "corpus" / "samples") if isinstance(one, Article)]
    (found,) = (one for one in articles if name in one.origin)
    start = found.text.index(words)
    return article_path(found.id, None, start, start + len(words))


def test_a_quote_far_down_is_marked_and_in_view(hostile: str, page: Page) -> None:
    page.goto(hostile + article_path("long", None, START, END))
    marks = page.locator("mark")
    expect(marks).to_have_count(2)
    for mark in marks.all():
        expect(mark).to_be_in_viewport()
    assert page.evaluate("scrollY") > 1000
    assert marks.all_inner_texts() == LONG[START:END].split("\n\n")


def test_an_id_of_dots_and_signs_is_reached(hostile: str, page: Page) -> None:
    page.goto(hostile + article_path("../a/./b?c#d", None, 0, 5))
    expect(page.locator("#quote")).to_have_text("It is")


def test_the_reader_needs_no_script(hostile: str, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(hostile + article_path("long", None, START, END))
    expect(page.locator("#quote")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Back to the answer")).to_have_attribute("href", "/")


def test_the_measure_is_that_of_a_book_and_nothing_is_wider_than_the_window(hostile: str, page: Page) -> None:
    page.goto(hostile + article_path("long", None, START, END))
    for width in (320, 390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert 60 <= characters_in_a_line(page) <= 75


def characters_in_a_line(page: Page) -> float:
    """The mean number of characters in a full line of running text in the reading face."""
    return float(
        page.evaluate(
            """() => {
                const p = document.querySelector(".text p");
                p.textContent = "The ferry passed the buoy and the crew wrote down what it saw. ".repeat(40);
                const lines = p.getBoundingClientRect().height / parseFloat(getComputedStyle(p).lineHeight);
                return p.textContent.length / lines;
            }"""
        )
    )


def test_nothing_of_an_article_runs(hostile: str, page: Page) -> None:
    page.goto(hostile + article_path(f"x/{PAYLOAD}", None, 4, 30))
    expect(page.locator("h1")).to_have_text(f"Ferry {PAYLOAD}")
    expect(page.locator("mark")).to_have_count(1)
    assert page.locator("article img, article svg, article iframe, article script").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_nothing_of_an_article_runs_in_an_answer(hostile: str, page: Page) -> None:
    page.goto(f"{hostile}/embed")
    for n in (1, 2):
        page.get_by_label("Your question").fill(f"When did the ferry Kittiwake leave? {PAYLOAD}")
        page.keyboard.press("Enter")
        expect(page.locator(".sign")).to_have_count(n)
    said = page.locator(".turn").first
    assert "alert('t')" in said.locator(".sources").first.inner_text()
    assert page.locator("main img, main svg, main iframe, main script").count() == 0


@pytest.mark.parametrize(
    "address",
    [
        f"/articles/long?start={quote(PAYLOAD)}&end={quote(PAYLOAD)}#{quote(PAYLOAD)}",
        f"/embed?title={quote(PAYLOAD)}&accent={quote('red}</style>' + PAYLOAD)}&paper={quote(PAYLOAD)}",
        f"/embed#site={quote('javascript:alert(1)')}",
    ],
)
def test_nothing_of_an_address_runs(hostile: str, page: Page, address: str) -> None:
    page.goto(hostile + address)
    expect(page.locator("h1")).to_be_visible()


def test_an_address_of_no_article_is_a_page_that_says_so(hostile: str, new_page: NewPage) -> None:
    page = new_page(expected="404")
    page.goto(hostile + f"/articles/{quote(PAYLOAD, safe='')}")
    expect(page.locator("h1")).to_have_text("Not in the archive")
    page.goto(hostile + article_path("long", f"0{PAYLOAD}"))
    expect(page.get_by_role("link", name="Read its newest version")).to_be_visible()


def test_on_paper_it_is_black_on_white_without_navigation(
    hostile: str, new_page: NewPage, tmp_path: Path
) -> None:
    page = new_page(dark=True)
    page.goto(hostile + article_path("long", None, START, END))
    page.emulate_media(media="print")
    expect(page.locator("#back")).to_be_hidden()
    style = (
        "e => { const s = getComputedStyle(e); return [s.color, s.backgroundColor, s.textDecorationLine] }"
    )
    assert page.locator("#quote").evaluate(style) == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)", "underline"]
    assert page.locator("html").evaluate(style)[:2] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.pdf().startswith(b"%PDF")


def test_the_reader_is_looked_at(server: str, page: Page, shot: Shot, root: Path) -> None:
    words = "After nightfall the defence ministry in Ankara said"
    address = server + sample_path("operation-begins", words, root)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width, height in ((390, 844), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for name, there in (("reader", address), ("reader-top", address.removesuffix("#quote"))):
            page.goto("about:blank")
            page.goto(there)
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                shot(page, f"{name}-{width}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
