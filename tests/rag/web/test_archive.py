import asyncio
import threading
import time
from pathlib import Path

import pytest

from corpus.errors import Busy, StoreDamaged, StoreMissing
from rag.answer import Done, Question
from rag.web.archive import BROKEN, NOTHING_YET, Desk, Opened
from rag.web.errors import STOPPING
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, opener


def test_the_archive_is_opened_once_however_many_ask_at_once(word_store: Path) -> None:
    opened = 0
    begin = threading.Barrier(8)

    def open_archive() -> Opened | None:
        nonlocal opened
        opened += 1
        time.sleep(0.05)  # as models take their time to load
        return opener(word_store)()

    desk = Desk(open_archive, settings=WebSettings())
    seen: list[Opened | None] = []

    def look() -> None:
        begin.wait()
        seen.append(desk.opened)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == 1 and len(seen) == 8 and set(map(id, seen)) == {id(desk.opened)}
    desk.close()


def test_an_empty_archive_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    now = 100.0

    def open_archive() -> None:
        nonlocal looks
        looks += 1

    monkeypatch.setattr(time, "monotonic", lambda: now)
    desk = Desk(open_archive, settings=WebSettings())
    for _ in range(5):
        assert desk.opened is None
    assert looks == 1 and desk.problem == NOTHING_YET
    now += 2
    assert desk.opened is None and looks == 2


def test_what_is_wrong_with_a_store_goes_to_the_log_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.web.archive.PATIENCE", 0)

    def open_archive() -> None:
        raise StoreDamaged("the store /srv/hidden/store cannot be read")

    desk = Desk(open_archive, settings=WebSettings())
    for _ in range(3):
        assert desk.opened is None
    assert desk.problem == BROKEN and "/srv" not in desk.problem
    assert len(caplog.records) == 1 and "/srv/hidden" in caplog.text


def test_a_closed_desk_opens_nothing(word_store: Path) -> None:
    desk = Desk(opener(word_store), settings=WebSettings())
    assert desk.opened
    desk.close()
    desk.close()
    assert desk.opened is None and desk.problem == STOPPING
    with pytest.raises(StoreMissing, match="stopping"):
        asyncio.run(desk.archive())


def test_an_archive_that_opens_after_the_desk_has_closed_is_closed_too(word_store: Path) -> None:
    opening, close = threading.Event(), threading.Event()
    made: list[Opened] = []

    def open_archive() -> Opened | None:
        opening.set()
        assert close.wait(5)
        opened = opener(word_store)()
        assert opened
        made.append(opened)
        return opened

    desk = Desk(open_archive, settings=WebSettings())
    looking = threading.Thread(target=lambda: desk.opened)
    looking.start()
    opening.wait(5)
    closing = threading.Thread(target=desk.close)
    closing.start()
    close.set()
    looking.join(5)
    closing.join(5)
    assert made and desk.opened is None


def test_a_question_and_a_search_share_the_queue(word_store: Path) -> None:
    async def run() -> None:
        desk = Desk(opener(word_store), at_once=1, waiting=1, settings=WebSettings())
        holding = threading.Event()
        first = asyncio.create_task(desk.run(holding.wait))
        while not desk.queue.running:
            await asyncio.sleep(0)
        events = desk.stream(Question(ANSWERED))
        told = [await anext(events)]
        with pytest.raises(Busy):
            await desk.run(lambda: None)
        with pytest.raises(Busy):
            await anext(desk.stream(Question(ANSWERED)))
        holding.set()
        told += [event async for event in events]
        assert await first and isinstance(told[-1], Done) and told[-1].answer.status == "answered"
        assert desk.queue.running == desk.queue.waiting == 0
        desk.close()

    asyncio.run(run())
