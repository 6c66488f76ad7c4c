import asyncio
import threading
import time
from pathlib import Path

import pytest

from corpus.errors import Busy, StoreDamaged, StoreMissing
from rag.answer import Done, Question
from rag.web.archive import BROKEN, NOTHING_YET, LiveArchive, OpenArchive
from rag.web.errors import STOPPING
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, opener


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
        assert close.wait(5)
        opened = opener(word_store)()
        assert opened
        made.append(opened)
        return opened

    live = LiveArchive(open_archive, settings=WebSettings())
    looking = threading.Thread(target=lambda: live.opened)
    looking.start()
    opening.wait(5)
    closing = threading.Thread(target=live.close)
    closing.start()
    close.set()
    looking.join(5)
    closing.join(5)
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
