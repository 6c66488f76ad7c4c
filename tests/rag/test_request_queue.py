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


async def served(queue: RequestQueue, slots: dict[str, Slot]) -> list[str]:
    """The names of the slots in the order in which they may run, each leaving as soon as it may."""
    order: list[str] = []

    async def use(name: str, slot: Slot) -> None:
        await wait_for(slot)
        order.append(name)
        await asyncio.sleep(0)
        slot.close()

    await asyncio.gather(*(use(name, slot) for name, slot in slots.items()))
    assert queue.running == queue.waiting == 0
    return order


def test_visitors_take_turns_however_many_questions_one_of_them_has() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 50)
        slots = {f"greedy {n}": queue.join("greedy") for n in range(4)}
        slots |= {f"late {n}": queue.join("late") for n in range(2)} | {"last": queue.join("last")}
        order = await served(queue, slots)
        assert order == ["greedy 0", "late 0", "last", "greedy 1", "late 1", "greedy 2", "greedy 3"]

    run(work())


def test_one_visitor_has_at_most_so_many_questions_also_while_a_model_writes() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 50, of_one=3)
        slots = [queue.join("one") for _ in range(3)]
        slots[0].leave()
        with pytest.raises(Busy, match="3 of your questions are unanswered yet; try again"):
            queue.join("one")
        queue.join("other")
        slots[0].close()
        slots[0].close()
        queue.join("one")
        with pytest.raises(Busy):
            queue.join("one")

    run(work())


def test_in_a_full_queue_the_newest_question_of_the_greediest_gives_way() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 4)
        greedy = [queue.join("greedy") for _ in range(5)]
        waiting = [asyncio.create_task(wait_for(slot)) for slot in greedy]
        await asyncio.sleep(0)
        queue.join("a"), queue.join("b")
        for refused in waiting[:2:-1]:
            with pytest.raises(Busy, match="you have the most questions"):
                await refused
        assert [task.done() for task in waiting] == [True, False, False, True, True]
        assert (queue.running, queue.waiting) == (1, 4)
        with pytest.raises(Busy, match="4 questions are waiting already"):
            queue.join("greedy")
        queue.join("c")
        with pytest.raises(Busy, match="the most"):
            await waiting[2]
        with pytest.raises(Busy, match="4 questions"):  # "greedy" has two places, as "a" would have.
            queue.join("a")
        waiting[1].cancel()

    run(work())


def test_a_question_that_has_run_does_not_give_way() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 2)
        written = queue.join("greedy")
        written.leave()
        for _ in range(2):
            queue.join("greedy")
        back = asyncio.create_task(wait_for(written))
        await asyncio.sleep(0)
        queue.join("guest")  # Takes the place of the question that has only waited.
        assert queue.waiting == 2 and not back.done()
        back.cancel()

    run(work())


def test_work_leaves_the_event_loop_free() -> None:
    async def work() -> None:
        slot = RequestQueue(1, 1).join()
        loop_was_free = threading.Event()
        asyncio.get_running_loop().call_soon(loop_was_free.set)
        assert await slot.run(lambda: loop_was_free.wait(60))

    run(work())


def test_a_cancelled_slot_is_kept_until_its_thread_ends() -> None:
    async def work() -> None:
        queue = RequestQueue(1, 1)
        slot = queue.join()
        begun, may_end = threading.Event(), threading.Event()

        def busy() -> None:
            begun.set()
            may_end.wait(60)

        async def use() -> None:
            try:
                await slot.run(busy)
            finally:
                slot.leave()

        task = asyncio.create_task(use())
        await asyncio.to_thread(begun.wait, 60)
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


def test_without_a_queue_work_may_run_beside_a_call_to_a_model() -> None:
    async def work() -> None:
        called = asyncio.Event()

        async def call() -> None:
            called.set()

        task = asyncio.create_task(call())
        running = threading.Event()
        waiting = asyncio.ensure_future(Immediate(in_thread=True).run(lambda: running.wait(60)))
        await called.wait()  # The loop goes on while the work waits.
        running.set()
        assert await waiting
        await task

    run(work())
