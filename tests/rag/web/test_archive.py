import asyncio
import threading
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import Busy, StoreDamaged, StoreMissing
from rag.answer import Answer, Done, Question
from rag.terminal.build import build_chat, build_model_calls
from rag.terminal.settings import Settings
from rag.web.archive import BROKEN, NOTHING_YET, LiveArchive, OpenArchive
from rag.web.errors import STOPPING
from rag.web.settings import WebSettings
from rag.write.generate import GenerativeReader
from tests.rag.web.conftest import ANSWERED, opener
from tests.scripted import Reply, ScriptedModel


def test_the_archive_is_opened_once_however_many_ask_at_once(word_store: Path) -> None:
    opened = 0
    begin = threading.Barrier(8)

    def open_archive() -> OpenArchive | None:
        nonlocal opened
        opened += 1
        time.sleep(0.05)  # as models take their time to load
        return opener(word_store)()

    live = LiveArchive(open_archive, settings=WebSettings())
    seen: list[OpenArchive | None] = []

    def look() -> None:
        begin.wait()
        seen.append(live.opened)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == 1 and len(seen) == 8 and set(map(id, seen)) == {id(live.opened)}
    live.close()


def test_an_empty_archive_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    now = 100.0

    def open_archive() -> None:
        nonlocal looks
        looks += 1

    monkeypatch.setattr(time, "monotonic", lambda: now)
    live = LiveArchive(open_archive, settings=WebSettings())
    for _ in range(5):
        assert live.opened is None
    assert looks == 1 and live.problem == NOTHING_YET
    now += 2
    assert live.opened is None and looks == 2


def test_what_is_wrong_with_a_store_goes_to_the_log_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.web.archive.PATIENCE", 0)

    def open_archive() -> None:
        raise StoreDamaged("the store /srv/hidden/store cannot be read")

    live = LiveArchive(open_archive, settings=WebSettings())
    for _ in range(3):
        assert live.opened is None
    assert live.problem == BROKEN and "/srv" not in live.problem
    assert len(caplog.records) == 1 and "/srv/hidden" in caplog.text


def test_a_closed_live_archive_opens_nothing(word_store: Path) -> None:
    live = LiveArchive(opener(word_store), settings=WebSettings())
    assert live.opened
    live.close()
    live.close()
    assert live.opened is None and live.problem == STOPPING
    with pytest.raises(StoreMissing, match="stopping"):
        asyncio.run(live.archive())


def test_an_archive_that_opens_after_the_live_archive_has_closed_is_closed_too(word_store: Path) -> None:
    opening, close = threading.Event(), threading.Event()
    made: list[OpenArchive] = []

    def open_archive() -> OpenArchive | None:
        opening.set()
        assert close.wait(60)
        opened = opener(word_store)()
        assert opened
        made.append(opened)
        return opened

    live = LiveArchive(open_archive, settings=WebSettings())
    looking = threading.Thread(target=lambda: live.opened)
    looking.start()
    opening.wait(60)
    closing = threading.Thread(target=live.close)
    closing.start()
    close.set()
    looking.join(60)
    closing.join(60)
    assert made and live.opened is None


def test_a_question_and_a_search_share_the_queue(word_store: Path) -> None:
    async def run() -> None:
        live = LiveArchive(opener(word_store), at_once=1, waiting=1, settings=WebSettings())
        holding = threading.Event()
        first = asyncio.create_task(live.run(holding.wait))
        while not live.queue.running:
            await asyncio.sleep(0)
        events = live.stream(Question(ANSWERED))
        told = [await anext(events)]
        with pytest.raises(Busy):
            await live.run(lambda: None)
        with pytest.raises(Busy):
            await anext(live.stream(Question(ANSWERED)))
        holding.set()
        told += [event async for event in events]
        assert await first and isinstance(told[-1], Done) and told[-1].answer.status == "answered"
        assert live.queue.running == live.queue.waiting == 0
        live.close()

    asyncio.run(run())


def live_with_model(word_store: Path, folder: Path, server: ScriptedModel, **limits: str) -> LiveArchive:
    """A live archive whose answers the scripted model writes, within what the settings bound."""
    named = {f"ONRECORD_LLM_{name.upper()}": value for name, value in limits.items()}
    model = {"ONRECORD_LLM_MODEL": "scripted", "ONRECORD_LLM_BASE_URL": server.base_url}
    settings = Settings.read(model | named, folder, store=str(folder))
    opened, chat = opener(word_store)(), build_chat(settings)
    assert opened and chat
    assistant = replace(opened.assistant, generative=GenerativeReader(chat))
    written = OpenArchive(opened.store, assistant, opened.retriever)
    return LiveArchive(lambda: written, settings=WebSettings(), model_calls=build_model_calls(settings))


async def answer_of(live: LiveArchive, question: Question) -> Answer:
    """The whole answer."""
    async with aclosing(live.stream(question)) as events:
        (done,) = [event async for event in events if isinstance(event, Done)]
    return done.answer


@pytest.mark.parametrize(("limits", "places"), [({}, 8), ({"at_once": "2"}, 2)])
def test_an_endpoint_that_hangs_holds_no_more_calls_than_there_are_places(
    word_store: Path, tmp_path: Path, limits: dict[str, str], places: int
) -> None:
    async def ask_and_leave(live: LiveArchive, server: ScriptedModel) -> None:
        asked = [asyncio.create_task(answer_of(live, Question(ANSWERED))) for _ in range(20)]
        while server.open < places or not live.metrics.exposition().count(
            f"waiting {20 - places}.0".encode()
        ):
            await asyncio.sleep(0.01)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        while server.open:
            await asyncio.sleep(0.01)

    with ScriptedModel(Reply("", hangs=True)) as server:
        live = live_with_model(word_store, tmp_path, server, **limits)
        asyncio.run(ask_and_leave(live, server))
        assert server.most_open == places == len(server.requests)
        assert b"onrecord_model_calls_running 0.0" in live.metrics.exposition()
        live.close()


def test_quotations_answer_once_the_days_tokens_are_used_and_a_notice_says_until_when(
    word_store: Path, tmp_path: Path
) -> None:
    with ScriptedModel(Reply("Captain Grace Hopper steered the ferry [1].", usage=(2_900, 50))) as server:
        live = live_with_model(word_store, tmp_path, server, daily_tokens="5000")
        first = asyncio.run(answer_of(live, Question(ANSWERED)))
        assert first.reader == "llm:scripted" and first.notices == ()
        later = asyncio.run(answer_of(live, Question(ANSWERED)))
        assert later.status == "answered" and later.reader == "extractive" and later.citations
        says, instead = later.notices
        assert says.startswith("The daily budget of 5,000 model tokens is used up")
        assert (
            says.endswith(" at 00:00 UTC.") and instead == "The answer quotes the archive, without the model."
        )
        assert later.usage.prompt_tokens == later.usage.completion_tokens == 0
        live.close()

        restarted = live_with_model(word_store, tmp_path, server, daily_tokens="5000")
        assert asyncio.run(answer_of(restarted, Question(ANSWERED))).reader == "extractive"
        assert len(server.requests) == 1
        told = live.metrics.exposition().decode()
        restarted.close()
    for line in (
        'onrecord_model_calls_total{outcome="made"} 1.0',
        'onrecord_model_calls_total{outcome="no_tokens"} ',
        'onrecord_model_tokens_total{kind="prompt"} 2900.0',
        'onrecord_model_tokens_total{kind="completion"} 50.0',
        "onrecord_model_tokens_daily_limit 5000.0",
        "onrecord_model_tokens_today 2950.0",
    ):
        assert line in told
