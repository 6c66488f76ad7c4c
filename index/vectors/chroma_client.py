"""One Chroma collection, in a folder or on a server: chromadb is imported and called here alone.

chromadb 1.5 takes settings from `.env` and the environment, sends telemetry, downloads a model where no
embedding function is named, measures l2, ignores an `add` of a known id, and its HttpClient has no time
limits: all of that is switched off or avoided here.
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
"""Deadlines: of a search, of a server's first answer, of all else (one batch, loading an index)."""
EF_SEARCH = 500
"""Candidates of a search. With Chroma's 100 one of the 50 nearest in 100,000 is missed now and then."""
_BATCH, _SERVER_BATCH = 4_000, 1_000
"""Rows of one call: Chroma takes 5,461, and a server has to answer before the deadline."""
COLLECTIONS = "tenants/default_tenant/databases/default_database/collections?limit=100000"
_cleaning = threading.Lock()


class ChromaFailed(Exception):
    """Chroma raised, or its answer cannot be right; never leaves `index.vectors`."""


class Unreachable(ChromaFailed):
    """No answer, or none in time; what the collection holds is as it was."""


class Collection:
    """A collection, open until `close`; ids are passage ids. Methods raise ChromaFailed.

    At most one process may have a folder open: with two, both lose vectors (chroma#7678).
    """

    def __init__(self, place: Path | ChromaAddress, name: str, *, create: bool = False) -> None:
        self._batch = _SERVER_BATCH if isinstance(place, ChromaAddress) else _BATCH
        self._client = call(WORK_SECONDS, _connect, place)
        hnsw = {"configuration": {"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}}} if create else {}
        make = self._client.create_collection if create else self._client.get_collection
        try:
            self._rows = call(WORK_SECONDS, make, name, embedding_function=None, **hnsw)
        except ChromaFailed:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; raises nothing."""
        with suppress(ChromaFailed):
            call(CONNECT_SECONDS, _disconnect, self._client)

    def put(self, ids: Ids, vectors: Matrix) -> None:
        """Add rows, or replace their vectors."""
        for part in self._batches(ids):
            call(WORK_SECONDS, self._rows.upsert, ids=_names(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Ids) -> None:
        """Delete these rows."""
        for part in self._batches(ids):
            call(WORK_SECONDS, self._rows.delete, ids=_names(ids[part]))

    def drop(self) -> None:
        """Delete the collection."""
        call(WORK_SECONDS, self._client.delete_collection, self._rows.name)

    def ids(self) -> Ids:
        """The ids of all rows, ascending."""
        return call(WORK_SECONDS, lambda: np.sort(_numbers(self._rows.get(include=[])["ids"])))

    def vectors(self, ids: Ids) -> Matrix:
        """The vectors of those of these rows that are there, by ascending id."""

        def found() -> Matrix:
            rows = self._rows.get(ids=_names(ids), include=["embeddings"])
            return np.asarray(rows["embeddings"], dtype=np.float32)[np.argsort(_numbers(rows["ids"]))]

        return call(WORK_SECONDS, found)

    def nearest(self, query: Matrix, k: int, seconds: float = WORK_SECONDS) -> Ids:
        """About `k` ids of the rows nearest to a vector, nearest first."""
        asked = {"query_embeddings": query[np.newaxis], "n_results": k, "include": []}
        return call(seconds, lambda: _numbers(self._rows.query(**asked)["ids"][0]))

    def _batches(self, ids: Ids) -> Iterator[slice]:
        return (slice(first, first + self._batch) for first in range(0, len(ids), self._batch))


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


def ask(address: ChromaAddress, path: str, kind: type[Result]) -> Result:
    """The server's answer at that path of its API. Raises ChromaFailed, also if it is of another kind."""
    found: Result = call(CONNECT_SECONDS, _get, address, path, kind)
    return found


@contextmanager
def clean_memory() -> Iterator[None]:
    """Have the C library (glibc) overwrite all memory before it gives it out, while the block runs.

    Chroma saves places of its index that are not in use yet with whatever this process had in memory there:
    words of articles were found in its files, of removed ones among them.
    """
    with _cleaning:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda option, value: 0)
        mallopt(-6, 0x55)  # M_PERTURB
        try:
            yield
        finally:
            mallopt(-6, 0)


def _connect(place: Path | ChromaAddress) -> Any:
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
    ask(place, "version", str)  # HttpClient sends requests before it can be given a time limit.
    client: Any = chromadb.HttpClient(place.url, place.port, place.tls, place.headers, settings)
    client._server._session.timeout = WORK_SECONDS
    return client


def _disconnect(client: Any) -> None:
    for server in (client._server, client._admin_client._server):
        if hasattr(server, "_session"):
            server._session.close()  # HttpClient does not.
    client.close()


def _get(address: ChromaAddress, path: str, kind: type[Result]) -> Result:
    import httpx

    with httpx.Client(timeout=CONNECT_SECONDS, headers=address.headers) as client:
        answer = client.get(f"{address.url}/api/v2/{path}").raise_for_status()
    found: object = None
    with suppress(ValueError):
        found = answer.json()
    if isinstance(found, kind):
        return found
    raise ChromaFailed("it does not answer as Chroma does")


def _meaning(error: BaseException) -> ChromaFailed:
    """What an error means; chromadb's own often hide that of httpx, while which they were raised."""
    import httpx
    from chromadb.errors import ChromaError, NotFoundError

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ChromaError):
        if isinstance(cause, ChromaFailed):
            return cause
        if isinstance(cause, httpx.TimeoutException) and not isinstance(cause, httpx.ConnectTimeout):
            return Unreachable("it did not answer in time")
        if isinstance(cause, httpx.TransportError):
            return Unreachable("no connection")
        if isinstance(cause, httpx.HTTPStatusError):
            status = cause.response.status_code
            refused = status in (401, 403)
            return Unreachable(f"it refused access ({status})" if refused else f"it answered {status}")
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, NotFoundError):
        return ChromaFailed("it does not hold the collection any more")
    return ChromaFailed(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")


def _names(ids: Ids) -> list[str]:
    return [str(passage_id) for passage_id in ids.tolist()]


def _numbers(names: list[str]) -> Ids:
    return np.array([int(name) for name in names], dtype=np.int64)
