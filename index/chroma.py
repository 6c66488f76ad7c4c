"""Vector search with Chroma: a cache beside the store, checked before use and made anew when in doubt."""

import contextlib
import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index import chroma_folder
from index.chroma_check import SAMPLES, check
from index.chroma_collection import ChromaFailed, Collection
from index.chroma_folder import Rows, discard
from index.filters import Filter
from index.vectors import ExactVectors, Ids, Matrix, VectorSource, check_dimensions, ranked

__all__ = ["ChromaVectors", "Synced", "discard"]

_log = logging.getLogger(__name__)
_SPARE = 40
"""Rows asked for above k: an index of neighbours may miss one near the end of its list."""
_TIE = 2e-6
"""Scores closer than this may be in another order in exact search."""
_NEVER = -1
"""The generation of a collection that is not to be searched."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What `sync` did: rows added (all of them, if it made the folder anew, and why) and rows deleted."""

    added: int = 0
    deleted: int = 0
    rebuilt_because: str | None = None


@dataclass(frozen=True, slots=True)
class _Open:
    """An open collection and the generation of the store whose passages it holds."""

    collection: Collection
    folder: Path
    rows: Rows
    dimensions: int
    generation: int = _NEVER


class ChromaVectors:
    """Searches all passages with Chroma, for the one process that owns the store.

    Exact search answers instead wherever Chroma's answer would not be the same: before the first `sync`,
    after a change of the store until the next, when Chroma fails, when more passages tie than it was asked
    for, and under any filter. Of 100,000 passages Chroma finds those between two dates in 354 ms, and numpy
    in 10 ms with the store's own filter, which knows outlets in any case, and instants.

    A failing cache does not raise: `problem` then says what is wrong. Threads may share one.
    """

    def __init__(self, store: VectorSource, root: Path) -> None:
        self.problem: str | None = None
        self._store = store
        self._root = root
        self._exact = ExactVectors(store)
        self._open: _Open | None = None
        self._searching = threading.Lock()
        self._syncing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder; searches are exact until the next `sync`."""
        with self._syncing:
            self._use(None)

    @property
    def is_current(self) -> bool:
        """Whether Chroma holds what the store holds, so that searches without a filter use it."""
        held = self._open
        return held is not None and held.generation == self._store.generation

    def search(self, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """As `VectorIndex.search`. Raises StoreMismatch if the query's length is not that of the vectors."""
        if where is None or where.is_empty:
            found = self._approximate(query, k)
            if found is not None:
                return found
        return self._exact.search(query, k, where)

    def sync(self, *, rebuild: bool = False) -> Synced:
        """Bring the cache to exactly the store's passages: at the start, and after each change.

        Rows are added and deleted where fewer than half differ. Otherwise, and when the folder is missing,
        damaged or was left in the middle of a change, a new one is made and takes its place; `rebuild` does
        so in any case. Until then Chroma's files keep traces of deleted rows. Raises what the store raises.
        """
        with self._syncing:
            if self.is_current and not rebuild:
                return Synced()
            # Read first: if the store changes meanwhile, what follows counts as older than it is.
            generation = self._store.generation
            ids, vectors = self._store.vectors()
            self.problem = None
            try:
                if not len(ids):
                    self._use(None)
                    discard(self._root)
                    return Synced()
                return self._bring_to(Rows.of(ids, vectors), vectors, generation, rebuild)
            except (ChromaFailed, OSError) as error:
                self._use(None)
                self._report(error)
                return Synced()

    def _approximate(self, query: Matrix, k: int) -> list[tuple[int, float]] | None:
        """The collection's answer; None where it would not be that of exact search."""
        with self._searching:
            held = self._open
            if held is None or k < 1 or held.generation != self._store.generation:
                return None
            check_dimensions(query, held.dimensions, self._store.path)
            total = len(held.rows.ids)
            wanted = min(k + _SPARE, total)
            try:
                ids, vectors = held.collection.nearest(query, wanted)
                if len(ids) < wanted:
                    raise ChromaFailed(f"a query for {wanted} passages found {len(ids)}")
            except ChromaFailed as error:
                self._open = None
                _close(held)
                self._report(error)
                return None
        found = ranked(ids, vectors, query)
        if wanted < total and found[k - 1][1] - found[-1][1] < _TIE:
            return None
        return found[:k]

    def _bring_to(self, wanted: Rows, vectors: Matrix, generation: int, rebuild: bool) -> Synced:
        because = "it was asked for" if rebuild else self._try_to_open(wanted, vectors)
        if because is None:
            try:
                return self._update(wanted, vectors, generation)
            except ChromaFailed as error:
                because = str(error)
        _log.info("making the vector cache %s anew: %s", self._root, because)
        self._use(self._build(wanted, vectors, generation))
        assert self._open is not None
        chroma_folder.remove_leftovers(self._root, keep=self._open.folder)
        return Synced(added=len(wanted.ids), rebuilt_because=because)

    def _try_to_open(self, wanted: Rows, vectors: Matrix) -> str | None:
        """Open the folder in use, unless it is open; why it cannot be used, or None."""
        if self._open is not None:
            return None
        folder = chroma_folder.current(self._root)
        chroma_folder.remove_leftovers(self._root, keep=folder)
        if folder is None:
            return "there is none"
        rows = chroma_folder.read_rows(folder)
        if rows is None:
            return "it was left in the middle of a change"
        kept = np.flatnonzero(np.isin(wanted.ids, rows.kept(wanted), assume_unique=True))
        if _differs_too_much(rows, wanted, len(kept)):
            return "more than half of it differs"
        sample = kept[_some(len(kept))]
        wrong = check(folder, rows.ids, wanted.ids[sample], vectors[sample])
        if wrong is None:
            self._use(_Open(Collection(folder), folder, rows, vectors.shape[1]))
        return wrong

    def _update(self, wanted: Rows, vectors: Matrix, generation: int) -> Synced:
        """Add and delete the rows that differ. Raises ChromaFailed, also if they are too many."""
        held = self._open
        assert held is not None
        kept = held.rows.kept(wanted)
        if _differs_too_much(held.rows, wanted, len(kept)):
            raise ChromaFailed("more than half of it differs")
        gone = np.setdiff1d(held.rows.ids, kept, assume_unique=True)
        new = np.flatnonzero(~np.isin(wanted.ids, kept, assume_unique=True))
        wanted = replace(wanted, deleted=held.rows.deleted + len(gone))
        if len(gone) or len(new):
            self._use(replace(held, generation=_NEVER))
            chroma_folder.begin_change(held.folder)
            held.collection.delete(gone)
            _fill(held.collection, wanted.ids, vectors, new)
            chroma_folder.write_rows(held.folder, wanted)
        self._use(replace(held, rows=wanted, generation=generation))
        return Synced(added=len(new), deleted=len(gone))

    def _build(self, wanted: Rows, vectors: Matrix, generation: int) -> _Open:
        """A new folder with all rows, already pointed to. Raises ChromaFailed or OSError, and leaves none."""
        self._use(None)
        folder = chroma_folder.make_next(self._root)
        try:
            collection = Collection(folder, create=True)
            made = _Open(collection, folder, wanted, vectors.shape[1], generation)
            try:
                _fill(collection, wanted.ids, vectors, np.arange(len(wanted.ids)))
                chroma_folder.write_rows(folder, wanted)
                chroma_folder.point_to(folder)
            except BaseException:
                _close(made)
                raise
        except BaseException:
            chroma_folder.remove(folder)
            raise
        return made

    def _use(self, held: _Open | None) -> None:
        """Search this from now on; what was open before is closed."""
        with self._searching:
            before, self._open = self._open, held
            if before is not None and (held is None or before.collection is not held.collection):
                _close(before)

    def _report(self, error: Exception) -> None:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        self.problem = (
            f"the vector cache {self._root} cannot be used ({reason}), so searches are exact; "
            "check the space left on its disk, or delete the folder: it is made anew"
        )
        _log.warning("%s", self.problem)


def _fill(collection: Collection, ids: Ids, vectors: Matrix, new: NDArray[np.intp]) -> None:
    """Put these rows; the collection then has to hold all of `ids`."""
    collection.put(ids[new], vectors[new])
    if not np.array_equal(collection.ids(), ids):
        raise ChromaFailed("it holds other passages than it was given")


def _differs_too_much(rows: Rows, wanted: Rows, kept: int) -> bool:
    changes = rows.deleted + len(rows.ids) - kept + len(wanted.ids) - kept
    return 2 * changes > len(wanted.ids)


def _some(rows: int) -> NDArray[np.intp]:
    """Up to SAMPLES row numbers, others each time: the first, the last, and any between."""
    if not rows:
        return np.zeros(0, dtype=np.intp)
    chosen = np.random.default_rng().integers(0, rows, SAMPLES - 2)
    return np.unique(np.concatenate([[0, rows - 1], chosen])).astype(np.intp)


def _close(held: _Open) -> None:
    with contextlib.suppress(ChromaFailed):
        held.collection.close()
