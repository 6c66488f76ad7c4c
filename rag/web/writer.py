"""Background writer of the server: runs indexing and takedown jobs one at a time beside the questions."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from corpus.errors import Busy, OnrecordError
from corpus.sources import Source
from corpus.web.fetch import Fetcher
from index.models.embedder import Embedder
from index.store.records import Progress, SyncReport
from index.sync.remove import Takedown, remove, restore
from index.sync.run import sync
from index.vectors.address import ChromaAddress
from rag.web.archive import LiveArchive

Result = TypeVar("Result")
Stopped = Callable[[], bool]

_LOG = logging.getLogger("onrecord.web")
MOST_WAITING = 16
"""Jobs that may run or wait at a time; a further one is refused with Busy."""
LOOK_AGAIN, SELDOM = 10.0, 600.0
"""Seconds until a failed vector cache is tried again: first delay and longest delay; it doubles each time."""


class BackgroundWriter:
    """Changes the store of a live archive; searches see every change as soon as it is committed.

    `embedder` is called before the first change that may embed. All changes run in one thread. `chroma` is
    the address of the vector server, if there is one; a vector cache that failed is retried periodically.
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
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._closing = threading.Event()
        self._waiting = 0
        self._looking = threading.Thread(target=self._look, name="writer-look", daemon=True)
        self._looking.start()

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

        `progress` is called in another thread. When the caller is cancelled the run stops, and what it had
        committed stays. Raises Busy, and what `sync` raises.
        """

        def work(stopped: Stopped) -> SyncReport:
            if progress:
                progress(Progress("reading", 0, 0, 0, 0.0, ""))
            if self._embedding is None:
                self._embedding = self._embedder()
            with Fetcher(allow_private=allow_private) as fetcher:
                report = sync(
                    sources,
                    self._store_path,
                    self._embedding,
                    prune=prune,
                    rebuild=rebuild,
                    progress=progress,
                    vector_cache=False,
                    fetcher=fetcher,
                    stopped=stopped,
                )
            self._live.look_again()
            return report

        return await self._run(work)

    async def remove(self, ids: Iterable[str]) -> Takedown:
        """Take articles down: from now on this server neither quotes nor shows any of their text."""
        wanted = tuple(ids)

        def work(stopped: Stopped) -> Takedown:
            self._live.withdraw(wanted)
            if self._live.vectors is not None:
                self._live.vectors.close()
            return remove(self._store_path, wanted, chroma=self._chroma)

        return await self._run(work)

    async def restore(self, ids: Iterable[str]) -> Takedown:
        """Let the next indexing run bring these articles back."""
        wanted = tuple(ids)

        def work(stopped: Stopped) -> Takedown:
            taken = restore(self._store_path, wanted, vector_cache=False)
            self._live.readmit(taken.changed)
            return taken

        return await self._run(work)

    def close(self) -> None:
        """Stop the running job within seconds; what it has committed stays."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._looking.join()

    async def _run(self, work: Callable[[Stopped], Result]) -> Result:
        if self._waiting >= MOST_WAITING or self._closing.is_set():
            raise Busy("too many changes are waiting; try again in a moment")
        cancelled = threading.Event()

        def stopped() -> bool:
            return cancelled.is_set() or self._closing.is_set()

        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, stopped)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        finally:
            self._waiting -= 1
            with suppress(RuntimeError):  # The pool was closed in this moment.
                self._pool.submit(self._catch_up)

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
            with suppress(RuntimeError, CancelledError):  # The pool was closed in this moment.
                self._pool.submit(self._catch_up).result()
            seconds = min(2 * seconds, SELDOM)
