"""A Chroma server as the place of the vector cache: collections of this store beside those of others.

Passage ids and vectors are all that it is given. The records of what it holds stay in the store's folder:

    STORE/chroma-servers/http%3A%2F%2F127.0.0.1%3A8000/current, .../7/rows.npz

While there is such a folder the server may hold vectors of the store. Nothing here imports Chroma until a
method is called.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import numpy as np

from index.vectors import chroma_folder
from index.vectors.address import ChromaAddress
from index.vectors.chroma_check import compare
from index.vectors.chroma_collection import ChromaFailed, Collection, Unreachable
from index.vectors.exact import Ids, Matrix

if TYPE_CHECKING:
    from index.vectors.chroma_client import BoundedClient

_log = logging.getLogger(__name__)

FOLDER = "chroma-servers"
_AT_A_TIME = 1000
"""Rows written in one request, so that each is answered within its time; names listed in one."""
QUERY_SECONDS = 2.0
"""For a search: then exact search answers."""
_PATIENCE = 30.0
"""Seconds for a search that tries a collection out: a server reads its index from disk for the first one."""
_OVERWRITTEN = 10_000
"""Rows that are overwritten at most; a thousand take a second."""
_UNTIL_WRITTEN = 1_100
"""More rows than the 1,000 after which Chroma writes its index file and empties its log."""


@dataclass(frozen=True, slots=True)
class OnServer:
    """Collections on a server whose names begin with `prefix`, which belongs to one store alone.

    `root` is the folder of the records, as `record_of` says; `live` gives the passages of the store, if it
    is known.
    """

    root: Path
    address: ChromaAddress
    prefix: str
    live: Callable[[], Ids] | None = None

    @property
    def name(self) -> str:
        """As `Home.name`."""
        return f"the vector cache on the Chroma server {self.address}"

    @property
    def advice(self) -> str:
        """As `Home.advice`."""
        return "check that the server runs and that ONRECORD_CHROMA_URL is right"

    def open(self, folder: Path, *, create: bool = False) -> Collection:
        """As `Home.open`; what stands under the name of a new collection is deleted."""
        if create:
            with self._client() as client:
                if self._name(folder) in self._names(client):
                    client.delete_collection(self._name(folder))
        return self._open(folder, QUERY_SECONDS, create=create)

    def check(self, folder: Path, ids: Ids, sample: Ids, vectors: Matrix) -> str | None:
        """As `Home.check`. Raises Unreachable where nothing can be said."""
        try:
            with self._open(folder, _PATIENCE) as collection:
                return compare(collection, ids, sample, vectors)
        except Unreachable:
            raise
        except ChromaFailed as error:
            return str(error)

    def sweep(self, keep: Path | None) -> None:
        """As `Home.sweep`; collections of other stores are left alone.

        What is not live any more is overwritten first: a server keeps the index file of a collection that is
        deleted (https://github.com/chroma-core/chroma/issues/5259).
        """
        kept = None if keep is None else self._name(keep)
        with self._client() as client:
            for name in self._names(client):
                if name != kept:
                    self._overwrite(name)
                    client.delete_collection(name)
        chroma_folder.remove_leftovers(self.root, keep)
        if keep is None:
            with suppress(OSError):
                self.root.rmdir()

    def version(self) -> str:
        """The server's own version. Raises ChromaFailed."""
        with self._client() as client:
            return str(client.get_version())

    def _overwrite(self, name: str) -> None:
        """Put other vectors in the place of those that are not live, until they are on the server's disk."""
        if self.live is None:
            return
        try:
            with self._collection(name, _PATIENCE) as collection:
                gone = np.setdiff1d(collection.ids(), self.live(), assume_unique=True)[:_OVERWRITTEN]
                if len(gone):
                    dimensions = collection.vectors(gone[:1]).shape[1]
                    others = np.arange(-_UNTIL_WRITTEN, 0)
                    shape = (len(gone) + len(others), dimensions)
                    noise = np.random.default_rng().normal(size=shape).astype(np.float32)
                    collection.put(np.concatenate([gone, others]), noise)
                    collection.nearest(noise[0], 1)  # Which has what was put taken into the index.
        except Unreachable:
            raise
        except ChromaFailed as error:
            _log.warning("the collection %s could not be overwritten before it was deleted: %s", name, error)

    def _open(self, folder: Path, query_seconds: float, *, create: bool = False) -> Collection:
        return self._collection(self._name(folder), query_seconds, create=create)

    def _collection(self, name: str, query_seconds: float, *, create: bool = False) -> Collection:
        connect, failing = _client_of(self.address, query_seconds)
        return Collection(connect, name, create=create, failing=failing, most=_AT_A_TIME)

    @contextmanager
    def _client(self) -> "Iterator[BoundedClient]":
        connect, failing = _client_of(self.address, QUERY_SECONDS)
        with failing():
            client = connect()
            try:
                yield client
            finally:
                client.close()

    def _name(self, folder: Path) -> str:
        return f"{self.prefix}-{folder.name}"

    def _names(self, client: "BoundedClient") -> list[str]:
        """The collections of this store."""
        names: dict[str, None] = {}
        while page := client.list_collections(limit=_AT_A_TIME, offset=len(names)):
            if names.keys() >= set(page):
                break  # Whoever answers does not know pages.
            names |= dict.fromkeys(page)
        beginning = f"{self.prefix}-"
        return [name for name in names if name.startswith(beginning) and name[len(beginning) :].isdecimal()]


def record_of(store_path: Path, address: ChromaAddress) -> Path:
    """The folder of the records of what that server holds of the store."""
    return store_path / FOLDER / quote(address.url, safe="")


def recorded(store_path: Path) -> dict[str, Path]:
    """The servers that may hold vectors of the store, by address without credentials, and their records."""
    try:
        folders = sorted(entry for entry in (store_path / FOLDER).iterdir() if entry.is_dir())
    except OSError:
        return {}
    return {unquote(folder.name): folder for folder in folders}


def _client_of(
    address: ChromaAddress, query_seconds: float
) -> "tuple[Callable[[], BoundedClient], Callable[[], AbstractContextManager[None]]]":
    """What makes a client, and the context in which it is to be used."""
    try:
        from index.vectors.chroma_client import BoundedClient, failing
    except ImportError as error:
        raise ChromaFailed(f"chromadb cannot be loaded ({error})") from error
    return partial(BoundedClient, address, query_seconds), failing
