"""The server's one writer: what is to be indexed or taken down, one after the other, beside the questions."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from corpus.errors import Busy, OnrecordError
from corpus.fetch import Fetcher
from corpus.sources import Source
from index.records import Progress, SyncReport
from index.remove import Takedown, remove, restore, settle
from index.sync import sync
from rag.feedback import FeedbackStore
from rag.web.desk import Desk

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Result = TypeVar("Result")
Stopped = Callable[[], bool]

_LOG = logging.getLogger("onrecord.web")
MOST_WAITING = 16
"""Changes in hand and in line; who comes later is told to come again."""


class Keeper:
    """Changes the store of a desk; searches see every change as soon as it is committed.

    `embedder` is called for the first change that may embed. All changes run in one thread.
    """

    def __init__(self, desk: Desk, store_path: Path, embedder: "Callable[[], BaseEmbedding]") -> None:
        self._desk = desk
        self._store_path = store_path
        self._embedder = embedder
        self._embedding: BaseEmbedding | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._closing = threading.Event()
        self._waiting = 0

    async def index(
        self,
        sources: Sequence[Source],
        *,
        prune: bool = False,
        rebuild: bool = False,
        allow_private: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> SyncReport:
        """Bring the store up to date with these sources, as `index.sync.sync` does.

        `progress` is called in another thread. When the caller is cancelled the run stops, and what it had
        committed stays. Raises Busy, and what `sync` raises.
        """

        def work(stopped: Stopped) -> SyncReport:
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
            self._desk.look_again()
            return report

        return await self._run(work)

    async def remove(self, ids: Iterable[str]) -> Takedown:
        """Take articles down: from now on nothing that this server answers or shows holds a word of them."""
        wanted = tuple(ids)

        def work(stopped: Stopped) -> Takedown:
            self._desk.withdraw(wanted)
            taken = remove(self._store_path, wanted, vector_cache=False)
            FeedbackStore(self._store_path).forget(wanted)
            vectors = self._desk.vectors
            if taken.changed and vectors is not None:
                vectors.discard()
                settle(self._store_path)
            return taken

        return await self._run(work)

    async def restore(self, ids: Iterable[str]) -> Takedown:
        """Let the next indexing run bring these articles back."""
        wanted = tuple(ids)

        def work(stopped: Stopped) -> Takedown:
            taken = restore(self._store_path, wanted, vector_cache=False)
            self._desk.readmit(taken.changed)
            return taken

        return await self._run(work)

    def close(self) -> None:
        """Stop what is under way, within seconds; what is committed stays."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[Stopped], Result]) -> Result:
        if self._waiting >= MOST_WAITING or self._closing.is_set():
            raise Busy("too many changes are waiting; try again in a moment")
        cancelled = threading.Event()

        def stopped() -> bool:
            return cancelled.is_set() or self._closing.is_set()

        self._waiting += 1
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._pool, work, stopped)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        finally:
            self._waiting -= 1
        self._pool.submit(self._catch_up)
        return result

    def _catch_up(self) -> None:
        """Bring Chroma up to date; until then searches are exact without it."""
        vectors = self._desk.vectors
        if vectors is None or self._closing.is_set():
            return
        try:
            vectors.sync()
        except OnrecordError as error:
            _LOG.error("the vector cache is not up to date: %s", error)
