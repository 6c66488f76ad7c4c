"""Is it alive, is it ready, and how much is asked: /healthz, /readyz and /metrics."""

import asyncio

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from rag.answer import SCHEMA
from rag.web.desk import Desk


def router(desk: Desk) -> APIRouter:
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
