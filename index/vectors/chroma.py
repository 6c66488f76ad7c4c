"""Chroma as a cache of vectors beside SQLite: in the store's folder `chroma/`, or on a Chroma server.

SQLite holds every vector. Chroma is given ids and vectors, never text, and only finds candidates faster in a
large archive: they are scored with SQLite's vectors, and exact search answers whenever Chroma cannot (before
the first sync, after a change until the next, under filters, when Chroma fails or is too slow).

A record in SQLite (`meta`, `vector_cache`) names the one collection in use and the embedder that it was made
for. An id of a store always means the same vector of that embedder, so `sync` adds and deletes the ids that
differ. The record is dirty from before a change until after it. A collection that is dirty (the process was
killed) or not as it was left is deleted and filled again from SQLite, under another name.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpus.errors import StoreError
from index.store.filters import Filter
from index.store.lock import locked
from index.store.schema import FILE_NAME
from index.store.store import Store
from index.store.write import writing
from index.vectors import chroma_client
from index.vectors.address import ChromaAddress
from index.vectors.chroma_client import ChromaFailed, Collection, Unreachable, clean_memory, on_server
from index.vectors.exact import ExactVectors, Ids, Matrix, Snapshot, VectorSource, ranked

_log = logging.getLogger(__name__)
FOLDER = "chroma"
FEWEST = 20_000
"""Vectors from which Chroma is asked: exact search takes 10 ms for 100,000 and Chroma 3 ms, but for 20,000 a
search takes 12 ms with exact search and 16 ms with a server. Never under a filter: of 100,000 Chroma takes 48
ms for an equality and 354 ms for a range of dates."""
_SPARE, _TIE, _SAMPLES = 40, 2e-6, 64
"""Candidates beyond k, as the graph may miss one; how close scores are that may be in another order; vectors
compared at opening."""
_OVERWRITTEN, _UNTIL_SAVED = 10_000, 1_100
"""Rows overwritten at most before a server's collection is deleted; rows after which Chroma saves them."""
_NONE = "there is none"


class Synced(NamedTuple):
    """What `sync` did: vectors added and deleted, and why the collection was filled anew, if it was."""

    added: int = 0
    deleted: int = 0
    rebuilt_because: str | None = None


class _Record(NamedTuple):
    """The collection in use: its server ("": a folder), name, embedder, and rows deleted (they keep places).

    `ids` and `files` are digests of its ids ("" while it is dirty) and of the folder's index files.
    """

    url: str = ""
    name: str = ""
    embedder: str = ""
    deleted: int = 0
    ids: str = ""
    files: str = ""


class _Held:
    """A collection that holds `ids` of a generation's vectors: of equal ones the first.

    Copies (a wire report in five papers) would be each other's only neighbours in Chroma's graph.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.collection: Collection | None = None
        self.snapshot = snapshot
        hashes = np.fromiter((hash(row.tobytes()) for row in snapshot.vectors), np.int64, len(snapshot.ids))
        _, first, self._group = np.unique(hashes, return_index=True, return_inverse=True)
        self.ids: Ids = np.sort(snapshot.ids[first])

    def vectors(self, ids: Ids) -> Matrix:
        return self.snapshot.vectors[np.searchsorted(self.snapshot.ids, ids)]

    def with_copies(self, ids: Ids) -> Ids:
        groups = self._group[np.searchsorted(self.snapshot.ids, ids)]
        return self.snapshot.ids[np.isin(self._group, groups)]


class ChromaVectors(AbstractContextManager["ChromaVectors"]):
    """Vector search with Chroma, for the one process that owns the store; threads may share it.

    Answers are those of exact search; of the 50 nearest among 100,000 it may miss one in one query of 200.
    A cache that fails does not raise: `problem` says what is wrong, and the next `sync` tries again.
    """

    def __init__(
        self, store: VectorSource, address: ChromaAddress | None = None, *, fewest: int = FEWEST
    ) -> None:
        self.problem: str | None = None
        self.name = f"the vector cache {store.path / FOLDER}"
        self._advice = "check the space left on its disk, or delete the folder: it is made anew"
        if address is not None:
            self.name = f"the vector cache on the Chroma server {address}"
            self._advice = "check that the server runs and that ONRECORD_CHROMA_URL is right"
        self._store, self._address, self._fewest = store, address, fewest
        self._exact = ExactVectors(store)
        self._collection: Collection | None = None
        self._ids: Ids = np.zeros(0, np.int64)  # Of the collection's rows.
        self._held: _Held | None = None
        self._searching, self._syncing = threading.Lock(), threading.Lock()

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the collection; searches are exact until the next `sync`."""
        with self._searching:
            collection, self._collection, self._held = self._collection, None, None
        if collection is not None:
            collection.close()

    @property
    def is_current(self) -> bool:
        """Whether Chroma holds what the store holds."""
        return self._held is not None and self._held.snapshot.generation == self._store.generation

    def search(self, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """As `VectorIndex.search`. Raises StoreMismatch if the query's length is not that of the vectors."""
        found = self._approximate(query, k) if where is None or where.is_empty else None
        return self._exact.search(query, k, where) if found is None else found

    def _approximate(self, query: Matrix, k: int) -> list[tuple[int, float]] | None:
        """The collection's answer; None where exact search would answer otherwise, or faster."""
        with self._searching:
            held, collection = self._held, self._collection
            if not self.is_current or held is None or collection is None or len(held.ids) < self._fewest:
                return None
            wanted = min(k + _SPARE, len(held.ids))
            fits = query.shape == held.snapshot.vectors.shape[1:]
            if not 1 <= k <= wanted <= chroma_client.EF_SEARCH or not fits:
                return None
            try:
                ids = np.unique(collection.nearest(query, wanted, chroma_client.QUERY_SECONDS))
                if not np.isin(ids, held.ids, assume_unique=True).all():
                    raise ChromaFailed("a query found passages that it was not given")
                if len(ids) < wanted:
                    raise ChromaFailed(f"a query for {wanted} passages found {len(ids)}")
            except ChromaFailed as error:
                self._collection = self._held = None
                collection.close()
                self._report(error)
                return None
        every = held.with_copies(ids)
        found = ranked(*self._store.vectors_of(every), query)
        changing = len(found) < len(every)
        ties = wanted < len(held.ids) and found[k - 1][1] - found[-1][1] < _TIE  # There may be more of them.
        return None if changing or ties else found[:k]

    def sync(self, *, rebuild: bool = False) -> Synced:
        """Bring the cache to exactly the store's passages; `rebuild`: fill it anew in any case.

        Raises StoreOwned, and what reading the store raises.
        """
        with self._syncing, locked(self._store.path):
            if self.is_current and not rebuild:
                return Synced()
            wanted, self.problem = _Held(self._exact.snapshot()), None
            try:
                with clean_memory() if self._address is None else nullcontext():
                    because = "it was asked for" if rebuild else self._reopen(wanted)
                    if because is None:
                        try:
                            return self._change(self._record, wanted)
                        except Unreachable:
                            raise
                        except ChromaFailed as error:
                            because = str(error)
                    return self._fill(wanted, because)
            except (ChromaFailed, StoreError, OSError) as error:
                self.close()
                self._report(error)
                if self._address is None:
                    with suppress(StoreError, OSError):
                        self.sweep()  # Not to keep a full disk full.
                return Synced()

    def examine(self) -> str | None:
        """Why the cache does not serve the store as it is, or None; changes nothing. Raises Unreachable."""
        wanted = _Held(self._exact.snapshot())
        wrong = self._reopen(wanted)
        same = self._collection is not None and np.array_equal(self._ids, wanted.ids)
        self.close()
        return wrong or (None if same else "it is older than the store")

    def sweep(self, keep: str = "") -> None:
        """Delete all collections of the store but one, in its folder and on the server."""
        if not keep:
            self._write(_Record(url=self._record.url))
        for entry in (self._store.path / FOLDER).glob("*"):
            if entry.name != keep and (entry.name.isdecimal() or entry.name in ("current", "current.new")):
                shutil.rmtree(entry, ignore_errors=True)
                if not entry.is_dir() or entry.is_symlink():
                    entry.unlink(missing_ok=True)
        if self._address is not None:
            prefix = _prefix(self._store.path)
            for name in [one.name for one in on_server(self._address, "list_collections", 10_000)]:
                if name != keep and name.startswith(prefix):
                    self._drop(name)

    @property
    def _record(self) -> _Record:
        with Store.open(self._store.path) as store:
            stated = json.loads(store.meta("vector_cache") or "[]")
        return _Record(*stated)

    def _write(self, record: _Record) -> None:
        _write_meta(self._store.path, vector_cache=json.dumps(record))

    def _place(self, name: str) -> Path | ChromaAddress:
        return self._address or self._store.path / FOLDER / name

    def _reopen(self, wanted: _Held) -> str | None:
        """Open the collection in use, unless it is open; why that cannot be used, or None."""
        record, url = self._record, str(self._address or "")
        place = self._place(record.name)
        if record.url not in ("", url):
            return f"{record.url} was used before, and still has collections {_prefix(self._store.path)}*"
        there = (
            place.is_dir() if isinstance(place, Path) else record.name.startswith(_prefix(self._store.path))
        )
        if not record.name or record.url != url or not there:
            return _NONE
        if not record.ids:
            return "it was left in the middle of a change"
        if record.embedder != str(wanted.snapshot.lineage[0]):
            return "it was made for another embedding model"
        if self._collection is not None:
            return None
        if _digest_files(place) != record.files:
            return "its files are not as they were left"
        try:
            self._collection = Collection(place, record.name)
            self._ids = self._collection.ids()
            if _digest(self._ids) != record.ids:
                return "it holds other passages than it was given"
            both = np.intersect1d(self._ids, wanted.ids, assume_unique=True)
            some = np.sort(np.random.default_rng().permutation(both)[:_SAMPLES])
            expected = wanted.vectors(some)
            vectors = self._collection.vectors(some) if len(some) else expected
            if vectors.shape != expected.shape or not np.allclose(vectors, expected, rtol=0, atol=1e-4):
                return "it holds other vectors than the store"
        except Unreachable:
            raise
        except ChromaFailed as error:
            return str(error)
        return None

    def _fill(self, wanted: _Held, because: str) -> Synced:
        """Delete what there is, and fill a collection of a new name."""
        self.close()
        self.sweep()
        if not len(wanted.ids):
            return Synced()
        _log.info("filling %s: %s", self.name, because)
        name = str(secrets.randbits(48))
        name = name if self._address is None else _prefix(self._store.path) + name
        self._collection, self._ids = Collection(self._place(name), name, create=True), np.zeros(0, np.int64)
        record = _Record(str(self._address or ""), name, str(wanted.snapshot.lineage[0]))
        return self._change(record, wanted)._replace(rebuilt_because=because)

    def _change(self, record: _Record, wanted: _Held) -> Synced:
        """Add and delete the rows that differ. Raises ChromaFailed, also where they are too many."""
        collection = self._collection
        assert collection is not None, "_reopen or _fill has opened it"
        with self._searching:
            self._held = None
        self.sweep(record.name)
        gone = np.setdiff1d(self._ids, wanted.ids, assume_unique=True)
        new = np.setdiff1d(wanted.ids, self._ids, assume_unique=True)
        record = record._replace(deleted=record.deleted + len(gone), ids="")
        if 2 * record.deleted > len(wanted.ids):
            raise ChromaFailed("more than half of it differs")
        if len(gone) or len(new):
            self._write(record)
            collection.delete(gone)
            collection.put(new, wanted.vectors(new))
            if not np.array_equal(collection.ids(), wanted.ids):
                raise ChromaFailed("it holds other passages than it was given")
            collection.nearest(wanted.snapshot.vectors[0], 1)  # Only a search has all taken into the index.
            self._write(
                record._replace(ids=_digest(wanted.ids), files=_digest_files(self._place(record.name)))
            )
        with self._searching:
            self._held, self._ids = wanted, wanted.ids
        return Synced(len(new), len(gone))

    def _drop(self, name: str) -> None:
        """Delete a collection of the server, which keeps its index file (chroma#5259).

        So the vectors of passages that are gone are overwritten first, until the server has saved that.
        """
        with closing(Collection(self._place(name), name)) as collection:
            try:
                gone = np.setdiff1d(collection.ids(), self._store.passage_ids(Filter()))[:_OVERWRITTEN]
                if len(gone):
                    ids = np.concatenate([gone, np.arange(-_UNTIL_SAVED, 0)])
                    shape = (len(ids), collection.vectors(gone[:1]).shape[1])
                    noise = np.random.default_rng().normal(size=shape).astype(np.float32)
                    collection.put(ids, noise)
                    collection.nearest(noise[0], 1)
            except Unreachable:
                raise
            except ChromaFailed as error:
                _log.warning("the collection %s was deleted without being overwritten: %s", name, error)
            collection.drop()

    def _report(self, error: Exception) -> None:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        self.problem = f"{self.name} cannot be used ({reason}), so searches are exact; {self._advice}"
        _log.warning("%s", self.problem)


def refresh_cache(store: Store, *, server: ChromaAddress | None = None, rebuild: bool = False) -> str | None:
    """Bring the cache of a store that this process owns up to date; what a user should know, or None."""
    with ChromaVectors(store, server) as cache:
        because = cache.sync(rebuild=rebuild).rebuilt_because
        quiet = cache.problem or rebuild or because in (None, _NONE)
        return cache.problem if quiet else f"{cache.name} was made anew: {because}"


def discard_cache(store: Store, server: ChromaAddress | None = None) -> str | None:
    """Delete the cache with all that it keeps of deleted passages; what is left, or None.

    The owner's next refresh makes it anew, and deletes what a server that did not answer still holds.
    """
    cache = ChromaVectors(store, server)
    holds = "the Chroma server {} still holds vectors (no text) of removed articles"
    used = cache._record.url
    try:
        cache.sweep()
    except ChromaFailed as error:
        return f"{holds.format(server)} ({error}); the next change of the store deletes them once it answers"
    if used in ("", str(server)):
        return None
    return f"{holds.format(used)}, and is not in use; delete its collections {_prefix(store.path)}*"


def examine_cache(store: Store, server: ChromaAddress | None = None) -> tuple[bool, str]:
    """Whether the cache is as it should be, and what it is, for people; nothing is changed.

    Raises StoreOwned where another process owns the store and may have the folder open.
    """
    cache = ChromaVectors(store, server)
    try:
        with locked(store.path) if server is None else nullcontext():
            at = f"{on_server(server, 'get_version')} at {server}" if server else version("chromadb")
            wrong = cache.examine()
    except ChromaFailed as error:
        cache._report(error)
        return False, str(cache.problem)
    if wrong is not None:
        return False, f"Chroma {at}: {wrong}; searches are exact until the next onrecord index makes it anew"
    return True, f"Chroma {at}, {store.passage_count():,} vectors"


def _write_meta(store_path: Path, **values: str) -> None:
    with writing(store_path) as writer, writer.transaction(articles=False):
        for name, value in values.items():
            writer.set_meta(name, value)


def _prefix(store_path: Path) -> str:
    """What the names of this store's collections on servers begin with; a copy of a store gets its own.

    It is one if neither its path nor its file is what it was when the name was given.
    """
    here = {"path": os.path.realpath(store_path), "inode": (store_path / FILE_NAME).stat().st_ino}
    with Store.open(store_path) as store:
        name, was = store.meta("chroma_name"), json.loads(store.meta("chroma_place") or "{}")
    if name is None or not was.items() & here.items():
        name = f"onrecord-{secrets.token_hex(8)}"
    if was != here:
        _write_meta(store_path, chroma_name=name, chroma_place=json.dumps(here))
    return f"{name}-"


def _digest(ids: Ids) -> str:
    return hashlib.sha256(ids.tobytes()).hexdigest()


def _digest_files(place: Path | ChromaAddress) -> str:
    """A digest of a folder's index files, once Chroma has saved them; what was digested is on the disk.

    Chroma's SQLite file is left out: it changes when it is opened, and SQLite checks it itself.
    """
    digest = hashlib.sha256()
    saved = isinstance(place, Path) and any(place.glob("*/index_metadata.pickle"))
    for path in sorted(place.glob("*/*")) if isinstance(place, Path) and saved else ():
        with path.open("rb+") as file:
            os.fsync(file)
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
