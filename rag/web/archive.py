"""The live archive of the server: opened when the store first has articles, queried through a queue."""

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
from rag.model_calls import ModelCalls
from rag.request_queue import RequestQueue, its_turn
from rag.retrieve.search import Retriever
from rag.web.bounds.exposure import EVERYTHING, Rights, Viewer
from rag.web.errors import STOPPING
from rag.web.metrics import Metrics
from rag.web.settings import WebSettings

Result = TypeVar("Result")

_LOG = logging.getLogger("onrecord.web")

MOST_WAITING = 240
"""Questions and searches of all visitors together that may wait."""
MOST_OF_ONE = 50
"""Questions and searches of one visitor that are not answered yet."""
PATIENCE = 2.0
"""Seconds between two attempts to open a store that had nothing to serve."""
NOTHING_YET = "The archive is empty: index articles with onrecord index PATH, then ask again."
BROKEN = "The archive cannot be opened: the server's log says why."


@dataclass(frozen=True)
class OpenArchive:
    """A store that has articles, with the objects that search it and answer from it."""

    store: Store
    assistant: Assistant
    retriever: Retriever
    vectors: ChromaVectors | None = None


class LiveArchive:
    """Opens the archive once, when it is first needed; may be shared between threads.

    `open_archive` returns None while the store is missing or empty; an error that it raises goes to the log,
    since it may name paths. At most `at_once` questions run and at most `waiting` more queue; one visitor may
    have `of_one`. `model_calls` are the bounds of the language model, for the metrics. `withdrawn` has the
    ids of the articles taken down since the start; `problem` says, as one sentence for users, why there is
    nothing to serve.
    """

    def __init__(
        self,
        open_archive: Callable[[], OpenArchive | None],
        *,
        at_once: int = 2,
        waiting: int = MOST_WAITING,
        of_one: int = MOST_OF_ONE,
        settings: WebSettings,
        model_calls: ModelCalls | None = None,
    ) -> None:
        self.settings = settings
        self.queue = RequestQueue(at_once, waiting, of_one)
        self.metrics = Metrics(self.queue, model_calls)
        self._open_archive = open_archive
        self._lock = threading.Lock()
        self._hiding = threading.Lock()
        self._opened: OpenArchive | None = None
        self._closed = False
        self._looked = -PATIENCE
        self.problem = NOTHING_YET
        self.withdrawn: frozenset[str] = frozenset()
        self._rights = Rights(settings.exposure, self._store)

    @property
    def opened(self) -> OpenArchive | None:
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

    def withdraw(self, ids: Iterable[str]) -> None:
        """Take these articles out of answers and pages at once, and out of the answers shown before."""
        self._set_withdrawn(self.withdrawn.union(ids))

    def readmit(self, ids: Iterable[str]) -> None:
        """Record that these articles may be shown, or indexed again."""
        self._set_withdrawn(self.withdrawn.difference(ids))

    def _set_withdrawn(self, ids: frozenset[str]) -> None:
        with self._hiding:
            self.withdrawn = ids
            if self._opened is not None:
                self._opened.store.hidden = ids

    def look_again(self) -> None:
        """Make the next request try to open the store without delay: it may have articles now."""
        self._looked = -PATIENCE

    async def archive(self) -> OpenArchive:
        """The archive, opened off the event loop. Raises StoreMissing, saying why, when there is none."""
        opened = self._opened or await asyncio.to_thread(lambda: self.opened)
        if opened is None:
            raise StoreMissing(self.problem)
        return opened

    def viewer(self, visitor: str) -> Viewer:
        """What a visitor (`rag.web.bounds.visitors.visitor_of`) may see of the articles."""
        return Viewer(self._rights, visitor)

    @property
    def key(self) -> bytes:
        """The key with which links and answers are signed. Raises StoreMissing while nothing is open."""
        return self._rights.key

    async def stream(self, question: Question, viewer: Viewer = EVERYTHING) -> AsyncGenerator[Event, None]:
        """The events of one question, admitted by the request queue and counted in the metrics.

        It quotes what the viewer may see. Raises QuestionError, Busy or StoreMissing before the first event.
        Closing it stops everything.
        """
        started = time.perf_counter()
        status = "stopped"
        try:
            opened = await self.archive()
            line = self.queue.line_of(viewer.visitor)
            async with aclosing(opened.assistant.stream(question, line, viewer.quotable)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        status = event.answer.status
                        self.metrics.count_written(event.answer)
                    yield event
        except OnrecordError as error:
            status = type(error).__name__
            raise
        except Exception:
            status = "failed"
            raise
        finally:
            self.metrics.count(status, time.perf_counter() - started)

    async def run(self, work: Callable[[], Result], visitor: str = "") -> Result:
        """The result of CPU-bound work, admitted by the request queue and run in a thread. Raises Busy."""
        slot = self.queue.join(visitor)
        try:
            await its_turn(slot)
            return await slot.run(work)
        finally:
            slot.close()

    def close(self) -> None:
        """Close the store; nothing is opened after this. Closing twice is no error."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
            self.problem = STOPPING
        if opened is not None:
            opened.store.close()

    def _store(self) -> Store:
        """The open store. Raises StoreMissing when there is none."""
        if self._opened is None:
            raise StoreMissing(self.problem)
        return self._opened.store

    def _look(self) -> None:
        try:
            found = self._open_archive()
            with self._hiding:
                self._opened = found
                if found is not None:
                    found.store.hidden = self.withdrawn
            self.problem = NOTHING_YET
        except Exception as error:  # What a damaged store makes of an opening cannot be foretold.
            if self.problem != BROKEN:  # Probes come every few seconds; once is enough.
                ours = isinstance(error, OnrecordError)
                _LOG.error("the archive cannot be opened: %s", error, exc_info=None if ours else error)
            self.problem = BROKEN
        finally:
            self._looked = time.monotonic()
