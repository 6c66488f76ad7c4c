"""What the page does with a question: partial answers, problems in one sentence, a stop that reaches far."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from corpus.errors import Busy, StoreDamaged
from index.store.records import FeedState
from index.store.store import Store
from rag.answer import Event, Question, Stage
from rag.render import written_date
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.page.chat import WENT_WRONG, Page, Updates
from rag.web.page.conversation import WITHDRAWN, Conversation
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, opener

SETTINGS = WebSettings(name="The <b>Archive</b>")
LATEST, BOX, SEND, STOP, EXAMPLES = 1, 2, 3, 4, 6


@pytest.fixture
def live(word_store: Path) -> LiveArchive:
    return LiveArchive(opener(word_store), settings=SETTINGS)


def asked(page: Page, conversation: Conversation, text: str, *where: Any) -> list[Updates]:
    """Everything that the page shows while it answers."""
    sources, first, last = where or ([], "", "")

    async def collect() -> list[Updates]:
        return [shown async for shown in page.ask(text, sources, first, last, conversation)]

    return asyncio.run(collect())


def test_an_answer_comes_in_steps_and_its_last_one_gives_ask_back(live: LiveArchive) -> None:
    steps = asked(Page(live, SETTINGS), Conversation(), ANSWERED)
    assert "Asking" in steps[0][LATEST] and steps[0][BOX] == ""
    assert steps[0][STOP]["visible"] and not steps[0][SEND]["visible"]
    assert any("Searching" in step[LATEST] for step in steps)
    assert "Answered." in steps[-1][LATEST] and "Grace Hopper" in steps[-1][LATEST]
    assert steps[-1][SEND]["visible"] and not steps[-1][STOP]["visible"]


def test_a_blank_question_changes_nothing(live: LiveArchive) -> None:
    conversation = Conversation()
    assert len(asked(Page(live, SETTINGS), conversation, " \n ")) == 1
    assert not conversation.exchanges


def test_filters_of_the_control_hold(live: LiveArchive) -> None:
    steps = asked(Page(live, SETTINGS), Conversation(), ANSWERED, ["Harbour Post"], "2021-01-01", "")
    assert "Outside the archive" in steps[-1][LATEST]
    refused = asked(Page(live, SETTINGS), Conversation(), ANSWERED, [], "soon", "")
    assert "is no date" in refused[-1][LATEST] and refused[-1][SEND]["visible"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Busy("48 questions are waiting already"), "48 questions are waiting"),
        (KeyError("secret"), WENT_WRONG),
        (StoreDamaged("/secret/store is damaged"), "The archive cannot be read now"),
        (MemoryError("secret"), "The server has too little memory"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_the_question_stays(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    async def fail(question: Question, viewer: Viewer) -> AsyncGenerator[Event, None]:
        yield Stage("searching", "Searching")
        raise error

    monkeypatch.setattr(live, "stream", fail)
    last = asked(Page(live, SETTINGS), Conversation(), ANSWERED)[-1]
    assert says in last[LATEST] and ANSWERED in last[LATEST] and "secret" not in last[LATEST]
    assert last[SEND]["visible"]


@pytest.mark.parametrize("leave", ["cancel", "close"])
def test_a_stop_reaches_the_work(live: LiveArchive, monkeypatch: pytest.MonkeyPatch, leave: str) -> None:
    ended: list[bool] = []

    async def endless(question: Question, viewer: Viewer) -> AsyncGenerator[Event, None]:
        try:
            yield Stage("writing", "Writing")
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    monkeypatch.setattr(live, "stream", endless)
    page, conversation = Page(live, SETTINGS), Conversation()

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


def test_arriving_shows_the_archive_then_its_examples(live: LiveArchive) -> None:
    async def arrive() -> list[Updates]:
        return [shown async for shown in Page(live, SETTINGS).refresh(Conversation())]

    shown = asyncio.run(arrive())
    masthead, empty, tools, outlets, _, again = shown[0]
    assert "3 articles, 15 Oct 2019 to 29 Feb 2020" in masthead and "&lt;b&gt;" in masthead
    assert tools["visible"] and not empty["visible"] and not again["active"]
    assert outlets["choices"] == ["Coast <b>Gazette</b>", "Harbour Post"]
    assert len(shown) <= 2


def test_an_archive_that_is_not_there_yet_is_looked_for_again() -> None:
    live = LiveArchive(lambda: None, settings=SETTINGS)

    async def arrive() -> list[Updates]:
        return [shown async for shown in Page(live, SETTINGS).refresh(Conversation())]

    (shown,) = asyncio.run(arrive())
    assert "onrecord index PATH" in shown[1]["value"] and shown[1]["visible"] and shown[-1]["active"]
    assert not shown[2]["visible"]


def freshened(page: Page, conversation: Conversation) -> Updates:
    return asyncio.run(page.freshen(conversation))


def test_a_change_of_the_archive_leaves_the_conversation_as_it_is(live: LiveArchive) -> None:
    page, conversation = Page(live, SETTINGS), Conversation()
    asked(page, conversation, ANSWERED)
    masthead, outlets, earlier, latest, examples = freshened(page, conversation)
    assert "3 articles" in masthead and outlets["choices"] == ["Coast <b>Gazette</b>", "Harbour Post"]
    assert earlier == latest == examples == gr.skip()


def test_an_answer_that_quotes_what_was_taken_down_is_taken_back(live: LiveArchive) -> None:
    page, conversation = Page(live, SETTINGS), Conversation()
    asked(page, conversation, ANSWERED)
    asked(page, conversation, "Zanzibar?")
    live.withdraw(["ferry"])
    *_, earlier, latest, examples = freshened(page, conversation)
    assert WITHDRAWN in earlier and "Grace Hopper" not in earlier + latest and ANSWERED in earlier
    assert "Grace Hopper" not in str(conversation.history())
    assert examples["value"] == "" and not examples["visible"], "an example may be about what is gone"
    live.readmit(["ferry"])
    assert freshened(page, conversation)[2:] == (gr.skip(),) * 3


def test_a_tab_whose_conversation_was_dropped_shows_nothing_after_a_takedown(live: LiveArchive) -> None:
    page, forgotten = Page(live, SETTINGS), Conversation()
    assert freshened(page, forgotten)[2:4] == (gr.skip(), gr.skip())
    live.withdraw(["ferry"])
    assert freshened(page, forgotten)[2:4] == ("", "")
    assert freshened(page, forgotten)[2:4] == (gr.skip(), gr.skip())


def test_what_is_taken_down_while_it_is_being_quoted_is_not_shown(live: LiveArchive) -> None:
    page, conversation = Page(live, SETTINGS), Conversation()

    async def ask_while_it_is_removed() -> list[Updates]:
        shown = []
        async for step in page.ask(ANSWERED, [], "", "", conversation):
            shown.append(step)
            if "Grace Hopper" in str(step[LATEST]) and not live.withdrawn:
                live.withdraw(["ferry"])
                await page.freshen(conversation)
        return shown

    *_, last = asyncio.run(ask_while_it_is_removed())
    assert live.withdrawn and WITHDRAWN in last[LATEST] and "Grace Hopper" not in last[LATEST]
    assert not conversation.history()


def test_a_feed_that_has_not_been_read_is_told_in_the_masthead(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = datetime.now(UTC) - timedelta(days=3)
    late = FeedState(
        "https://wire.example/feed?key=1", datetime.now(UTC).isoformat(), None, day.isoformat(), "x"
    )
    monkeypatch.setattr(Store, "feeds", lambda store: [late])
    masthead = freshened(Page(live, SETTINGS), Conversation())[0]
    assert f"wire.example has not been read since {written_date(day.isoformat())}." in masthead


def test_the_page_offers_no_api_and_bounds_its_queue(live: LiveArchive) -> None:
    async def build() -> gr.Blocks:
        return Page(live, SETTINGS).blocks()

    blocks = asyncio.run(build())
    functions: list[Any] = list(blocks.fns.values())
    assert functions and {function.api_visibility for function in functions} == {"private"}
    assert blocks.max_threads and all(function.concurrency_limit != 1 for function in functions)


@pytest.mark.parametrize("token", ["", "an admin token of ours"])
def test_the_masthead_leads_to_the_page_that_adds_articles_only_with_a_token(
    live: LiveArchive, token: str
) -> None:
    masthead = freshened(Page(live, replace(SETTINGS, admin_token=token)), Conversation())[0]
    assert ('href="/add"' in str(masthead)) == bool(token)
