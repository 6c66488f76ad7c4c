"""An archive of many passages, and runs of indexing in a process of their own."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.article import Article
from index.passages.split import new_passages
from tests.bench.archive import ROOT, rewordings
from tests.bench.test_bench import mebibytes

PASSAGES = 100_000
TURN = 20.0
"""Seconds for which a run has the machine before others have it for a while."""


@dataclass(frozen=True)
class Ran:
    """One run of `tests.bench.work`: what it printed, peak MiB, and its seconds while it was not halted."""

    said: dict[str, Any]
    memory: float
    seconds: float

    @property
    def per_second(self) -> float:
        """Passages."""
        return float(self.said["passages"]) / self.seconds


@dataclass(frozen=True)
class Large:
    """The store of 100,000 passages, and the run that made it."""

    source: Path
    store: Path
    ran: Ran


def run(source: Path, store: Path, embedder: str, between: Callable[[], None] | None = None) -> Ran:
    """One run of `tests.bench.work`. It is halted now and then, and `between` called meanwhile."""
    command = [sys.executable, "-m", "tests.bench.work", str(source), str(store), embedder]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        try:
            assert child.stdout.readline() == b"ready\n"
            child.stdin.write(b"go\n")
            child.stdin.flush()
            seconds = take_turns(child, between)
            said = json.loads(child.stdout.read())
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            child.kill()
            raise
    assert child.returncode == 0 and not said["failed"], said["failed"][:3]
    return Ran(said, mebibytes(usage), seconds)


def take_turns(child: subprocess.Popen[bytes], between: Callable[[], None] | None) -> float:
    """Wait for the child to have printed its line; the seconds that it was not halted."""
    seconds = 0.0
    while True:
        started = time.perf_counter()
        printed = readable(child, TURN if between else None)
        seconds += time.perf_counter() - started
        if printed or between is None:
            return seconds
        child.send_signal(signal.SIGSTOP)
        try:
            between()
        finally:
            child.send_signal(signal.SIGCONT)


def readable(child: subprocess.Popen[bytes], seconds: float | None) -> bool:
    """Whether the child has printed something, or ended, within so many seconds."""
    assert child.stdout is not None
    return bool(select.select([child.stdout], [], [], seconds)[0])


def enough_rewordings(passages: int) -> Iterator[dict[str, object]]:
    """Articles that make so many passages and a few more."""
    sample = list(rewordings(200))
    made = sum(len(new_passages(Article("id", str(one["title"]), str(one["text"])))) for one in sample)
    return rewordings(int(passages * 1.02 / made * len(sample)))


def load() -> str:
    """How busy the machine is besides."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
