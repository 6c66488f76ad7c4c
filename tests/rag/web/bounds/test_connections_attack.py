"""Attacks on connections and on the page's queue of a server process; others are answered meanwhile."""

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.rag.web.conftest import ANSWERED

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the server's memory from /proc"),
]

SERVE = """
import sys
from pathlib import Path
from app import guard_environment
guard_environment()
from rag.web.listening import bound
from rag.web.server import run
from rag.web.settings import WebSettings
from tests.rag.web.conftest import app_over
settings = WebSettings(port=0)
app = app_over(Path(sys.argv[1]), settings, page=True)
with bound(settings) as listening:
    run(app, settings, listening, lambda actual: print(actual.port, flush=True))
"""
HONEST, HOSTILE = "127.0.0.2", "127.0.0.3"
GROWTH = 100 << 20
"""Bytes by which the server may grow in one attack."""


@dataclass(frozen=True)
class Victim:
    """A server process, reached from addresses of loopback."""

    pid: int
    port: int

    def connect(self, address: str = HOSTILE, sends: bytes = b"") -> socket.socket:
        """A connection from an address, with these bytes sent as far as the server takes them."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(address, 0))
        if sends:
            with suppress(OSError):
                made.sendall(sends)
        return made

    def ask(self, method: str, path: str, body: object = None, address: str = HONEST) -> tuple[int, str]:
        """The status and the body that answer a request."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
        head += "Content-Type: application/json\r\nConnection: close\r\n\r\n"
        told = b""
        with self.connect(address, head.encode() + content) as made, suppress(OSError):
            while part := made.recv(1 << 16):
                told += part
        head_told, _, text = told.partition(b"\r\n\r\n")
        return int(head_told.split()[1]) if told else 0, text.decode()

    def is_serving(self) -> bool:
        """Whether it answers somebody else's question."""
        status, text = self.ask("POST", "/api/ask", {"question": ANSWERED})
        return status == 200 and json.loads(text)["status"] == "answered"

    @property
    def resident(self) -> int:
        """Its memory, in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()


@contextmanager
def victim(store: Path, files: int | None = None, *, ends: bool = False) -> Iterator[Victim]:
    """A server process over a store, which may open so many files and, unless it `ends`, serves on."""

    def limited() -> None:
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(store)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=limited,
    )
    try:
        assert process.stdout
        server = Victim(process.pid, int(process.stdout.readline()))
        assert server.is_serving()
        yield server
        assert ends or server.is_serving()
    finally:
        process.kill()
        process.wait()
        process.stdout and process.stdout.close()


def endless_headers(server: Victim) -> None:
    """One connection, 200 MB of headers."""
    with server.connect(sends=b"GET / HTTP/1.1\r\nHost: localhost\r\n") as made, suppress(OSError):
        for _ in range(200):
            made.sendall(b"X: y\r\n" * 175_000)


def endless_chunks(server: Victim) -> None:
    """One connection, 200 MB of chunk extensions."""
    head = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    with server.connect(sends=head + b"Content-Type: application/json\r\n\r\n") as made, suppress(OSError):
        for _ in range(200):
            made.sendall((b"1;" + b"x" * 10_000 + b"\r\n \r\n") * 100)


def large_events(server: Victim) -> None:
    """Fifty questions of 3.9 MB to the page's queue, which nobody reads."""
    for number in range(50):
        values: list[object] = ["x" * 3_900_000, None, [], "", "", None]
        event = {"data": values, "fn_index": 3, "session_hash": f"tab{number}", "trigger_id": 9}
        server.ask("POST", "/gradio_api/queue/join", event, HOSTILE)


def many_tabs(server: Victim) -> None:
    """Questions of 16,000 characters in 1,500 tabs, which nobody reads."""
    for number in range(1_500):
        values: list[object] = ["x" * 16_000, None, [], "", "", None]
        event = {"data": values, "fn_index": 3, "session_hash": f"tab{number}", "trigger_id": 9}
        server.ask("POST", "/gradio_api/queue/join", event, HOSTILE)


def unread_answers(server: Victim) -> None:
    """A hundred connections that ask for large files and read nothing."""
    with ExitStack() as held:
        for _ in range(100):
            request = b"GET /widget.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
            held.enter_context(server.connect(sends=request))
        assert server.is_serving()


@pytest.mark.parametrize(
    "attack",
    [endless_headers, endless_chunks, large_events, many_tabs, unread_answers],
    ids=lambda it: it.__name__,
)
def test_one_visitor_does_not_take_the_memory(word_store: Path, attack: Callable[[Victim], None]) -> None:
    with victim(word_store) as server:
        before = server.resident
        attack(server)
        grown = server.resident - before
        print(f"{attack.__name__}: {grown / 2**20:+.0f} MB")
        assert grown < GROWTH


@pytest.mark.parametrize(
    "sends", [b"", b"GET / HT", b"GET /gradio_api/heartbeat/x HTTP/1.1\r\nHost: localhost\r\n\r\n"]
)
def test_half_open_connections_do_not_take_the_descriptors(word_store: Path, sends: bytes) -> None:
    with victim(word_store, files=128) as server, ExitStack() as held:
        for _ in range(120):
            held.enter_context(server.connect(sends=sends))
        for _ in range(5):
            assert server.is_serving()
        open_files = len(os.listdir(f"/proc/{server.pid}/fd"))
        assert open_files < 110, open_files
