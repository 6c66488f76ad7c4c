"""Health, readiness, the archive's extent and metrics: /healthz, /readyz, /api/archive, /metrics."""

import asyncio
from functools import lru_cache

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from corpus.errors import StoreMissing
from index.store.store import Archive, Store
from rag.answer import SCHEMA
from rag.web.archive import LiveArchive
from rag.web.feeds import feed_view, late_feeds, late_in_words
from rag.web.templates import extent


def router(live: LiveArchive) -> APIRouter:
    """The four routes."""
    routes = APIRouter(include_in_schema=False)

    @lru_cache(maxsize=1)
    def extent_of(store: Store, generation: int) -> Archive:
        """The archive's extent, counted once per generation of the store: every open page polls it."""
        return store.archive()

    def told(store: Store) -> dict[str, object]:
        generation = store.generation
        now = extent_of(store, generation)
        says, late = extent(now), late_in_words(store.feeds())
        dates = {"from": now.first, "through": now.last}
        return {"schema": SCHEMA, "generation": generation, "says": says, **dates, "late": late}

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, object]:
        """The process is alive."""
        return {"schema": SCHEMA, "status": "ok"}

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> dict[str, object]:
        """Store open, models loaded, the archive's dates; 503 with the reason while there is none.

        `degraded` while a feed has been failing for too long, so that the archive falls behind.
        """
        return await asyncio.to_thread(_ready, (await live.archive()).store)

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
    async def metrics() -> Response:
        """Prometheus' text format."""
        return Response(live.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _ready(store: Store) -> dict[str, object]:
    now, feeds = store.archive(), store.feeds()
    return {
        "schema": SCHEMA,
        "status": "degraded" if late_feeds(feeds) else "ready",
        "articles": now.articles,
        "undated": now.undated,
        "from": now.first,
        "through": now.last,
        "models": {"embedder": store.meta("embedder_id")},
        "feeds": [feed_view(feed) for feed in feeds],
    }
