"""One Chroma collection, in a folder or on a server: chromadb is imported and called here alone.

Avoided here: its settings from `.env` and the environment, telemetry, the download of a model where no
embedding function is named, l2 as default distance, `add` (ignores known ids), clients without time limits.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.vectors.address import ChromaAddress
from index.vectors.exact import Ids, Matrix

Result = TypeVar("Result")
QUERY_SECONDS, CONNECT_SECONDS, WORK_SECONDS = 2.0, 5.0, 120.0
"""Deadlines of a search, of a server's first answer, and of all else (one batch, loading an index)."""
EF_SEARCH, _BATCH = 500, 1_000
"""Candidates of a search (of Chroma's 100 one of the 50 nearest is missed now and then); rows of a call."""


class ChromaFailed(Exception):
    """Chroma raised, or its answer cannot be right; never leaves `index.vectors`."""


class Unreachable(ChromaFailed):
    """No answer, or none in time; what the collection holds is as it was."""


class Collection:
    """A collection, open until `close`; ids are passage ids. Methods raise ChromaFailed.

    At most one process may have a folder open: with two, both lose vectors (chroma#7678).
    """

    def __init__(self, place: Path | ChromaAddress, name: str, *, create: bool = False) -> None:
        self._client = connect(place)
        hnsw = {"configuration": {"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}}} if create else {}
        make = self._client.create_collection if create else self._client.get_collection
        try:
            self._rows = call(WORK_SECONDS, make, name, embedding_function=None, **hnsw)
        except ChromaFailed:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; raises nothing."""
        disconnect(self._client)

    def put(self, ids: Ids, vectors: Matrix) -> None:
        """Add rows, or replace their vectors."""
        for part in (slice(first, first + _BATCH) for first in range(0, len(ids), _BATCH)):
            names = list(map(str, ids[part].tolist()))
            call(WORK_SECONDS, self._rows.upsert, ids=names, embeddings=vectors[part])

    def delete(self, ids: Ids) -> None:
        """Delete these rows."""
        for first in range(0, len(ids), _BATCH):
            call(WORK_SECONDS, self._rows.delete, ids=list(map(str, ids[first : first + _BATCH].tolist())))

    def drop(self) -> None:
        """Delete the collection."""
        call(WORK_SECONDS, self._client.delete_collection, self._rows.name)

    def ids(self) -> Ids:
        """The ids of all rows, ascending."""
        return np.sort(np.array(call(WORK_SECONDS, self._rows.get, include=[])["ids"], dtype=np.int64))

    def vectors(self, ids: Ids) -> Matrix:
        """The vectors of those of these rows that are there, by ascending id."""
        names = list(map(str, ids.tolist()))
        rows = call(WORK_SECONDS, self._rows.get, ids=names, include=["embeddings"])
        order = np.argsort(np.array(rows["ids"], dtype=np.int64))
        return np.asarray(rows["embeddings"], dtype=np.float32)[order]

    def nearest(self, query: Matrix, k: int, seconds: float = WORK_SECONDS) -> Ids:
        """About `k` ids of the rows nearest to a vector, nearest first."""
        asked = {"query_embeddings": query[np.newaxis], "n_results": k, "include": []}
        return np.array(call(seconds, self._rows.query, **asked)["ids"][0], dtype=np.int64)


def connect(place: Path | ChromaAddress) -> Any:
    """A client of a folder or a server, to be given to `disconnect`. Raises ChromaFailed."""
    try:
        return call(WORK_SECONDS if isinstance(place, Path) else CONNECT_SECONDS, _client, place)
    except Unreachable:
        raise
    except ChromaFailed as error:
        if isinstance(place, Path):
            raise
        raise ChromaFailed("it does not answer as Chroma does") from error


def disconnect(client: Any) -> None:
    """Close a client, and the sessions that HttpClient leaves open; raises nothing."""
    sessions = [getattr(one, "_session", None) for one in (client._server, client._admin_client._server)]
    for closing in (*(one.close for one in sessions if one is not None), client.close):
        with suppress(ChromaFailed):
            call(CONNECT_SECONDS, closing)


def on_server(address: ChromaAddress, method: str, *arguments: Any) -> Any:
    """What that method of a client of the server returns. Raises ChromaFailed."""
    client = connect(address)
    try:
        return call(CONNECT_SECONDS, getattr(client, method), *arguments)
    finally:
        disconnect(client)


def call(seconds: float, work: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
    """The result of that call in a thread of its own, which is left behind at the deadline.

    Raises ChromaFailed for whatever it raises, a panic of Chroma's native code included.
    """
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(work(*arguments, **named))
        except BaseException as error:
            done.set_exception(_meaning(error))

    threading.Thread(target=run, name="chroma", daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        raise Unreachable("it did not answer in time") from None


@contextmanager
def clean_memory() -> Iterator[None]:
    """Have the C library (glibc) overwrite memory before it gives it out, while the block runs.

    Chroma saves unused parts of its index with whatever this process had in memory there: words of articles
    were found in its files, of removed ones among them.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda option, value: 0)
    mallopt(-6, 0x55)  # M_PERTURB
    try:
        yield
    finally:
        mallopt(-6, 0)


def _client(place: Path | ChromaAddress) -> Any:
    import chromadb
    from chromadb import config

    class Settings(config.Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: Any, init_settings: Any, *_: Any, **others: Any
        ) -> tuple[Any, ...]:
            return (init_settings,)  # Neither the environment nor a file.

    settings = Settings(anonymized_telemetry=False)
    if isinstance(place, Path):
        return chromadb.PersistentClient(str(place), settings)
    client: Any = chromadb.HttpClient(place.url, place.port, place.tls, place.headers, settings)
    client._server._session.timeout = WORK_SECONDS
    return client


def _meaning(error: BaseException) -> ChromaFailed:
    """What an error means; chromadb's own often hide one of httpx, while which they were raised."""
    import httpx
    from chromadb.errors import ChromaError, NotFoundError

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ChromaError):
        if isinstance(cause, httpx.TimeoutException) and not isinstance(cause, httpx.ConnectTimeout):
            return Unreachable("it did not answer in time")
        if isinstance(cause, httpx.TransportError):
            return Unreachable("no connection")
        if isinstance(cause, httpx.HTTPStatusError):
            status = cause.response.status_code
            says = "it refused access ({})" if status in (401, 403) else "it answered {}"
            return Unreachable(says.format(status))
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, NotFoundError):
        return ChromaFailed("it does not hold the collection any more")
    return ChromaFailed(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
