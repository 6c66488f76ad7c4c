"""Ten minutes of honest and hostile visitors without growth: `make soak`. SOAK_MINUTES shortens it."""

import asyncio
import os
import re
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attack.target import MEBIBYTE, Target, eventually
from tests.load.test_load import MOST_GROWTH, in_words
from tests.load.visitors import half, visit

pytestmark = pytest.mark.soak

MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
MOST_MEMORY_A_MINUTE = 3.0
"""MiB by which memory may grow in a minute, over the second half of the run: the first is for warming up."""
ENOUGH = 5
"""Minutes from which on the second half of a run is past the warming up."""
STREAMS = 16


@dataclass(frozen=True)
class Sample:
    """What the server holds at one moment: bytes in memory, and numbers of things."""

    memory: int
    descriptors: int
    threads: int
    tasks: int
    temporary: int
    store: int


def sample(target: Target) -> Sample:
    """Measure the server."""
    return Sample(
        target.resident(),
        target.descriptors(),
        target.threads(),
        tasks(target),
        sum(1 for path in target.temporary.rglob("*") if path.is_file()),
        sum(size(path) for path in target.store.rglob("*")),
    )


def size(path: Path) -> int:
    """The bytes of a file; 0 for what is none, or has gone meanwhile."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def tasks(target: Target) -> int:
    """How many tasks the server's loop has, as it writes into its log when it is asked to."""
    asked = target.log().count("tasks:")
    target.process.send_signal(signal.SIGUSR1)
    assert eventually(lambda: target.log().count("tasks:") > asked)
    return int(re.findall(r"^tasks: (\d+)$", target.log(), re.M)[-1])


def slope(values: list[float]) -> float:
    """The slope of the line through evenly spaced values (least squares), per step."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    over = sum((n - middle) * (value - mean) for n, value in enumerate(values))
    return over / sum((n - middle) ** 2 for n in range(len(values)))


def test_a_server_does_not_grow(target: Target) -> None:
    step = MINUTES * 60 / 40
    samples, over = [sample(target)], threading.Event()

    def watch() -> None:
        while not over.wait(step):
            samples.append(sample(target))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        tally = asyncio.run(visit(target.port, MINUTES * 60, half, streams=STREAMS))
    finally:
        over.set()
        watching.join()
    later = samples[len(samples) // 2 :]
    growth = slope([one.memory / MEBIBYTE for one in later]) * 60 / step
    print(f"\n{in_words(tally)}\n  memory: {growth:+.2f} MiB a minute over the second half")
    for name in ("memory", "descriptors", "threads", "tasks", "temporary", "store"):
        print(f"  {name}: {[getattr(one, name) for one in samples]}")
    if MINUTES >= ENOUGH:
        assert growth < MOST_MEMORY_A_MINUTE
    assert max(one.memory for one in samples) < samples[0].memory + MOST_GROWTH * MEBIBYTE
    before, at_rest = samples[0], sample(target)
    assert eventually(lambda: target.descriptors() <= before.descriptors + 10, 60)
    assert eventually(lambda: tasks(target) <= before.tasks + 10, 300), (before, at_rest)
    assert max(one.threads for one in later) <= max(one.threads for one in samples[: len(samples) // 2]) + 5
    assert at_rest.temporary <= before.temporary and at_rest.store <= before.store + MEBIBYTE
    assert target.is_up("127.99.0.1") and tally.answered
