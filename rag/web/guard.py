"""What stands before every route: hosts, origins, sizes, types, and the headers of every response.

Plain ASGI: nothing here holds a stream back, or comes between a client that leaves and its question.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.errors import Failures, Refusal, envelope, refusal_of, response_of
from rag.web.settings import WebSettings, is_ip_literal, origin_of
from rag.web.templates import error_page

LARGEST_BODY = 1 << 20
"""Bytes of a request to a route of ours."""
LARGEST_UPLOAD = 64 << 20
"""Bytes of a request that brings articles."""
ARTICLES = "/api/articles"
LARGEST_TO_PAGE = 4 << 20
"""Bytes of a request of the page, which sends the whole conversation along."""
PAGE_ROUTES = "/gradio_api/"
JSON_ROUTES = ("/api/", "/v1/")
CLOSED = tuple(
    PAGE_ROUTES + name for name in ("upload", "proxy=", "process_recording", "vibe-", "stream/", "dev/")
)
"""Routes that the page's framework brings along and that this page does not use."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HEADLINES = {
    400: "This request cannot be served",
    404: "There is nothing here",
    429: "Too many are asking",
    500: "Something went wrong",
    503: "The archive cannot be read just now",
}
"""Headlines of error pages by status; 400 and 500 stand for the others of their class."""
_LARGEST_ERROR = 1 << 16
_CLOSE = {"Connection": "close"}
"""The rest of the body is not read; a connection in the middle of one cannot be used again."""
_SCRIPTS = ("text/css", "text/javascript", "application/javascript")

STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
"""The policy of what brings none of its own: data and errors, which load nothing."""
OF_SCRIPTS = "default-src 'self'; object-src 'none'; form-action 'none'; frame-ancestors 'self'"
"""For scripts and style sheets: a worker lives under the policy of its own script."""


def guard(app: FastAPI, settings: WebSettings) -> None:
    """Put everything of this module before the app's routes and whatever else it was given so far.

    `app.state.streams` holds the tasks of the event streams that are open, ours and the page's.
    """
    app.state.streams = set()
    origins = settings.allowed_origins
    public = (settings.public_url,) if settings.public_url else ()
    # The last that is added is the first that a request meets.
    app.add_middleware(Failures)
    app.add_middleware(Bodies)
    app.add_middleware(Origins, allowed=(*origins, *public))
    # Gradio reflects any origin, with credentials, unless the app it is mounted on has exactly this class.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Accept", "Authorization", "Content-Type"],
        expose_headers=["Retry-After"],
    )
    app.add_middleware(Hosts, names=_names(settings))
    app.add_middleware(Outgoing, streams=app.state.streams, name=settings.name)


class Hosts:
    """Refuses a Host header that is none of ours: the page repeats it, and a strange site may point at us.

    Loopback names and IP addresses pass, which no strange site's name can be.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._known(Headers(scope=scope).get("host", "")):
            says = "This server does not go by that name; set ONRECORD_PUBLIC_URL to the address people use."
            await response_of(Refusal(400, says, code="host"))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _known(self, written: str) -> bool:
        host = _host(written)
        return host is not None and (host in self._names or is_ip_literal(host))


class Origins:
    """Refuses what another site's page sends here to change or to ask something, unless it is allowed to."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and not self._accepts(origin, headers.get("host", "")):
                says = "Pages of this origin may not ask here; ONRECORD_ALLOWED_ORIGINS lists those that may."
                await response_of(Refusal(403, says, code="origin"))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _accepts(self, origin: str, host: str) -> bool:
        if origin in self._allowed:
            return True
        scheme = origin.partition("://")[0]
        try:
            return scheme in ("http", "https") and origin == origin_of(urlsplit(f"{scheme}://{host}"))
        except ValueError:
            return False


class Bodies:
    """Refuses bodies that are too large, counted as they arrive, that stop coming, or that are no JSON."""

    def __init__(self, app: ASGIApp, patience: float = 30.0) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        refusal = _unwanted(path, scope["method"], Headers(scope=scope))
        if refusal is not None:
            await response_of(refusal)(scope, receive, send)
            return
        limit, received, complete = _limit(path), 0, False

        async def counted() -> Message:
            nonlocal received, complete
            try:
                async with asyncio.timeout(None if complete else self._patience):
                    message = await receive()
            except TimeoutError as error:
                raise Refusal(408, "The body stopped coming.", code="slow", headers=_CLOSE) from error
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, counted, send)


class Outgoing:
    """Security headers on every response, and the envelope for errors that others have written.

    The tasks of open event streams are kept in `streams`: they end at once when the server does.
    """

    def __init__(self, app: ASGIApp, streams: set[asyncio.Task[Any]], name: str) -> None:
        self._app = app
        self._streams = streams
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()
        task = asyncio.current_task()

        async def outgoing(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _secure(headers)
                kind = headers.get("content-type", "")
                if kind.startswith("text/event-stream") and task is not None:
                    self._streams.add(task)
                elif message["status"] >= 400 and not kind.startswith("text/html"):
                    held = message
                    return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body") and len(body) <= _LARGEST_ERROR:
                return
            start, held = held, None
            told = self._told(scope, start["status"], bytes(body))
            headers = MutableHeaders(scope=start)
            headers.update(told.headers)
            del headers["content-encoding"]
            await send(start)
            content = b"" if scope["method"] == "HEAD" else told.body
            await send({"type": "http.response.body", "body": content})

        try:
            await self._app(scope, receive, outgoing)
        finally:
            if task is not None:
                self._streams.discard(task)

    def _told(self, scope: Scope, status: int, body: bytes) -> Response:
        """The error as a page where the request accepts HTML and is not of the API; else as the envelope."""
        content = _enveloped(status, body)
        accepts = Headers(scope=scope).get("accept", "").lower()
        if "text/html" not in accepts or f"{scope['path']}/".startswith(JSON_ROUTES):
            return JSONResponse(content)
        headline = _HEADLINES.get(status, _HEADLINES[400] if status < 500 else _HEADLINES[500])
        return error_page(status, headline, content["error"]["message"], archive=self._name)


def _names(settings: WebSettings) -> list[str]:
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return [name for name in ("localhost", settings.host.lower(), public) if name]


def _host(written: str) -> str | None:
    """The host of a Host header without port and brackets; None if it is no host."""
    try:
        url = urlsplit(f"//{written}")
        usable = url.netloc == written and "@" not in written and (url.port is None or url.port > 0)
    except ValueError:
        return None
    return (url.hostname or "").removesuffix(".") if usable else None


def _limit(path: str) -> int:
    if path == ARTICLES:
        return LARGEST_UPLOAD
    return LARGEST_TO_PAGE if path.startswith(PAGE_ROUTES) else LARGEST_BODY


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The body is larger than {limit:,} bytes.", code="too_large", headers=_CLOSE)


def _unwanted(path: str, method: str, headers: Mapping[str, str]) -> Refusal | None:
    """Why a request is not even let in, from its first lines alone."""
    if path.startswith(CLOSED):
        return Refusal(404, "There is nothing at this address.")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > _limit(path):
        return _too_large(_limit(path))
    if method in (*SAFE_METHODS, "DELETE") or not path.startswith(JSON_ROUTES):
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if path == ARTICLES and kind == "multipart/form-data":
        return None
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return None
    return Refusal(415, "The body must be JSON: send Content-Type: application/json.", code="content_type")


def _secure(headers: MutableHeaders) -> None:
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if "Content-Security-Policy" not in headers:
        scripted = headers.get("content-type", "").startswith(_SCRIPTS)
        headers["Content-Security-Policy"] = OF_SCRIPTS if scripted else STRICT
        headers.setdefault("X-Frame-Options", "SAMEORIGIN")


def _enveloped(status: int, body: bytes) -> dict[str, Any]:
    """An error's body in the envelope, unchanged if it is one; the `detail` of Gradio's errors is kept."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = body.decode(errors="replace") if len(body) < 200 else None
    if not isinstance(content, dict):
        content = {"detail": content} if isinstance(content, str) else {}
        kept = {}
    else:
        if isinstance(content.get("error"), dict):
            return content
        kept = {"detail": content["detail"]} if content.get("detail") is not None else {}
    says = content.get("detail")
    refusal = refusal_of(HTTPException(status, says if isinstance(says, str) else ""))
    return envelope(status, refusal.detail) | kept
