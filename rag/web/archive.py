"""The archive as the web serves it: opened once there is something in it, asked in turn, closed."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from corpus.errors import OnrecordError, StoreMissing
from index.store.store import Store
from index.vectors.chroma import ChromaVectors
from rag.answer import Done, Event, Question
from rag.assistant import Assistant
from rag.request_queue import RequestQueue
from rag.retrieve.search import Retriever
from rag.web.errors import STOPPING
from rag.web.metrics import Metrics
from rag.web.settings import WebSettings

Result = TypeVar("Result")

_LOG = logging.getLogger("onrecord.web")

PATIENCE = 2.0
"""Seconds after a look at a store that had nothing to serve until the next look."""
NOTHING_YET = "The archive is empty: index articles with onrecord index PATH, then ask again."
BROKEN = "The archive cannot be opened: the server's log says why."


@dataclass(frozen=True)
class Opened:
    """What serves a store that has articles."""

    store: Store
    assistant: Assistant
    retriever: Retriever
    vectors: ChromaVectors | None = None


class Desk:
    """Opens the archive when it is first needed, and once only; may be shared between threads.

    `open_archive` returns None while the store is missing or empty; an OnrecordError of
    it goes to the log, since it may name paths. `at_once`
    questions are answered at a time, and at most `waiting` more stand in line.
    """

    def __init__(
        self,
        open_archive: Callable[[], Opened | None],
        *,
        at_once: int = 2,
        waiting: int = 48,
        settings: WebSettings,
    ) -> None:
        self.settings = settings
        self.queue = RequestQueue(at_once, waiting)
        self.metrics = Metrics(self.queue)
        self._open_archive = open_archive
        self._lock = threading.Lock()
        self._opened: Opened | None = None
        self._closed = False
        self._looked = -PATIENCE
        self._problem = NOTHING_YET
        self._withdrawn: frozenset[str] = frozenset()

    @property
    def opened(self) -> Opened | None:
        """The archive; None while there is nothing to serve. Blocks while the models load, once."""
        if self._opened is not None:
            return self._opened
        with self._lock:
            if self._opened is None and not self._closed and time.monotonic() - self._looked >= PATIENCE:
                self._look()
            return self._opened

    @property
    def vectors(self) -> ChromaVectors | None:
        """The vector cache that searches use; None while nothing is open, or without one."""
        return self._opened.vectors if self._opened else None

    @property
    def withdrawn(self) -> frozenset[str]:
        """The ids of the articles that were taken down since the server was started."""
        return self._withdrawn

    def withdraw(self, ids: Iterable[str]) -> None:
        """Note that these articles are taken down: no earlier answer that quotes them is shown again."""
        self._withdrawn |= frozenset(ids)

    def readmit(self, ids: Iterable[str]) -> None:
        """Note that these articles may come back."""
        self._withdrawn -= frozenset(ids)

    def look_again(self) -> None:
        """Look at the store at once when it is next asked for: there may be something in it now."""
        self._looked = -PATIENCE

    @property
    def problem(self) -> str:
        """Why there is nothing to serve, in a sentence for people."""
        return self._problem

    async def archive(self) -> Opened:
        """The archive, opened off the event loop. Raises StoreMissing, saying why, when there is none."""
        opened = self._opened or await asyncio.to_thread(lambda: self.opened)
        if opened is None:
            raise StoreMissing(self._problem)
        return opened

    async def stream(self, question: Question) -> AsyncGenerator[Event, None]:
        """The events of one question, in its turn, and counted.

        Raises QuestionError, Busy or StoreMissing before the first event. Closing it stops everything.
        """
        started = time.perf_counter()
        status = "stopped"
        try:
            opened = await self.archive()
            async with aclosing(opened.assistant.stream(question, self.queue)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        status = event.answer.status
                    yield event
        except OnrecordError as error:
            status = type(error).__name__
            raise
        except Exception:
            status = "failed"
            raise
        finally:
            self.metrics.count(status, time.perf_counter() - started)

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of work that keeps a processor busy, in its turn and off the event loop. Raises Busy."""
        slot = self.queue.join()
        try:
            async with aclosing(slot.ahead()) as line:
                async for _ in line:
                    pass
            return await slot.run(work)
        finally:
            slot.leave()

    def close(self) -> None:
        """Close the store; nothing is opened after this. Closing twice is no error."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
            self._problem = STOPPING
        if opened is not None:
            opened.store.close()

    def _look(self) -> None:
        try:
            self._opened = self._open_archive()
            self._problem = NOTHING_YET
        except OnrecordError as error:
            if self._problem != BROKEN:  # Probes come every few seconds; once is enough.
                _LOG.error("the archive cannot be opened: %s", error)
            self._problem = BROKEN
        finally:
            self._looked = time.monotonic()
