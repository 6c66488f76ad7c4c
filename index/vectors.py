"""Vector search: the protocol, and the exact search that needs nothing but the store."""

import threading
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import StoreMismatch
from index.filters import Filter
from index.store import Store


class VectorIndex(Protocol):
    """Anything that finds the passages whose vectors are nearest to a query's."""

    def search(self, query: NDArray[np.float32], k: int, where: Filter) -> list[tuple[int, float]]:
        """The `k` nearest passages that pass the filter: (id, cosine similarity), best first, ties by id."""
        ...


class _Matrix(NamedTuple):
    generation: int
    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]


class ExactVectors:
    """Compares the query with every vector of the store: 10,000 take a few milliseconds.

    The vectors are held in memory (1.5 KB a passage) and read again when the store has changed. May be shared
    between threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._matrix: _Matrix | None = None
        self._lock = threading.Lock()

    def search(
        self, query: NDArray[np.float32], k: int, where: Filter | None = None
    ) -> list[tuple[int, float]]:
        """As `VectorIndex.search`. Raises StoreMismatch if the query's length is not that of the vectors."""
        matrix = self._current()
        ids, vectors = matrix.ids, matrix.vectors
        if not len(ids) or k <= 0:
            return []
        if query.shape != (vectors.shape[1],):
            raise StoreMismatch(
                f"the query's vector has {query.size} numbers and those of the store {self._store.path} have "
                f"{vectors.shape[1]}; ask with the embedding model that the store was made with"
            )
        if where is not None and not where.is_empty:
            chosen = np.isin(ids, self._store.passage_ids(where), assume_unique=True)
            ids, vectors = ids[chosen], vectors[chosen]
        return nearest(ids, vectors, query, k)

    def _current(self) -> _Matrix:
        with self._lock:
            # Read first: if the store changes in between, the matrix counts as older than it is.
            generation = self._store.generation
            if self._matrix is None or self._matrix.generation != generation:
                self._matrix = _Matrix(generation, *self._store.vectors())
            return self._matrix


def nearest(
    ids: NDArray[np.int64], vectors: NDArray[np.float32], query: NDArray[np.float32], k: int
) -> list[tuple[int, float]]:
    """The `k` rows of highest cosine similarity to the query, best first, ties by id; rows are unit vectors."""
    length = float(np.linalg.norm(query))
    scores = vectors @ (query / length if length else query)
    if len(ids) > k:
        kth = np.partition(scores, len(ids) - k)[len(ids) - k]
        at_least = scores >= kth
        ids, scores = ids[at_least], scores[at_least]
    order = np.lexsort((ids, -scores))[:k]
    return [(int(ids[row]), float(scores[row])) for row in order]
