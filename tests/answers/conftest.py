"""The assistant over the sample articles, which remembers what it answered."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.evals.cases.case import Case
from rag.evals.cases.record import case_digest
from rag.evals.target import LocalTarget
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever

collect_ignore_glob = ["*.answers.yaml"]
"""test_samples.py gates them together; the pytest plugin would fail each one that does not pass yet."""

WORKERS = 2
"""Two questions at a time on one thread each are a third faster than one after another on two."""


class Remembered(LocalTarget):
    """Asks nothing twice: the gate and the regressions share answers, and each runs alone as well."""

    def __init__(self, assistant: Assistant, store: Store) -> None:
        super().__init__(assistant, store)
        self._answers: dict[str, Mapping[str, Any]] = {}
        self._lock = Lock()

    def ask(self, case: Case) -> Mapping[str, Any]:
        """The answer as it came the first time; nobody may change it."""
        key = case_digest(case)
        if key not in self._answers:
            answer = super().ask(case)
            with self._lock:
                self._answers.setdefault(key, answer)
        return self._answers[key]


@pytest.fixture(scope="session")
def store(samples_store: Store) -> Store:
    """The sample articles, indexed with the bundled model."""
    return samples_store


@pytest.fixture(scope="session")
def scorer() -> CrossEncoder:
    """The bundled cross-encoder."""
    return CrossEncoder(workers=1)


@pytest.fixture(scope="session")
def target(store: Store, scorer: CrossEncoder) -> Remembered:
    """The assistant as users get it, over the sample articles."""
    retriever = Retriever(store, ExactVectors(store), BgeSmall(), scorer)
    return Remembered(Assistant(store, retriever, ExtractiveReader(scorer)), store)
