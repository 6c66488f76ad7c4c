"""What `make bench-index` prints of search in a large archive, and of many who ask at once."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.answer import Done, Question
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.request_queue import RequestQueue
from rag.retrieve.search import Retriever
from tests.bench.archive import PerturbedEmbedding, write_jsonl
from tests.bench.large import Large, enough_rewordings, load
from tests.bench.test_bench import QUESTIONS, p, show, timed

pytestmark = pytest.mark.bench_index

FEW_PASSAGES = 10_000
MORE_GOAL, MOST_SHARE = 25.0, 1.25
"""Milliseconds that a search in 100,000 passages may take more than one in 10,000; its share of that one's
time from which on it is no longer much the same."""
PEOPLE, AT_ONCE, THROUGHPUT_GOAL, LONGEST_GOAL = 20, 2, 0.9, 2.0
"""Who ask at the same moment, how many are answered at a time, share of the throughput of one after the
other, longest wait in medians."""
ROUNDS = 5
FILTERS: dict[str, Sequence[Filter]] = {
    "no filter": [Filter()],
    "half of the archive by days, new each time": [
        Filter(after=f"2019-10-{day:02}", before=f"2022-08-{day:02}") for day in range(1, 28)
    ],
    "the same days again": [Filter(after="2019-10-01", before="2022-08-01")],
    "as of a day": [Filter(as_of="2022-09-01")],
    "an outlet from a day on": [Filter(sources=("Meridian Wire",), after="2019-10-10")],
    "a month": [Filter(after="2021-03-01", before="2021-04-01")],
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a tenth as many passages, made alike."""
    folder = tmp_path_factory.mktemp("small")
    source = write_jsonl(folder / "small.jsonl", enough_rewordings(FEW_PASSAGES))
    sync([source], folder / "store", PerturbedEmbedding())
    return folder / "store"


@contextmanager
def searching(folder: Path) -> Iterator[tuple[Store, Retriever]]:
    """The store and the search over it, its models in memory."""
    with Store.open(folder) as store:
        retriever = Retriever(store, ExactVectors(store), BgeSmall(), CrossEncoder())
        retriever.search(QUESTIONS[0])
        yield store, retriever


def test_a_search_in_a_hundred_thousand_passages_takes_little_longer(large: Large, small: Path) -> None:
    lines, shares = [], []
    with searching(small) as (few, near), searching(large.store) as (many, far):
        for name, filters in FILTERS.items():
            taken: dict[Retriever, list[float]] = {near: [], far: []}
            where = cycle(filters)
            for _ in range(ROUNDS):
                for question in QUESTIONS:
                    limit = next(where)
                    for retriever, seconds in taken.items():
                        seconds.append(timed(lambda: retriever.search(question, limit)))  # noqa: B023
            before, after = (p(seconds, 50) for seconds in taken.values())
            lines.append(f"{name}: {before:.0f} ms, {after:.0f} ms: {after - before:+.0f} ms")
            shares.append(after / before)
            assert all(far.search(QUESTIONS[0], limit) for limit in filters)
        counts = f"{few.passage_count():,} and {many.passage_count():,} passages"
    show(f"{load()}; search in {counts}, p50 of {ROUNDS * len(QUESTIONS)} (goal {MORE_GOAL:+.0f} ms)", *lines)
    assert statistics.median(shares) <= MOST_SHARE


def test_twenty_who_ask_at_once_wait_fairly(small: Path) -> None:
    with searching(small) as (store, retriever):
        assistant = Assistant(store, retriever, ExtractiveReader(retriever.scorer))
        rounds = [_asked_at_once(assistant) for _ in range(4)][1:]
    shares = [alone / together for alone, together, _ in rounds]
    longest = [max(waits) / statistics.median(waits) for _, _, waits in rounds]
    show(
        f"{load()}; {PEOPLE} who ask at once, {AT_ONCE} answered at a time, {len(rounds)} rounds",
        f"throughput {', '.join(f'{one:.2f}' for one in shares)} of one after the other "
        f"(goal {THROUGHPUT_GOAL})",
        f"the longest wait is {', '.join(f'{one:.2f}' for one in longest)} medians (goal {LONGEST_GOAL:.0f})",
    )
    assert statistics.median(shares) >= THROUGHPUT_GOAL
    assert statistics.median(longest) <= LONGEST_GOAL


def _asked_at_once(assistant: Assistant) -> tuple[float, float, list[float]]:
    """Seconds for all questions one after the other, and at once; and how long each waited then."""
    asked = [f"{please}{question}" for please in ("", "Please tell me: ") for question in QUESTIONS]
    return _seconds(assistant, asked, 1)[0], *_seconds(assistant, asked, AT_ONCE)


def _seconds(assistant: Assistant, asked: Sequence[str], at_once: int) -> tuple[float, list[float]]:
    """Seconds until all are answered, so many of them at a time, and of each."""
    started, waits = time.perf_counter(), list[float]()

    async def one(number: int, question: str) -> None:
        async for event in assistant.stream(Question(question), queue.line_of(str(number))):
            if isinstance(event, Done):
                waits.append(time.perf_counter() - started)

    async def everybody() -> None:
        await asyncio.gather(*(one(number, question) for number, question in enumerate(asked)))

    queue = RequestQueue(at_once, waiting=len(asked))
    asyncio.run(everybody())
    assert len(waits) == len(asked)
    return time.perf_counter() - started, waits
