"""What one connection may hold, how long it may take, and which gives way when there are too many."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from rag.web.bounds.connections import (
    HEAD_SECONDS,
    LARGEST_HEAD,
    LEFT_SECONDS,
    MOST_HEADERS,
    STALLED_SECONDS,
    Connection,
    Connections,
    most_connections,
)

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


class Wire(asyncio.Transport):
    """A client's end of a connection: what was written to it, and whether it is closed."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 4000)})
        self.written = b""
        self.closed = self.aborted = False
        self.unsent = 0

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Tried:
    """A server without a network: its clock, its connections, and how many requests the app began."""

    def __init__(self, most: int, of_one: int, proxies: tuple[str, ...] = ()) -> None:
        self.now = 1000.0
        self.begun = 0
        self.answer = asyncio.Event()
        self.state = Connections(most, of_one, proxies)
        self.config = uvicorn.Config(
            self.app, http=Connection, log_config=None, ws="none", interface="asgi3", proxy_headers=False
        )
        running = asyncio.get_running_loop()
        self._loop: Any = SimpleNamespace(
            time=lambda: self.now, create_task=running.create_task, call_later=running.call_later
        )

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        self.begun += 1
        await self.answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    def connect(self, address: str, sends: bytes = b"") -> tuple[Connection, Wire]:
        """A connection from an address, which sends something."""
        connection, wire = Connection(self.config, self.state, {}, self._loop), Wire(address)
        self.now += 0.001
        connection.connection_made(wire)
        if sends:
            connection.data_received(sends)
        return connection, wire

    def after(self, seconds: float) -> None:
        """Let time pass, with a look at every connection."""
        self.now += seconds
        self.state.sweep()


def run(scenario: Any, *arguments: Any, **more: Any) -> None:
    """Run a coroutine function over a server without a network."""

    async def with_server() -> None:
        tried = Tried(*arguments, **more)
        await scenario(tried)
        tried.answer.set()
        await asyncio.sleep(0)
        for connection in list(tried.state.connections):
            connection.connection_lost(None)
        await asyncio.gather(*tried.state.tasks, return_exceptions=True)

    asyncio.run(with_server())


@contextmanager
def losing(state: Connections) -> Iterator[None]:
    """Closed connections are heard of, as they are in the next turn of a loop."""
    yield
    for one in list(state.connections):
        if isinstance(one, Connection) and one.transport.is_closing():
            one.connection_lost(None)


def refused(wire: Wire, status: int, code: str) -> bool:
    """Whether the connection was closed with this error in the envelope."""
    head, _, body = wire.written.partition(b"\r\n\r\n")
    first = head.split(b"\r\n")[0].split()
    return wire.closed and int(first[1]) == status and json.loads(body)["error"]["code"] == code


def chunk(extension: int) -> bytes:
    return b"1;" + b"x" * extension + b"\r\nx\r\n"


@pytest.mark.parametrize(
    "hostile",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 3 * LARGEST_HEAD,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * (MOST_HEADERS + 1) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n",
        b"GET /" + b"x" * 3 * LARGEST_HEAD,
        b"\r\n" * 2 * LARGEST_HEAD,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    ],
    ids=["one header", "endless headers", "101 headers", "two hosts", "address", "blank lines", "tls"],
)
def test_what_comes_before_a_request_is_bounded(hostile: bytes) -> None:
    async def scenario(tried: Tried) -> None:
        _, wire = tried.connect("192.0.2.1", hostile)
        assert refused(wire, 400, "http") and tried.begun == 0

    run(scenario, 10, 10)


@pytest.mark.parametrize(
    "hostile",
    [
        b"Transfer-Encoding: chunked\r\n\r\n" + chunk(4_000) * 20,
        b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 3 * LARGEST_HEAD,
        b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"X: y\r\n" * 20_000,
        b"Content-Length: 0\r\n\r\n" + GET * 2_000,
        b"Content-Length: 1\r\n\r\nx" + b"y" * 2 * LARGEST_HEAD,
    ],
    ids=["chunk extensions", "one extension", "trailers", "pipelined requests", "bytes after the body"],
)
def test_what_surrounds_a_body_is_bounded(hostile: bytes) -> None:
    async def scenario(tried: Tried) -> None:
        _, wire = tried.connect("192.0.2.1", POST + hostile)
        assert wire.closed

    run(scenario, 10, 10)


def test_honest_requests_pass_with_many_headers_small_chunks_and_one_sent_ahead() -> None:
    async def scenario(tried: Tried) -> None:
        tried.answer.set()
        head = (
            POST + b"X: y\r\n" * 50 + b"Cookie: " + b"c" * 8_000 + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection, wire = tried.connect("192.0.2.1", head + b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n" + GET)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not wire.closed and tried.begun == 2 and wire.written.count(b"200 OK") == 2
        connection.data_received(GET)
        for _ in range(20):
            await asyncio.sleep(0)
        assert tried.begun == 3 and not wire.closed

    run(scenario, 10, 10)


def test_headers_have_a_deadline_as_a_whole() -> None:
    async def scenario(tried: Tried) -> None:
        tried.answer.set()
        _, silent = tried.connect("192.0.2.1")
        dripping, drips = tried.connect("192.0.2.1", GET)
        for _ in range(5):
            await asyncio.sleep(0)
        assert drips.written.startswith(b"HTTP/1.1 200")
        drips.written = b""
        for sign in GET[: int(HEAD_SECONDS / 3)]:
            dripping.data_received(bytes([sign]))
            tried.after(3)
        assert not silent.closed and not drips.closed
        tried.after(4)
        assert refused(silent, 408, "slow") and refused(drips, 408, "slow")

    run(scenario, 10, 10)


def test_a_body_that_nobody_waits_for_any_more_has_a_deadline() -> None:
    async def scenario(tried: Tried) -> None:
        tried.answer.set()
        connection, wire = tried.connect("192.0.2.1", POST + b"Content-Length: 100000\r\n\r\nx")
        for _ in range(5):
            await asyncio.sleep(0)
        tried.after(1)
        for _ in range(int(LEFT_SECONDS)):
            assert not wire.closed
            connection.data_received(b"x")
            tried.after(1.1)
        assert wire.aborted

    run(scenario, 10, 10)


def test_a_client_that_does_not_read_is_given_up() -> None:
    async def scenario(tried: Tried) -> None:
        stalled, wire = tried.connect("192.0.2.1", GET)
        slow, reads = tried.connect("192.0.2.1", GET)
        stalled.pause_writing()
        slow.pause_writing()
        tried.after(STALLED_SECONDS - 1)
        slow.resume_writing()
        slow.pause_writing()
        assert not wire.closed
        tried.after(2)
        assert wire.aborted and not reads.closed

    run(scenario, 10, 10)


def test_an_answer_that_is_never_taken_does_not_keep_a_closed_connection() -> None:
    async def scenario(tried: Tried) -> None:
        tried.answer.set()
        _, wire = tried.connect("192.0.2.1", GET)
        for _ in range(5):
            await asyncio.sleep(0)
        wire.unsent = 100
        wire.close()
        tried.after(1)
        assert not wire.aborted
        tried.after(STALLED_SECONDS + 1)
        assert wire.aborted

    run(scenario, 10, 10)


def test_at_the_end_a_connection_closes_with_its_answer_and_a_new_one_is_told_why() -> None:
    async def scenario(tried: Tried) -> None:
        busy, answered = tried.connect("192.0.2.1", GET)
        fresh, told = tried.connect("192.0.2.1")
        begun, half = tried.connect("192.0.2.1", b"GET / HT")
        for one in (busy, fresh, begun):
            one.shutdown()
        assert refused(told, 503, "stopping") and refused(half, 503, "stopping")
        tried.answer.set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert b"200 OK" in answered.written and answered.closed and busy.is_idle

    run(scenario, 10, 10)


def test_one_visitor_has_at_most_so_many_connections_and_loses_the_oldest_idle_one() -> None:
    async def scenario(tried: Tried) -> None:
        _, busy = tried.connect("192.0.2.1", GET)
        _, idle = tried.connect("192.0.2.1")
        with losing(tried.state):
            _, newest = tried.connect("192.0.2.1", GET)
        assert idle.aborted and not busy.closed and not newest.closed
        _, too_many = tried.connect("192.0.2.1", GET)
        assert refused(too_many, 503, "busy") and b"Retry-After: " in too_many.written
        _, other = tried.connect("192.0.2.2", GET)
        assert not other.closed

    run(scenario, 10, 2)


def test_when_all_are_taken_the_greediest_visitor_gives_way() -> None:
    async def scenario(tried: Tried) -> None:
        greedy = [tried.connect("192.0.2.1", GET if n % 2 else b"GET") for n in range(4)]
        _, honest = tried.connect("192.0.2.2", GET)
        guests = []
        for address in ("192.0.2.3", "192.0.2.4", "192.0.2.5"):
            with losing(tried.state):
                guests.append(tried.connect(address, GET)[1])
        assert [wire.aborted for _, wire in greedy] == [True, False, True, True]  # idle ones, then the newest
        assert not honest.closed and not any(wire.closed for wire in guests)
        _, again = tried.connect("192.0.2.1", GET)  # It would have two, as many as anybody.
        assert refused(again, 503, "busy")

    run(scenario, 5, 5)


def test_a_trusted_proxy_has_as_many_as_there_are() -> None:
    async def scenario(tried: Tried) -> None:
        wires = [tried.connect(address, GET)[1] for address in ("10.0.0.9", "::ffff:10.0.0.9") for _ in "12"]
        wires.append(tried.connect("10.0.0.8", GET)[1])
        assert not any(wire.closed for wire in wires)
        assert refused(tried.connect("10.0.0.9", GET)[1], 503, "busy")

    run(scenario, 5, 2, proxies=("10.0.0.0/8",))


def test_that_all_connections_are_taken_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(tried: Tried) -> None:
        for number in range(60):
            with losing(tried.state):
                tried.connect(f"192.0.2.{number}", b"GET")
        assert len(tried.state.connections) == 8

    run(scenario, 8, 8)
    assert len([one for one in caplog.records if "connections are open" in one.getMessage()]) == 1


def test_connections_leave_descriptors_for_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (128, 128))
    monkeypatch.setattr("os.listdir", lambda _: ["open"] * 28)
    assert most_connections() == 50
    raised = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1 << 20))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert most_connections() == 1_000 and raised == [(2_256, 1 << 20)]
