"""Nearest passages by cosine similarity: what any vector index offers, and the exact one, in numpy."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.errors import StoreMismatch
from index.filters import Filter

Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]
_Float = TypeVar("_Float", np.float32, np.float64)

CACHE_BYTES = 512 * 1024 * 1024
"""Vectors kept in memory, over all filters in use: three archives of 100,000 passages of 384 dimensions."""
_MARGIN = 1e-5
"""More than the error of a float32 product of unit vectors."""
_UNIT = 1e-6
"""A length this near to one is as good as one for a rough comparison; nothing is copied."""
_DECIMALS = 7
"""Scores are rounded to this, so that equal vectors get equal scores wherever they stand in a matrix."""


class VectorSource(Protocol):
    """The part of a store that vector search stands on. `Store` is one."""

    def vectors(self, where: Filter) -> tuple[Ids, Matrix]:
        """The passage ids that pass, ascending, and their vectors: shapes (n,) and (n, dimensions)."""
        ...

    def meta(self, key: str) -> str | None:
        """A value about the store; `generation` is another one after every write."""
        ...


class VectorIndex(Protocol):
    """Finds the passages whose vectors point where the query's does."""

    def search(self, query: Matrix, k: int, where: Filter) -> list[tuple[int, float]]:
        """Up to k (passage id, cosine similarity in [-1, 1]) that pass the filter, best first, ties by id.

        `query` has shape (dimensions,) and need not have unit length.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Rows:
    """Ids in ascending order and their vectors, each of unit length or zero."""

    ids: Ids
    matrix: Matrix


class ExactVectors:
    """Compares the query with every vector that passes the filter; threads may share one.

    The vectors of each filter are read once per generation of the store; those used last are kept, up to
    CACHE_BYTES. Raises StoreMismatch when a query has another number of dimensions than the store.
    """

    def __init__(self, store: VectorSource, cache_bytes: int = CACHE_BYTES) -> None:
        self._store = store
        self._cache_bytes = cache_bytes
        self._lock = threading.Lock()
        self._generation: str | None = None
        self._cache: OrderedDict[Filter, _Rows] = OrderedDict()

    def search(self, query: Matrix, k: int, where: Filter) -> list[tuple[int, float]]:
        """See `VectorIndex`."""
        rows = self._rows(where)
        if k < 1 or not len(rows.ids):
            return []
        check_dimensions(query, rows.matrix.shape[1])
        rough = rows.matrix @ unit(query[np.newaxis].astype(np.float32))[0]
        best = np.arange(len(rough))
        if k < len(rough):
            best = np.flatnonzero(rough >= np.partition(rough, -k)[-k] - _MARGIN)
        return ranked(query, rows.ids[best], rows.matrix[best])[:k]

    def _rows(self, where: Filter) -> _Rows:
        with self._lock:
            # Asked before the vectors are read: a write in between costs a reading, never a stale answer.
            generation = self._store.meta("generation")
            if generation is None or generation != self._generation:
                self._cache.clear()
                self._generation = generation
            if where not in self._cache:
                ids, matrix = self._store.vectors(where)
                is_unit = bool(np.all(np.abs(_lengths(matrix) - 1) < _UNIT))
                self._cache[where] = _Rows(ids, matrix if is_unit else unit(matrix))
            self._cache.move_to_end(where)
            kept = sum(rows.matrix.nbytes for rows in self._cache.values())
            while kept > self._cache_bytes and len(self._cache) > 1:
                kept -= self._cache.popitem(last=False)[1].matrix.nbytes
            return self._cache[where]


def ranked(query: Matrix, ids: Sequence[int] | Ids, matrix: Matrix) -> list[tuple[int, float]]:
    """Every id with its cosine similarity, best first, ties by id, the same for a row in any company.

    A float32 product depends in its last digits on where a row stands in the matrix; computed in float64 and
    rounded it does not. For some hundred rows, not for an archive.
    """
    cosines = unit(matrix.astype(np.float64)) @ unit(query[np.newaxis].astype(np.float64))[0]
    scores = np.clip(np.round(cosines, _DECIMALS), -1.0, 1.0) + 0.0  # -0.0 becomes 0.0
    order = np.lexsort((np.asarray(ids), -scores))
    return [(int(ids[row]), float(scores[row])) for row in order]


def unit(matrix: NDArray[_Float]) -> NDArray[_Float]:
    """The rows at unit length; one that is zero or not finite becomes zero."""
    lengths = _lengths(matrix)
    usable = (np.isfinite(lengths) & (lengths > 0))[:, np.newaxis]
    divisors = np.where(usable, lengths[:, np.newaxis], 1)
    scaled: NDArray[_Float] = (np.where(usable, matrix, 0) / divisors).astype(matrix.dtype)
    return scaled


def _lengths(matrix: NDArray[_Float]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64))
    return lengths


def check_dimensions(query: Matrix, dimensions: int) -> None:
    """Raises StoreMismatch unless the query has shape (dimensions,)."""
    if query.shape != (dimensions,):
        raise StoreMismatch(
            f"the question's vector has {query.size} dimensions and the store's passages have {dimensions}; "
            "use the embedding model that the store was made with, or run index --rebuild"
        )
