"""GET /add: the page for adding files, an address or a text with the admin token."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from corpus.read import SUFFIXES
from rag.web.bounds.guard import LARGEST_UPLOAD
from rag.web.errors import NOTHING_HERE, Refusal
from rag.web.routes.uploads import MOST_FILES
from rag.web.settings import WebSettings
from rag.web.templates import page_response


def router(settings: WebSettings) -> APIRouter:
    """GET /add; 404 unless an admin token is set."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/add", methods=["GET", "HEAD"])
    def add() -> HTMLResponse:
        if not settings.admin_token:
            raise Refusal(404, NOTHING_HERE)
        return page_response(
            "add.html",
            policy="connect-src 'self'; frame-ancestors 'none'",
            caching="no-store",
            archive=settings.name,
            suffixes=SUFFIXES,
            most_files=MOST_FILES,
            most_megabytes=LARGEST_UPLOAD >> 20,
        )

    return routes
