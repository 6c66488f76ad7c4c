import asyncio
import json
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
import pytest

from rag.answer import Event, Question, Stage
from rag.assistant import Assistant
from rag.cite import Quotable
from rag.quote.extract import ExtractiveReader
from rag.request_queue import Line
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.events import EventStream, Gone, frame, while_connected
from rag.web.server import create_app
from rag.web.settings import WebSettings
from tests.rag.conftest import SharedWords
from tests.rag.web.conftest import opener, running
from tests.rag.web.routes.test_api import events

HANGS = 60
"""Seconds after which a test that waits for an event has failed; the event itself is what is judged."""
EVENTS = {"Accept": "text/event-stream"}
CHAT = {"messages": [{"role": "user", "content": "Who?"}], "stream": True}
Script = Callable[[], AsyncGenerator[Event, None]]


class Scripted(Assistant):
    """An assistant that does what the test says; `begun` and `ended` tell when."""

    def __init__(self, opened: OpenArchive, script: Script) -> None:
        super().__init__(opened.store, opened.retriever, ExtractiveReader(SharedWords()))
        self.begun = threading.Event()
        self.ended = threading.Event()
        self._script = script

    async def stream(
        self, question: Question, queue: Line | None = None, quotable: Quotable | None = None
    ) -> AsyncGenerator[Event, None]:
        """The script's events."""
        self.begun.set()
        try:
            async for event in self._script():
                yield event
        finally:
            self.ended.set()


async def never_ending() -> AsyncGenerator[Event, None]:
    """Says that it searches, and then nothing."""
    yield Stage("searching", "Searching 3 passages")
    await asyncio.Event().wait()


async def silent() -> AsyncGenerator[Event, None]:
    """Never says anything, as while it waits in line behind a slow model."""
    await asyncio.Event().wait()
    yield Stage("waiting", "")


async def breaking() -> AsyncGenerator[Event, None]:
    """Fails on the way."""
    yield Stage("searching", "Searching 3 passages")
    raise RuntimeError("secret detail")


@contextmanager
def scripted(store: Path, script: Script) -> Iterator[tuple[str, Scripted]]:
    """A server whose assistant follows the script: its URL, and the assistant."""
    opened = opener(store)()
    assert opened
    assistant = Scripted(opened, script)
    settings = WebSettings(open_api=True)
    live = LiveArchive(lambda: OpenArchive(opened.store, assistant, opened.retriever), settings=settings)
    with running(create_app(live, settings)) as url:
        yield url, assistant


@pytest.mark.parametrize(
    ("path", "body"), [("/api/ask", {"question": "Who?"}), ("/v1/chat/completions", CHAT)]
)
def test_closing_the_stream_stops_the_question(word_store: Path, path: str, body: dict[str, Any]) -> None:
    with scripted(word_store, never_ending) as (url, assistant):
        with httpx.stream("POST", url + path, json=body, headers=EVENTS, trust_env=False) as response:
            lines = response.iter_lines()
            assert next(lines)
            assert not assistant.ended.is_set()
        assert assistant.ended.wait(HANGS)


@pytest.mark.parametrize("script", [never_ending, silent])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_going_away_before_anything_is_answered_stops_the_question(
    word_store: Path, script: Script, accept: str
) -> None:
    body = b'{"question": "Who?"}'
    head = f"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Length: {len(body)}\r\n"
    with scripted(word_store, script) as (url, assistant):
        with socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 0)) as connection:
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
            assert assistant.begun.wait(HANGS) and not assistant.ended.is_set()
        assert assistant.ended.wait(HANGS)


def test_an_error_on_the_way_is_the_last_event(word_store: Path) -> None:
    with scripted(word_store, breaking) as (url, _):
        response = httpx.post(f"{url}/api/ask", json={"question": "Who?"}, headers=EVENTS, trust_env=False)
        assert response.status_code == 200 and "secret" not in response.text
        assert [name for name, _ in events(response)] == ["status", "error"]
        error: Any = events(response)[-1][1]["error"]
        assert set(error) == {"type", "message", "param", "code"} and error["type"] == "server_error"
        with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
            stream = client.chat.completions.create(**CHAT, model="onrecord")  # type: ignore[call-overload]
            with pytest.raises(openai.APIError, match="Something went wrong"):
                list(stream)


def sent_by(stream: EventStream, until: int) -> list[MutableMapping[str, Any]]:
    """What the response sends until it has sent that many messages; then the client leaves."""

    async def run() -> list[MutableMapping[str, Any]]:
        sent: list[MutableMapping[str, Any]] = []
        leave = asyncio.Event()

        async def receive() -> MutableMapping[str, Any]:
            await leave.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)
            if len(sent) == until:
                leave.set()

        await stream({"type": "http"}, receive, send)
        return sent

    return asyncio.run(run())


def test_silence_is_filled_with_comments() -> None:
    async def frames() -> AsyncGenerator[str, None]:
        yield frame({"stage": "waiting"}, "status")
        await asyncio.Event().wait()

    sent = sent_by(EventStream(frames(), frame, keep_alive=0.01), until=4)
    assert sent[0]["type"] == "http.response.start"
    assert sent[1]["body"] == b'event: status\ndata: {"stage":"waiting"}\n\n'
    assert [message["body"] for message in sent[2:4]] == [b": keep-alive\n\n"] * 2


def test_a_slow_client_does_not_hold_up_the_question() -> None:
    made = 0

    async def frames() -> AsyncGenerator[str, None]:
        nonlocal made
        for number in range(100):
            made += 1
            yield frame(number)

    async def run() -> None:
        async def receive() -> MutableMapping[str, Any]:
            await asyncio.Event().wait()
            return {}

        async def send(message: MutableMapping[str, Any]) -> None:
            await asyncio.sleep(0)
            assert message["type"] == "http.response.start" or made == 100

        await EventStream(frames(), frame)({"type": "http"}, receive, send)

    asyncio.run(run())


def test_a_stream_that_has_not_begun_when_the_server_ends_sends_nothing() -> None:
    async def frames() -> AsyncGenerator[str, None]:
        await asyncio.Event().wait()
        yield ""

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(message)

    async def run() -> None:
        task = asyncio.ensure_future(EventStream(frames(), frame)({"type": "http"}, receive, send))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


@pytest.mark.parametrize("data", ["a\nb\r\n\u2028c", {"x": "\n\nevent: done\ndata: {}\n\n"}, None])
def test_no_text_ends_an_event_early(data: object) -> None:
    lines = frame(data, "done").splitlines() if "\u2028" not in str(data) else frame(data, "done").split("\n")
    assert lines[0] == "event: done" and json.loads(lines[1].removeprefix("data: ")) == data
    assert frame(data, "done").count("\n") == 3


def test_work_nobody_waits_for_is_cancelled_before_it_is_left() -> None:
    cleaned = False

    async def work() -> None:
        nonlocal cleaned
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            cleaned = True

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        asyncio.run(while_connected(receive, work()))
    assert cleaned
