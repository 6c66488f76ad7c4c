"""Vector search: the protocol, and the exact search that needs nothing but the store."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import StoreMismatch
from index.store.filters import Filter

Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]

_MARGIN = 1e-5
"""More than the error of a float32 product of unit vectors."""
_DECIMALS = 6
_FILTERS = 32
"""Filters whose rows are remembered: 8 bytes a passage that passes."""


class VectorSource(Protocol):
    """What vector search asks of a store; `index.store.store.Store` is one."""

    path: Path

    @property
    def generation(self) -> int:
        """Raised by every change of passages."""
        ...

    @property
    def lineage(self) -> tuple[str | None, int]:
        """Embedder and file of the store: while both stay the same, an id stands for one vector."""
        ...

    def vectors(self, where: Filter | None = None) -> tuple[Ids, Matrix]:
        """Ids, ascending, and unit vectors (or zero vectors), one row each."""
        ...

    def vectors_of(self, ids: Ids) -> tuple[Ids, Matrix]:
        """As `vectors`, of those of these ids (ascending) that are there."""
        ...

    def passage_ids(self, where: Filter) -> Ids:
        """The ids that pass the filter, ascending."""
        ...


class VectorIndex(Protocol):
    """Anything that finds the passages whose vectors are nearest to a query's."""

    def search(self, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """The `k` nearest passages that pass the filter: (id, cosine similarity), best first, ties by id."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The vectors of a generation: ids, ascending, and one row for each; and rows that passed filters."""

    generation: int
    lineage: tuple[str | None, int]
    ids: Ids
    vectors: Matrix
    rows: OrderedDict[Filter, NDArray[np.intp]] = field(default_factory=OrderedDict)


class ExactVectors:
    """Compares the query with every vector of the store: 100,000 take about 10 milliseconds.

    The vectors are held in memory (1.5 KB a passage); when the store has changed, only new ones are read. May
    be shared between threads.
    """

    def __init__(self, store: VectorSource) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()

    def search(self, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """As `VectorIndex.search`. Raises StoreMismatch if the query's length is not that of the vectors."""
        where = where or Filter()
        with self._lock:
            snapshot = self._current()
            rows = None if where.is_empty else self._rows(snapshot, where)
        if not len(snapshot.ids) or k <= 0:
            return []
        check_dimensions(query, snapshot.vectors.shape[1], self._store.path)
        return nearest(snapshot.ids, snapshot.vectors, query, k, rows)

    def snapshot(self) -> Snapshot:
        """All vectors as they are now."""
        with self._lock:
            return self._current()

    def _current(self) -> Snapshot:
        # Read first: if the store changes in between, the snapshot counts as older than it is.
        generation = self._store.generation
        held = self._snapshot
        if held is None or held.generation != generation:
            lineage = self._store.lineage
            changed = self._brought_up(held, generation, lineage) if held is not None else None
            if changed is None:
                self._snapshot = held = None  # Not two of them in memory at once.
                changed = Snapshot(generation, lineage, *self._store.vectors())
            self._snapshot = held = changed
        return held

    def _brought_up(
        self, held: Snapshot, generation: int, lineage: tuple[str | None, int]
    ) -> Snapshot | None:
        """The snapshot with what the store has gained and without what it has lost.

        None where it is to be read as a whole: most of it is new, or an id may stand for something else.
        """
        ids = self._store.passage_ids(Filter())
        new = np.setdiff1d(ids, held.ids, assume_unique=True)
        known = held.lineage == lineage and len(held.ids) > 0
        if not known or 2 * len(new) > len(ids) or (len(new) and new[0] < held.ids[-1]):
            return None
        added, vectors = self._store.vectors_of(new)
        if self._store.lineage != lineage:
            return None
        stays = np.isin(held.ids, ids, assume_unique=True)
        if stays.all() and not len(added):
            return Snapshot(generation, lineage, held.ids, held.vectors)
        kept = held.vectors if stays.all() else held.vectors[stays]
        together = np.concatenate([kept, vectors]) if len(added) else kept
        return Snapshot(generation, lineage, np.concatenate([held.ids[stays], added]), together)

    def _rows(self, snapshot: Snapshot, where: Filter) -> NDArray[np.intp]:
        if where not in snapshot.rows:
            passing = self._store.passage_ids(where)
            places = np.searchsorted(snapshot.ids, passing)
            places = places[places < len(snapshot.ids)]
            snapshot.rows[where] = places[snapshot.ids[places] == passing[: len(places)]]
            if len(snapshot.rows) > _FILTERS:
                snapshot.rows.popitem(last=False)
        snapshot.rows.move_to_end(where)
        return snapshot.rows[where]


def nearest(
    ids: Ids, vectors: Matrix, query: Matrix, k: int, rows: NDArray[np.intp] | None = None
) -> list[tuple[int, float]]:
    """The `k` rows (of the given ones) of highest cosine similarity to the query, best first, ties by id.

    Vectors are unit or zero vectors. The last digits of a float32 product depend on where a row stands in the
    matrix; so it only finds the rows in question, whose cosines `ranked` computes.
    """
    direction = _direction(query).astype(np.float32)
    if rows is None or len(rows) > len(ids) // 4:
        rough = vectors @ direction
        rough = rough if rows is None else rough[rows]
    else:
        rough = vectors[rows] @ direction
    best = np.arange(len(rough))
    if len(rough) > k:
        best = np.flatnonzero(rough >= np.partition(rough, len(rough) - k)[len(rough) - k] - _MARGIN)
    best = best if rows is None else rows[best]
    return ranked(ids[best], vectors[best], query)[:k]


def ranked(ids: Ids, vectors: Matrix, query: Matrix) -> list[tuple[int, float]]:
    """Every id with its cosine similarity, best first, ties by id; equal vectors get equal scores.

    Computed in float64 and rounded to 6 decimals: for some hundred rows, not for a whole store.
    """
    cosines = vectors.astype(np.float64) @ _direction(query)
    scores = np.clip(np.round(cosines, _DECIMALS), -1, 1) + 0.0  # No -0.0.
    order = np.lexsort((ids, -scores))
    return [(int(ids[row]), float(scores[row])) for row in order]


def check_dimensions(query: Matrix, dimensions: int, path: Path) -> None:
    """Raise StoreMismatch unless the query has as many numbers as the vectors of the store at that path."""
    if query.shape != (dimensions,):
        raise StoreMismatch(
            f"the query's vector has {query.size} numbers and those of the store {path} have "
            f"{dimensions}; ask with the embedding model that the store was made with"
        )


def _direction(query: Matrix) -> NDArray[np.float64]:
    exact = query.astype(np.float64)
    length = float(np.linalg.norm(exact))
    return exact / length if length else exact
