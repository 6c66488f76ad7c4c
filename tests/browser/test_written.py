"""A written answer on the page and in the embed: what is confirmed, what is not, what was left out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rag.answer import Answer
from rag.web.settings import WebSettings
from tests.browser.serving import serving
from tests.rag.web.conftest import indexed
from tests.rag.written import ANSWER, LISTED, REASON, SENTENCES, STEERED, WITH_FOLDED, WITH_LIST, telling

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]
LABEL = "(in the model's words)"
QUESTION = "Who steered the ferry, and when did it leave?"
VERBATIM, SUPPORTED, LEFT_OUT, UNCONFIRMED, GAP = (one.text for one in SENTENCES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the web tests' articles."""
    return indexed(tmp_path_factory.mktemp("written"))


@pytest.fixture(scope="module")
def telling_at(folder: Path) -> Iterator[Callable[[Answer], str]]:
    """Servers that always give one answer: gives the address of the one for an answer."""
    open_ones: list[Any] = []

    def at(answer: Answer) -> str:
        served = serving(lambda: telling(folder, answer), WebSettings(name="The Harbour Archive", port=0))
        open_ones.append(served)
        return served.__enter__()

    yield at
    for one in open_ones:
        one.__exit__(None, None, None)


def ask_on_the_page(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#latest .row")).to_be_attached()


def ask_in_the_embed(page: Page, address: str) -> None:
    page.goto(f"{address}/embed")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_attribute("data-status", "partial")


ASKING = {"page": ask_on_the_page, "embed": ask_in_the_embed}
WHERE = {"page": "#latest .answer", "embed": ".turn .answer"}


@pytest.mark.parametrize("where", ["page", "embed"])
def test_each_sentence_is_shown_as_what_it_is(
    where: str, telling_at: Callable[[Answer], str], new_page: NewPage
) -> None:
    page = new_page(390, 844)
    ASKING[where](page, telling_at(ANSWER))
    answer = page.locator(WHERE[where])
    expect(answer.locator(".said .verbatim")).to_have_text(VERBATIM)
    expect(answer.locator(".said .supported")).to_have_text(SUPPORTED)
    expect(answer.locator(".said .gap")).to_have_text(GAP)
    block = answer.locator(".unconfirmed")
    expect(block).to_have_count(1)
    expect(block).to_contain_text(UNCONFIRMED)
    expect(block.locator(".label")).to_have_text(LABEL)
    expect(block.locator(".beside q").last).to_have_text(STEERED)
    expect(block.locator(".beside a").last).to_have_attribute("href", answer_href(answer))
    left_out = answer.locator(".unsupported")
    expect(left_out).to_be_hidden()
    answer.locator("details.folded:visible summary").click()
    expect(left_out).to_be_visible()
    expect(left_out).to_contain_text(LEFT_OUT)
    expect(left_out).to_contain_text(REASON)
    expect(answer.locator(".checked")).to_have_text("Checked by reader-9")
    # In another face than the words of articles, and without quotation marks of its own.
    faces = [face(answer.locator(css).first) for css in (".said .verbatim", ".unconfirmed", ".beside q")]
    assert faces[0] == faces[2] != faces[1]


def answer_href(answer: Any) -> str:
    """Where the last source of the answer leads."""
    return str(answer.locator("a.source").last.get_attribute("href"))


def face(locator: Any) -> str:
    return str(locator.evaluate("element => getComputedStyle(element).fontFamily"))


@pytest.mark.parametrize("where", ["page", "embed"])
def test_a_list_is_a_list(where: str, telling_at: Callable[[Answer], str], new_page: NewPage) -> None:
    page = new_page(390, 844)
    ASKING[where](page, telling_at(WITH_LIST))
    answer = page.locator(WHERE[where])
    expect(answer.locator("ul.items")).to_have_count(1)
    items = answer.locator("ul.items > li")
    expect(items).to_have_count(3)
    expect(items.nth(0).locator(".verbatim, .supported")).to_have_text([VERBATIM, SUPPORTED])
    expect(items.nth(1).locator(".unconfirmed")).to_contain_text(UNCONFIRMED)
    expect(items.nth(2).locator(".gap")).to_have_text(GAP)
    assert items.nth(0).evaluate("element => getComputedStyle(element).listStyleType") == "disc"
    outside = answer.locator(".supported:not(li *)")
    expect(outside).to_have_text([LISTED[0].text, LISTED[-1].text])


@pytest.mark.parametrize("where", ["page", "embed"])
def test_what_is_folded_opens_under_the_answer(
    where: str, telling_at: Callable[[Answer], str], new_page: NewPage
) -> None:
    page = new_page(390, 844)
    ASKING[where](page, telling_at(WITH_FOLDED))
    answer = page.locator(WHERE[where])
    block = answer.locator(".unconfirmed")
    expect(block).to_be_hidden()
    answer.locator("details.folded:visible summary").first.click()
    expect(block).to_be_visible()
    expect(block.locator(".label")).to_have_text(LABEL)


def test_the_written_answer_is_looked_at(
    telling_at: Callable[[Answer], str], new_page: NewPage, shot: Shot
) -> None:
    told = {"": ANSWER, "-folded": WITH_FOLDED, "-list": WITH_LIST}
    addresses = {kind: telling_at(answer) for kind, answer in told.items()}
    for kind, address in addresses.items():
        for where, ask in ASKING.items():
            for width, height in ((390, 1400), (1440, 1400)):
                for dark in (False, True):
                    page = new_page(width, height, dark=dark)
                    ask(page, address)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    name = f"written{kind}-{where}-{width}-{'dark' if dark else 'light'}"
                    shot(page, name)
                    for summary in page.locator("details.folded:visible summary").all():
                        summary.click()
                    shot(page, f"{name}-open")
                    page.close()
