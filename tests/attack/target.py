"""A real server process on loopback, seen from outside: requests from any address, memory, descriptors, log.

Linux only: every address of 127.0.0.0/8 is this machine, and /proc tells what a process holds.
"""

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from index.store.lock import lock_holder
from tests.conftest import ROOT

GUARD = 300
"""Seconds after which something counts as hanging, however busy the machine is."""
TOKEN = "the-admin-token-of-the-attacked-server"
API_KEY = "a-key-for-the-v1-routes"
MEBIBYTE = 1 << 20
_MAIN = """
import asyncio, signal, sys
count = lambda *_: print("tasks:", len(asyncio.all_tasks()), file=sys.stderr, flush=True)
signal.signal(signal.SIGUSR1, count)
import app
sys.exit(app.main(sys.argv[1:]))
"""
"""The command, which also writes the number of its tasks into its log when it is asked to."""


@dataclass(frozen=True)
class Reply:
    """What came back on a connection: status and headers of the first response, and all bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @property
    def responses(self) -> int:
        """How many responses the bytes hold, without those that only tell to go on."""
        return len(re.findall(rb"^HTTP/1\.[01] [2-5]\d\d ", self.raw, re.M))


@dataclass(frozen=True)
class Target:
    """A running server: its process, its port, and the folder of its store, home, log and temporary files."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        """The folder of its store."""
        return self.folder / "store"

    @property
    def temporary(self) -> Path:
        """Its folder for temporary files."""
        return self.folder / "tmp"

    def log(self) -> str:
        """What it has written to stdout and stderr so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def client(self, source: str = "127.0.0.1", **more: Any) -> httpx.Client:
        """A client that asks from the address `source`."""
        transport = httpx.HTTPTransport(local_address=source, retries=0)
        return httpx.Client(base_url=self.url, transport=transport, timeout=GUARD, trust_env=False, **more)

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection from the address `source`."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=GUARD, source_address=(source, 0))

    def send(self, sent: bytes | Iterable[bytes], source: str = "127.0.0.1", *, wait: float = GUARD) -> Reply:
        """Send bytes as they are, and read until the server closes or says nothing for `wait` seconds."""
        with self.connect(source) as connection:
            connection.settimeout(wait)
            try:
                for piece in [sent] if isinstance(sent, bytes) else sent:
                    connection.sendall(piece)
            except OSError:  # It has answered and closed before the end.
                pass
            return parsed(_read_all(connection))

    def is_up(self, source: str = "127.0.0.1") -> bool:
        """Whether it answers."""
        with self.client(source) as client:
            return client.get("/healthz").status_code == 200

    def resident(self) -> int:
        """Bytes of memory that the process and its children have in use."""
        return sum(_resident(pid) for pid in family(self.process.pid))

    def descriptors(self) -> int:
        """Descriptors that are open in the process."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self) -> int:
        """Threads of the process."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def stop(self) -> int:
        """End it with SIGTERM. Returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=GUARD)


def parsed(raw: bytes) -> Reply:
    """Bytes as a reply; status 0 when they are no response."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    found = re.match(r"HTTP/1\.[01] (\d{3})", first)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Reply(int(found[1]) if found else 0, headers, body, raw)


def _read_all(connection: socket.socket) -> bytes:
    raw = b""
    try:
        while piece := connection.recv(1 << 16):
            raw += piece
    except OSError:  # Silence, or a connection that was reset.
        pass
    return raw


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [each for child in children.read_text().split() for each in family(int(child))]
        except OSError:  # It has ended meanwhile.
            continue
    return found


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def eventually(holds: Callable[[], bool], seconds: float = GUARD) -> bool:
    """Whether something becomes true before it counts as hanging."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def write_articles(path: Path, articles: Sequence[Mapping[str, object]]) -> Path:
    """The articles as a JSONL file."""
    path.write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    return path


def build_store(folder: Path, sources: Sequence[Path]) -> Path:
    """A store of these files, made by the command with the bundled models. Returns its folder."""
    command = [
        sys.executable,
        str(ROOT / "app.py"),
        "index",
        *map(str, sources),
        "--store",
        str(folder),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GUARD)
    assert json.loads(done.stdout)["articles"], done.stderr
    return folder


def copy_store(store: Path, folder: Path) -> Path:
    """Copy a store that nobody writes to, but for its vector cache, into `folder`. Returns `folder`."""
    copy = folder / "store"
    copy.mkdir(parents=True)
    for path in store.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    return folder


@contextmanager
def serving(
    folder: Path,
    *words: str,
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Iterator[Target]:
    """A server of `folder / "store"` on a free port, until it is told to stop.

    `words` are further arguments of `serve`, `descriptors` the most files and connections it may have open.
    """
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    places = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_DATA_HOME": "",
        "XDG_CACHE_HOME": "",
    }
    secrets = {"ONRECORD_ADMIN_TOKEN": TOKEN, "ONRECORD_API_KEYS": API_KEY}

    def limit() -> None:
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    command = [sys.executable, "-c", _MAIN, "serve", "--port", "0", "--store", str(folder / "store"), *words]
    variables = {**os.environ, **places, **secrets, "PYTHONPATH": str(ROOT), **(environment or {})}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder / "home", env=variables, stdout=log, stderr=log, preexec_fn=limit
        )
    try:
        yield Target(process, _port(process, folder), folder)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=GUARD)


def _port(process: subprocess.Popen[bytes], folder: Path) -> int:
    """The port that the server has announced, once its models are loaded."""

    def has_said_so() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        return bool(re.search(r"^Serving .* at http", (folder / "log").read_text(), re.M))

    assert eventually(has_said_so), (folder / "log").read_text()
    holder = lock_holder(folder / "store")
    assert holder and holder.address
    port = urlsplit(holder.address).port
    assert port
    return port
