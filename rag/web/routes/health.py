"""Health, readiness, the archive's extent and metrics: /healthz, /readyz, /api/archive, /metrics."""

import asyncio
import logging
import threading
import time
from functools import lru_cache

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from corpus.errors import ModelError, StoreDamaged, StoreMismatch, StoreMissing, StoreUnwritable
from index.store.examine import check_file, check_sample, inode, sample
from index.store.store import Archive, Store
from rag.answer import SCHEMA
from rag.retrieve.search import Budget
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.bounds.guard import LOGIN
from rag.web.bounds.tokens import TokenGuesses
from rag.web.bounds.visitors import is_local
from rag.web.errors import RETRY_AFTER, Refusal
from rag.web.feeds import feed_view, late_feeds, late_in_words
from rag.web.settings import WebSettings
from rag.web.templates import extent

_LOG = logging.getLogger("onrecord.web")

REUSED = 5.0
"""Seconds for which the result of a look at the archive holds: probes in between cost nothing."""
PATIENCE, GOOD_FOR = 6.0, 60.0
"""Seconds that a probe waits for a look; a slow one is no fault for so long after one that went well."""
SHARE = 50.0
"""The file is read as a whole again after so many times the seconds that it took: 2% of one core."""
SLOW = "The archive does not answer in time."
UNLIKE = "The archive cannot be searched as it should be: the server's log says why."
GONE = "The archive's file is gone or was replaced: restart the server."
_SAYS: tuple[tuple[type[Exception], str], ...] = (
    (StoreMissing, GONE),
    (StoreDamaged, "The archive's file is damaged: restore it from a backup."),
    (StoreMismatch, "The archive was made by a newer version or with another embedding model."),
    (StoreUnwritable, "The archive's file cannot be opened: check its permissions and its disk."),
    (ModelError, "A model that every question needs does not work: the server's log says why."),
)
"""What probes are told; the errors themselves name paths and go to the log."""


def router(live: LiveArchive, settings: WebSettings, guesses: TokenGuesses) -> APIRouter:
    """The four routes. Feeds and metrics are for this machine, and for bearers of a token or an API key."""
    routes = APIRouter(include_in_schema=False)
    readiness = Readiness()

    def may_see_all(request: Request) -> bool:
        return is_local(request) or guesses.right(request, settings.admin_token, *settings.api_keys)

    @lru_cache(maxsize=1)
    def extent_of(store: Store, generation: int) -> Archive:
        """The archive's extent, counted once per generation of the store: every open page polls it."""
        return store.archive()

    def told(store: Store) -> dict[str, object]:
        generation = store.generation  # Before the rest: what changes meanwhile is told at the next poll.
        now = extent_of(store, generation)
        dates, late = {"from": now.first, "through": now.last}, late_in_words(store.feeds())
        return {"schema": SCHEMA, "generation": generation, "says": extent(now), **dates, "late": late}

    def seen(opened: OpenArchive, everything: bool) -> dict[str, object]:
        return _ready_view(opened, extent_of(opened.store, opened.store.generation), everything)

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, object]:
        """The process is alive."""
        return {"schema": SCHEMA, "status": "ok"}

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready(request: Request) -> dict[str, object]:
        """Store open and readable, models at work, the archive's dates; 503 with the reason otherwise.

        `degraded` while a feed has been failing for too long, so that the archive falls behind.
        """
        opened = await live.archive()
        await readiness.check(opened)
        return await asyncio.to_thread(seen, opened, may_see_all(request))

    @routes.api_route("/api/archive", methods=["GET", "HEAD"])
    async def archive() -> dict[str, object]:
        """The archive's extent in the masthead's words; open pages poll it every other second.

        Without an archive it is 200 with empty words, not an error.
        """
        try:
            opened = await live.archive()
        except StoreMissing:
            dates = {"from": None, "through": None}
            return {"schema": SCHEMA, "generation": None, "says": "", **dates, "late": ""}
        return await asyncio.to_thread(told, opened.store)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Prometheus' text format."""
        if not may_see_all(request):
            has_token = settings.admin_token or settings.api_keys
            says = "Metrics are shown on the server's own machine, or with its admin token or an API key."
            raise Refusal(401 if has_token else 403, says, code="token", headers=LOGIN if has_token else None)
        return Response(live.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _ready_view(opened: OpenArchive, now: Archive, everything: bool) -> dict[str, object]:
    feeds = opened.store.feeds()
    cache = opened.vectors and opened.vectors.problem
    view: dict[str, object] = {
        "schema": SCHEMA,
        "status": "degraded" if late_feeds(feeds) else "ready",
        "articles": now.articles,
        "undated": now.undated,
        "from": now.first,
        "through": now.last,
        "models": {"embedder": opened.store.meta("embedder_id")},
        "notices": ["The vector cache cannot be used, so searches are exact."] if cache else [],
    }
    return view | ({"feeds": [feed_view(feed) for feed in feeds]} if everything else {})


class Readiness:
    """Tries what answering needs: reading the store anew, embedding, both searches, scoring.

    One look at a time, whose result holds for some seconds. Every now and then the whole file is read, in a
    thread beside it. For one event loop.
    """

    def __init__(self) -> None:
        self._look: asyncio.Task[None] | None = None
        self._ended, self._went_well = -REUSED, -GOOD_FOR
        self._problem: str | None = None
        self._file: tuple[int, int] | None = None
        self._whole: Exception | None = None
        self._reading: threading.Thread | None = None
        self._read_again = 0.0

    async def check(self, opened: OpenArchive) -> None:
        """Return if questions can be answered. Raises Refusal (503), which says in one sentence why not."""
        if self._look is None and time.monotonic() - self._ended >= REUSED:
            self._look = asyncio.create_task(self._look_at(opened))
        if self._look is not None:
            _, pending = await asyncio.wait({self._look}, timeout=PATIENCE)
            if pending and time.monotonic() - self._went_well >= GOOD_FOR:
                raise _not_ready(SLOW)
        if self._problem is not None:
            raise _not_ready(self._problem)

    async def _look_at(self, opened: OpenArchive) -> None:
        before, problem = self._problem, None
        try:
            await asyncio.to_thread(self._try, opened)
        except Exception as error:  # What damage does cannot be foretold.
            problem = next((says for kind, says in _SAYS if isinstance(error, kind)), UNLIKE)
            if problem != before:  # Probes come every few seconds; once is enough.
                _LOG.error("the archive is not ready: %s: %s", type(error).__name__, error)
        self._problem, self._look, self._ended = problem, None, time.monotonic()
        if problem is None:
            self._went_well = self._ended

    def _try(self, opened: OpenArchive) -> None:
        folder, generation = opened.store.path, opened.store.generation
        self._read_whole(opened)
        with Store.open(folder) as store:  # Open connections still read a file that is gone.
            self._file = self._file or inode(folder)
            if self._file != inode(folder) or store.generation < generation:
                raise StoreMissing(f"the file in {folder} is another one than before")
            passages = sample(store)
            check_sample(store, passages)
            if passages:
                budget = Budget(ranked=len(passages), passages=len(passages), read=1)
                if not opened.retriever.over(store, budget).search(passages[0].text[:200], k=1):
                    raise StoreDamaged(f"a search in {folder} for the words of a passage finds nothing")
        if self._whole is not None:
            raise self._whole

    def _read_whole(self, opened: OpenArchive) -> None:
        """Begin to read the whole file if it is time to; the result counts once it is there."""
        if self._reading is None and time.monotonic() >= self._read_again:
            self._reading = threading.Thread(target=self._whole_read, args=(opened,), daemon=True)
            self._reading.start()
        if self._reading is not None:
            self._reading.join(PATIENCE / 6)

    def _whole_read(self, opened: OpenArchive) -> None:
        begun, found = time.monotonic(), None
        try:
            check_file(opened.store.path)
        except Exception as error:
            found = error
        ended = time.monotonic()
        self._whole, self._read_again = found, ended + max(REUSED, SHARE * (ended - begun))
        self._reading = None


def _not_ready(says: str) -> Refusal:
    return Refusal(503, says, code="not_ready", headers=RETRY_AFTER)
