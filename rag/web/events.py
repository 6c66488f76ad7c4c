"""Answers that take a while: server-sent events, and work that ends when nobody waits for it any more."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rag.web.errors import STOPPING, envelope, envelope_of

Result = TypeVar("Result")

KEEP_ALIVE = 10.0
"""Seconds of silence after which a comment is sent, so that no proxy takes the connection for dead."""
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Gone(Exception):
    """The client went away; there is nobody to tell."""


def frame(data: object, event: str | None = None) -> str:
    """One event; `data` is written as JSON on one line."""
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def while_connected(receive: Receive, work: Coroutine[object, object, Result]) -> Result:
    """The result of `work`, which is cancelled when the client goes away. Raises Gone then."""
    task = asyncio.create_task(work)
    leaving = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Gone
        return task.result()
    finally:
        await _stop(task, leaving)


class EventStream(Response):
    """Frames as they are made, in a task that ends with the connection and waits for no slow client.

    An error before the first frame is raised, so that it gets its status; a later one becomes the last event,
    an envelope that `on_error` puts into a frame.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncGenerator[str, None],
        on_error: Callable[[Mapping[str, object]], str],
        keep_alive: float = KEEP_ALIVE,
    ) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._frames = frames
        self._on_error = on_error
        self._keep_alive = keep_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        queue: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        making = asyncio.create_task(self._make(queue))
        leaving = asyncio.create_task(_disconnected(receive))
        try:
            with suppress(Gone, OSError):
                await self._send(queue, leaving, send)
        except asyncio.CancelledError:  # Only the end of the server cancels a response.
            last = self._on_error(envelope(503, STOPPING, code="stopping"))
            with suppress(OSError):
                await send({"type": "http.response.body", "body": last.encode(), "more_body": False})
            raise
        finally:
            await _stop(making, leaving)

    async def _make(self, queue: "asyncio.Queue[str | Exception | None]") -> None:
        last: Exception | None = None
        try:
            async with aclosing(self._frames) as frames:
                async for made in frames:
                    queue.put_nowait(made)
        except Exception as error:
            last = error
        finally:
            queue.put_nowait(last)

    async def _send(
        self, queue: "asyncio.Queue[str | Exception | None]", leaving: "asyncio.Task[None]", send: Send
    ) -> None:
        first = True
        while True:
            made = await self._next(queue, leaving, None if first else self._keep_alive)
            if first:
                if isinstance(made, Exception):
                    raise made
                head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                await send(head)
                first = False
            if isinstance(made, Exception):
                made = self._on_error(envelope_of(made))
                queue.put_nowait(None)
            ended = made is None
            await send({"type": "http.response.body", "body": (made or "").encode(), "more_body": not ended})
            if ended:
                return

    async def _next(
        self,
        queue: "asyncio.Queue[str | Exception | None]",
        leaving: "asyncio.Task[None]",
        patience: float | None,
    ) -> str | Exception | None:
        """The next frame, or a comment after `patience` seconds without one. Raises Gone."""
        waiting = asyncio.create_task(queue.get())
        try:
            await asyncio.wait({waiting, leaving}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                raise Gone
            return waiting.result() if waiting.done() else ": keep-alive\n\n"
        finally:
            waiting.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stop(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel the tasks and wait until they have ended, with whatever they close on the way."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
