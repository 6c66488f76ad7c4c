"""Chroma as a cache of vectors beside SQLite: in the store's folder `chroma/`, or on a Chroma server.

SQLite holds every vector. Chroma is given ids and vectors, never text, and only finds candidates faster in a
large archive: they are scored with SQLite's vectors, and exact search answers whenever Chroma cannot.

A record in SQLite (`meta`, `vector_cache`) names the one collection, from before it is made until after it is
deleted, and is dirty during a change. An id of a store always means the same vector of an embedder, so `sync`
adds and deletes the ids that differ. What is dirty, or not as it was left, is deleted and filled anew.
"""

import ctypes
import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from corpus.errors import StoreError
from index.store.filters import Filter
from index.store.lock import locked
from index.store.store import Store
from index.store.write import writing
from index.vectors.address import ChromaAddress
from index.vectors.exact import ExactVectors, Ids, Matrix, Snapshot, VectorSource, ranked

_log = logging.getLogger(__name__)
FOLDER = "chroma"
FEWEST = 20_000
"""Vectors from which Chroma is asked: exact search takes 10 ms for 100,000 and Chroma 3 ms, but for 20,000 a
search takes 12 ms with exact search and 16 ms with a server. Never under a filter: of 100,000 Chroma takes 48
ms for an equality and 354 ms for a range of dates."""
_SPARE, _TIE = 40, 2e-6
"""Candidates beyond k, as the graph may miss one; how close scores are that may be in another order."""
QUERY_SECONDS, CONNECT_SECONDS, WORK_SECONDS = 2.0, 5.0, 120.0
"""Deadlines of a search, of a server's first answer, and of all else (one batch, loading an index)."""
EF_SEARCH, _BATCH, _UNTIL_SAVED, _OVERWRITTEN = 500, 1_000, 1_100, 10_000
"""Candidates of a search (of Chroma's 100 one of the 50 nearest is missed now and then); rows of a call; rows
after which Chroma saves its index; rows overwritten at most before a collection is deleted."""
EXPECTED = NONE, DIFFERS = "there is none", "most of it differs"  # Reasons to fill it that are no faults.


class ChromaFailed(Exception):
    """Chroma raised, or its answer cannot be right: the collection is filled anew. Stays in here."""


class Synced(NamedTuple):
    """What `sync` did: vectors added and deleted, and why the collection was filled anew, if it was."""

    added: int = 0
    deleted: int = 0
    rebuilt_because: str | None = None


class _Record(NamedTuple):
    """What is known of the collection; `ids` and `files` (of a folder's index) are digests."""

    server: str = ""  # "": it is in the store's folder.
    name: str = ""
    embedder: str = ""
    deleted: int = 0  # Rows, which keep their places in the graph.
    ids: str = ""  # "": it is dirty.
    files: str = ""
    path: str = ""  # Of the store; in a copy of it, path and inode are others.
    inode: int = 0


class _Rows:
    """A collection's rows for a snapshot: of equal vectors the first, as copies crowd Chroma's graph."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        hashes = np.fromiter((hash(row.tobytes()) for row in snapshot.vectors), np.int64, len(snapshot.ids))
        _, first, self._group = np.unique(hashes, return_index=True, return_inverse=True)
        self.ids: Ids = np.sort(snapshot.ids[first])
        self.digest = hashlib.sha256(self.ids.tobytes()).hexdigest()

    def vectors(self, ids: Ids) -> Matrix:
        return self.snapshot.vectors[np.searchsorted(self.snapshot.ids, ids)]

    def with_copies(self, ids: Ids) -> Ids:
        groups = self._group[np.searchsorted(self.snapshot.ids, ids)]
        return self.snapshot.ids[np.isin(self._group, groups)]


class Collection:
    """A collection, made if it is missing, or without a name only a connection; open until `close`.

    Only this calls chromadb. Avoided: settings from `.env` and the environment, telemetry, l2 as distance,
    the download of a model where no embedding function is named, `add` (ignores known ids), and two processes
    in one folder (both lose vectors, chroma#7678). `held`: its ids when they were last read.
    """

    def __init__(self, place: Path | ChromaAddress, name: str | None) -> None:
        self.place, self.held = place, np.zeros(0, np.int64)
        self._client = call(WORK_SECONDS if isinstance(place, Path) else CONNECT_SECONDS, _client, place)
        hnsw = {"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}}
        how = {"configuration": hnsw, "embedding_function": None}
        try:
            self._rows: Any = name and call(WORK_SECONDS, self._client.get_or_create_collection, name, **how)
        except (ChromaFailed, OSError):
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, and the sessions that HttpClient leaves open; raises nothing."""
        servers = self._client._server, self._client._admin_client._server
        for opened in (*(one._session for one in servers if hasattr(one, "_session")), self._client):
            with suppress(ChromaFailed, OSError):
                call(CONNECT_SECONDS, opened.close)

    def put(self, ids: Ids, vectors: Matrix) -> None:
        """Add rows, or replace their vectors."""
        for part in (slice(first, first + _BATCH) for first in range(0, len(ids), _BATCH)):
            names = list(map(str, ids[part].tolist()))
            call(WORK_SECONDS, self._rows.upsert, ids=names, embeddings=vectors[part])

    def delete(self, ids: Ids) -> None:
        """Delete these rows."""
        for first in range(0, len(ids), _BATCH):
            call(WORK_SECONDS, self._rows.delete, ids=list(map(str, ids[first : first + _BATCH].tolist())))

    def ids(self) -> Ids:
        """The ids of all rows, ascending."""
        self.held = np.sort(np.array(call(WORK_SECONDS, self._rows.get, include=[])["ids"], dtype=np.int64))
        return self.held

    def nearest(self, query: Matrix, k: int, seconds: float = WORK_SECONDS) -> Ids:
        """About `k` ids of the rows nearest to a vector, nearest first."""
        asked = {"query_embeddings": query[np.newaxis], "n_results": k, "include": []}
        return np.array(call(seconds, self._rows.query, **asked)["ids"][0], dtype=np.int64)

    def drop(self, live: Ids) -> None:
        """Delete the collection, whose file a server keeps (chroma#5259): rows not `live` are overwritten."""
        with suppress(ChromaFailed):  # Then it is deleted all the same.
            if len(gone := np.setdiff1d(self.ids(), live)[:_OVERWRITTEN]):
                ids = np.concatenate([gone, np.arange(-_UNTIL_SAVED, 0)])
                dimensions = len(call(WORK_SECONDS, self._rows.peek, 1)["embeddings"][0])
                noise = np.random.default_rng().normal(size=(len(ids), dimensions)).astype(np.float32)
                self.put(ids, noise)
                self.nearest(noise[0], 1)
        call(WORK_SECONDS, self._client.delete_collection, self._rows.name)


class ChromaVectors(AbstractContextManager["ChromaVectors"]):
    """Vector search with Chroma, for the one process that owns the store; threads may share it.

    Answers are those of exact search; of the 50 nearest among 100,000 it may miss one in one query of 200.
    A cache that fails does not raise: `problem` says what is wrong, and the next `sync` tries again.
    """

    def __init__(
        self, store: VectorSource, address: ChromaAddress | None = None, *, fewest: int = FEWEST
    ) -> None:
        self.problem: str | None = None
        place = f"on the Chroma server {address}" if address else store.path / FOLDER
        self.name = f"the vector cache {place}"
        self._store, self._address, self._fewest = store, address, fewest
        self._exact = ExactVectors(store)
        self._collection: Collection | None = None
        self._rows: _Rows | None = None  # What it holds, while it may be asked.
        self._searching, self._syncing = threading.RLock(), threading.Lock()

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the collection; searches are exact until the next `sync`."""
        with self._searching:
            collection, self._collection, self._rows = self._collection, None, None
        if collection is not None:
            collection.close()

    @property
    def is_current(self) -> bool:
        """Whether Chroma holds what the store holds."""
        return self._rows is not None and self._rows.snapshot.generation == self._store.generation

    def search(self, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """As `VectorIndex.search`. Raises StoreMismatch if the query's length is not that of the vectors."""
        found = self._approximate(query, k) if where is None or where.is_empty else None
        return self._exact.search(query, k, where) if found is None else found

    def _approximate(self, query: Matrix, k: int) -> list[tuple[int, float]] | None:
        """The collection's answer; None where exact search would answer otherwise, or faster."""
        with self._searching:
            rows, collection = self._rows, self._collection
            if not self.is_current or rows is None or collection is None or len(rows.ids) < self._fewest:
                return None
            wanted = min(k + _SPARE, len(rows.ids))
            if not 1 <= k <= wanted <= EF_SEARCH or query.shape != rows.snapshot.vectors.shape[1:]:
                return None
            try:
                ids = np.unique(collection.nearest(query, wanted, QUERY_SECONDS))
                if len(ids) < wanted or not np.isin(ids, rows.ids, assume_unique=True).all():
                    raise ChromaFailed("a query found too few passages, or others than it was given")
            except (ChromaFailed, OSError) as error:
                self.close()
                self._report(error)
                return None
        every = rows.with_copies(ids)
        found = ranked(*self._store.vectors_of(every), query)
        changing = len(found) < len(every)
        ties = wanted < len(rows.ids) and found[k - 1][1] - found[-1][1] < _TIE  # There may be more of them.
        return None if changing or ties else found[:k]

    def sync(self) -> Synced:
        """Bring the cache to exactly the store's passages. Raises StoreOwned, and what reading it raises."""
        with self._syncing, locked(self._store.path), clean_memory():
            if self.is_current:
                return Synced()
            wanted, self.problem = _Rows(self._exact.snapshot()), None
            try:
                try:
                    return self._change(*self._open(), wanted)
                except ChromaFailed as error:
                    return self._fill(wanted, str(error))
            except (ChromaFailed, StoreError, OSError) as error:
                self.close()
                self._report(error)
                if self._address is None:
                    with suppress(ChromaFailed, StoreError, OSError):
                        self._delete()  # Not to keep a full disk full.
                return Synced()

    def discard(self) -> str | None:
        """Delete the cache with all that it keeps of deleted passages; what is left to the next `sync`."""
        try:
            self._delete()
        except (ChromaFailed, OSError) as error:
            holds = f"{self._record.server or self.name} still holds vectors (no text) of removed articles"
            return f"{holds} ({error}); the next change of the store that reaches it deletes them"
        return None

    def examine(self) -> str | None:
        """Why searches are exact, by the record of the last change and the server's answer; or None."""
        try:
            if self._address is not None:
                Collection(self._address, None).close()
        except (ChromaFailed, OSError) as error:
            return str(error)
        return None if self._record.ids == _Rows(self._exact.snapshot()).digest else "it is not up to date"

    def _open(self) -> tuple[_Record, Collection]:
        """The record and the collection, which is opened unless it is. Raises ChromaFailed if not sound."""
        record, collection = self._record, self._collection
        if not record.name or record.server != str(self._address or ""):
            raise ChromaFailed(NONE)
        if not record.ids:
            raise ChromaFailed("it was left in the middle of a change")
        if collection is None:
            place = self._address or self._store.path / FOLDER / record.name
            if _digest_files(place) != record.files:
                raise ChromaFailed("its files are not as they were left")
            collection = self._collection = Collection(place, record.name)
            if hashlib.sha256(collection.ids().tobytes()).hexdigest() != record.ids:
                raise ChromaFailed("it holds other passages than it was given")
        return record, collection

    def _fill(self, wanted: _Rows, because: str) -> Synced:
        """Delete what there is, and fill a collection of a new name."""
        old, here = self._record, str(self._address or "")
        try:
            self._delete()
        except (ChromaFailed, OSError) as error:
            if old.server == here:
                raise
            because = f"{old.server or FOLDER} was used before and still has {old.name} ({error})"
        if not len(wanted.ids):
            return Synced()
        _log.info("filling %s: %s", self.name, because)
        record = _Record(here, f"onrecord-{secrets.randbits(64)}", str(wanted.snapshot.lineage[0]))
        self._write(record)
        place = self._address or self._store.path / FOLDER / record.name
        collection = self._collection = Collection(place, record.name)
        return self._change(record, collection, wanted)._replace(rebuilt_because=because)

    def _change(self, record: _Record, collection: Collection, wanted: _Rows) -> Synced:
        """Add and delete the rows that differ. Raises ChromaFailed, also where they are too many."""
        with self._searching:
            self._rows = None
        gone = np.setdiff1d(collection.held, wanted.ids, assume_unique=True)
        new = np.setdiff1d(wanted.ids, collection.held, assume_unique=True)
        record = record._replace(deleted=record.deleted + len(gone))
        if record.embedder != str(wanted.snapshot.lineage[0]) or 2 * record.deleted > len(wanted.ids):
            raise ChromaFailed(DIFFERS)
        if len(gone) or len(new):
            self._write(record._replace(ids=""))
            collection.delete(gone)
            collection.put(new, wanted.vectors(new))
            if not np.array_equal(collection.ids(), wanted.ids):
                raise ChromaFailed("it holds other passages than it was given")
        asked = wanted.vectors(wanted.ids[:: len(wanted.ids) // 16 + 1])  # It has to find most of them,
        found = np.concatenate([collection.nearest(one, 1) for one in asked])  # and so has indexed all rows.
        if len(found) < len(asked) or np.mean(np.abs(wanted.vectors(found) - asked).max(1) < 1e-3) < 0.5:
            raise ChromaFailed("it holds other vectors than the store")
        if len(gone) or len(new):
            self._write(record._replace(ids=wanted.digest, files=_digest_files(collection.place)))
        self._rows = wanted
        return Synced(len(new), len(gone))

    def _delete(self) -> None:
        """Delete the folder's collections, and the one that the record names, on whatever server it is."""
        self.close()
        if (self._store.path / FOLDER).is_dir():
            shutil.rmtree(self._store.path / FOLDER)
        record, there = self._record, self._address
        if record.server:
            if there is None or record.server != str(there):
                there = ChromaAddress.parse(record.server)
            with closing(Collection(there, record.name)) as collection:
                collection.drop(self._store.passage_ids(Filter()))
        self._write(_Record())

    def _report(self, error: Exception) -> None:
        advice = "check the space left on its disk, or delete the folder: it is made anew"
        if self._address is not None:
            advice = "check that the server runs and that ONRECORD_CHROMA_URL is right"
        self.problem = f"{self.name} cannot be used ({error}), so searches are exact; {advice}"
        _log.warning("%s", self.problem)

    @property
    def _record(self) -> _Record:
        """The record in SQLite; an empty one in a copy of the store whose collection is on a server."""
        with Store.open(self._store.path) as store:
            record = _Record(*json.loads(store.meta("vector_cache") or "[]"))
        moved = record.path not in ("", os.path.realpath(self._store.path))
        return _Record() if record.server and moved and record.inode != self._store.lineage[1] else record

    def _write(self, record: _Record) -> None:
        record = record._replace(path=os.path.realpath(self._store.path), inode=self._store.lineage[1])
        with writing(self._store.path) as writer, writer.transaction(articles=False):
            writer.set_meta("vector_cache", json.dumps(record))


def _digest_files(place: Path | ChromaAddress) -> str:
    """A digest of a folder's index files, once Chroma has saved them; its SQLite file SQLite checks."""
    digest = hashlib.sha256()
    for saved in place.glob("*/index_metadata.pickle") if isinstance(place, Path) else ():
        for path in sorted(saved.parent.iterdir()):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def call(seconds: float, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """The result of that call in a thread of its own, which is left behind at the deadline.

    Raises OSError for no answer, and for all else ChromaFailed, a panic of Chroma's native code included.
    """
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(work(*arguments, **named))
        except BaseException as error:
            done.set_exception(_meaning(error))

    threading.Thread(target=run, name="chroma", daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        raise OSError("it did not answer in time") from None


@contextmanager
def clean_memory() -> Iterator[None]:
    """Have the C library (glibc) overwrite memory before it gives it out, while the block runs.

    Chroma saves unused parts of its index as they are: words of (removed) articles were found in its files.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda option, value: 0)
    mallopt(-6, 0x55)  # M_PERTURB
    try:
        yield
    finally:
        mallopt(-6, 0)


def _client(place: Path | ChromaAddress) -> Any:
    import chromadb
    from chromadb.config import Settings

    defaults = {name: one.get_default() for name, one in Settings.model_fields.items()}
    settings = Settings(**defaults | {"anonymized_telemetry": False})  # Not the environment's, nor a file's.
    if isinstance(place, Path):
        return chromadb.PersistentClient(str(place), settings)
    headers = {"Authorization": place.authorization} if place.authorization else {}
    client: Any = chromadb.HttpClient(str(place), place.port, place.tls, headers, settings)
    client._server._session.timeout = WORK_SECONDS
    return client


def _meaning(error: BaseException) -> ChromaFailed | OSError:
    """What an error means; chromadb's own often hide one of httpx, while which they were raised."""
    import httpx
    from chromadb.errors import ChromaError

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ChromaError | httpx.HTTPError):
        cause = cause.__cause__ or cause.__context__
    kind = OSError if isinstance(cause, httpx.HTTPError) else ChromaFailed
    return kind(f"{type(cause or error).__name__}: {' '.join(str(cause or error).split())[:200]}")
