"""An article that was corrected, and copied: what the reader, the page and the widget's frame say of it."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from rag.web.settings import WebSettings
from tests.browser.conftest import NewPage
from tests.browser.serving import index_articles, serving
from tests.browser.test_page import ask, opened
from tests.index.newsroom import long_text

Shot = Callable[[Page, str], None]

MARKUP = "<script>alert(1)</script> ‘<ins>’ <img src=x onerror=alert(2)> **bold**"
NOTICE = "Correction, Oct. 20, 2019: An earlier version of this article misstated how many people waved."
BODY = long_text("the harbour of Lowtown", 12)
FIRST = f"Captain Grace Hopper steered the Kittiwake. Forty people waved.\n\n## What comes next\n\n{BODY}"
SECOND = FIRST.replace("Forty", f"Fifty {MARKUP}") + f"\n\n{NOTICE}"
QUESTION = "Who steered the Kittiwake?"


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An archive in which one article has two revisions and a copy elsewhere."""
    folder = tmp_path_factory.mktemp("versions")
    article = {
        "id": "ferry",
        "title": "Ferry leaves the harbour",
        "source": "Harbour Post",
        "published_at": "2019-10-15",
        "text": FIRST,
    }
    copy = article | {"id": "copy", "source": f"Coast {MARKUP}", "published_at": "2019-10-17"}
    changed = article | {"title": f"Ferry leaves {MARKUP}", "text": SECOND}
    for one in (article, changed):
        (folder / "feed.jsonl").write_text("\n".join(map(json.dumps, [one, copy])), encoding="utf-8")
        opening = index_articles(folder / "feed.jsonl", folder / "store")
    with serving(opening, WebSettings(name="The Harbour Archive", port=0)) as address:
        yield address


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_the_reader_shows_the_correction_first_and_leads_to_what_changed(
    corrected: str, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = new_page(width, 900 if width > 600 else 844, dark=dark)
    name = f"{width}-{'dark' if dark else 'light'}"
    page.goto(f"{corrected}/articles/ferry")
    notice = page.locator(".correction")
    expect(notice).to_have_text(NOTICE)
    expect(notice).to_be_in_viewport()
    assert top(page, ".correction") < top(page, ".text")
    shot(page, f"corrected-{name}")
    page.get_by_role("link", name="What changed").click()
    expect(page.locator(".changes del").first).to_have_text("Forty")
    expect(page.locator(".changes ins").first).to_have_text(f"Fifty {MARKUP}")
    expect(page.locator("h1 ins")).to_contain_text(MARKUP)
    expect(page.locator(".changes ins").last).to_have_text(NOTICE)
    assert page.locator("article script, article img, article ins ins, .changes strong").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"changed-{name}")


def top(page: Page, selector: str) -> float:
    """How far down the page the first such element begins."""
    return float(page.locator(selector).first.evaluate("e => e.getBoundingClientRect().top"))


def test_a_link_to_an_earlier_version_says_so_and_the_keyboard_leads_on(corrected: str, page: Page) -> None:
    page.goto(f"{corrected}/articles/ferry")
    page.locator("#versions a", has_text="20").last.click()
    expect(page.get_by_text("This is an earlier version of the article.")).to_be_in_viewport()
    expect(page.locator(".correction")).to_have_text(f"Since this version {NOTICE}")
    expect(page.locator(".text")).to_contain_text("Forty people waved.")
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if reached[-1] == "what has changed":
            page.keyboard.press("Enter")
            break
    expect(page.locator(".changes del").first).to_have_text("Forty")
    page.get_by_role("link", name="Read the newest version").click()
    expect(page.locator(".changes")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1440])
def test_an_answer_names_copies_and_corrections_beside_its_source(
    corrected: str, new_page: NewPage, shot: Shot, width: int
) -> None:
    page = opened(new_page(width, 800), corrected)
    ask(page, QUESTION)
    expect(page.locator(".source")).to_have_count(1)
    expect(page.locator(".sources .also")).to_have_text(f"also in Coast {MARKUP}, 17 October 2019")
    expect(page.locator(".sources .corrected")).to_have_text(NOTICE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"page-copies-{width}-light")
    page = new_page(width, 800)
    page.goto(f"{corrected}/embed")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".sources .also")).to_have_text(f"also in Coast {MARKUP}, 17 October 2019")
    expect(page.locator(".sources .corrected")).to_have_text(NOTICE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"embed-copies-{width}-light")
