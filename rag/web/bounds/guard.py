"""ASGI middleware before every route: admission by host, origin, size and type, and response headers.

It buffers no streams and passes disconnects through, so that a client that leaves stops its question.
"""

import asyncio
import json
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.bounds.ending import Ending, OpenRequests
from rag.web.bounds.turns import Turns
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import RETRY_AFTER, Failures, Refusal, envelope, refusal_of, response_of
from rag.web.settings import WebSettings, is_ip_literal, origin_of
from rag.web.templates import error_page

LARGEST_BODY = 1 << 20
"""Maximum request body for our own routes, in bytes."""
LARGEST_UPLOAD = 64 << 20
"""Maximum request body for adding articles, in bytes."""
ARTICLES = "/api/articles"
LARGEST_TO_PAGE = 64 << 10
"""Maximum request body for Gradio's routes, in bytes."""
PAGE_ROUTES = "/gradio_api/"
JSON_ROUTES = ("/api/", "/v1/")
LONGEST_ADDRESS = 8 << 10
"""Bytes of a path with its query."""
SLOWEST = 32 << 10
"""Bytes of a body per second, below which a body of the largest size is not waited for."""
MOST_OF_BODIES, MOST_OF_ONE = 8 << 20, 4 << 20
"""Bytes of bodies of requests under way, of all visitors and of one; uploads, which need a token, aside."""
LEAST_OF_ONE = 64 << 10
"""Bytes of bodies that a visitor may always have under way, whatever others have."""
FORWARDED = (b"x-forwarded-host", b"x-gradio-server")
"""Headers that Gradio would take the address of its page from; a proxy passes on what a client sends."""
LOGIN = {"WWW-Authenticate": "Bearer"}
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
_BRACKETED = re.compile(r"\[[^\]]*\](:\d*)?")
"""An IPv6 address as a host; `urlsplit` would take "[::1].evil.example" for one."""
_CLOSE = {"Connection": "close"}
"""The rest of the body is not read, so the connection cannot be used again."""
_SCRIPTS = ("text/css", "text/javascript", "application/javascript")

STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
"""The policy of data and errors, which load nothing."""
OF_SCRIPTS = "default-src 'self'; object-src 'none'; form-action 'none'; frame-ancestors 'self'"
"""The policy of scripts and style sheets: a worker runs under the policy of its own script."""


def guard(app: FastAPI, settings: WebSettings) -> None:
    """Put everything of this module before the app's routes and whatever else it was given so far.

    `app.state.streams` holds the tasks of the event streams that are open, ours and the page's;
    `app.state.requests` the requests without an answer.
    """
    app.state.streams = set()
    app.state.requests = OpenRequests()
    # The last that is added is the first that a request meets.
    app.add_middleware(Turns)
    app.add_middleware(Failures)
    app.add_middleware(Admission, settings=settings)
    app.add_middleware(Ending, requests=app.state.requests)
    # Gradio reflects any origin, with credentials, unless the app it is mounted on has exactly this class.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Accept", "Authorization", "Content-Type"],
        expose_headers=["Retry-After"],
    )
    app.add_middleware(Outgoing, streams=app.state.streams, name=settings.name)


def bears(request: Request, *tokens: str) -> bool:
    """Whether the request bears one of the tokens; the time taken does not tell how much of one agrees."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    agree = [secrets.compare_digest(given.strip().encode(), token.encode()) for token in tokens if token]
    return scheme.lower() == "bearer" and any(agree)


class Bodies:
    """Bytes of the bodies of requests under way, which take many times as much once they are parsed.

    The bound of all is divided among the visitors who have any, so that nobody's large bodies refuse others.
    """

    def __init__(self, most: int = MOST_OF_BODIES, of_one: int = MOST_OF_ONE) -> None:
        self._most, self._of_one = most, of_one
        self._held = Counter[str]()

    def add(self, visitor: str, size: int) -> None:
        """Count more of a visitor's. Raises Refusal (429) where it is more than the visitor's share."""
        held = self._held[visitor] + size
        share = self._of_one
        if self._held.total() + size > self._most:
            share = min(share, max(LEAST_OF_ONE, self._most // len({*self._held, visitor})))
        if held > share:
            says = "Your requests under way are too large together: try again when some are answered."
            raise Refusal(429, says, code="busy", headers=RETRY_AFTER | _CLOSE)
        self._held[visitor] = held

    def end(self, visitor: str, size: int) -> None:
        """A request of the visitor is over, of which so much was counted."""
        self._held[visitor] -= size
        if self._held[visitor] <= 0:
            del self._held[visitor]


class Admission:
    """Refuses requests by their host, origin, path, size and content type.

    Hosts: loopback names, IP addresses and our own names pass; another site may point its name at us, and the
    page repeats the Host header. Origins: another site's page may change or ask something only if it is
    allowed to. Bodies are counted as they arrive, each and those of a visitor together, and given up on when
    they stop for `patience` seconds, or are not there in the time that the largest one takes at `SLOWEST`.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings, patience: float = 30.0) -> None:
        self._app = app
        self._patience = patience
        self._bodies = Bodies()
        public = settings.public_url or ""
        self._names = {"localhost", settings.host.lower(), urlsplit(public).hostname}
        self._origins = {*settings.allowed_origins, settings.public_origin}
        self._public = urlsplit(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with the refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        refusal = _too_long(scope) or self._foreign(scope["method"], Headers(scope=scope))
        refusal = refusal or _unwanted(path, scope["method"], Headers(scope=scope))
        if refusal is not None:
            await response_of(refusal)(scope, receive, send)
            return
        limit, received, held, complete = _limit(path), 0, 0, False
        visitor = visitor_of(scope)
        if Headers(scope=scope)["host"].lower() == self._public.netloc:
            scope["scheme"] = self._public.scheme
        until = _now() + self._patience + limit / SLOWEST
        kept = [pair for pair in scope["headers"] if pair[0] not in FORWARDED]
        scope.setdefault("state", {})["forwarded"] = len(kept) < len(scope["headers"])
        scope["headers"] = kept

        async def counted() -> Message:
            nonlocal received, held, complete
            left = min(self._patience, until - _now())
            try:
                async with asyncio.timeout(None if complete else left):
                    message = await receive()
                if not complete and left <= 0:
                    raise TimeoutError
            except TimeoutError as error:
                raise Refusal(408, "The body did not come in time.", code="slow", headers=_CLOSE) from error
            complete = not message.get("more_body", False)
            came = len(message.get("body", b""))
            received += came
            if received > limit:
                raise _too_large(limit)
            if came and path != ARTICLES:
                self._bodies.add(visitor, came)
                held += came
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            if held:
                self._bodies.end(visitor, held)

    def _foreign(self, method: str, headers: Headers) -> Refusal | None:
        """The refusal of a host that is not ours, or of an origin that may not send this."""
        written = headers.getlist("host")
        host = _host(written[0]) if len(written) == 1 else None
        if not host or not (host in self._names or is_ip_literal(host)):
            says = "This server does not go by that name; set ONRECORD_PUBLIC_URL to the address people use."
            return Refusal(400, says, code="host")
        origin = headers.get("origin")
        if method in SAFE_METHODS or origin is None or (origin and origin in self._origins):
            return None
        scheme = origin.partition("://")[0]
        if scheme in ("http", "https") and origin == origin_of(urlsplit(f"{scheme}://{headers['host']}")):
            return None
        says = "Pages of this origin may not ask here; ONRECORD_ALLOWED_ORIGINS lists those that may."
        return Refusal(403, says, code="origin")


class Outgoing:
    """Security headers on every response, and errors in the envelope or, for people, as a page.

    The tasks of open event streams are kept in `streams`, so that the server can cancel them when it ends.
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


def _now() -> float:
    return asyncio.get_running_loop().time()


def _host(written: str) -> str | None:
    """The host of a Host header without port and brackets; None if it is no host."""
    try:
        url = urlsplit(f"//{written}")
        usable = url.netloc == written and "@" not in written and (url.port is None or url.port > 0)
        usable = usable and ("[" not in written or bool(_BRACKETED.fullmatch(written)))
    except ValueError:
        return None
    return (url.hostname or "").removesuffix(".") if usable else None


def _limit(path: str) -> int:
    if path == ARTICLES:
        return LARGEST_UPLOAD
    return LARGEST_TO_PAGE if path.startswith(PAGE_ROUTES) else LARGEST_BODY


def _too_long(scope: Scope) -> Refusal | None:
    """The refusal of an address that no page of ours has."""
    length = len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))
    return Refusal(414, "This address is too long.", code="too_long") if length > LONGEST_ADDRESS else None


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The body is larger than {limit:,} bytes.", code="too_large", headers=_CLOSE)


def _unwanted(path: str, method: str, headers: Mapping[str, str]) -> Refusal | None:
    """The refusal of a path, size or content type, from the request's headers alone."""
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
    """An error's body in the envelope, unchanged if it is one; a sentence that is the `detail` is kept.

    Other details repeat what was sent, with the addresses of objects in memory.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = body.decode(errors="replace") if len(body) < 200 else None
    if isinstance(content, dict) and isinstance(content.get("error"), dict):
        return content
    says = content.get("detail") if isinstance(content, dict) else content
    kept = {"detail": says} if isinstance(content, dict) and isinstance(says, str) else {}
    refusal = refusal_of(HTTPException(status, says if isinstance(says, str) else ""))
    return envelope(status, refusal.detail) | kept
