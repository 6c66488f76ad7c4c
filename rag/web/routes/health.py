"""Is it alive and ready, what does it hold, how much is asked: /healthz, /readyz, /api/archive, /metrics."""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from corpus.errors import StoreMissing
from index.store.records import FeedState
from index.store.store import Archive, Store
from rag.answer import SCHEMA
from rag.render import written_date
from rag.web.archive import LiveArchive
from rag.web.templates import extent

LATE = 24 * 3_600.0
"""Seconds for which a feed may fail before the archive counts as falling behind: a newsroom's day."""
FORGOTTEN = 14 * LATE
"""Seconds after the last look at a feed from which nobody follows it any more, and it is not late either."""
MOST_TOLD = 3
"""Late feeds that are named."""


def late_feeds(feeds: Iterable[FeedState]) -> list[FeedState]:
    """Those that are late, the longest first."""
    late = [feed for feed in feeds if is_late(feed)]
    return sorted(late, key=lambda feed: feed.failing_since or "")


def is_late(feed: FeedState) -> bool:
    """Whether the feed is followed and has been failing for more than a day."""
    if feed.failing_since is None:
        return False
    return _age(feed.failing_since) > LATE and _age(feed.checked_at) < FORGOTTEN


def late_in_words(feeds: Iterable[FeedState]) -> str:
    """Which feeds have not been read, and since when; empty when all is well. Hosts only."""
    since: dict[str, str | None] = {}
    for feed in late_feeds(feeds):
        since.setdefault(urlsplit(feed.url).hostname or "a feed", written_date(feed.failing_since))
    told = [f"{host} has not been read since {day}" for host, day in since.items()]
    more = [f"{len(told) - MOST_TOLD} more feeds are late"] if len(told) > MOST_TOLD + 1 else []
    says = "; ".join([*told[: MOST_TOLD + (not more)], *more])
    return f"{says}." if says else ""


def feed_view(feed: FeedState) -> dict[str, object]:
    """A feed as everybody may see it: addresses often carry a key, and what went wrong may repeat it."""
    url = urlsplit(feed.url)
    shown = f"{url.scheme}://{url.hostname}{url.path}"
    says = feed.problem and feed.problem.replace(feed.url, shown)
    if says and ((url.query and url.query in says) or (url.password and url.password in says)):
        says = "it cannot be read; the server's log says why"
    return asdict(feed) | {"url": shown, "problem": says, "late": is_late(feed)}


def _age(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


class _Held:
    """The extent of the archive, counted once for each of its states: many pages ask for it."""

    def __init__(self) -> None:
        self._last: tuple[int, Archive] | None = None

    def by(self, store: Store) -> tuple[int, Archive]:
        """The store's generation, and the extent of that or of a later one."""
        generation = store.generation
        last = self._last
        if last is None or last[0] != generation:
            last = self._last = (generation, store.archive())
        return last


def router(live: LiveArchive) -> APIRouter:
    """The four routes."""
    routes = APIRouter(include_in_schema=False)
    held = _Held()

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, object]:
        """The process answers; that is all it says."""
        return {"schema": SCHEMA, "status": "ok"}

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> dict[str, object]:
        """Store open, models loaded, the archive's dates; 503 with the reason while there is none.

        `degraded` while a feed has been failing for too long: it answers, from an archive that falls behind.
        """
        return await asyncio.to_thread(_ready, (await live.archive()).store)

    @routes.api_route("/api/archive", methods=["GET", "HEAD"])
    async def archive() -> dict[str, object]:
        """What the archive holds now, in the masthead's words: open pages ask for it every other second.

        While there is nothing to ask it is no error, but no words.
        """
        try:
            opened = await live.archive()
        except StoreMissing:
            dates = {"from": None, "through": None}
            return {"schema": SCHEMA, "generation": None, "says": "", **dates, "late": ""}
        return await asyncio.to_thread(_told, opened.store, held)

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


def _told(store: Store, held: _Held) -> dict[str, object]:
    generation, now = held.by(store)
    return {
        "schema": SCHEMA,
        "generation": generation,
        "says": extent(now),
        "from": now.first,
        "through": now.last,
        "late": late_in_words(store.feeds()),
    }
