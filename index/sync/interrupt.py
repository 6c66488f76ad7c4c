"""Interrupting a run within an article: what takes long is done in threads that can be left behind."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from itertools import islice
from queue import SimpleQueue
from typing import Any, Self, TypeVar

Result = TypeVar("Result")
Stopped = Callable[[], bool]

LOOK = 0.05
"""Seconds between two looks at whether a run that waits has to stop."""
THREADS = frozenset({"aside", "embed-ahead"})
"""Names of the threads that a run may leave behind at work."""


class RunStopped(Exception):
    """The caller asked the run to stop."""


class Worker:
    """A daemon thread that does one piece of work after another, until `close`."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], Result]) -> "Future[Result]":
        """What `work` will give, after all that was submitted before it."""
        future: Future[Result] = Future()
        self._asked.put(lambda: settle(future, work))
        return future

    def close(self, patience: float | None = 0.0) -> None:
        """End the thread after what was submitted; wait for that so many seconds, None being for ever."""
        self._asked.put(None)
        self._thread.join(patience)

    def _work(self) -> None:
        while (work := self._asked.get()) is not None:
            work()


def settle(future: "Future[Any]", work: Callable[[], object]) -> None:
    """Do the work of a future, unless it was cancelled."""
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)


def result_of(future: "Future[Result]", stopped: Stopped | None) -> Result:
    """The result of a future, or what it raises. Raises RunStopped once `stopped` says so."""
    while stopped is not None and not wait([future], LOOK).done:
        if stopped():
            raise RunStopped
    return future.result()


class Aside:
    """Does one piece of work after another in a thread of its own; a context manager.

    Once `stopped` says so the caller goes on with RunStopped: the piece in hand ends when it ends, and its
    result is dropped. So it must change nothing that others see. Without `stopped` there is no thread.
    """

    def __init__(self, stopped: Stopped | None) -> None:
        self._stopped = stopped
        self._worker: Worker | None = None

    def __enter__(self) -> Self:
        if self._stopped is not None:
            self._worker = Worker("aside")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._worker is not None:
            self._worker.close()

    def result(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, or what it raises. Raises RunStopped."""
        return work() if self._worker is None else result_of(self._worker.submit(work), self._stopped)

    def each(self, items: Iterator[Result]) -> Iterator[Result]:
        """The items, one made at a time. Raises RunStopped, and what making them raises."""
        while made := self.result(lambda: list(islice(items, 1))):
            yield made[0]
