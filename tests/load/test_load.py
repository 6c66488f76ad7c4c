"""Fifty visitors for a minute, half of them hostile: `make load`."""

import asyncio
import signal
import statistics
import threading
import time

import pytest

from tests.attack.target import GUARD, MEBIBYTE, Target, eventually
from tests.load.visitors import Tally, half, nobody, visit

pytestmark = pytest.mark.load

SECONDS = 60
MOST_GROWTH = 300
"""MiB by which the memory of the server may exceed what it was at the start, at any moment."""
FEWEST_ANSWERED = 0.95


class Watch(threading.Thread):
    """Measures the server's memory twice a second, while it runs."""

    def __init__(self, target: Target) -> None:
        super().__init__(daemon=True)
        self._target, self._over = target, threading.Event()
        self.most = self.at_start = target.resident()

    def run(self) -> None:
        """Measure until told to stop."""
        while not self._over.wait(0.5):
            self.most = max(self.most, self._target.resident())

    def growth(self) -> float:
        """Stop measuring. Returns by how many MiB the memory was above its start at most."""
        self._over.set()
        self.join()
        return (self.most - self.at_start) / MEBIBYTE


def in_words(tally: Tally) -> str:
    """The run in words."""
    waits = sorted(one.first_sentence for one in tally.answered if one.first_sentence is not None)
    p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else float("nan")
    share = len(tally.answered) / max(1, len(tally.honest))
    median = statistics.median(waits) if waits else float("nan")
    return (
        f"{len(tally.answered)} of {len(tally.honest)} honest questions answered ({share:.1%})\n"
        f"  first sentence: p95 {p95:.1f} s, median {median:.1f} s\n"
        f"  honest: {dict(tally.endings())}\n  hostile: {dict(tally.hostile)}"
    )


def test_honest_visitors_are_answered_beside_hostile_ones(target: Target) -> None:
    watch = Watch(target)
    watch.start()
    tally = asyncio.run(visit(target.port, SECONDS, half))
    growth = watch.growth()
    start = watch.at_start / MEBIBYTE
    print(f"\n{in_words(tally)}\n  memory: {start:.0f} MiB at the start, at most {growth:+.0f} MiB")
    assert len(tally.honest) >= 25
    assert not [one for one in tally.honest if one.status == 429], tally.endings()
    assert len(tally.answered) >= FEWEST_ANSWERED * len(tally.honest), tally.endings()
    assert growth < MOST_GROWTH
    assert target.process.poll() is None and target.is_up("127.99.0.1")
    assert len(target.log()) < MEBIBYTE, "megabytes of log"


def test_the_end_of_the_server_loses_no_finished_answer(target: Target) -> None:
    """Every question has one ending: a whole answer, one error event, or a refusal in the error envelope."""

    tally, told = Tally(), list[float]()

    def end() -> None:
        assert eventually(lambda: len(tally.answered) >= 10)
        told.append(time.monotonic())
        target.process.send_signal(signal.SIGTERM)

    async def until_the_end() -> None:
        visiting = asyncio.create_task(visit(target.port, GUARD, nobody, 20, tally))
        await asyncio.to_thread(end)
        await asyncio.to_thread(target.process.wait, GUARD)
        await asyncio.sleep(1)  # what has arrived is read
        visiting.cancel()
        await asyncio.gather(visiting, return_exceptions=True)

    asyncio.run(until_the_end())
    assert target.process.wait(timeout=GUARD) == 0, target.log()[-2_000:]
    late = [one for one in tally.honest if one.status == 0 and one.begun > told[0]]  # nobody opens any more
    begun = [one for one in tally.honest if one not in late]
    print(f"\n{in_words(Tally(begun))}")
    assert not [one for one in begun if one.ending == "broken"], Tally(begun).endings()
    assert tally.answered and {one.status for one in begun if one.ending == "refused"} <= {503}
    assert eventually(lambda: target.process.poll() is not None)
