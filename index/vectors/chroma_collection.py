"""One Chroma collection of vectors, in a folder or on a server (`index.vectors.chroma_server`).

chromadb 1.5 takes settings from `.env` in the working folder and from any environment variable of the name of
one of its fields, sends telemetry, downloads a model where no embedding function is named, measures l2, and
ignores an `add` of a known id: all of that is switched off or avoided below.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from index.vectors.exact import Ids, Matrix

if TYPE_CHECKING:
    from chromadb.config import Settings

_NAME = "passages"
_HNSW = {"space": "cosine", "ef_search": 500}
"""Chroma looks at 100 candidates by default, which loses one of the 50 nearest in 100,000 now and then."""
_CONTROL = (KeyboardInterrupt, SystemExit, GeneratorExit)


class ChromaFailed(Exception):
    """Chroma raised, or answered what cannot be; never leaves `index.vectors.chroma`."""


class Unreachable(ChromaFailed):
    """A Chroma server does not answer; what it holds is as it was."""


_M_PERTURB, _FILLING = -6, 0x55
_clean = threading.Lock()
_cleaning = 0


@contextmanager
def _clean_memory() -> Iterator[None]:
    """Have all memory that is allocated in the block filled first, as far as the C library can (glibc).

    Chroma writes its index with the places that are still free, and what stands in them is whatever this
    process had in memory before: words of articles were found there, removed ones among them.
    """
    global _cleaning
    with _clean:
        _cleaning += 1
        _fill_memory(_FILLING)
    try:
        yield
    finally:
        with _clean:
            _cleaning -= 1
            _fill_memory(_FILLING if _cleaning else 0)


def _fill_memory(byte: int) -> None:
    """Fill what malloc gives out from now on with the byte's complement; 0: no more."""
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_PERTURB, byte)


@contextmanager
def _failing() -> Iterator[None]:
    """Turn whatever Chroma raises, a panic of its native part included, into ChromaFailed."""
    try:
        with _clean_memory():
            yield
    except (*_CONTROL, ChromaFailed):
        raise
    except BaseException as error:
        said = " ".join(str(error).split())[:200]
        raise ChromaFailed(f"{type(error).__name__}: {said}" if said else type(error).__name__) from error


class Collection:
    """A collection, open until `close`; ids are passage ids. Methods raise ChromaFailed.

    `connect` makes the client that the collection owns. `failing` is the context in which Chroma is called,
    and turns what it raises into ChromaFailed; `most` bounds the rows of one call.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        name: str = _NAME,
        *,
        create: bool = False,
        failing: Callable[[], AbstractContextManager[None]] = _failing,
        most: int | None = None,
    ) -> None:
        self._failing = failing
        with failing():
            self._client = connect()
            try:
                if create:
                    self._collection = self._client.create_collection(
                        name, embedding_function=None, configuration={"hnsw": _hnsw()}
                    )
                else:
                    self._collection = self._client.get_collection(name, embedding_function=None)
                self._largest_batch = int(self._client.get_max_batch_size())
            except BaseException:
                self._client.close()
                raise
        self._largest_batch = min(self._largest_batch, most or self._largest_batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        with self._failing():
            self._client.close()

    def put(self, ids: Ids, vectors: Matrix) -> None:
        """Add rows, or change those that are there."""
        for part in self._batches(len(ids)):
            with self._failing():
                self._collection.upsert(ids=_names(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Ids) -> None:
        """Delete these rows."""
        for part in self._batches(len(ids)):
            with self._failing():
                self._collection.delete(ids=_names(ids[part]))

    def ids(self) -> Ids:
        """The ids of all rows, ascending."""
        with self._failing():
            return np.sort(_numbers(self._collection.get(include=[])["ids"]))

    def vectors(self, ids: Ids) -> Matrix:
        """The vectors of some rows, in that order."""
        with self._failing():
            found = self._collection.get(ids=_names(ids), include=["embeddings"])
            return _in_order(ids, _numbers(found["ids"]), found["embeddings"])

    def nearest(self, query: Matrix, k: int) -> tuple[Ids, Matrix]:
        """About the `k` rows nearest to a vector, nearest first, with their vectors."""
        with self._failing():
            found = self._collection.query(
                query_embeddings=query[np.newaxis], n_results=k, include=["embeddings"]
            )
            embeddings = found["embeddings"]
            if embeddings is None:
                raise ChromaFailed("a query came back without vectors")
            ids = _numbers(found["ids"][0])
            return ids, _in_order(ids, ids, embeddings[0])

    def _batches(self, rows: int) -> Iterator[slice]:
        for first in range(0, rows, self._largest_batch):
            yield slice(first, first + self._largest_batch)


def in_folder(folder: Path, *, create: bool = False) -> Collection:
    """The collection in a folder. Raises ChromaFailed.

    At most one process may have the folder open: a second one makes both lose vectors (chroma#7678).
    """
    return Collection(partial(_open_folder, folder), create=create)


def _open_folder(folder: Path) -> Any:
    from chromadb import PersistentClient

    return PersistentClient(path=str(folder), settings=settings())


def settings(**more: Any) -> "Settings":
    """Settings that neither the environment nor a file has a say in."""
    from chromadb.config import Settings

    class OurSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: Any, init_settings: Any, *others: Any, **more: Any
        ) -> tuple[Any, ...]:
            return (init_settings,)

    return OurSettings(anonymized_telemetry=False, **more)


def _hnsw() -> Any:
    return dict(_HNSW)


def _names(ids: Ids) -> list[str]:
    return [str(passage_id) for passage_id in ids.tolist()]


def _numbers(names: list[str]) -> Ids:
    return np.array([int(name) for name in names], dtype=np.int64)


def _in_order(wanted: Ids, ids: Ids, embeddings: Any) -> Matrix:
    """The rows of `embeddings` (those of `ids`) in the order wanted."""
    vectors = np.asarray(embeddings, dtype=np.float32)
    if len(ids) != len(wanted) or vectors.ndim != 2 or len(vectors) != len(ids):
        raise ChromaFailed(f"asked for {len(wanted)} vectors, {len(ids)} came")
    place = {passage_id: row for row, passage_id in enumerate(ids.tolist())}
    return vectors[[place[passage_id] for passage_id in wanted.tolist()]]
