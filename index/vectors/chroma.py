"""Chroma as a cache of vectors beside SQLite: in the store's folder `chroma/`, or on a Chroma server.

SQLite holds every vector. Chroma is given ids and vectors, never text, and only finds candidates faster in a
large archive: they are scored with SQLite's vectors, and exact search answers whenever Chroma cannot (before
the first sync, after a change until the next, under filters, when Chroma fails or is too slow).

A record in SQLite (`meta`, `vector_cache`) names the one collection in use. It belongs to a lineage of the
store, within which an id always means the same vector; so `sync` adds and deletes the ids that differ. The
record is made dirty before a change and clean after it. A dirty collection (the process was killed) is never
opened but deleted, and filled again from SQLite under another name; so is one that is not as it was left:
other ids, other vectors, changed index files. `chroma-servers/` names the servers that may hold vectors.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from corpus.errors import StoreError
from index.store.filters import Filter
from index.store.lock import locked
from index.store.schema import FILE_NAME
from index.store.store import Store
from index.store.write import Writer
from index.vectors import chroma_client
from index.vectors.address import ChromaAddress
from index.vectors.chroma_client import COLLECTIONS, ChromaFailed, Collection, Unreachable, ask, clean_memory
from index.vectors.exact import ExactVectors, Ids, Matrix, Snapshot, VectorSource, ranked

FOLDER, SERVERS = "chroma", "chroma-servers"
FEWEST = 20_000
"""Vectors from which Chroma is asked: exact search takes 10 ms for 100,000 and Chroma 3 ms, but for 20,000 a
search takes 12 ms with exact search and 16 ms with a server. Never under a filter: of 100,000 Chroma takes 48
ms for an equality and 354 ms for a range of dates."""
_SPARE, _TIE = 40, 2e-6
"""Candidates beyond k, as the graph may miss one; and how close scores are that may be in another order."""
_SAMPLES, _OVERWRITTEN, _UNTIL_SAVED = 64, 10_000, 1_100
"""Vectors compared at opening; rows overwritten at most, and those after which Chroma has saved its index."""
_NONE = "there is none"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Synced:
    """What `sync` did: vectors added and deleted, and why the collection was filled anew, if it was."""

    added: int = 0
    deleted: int = 0
    rebuilt_because: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """The collection in use: its server ("": a folder), name and lineage; rows deleted, whose places stay.

    `ids` and `files` are digests of its ids and of the folder's index files; `ids` is "" while it is dirty.
    """

    url: str
    name: str
    lineage: str
    ids: str = ""
    files: str = ""
    deleted: int = 0


class _Wanted:
    """The vectors of a generation, and the `ids` that the collection is to hold: the first of equal vectors.

    Copies (a wire report in five papers) would be each other's only neighbours in Chroma's graph.
    """

    def __init__(self, held: Snapshot) -> None:
        self.held = held
        hashes = _hashes(held.vectors)
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._passages = hashes[order], held.ids[order]
        self.ids: Ids = np.sort(held.ids[np.unique(hashes, return_index=True)[1]])

    def vectors(self, ids: Ids) -> Matrix:
        return self.held.vectors[np.searchsorted(self.held.ids, ids)]

    def with_copies(self, ids: Ids, most: int) -> Ids:
        """These passages and their copies, ascending; of equal ones at most so many, those of lowest ids."""
        hashes = _hashes(self.vectors(ids))
        begins = np.searchsorted(self._hashes, hashes)
        ends = np.minimum(np.searchsorted(self._hashes, hashes, "right"), begins + most)
        equal = [self._passages[begin:end] for begin, end in zip(begins, ends, strict=True)]
        return np.sort(np.concatenate(equal))


def _hashes(vectors: Matrix) -> Ids:
    return np.fromiter((hash(vector.tobytes()) for vector in vectors), np.int64, len(vectors))


@dataclass(frozen=True, slots=True)
class _Open:
    """An open collection with its ids; `of` is None until it holds what the store holds."""

    collection: Collection
    record: _Record
    ids: Ids
    of: _Wanted | None = None


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
        self._url = "" if address is None else address.url
        self._exact = ExactVectors(store)
        self._open: _Open | None = None
        self._searching, self._syncing = threading.Lock(), threading.Lock()

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the collection; searches are exact until the next `sync`."""
        with self._syncing:
            self._use(None)

    @property
    def is_current(self) -> bool:
        """Whether Chroma holds what the store holds."""
        of = self._open.of if self._open else None
        return of is not None and of.held.generation == self._store.generation

    def search(self, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """As `VectorIndex.search`. Raises StoreMismatch if the query's length is not that of the vectors."""
        found = self._approximate(query, k) if where is None or where.is_empty else None
        return self._exact.search(query, k, where) if found is None else found

    def sync(self, *, rebuild: bool = False) -> Synced:
        """Bring the cache to exactly the store's passages; `rebuild`: fill it anew in any case.

        Raises StoreOwned, and what reading the store raises.
        """
        with self._syncing, locked(self._store.path):
            if self.is_current and not rebuild:
                return Synced()
            wanted = _Wanted(self._exact.snapshot())
            self.problem = None
            try:
                with clean_memory() if self._address is None else nullcontext():
                    return self._bring_to(wanted, rebuild)
            except (ChromaFailed, StoreError, OSError) as error:
                self._use(None)
                self._report(error)
                if self._address is None:
                    with suppress(StoreError, OSError):
                        self.sweep()  # Not to keep a full disk full.
                return Synced()

    def examine(self) -> str | None:
        """Why the cache does not serve the store as it is, or None; changes nothing. Raises Unreachable."""
        wanted = _Wanted(self._exact.snapshot())
        wrong = self._open_recorded(wanted)
        same = self._open is not None and np.array_equal(self._open.ids, wanted.ids)
        self._use(None)
        return wrong or (None if same else "it is older than the store")

    def sweep(self, keep: str = "") -> None:
        """Delete all collections but one, in the folder and on the server. Raises as they do."""
        path = self._store.path
        if not keep:
            _write_record(path, None)
        for entry in (path / FOLDER).glob("*"):
            if entry.name != keep and (entry.name.isdecimal() or entry.name in ("current", "current.new")):
                shutil.rmtree(entry, ignore_errors=True)
                if not entry.is_dir() or entry.is_symlink():
                    entry.unlink(missing_ok=True)
        if self._address is not None and self._url in servers_of(path):
            prefix = _prefix(path)
            listed = ask(self._address, COLLECTIONS, list)
            for name in [str(one.get("name")) for one in listed if isinstance(one, dict)]:
                if name != keep and name.startswith(prefix) and name.removeprefix(prefix).isdecimal():
                    self._drop(self._address, name)
            if not keep:
                shutil.rmtree(_marker(path, self._url), ignore_errors=True)

    def _approximate(self, query: Matrix, k: int) -> list[tuple[int, float]] | None:
        """The collection's answer; None where exact search would answer otherwise, or faster."""
        with self._searching:
            held = self._open
            if not self.is_current or held is None or held.of is None or len(held.ids) < self._fewest:
                return None
            wanted = min(k + _SPARE, len(held.ids))
            fits = query.shape == held.of.held.vectors.shape[1:]
            if k < 1 or wanted > chroma_client.EF_SEARCH or not fits:
                return None
            try:
                ids = held.collection.nearest(query, wanted, chroma_client.QUERY_SECONDS)
                places = np.minimum(np.searchsorted(held.ids, ids), len(held.ids) - 1)
                if not np.array_equal(held.ids[places], ids):
                    raise ChromaFailed("a query found passages that it was not given")
                if len(np.unique(ids)) < wanted:
                    raise ChromaFailed(f"a query for {wanted} passages found {len(ids)}")
            except ChromaFailed as error:
                self._open = None
                held.collection.close()
                self._report(error)
                return None
        every = held.of.with_copies(ids, k)
        found = ranked(*self._store.vectors_of(every), query)
        if len(found) < len(every):
            return None  # The store is being changed.
        if wanted < len(held.ids) and found[k - 1][1] - found[-1][1] < _TIE:
            return None  # There may be more that tie with the last.
        return found[:k]

    def _bring_to(self, wanted: _Wanted, rebuild: bool) -> Synced:
        because = "it was asked for" if rebuild else self._open_recorded(wanted)
        try:
            if because is None and self._open is not None:
                self.sweep(self._open.record.name)
                return self._change(self._open, wanted)
        except Unreachable:
            raise
        except ChromaFailed as error:
            because = str(error)
        self._use(None)
        self.sweep()
        if not len(wanted.ids):
            return Synced()
        _log.info("filling %s: %s", self.name, because)
        name = str(secrets.randbits(48))
        if self._url:
            name = _prefix(self._store.path) + name
            _marker(self._store.path, self._url).mkdir(parents=True, exist_ok=True)
        record = _Record(self._url, name, str(wanted.held.lineage))
        made = _Open(Collection(self._place(name), name, create=True), record, np.zeros(0, np.int64))
        return replace(self._change(made, wanted), rebuilt_because=because)

    def _open_recorded(self, wanted: _Wanted) -> str | None:
        """Open the collection in use, unless it is open; why that cannot be used, or None."""
        record = _read_record(self._store.path)
        place = self._place(record.name) if record else None
        if record is None or record.url != self._url or (isinstance(place, Path) and not place.is_dir()):
            return _NONE
        if not record.ids:
            return "it was left in the middle of a change"
        if record.lineage != str(wanted.held.lineage):
            return "it was made for another state of the store"
        if self._open is not None:
            return None
        if isinstance(place, Path) and _digest_files(place) != record.files:
            return "its files are not as they were left"
        try:
            collection = Collection(self._place(record.name), record.name)
            self._use(_Open(collection, record, ids := collection.ids()))
            if _digest(ids) != record.ids:
                return "it holds other passages than it was given"
            both = np.intersect1d(ids, wanted.ids, assume_unique=True)
            some = np.sort(np.random.default_rng().permutation(both)[:_SAMPLES])
            expected = wanted.vectors(some)
            vectors = collection.vectors(some) if len(some) else expected
            if vectors.shape != expected.shape or not np.allclose(vectors, expected, rtol=0, atol=1e-4):
                return "it holds other vectors than the store"
        except Unreachable:
            raise
        except ChromaFailed as error:
            return str(error)
        return None

    def _change(self, held: _Open, wanted: _Wanted) -> Synced:
        """Add and delete the rows that differ. Raises ChromaFailed, also where they are too many."""
        gone = np.setdiff1d(held.ids, wanted.ids, assume_unique=True)
        new = np.setdiff1d(wanted.ids, held.ids, assume_unique=True)
        record = replace(held.record, deleted=held.record.deleted + len(gone))
        self._use(replace(held, of=None))
        if 2 * record.deleted > len(wanted.ids):
            raise ChromaFailed("more than half of it differs")
        if len(gone) or len(new):
            _write_record(self._store.path, replace(record, ids=""))
            held.collection.delete(gone)
            held.collection.put(new, wanted.vectors(new))
            if not np.array_equal(held.collection.ids(), wanted.ids):
                raise ChromaFailed("it holds other passages than it was given")
            held.collection.nearest(wanted.held.vectors[0], 1)  # Only a search has all taken into the index.
            place = self._place(record.name)
            files = _digest_files(place) if isinstance(place, Path) else ""
            record = replace(record, ids=_digest(wanted.ids), files=files)
            _write_record(self._store.path, record)
        self._use(_Open(held.collection, record, wanted.ids, wanted))
        return Synced(added=len(new), deleted=len(gone))

    def _place(self, name: str) -> Path | ChromaAddress:
        return self._address or self._store.path / FOLDER / name

    def _drop(self, address: ChromaAddress, name: str) -> None:
        """Delete a collection of the server, which keeps its index file (chroma#5259).

        So the vectors of passages that are gone are overwritten first, until the server has saved that.
        """
        with closing(Collection(address, name)) as collection:
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

    def _use(self, held: _Open | None) -> None:
        """Search this from now on; what was open before is closed."""
        with self._searching:
            before, self._open = self._open, held
            if before is not None and (held is None or before.collection is not held.collection):
                before.collection.close()

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
    left = []
    prefix = _prefix(store.path) if servers_of(store.path) else ""  # A copy of a store has none after this.
    holds = "the Chroma server {} still holds vectors (no text) of removed articles"
    try:
        ChromaVectors(store, server).sweep()
    except ChromaFailed as error:
        left.append(
            f"{holds.format(server)} ({error}); the next change of the store deletes them once it answers"
        )
    for url in servers_of(store.path):
        if server is None or url != server.url:
            left.append(
                f"{holds.format(url)}, and is not in use; run onrecord index once with ONRECORD_CHROMA_URL="
                f"{url}, or delete its collections {prefix}* and the folder {_marker(store.path, url)}"
            )
    return "; ".join(left) or None


def examine_cache(store: Store, server: ChromaAddress | None = None) -> tuple[bool, str]:
    """Whether the cache is as it should be, and what it is, for people; nothing is changed.

    Raises StoreOwned where another process owns the store and may have the folder open.
    """
    cache = ChromaVectors(store, server)
    idle = [
        f"{url} still holds vectors of this store" for url in servers_of(store.path) if url != str(server)
    ]
    try:
        with locked(store.path) if server is None else nullcontext():
            at = f"{ask(server, 'version', str)} at {server}" if server else version("chromadb")
            wrong = cache.examine()
            says = f"{store.passage_count():,} vectors"
    except ChromaFailed as error:
        cache._report(error)
        return False, "; ".join([str(cache.problem), *idle])
    if wrong is not None:
        says = f"{wrong}; searches are exact until the next onrecord index makes it anew"
    return wrong is None and not idle, "; ".join([f"Chroma {at}{': ' if wrong else ', '}{says}", *idle])


def servers_of(store_path: Path) -> list[str]:
    """The addresses, without credentials, of the servers that may hold vectors of the store."""
    return sorted(unquote(folder.name) for folder in (store_path / SERVERS).glob("*"))


def _marker(store_path: Path, url: str) -> Path:
    return store_path / SERVERS / quote(url, safe="")


def _read_record(store_path: Path) -> _Record | None:
    with Store.open(store_path) as store:
        stated = store.meta("vector_cache")
    return _Record(**json.loads(stated)) if stated else None


def _write_record(store_path: Path, record: _Record | None) -> None:
    _write_meta(store_path, vector_cache=json.dumps(asdict(record)) if record else "")


def _write_meta(store_path: Path, **values: str) -> None:
    with locked(store_path), Store.open(store_path, write=True) as store:
        writer = Writer(store)
        with writer.transaction(articles=False):
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
        if name:
            _log.warning("the store %s is a copy of %s, whose collections are %s-*", store_path, was, name)
        shutil.rmtree(store_path / SERVERS, ignore_errors=True)
        name = f"onrecord-{secrets.token_hex(8)}"
    if was != here:
        _write_meta(store_path, chroma_name=name, chroma_place=json.dumps(here))
    return f"{name}-"


def _digest(ids: Ids) -> str:
    return hashlib.sha256(ids.tobytes()).hexdigest()


def _digest_files(folder: Path) -> str:
    """A digest of the index files, "" before Chroma first saves them; what was digested is on the disk.

    Chroma's SQLite file is left out: it changes when it is opened, and SQLite checks it itself.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*/*")) if any(folder.glob("*/index_metadata.pickle")) else ():
        with path.open("rb+") as file:
            os.fsync(file)
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
