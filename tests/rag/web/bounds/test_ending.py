"""Requests that the server cannot answer when it ends."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.bounds.ending import Ending, OpenRequests

Sent = list[Message]


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    """Does not answer, and does not notice that it is cancelled until it is."""
    await asyncio.Event().wait()


async def half(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins to answer."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.Event().wait()


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    """Fails, as when the store is closed under it."""
    await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})


def ended(app: ASGIApp, end: Callable[[OpenRequests, "asyncio.Task[None]"], Awaitable[None]]) -> Sent:
    """What a request gets when the server ends while it is under way."""
    sent: Sent = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        requests = OpenRequests()
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        task: asyncio.Task[Any] = asyncio.ensure_future(Ending(app, requests)(scope, receive, send))
        await asyncio.sleep(0)
        requests.stopping = True
        await end(requests, task)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    return sent


async def give_up(requests: OpenRequests, task: "asyncio.Task[None]") -> None:
    await requests.give_up()


async def cancel(requests: OpenRequests, task: "asyncio.Task[None]") -> None:
    task.cancel()


async def let_it_end(requests: OpenRequests, task: "asyncio.Task[None]") -> None:
    await task


def is_503(sent: Sent) -> bool:
    start, body = sent
    headers = {name.lower(): value for name, value in start["headers"]}
    error = json.loads(body["body"])["error"]
    return bool(start["status"] == 503 and headers[b"retry-after"] and error["code"] == "stopping")


def test_a_request_without_an_answer_gets_a_503_that_says_when_to_come_back() -> None:
    for end in (give_up, cancel):
        assert is_503(ended(never, end))


def test_an_answer_that_has_begun_is_left_alone() -> None:
    for end in (give_up, cancel):
        assert [message["status"] for message in ended(half, end)] == [200]


def test_an_error_of_a_server_that_stops_is_a_503() -> None:
    assert is_503(ended(broken, let_it_end))


def test_an_answer_of_a_server_that_stops_says_that_its_connection_ends() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert ended(late, let_it_end)[0]["headers"] == [(b"connection", b"close")]


def test_a_request_that_comes_while_the_server_stops_is_not_begun() -> None:
    begun: list[bool] = []
    sent: Sent = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(True)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    requests = OpenRequests()
    requests.stopping = True
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(Ending(app, requests)(scope, receive, send))
    assert is_503(sent) and not begun
