"""The end of the server: every request that it has not answered by then gets a 503 that says so."""

import asyncio
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.errors import RETRY_AFTER, STOPPING, Refusal, response_of

_STOPPING = Refusal(503, STOPPING, code="stopping", headers=RETRY_AFTER | {"Connection": "close"})


class OpenRequests:
    """The requests of a server that are not answered. `stopping` once no further one is taken."""

    def __init__(self) -> None:
        self.stopping = False
        self._open: set[_Open] = set()

    def begin(self, scope: Scope, receive: Receive, send: Send) -> "_Open":
        """A request that has come."""
        request = _Open(scope, receive, send, self)
        self._open.add(request)
        return request

    def end(self, request: "_Open") -> None:
        """The request is over."""
        self._open.discard(request)

    async def give_up(self) -> None:
        """Answer every request that has no answer yet."""
        await asyncio.gather(*(request.give_up() for request in list(self._open)))


class Ending:
    """ASGI middleware: what the server cannot answer at its end is a 503, never a bare 500."""

    def __init__(self, app: ASGIApp, requests: OpenRequests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless the server is stopping."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = self._requests.begin(scope, receive, send)
        try:
            if self._requests.stopping:
                await request.give_up()
            else:
                await self._app(scope, receive, request.send)
        except asyncio.CancelledError:  # Only the end of the server cancels a request.
            await request.give_up()
            raise
        finally:
            self._requests.end(request)


class _Open:
    """A request and its answer, of which nothing was sent yet, until `begun`."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, requests: OpenRequests) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._requests = requests
        self._begun = self._given_up = False

    async def send(self, message: Message) -> None:
        """Send a message of the answer; what comes after `give_up` is dropped."""
        if self._given_up:
            return
        if message["type"] == "http.response.start" and not self._begun:
            if self._requests.stopping and message["status"] == 500:  # What it needed is closed already.
                await self.give_up()
                return
            if self._requests.stopping:
                MutableHeaders(scope=message)["Connection"] = "close"
            self._begun = True
        await self._send(message)

    async def give_up(self) -> None:
        """Answer with the 503, if nothing was sent yet."""
        if self._begun or self._given_up:
            return
        self._given_up = True
        with suppress(OSError):
            await response_of(_STOPPING)(self._scope, self._receive, self._send)
