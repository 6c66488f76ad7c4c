"""The line of people who ask at once: so many at work, the others in order, and an end to it."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

import pytest

from corpus.errors import Busy
from rag.request_queue import Alone, Turn, Turns


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, which must end by itself."""

    async def within_seconds() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(within_seconds())


async def wait_for(turn: Turn, seen: list[int] | None = None) -> None:
    async with aclosing(turn.ahead()) as line:
        async for ahead in line:
            if seen is not None:
                seen.append(ahead)


def test_as_many_as_may_be_at_work_are_and_the_next_in_line_moves_up() -> None:
    async def work() -> None:
        turns = Turns(2, 5)
        first, second, third, fourth = (turns.join() for _ in range(4))
        await wait_for(first)
        await wait_for(second)
        seen: list[int] = []
        waiting = asyncio.create_task(wait_for(fourth, seen))
        await asyncio.sleep(0)
        assert (turns.at_work, turns.waiting, seen) == (2, 2, [2])
        second.leave()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert seen == [2, 1] and not waiting.done()
        third.leave()
        await waiting
        assert (turns.at_work, turns.waiting) == (2, 0)

    run(work())


def test_a_full_line_says_so_and_has_room_again_when_one_gives_up() -> None:
    async def work() -> None:
        turns = Turns(1, 2)
        turns.join()
        turns.join()
        third = turns.join()
        with pytest.raises(Busy, match="2 questions are waiting already; try again"):
            turns.join()
        third.leave()
        third.leave()
        turns.join()

    run(work())


def test_who_left_joins_the_line_again_at_its_end() -> None:
    async def work() -> None:
        turns = Turns(1, 2)
        first, second = turns.join(), turns.join()
        first.leave()
        await wait_for(second)
        back = asyncio.create_task(wait_for(first))
        await asyncio.sleep(0)
        assert not back.done()
        second.leave()
        await back

    run(work())


def test_work_leaves_the_event_loop_free() -> None:
    async def work() -> None:
        turn = Turns(1, 1).join()
        loop_was_free = threading.Event()
        asyncio.get_running_loop().call_soon(loop_was_free.set)
        assert await turn.run(lambda: loop_was_free.wait(5))

    run(work())


def test_a_cancelled_turn_lasts_until_its_thread_is_done() -> None:
    async def work() -> None:
        turns = Turns(1, 1)
        turn = turns.join()
        begun, may_end = threading.Event(), threading.Event()

        def busy() -> None:
            begun.set()
            may_end.wait(5)

        async def use() -> None:
            try:
                await turn.run(busy)
            finally:
                turn.leave()

        task = asyncio.create_task(use())
        await asyncio.to_thread(begun.wait, 5)
        task.cancel()
        await asyncio.sleep(0)
        assert turns.at_work == 1
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert turns.at_work == 0

    run(work())


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> None:
        raise KeyError("lost")

    async def work() -> None:
        for turn in (Turns(1, 1).join(), Alone()):
            with pytest.raises(KeyError, match="lost"):
                await turn.run(fail)

    run(work())


def test_who_is_alone_waits_for_nobody_and_works_on_the_spot() -> None:
    async def work() -> None:
        alone = Alone()
        await wait_for(alone)
        assert await alone.run(threading.get_ident) == threading.get_ident()
        alone.leave()

    run(work())
