"""A client of a Chroma server that does not wait for ever, and what its errors mean.

`chromadb.HttpClient` has no time limits, sends its first requests before anybody could set them, and keeps a
connection pool that it never closes; this puts its parts together without those. Importing it loads chromadb
(0.6 s).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.fastapi import FastAPI
from chromadb.api.models.Collection import Collection as ChromaCollection
from chromadb.config import System
from chromadb.errors import ChromaError, NotFoundError
from chromadb.types import Collection as Model

from index.vectors.address import ChromaAddress
from index.vectors.chroma_collection import ChromaFailed, Unreachable, settings

_CONNECT = 2.0
_SMALL = 5.0
_LARGE = 60.0
"""Seconds for a connection, for a small request, and for one that writes, deletes or lists many rows."""
_LARGE_REQUESTS = ("upsert", "get", "delete")


class BoundedClient:
    """The part of chromadb's client that is used here, with time limits; a search has `query_seconds`."""

    def __init__(self, address: ChromaAddress, query_seconds: float) -> None:
        authorization = address.authorization
        self._query_seconds = query_seconds
        self._server = FastAPI(
            System(
                settings(
                    chroma_api_impl="chromadb.api.fastapi.FastAPI",
                    chroma_server_host=address.host,
                    chroma_server_http_port=address.port,
                    chroma_server_ssl_enabled=address.tls,
                    chroma_server_headers={"Authorization": authorization} if authorization else None,
                )
            )
        )
        server = cast(Any, self._server)
        server._api_url = f"{address.url}/api/v2"  # Its own leaves out the port of hosts called http...
        server._session.event_hooks = {"request": [self._limit], "response": [_limit_body]}

    def create_collection(
        self, name: str, *, embedding_function: None, configuration: CreateCollectionConfiguration
    ) -> ChromaCollection:
        """A new collection."""
        return self._collection(self._server.create_collection(name, configuration=configuration))

    def get_collection(self, name: str, *, embedding_function: None) -> ChromaCollection:
        """A collection that is there."""
        return self._collection(self._server.get_collection(name))

    def list_collections(self, limit: int, offset: int) -> list[str]:
        """The names of all collections, those of other programs too, page by page."""
        return [model.name for model in self._server.list_collections(limit, offset)]

    def delete_collection(self, name: str) -> None:
        """Delete a collection."""
        self._server.delete_collection(name)

    def get_max_batch_size(self) -> int:
        """How many rows one request may write."""
        return self._server.get_max_batch_size()

    def get_version(self) -> str:
        """The server's version."""
        return self._server.get_version()

    def close(self) -> None:
        """Close its connections."""
        cast(Any, self._server)._session.close()

    def _collection(self, model: Model) -> ChromaCollection:
        return ChromaCollection(client=self._server, model=model, embedding_function=None)

    def _limit(self, request: httpx.Request) -> None:
        last = request.url.path.rpartition("/")[2]
        seconds = self._query_seconds if last == "query" else _LARGE if last in _LARGE_REQUESTS else _SMALL
        request.extensions["timeout"] = httpx.Timeout(seconds, connect=_CONNECT).as_dict()


def _limit_body(response: httpx.Response) -> None:
    seconds = response.request.extensions["timeout"]["read"]
    response.stream = _InTime(cast(httpx.SyncByteStream, response.stream), seconds)


class _InTime(httpx.SyncByteStream):
    """A body that has to be there within some seconds: httpx's limit begins anew with each piece of it."""

    def __init__(self, stream: httpx.SyncByteStream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds

    def __iter__(self) -> Iterator[bytes]:
        end = time.monotonic() + self._seconds
        for piece in self._stream:
            if time.monotonic() > end:
                raise httpx.ReadTimeout("the body took too long")
            yield piece

    def close(self) -> None:
        self._stream.close()


@contextmanager
def failing() -> Iterator[None]:
    """Turn what the client raises into ChromaFailed, and into Unreachable where no answer came."""
    try:
        yield
    except ChromaFailed:
        raise
    except Exception as error:
        raise _meaning(error) from error


def _meaning(error: Exception) -> ChromaFailed:
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, httpx.ConnectTimeout | httpx.ConnectError):
            return Unreachable("no connection")
        if isinstance(one, httpx.TimeoutException):
            return Unreachable("it did not answer in time")
        if isinstance(one, httpx.TransportError):
            return Unreachable("it broke off")
        if isinstance(one, NotFoundError):
            return ChromaFailed("it does not hold the collection any more")
        if isinstance(one, ChromaError):
            said = " ".join(str(one).split())[:200]
            return ChromaFailed(f"{type(one).__name__}: {said}" if said else type(one).__name__)
    for one in chain:
        if isinstance(one, httpx.HTTPStatusError):
            status = one.response.status_code
            refused = f"it refused access ({status})" if status in (401, 403) else f"it answered {status}"
            return Unreachable(refused)
    return ChromaFailed(f"it does not answer as Chroma does ({type(error).__name__})")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those while which it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
