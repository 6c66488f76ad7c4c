"""What the page does with a question: partial answers, problems in one sentence, a stop that reaches far."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from corpus.errors import Busy
from rag.answer import Question
from rag.events import Event, Stage
from rag.web.desk import Desk
from rag.web.page import WENT_WRONG, Page, Updates
from rag.web.page_conversation import Conversation
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, opener

SETTINGS = WebSettings(name="The <b>Archive</b>")
LATEST, BOX, SEND, STOP, EXAMPLES, MASTHEAD = 1, 2, 3, 4, 6, 7


@pytest.fixture
def desk(word_store: Path) -> Desk:
    return Desk(opener(word_store), settings=SETTINGS)


def asked(page: Page, conversation: Conversation, text: str, *where: Any) -> list[Updates]:
    """Everything that the page shows while it answers."""
    sources, first, last = where or ([], "", "")

    async def collect() -> list[Updates]:
        return [shown async for shown in page.ask(text, sources, first, last, conversation)]

    return asyncio.run(collect())


def test_an_answer_comes_in_steps_and_its_last_one_gives_ask_back(desk: Desk) -> None:
    steps = asked(Page(desk, SETTINGS), Conversation(), ANSWERED)
    assert "Asking" in steps[0][LATEST] and steps[0][BOX] == ""
    assert steps[0][STOP]["visible"] and not steps[0][SEND]["visible"]
    assert any("Searching" in step[LATEST] for step in steps)
    assert "Answered." in steps[-1][LATEST] and "Grace Hopper" in steps[-1][LATEST]
    assert steps[-1][SEND]["visible"] and not steps[-1][STOP]["visible"]
    assert "3 articles" in steps[-1][MASTHEAD] and "&lt;b&gt;" in steps[-1][MASTHEAD]


def test_a_blank_question_changes_nothing(desk: Desk) -> None:
    conversation = Conversation()
    assert len(asked(Page(desk, SETTINGS), conversation, " \n ")) == 1
    assert not conversation.exchanges


def test_filters_of_the_control_hold(desk: Desk) -> None:
    steps = asked(Page(desk, SETTINGS), Conversation(), ANSWERED, ["Harbour Post"], "2021-01-01", "")
    assert "Outside the archive" in steps[-1][LATEST]
    refused = asked(Page(desk, SETTINGS), Conversation(), ANSWERED, [], "soon", "")
    assert "is no date" in refused[-1][LATEST] and refused[-1][SEND]["visible"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Busy("48 questions are waiting already"), "48 questions are waiting"),
        (KeyError("secret"), WENT_WRONG),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_the_question_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    async def fail(question: Question) -> AsyncGenerator[Event, None]:
        yield Stage("searching", "Searching")
        raise error

    monkeypatch.setattr(desk, "stream", fail)
    last = asked(Page(desk, SETTINGS), Conversation(), ANSWERED)[-1]
    assert says in last[LATEST] and ANSWERED in last[LATEST] and "secret" not in last[LATEST]
    assert last[SEND]["visible"]


@pytest.mark.parametrize("leave", ["cancel", "close"])
def test_a_stop_reaches_the_work(desk: Desk, monkeypatch: pytest.MonkeyPatch, leave: str) -> None:
    ended: list[bool] = []

    async def endless(question: Question) -> AsyncGenerator[Event, None]:
        try:
            yield Stage("writing", "Writing")
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    monkeypatch.setattr(desk, "stream", endless)
    page, conversation = Page(desk, SETTINGS), Conversation()

    async def ask_and_leave() -> None:
        steps = page.ask(ANSWERED, [], "", "", conversation)
        await anext(steps)
        await anext(steps)
        if leave == "close":
            await steps.aclose()
            return
        waiting = asyncio.ensure_future(anext(steps))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(ask_and_leave())
    assert ended == [True]
    latest, send, stop = page.stop(conversation)
    assert "Stopped." in latest and send["visible"] and not stop["visible"]


def test_arriving_shows_the_archive_then_its_examples(desk: Desk) -> None:
    async def arrive() -> list[Updates]:
        return [shown async for shown in Page(desk, SETTINGS).refresh(Conversation())]

    shown = asyncio.run(arrive())
    masthead, empty, tools, outlets, _, again = shown[0]
    assert "3 articles" in masthead and tools["visible"] and not empty["visible"] and not again["active"]
    assert outlets["choices"] == ["Coast <b>Gazette</b>", "Harbour Post"]
    assert len(shown) <= 2


def test_an_archive_that_is_not_there_yet_is_looked_for_again() -> None:
    desk = Desk(lambda: None, settings=SETTINGS)

    async def arrive() -> list[Updates]:
        return [shown async for shown in Page(desk, SETTINGS).refresh(Conversation())]

    (shown,) = asyncio.run(arrive())
    assert "onrecord index PATH" in shown[1]["value"] and shown[1]["visible"] and shown[-1]["active"]
    assert not shown[2]["visible"]


def test_the_page_offers_no_api_and_bounds_its_queue(desk: Desk) -> None:
    async def build() -> gr.Blocks:
        return Page(desk, SETTINGS).blocks()

    blocks = asyncio.run(build())
    functions: list[Any] = list(blocks.fns.values())
    assert functions and {function.api_visibility for function in functions} == {"private"}
    assert blocks.max_threads and all(function.concurrency_limit != 1 for function in functions)
