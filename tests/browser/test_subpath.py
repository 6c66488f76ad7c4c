"""Chat page, widget and article page of a server that people reach under a path of a site."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.web.settings import WebSettings
from tests.browser.serving import index_articles, serving

QUESTION = "Who steered the ferry?"
ARTICLE = {
    "id": "ferry",
    "title": "Ferry leaves the harbour",
    "source": "Harbour Post",
    "published_at": "2019-10-15",
    "text": "The harbour was quiet. Captain Grace Hopper steered the ferry. Forty people waved.",
}
ROOT = "http://127.0.0.1/archive"


@pytest.fixture(scope="module")
def under(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page under the path."""
    folder = tmp_path_factory.mktemp("under")
    (folder / "feed.jsonl").write_text(json.dumps(ARTICLE), encoding="utf-8")
    opened = index_articles(Path(folder / "feed.jsonl"), folder / "store")
    with serving(opened, WebSettings(port=0, public_url=ROOT)) as address:
        yield f"{address}/archive/"


def opened_source(page: Page, place: str) -> Page:
    """The article that the first source of an answer opens, under the path and at its quote."""
    source = page.locator(f'{place} a[href^="/archive/articles/ferry"]').first
    expect(source).to_be_visible()
    with page.expect_popup() as opened:
        source.click()
    expect(opened.value.locator("mark").first).to_contain_text("Grace Hopper")
    return opened.value


def test_the_page_answers_and_its_source_opens(under: str, page: Page) -> None:
    page.goto(under)
    page.locator("#question textarea").fill(QUESTION)
    page.locator("button#ask").click()
    article = opened_source(page, ".exchange")
    expect(article.locator("a.archive")).to_have_attribute("href", "/archive/")


def test_the_widget_answers_and_its_source_opens(under: str, page: Page) -> None:
    page.goto(f"{under}embed")
    page.locator("#question").fill(QUESTION)
    page.locator("#send").click()
    opened_source(page, "#conversation")


def test_an_answer_is_marked_as_helpful(under: str, page: Page) -> None:
    page.goto(f"{under}embed")
    page.locator("#question").fill(QUESTION)
    page.locator("#send").click()
    with page.expect_response("**/archive/api/feedback") as marked:
        page.locator(".helped button.up").first.click()
    assert marked.value.status == 200
