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
from rag.web.answers.words import words_in
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.bounds.exposure import Viewer
from rag.web.page.chat import WENT_WRONG, Page, Updates
from rag.web.page.conversation import Conversation
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, opener

WITHDRAWN = words_in("en")["withdrawn_answer"]
SETTINGS = WebSettings(name="The <b>Archive</b>")
LATEST, BOX, NUMBER = 1, 2, 3
SHOWS_STOP = 'class="stage"'
"""What the latest exchange has while page.css shows Stop in the place of Ask."""


@pytest.fixture
def live(word_store: Path) -> LiveArchive:
    return LiveArchive(opener(word_store), settings=SETTINGS)


def asked(page: Page, conversation: Conversation, text: str, *where: Any) -> list[Updates]:
    """Everything that the page shows while it answers."""
    sources, first, last = where or ([], "", "")

    async def collect() -> list[Updates]:
        return [shown async for shown in page.ask(text, None, sources, first, last, conversation)]

    return asyncio.run(collect())


def test_an_answer_comes_in_steps_and_its_last_one_gives_ask_back(live: LiveArchive) -> None:
    steps = asked(Page(live, SETTINGS), Conversation(), ANSWERED)
    assert "Asking" in steps[0][LATEST] and steps[0][BOX] == ""
    assert SHOWS_STOP in steps[0][LATEST] and steps[0][NUMBER] == 1
    assert any("Searching" in step[LATEST] for step in steps)
    assert "Answered." in steps[-1][LATEST] and "Grace Hopper" in steps[-1][LATEST]
    assert SHOWS_STOP not in steps[-1][LATEST]


def test_a_blank_question_changes_nothing(live: LiveArchive) -> None:
    conversation = Conversation()
    assert len(asked(Page(live, SETTINGS), conversation, " \n ")) == 1
    assert not conversation.exchanges


def test_filters_of_the_control_hold(live: LiveArchive) -> None:
    steps = asked(Page(live, SETTINGS), Conversation(), ANSWERED, ["Harbour Post"], "2021-01-01", "")
    assert "Outside the archive" in steps[-1][LATEST]
    refused = asked(Page(live, SETTINGS), Conversation(), ANSWERED, [], "soon", "")
    assert "is no date" in refused[-1][LATEST] and SHOWS_STOP not in refused[-1][LATEST]


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
    assert SHOWS_STOP not in last[LATEST]


class Endless:
    """Answers of one stage that never end; `ended` has the questions whose work was ended, in that order.

    Work that is ended then goes on until `release` is set, as that of a slow model does.
    """

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.release = asyncio.Event()
        self.release.set()

    async def __call__(self, question: Question, viewer: Viewer) -> AsyncGenerator[Event, None]:
        try:
            yield Stage("writing", "Writing")
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.append(question.text)
            await self.release.wait()


class Asking:
    """A tab in which questions are asked whose work is endless."""

    def __init__(self, live: LiveArchive, monkeypatch: pytest.MonkeyPatch) -> None:
        self.endless = Endless()
        monkeypatch.setattr(live, "stream", self.endless)
        self.page, self.conversation = Page(live, SETTINGS), Conversation()
        self.tab = gr.Request(session_hash="abc123")

    def ask(self, text: str, number: int | None = None) -> AsyncGenerator[Updates, None]:
        return self.page.ask(text, number, [], "", "", self.conversation, self.tab)

    async def begun(self, text: str, number: int | None = None) -> AsyncGenerator[Updates, None]:
        """The rest of what is shown of a question, after its first stage."""
        steps = self.ask(text, number)
        assert "Asking" in (await anext(steps))[LATEST] and "Writing" in (await anext(steps))[LATEST]
        return steps


@pytest.mark.parametrize("way", ["stop", "leave", "cancel", "close"])
def test_a_stop_reaches_the_work(live: LiveArchive, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    async def ask_and_stop() -> None:
        asking = Asking(live, monkeypatch)
        steps = await asking.begun(ANSWERED)
        if way == "close":
            await steps.aclose()
        elif way == "cancel":
            waiting = asyncio.ensure_future(anext(steps))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        else:
            await (asking.page.leave(asking.tab) if way == "leave" else asking.page.stop(1, asking.tab))
            last = [shown async for shown in steps][-1]
            assert "Stopped." in last[LATEST] and SHOWS_STOP not in last[LATEST]
        assert asking.endless.ended == [ANSWERED] and not asking.page._at_work
        assert "Stopped." in asking.conversation.html()[1]

    asyncio.run(ask_and_stop())


def test_a_stop_is_shown_before_the_work_has_ended_and_the_next_question_is_asked(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop_and_ask() -> None:
        asking = Asking(live, monkeypatch)
        asking.endless.release.clear()
        first = await asking.begun("Who left?")
        await asking.page.stop(1, asking.tab)
        assert "Stopped." in (await anext(first))[LATEST]
        second = await asking.begun("Who stayed?", 1)
        asking.endless.release.set()
        assert [shown async for shown in first] == [], "the newer question writes the page now"
        await asking.page.stop(2, asking.tab)
        assert "Stopped." in [shown async for shown in second][-1][LATEST]
        assert asking.endless.ended == ["Who left?", "Who stayed?"]

    asyncio.run(stop_and_ask())


def test_a_stop_that_comes_late_ends_no_newer_question(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop_late() -> None:
        asking = Asking(live, monkeypatch)
        first = await asking.begun("Who left?")
        await asking.page.stop(1, asking.tab)
        assert [shown async for shown in first]
        second = await asking.begun("Who stayed?", 1)
        await asking.page.stop(1, asking.tab)
        await asking.page.stop(2, gr.Request(session_hash="another tab"))
        assert asking.endless.ended == ["Who left?"] and not asking.conversation.exchanges[-1].is_over
        await second.aclose()

    asyncio.run(stop_late())


def test_a_question_is_asked_once_and_one_at_a_time(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask_twice() -> None:
        asking = Asking(live, monkeypatch)
        steps = await asking.begun("Who left?")
        for ignored in (asking.ask("Who left?", 0), asking.ask("Who stayed?", 1)):
            assert [shown async for shown in ignored] == [(gr.skip(),) * 6]
        await asking.page.stop(1, asking.tab)
        assert [shown async for shown in steps]
        sent_before_the_first_was_shown = [shown async for shown in asking.ask("Who left?", 0)]
        assert sent_before_the_first_was_shown == [(gr.skip(),) * 6]
        assert asking.conversation.begun == 1
        await (await asking.begun("Who stayed?", 1)).aclose()

    asyncio.run(ask_twice())


def test_an_answer_that_was_taken_back_makes_room_for_the_next_question(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask_again() -> None:
        asking = Asking(live, monkeypatch)
        first = await asking.begun("Who left?")
        asking.conversation.exchanges[-1].withdraw()
        second = await asking.begun("Who stayed?", 1)
        assert [shown async for shown in first] == [] and asking.endless.ended == ["Who left?"]
        assert WITHDRAWN in asking.conversation.html()[0] and SHOWS_STOP in asking.conversation.html()[1]
        await second.aclose()

    asyncio.run(ask_again())


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


def test_a_takedown_shows_the_conversation_as_it_is_then(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, conversation = Page(live, SETTINGS), Conversation()
    asked(page, conversation, ANSWERED)
    conversation.begin("Zanzibar?")
    opening = live.archive

    async def while_the_question_ends() -> OpenArchive:
        conversation.stop()
        return await opening()

    monkeypatch.setattr(live, "archive", while_the_question_ends)
    live.withdraw(["ferry"])
    earlier, latest = freshened(page, conversation)[2:4]
    assert WITHDRAWN in earlier and "Stopped." in latest and SHOWS_STOP not in latest


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
        async for step in page.ask(ANSWERED, None, [], "", "", conversation):
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
