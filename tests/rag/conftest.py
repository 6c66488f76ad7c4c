"""Assistants over small archives: with the bundled models, and with fakes that count shared words."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.language.words import stems
from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder, PairScorer
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from tests.fakes import WordOverlapEmbedding


class SharedWords(PairScorer):
    """A pair scorer without a model: more for each of the query's words in the text, on the logit scale."""

    def __init__(self) -> None:
        self.pairs = 0

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        self.pairs += len(texts)
        asked = set(stems(query))
        return [6 * len(asked & set(stems(text))) - 10 for text in texts]


class Remembered(PairScorer):
    """The bundled cross-encoder, which scores the same texts for the same query once."""

    def __init__(self) -> None:
        self._scorer = CrossEncoder()
        self._known: dict[tuple[str, ...], list[float]] = {}

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        return self._of("scores", query, texts)

    def answering(self, query: str, texts: Sequence[str]) -> list[float]:
        return self._of("answering", query, texts)

    def _of(self, kind: str, query: str, texts: Sequence[str]) -> list[float]:
        key = (kind, query, *texts)
        if key not in self._known:
            self._known[key] = getattr(self._scorer, kind)(query, texts)
        return list(self._known[key])


def assistant_over_words(folder: Path, store: Store) -> Assistant:
    """An assistant that needs no model, over a store made with the word-overlap embedder."""
    scorer = SharedWords()
    embedder = WordOverlapEmbedding()
    return Assistant(store, Retriever(store, ExactVectors(store), embedder, scorer), ExtractiveReader(scorer))


@pytest.fixture(scope="session")
def remembered() -> Remembered:
    """The bundled cross-encoder, asked once for what several tests ask."""
    return Remembered()


@pytest.fixture(scope="session")
def samples(samples_store: Store, remembered: Remembered) -> Assistant:
    """The assistant as users get it, over the sample articles."""
    retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), remembered)
    return Assistant(samples_store, retriever, ExtractiveReader(remembered))


@pytest.fixture(scope="session")
def samples_by_words(samples_store: Store) -> Assistant:
    """The same with a scorer that counts shared words, where nothing rests on the cross-encoder."""
    scorer = SharedWords()
    retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), scorer)
    return Assistant(samples_store, retriever, ExtractiveReader(scorer))
