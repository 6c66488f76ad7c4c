"""Reading an untrusted document in a child process whose time and memory are bounded.

Parsers of PDF and Word files are large, and the files are untrusted: one that crashes the parser, makes it
loop or unpacks without end only ends the child.
"""

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

from corpus.errors import ReadError

SECONDS = 30
"""Limit of processor time and of waiting time for one document."""
MEMORY_BYTES = 1 << 30
"""Limit of address space; the parsers themselves take about 200 MB."""
MAX_ANSWER_BYTES = 64 << 20
_CHUNK = 1 << 16


class Confined:
    """A child that runs `module.parse(path)` for one document after another, made anew after a failure.

    `parse` returns what JSON can hold, or raises ReadError. Threads may share it: calls are serialised.
    """

    def __init__(self, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._process = os.getpid()
        atexit.register(self._end)

    def parse(self, module: str, path: str) -> dict[str, Any]:
        """The result of the module's `parse` for the document at `path`.

        Raises ReadError if it says why it cannot, crashes, or takes more time or memory than it may.
        """
        with self._lock:
            child = self._started()
            try:
                answer = self._asked(child, json.dumps([module, os.path.abspath(path)]).encode() + b"\n")
            except BaseException:
                self._end()
                raise
        if "error" in answer:
            raise ReadError(str(answer["error"]))
        return answer

    def close(self) -> None:
        """End the child; the next document starts another."""
        with self._lock:
            self._end()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process != os.getpid():  # After a fork the child belongs to the parent process.
            self._child, self._process = None, os.getpid()
        if self._child is None:
            known = [os.path.abspath(path) for path in sys.path]
            limits = [str(int(self._seconds)), str(self._memory_bytes)]
            self._child = subprocess.Popen(
                # -P: the folder that it works in is no place to import from.
                [sys.executable, "-P", "-m", "corpus.formats.confined", *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(known)},
                start_new_session=True,  # An interrupt at the terminal is for the parent.
            )
        return self._child

    def _asked(self, child: "subprocess.Popen[bytes]", question: bytes) -> dict[str, Any]:
        assert child.stdin is not None
        try:
            child.stdin.write(question)
            child.stdin.flush()
            line = self._line(child)
        except BrokenPipeError:
            line = b""
        if not line:
            raise ReadError(self._why_it_ended(child))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _line(self, child: "subprocess.Popen[bytes]") -> bytes:
        """One line of the child's; empty when it has ended. Raises ReadError when it takes too long."""
        assert child.stdout is not None
        end = time.monotonic() + self._seconds + 5
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while not received.endswith(b"\n"):
                left = end - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise ReadError(f"reading it took longer than {self._seconds:.0f} seconds")
                part = os.read(child.stdout.fileno(), _CHUNK)
                if not part:
                    return b""
                received += part
                if len(received) > MAX_ANSWER_BYTES:
                    raise ReadError(f"it holds more than {MAX_ANSWER_BYTES >> 20} MB of text")
        return bytes(received)

    def _why_it_ended(self, child: "subprocess.Popen[bytes]") -> str:
        child.wait()
        if -child.returncode in (9, 24):  # SIGKILL and SIGXCPU, which bound its time.
            return f"reading it took longer than {self._seconds:.0f} seconds"
        return "it is damaged in a way that its reader does not survive"

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None or self._process != os.getpid():
            return
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        child.wait()


shared = Confined()
"""The child that this process uses for all documents."""


def main(arguments: list[str]) -> int:
    """The child's loop: a line of JSON in (module and path), a line of JSON out, until its input ends."""
    import resource

    seconds, memory_bytes = map(int, arguments)
    for limit, most in (("AS", memory_bytes), ("CORE", 0), ("FSIZE", 0)):
        _limit(getattr(resource, f"RLIMIT_{limit}"), most)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a parser prints must not mix with the answers.
    for line in sys.stdin.buffer:
        module, path = json.loads(line)
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)
        try:
            answer = import_module(module).parse(path)
        except ReadError as error:
            answer = {"error": str(error)}
        except MemoryError:
            answer = {"error": f"reading it takes more than {memory_bytes >> 20} MB of memory"}
        except RecursionError:
            answer = {"error": "it is nested too deeply"}
        except Exception as error:  # whatever the parser stumbles over, the next document is read
            said = " ".join(str(error).split())[:120]
            answer = {"error": f"it is damaged ({type(error).__name__}{f': {said}' if said else ''})"}
        output.write(json.dumps(answer).encode() + b"\n")
        output.flush()
    return 0


def _limit(limit: int, most: int) -> None:
    import resource

    hard = resource.getrlimit(limit)[1]
    with suppress(ValueError, OSError):  # macOS refuses a limit on memory.
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
