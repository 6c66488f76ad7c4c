"""A real Chroma server on loopback, for tests: started, stopped, hung and killed at will."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np

from index.vectors.address import ChromaAddress
from index.vectors.exact import Matrix

HOST = "127.0.0.1"
_RUN = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', 'run', *sys.argv[1:]])"
"""What the command `chroma` does, without importing chromadb for it."""
_DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"


def reserved_port() -> socket.socket:
    """A socket bound to a port of loopback and not listening: connections to the port are refused.

    While it is open, no other process is given that port. On Linux, a server that is told to take it may
    listen there all the same, and again when it is restarted.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((HOST, 0))
    return held


@contextmanager
def port_of_nobody() -> Iterator[int]:
    """A port of loopback that refuses connections."""
    with closing(reserved_port()) as held:
        yield int(held.getsockname()[1])


class ChromaProcess:
    """`chroma run` over a folder; `address` stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self._held = reserved_port()
        self.address = ChromaAddress(HOST, int(self._held.getsockname()[1]))
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=str(self.address), timeout=300, trust_env=False)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._http.close()
        self._held.close()

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        if self._process is not None:
            return
        if sys.platform != "linux":
            self._held.close()
        command = [sys.executable, "-c", _RUN, "--path", str(self._folder)]
        command += ["--host", HOST, "--port", str(self.address.port)]
        output = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=output, stderr=output, cwd=self._folder)
        end = time.monotonic() + 300
        while True:
            try:
                self._http.get("/api/v2/heartbeat").raise_for_status()
                return
            except httpx.HTTPError:
                assert time.monotonic() < end and self._process.poll() is None, "the server did not start"
                time.sleep(0.02)

    def kill(self) -> None:
        """End it without a warning."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def hang(self) -> None:
        """Let it take connections and answer none."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # On a busy machine it answers until it has stopped.

    def go_on(self) -> None:
        """End the hanging."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def holds(self, vector: Matrix) -> bool:
        """Whether any of its files holds that vector, to five digits."""
        files = [path.read_bytes() for path in self._folder.rglob("*") if path.is_file()]
        for content in files:
            for first in range(4):
                numbers = np.frombuffer(content[first : len(content) - (len(content) - first) % 4], "<f4")
                with np.errstate(invalid="ignore"):
                    near = np.flatnonzero(np.abs(numbers - vector[0]) < 1e-5)
                found = (numbers[place : place + len(vector)] for place in near)
                if any(len(one) == len(vector) and np.allclose(one, vector, atol=1e-5) for one in found):
                    return True
        return False

    # What it holds, asked without any code of ours

    def collections(self) -> dict[str, str]:
        """Ids of its collections by name."""
        found = self._http.get(f"{_DATABASE}/collections").raise_for_status().json()
        return {one["name"]: one["id"] for one in found}

    def rows(self, name: str) -> dict[str, Any]:
        """All that a collection holds."""
        include = {"include": ["embeddings", "documents", "metadatas", "uris"]}
        answer = self._http.post(f"{_DATABASE}/collections/{self.collections()[name]}/get", json=include)
        return dict(answer.raise_for_status().json())

    def delete_rows(self, name: str, ids: list[str]) -> None:
        """Delete some rows of a collection."""
        path = f"{_DATABASE}/collections/{self.collections()[name]}/delete"
        self._http.post(path, json={"ids": ids}).raise_for_status()

    def change_rows(self, name: str, ids: list[str], vectors: list[list[float]]) -> None:
        """Put other vectors in place of some."""
        path = f"{_DATABASE}/collections/{self.collections()[name]}/update"
        self._http.post(path, json={"ids": ids, "embeddings": vectors}).raise_for_status()

    def delete(self, name: str) -> None:
        """Delete a collection."""
        self._http.delete(f"{_DATABASE}/collections/{name}").raise_for_status()
