"""The rankings that `make bench-retrieval` compares, over the same articles with the same embedding model.

BM25; dense; their fusion; llama-index's quick start in two sizes; onrecord at commit 77ef393; onrecord now.
"""

import json
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.models.bge import BgeSmall
from index.models.cross_encoder import PairScorer
from index.store.forms import legible
from index.store.store import Passage, Store
from index.vectors.exact import ExactVectors
from rag.answer import Question
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.fusion import reciprocal_rank_fusion
from rag.retrieve.search import Retriever
from rag.retrieve.wording import query_terms
from tests.answers.embedded import Remembered
from tests.answers.quick_start import DEFAULTS, SMALL, QuickStart
from tests.answers.retrieval import DEPTH, Asked, Found

EARLIER = "EARLIER"
"""The environment variable that names a folder where commit 77ef393 is installed, with its `.venv`."""
COMMIT = "77ef393"
OURS = "onrecord"
_STAGES = (
    ("lexical", "BM25"),
    ("search", "nearest vectors"),
    ("query", "embed the question"),
)
"""Methods of the store, the vectors and the embedding model that are timed."""
_SCRIPT = Path(__file__).with_name("earlier_version.py")

Ranker = Callable[[str], Sequence[Found]]


class Clock:
    """Seconds by stage, one entry a call."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Count what happens inside as one call of that stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage].append(time.perf_counter() - started)

    def watch(self, owner: object, method: str, stage: str) -> None:
        """Count each call of a method of this object."""
        inner = getattr(owner, method)

        def watched(*arguments: Any) -> Any:
            with self.timing(stage):
                return inner(*arguments)

        setattr(owner, method, watched)

    def table(self) -> str:
        """Milliseconds a call at the median and the 95th percentile, as Markdown; no stage that was kept."""
        lines = ["| stage | calls | p50 ms | p95 ms |", "|---|--:|--:|--:|"]
        for stage, seconds in self.seconds.items():
            if not seconds:
                continue
            middle, high = 1000 * np.percentile(seconds, [50, 95])
            lines.append(f"| {stage} | {len(seconds)} | {middle:.0f} | {high:.0f} |")
        return "\n".join(lines)


class Rankers:
    """All rankings of one store. `kept` holds what the embedding model made of the chunks.

    `clock` counts the seconds of onrecord's own search by stage.
    """

    def __init__(self, store: Store, kept: Path, scorer: PairScorer, clock: Clock) -> None:
        self._store, self._clock = store, clock
        embedder, self._vectors = BgeSmall(), ExactVectors(store)
        self._query = cache(embedder.query)
        remembered = Remembered(embedder, kept)
        self._chunked = {size: QuickStart(store, remembered, size) for size in (DEFAULTS, SMALL)}
        timed = Store.open(store.path), ExactVectors(store), BgeSmall()
        for owner, (method, stage) in zip(timed, _STAGES, strict=True):
            clock.watch(owner, method, stage)
        self._retriever = Retriever(*timed, scorer)
        self._assistant = Assistant(store, self._retriever, ExtractiveReader(scorer))

    def all(self) -> Mapping[str, Ranker]:
        """The rankings by name, `OURS` the last."""
        return {
            "BM25": lambda query: _found(self._store.passages(self._lexical(query))),
            "dense": lambda query: _found(self._store.passages(self._dense(query))),
            "quick start, 1,024 tokens": lambda query: self._chunks(query, DEFAULTS),
            "quick start, 400 tokens": lambda query: self._chunks(query, SMALL),
            "fusion": lambda query: _found(self._store.passages(self._fused(query))),
            OURS: lambda query: _found(self._retrieved(query)),
        }

    def agree(self, query: str) -> bool:
        """Whether the passages of `ask` are the first ones of `search`."""
        with self._clock.timing("ask"):
            told = self._assistant.ask(Question(query))
        if len(told.searched) > 1:
            return True  # The passages of several questions in one.
        found = self._retriever.search(told.searched[0], k=len(told.passages))
        return [one.passage.id for one in told.passages] == [one.passage.id for one in found]

    def _retrieved(self, query: str) -> list[Passage]:
        with self._clock.timing("search"):
            return [one.passage for one in self._retriever.search(query, k=DEPTH)]

    def _dense(self, query: str) -> list[int]:
        return [key for key, _ in self._vectors.search(self._query(legible(query)), DEPTH)]

    def _lexical(self, query: str) -> list[int]:
        return [key for key, _ in self._store.lexical(query_terms(query), DEPTH)]

    def _fused(self, query: str) -> list[int]:
        return [key for key, _ in reciprocal_rank_fusion([self._dense(query), self._lexical(query)])]

    def _chunks(self, query: str, size: tuple[int, int]) -> list[Found]:
        nearest = self._chunked[size].search(self._query(query), DEPTH)
        return [Found(one.article_id, one.text) for one in nearest]


def _found(passages: Sequence[Passage]) -> list[Found]:
    return [Found(one.article_id, one.text) for one in passages]


def earlier(path: Path, articles: Path, asked: Sequence[Asked]) -> tuple[dict[str, list[Found]], list[float]]:
    """What commit 77ef393 finds for each question, by id, and the seconds of each search.

    What was found before is read again from `found.jsonl` in its store's folder, without seconds. Raises
    LookupError, with a sentence that says what is missing, where that commit is not installed.
    """
    known = _kept(path / "found.jsonl")
    new = [one for one in asked if one.id not in known]
    seconds: list[float] = []
    if new:
        home = Path(os.environ.get(EARLIER, ""))
        if EARLIER not in os.environ or not (home / ".venv/bin/python").exists():
            raise LookupError(f"{COMMIT} is left out: {EARLIER} names no folder where it is installed")
        if not (path / "onrecord.sqlite").exists():
            onrecord = str(home / ".venv/bin/onrecord")
            subprocess.run(
                [onrecord, "index", str(articles), "--store", str(path)],
                cwd=home,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        command = [str(home / ".venv/bin/python"), str(_SCRIPT), str(path)]
        questions = "".join(json.dumps(one.question) + "\n" for one in new)
        done = subprocess.run(command, cwd=home, input=questions, check=True, capture_output=True, text=True)
        for one, line in zip(new, done.stdout.splitlines(), strict=True):
            took, known[one.id] = json.loads(line)
            seconds.append(took)
        (path / "found.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in known.items()))
    return {one.id: [Found(*pair) for pair in known[one.id]] for one in asked}, seconds


def _kept(path: Path) -> dict[str, list[list[str]]]:
    return dict(map(json.loads, path.read_text().splitlines())) if path.exists() else {}
