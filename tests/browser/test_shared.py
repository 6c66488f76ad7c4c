"""A shared answer in somebody else's browser: read, checked, saved, printed, asked again; withdrawn."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from rag.web.settings import WebSettings
from tests.browser.conftest import NewPage
from tests.browser.serving import index_articles, serving

Shot = Callable[[Page, str], None]

ADMIN = "an admin token of ours"
BEARS = {"Authorization": f"Bearer {ADMIN}"}
QUESTION = "Who steered the Kittiwake?"
QUOTE = "Captain Grace Hopper steered the Kittiwake."
MARKUP = "<img src=x onerror=alert(2)> ‘<b>bold</b>’"
ARTICLES = [
    {
        "id": "ferry",
        "title": f"Ferry leaves the harbour {MARKUP}",
        "source": "Harbour Post",
        "published_at": "2019-10-15",
        "text": f"The harbour was quiet. {QUOTE} Forty people stood on the pier and waved.",
    },
    {"id": "coins", "title": "Coins", "text": "The museum opens a show of medieval coins on Friday."},
]


@dataclass(frozen=True)
class Shared:
    """A server, and the address of an answer that is shared there."""

    url: str
    address: str
    folder: Path


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    """An answer that was shared by somebody else."""
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    opening = index_articles(feed, tmp_path / "store")
    settings = WebSettings(name="The Harbour Archive", port=0, admin_token=ADMIN)
    with serving(opening, settings, written=tmp_path / "store") as url:
        answer = post(f"{url}/api/ask", {"question": QUESTION, "source": "Harbour Post"})
        yield Shared(url, str(post(f"{url}/api/share", answer)["url"]), tmp_path)


def post(address: str, body: dict[str, object]) -> dict[str, object]:
    response = httpx.post(address, json=body, timeout=300, trust_env=False)
    assert response.is_success, response.text
    return dict(response.json())


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1440, False), (1440, True)])
def test_a_shared_answer_is_read_as_it_was_given(
    shared: Shared, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = new_page(width, 844 if width < 600 else 900, dark=dark)
    page.goto(shared.address)
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)
    expect(page.locator(".given")).to_contain_text("from an archive of 2 articles")
    expect(page.locator(".given")).to_contain_text("Filter: Harbour Post.")
    expect(page.locator(".sentence").filter(has_text=QUOTE).first).to_be_visible()
    expect(page.locator(".sources")).to_contain_text(MARKUP)
    assert page.title() == f"{QUESTION} | The Harbour Archive"
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".permanent img, .permanent script, .permanent [style]").count() == 0
    shot(page, f"shared-{width}-{'dark' if dark else 'light'}")


def test_a_shared_answer_leads_to_its_source_and_to_the_question(shared: Shared, page: Page) -> None:
    page.goto(shared.address)
    with page.expect_popup() as opened:
        page.locator("a.source").first.click()
    expect(opened.value.locator("mark").first).to_have_text(QUOTE)
    again = page.get_by_role("link", name="Ask this again")
    assert "q=Who+steered+the+Kittiwake%3F&source=Harbour+Post" in str(again.get_attribute("href"))
    page.locator("a.number").first.press("Enter")
    expect(page.locator("a.source").first).to_be_focused()


def test_a_shared_answer_is_saved_and_printed_with_its_numbers(shared: Shared, page: Page) -> None:
    page.goto(shared.address)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save as Markdown").click()
    assert saving.value.suggested_filename.endswith(".md")
    text = saving.value.path().read_text(encoding="utf-8")
    assert f"{QUOTE} [1]" in text and "\n- [1] [" in text
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save as JSON").click()
    assert json.loads(saving.value.path().read_text(encoding="utf-8"))["citations"][0]["quote"] == QUOTE
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") is True
    page.emulate_media(media="print")
    expect(page.locator(".links")).to_be_hidden()
    expect(page.locator(".sources")).to_be_visible()


def test_what_was_corrected_or_withdrawn_since_is_said_in_words(
    shared: Shared, new_page: NewPage, shot: Shot
) -> None:
    notice = "Correction: The Kittiwake was steered by Ada Byron."
    changed = {**ARTICLES[0], "text": f"{ARTICLES[0]['text']}\n\n{notice}"}
    feed = shared.folder / "feed.jsonl"
    feed.write_text("\n".join(map(json.dumps, [changed, ARTICLES[1]])), encoding="utf-8")
    index_articles(feed, shared.folder / "store")
    page = new_page(390, 844)
    page.goto(shared.address)
    expect(page.get_by_text("An article that it quotes has been corrected since.")).to_be_visible()
    expect(page.locator(".corrected.since")).to_contain_text(notice)
    shot(page, "shared-corrected-390-light")
    httpx.delete(f"{shared.url}/api/articles/ferry", headers=BEARS, timeout=300, trust_env=False)
    page.reload()
    expect(page.locator(".status")).to_contain_text("removed from the archive")
    assert "Hopper" not in page.content() and "Harbour Post" not in page.content()
    shot(page, "shared-withdrawn-390-light")


def test_an_answer_in_the_widget_is_shared_and_read_by_somebody_else(
    shared: Shared, page: Page, new_page: NewPage
) -> None:
    page.goto(f"{shared.url}/embed")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Share").click()
    link = page.locator(".shared a")
    expect(link).to_be_visible()
    other = new_page(390, 844)
    other.goto(str(link.get_attribute("href")))
    expect(other.locator(".sentence").filter(has_text=QUOTE).first).to_be_visible()


def test_no_answer_at_an_address_is_said_on_a_page(shared: Shared, new_page: NewPage) -> None:
    page = new_page(390, 844, expected="404")
    page.goto(f"{shared.url}/shared/{'a' * 22}")
    expect(page.get_by_text("No answer is shared at this address; it may have been removed.")).to_be_visible()
    page.get_by_role("link", name="Ask the archive").focus()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
