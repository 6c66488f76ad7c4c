"""Admission queue: at most `at_once` questions run, at most `waiting` more may queue."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Protocol, TypeVar

from corpus.errors import Busy

Result = TypeVar("Result")


class Slot(Protocol):
    """One question's place in the queue."""

    def ahead(self) -> AsyncGenerator[int, None]:
        """How many requests are ahead, whenever that changes; ends when this one may run."""

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of CPU-bound `work`; call it only while the slot may run."""

    def leave(self) -> None:
        """Let the next request in; `ahead` queues again at the end. Leaving twice is no error."""


class Immediate:
    """The slot of a caller without a queue, such as the command line: work runs at once, in this thread."""

    async def ahead(self) -> AsyncGenerator[int, None]:
        """Nothing is ahead."""
        return
        yield

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`."""
        return work()

    def leave(self) -> None:
        """Nothing is waiting."""


class RequestQueue:
    """First in, first out, on one event loop: the first `at_once` run, at most `waiting` more may queue."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._slots: list[_Queued] = []

    @property
    def running(self) -> int:
        """How many requests may run now."""
        return min(len(self._slots), self._at_once)

    @property
    def waiting(self) -> int:
        """How many requests wait for others."""
        return len(self._slots) - self.running

    def join(self) -> Slot:
        """A slot at the end of the queue. Raises Busy when the queue is full."""
        if self.waiting >= self._most_waiting and self.running >= self._at_once:
            raise Busy(f"{self.waiting} questions are waiting already; try again in a moment")
        return _Queued(self._slots, self._at_once)


class _Queued:
    """A slot of the shared queue: it may run while fewer than `at_once` others are in front of it."""

    def __init__(self, slots: "list[_Queued]", at_once: int) -> None:
        self._slots = slots
        self._at_once = at_once
        self._moved = asyncio.Event()
        slots.append(self)

    async def ahead(self) -> AsyncGenerator[int, None]:
        """How many have to finish first: now, and after each change."""
        if self not in self._slots:
            self._slots.append(self)
        while (ahead := self._slots.index(self) - self._at_once + 1) > 0:
            self._moved.clear()
            yield ahead
            await self._moved.wait()

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, run in a thread. When cancelled, the slot is kept until the thread ends."""
        task = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # Retrieved, or asyncio logs that nobody did.
            raise

    def leave(self) -> None:
        """Leave the queue; the slots behind move up."""
        if self in self._slots:
            self._slots.remove(self)
            for other in self._slots:
                other._moved.set()
