"""The light chat that other sites frame, the script that opens it there, and the files of all our pages."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from corpus.article import one_line
from corpus.errors import StoreError
from index.store import Archive
from rag.web.assets import Asset, assets
from rag.web.desk import Desk
from rag.web.errors import Refusal
from rag.web.settings import WebSettings
from rag.web.templates import render
from rag.web.theme import theme_css, theme_path

LONGEST_TITLE = 80
"""Characters of a heading that a site gives to its frame; what is longer is cut."""
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_AN_HOUR = "public, max-age=3600"
_HASH = re.compile(r"[0-9a-f]{12}")


def router(desk: Desk, settings: WebSettings) -> APIRouter:
    """GET /embed with its style sheet, GET /widget.js, GET /static/{name}."""
    routes = APIRouter(include_in_schema=False)
    both = ["GET", "HEAD"]

    @routes.api_route("/embed", methods=both)
    def embed(accent: str = "", paper: str = "", title: str = "") -> HTMLResponse:
        html = render(
            "embed.html",
            title=one_line(title)[:LONGEST_TITLE] or settings.name,
            theme=theme_path(accent, paper),
            archive=_archive(desk),
            problem=desk.problem,
        )
        return HTMLResponse(html, headers=embed_headers(settings.allowed_origins))

    @routes.api_route("/embed/theme.css", methods=both)
    def theme(accent: str = "", paper: str = "") -> Response:
        return Response(theme_css(accent, paper), media_type="text/css", headers={"Cache-Control": _AN_HOUR})

    @routes.api_route("/widget.js", methods=both)
    def widget(request: Request) -> Response:
        # Other sites include it under this one address: no hash, and to be seen anew within the hour.
        return _file(
            request, assets()["widget.js"], _AN_HOUR, {"Cross-Origin-Resource-Policy": "cross-origin"}
        )

    @routes.api_route("/static/{name}", methods=both)
    def static(request: Request, name: str, v: str = "") -> Response:
        asset = assets().get(name)
        if asset is None:
            raise Refusal(404, "There is no such file.")
        return _file(request, asset, _FOR_EVER if v == asset.version else _ASK_AGAIN)

    return routes


def embed_headers(origins: tuple[str, ...]) -> dict[str, str]:
    """Headers of the framed page: nothing but our own files, framed by ourselves and the allowed sites."""
    ancestors = " ".join(("'self'", *origins))
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            f"base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "no-cache",
    }


def _archive(desk: Desk) -> Archive | None:
    """What there is to ask; None while there is nothing."""
    try:
        opened = desk.opened
        return opened.store.archive() if opened else None
    except StoreError:
        return None


def _file(request: Request, asset: Asset, caching: str, more: dict[str, str] | None = None) -> Response:
    headers = {"ETag": f'"{asset.version}"', "Cache-Control": caching} | (more or {})
    if asset.version in _HASH.findall(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
