"""The web application and the server it runs in."""

import asyncio
import gc
import logging
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.web.archive import LiveArchive
from rag.web.bounds.connections import IDLE_SECONDS, Connection, Connections, most_connections
from rag.web.bounds.deadline import Deadline
from rag.web.bounds.ending import OpenRequests
from rag.web.bounds.guard import JSON_ROUTES, guard
from rag.web.bounds.log import bound_log
from rag.web.bounds.tokens import TokenGuesses
from rag.web.errors import NOTHING_HERE, Refusal, documented, handle_errors
from rag.web.page.examples import Examples
from rag.web.page.stubs import without_stubs
from rag.web.routes.add import router as add
from rag.web.routes.admin import router as writing
from rag.web.routes.api import router as api
from rag.web.routes.article import router as article
from rag.web.routes.completions import router as completions
from rag.web.routes.embed import router as embed
from rag.web.routes.feedback import router as feedback
from rag.web.routes.health import router as health
from rag.web.routes.kept import router as kept
from rag.web.routes.share import router as share
from rag.web.settings import WebSettings
from rag.web.templates import ROOT
from rag.web.writer import BackgroundWriter

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PATIENCE_AT_THE_END = 3
"""Seconds that running questions and open tabs get to finish when the server stops."""
LAST_CALL = 1.0
"""Seconds in which a server that stops still answers new requests, with 503, while anybody is connected."""
_TICKS_A_SECOND = 10
"""How often uvicorn calls `on_tick`."""


def create_app(
    live: LiveArchive, settings: WebSettings, writer: BackgroundWriter | None = None, *, page: bool = True
) -> FastAPI:
    """Every route: ours first, the chat page last. Live archive and writer are closed when the app ends.

    Without a writer the archive cannot be changed; without `page` there is no chat page and no Gradio.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        if writer is not None:
            await asyncio.to_thread(writer.close)
        await asyncio.to_thread(live.close)

    # The built-in documentation pages load their scripts from elsewhere.
    app = FastAPI(
        title=settings.name,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=documented(),
    )
    handle_errors(app)
    guesses, examples = TokenGuesses(), Examples(live)
    for routes in (
        *([writing(writer, settings, guesses), add(settings)] if writer is not None else []),
        *(api(live), kept(live), completions(live, settings, guesses), feedback(live)),
        *(share(live, settings, writer, guesses), health(live, settings, guesses)),
        *(article(live, settings), embed(live, settings, examples.of)),
    ):
        app.include_router(routes)
    app.router.routes.append(Unmatched(app.router.routes))
    if page:
        _add_page(app, live, settings, examples)
    guard(app, settings)
    if settings.root:
        app.add_middleware(UnderPath, root=settings.root)  # The first that a request meets.
    app.state.stop = writer.stop if writer is not None else lambda: None
    return app


def _add_page(app: FastAPI, live: LiveArchive, settings: WebSettings, examples: Examples) -> None:
    with without_stubs():
        from rag.web.page.chat import mount  # Gradio takes seconds to import.

    async def in_a_loop() -> None:
        mount(app, live, settings, examples)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Outside an event loop Gradio makes one for each lock that it needs, and never closes them.
        asyncio.run(in_a_loop())
    else:
        mount(app, live, settings, examples)


class Unmatched(BaseRoute):
    """After our routes, before the page: a wrong method is 405, and what is not of the API is 404.

    Without it the page, which is mounted at "/", would take both.
    """

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full for what one of our routes would take with another method, and for any address of the API."""
        if scope["type"] == "http" and (self._methods(scope) or scope["path"].startswith(JSON_ROUTES)):
            return Match.FULL, {}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise the Refusal."""
        if methods := self._methods(scope):
            says = f"This address takes {' or '.join(methods)}, not {scope['method']}."
            raise Refusal(405, says, headers={"Allow": ", ".join(methods)})
        raise Refusal(404, NOTHING_HERE)

    def url_path_for(self, name: str, /, **path_params: object) -> NoMatchFound:  # type: ignore[override]
        """Raise NoMatchFound: no address belongs to it."""
        raise NoMatchFound(name, path_params)

    def _methods(self, scope: Scope) -> list[str]:
        """The methods that the earlier routes would take at this address."""
        earlier = self._routes[: self._routes.index(self)]
        asked = [{**scope, "method": method} for method in METHODS]
        return [one["method"] for one in asked if any(r.matches(one)[0] is Match.FULL for r in earlier)]


class UnderPath:
    """Middleware: the application under a path, "/archive/embed" as "/embed"; what it writes begins with it.

    Requests without the path are answered too, as of a proxy that takes it away.
    """

    def __init__(self, app: ASGIApp, root: str) -> None:
        self._app = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, raw = scope["path"], scope.get("raw_path") or b""
        if path == self._root:
            await RedirectResponse(f"{self._root}/", 308)(scope, receive, send)
            return
        if path.startswith(f"{self._root}/"):
            raw = raw.removeprefix(self._root.encode())
            scope = {**scope, "path": path.removeprefix(self._root), "raw_path": raw}
        token = ROOT.set(self._root)
        try:
            await self._app(scope, receive, send)
        finally:
            ROOT.reset(token)


def run(
    app: FastAPI,
    settings: WebSettings,
    listening: socket.socket,
    on_ready: Callable[[WebSettings], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then end within about 3 seconds even with open connections.

    Whatever the process does then, it ends 8 seconds after the signal (`rag.web.bounds.deadline`).

    `listening` is a socket of `rag.web.listening.bound`. `on_ready` is given the settings with the
    port, once requests are answered.
    """
    with _signals_end_quietly():
        actual = replace(settings, port=listening.getsockname()[1])
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        bound_log()
        make_server(app, lambda: on_ready(actual) if on_ready else None, settings.trusted_proxies).run(
            [listening]
        )
    gc.freeze()  # Skips seconds of garbage collection at exit.


def make_server(
    app: FastAPI,
    on_ready: Callable[[], None] = lambda: None,
    trusted_proxies: Sequence[str] = (),
    connections: int | None = None,
) -> uvicorn.Server:
    """A server that calls `on_ready`; it logs warnings only, and no requests.

    Only the trusted proxies, which are addresses and networks, may say for whom they ask. `connections` may
    be open at once, half of them one visitor's; by default as many as the process's open files allow.
    """
    config = uvicorn.Config(
        app,
        http=Connection,
        timeout_keep_alive=IDLE_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        ws="none",
        timeout_graceful_shutdown=PATIENCE_AT_THE_END,
    )
    most = connections or most_connections()
    return _Server(config, on_ready, app, Connections(most, max(4, most // 2), trusted_proxies))


class _Server(uvicorn.Server):
    """Calls `on_ready` after startup, and bounds connections.

    On shutdown it ends event streams and lets other requests finish; those that cannot, and those that still
    come, are answered with 503.
    """

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], app: FastAPI, connections: Connections
    ) -> None:
        super().__init__(config)
        self.server_state = self._connections = connections
        self._on_ready = on_ready
        self._deadline = Deadline()
        self._streams: set[asyncio.Task[Any]] = app.state.streams
        self._requests: OpenRequests = app.state.requests

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop: the writer's job is told at once, and the process ends at a deadline."""
        self._deadline.set()
        self.config.app.state.stop()  # type: ignore[union-attr]
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            self._connections.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._requests.stopping = True
        for task in list(self._streams):
            task.cancel()
        until = asyncio.get_running_loop().time() + LAST_CALL
        await asyncio.sleep(0.1)
        while self._connections.connections and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)
        last = asyncio.create_task(self._give_up())
        await super().shutdown(sockets)
        last.cancel()

    async def _give_up(self) -> None:
        """Shortly before uvicorn cancels the requests, answer those that are left."""
        await asyncio.sleep(max(0.0, PATIENCE_AT_THE_END - LAST_CALL))
        await self._requests.give_up()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a log record is shown: not those about tabs that were open at shutdown."""
    ended = record.exc_info and record.exc_info[0] is asyncio.CancelledError
    return not ended and "timeout graceful shutdown exceeded" not in str(record.msg)


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """Ignore the signal that uvicorn raises again at its end, so that the process can close its store."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handled = (signal.SIGINT, signal.SIGTERM)
    earlier = {number: signal.signal(number, lambda *_: None) for number in handled}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
