"""What the page does with a question: partial answers, problems in one sentence, a stop that reaches far."""

import asyncio
import html
import json
import re
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
from rag.web.answers.given import is_ours
from rag.web.answers.words import words_in
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.page.chat import WENT_WRONG, Page, carried
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, opener

SETTINGS = WebSettings(name="The <b>Archive</b>")
SHOWS_STAGE = 'class="stage"'
WITHDRAWN = words_in("en")["withdrawn_answer"]
Step = dict[str, Any]


@pytest.fixture
def live(word_store: Path) -> LiveArchive:
    return LiveArchive(opener(word_store), settings=SETTINGS)


def sent(question: str, mark: str = "m1", **more: Any) -> str:
    """A question as the page sends it."""
    return json.dumps({"mark": mark, "question": question, "history": []} | more)


def read(written: str) -> Step:
    """What our script reads of a step: the text of one block of HTML, which is JSON."""
    assert written.startswith("<div>") and written.endswith("</div>") and "\n" not in written
    inner = written.removeprefix("<div>").removesuffix("</div>")
    assert "<" not in inner
    step: Step = json.loads(html.unescape(inner))
    return step


def asked(page: Page, text: str, **more: Any) -> list[Step]:
    """Everything that the page shows while it answers."""

    async def collect() -> list[Step]:
        return [read(step) async for step in page.ask(sent(text, **more))]

    return asyncio.run(collect())


def kept(step: Step) -> dict[str, Any]:
    """What browsers keep of a finished answer."""
    found = re.search(r'<span class="to-keep" hidden>(.*?)</span>', step["html"])
    assert found
    whole: dict[str, Any] = json.loads(html.unescape(found[1]))
    return {**whole["given"], "seal": whole["seal"]}


def test_an_answer_comes_in_steps_and_its_last_one_says_what_to_keep(live: LiveArchive) -> None:
    steps = asked(Page(live, SETTINGS), ANSWERED)
    assert {step["mark"] for step in steps} == {"m1"}
    assert "Asking" in steps[0]["html"] and SHOWS_STAGE in steps[0]["html"] and not steps[0]["over"]
    assert any("Searching" in step["html"] for step in steps)
    last = steps[-1]
    assert "Answered." in last["html"] and "Grace Hopper" in last["html"]
    assert last["over"] and SHOWS_STAGE not in last["html"]
    whole = kept(last)
    assert whole["question"] == ANSWERED
    assert is_ours(whole, live.key)


@pytest.mark.parametrize(
    "text", [None, "", "nonsense", "[]", "{}", sent(" \n "), sent("Why?", mark="<b>"), 1]
)
def test_what_is_no_question_of_the_page_changes_nothing(live: LiveArchive, text: object) -> None:
    async def collect() -> list[object]:
        return [step async for step in Page(live, SETTINGS).ask(text)]

    assert asyncio.run(collect()) == [gr.skip()]


def test_the_conversation_so_far_comes_with_the_question(live: LiveArchive) -> None:
    history = [{"role": "user", "content": ANSWERED}, {"role": "assistant", "content": "Grace Hopper did."}]
    steps = asked(Page(live, SETTINGS), "When did she steer it?", history=history)
    assert "Hopper" in str(kept(steps[-1])["searched"])


def test_filters_hold_and_are_kept_with_the_answer(live: LiveArchive) -> None:
    filters = {"source": ["Harbour Post"], "after": "2021-01-01"}
    last = asked(Page(live, SETTINGS), ANSWERED, **filters)[-1]
    assert "Outside the archive" in last["html"]
    assert kept(last)["filters"] == filters | {"before": None, "as_of": None}
    refused = asked(Page(live, SETTINGS), ANSWERED, after="soon")[-1]
    assert "is no full date" in refused["html"] and "“From”" in refused["html"]
    assert SHOWS_STAGE not in refused["html"] and "to-keep" not in refused["html"]


def test_a_question_that_is_too_long_is_refused_in_words(live: LiveArchive) -> None:
    last = asked(Page(live, SETTINGS), "x" * 9_000)[-1]
    assert "9,000 characters" in last["html"] and len(last["html"]) < 5_000


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
    last = asked(Page(live, SETTINGS), ANSWERED)[-1]
    assert says in last["html"] and "Ask again" in last["html"] and "secret" not in last["html"]
    assert last["over"] and SHOWS_STAGE not in last["html"]


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
        self.page = Page(live, SETTINGS)
        self.tab = gr.Request(session_hash="abc123")

    async def begun(self, text: str, mark: str = "m1") -> AsyncGenerator[str, None]:
        """The rest of what is shown of a question, after its first stage."""
        steps = self.page.ask(sent(text, mark), self.tab)
        assert "Asking" in await anext(steps) and "Writing" in await anext(steps)
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
            await (asking.page.leave(asking.tab) if way == "leave" else asking.page.stop("m1", asking.tab))
            last = read([shown async for shown in steps][-1])
            assert last["over"] and "Stopped." in last["html"] and SHOWS_STAGE not in last["html"]
        assert asking.endless.ended == [ANSWERED] and not asking.page._at_work

    asyncio.run(ask_and_stop())


def test_a_stop_is_shown_before_the_work_has_ended_and_the_next_question_is_asked(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop_and_ask() -> None:
        asking = Asking(live, monkeypatch)
        asking.endless.release.clear()
        first = await asking.begun("Who left?")
        await asking.page.stop("m1", asking.tab)
        assert "Stopped." in await anext(first)
        second = await asking.begun("Who stayed?", "m2")
        asking.endless.release.set()
        assert [shown async for shown in first] == [], "the newer question writes the page now"
        await asking.page.stop("m2", asking.tab)
        assert "Stopped." in [shown async for shown in second][-1]
        assert asking.endless.ended == ["Who left?", "Who stayed?"]

    asyncio.run(stop_and_ask())


def test_a_stop_that_comes_late_ends_no_newer_question(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop_late() -> None:
        asking = Asking(live, monkeypatch)
        first = await asking.begun("Who left?")
        await asking.page.stop("m1", asking.tab)
        assert [shown async for shown in first]
        second = await asking.begun("Who stayed?", "m2")
        await asking.page.stop("m1", asking.tab)
        await asking.page.stop("m2", gr.Request(session_hash="another tab"))
        assert asking.endless.ended == ["Who left?"]
        await second.aclose()

    asyncio.run(stop_late())


def test_a_tab_has_one_question_at_work(live: LiveArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask_on() -> None:
        asking = Asking(live, monkeypatch)
        first = await asking.begun("Who left?")
        second = await asking.begun("Who stayed?", "m2")
        assert asking.endless.ended == ["Who left?"]
        assert [shown async for shown in first] == []
        await second.aclose()
        assert asking.endless.ended == ["Who left?", "Who stayed?"] and not asking.page._at_work

    asyncio.run(ask_on())


def refreshed(page: Page) -> tuple[list[Step], list[Any]]:
    """What the page is told of the archive, and what its timer is told."""

    async def collect() -> list[tuple[Any, Any]]:
        return [shown async for shown in page.refresh()]

    shown = asyncio.run(collect())
    return [read(state) for state, _ in shown], [timer for _, timer in shown]


def test_arriving_shows_the_archive_then_its_examples(live: LiveArchive) -> None:
    states, timers = refreshed(Page(live, SETTINGS))
    assert "3 articles, 15 Oct 2019 to 29 Feb 2020" in states[0]["head"] and "&lt;b&gt;" in states[0]["head"]
    assert "3 articles" in states[0]["first"] and "2 outlets" in states[0]["first"]
    assert states[0]["outlets"] == ["Coast <b>Gazette</b>", "Harbour Post"]
    assert "empty" not in states[0] and not timers[0]["active"]
    assert states[-1].items() >= states[0].items(), "a state that is missed takes nothing away"


def test_an_archive_that_is_not_there_yet_is_looked_for_again() -> None:
    live = LiveArchive(lambda: None, settings=SETTINGS)
    (state,), (timer,) = refreshed(Page(live, SETTINGS))
    assert "onrecord index PATH" in state["empty"] and timer["active"]
    assert "outlets" not in state and "first" not in state


def test_what_is_taken_down_while_it_is_being_quoted_is_not_shown(live: LiveArchive) -> None:
    page = Page(live, SETTINGS)

    async def ask_while_it_is_removed() -> list[Step]:
        shown = []
        async for written in page.ask(sent(ANSWERED)):
            shown.append(read(written))
            if "Grace Hopper" in shown[-1]["html"] and not live.withdrawn:
                live.withdraw(["ferry"])
        return shown

    *_, last = asyncio.run(ask_while_it_is_removed())
    assert live.withdrawn and WITHDRAWN in last["html"] and "Grace Hopper" not in last["html"]
    assert "to-keep" not in last["html"]


def test_a_feed_that_has_not_been_read_is_told_in_the_masthead(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = datetime.now(UTC) - timedelta(days=3)
    late = FeedState(
        "https://wire.example/feed?key=1", datetime.now(UTC).isoformat(), None, day.isoformat(), "x"
    )
    monkeypatch.setattr(Store, "feeds", lambda store: [late])
    masthead = refreshed(Page(live, SETTINGS))[0][0]["head"]
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
    masthead = refreshed(Page(live, replace(SETTINGS, admin_token=token)))[0][0]["head"]
    assert ('href="/add"' in masthead) == bool(token)


def test_what_is_carried_is_one_block_of_text() -> None:
    hostile = "</div>\n\n# not Markdown\n\n<script>alert(1)</script> & &amp; $$x$$ \u2028 `a`"
    written = carried({"html": hostile})
    assert read(written) == {"html": hostile}
