"""Vector search with Chroma: a cache beside the store, checked before use and made anew when in doubt."""

import contextlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.store.filters import Filter
from index.vectors import chroma_folder
from index.vectors.chroma_check import SAMPLES
from index.vectors.chroma_collection import ChromaFailed, Collection, Unreachable
from index.vectors.chroma_folder import Rows
from index.vectors.chroma_home import Home, discard
from index.vectors.exact import ExactVectors, Ids, Matrix, Snapshot, VectorSource, check_dimensions, ranked

_log = logging.getLogger(__name__)
_AT_A_TIME = 4000
"""Rows put at a time."""
_SPARE = 40
"""Rows asked for above k: an index of neighbours may miss one near the end of its list."""
_TIE = 2e-6
"""Scores closer than this may be in another order in exact search."""
_NONE, _UNFINISHED = "there is none", "it was left in the middle of a change"
_TOO_MUCH = "more than half of it differs"
_NEVER = -1
"""The generation of a collection that is not to be searched."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What `sync` did: vectors added (all of them, if it made the folder anew, and why) and deleted."""

    added: int = 0
    deleted: int = 0
    rebuilt_because: str | None = None


@dataclass(frozen=True, slots=True)
class _Open:
    """An open collection, its rows, and the generation of the store to which they belong."""

    collection: Collection
    folder: Path
    rows: Rows
    dimensions: int
    generation: int = _NEVER
    copies: Mapping[int, Ids] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the collection is to hold: each vector once, under its first passage.

    Copies (a wire report in five papers) would have only each other for neighbours in Chroma's graph, and cut
    off what lies behind them.
    """

    rows: Rows
    copies: Mapping[int, Ids]
    held: Snapshot

    @classmethod
    def of(cls, held: Snapshot) -> Self:
        return cls(*Rows.of(held.ids, held.vectors).distinct(), held)

    @property
    def generation(self) -> int:
        return self.held.generation

    @property
    def dimensions(self) -> int:
        return int(self.held.vectors.shape[1])

    def vectors(self, rows: NDArray[np.intp]) -> Matrix:
        """Of some of the rows, in that order; never of all, which would be a second copy of them."""
        return self.held.vectors[np.searchsorted(self.held.ids, self.rows.ids[rows])]


class ChromaVectors:
    """Searches all passages with Chroma, for the one process that owns the store.

    Its answers are those of exact search; of the 50 nearest among 100,000 it may miss one, in one query of
    200. Exact search itself answers where Chroma would answer otherwise: before the first `sync`, after a
    change of the store until the next, when Chroma fails, when more passages tie than it was asked for, and
    under any filter. Of 100,000 passages Chroma finds those between two dates in 354 ms, and numpy in 10 ms
    with the store's own filter, which knows outlets in any case, and instants.

    A failing cache does not raise: `problem` then says what is wrong, and the next `sync` tries again.
    Threads may share one.
    """

    def __init__(self, store: VectorSource, home: Home) -> None:
        self.problem: str | None = None
        self._store = store
        self._home = home
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
        """Let go of the collection; searches are exact until the next `sync`."""
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

        Rows are added and deleted where fewer than half differ. Otherwise, and when the collection is
        missing, damaged or was left in the middle of a change, a new one is made and takes its place;
        `rebuild` does so in any case. Until then Chroma's files keep traces of deleted rows. Raises what the
        store raises.
        """
        with self._syncing:
            if self.is_current and not rebuild:
                return Synced()
            wanted = _Wanted.of(self._exact.snapshot())
            self.problem = None
            try:
                if not len(wanted.rows.ids):
                    self._use(None)
                    discard(self._home)
                    return Synced()
                return self._bring_to(wanted, rebuild)
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
                _check_answer(held, wanted, ids, vectors)
            except ChromaFailed as error:
                self._open = None
                _close(held)
                self._report(error)
                return None
        if held.copies:
            # Of equal ones those of the lowest ids come first: no more than k of them can be asked for.
            every = [held.copies.get(passage_id, np.array([passage_id]))[:k] for passage_id in ids.tolist()]
            ids, vectors = np.concatenate(every), np.repeat(vectors, [len(equal) for equal in every], axis=0)
        found = ranked(ids, vectors, query)
        if wanted < total and found[k - 1][1] - found[-1][1] < _TIE:
            return None
        return found[:k]

    def _bring_to(self, wanted: _Wanted, rebuild: bool) -> Synced:
        because = "it was asked for" if rebuild else self._try_to_open(wanted)
        if because is None:
            try:
                return self._update(wanted)
            except Unreachable:
                raise
            except ChromaFailed as error:
                because = str(error)
        _log.info("making %s anew: %s", self._home.name, because)
        made = self._build(wanted)
        self._use(made)
        self._home.sweep(made.folder)
        return Synced(added=len(wanted.rows.ids), rebuilt_because=because)

    def _try_to_open(self, wanted: _Wanted) -> str | None:
        """Open the collection in use, unless it is open; why it cannot be used, or None."""
        if self._open is not None:
            return None
        folder = chroma_folder.current(self._home.root)
        self._home.sweep(folder)
        if folder is None:
            return _NONE
        rows = chroma_folder.read_rows(folder)
        if rows is None:
            return _UNFINISHED
        wrong = _try_out(self._home, folder, rows, wanted)
        if wrong is None:
            self._use(_Open(self._home.open(folder), folder, rows, wanted.dimensions))
        return wrong

    def _update(self, wanted: _Wanted) -> Synced:
        """Add and delete the rows that differ. Raises ChromaFailed, also if they are too many."""
        held = self._open
        assert held is not None
        kept = held.rows.kept(wanted.rows)
        if _differs_too_much(held.rows, wanted.rows, len(kept)):
            raise ChromaFailed(_TOO_MUCH)
        gone = np.setdiff1d(held.rows.ids, kept, assume_unique=True)
        new = np.flatnonzero(~np.isin(wanted.rows.ids, kept, assume_unique=True))
        rows = replace(wanted.rows, deleted=held.rows.deleted + len(gone))
        if len(gone) or len(new):
            self._use(replace(held, generation=_NEVER))
            chroma_folder.begin_change(held.folder)
            held.collection.delete(gone)
            _fill(held.collection, wanted, new)
            chroma_folder.write_rows(held.folder, rows)
        self._use(replace(held, rows=rows, copies=wanted.copies, generation=wanted.generation))
        return Synced(added=len(new), deleted=len(gone))

    def _build(self, wanted: _Wanted) -> _Open:
        """A new collection of all rows, put to use. Raises ChromaFailed or OSError, and leaves no folder."""
        self._use(None)
        folder = chroma_folder.make_next(self._home.root)
        try:
            collection = self._home.open(folder, create=True)
            made = _Open(collection, folder, wanted.rows, wanted.dimensions, wanted.generation, wanted.copies)
            try:
                _fill(collection, wanted, np.arange(len(wanted.rows.ids)))
                chroma_folder.write_rows(folder, wanted.rows)
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
            f"{self._home.name} cannot be used ({reason}), so searches are exact; {self._home.advice}"
        )
        _log.warning("%s", self.problem)


def examine(store: VectorSource, home: Home) -> str | None:
    """Why the collection in use does not serve the store as it is, or None; for nobody who has it open.

    Raises Unreachable, or what the store raises. The embedded Chroma is not loaded here.
    """
    folder = chroma_folder.current(home.root)
    if folder is None:
        return _NONE
    rows = chroma_folder.read_rows(folder)
    if rows is None:
        return _UNFINISHED
    wanted = _Wanted.of(ExactVectors(store).snapshot())
    if not np.array_equal(rows.ids, wanted.rows.ids) or len(rows.kept(wanted.rows)) < len(rows.ids):
        return "it is older than the store"
    return _try_out(home, folder, rows, wanted)


def _try_out(home: Home, folder: Path, rows: Rows, wanted: _Wanted) -> str | None:
    """Why the collection is not worth opening, or None."""
    kept = np.flatnonzero(np.isin(wanted.rows.ids, rows.kept(wanted.rows), assume_unique=True))
    if _differs_too_much(rows, wanted.rows, len(kept)):
        return _TOO_MUCH
    sample = kept[_some(len(kept))]
    return home.check(folder, rows.ids, wanted.rows.ids[sample], wanted.vectors(sample))


def _fill(collection: Collection, wanted: _Wanted, new: NDArray[np.intp]) -> None:
    """Put these of the wanted rows; the collection then has to hold all of them."""
    for first in range(0, len(new), _AT_A_TIME):
        part = new[first : first + _AT_A_TIME]
        collection.put(wanted.rows.ids[part], wanted.vectors(part))
    if not np.array_equal(collection.ids(), wanted.rows.ids):
        raise ChromaFailed("it holds other passages than it was given")


def _check_answer(held: _Open, wanted: int, ids: Ids, vectors: Matrix) -> None:
    """Raise ChromaFailed for an answer that cannot be that of the collection as it was left."""
    if len(ids) < wanted:
        raise ChromaFailed(f"a query for {wanted} passages found {len(ids)}")
    places = np.minimum(np.searchsorted(held.rows.ids, ids), len(held.rows.ids) - 1)
    if not np.array_equal(held.rows.ids[places], ids):
        raise ChromaFailed("a query found passages that it was not given")
    if vectors.shape[1] != held.dimensions or not np.isfinite(vectors).all():
        raise ChromaFailed("a query found vectors of another kind than it was given")


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
