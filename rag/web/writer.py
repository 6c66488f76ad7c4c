"""Background writer of the server: indexes, takes down and shares, one job at a time beside the questions."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from corpus.errors import Busy, OnrecordError, StoreError, StoreMissing
from corpus.sources import Source
from corpus.web.fetch import Fetcher
from index.models.embedder import Embedder
from index.store.records import Progress, SyncReport
from index.store.shares import ShareWithdrawn, add_share, drop_share
from index.store.store import Store
from index.store.write import Writer, writing
from index.sync.interrupt import LOOK, THREADS, settle
from index.sync.rebuild import older_analyses
from index.sync.remove import Takedown, remove, restore
from index.sync.run import sync
from index.vectors.address import ChromaAddress
from rag.web.answers.again import left_of
from rag.web.archive import LiveArchive
from rag.web.bounds.deadline import leave
from rag.web.errors import STOPPING

Result = TypeVar("Result")

_LOG = logging.getLogger("onrecord.web")
MOST_WAITING = 16
"""Jobs that may run or wait at a time; a further one is refused with Busy."""
THREAD = "writer"
"""The name of the thread that changes the store."""
PATIENCE_AT_THE_END = 2.0
"""Seconds that a running job gets to stop when the server ends."""
_LOOKS = 40
"""Times that making analyses anew gives way to questions, `LOOK` seconds each, before its next part."""
LOOK_AGAIN, SELDOM = 10.0, 600.0
"""Seconds until a failed vector cache is tried again: first delay and longest delay; it doubles each time."""


class BackgroundWriter:
    """Changes the store of a live archive; searches see every change as soon as it is committed.

    `embedder` is called before the first change that may embed. All changes run in one thread; takedowns and
    shared answers interrupt an indexing run, which then goes on. `chroma` is the address of the vector
    server, if there is one; a vector cache that failed is retried periodically. Analyses of passages that are
    missing or of another version are made from the start on, in parts between other changes, while no
    question runs.
    """

    def __init__(
        self,
        live: LiveArchive,
        store_path: Path,
        embedder: Callable[[], Embedder],
        *,
        chroma: ChromaAddress | None = None,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        self._live = live
        self._store_path = store_path
        self._embedder = embedder
        self._chroma = chroma
        self._look_again = look_again
        self._embedding: Embedder | None = None
        self._closing = threading.Event()
        self._waiting = 0
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._urgent: deque[Callable[[], None]] = deque()
        self._threads = [
            threading.Thread(target=self._work, name=THREAD, daemon=True),
            threading.Thread(target=self._look, name="writer-look", daemon=True),
        ]
        self._jobs.put(self._analyse)
        for thread in self._threads:
            thread.start()

    async def index(
        self,
        sources: Sequence[Source],
        *,
        prune: bool = False,
        rebuild: bool = False,
        allow_private: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> SyncReport:
        """Bring the store up to date with these sources, as `index.sync.run.sync` does.

        Takedowns and shared answers that come meanwhile are done in between. `progress` is called in another
        thread. When the caller is cancelled the run stops, and what it had committed stays. Raises Busy, and
        what `sync` raises.
        """
        cancelled = threading.Event()

        def stopped() -> bool:
            return cancelled.is_set() or self._closing.is_set()

        def run(*, rebuild: bool) -> SyncReport:
            if self._embedding is None:
                self._embedding = self._embedder()
            with Fetcher(allow_private=allow_private) as fetcher:
                return sync(
                    sources,
                    self._store_path,
                    self._embedding,
                    prune=prune,
                    rebuild=rebuild,
                    progress=progress,
                    vector_cache=False,
                    analyses=False,
                    fetcher=fetcher,
                    stopped=lambda: stopped() or bool(self._urgent),
                )

        def work() -> SyncReport:
            if progress:
                progress(Progress("reading", 0, 0, 0, 0.0, ""))
            report = run(rebuild=rebuild)
            while report.was_stopped and not stopped():
                self._do_urgent()
                report = report.followed_by(run(rebuild=False))
            self._live.look_again()
            return report

        try:
            return await self._do(work)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def remove(self, ids: Iterable[str]) -> Takedown:
        """Take articles down: from now on this server neither quotes nor shows any of their text.

        It does not wait for an indexing run, and goes on when the caller is cancelled. Raises StoreMissing
        when the server stops before it has begun, and what `index.sync.remove.remove` raises.
        """
        wanted = tuple(ids)
        new = frozenset(wanted) - self._live.withdrawn

        def work() -> Takedown:
            if self._live.vectors is not None:
                self._live.vectors.close()
            taken = remove(self._store_path, wanted, chroma=self._chroma)
            self._live.readmit(new.intersection(taken.unknown))
            return taken

        self._refuse_when_closing()
        self._live.withdraw(wanted)
        future: Future[Takedown] = Future()
        self._urgent.append(lambda: settle(future, work))
        self._jobs.put(self._do_urgent)
        self._jobs.put(self._catch_up)
        return await asyncio.shield(asyncio.wrap_future(future))

    async def restore(self, ids: Iterable[str]) -> Takedown:
        """Let the next indexing run bring these articles back."""
        wanted = tuple(ids)

        def work() -> Takedown:
            taken = restore(self._store_path, wanted, vector_cache=False)
            self._live.readmit(taken.changed)
            return taken

        return await self._do(work)

    async def share(self, answer: Mapping[str, object], seal: str) -> str:
        """Keep a sealed answer; its id. It does not wait for an indexing run.

        Raises Busy, SharesFull, and ShareWithdrawn where it quotes what is gone.
        """

        def work(writer: Writer) -> str:
            if left_of(answer, writer.store) != answer:
                raise ShareWithdrawn("the answer quotes an article that has been removed from the archive")
            return add_share(writer, dict(answer), seal)

        return await self._do_soon(work)

    async def unshare(self, id: str) -> bool:
        """Delete a shared answer, and what it leaves in the file; whether there was one."""
        return await self._do_soon(lambda writer: drop_share(writer, id), leaves_traces=True)

    def stop(self) -> None:
        """Ask the running job to stop, and refuse what waits; what was committed stays."""
        self._closing.set()

    def close(self, patience: float = PATIENCE_AT_THE_END) -> None:
        """Stop, and wait so many seconds at most: a job that hangs in a call is left behind.

        It ends with the process. What is not committed by then is not in the store.
        """
        self.stop()
        self._jobs.put(None)
        end = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                _LOG.warning("a change of the store was left behind at the end; what it committed is kept")

    async def _do(self, work: Callable[[], Result]) -> Result:
        """The result of a job that waits for its turn. Raises Busy."""
        self._refuse_when_closing()
        if self._waiting >= MOST_WAITING:
            raise Busy("too many changes are waiting; try again in a moment")
        future: Future[Result] = Future()
        self._waiting += 1
        try:
            self._jobs.put(lambda: settle(future, work))
            return await asyncio.wrap_future(future)
        finally:
            self._waiting -= 1
            self._jobs.put(self._catch_up)
            self._jobs.put(self._analyse)

    async def _do_soon(self, work: Callable[[Writer], Result], *, leaves_traces: bool = False) -> Result:
        """The result of a short transaction, which does not wait for an indexing run. Raises Busy."""

        def job() -> Result:
            with writing(self._store_path) as writer:
                with writer.transaction(articles=False):
                    result = work(writer)
                if leaves_traces:
                    writer.checkpoint()
                return result

        self._refuse_when_closing()
        if len(self._urgent) >= MOST_WAITING:
            raise Busy("too many changes are waiting; try again in a moment")
        future: Future[Result] = Future()
        self._urgent.append(lambda: settle(future, job))
        self._jobs.put(self._do_urgent)
        return await asyncio.shield(asyncio.wrap_future(future))

    def _refuse_when_closing(self) -> None:
        if self._closing.is_set():
            raise StoreMissing(STOPPING)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:  # The next job has nothing to do with it.
                _LOG.exception("a job of the writer failed")

    def _do_urgent(self) -> None:
        """Do what waits and interrupts indexing, in order."""
        while self._urgent:
            self._urgent.popleft()()

    def _analyse(self, after: int = 0, looks: int = _LOOKS) -> None:
        """Make some analyses anew, of articles with a key above `after`, and queue the rest."""
        if self._closing.is_set():
            return
        if looks and self._live.queue.running:
            self._closing.wait(LOOK)
            self._jobs.put(partial(self._analyse, after, looks - 1))
            return
        try:
            with Store.open(self._store_path) as store:
                if not store.unanalysed():
                    return
            with writing(self._store_path) as writer:
                for last, made in islice(older_analyses(writer.store, after), 1):
                    with writer.transaction(articles=False):
                        writer.put_analyses(made)
                    self._jobs.put(partial(self._analyse, last))
        except StoreMissing:
            pass
        except StoreError as error:
            _LOG.warning("the analyses of older passages are not made anew: %s", error)

    def _catch_up(self) -> None:
        """Bring Chroma up to date; until then searches are exact without it."""
        vectors = self._live.vectors
        if vectors is None or self._closing.is_set():
            return
        try:
            vectors.sync()
        except OnrecordError as error:
            _LOG.error("the vector cache is not up to date: %s", error)

    def _look(self) -> None:
        """Retry a vector cache that failed, until the writer is closed."""
        seconds = self._look_again
        while not self._closing.wait(seconds):
            vectors = self._live.vectors
            if vectors is None or vectors.problem is None:
                seconds = self._look_again
                continue
            tried = threading.Event()
            self._jobs.put(self._catch_up)
            self._jobs.put(tried.set)
            while not (tried.wait(LOOK) or self._closing.is_set()):
                pass
            seconds = min(2 * seconds, SELDOM)


def leave_behind() -> None:
    """End the process now if a job is still at work, once all that can be closed is closed."""
    leave({THREAD, *THREADS})
