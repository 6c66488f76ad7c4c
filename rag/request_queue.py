"""Admission queue: at most `at_once` questions run, at most `waiting` more may queue, fairly by visitor."""

import asyncio
from bisect import insort
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from corpus.errors import Busy

Result = TypeVar("Result")


class Slot(Protocol):
    """One question's place in the queue."""

    def ahead(self) -> AsyncGenerator[int, None]:
        """How many requests are ahead, whenever that changes; ends when this one may run.

        Raises Busy when the place was given to a visitor who holds fewer.
        """

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of CPU-bound `work`; call it only while the slot may run."""

    def leave(self) -> None:
        """Let the next request in; `ahead` queues again at the end. Leaving twice is no error."""

    def close(self) -> None:
        """Leave for good: the place no longer counts as its visitor's. Closing twice is no error."""


async def its_turn(slot: Slot) -> None:
    """Wait until a slot may run. Raises Busy as `Slot.ahead` does."""
    async with aclosing(slot.ahead()) as line:
        async for _ in line:
            pass


class Line(Protocol):
    """Where a request gets its slot."""

    def join(self) -> Slot:
        """A slot. Raises Busy when there is none."""


class Immediate:
    """The slot of a caller without a queue, such as the command line: work runs at once, in this thread.

    With `in_thread` it runs in another one, so that a call to a model goes on beside it.
    """

    def __init__(self, *, in_thread: bool = False) -> None:
        self._in_thread = in_thread

    async def ahead(self) -> AsyncGenerator[int, None]:
        """Nothing is ahead."""
        return
        yield

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`."""
        return await asyncio.to_thread(work) if self._in_thread else work()

    def leave(self) -> None:
        """Nothing is waiting."""

    def close(self) -> None:
        """Nothing is held."""


class RequestQueue:
    """Admission on one event loop: `at_once` run, at most `waiting` more may queue, `of_one` for one visitor.

    Visitors take turns, as in start-time fair queueing (Goyal et al. 1996): a visitor's first question waits
    for no second one of another; the first to come is first within a turn. `of_one` counts all questions that
    are not answered yet, also those that a language model is busy with.
    """

    def __init__(self, at_once: int, waiting: int, of_one: int | None = None) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._of_one = of_one
        self._running: list[_Queued] = []
        self._waiting: list[_Queued] = []
        self._held: Counter[str] = Counter()
        self._turn = 0
        self._next_turns: dict[str, int] = {}

    @property
    def running(self) -> int:
        """How many requests may run now."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many requests wait for others."""
        return len(self._waiting)

    def line_of(self, visitor: str) -> Line:
        """The queue as this visitor's requests join it."""
        return _VisitorsLine(self, visitor)

    def join(self, visitor: str = "") -> Slot:
        """A slot for a visitor's request.

        In a full queue it takes the newest waiting place of the visitor who holds the most, whose request
        gets Busy. Raises Busy when nobody holds more than this one, or this one holds `of_one` already.
        """
        has_most = self._of_one is not None and self._held[visitor] >= self._of_one
        is_full = len(self._running) >= self._at_once and len(self._waiting) >= self._most_waiting
        if is_full and (has_most or not self._make_room(visitor)):
            raise Busy(f"{self.waiting} questions are waiting already; try again in a moment")
        if has_most:
            raise Busy(f"{self._held[visitor]} of your questions are unanswered yet; try again in a moment")
        slot = _Queued(self, visitor)
        self._held[visitor] += 1
        self.enter(slot)
        return slot

    def _make_room(self, visitor: str) -> bool:
        """Give up the newest waiting request of the visitor who holds the most; False if that is not fair.

        A request that has run, and waits to run again, is not given up: a part of its answer may be sent.
        """
        places = Counter(slot.visitor for slot in (*self._running, *self._waiting))
        newest = {slot.visitor: slot for slot in self._waiting if not slot.has_run}
        greediest = max(newest, key=lambda one: places[one], default=visitor)
        if places[greediest] <= places[visitor] + 1:
            return False
        slot = newest[greediest]
        slot.given_up = True
        self.drop(slot)
        return True

    def enter(self, slot: "_Queued") -> None:
        """Put a slot in line, at its visitor's next turn."""
        slot.turn = max(self._turn, self._next_turns.get(slot.visitor, 0))
        self._next_turns[slot.visitor] = slot.turn + 1
        insort(self._waiting, slot, key=lambda one: one.turn)
        self._move_up()

    def drop(self, slot: "_Queued") -> None:
        """Take a slot out of the queue, if it is there; the others move up."""
        for places in (self._running, self._waiting):
            if slot in places:
                places.remove(slot)
                slot.moved.set()
                self._move_up()

    def release(self, slot: "_Queued") -> None:
        """Take a slot out for good."""
        self.drop(slot)
        self._held[slot.visitor] -= 1
        if not self._held[slot.visitor]:
            del self._held[slot.visitor], self._next_turns[slot.visitor]

    def _move_up(self) -> None:
        """Let run what may, and tell each of the others how many are ahead."""
        while self._waiting and len(self._running) < self._at_once:
            slot = self._waiting.pop(0)
            self._running.append(slot)
            self._turn = slot.turn
            slot.ahead_now, slot.has_run = 0, True
            slot.moved.set()
        for ahead, slot in enumerate(self._waiting, start=1):
            slot.ahead_now = ahead
            slot.moved.set()


@dataclass(frozen=True, slots=True)
class _VisitorsLine:
    queue: RequestQueue
    visitor: str

    def join(self) -> Slot:
        """A slot for one of the visitor's requests. Raises Busy."""
        return self.queue.join(self.visitor)


class _Queued:
    """A slot of the queue: `ahead_now` have to finish before it may run.

    `has_run` once it could run, `given_up` when its place went to somebody else.
    """

    def __init__(self, queue: RequestQueue, visitor: str) -> None:
        self.visitor = visitor
        self.moved = asyncio.Event()
        self.turn = self.ahead_now = 0
        self.has_run = self.given_up = False
        self._queue = queue
        self._is_in, self._is_open = True, True

    async def ahead(self) -> AsyncGenerator[int, None]:
        """How many have to finish first: now, and after each change."""
        if not self._is_in:
            self._is_in = True
            self._queue.enter(self)
        told = 0
        while not self.given_up and (ahead := self.ahead_now) > 0:
            self.moved.clear()
            if ahead != told:
                told = ahead
                yield ahead
            else:
                await self.moved.wait()
        if self.given_up:
            raise Busy("the queue is full and you have the most questions in it; try again in a moment")

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
        if self._is_in and not self.given_up:
            self._queue.drop(self)
        self._is_in = False

    def close(self) -> None:
        """Leave for good."""
        self.leave()
        if self._is_open:
            self._is_open = False
            self._queue.release(self)
