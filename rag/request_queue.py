"""Several people at once: so many questions at the models, the others in line, and the line has an end."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Protocol, TypeVar

from corpus.errors import Busy

Result = TypeVar("Result")


class Turn(Protocol):
    """One question's place in the line."""

    def ahead(self) -> AsyncGenerator[int, None]:
        """How many are ahead, whenever that changes; ends when the turn has come."""

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of work that keeps a processor busy; only while the turn lasts."""

    def leave(self) -> None:
        """Let the next one in; `ahead` joins the line again. Leaving twice is no error."""


class Alone:
    """The turn of a caller who waits for nobody, such as the command line: work is done on the spot."""

    async def ahead(self) -> AsyncGenerator[int, None]:
        """Nobody is ahead."""
        return
        yield

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`."""
        return work()

    def leave(self) -> None:
        """Nobody is waiting."""


class Turns:
    """The line of one event loop: the first `at_once` in it are at work, at most `waiting` more may join."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._line: list[_InLine] = []

    @property
    def at_work(self) -> int:
        """How many have their turn."""
        return min(len(self._line), self._at_once)

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line) - self.at_work

    def join(self) -> Turn:
        """A place at the end of the line. Raises Busy when the line is full."""
        if self.waiting >= self._waiting and self.at_work >= self._at_once:
            raise Busy(f"{self.waiting} questions are waiting already; try again in a moment")
        return _InLine(self._line, self._at_once)


class _InLine:
    """A place in the shared line: a turn lasts while fewer than `at_once` stand before it."""

    def __init__(self, line: "list[_InLine]", at_once: int) -> None:
        self._line = line
        self._at_once = at_once
        self._moved = asyncio.Event()
        line.append(self)

    async def ahead(self) -> AsyncGenerator[int, None]:
        """How many have to finish first, at once and after each change."""
        if self not in self._line:
            self._line.append(self)
        while (ahead := self._line.index(self) - self._at_once + 1) > 0:
            self._moved.clear()
            yield ahead
            await self._moved.wait()

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, done in a thread. When cancelled, the turn lasts until the thread is done."""
        task = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # looked at, or asyncio complains that nobody did
            raise

    def leave(self) -> None:
        """Step out of the line; those behind move up."""
        if self in self._line:
            self._line.remove(self)
            for other in self._line:
                other._moved.set()
