"""Server-sent events, and work that is cancelled when its client disconnects.

sse-starlette 3.7 does not fit: it sends status 200 before the first event, lets a slow client hold up the
question, and ends its streams without an `error` event when the server stops.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext, suppress
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from rag.web.errors import STOPPING, Refusal, envelope, envelope_of

Result = TypeVar("Result")

KEEP_ALIVE = 10.0
"""Seconds without a frame after which a comment is sent, so that no proxy closes the connection."""
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


Queue = asyncio.Queue[str | Exception | None]
"""Frames, ended by None or by an error."""


class Gone(Refusal):
    """The client closed the connection: no response can reach it."""

    def __init__(self) -> None:
        super().__init__(499, "The client closed the connection.")


def frame(data: object, event: str | None = None) -> str:
    """One event; `data` is written as JSON on one line."""
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def while_connected(receive: Receive, work: Coroutine[object, object, Result]) -> Result:
    """The result of `work`. When the client disconnects, `work` is cancelled and Gone raised."""
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
    """Sends frames as they are made, in a task that ends with the connection and waits for no slow client.

    An error before the first frame is raised, so that it gets its status; a later one becomes the last event,
    an envelope that `on_error` puts into a frame. `held` is closed after everything else.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncGenerator[str, None],
        on_error: Callable[[Mapping[str, object]], str],
        keep_alive: float = KEEP_ALIVE,
        held: AbstractContextManager[object] | None = None,
    ) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._frames = frames
        self._on_error = on_error
        self._keep_alive = keep_alive
        self._held = held or nullcontext()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        with self._held:
            await self._respond(receive, send)

    async def _respond(self, receive: Receive, send: Send) -> None:
        queue: Queue = asyncio.Queue()
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        making = asyncio.create_task(self._make(queue))
        leaving = asyncio.create_task(_disconnected(receive))
        leaving.add_done_callback(lambda _: queue.put_nowait(Gone()))
        try:
            with suppress(Gone, OSError):
                await self._send(queue, sending)
        except asyncio.CancelledError:  # Only the end of the server cancels a response.
            last = self._on_error(envelope(503, STOPPING, code="stopping"))
            with suppress(OSError):
                if begun:  # Else `Ending` answers with the status.
                    await send({"type": "http.response.body", "body": last.encode(), "more_body": False})
            raise
        finally:
            await _stop(making, leaving)

    async def _make(self, queue: "Queue") -> None:
        last: Exception | None = None
        try:
            async with aclosing(self._frames) as frames:
                async for made in frames:
                    queue.put_nowait(made)
        except Exception as error:
            last = error
        finally:
            queue.put_nowait(last)

    async def _send(self, queue: "Queue", send: Send) -> None:
        """Send what is queued up to None. Raises Gone, and an error that comes before the first frame."""
        made = await queue.get()
        if isinstance(made, Exception):
            raise made
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        while made is not None:
            if isinstance(made, Gone):
                raise made
            if isinstance(made, Exception):
                made = self._on_error(envelope_of(made))
                queue.put_nowait(None)
            await send({"type": "http.response.body", "body": made.encode(), "more_body": True})
            try:
                async with asyncio.timeout(self._keep_alive):
                    made = await queue.get()
            except TimeoutError:
                made = ": keep-alive\n\n"
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stop(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel the tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
