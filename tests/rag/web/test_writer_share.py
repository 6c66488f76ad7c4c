"""Sharing beside an indexing run: nobody waits for it, and it goes on."""

import asyncio
from pathlib import Path

import pytest

from corpus.errors import Busy, StoreMissing
from index.store.shares import ShareWithdrawn, find_share
from rag.answer import Question
from rag.web.answers.given import Given, given, sealed
from rag.web.present import answer_view
from rag.web.writer import MOST_WAITING
from tests.fakes import WordOverlapEmbedding
from tests.rag.web.conftest import ANSWERED
from tests.rag.web.test_writer_takedown import GUARD, Desk, Gate, gate, hung_reading

__all__ = ["gate"]


def answered(desk: Desk) -> tuple[Given, str]:
    """An answer as it is kept, and its seal."""
    assert desk.live.opened is not None
    answer = desk.live.opened.assistant.ask(Question(ANSWERED))
    view = sealed(answer, answer_view(answer), desk.live.key)
    return given(view), str(view["seal"])


def test_an_answer_is_shared_and_removed_while_a_run_hangs_and_the_run_goes_on(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, WordOverlapEmbedding)
    kept = answered(desk)
    hung_reading(gate, monkeypatch)

    async def work() -> None:
        running = asyncio.create_task(desk.writer.index([desk.file]))
        await gate.is_reached()
        id = await asyncio.wait_for(desk.writer.share(*kept), GUARD)
        assert find_share(desk.store, id) is not None and not gate.open.is_set()
        report = await asyncio.wait_for(running, GUARD)
        assert report.added == 1 and not report.was_stopped
        assert await desk.writer.unshare(id) and not await desk.writer.unshare(id)
        assert find_share(desk.store, id) is None

    asyncio.run(work())
    desk.writer.close()
    desk.live.close()


def test_what_a_takedown_before_it_removed_is_not_shared(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WordOverlapEmbedding)
    kept = answered(desk)

    async def work() -> None:
        removing = asyncio.create_task(desk.writer.remove(["ferry"]))
        await asyncio.sleep(0)  # The takedown is in the line.
        with pytest.raises(ShareWithdrawn):
            await desk.writer.share(*kept)
        await removing

    asyncio.run(work())
    desk.writer.close()
    desk.live.close()


def test_more_shares_than_may_wait_are_told_to_come_again(gate: Gate, tmp_path: Path) -> None:
    desk = Desk(tmp_path, WordOverlapEmbedding)
    kept, seal = answered(desk)

    async def work() -> None:
        desk.writer._jobs.put(gate)
        await gate.is_reached()
        waiting = [asyncio.create_task(desk.writer.share(kept, f"{seal}{n}")) for n in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await desk.writer.share(kept, seal)
        gate.open.set()
        assert len(set(await asyncio.gather(*waiting))) == MOST_WAITING

    asyncio.run(work())
    desk.writer.close()
    with pytest.raises(StoreMissing):
        asyncio.run(desk.writer.share(kept, seal))
    desk.live.close()
