"""What each rule and list of the language layer earns on questions nobody tuned on: `make bench-rules`."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder, PairScorer
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.answer import Question
from rag.assistant import Assistant
from rag.evals.target import LocalTarget
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from tests.answers.cases import archive, ask_all, folder, load
from tests.answers.claims import SETS, has_claims, labelled, verdict
from tests.answers.rules import rules, table, worth

FIRST = 5
"""Articles among which a question of `wildgraph/culture` should find one of its gold documents."""

Measure = Callable[[], Mapping[str, bool]]


class RememberedScores:
    """A pair scorer that asks the model once for a pair: most pairs are the same with a rule and without."""

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer
        self._known: dict[tuple[str, str], float] = {}

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One logit for each text."""
        new = list(dict.fromkeys(text for text in texts if (query, text) not in self._known))
        self._known.update(zip(((query, text) for text in new), self._scorer.scores(query, new), strict=True))
        return [self._known[query, text] for text in texts]


class RememberedQueries:
    """A query embedder that asks the model once for a query."""

    def __init__(self, embedder: BgeSmall) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    def query(self, text: str) -> NDArray[np.float32]:
        """The query's unit vector."""
        if text not in self._known:
            self._known[text] = self._embedder.query(text)
        return self._known[text]


@pytest.fixture
def archives(tmp_path: Path) -> Iterator[Callable[[Path], tuple[Assistant, Store]]]:
    """Makes an assistant over an archive whose analyses are made anew for each question."""
    kept = Path(os.environ.get("ONRECORD_BENCH_STORES") or tmp_path)
    scorer, embedder = RememberedScores(CrossEncoder()), RememberedQueries(BgeSmall())
    opened: list[Store] = []

    def assistant(articles: Path) -> tuple[Assistant, Store]:
        path = kept / articles.parent.name
        sync([articles], path, BgeSmall(), vector_cache=False)
        store = Store.open(path)
        opened.append(store)
        retriever = Retriever(store, ExactVectors(store), embedder, scorer)
        return Assistant(store, retriever, ExtractiveReader(scorer)), store

    yield assistant
    for store in opened:
        store.close()


@pytest.mark.bench_rules
def test_what_each_rule_earns(archives: Callable[[Path], tuple[Assistant, Store]]) -> None:
    if not has_claims():
        pytest.skip("the labelled sentences are not here (set ONRECORD_CASES to the folder that has claims/)")
    answers, store = archives(archive("realtimeqa"))
    culture, _ = archives(folder() / "wildgraph" / "culture" / "docs.jsonl")
    measures: list[Measure] = [
        lambda: _claims(),
        lambda: _answers(answers, store),
        lambda: _documents(culture),
    ]

    def measure() -> Mapping[str, bool]:
        return {item: right for one in measures for item, right in one().items()}

    whole = measure()
    print(f"\n{sum(whole.values())} of {len(whole)} items are right with every rule.\n")
    print(table(worth(rule, measure, whole) for rule in rules()))


def _claims() -> dict[str, bool]:
    """Of each labelled sentence, whether a true one is kept, or a false one caught."""
    return {
        f"claim {name} {place}": (verdict(one) != "unsupported") == one.is_true
        for name in SETS
        for place, one in enumerate(labelled(name))
    }


def _answers(assistant: Assistant, store: Store) -> dict[str, bool]:
    records = ask_all(LocalTarget(assistant, store), load("realtimeqa", "reporting"))
    return {f"answer {record.case.id}": record.passed for record in records}


def _documents(assistant: Assistant) -> dict[str, bool]:
    """Of each question, whether a gold document is among the first articles that were found."""
    lines = (folder() / "wildgraph" / "culture" / "questions.jsonl").read_text("utf-8").splitlines()
    found = {}
    for asked in map(json.loads, lines):
        answer = assistant.ask(Question(asked["question"]))
        first = list(dict.fromkeys(one.passage.article_id for one in answer.passages))[:FIRST]
        found[f"document {asked['id']}"] = not set(first).isdisjoint(asked["gold_doc_ids"])
    return found
