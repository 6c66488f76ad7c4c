"""The admission queue: order, limits, cancellation, and the slot of a caller without a queue."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

import pytest

from corpus.errors import Busy
from rag.request_queue import Immediate, RequestQueue, Slot


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, which must end by itself."""

    async def within_seconds() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(within_seconds())


async def wait_for(slot: Slot, seen: list[int] | None = None) -> None:
    async with aclosing(slot.ahead()) as places:
        async for ahead in places:
            if seen is not None:
                seen.append(ahead)


def test_at_most_at_once_run_and_the_next_moves_up() -> None:
    async def work() -> None:
        queue = RequestQueue(2, 5)
        first, second, third, fourth = (queue.join() for _ in range(4))
        await wait_for(first)
        await wait_for(second)
        seen: list[int] = []
        waiting = asyncio.create_task(wait_for(fourth, seen))
        await asyncio.sleep(0)
        assert (queue.running, queue.waiting, seen) == (2, 2, [2])
        second.leave()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert seen == [2, 1] and not waiting.done()
        third.leave()
        await waiting
        assert (queue.running, queue.waiting) == (2, 0)

    run(work())


def test_a_full_queue_refuses_until_a_waiting_request_leaves() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 2)
        queue.join()
        queue.join()
        third = queue.join()
        with pytest.raises(Busy, match="2 questions are waiting already; try again"):
            queue.join()
        third.leave()
        third.leave()
        queue.join()

    run(work())


def test_a_slot_that_left_queues_again_at_the_end() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 2)
        first, second = queue.join(), queue.join()
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
        slot = RequestQueue(1, 1).join()
        loop_was_free = threading.Event()
        asyncio.get_running_loop().call_soon(loop_was_free.set)
        assert await slot.run(lambda: loop_was_free.wait(5))

    run(work())


def test_a_cancelled_slot_is_kept_until_its_thread_ends() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 1)
        slot = queue.join()
        begun, may_end = threading.Event(), threading.Event()

        def busy() -> None:
            begun.set()
            may_end.wait(5)

        async def use() -> None:
            try:
                await slot.run(busy)
            finally:
                slot.leave()

        task = asyncio.create_task(use())
        await asyncio.to_thread(begun.wait, 5)
        task.cancel()
        await asyncio.sleep(0)
        assert queue.running == 1
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert queue.running == 0

    run(work())


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> None:
        raise KeyError("lost")

    async def work() -> None:
        for slot in (RequestQueue(1, 1).join(), Immediate()):
            with pytest.raises(KeyError, match="lost"):
                await slot.run(fail)

    run(work())


def test_without_a_queue_nothing_waits_and_work_runs_in_the_calling_thread() -> None:
    async def work() -> None:
        immediate = Immediate()
        await wait_for(immediate)
        assert await immediate.run(threading.get_ident) == threading.get_ident()
        immediate.leave()

    run(work())
