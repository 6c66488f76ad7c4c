"""The page where somebody who has the admin token adds files, an address or a text."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from corpus.read import SUFFIXES
from rag.web.errors import Refusal
from rag.web.guard import LARGEST_UPLOAD
from rag.web.routes.uploads import MOST_FILES
from rag.web.settings import WebSettings
from rag.web.templates import render

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def router(settings: WebSettings) -> APIRouter:
    """GET /add; 404 unless an admin token is set."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/add", methods=["GET", "HEAD"])
    def add() -> HTMLResponse:
        if not settings.admin_token:
            raise Refusal(404, "There is nothing at this address.")
        html = render(
            "add.html",
            archive=settings.name,
            suffixes=SUFFIXES,
            most_files=MOST_FILES,
            most_megabytes=LARGEST_UPLOAD >> 20,
        )
        return HTMLResponse(html, headers=HEADERS)

    return routes
