"""Saying that an answer helped, or not, and why: on the page and in the embedded chat, kept in the store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from rag.answer import Turn
from rag.feedback import Feedback, FeedbackStore
from rag.web.settings import WebSettings
from tests.browser.conftest import NewPage
from tests.browser.serving import index_articles, serving
from tests.browser.test_page import HOSTILE, Shot, ask, opened

QUESTION = "Who steered the ferry with code?"
HOSTILE_QUESTION = "Who else? </span><img src=x onerror=alert(3)> & \\n $$ \\u0022"
REMARK = "It was <script>alert('remark')</script> not she / 100 %"


@dataclass(frozen=True)
class Archive:
    """An archive of one hostile article: its address, and the feedback that it kept since the test began."""

    address: str
    store: FeedbackStore
    before: int = 0

    def kept(self) -> list[Feedback]:
        """The rows of this test, oldest first."""
        return list(self.store.rows())[self.before :]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The archive, served for all tests of this module."""
    folder = tmp_path_factory.mktemp("feedback")
    (folder / "feed.jsonl").write_text(json.dumps(HOSTILE), encoding="utf-8")
    opening = index_articles(folder / "feed.jsonl", folder / "store")
    with serving(opening, WebSettings(port=0)) as address:
        yield Archive(address, FeedbackStore(folder / "store"))


@pytest.fixture
def archive(served: Archive) -> Archive:
    """The served archive, which counts feedback from now on."""
    return replace(served, before=len(served.kept()))


def button(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def test_the_page_keeps_a_verdict_and_a_comment(archive: Archive, page: Page, shot: Shot) -> None:
    opened(page, archive.address)
    ask(page, QUESTION)
    latest = page.locator("#latest")
    expect(button(latest, "Helpful")).to_have_attribute("aria-pressed", "false")
    assert archive.kept() == []
    with page.expect_response("**/api/feedback"):
        button(latest, "Not helpful").click()
    expect(button(latest, "Not helpful")).to_have_attribute("aria-pressed", "true")
    comment = latest.get_by_label("Comment")
    comment.click()
    page.keyboard.type(REMARK)
    shot(page, "page-comment-1440-light")
    page.keyboard.press("Enter")
    expect(latest.get_by_text("Thank you.")).to_be_visible()
    expect(comment).to_have_count(0)
    first, second = archive.kept()
    assert (first.verdict, first.comment, second.verdict, second.comment) == ("down", "", "down", REMARK)
    assert (second.question, second.status, second.reader) == (QUESTION, "answered", "extractive")
    assert "Grace Hopper" in second.citations[0].quote and "Grace Hopper" in second.answer
    assert second.citations[0].quote in HOSTILE["text"]


def test_a_follow_up_is_kept_with_what_was_asked_before_it(archive: Archive, page: Page) -> None:
    opened(page, archive.address)
    ask(page, QUESTION)
    button(page.locator("#latest"), "Helpful").click()
    button(page.locator("#latest"), "Send").click()  # without a comment nothing more is sent
    expect(page.locator("#latest").get_by_text("Thank you.")).to_be_visible()
    ask(page, HOSTILE_QUESTION)
    earlier = page.locator("#earlier")
    expect(button(earlier, "Helpful")).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/api/feedback"):
        button(page.locator("#latest"), "Helpful").click()
    first, second = archive.kept()
    assert first.history == () and first.verdict == "up"
    assert second.history[0] == Turn("user", QUESTION) and second.history[1].role == "assistant"
    assert "Grace Hopper" in second.history[1].content and "[1]" not in second.history[1].content
    assert second.question == HOSTILE_QUESTION


@pytest.mark.parametrize("path", ["/", "/embed"])
def test_the_field_for_a_comment_closes_after_sending_where_the_answer_was_shared_too(
    archive: Archive, new_page: NewPage, path: str
) -> None:
    page = new_page(expected="status of 403")  # This server shares nothing, and says so below the answer.
    page.goto(archive.address + path)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    answer = page.locator(".answer")
    button(answer, "Helpful").click()
    expect(answer.get_by_label("Comment")).to_be_visible()
    button(answer, "Share").click()
    expect(answer.locator("p.shared")).to_be_visible()
    answer.get_by_label("Comment").fill("It helped.")
    button(answer, "Send").click()
    expect(answer.get_by_text("Thank you.")).to_be_visible()
    expect(answer.get_by_label("Comment")).to_have_count(0)
    expect(answer.locator(".comment")).to_have_count(1)
    assert [row.comment for row in archive.kept()] == ["", "It helped."]
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize("path", ["/", "/embed"])
def test_what_cannot_be_sent_is_said_and_can_be_tried_again(
    archive: Archive, new_page: NewPage, path: str
) -> None:
    page = new_page(390, 844, expected="status of 429")
    page.goto(archive.address + path)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    helpful = button(page.locator("body"), "Helpful")
    expect(helpful).to_be_visible()

    def refuse(route: Route) -> None:
        content = {"error": {"message": "Too many <b>answers</b> are being marked just now."}}
        route.fulfill(status=429, json=content)

    page.route("**/api/feedback", refuse)
    helpful.click()
    expect(page.locator(".comment")).to_have_text("Too many <b>answers</b> are being marked just now.")
    expect(helpful).to_have_attribute("aria-pressed", "false")
    page.unroute("**/api/feedback")
    with page.expect_response("**/api/feedback"):
        helpful.click()
    expect(page.get_by_label("Comment")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [row.verdict for row in archive.kept()] == ["up"]


def test_the_embed_keeps_a_verdict_a_comment_and_the_conversation(
    archive: Archive, page: Page, shot: Shot
) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(f"{archive.address}/embed")
    for n, question in enumerate((HOSTILE_QUESTION, QUESTION)):
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
        expect(
            page.locator(".turn").nth(n).get_by_role("group", name="Was this answer helpful?")
        ).to_be_visible()
    turn = page.locator(".turn").last
    with page.expect_response("**/api/feedback"):
        button(turn, "Helpful").click()
    turn.get_by_label("Comment").click()
    page.keyboard.type(REMARK)
    shot(page, "embed-comment-390-light")
    button(turn, "Send").click()
    expect(turn.get_by_text("Thank you.")).to_be_visible()
    with page.expect_response("**/api/feedback"):
        button(turn, "Not helpful").click()
    expect(button(turn, "Helpful")).to_have_attribute("aria-pressed", "false")
    rows = archive.kept()
    assert [(row.verdict, row.comment) for row in rows] == [("up", ""), ("up", REMARK), ("down", "")]
    assert rows[1].question == QUESTION and rows[1].citations
    assert [turn.role for turn in rows[1].history] == ["user", "assistant"]
    assert rows[1].history[0].content == HOSTILE_QUESTION
