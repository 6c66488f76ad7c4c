"""Is it alive, is it ready, and how much is asked: /healthz, /readyz and /metrics."""

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from rag.answer import SCHEMA
from rag.turns import Turns

if TYPE_CHECKING:
    from rag.web.desk import Desk

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90)


class Metrics:
    """Counts of one server, in a registry of its own. Never a word of a question."""

    def __init__(self, turns: Turns) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "onrecord_questions",
            "Questions by the status of their answer, or by why there is none.",
            ["status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "onrecord_question_seconds",
            "From the request to the end of the answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        at_work = Gauge("onrecord_at_work", "Questions and searches at work.", registry=self._registry)
        at_work.set_function(lambda: turns.at_work)
        waiting = Gauge("onrecord_waiting", "Questions and searches in line.", registry=self._registry)
        waiting.set_function(lambda: turns.waiting)

    def count(self, status: str, seconds: float) -> None:
        """One question has ended."""
        self._questions.labels(status).inc()
        self._seconds.observe(seconds)

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)


def router(desk: "Desk") -> APIRouter:
    """The three routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, object]:
        """The process answers; that is all it says."""
        return {"schema": SCHEMA, "status": "ok"}

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> dict[str, object]:
        """Store open, models loaded, and the archive's dates; 503 with the reason while there is none."""
        opened = await desk.archive()
        extent, embedder = await asyncio.to_thread(
            lambda: (opened.store.archive(), opened.store.meta("embedder_id"))
        )
        return {
            "schema": SCHEMA,
            "status": "ready",
            "articles": extent.articles,
            "undated": extent.undated,
            "from": extent.first,
            "through": extent.last,
            "models": {"embedder": embedder},
        }

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Prometheus' text format."""
        return Response(desk.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return routes
