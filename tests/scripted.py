"""A scripted OpenAI-compatible chat server on loopback: real sockets, no model, every way to go wrong.

    with ScriptedModel("The bridge opened in May [1].") as server:
        chat = OpenAIChat(server.base_url, "scripted", "key")

Each request takes the next Reply; the last one is repeated. The server runs in threads of its own and keeps
what it was asked and which clients left before their answer was complete. Nothing in it waits for a time to
pass, but where a benchmark asks for that: a reply that stalls goes on when its client leaves or the server
closes.
"""

import json
import select
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[dict[str, str]]:
        """The conversation that was sent."""
        return list(self.body.get("messages", []))

    @property
    def prompt(self) -> str:
        """All messages' text, one after the other."""
        return "\n\n".join(message["content"] for message in self.messages)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request.

    `text`: the answer, a word a piece, or the pieces themselves. `status`, `headers`, `body`: another answer
    than a stream. `first`: an event that is waited for before the first piece. `stall_after`: so many pieces,
    then silence. `break_after`: so many pieces, then the connection is gone. `finish` None leaves the
    finish_reason out, `done` False the end mark, `usage` None the counts. `raw`: lines sent as they are in
    place of the stream's events. `hangs`: nothing is answered until the client leaves. `thinks` and `pace`,
    for benchmarks: seconds before the first piece and after each.
    """

    text: str | Sequence[str] = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    first: threading.Event | None = None
    stall_after: int | None = None
    break_after: int | None = None
    finish: str | None = "stop"
    done: bool = True
    usage: tuple[int, int] | None = (11, 7)
    raw: str | None = None
    hangs: bool = False
    thinks: float = 0.0
    pace: float = 0.0

    @property
    def pieces(self) -> list[str]:
        """The pieces that the text is sent in."""
        if not isinstance(self.text, str):
            return list(self.text)
        words = self.text.split(" ")
        return (
            [word if i == len(words) - 1 else f"{word} " for i, word in enumerate(words)] if self.text else []
        )


Script = str | Reply | Callable[[Asked], "str | Reply"]


def error(status: int, message: str = "scripted", **headers: str) -> Reply:
    """A reply with an error as OpenAI's API words it; `retry_after` becomes the header Retry-After."""
    body = json.dumps({"error": {"message": message, "type": "scripted", "param": None, "code": None}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=body, headers={"content-type": "application/json", **named})


def page(text: str = "<!doctype html><title>Sign in</title>") -> Reply:
    """A page of HTML with status 200, as captive portals and proxies send it."""
    return Reply(body=text, headers={"content-type": "text/html; charset=utf-8"})


class ScriptedModel:
    """The server; `base_url` ends in /v1. Use it as a context manager, in tests of any kind."""

    def __init__(self, *replies: Script) -> None:
        self.requests: list[Asked] = []
        self.left = threading.Event()
        """Set when a client leaves before its answer is complete."""
        self.open = self.most_open = 0
        """Requests that are being answered now, and at most so far."""
        self._replies: list[Script] = list(replies) or [""]
        self._lock = threading.Lock()
        self._closing = threading.Event()
        # A byte that never comes wakes whoever waits for a client when the server closes.
        self.wakes, self._wake = socket.socketpair()
        script = self

        class Handler(_Handler):
            server_script = script

        self._server = _Server((HOST, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def base_url(self) -> str:
        """The address that an OpenAI client is given."""
        return f"http://{HOST}:{self._server.server_address[1]}/v1"

    @property
    def host(self) -> str:
        """Host and port, as messages name them."""
        return f"{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._wake.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.wakes.close()

    def script(self, *replies: Script) -> None:
        """Put other replies in place of those that are left."""
        with self._lock:
            self._replies = list(replies)

    def next_reply(self, asked: Asked) -> Reply:
        """Take down a request and say what it gets."""
        with self._lock:
            self.requests.append(asked)
            scripted = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        if callable(scripted):
            scripted = scripted(asked)
        return Reply(scripted) if isinstance(scripted, str) else scripted

    def answered(self) -> None:
        """Take down that a request is over."""
        with self._lock:
            self.open -= 1

    @property
    def is_closing(self) -> bool:
        """Whether the server is being closed."""
        return self._closing.is_set()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error here."""


class _Gone(Exception):
    """The client left."""


class _Handler(BaseHTTPRequestHandler):
    server_script: ScriptedModel
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, body)
        reply = self.server_script.next_reply(asked)
        self.close_connection = True
        try:
            if reply.hangs:
                self._wait_for(None)
            if reply.body is not None or reply.status != 200:
                self._send_whole(reply)
            elif body.get("stream"):
                self._send_stream(reply, body)
            else:
                self._send_whole(replace(reply, body=json.dumps(_completion(reply, body))))
        except (_Gone, OSError):
            if not self.server_script.is_closing:
                self.server_script.left.set()
        finally:
            self.server_script.answered()

    def do_GET(self) -> None:
        models = {"object": "list", "data": [{"id": "scripted", "object": "model", "owned_by": "tests"}]}
        self.close_connection = True
        self._send_whole(Reply(body=json.dumps(models)))

    def _send_whole(self, reply: Reply) -> None:
        content = (reply.body or "").encode()
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_stream(self, reply: Reply, body: Mapping[str, Any]) -> None:
        self.send_response(200)
        for name, value in {"content-type": "text/event-stream", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if reply.first is not None:
            self._wait_for(reply.first)
        time.sleep(reply.thinks)
        for sent, line in enumerate(_events(reply, body)):
            if sent == reply.break_after:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if sent == reply.stall_after:
                self._wait_for(None)
            self._send(line)
            time.sleep(reply.pace)
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, text: str) -> None:
        content = text.encode()
        if select.select([self.connection], [], [], 0)[0]:
            raise _Gone  # nothing more is due from a client; what comes is its end
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _wait_for(self, event: threading.Event | None) -> None:
        """Wait for the event, or without one for ever; the client's leaving ends either."""
        while event is None or not event.is_set():
            waited = [self.connection, self.server_script.wakes]
            if select.select(waited, [], [], None if event is None else 0.005)[0]:
                raise _Gone

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are kept, not printed."""


def _events(reply: Reply, body: Mapping[str, Any]) -> Iterator[str]:
    """The stream's events; each piece of text is one, so that `stall_after` and `break_after` count them."""
    if reply.raw is not None:
        yield reply.raw
        return
    for piece in reply.pieces:
        yield _event(_chunk(body, {"content": piece}, None))
    if reply.finish is not None:
        yield _event(_chunk(body, {}, reply.finish))
    if reply.usage is not None and (body.get("stream_options") or {}).get("include_usage"):
        yield _event({**_chunk(body, {}, None), "choices": [], "usage": _usage(reply.usage)})
    if reply.done:
        yield "data: [DONE]\n\n"


def _event(data: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


def _chunk(body: Mapping[str, Any], delta: Mapping[str, str], finish: str | None) -> dict[str, Any]:
    return {
        "id": "scripted-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": body.get("model"),
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def _completion(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    return {
        "id": "scripted-1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": _usage(reply.usage or (0, 0)),
    }


def _usage(counts: tuple[int, int]) -> dict[str, int]:
    prompt, completion = counts
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
