"""Turns of visitors at what threads make besides answers: articles and their versions, the page itself."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.request_queue import RequestQueue, its_turn
from rag.web.bounds.visitors import visitor_of

AT_ONCE = 8
"""Requests that are made at once; the process has 40 threads for them."""
MOST_WAITING = 500
"""Requests of all visitors together that may wait."""
MADE_IN_THREADS = (
    "/articles/",
    "/api/articles/",
    "/api/feedback",
    "/api/answers",
    "/api/share",
    "/shared/",
    "/api/archive",
    "/readyz",
    "/embed",
    "/config",
)
"""What the paths begin with; "/" alone is the page."""


class Turns:
    """ASGI middleware: one visitor's many or slow requests hold no threads that others need.

    A request has its place until its answer begins, so that a client who reads slowly holds none. Raises Busy
    when too many wait.
    """

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE, waiting: int = MOST_WAITING) -> None:
        self._app = app
        self._queue = RequestQueue(at_once, waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when it is its visitor's turn."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == "/" or path.startswith(MADE_IN_THREADS)):
            await self._app(scope, receive, send)
            return
        slot = self._queue.join(visitor_of(scope))

        async def sending(message: Message) -> None:
            slot.close()
            await send(message)

        try:
            await its_turn(slot)
            await self._app(scope, receive, sending)
        finally:
            slot.close()
