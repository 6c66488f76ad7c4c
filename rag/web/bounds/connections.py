"""Connections of the server: bounded in number, by visitor and in all, and in the time and size of each part.

h11 parses, since httptools has no bound on headers. What a body may take is the business of `guard`, which
knows its route.
"""

import asyncio
import ipaddress
import json
import logging
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from rag.web.bounds.visitors import address_of, visitor_of
from rag.web.errors import RETRY_AFTER, STOPPING, envelope

_LOG = logging.getLogger("onrecord.web")

LARGEST_HEAD = 16 << 10
"""Bytes of a request line with its headers, of a chunk's header, of trailers, of requests sent ahead."""
MOST_HEADERS = 100
"""Header lines of one request."""
HEAD_SECONDS = 20.0
"""Seconds from the connection, or the first byte of a further request, to the end of its headers."""
IDLE_SECONDS = 5
"""Seconds that a connection is kept open between two requests."""
STALLED_SECONDS = 60.0
"""Seconds in which a client has to take what was written for it: some 50 KB, or all of it at the end."""
LEFT_SECONDS = 10.0
"""Seconds that the rest of a body may take which came too late for its answer."""
MOST_CONNECTIONS = 1_000
"""Connections of all visitors together, where the process may open as many files."""
_FILES_WANTED = 2 * MOST_CONNECTIONS + 256
_OVERHEAD = 8
"""Bytes of a chunked body for each byte of its content; the smallest chunks take six."""
_A_MINUTE = 60.0


def most_connections() -> int:
    """How many connections fit beside the files of the store: half of what this process may still open.

    Raises the process's own limit of open files where the system lets it.
    """
    try:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, _FILES_WANTED)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        opened = len(os.listdir("/dev/fd"))
    except (ImportError, OSError, ValueError):
        return MOST_CONNECTIONS // 4
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(8, min(MOST_CONNECTIONS, (soft - opened) // 2))


class Connections(ServerState):
    """Every connection of a server: `most` in all, `of_one` for one visitor.

    When they are too many, the visitor with the most loses the oldest that has no request under way. The
    addresses of trusted proxies carry many visitors and are counted in the whole only.
    """

    def __init__(self, most: int, of_one: int, trusted_proxies: Sequence[str] = ()) -> None:
        super().__init__()
        self._most = most
        self._of_one = of_one
        self._proxies = [ipaddress.ip_network(one) for one in trusted_proxies]
        self._told = -_A_MINUTE

    def is_proxy(self, client: tuple[str, int] | None) -> bool:
        """Whether the address of a connection is a trusted proxy's."""
        address = address_of(client)
        return address is not None and any(address in network for network in self._proxies)

    def admit(self, new: "Connection") -> bool:
        """Whether a new connection may stay; closes another for it where that is fair."""
        mine = self._ours()
        held = Counter(one.visitor for one in mine if not one.is_proxy)
        if not new.is_proxy and held[new.visitor] > self._of_one:
            return self._close_one(new, new.visitor, mine)
        if len(mine) <= self._most:
            return True
        now = new.loop.time()
        if now - self._told >= _A_MINUTE:
            self._told = now
            _LOG.warning("%d connections are open, the most that fit; further ones cost others", self._most)
        own = 0 if new.is_proxy else held[new.visitor]
        greediest = max(held, key=lambda one: held[one], default=None)
        if greediest is None or held[greediest] < own:
            return False
        return self._close_one(new, greediest, mine, also_busy=held[greediest] > own)

    def _close_one(
        self, new: "Connection", visitor: str, mine: "list[Connection]", *, also_busy: bool = False
    ) -> bool:
        """Close the oldest connection of a visitor that is idle, else the newest busy one if that is fair."""
        theirs = [one for one in mine if one.visitor == visitor and one is not new and not one.is_proxy]
        idle = [one for one in theirs if one.is_idle]
        victim = min(idle, key=lambda one: one.since, default=None)
        if victim is None and also_busy:
            victim = max(theirs, key=lambda one: one.since, default=None)
        if victim is not None:
            victim.abort()
        return victim is not None

    def sweep(self) -> None:
        """Close every connection whose time is up; called about once a second."""
        for one in self._ours():
            one.check_time()

    def _ours(self) -> "list[Connection]":
        return [one for one in self.connections if isinstance(one, Connection)]


class Parser(h11.Connection):
    """h11 with bounds on the number of headers and on what chunks add to a body, which has one length."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, LARGEST_HEAD)
        self._came = self._held = 0

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes."""
        self._came += len(data)
        super().receive_data(data)

    def next_event(self) -> Any:
        """The next event. Raises RemoteProtocolError for what is not HTTP, or too much of it."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._came = self._held = 0
            if len(event.headers) > MOST_HEADERS:
                raise h11.RemoteProtocolError("too many headers", error_status_hint=431)
            if {b"content-length", b"transfer-encoding"} <= {name for name, _ in event.headers}:
                raise h11.RemoteProtocolError("two lengths of one body")  # A proxy may believe the other.
        elif isinstance(event, h11.Data):
            self._held += len(event.data)
            if self._came > _OVERHEAD * self._held + 2 * LARGEST_HEAD:
                raise h11.RemoteProtocolError("chunks with more around them than in them")
        return event


class Connection(H11Protocol):
    """One connection. `since` is when it was made; times are the event loop's."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = Parser()
        self.visitor = ""
        self.is_proxy = False
        self.since = 0.0
        self._head_since: float | None = None
        self._stalled_since: float | None = None
        self._left_since: float | None = None
        self._ahead = 0

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way: none has come completely, or it is answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it, or refuse it."""
        super().connection_made(transport)
        self.since = self._head_since = self.loop.time()
        self.visitor = visitor_of({"client": self.client})
        state = self.server_state
        if isinstance(state, Connections):
            self.is_proxy = state.is_proxy(self.client)
            if not state.admit(self):
                self._refuse(503, "Too many connections are open; try again in a moment.", "busy")

    def data_received(self, data: bytes) -> None:
        """Parse what came, piece by piece, so that no piece is larger than what may be incomplete."""
        for start in range(0, len(data), LARGEST_HEAD):
            if self.transport.is_closing():
                return
            if self.conn.their_state is h11.DONE and not self.is_idle:
                self._ahead += len(data) - start
                if self._ahead > LARGEST_HEAD:
                    self.abort()
                    return
            super().data_received(data[start : start + LARGEST_HEAD])
        if self.conn.their_state is not h11.IDLE:
            self._head_since = None
        elif self._head_since is None:
            self._head_since = self.loop.time()

    def on_response_complete(self) -> None:
        """Begin with the next request."""
        self._ahead = 0
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        self._refuse(400, "The request is not HTTP that can be read, or its headers are too large.", "http")

    def shutdown(self) -> None:
        """Finish the request under way; the first one, or one that has only begun to come, is refused."""
        if self._head_since is not None and (self.cycle is None or self.conn.trailing_data[0]):
            self._refuse(503, STOPPING, "stopping")
            return
        try:
            super().shutdown()
        except h11.LocalProtocolError:  # It was being closed already.
            self.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection after `IDLE_SECONDS` without a request."""
        try:
            super().timeout_keep_alive_handler()
        except h11.LocalProtocolError:
            self.abort()

    def pause_writing(self) -> None:
        """Note since when the client does not read."""
        self._stalled_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._stalled_since = None
        super().resume_writing()

    def check_time(self) -> None:
        """Close the connection if something takes too long."""
        now = self.loop.time()
        if self.transport.is_closing() or (self.is_idle and self.transport.get_write_buffer_size()):
            self._stalled_since = self._stalled_since or now
        if self._stalled_since is not None and now - self._stalled_since > STALLED_SECONDS:
            self.abort()
        elif self.is_idle and self.conn.their_state is h11.SEND_BODY:
            self._left_since = self._left_since or now
            if now - self._left_since > LEFT_SECONDS:
                self.abort()
        elif self.is_idle and self._head_since is not None and now - self._head_since > HEAD_SECONDS:
            self._refuse(408, "The headers did not come in time.", "slow")

    def abort(self) -> None:
        """Close the connection now, whatever is not sent."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.abort()

    def _refuse(self, status: int, says: str, code: str) -> None:
        """Answer before any route with an error, and close."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if not self.is_idle:
            self.abort()
            return
        body = json.dumps(envelope(status, says, code=code)).encode()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            "x-content-type-options": "nosniff",
        } | (RETRY_AFTER if status == 503 else {})
        reason = {400: "Bad Request", 408: "Request Timeout", 503: "Service Unavailable"}[status]
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode() + body)
        self.transport.close()
