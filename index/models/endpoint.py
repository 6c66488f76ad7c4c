"""OpenAI-compatible endpoints: an embedding model behind `/embeddings`, and what chat endpoints share.

Chat endpoints share the sentences for error statuses and the certificates. Every error is one sentence.
"""

import json
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from index.models.embedder import unit


def refusal(host: str, status: int, *, model: str, settings: str, endpoint: str) -> str:
    """What an error status means for whoever runs the endpoint: a sentence without its full stop.

    `model` and `endpoint` are what messages call them ("model “x”", "a chat endpoint"); the names of its
    settings begin with `settings`.
    """
    if status in (401, 403):
        return f"{host} refused the key ({status}); check {settings}_API_KEY"
    if status == 404:
        return (
            f"{host} knows no {model} at this address (404); check {settings}_MODEL and {settings}_BASE_URL"
        )
    if status == 429:
        return f"{host} has too many requests or no quota left (429); try again later"
    if status >= 500:
        return f"{host} has a fault of its own ({status}); try again later"
    return f"{host} did not accept the request ({status}); check that it is {endpoint}"


@cache
def ssl_context() -> ssl.SSLContext:
    """One for all clients: reading the certificates takes longer than opening a connection."""
    return httpx.create_ssl_context()


_PER_REQUEST = 16
_AT_ONCE = 4
"""Texts of one request, and requests at a time."""
_LONGEST_WAIT = 20.0
"""Most seconds before a request is repeated, even if `Retry-After` asks for more."""
_LARGEST = 64 * 1024 * 1024
"""Most bytes of one answer."""
_PASSING = (408, 409, 425, 429, 500, 502, 503, 504)


class EndpointEmbedder:
    """Embeds texts and queries with `model` at `base_url`, which usually ends in /v1.

    `connect` and `answer` are seconds: for a connection, and for the whole answer to one request. A request
    that meets no connection, silence, 429 or 5xx is repeated `retries` times (a query once), after what
    `Retry-After` asks for, else after 0.5 s and doubling. May be shared between threads. Methods raise
    ModelError, without keys and error pages.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        connect: float = 3.0,
        answer: float = 60.0,
        query_answer: float = 10.0,
        retries: int = 2,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.model = model
        self.embedder_id = f"openai:{model}"
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._api_key = api_key
        self._connect, self._answer, self._query_answer = connect, answer, query_answer
        self._retries = retries
        self._pause = pause

    @property
    def host(self) -> str:
        """The endpoint's host, and its port where one is given."""
        return urlsplit(self._url).netloc.rpartition("@")[2]

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text, in order: shape (len(texts), dimensions)."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        parts = [texts[first : first + _PER_REQUEST] for first in range(0, len(texts), _PER_REQUEST)]
        with self._client(self._answer) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
            asked = [pool.submit(self._embed, client, part, self._answer, self._retries) for part in parts]
            try:
                vectors = [one.result() for one in asked]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if len({part.shape[1] for part in vectors}) > 1:
            raise ModelError(f"{self._model()} returned vectors of different lengths; check it")
        return np.concatenate(vectors)

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a query: shape (dimensions,)."""
        with self._client(self._query_answer) as client:
            vector: NDArray[np.float32] = self._embed(client, [text], self._query_answer, 1)[0]
            return vector

    def _embed(
        self, client: httpx.Client, texts: Sequence[str], seconds: float, retries: int
    ) -> NDArray[np.float32]:
        """The vectors of the texts of one request."""
        body = json.dumps({"model": self.model, "input": list(texts)}).encode()
        for attempt in range(retries + 1):
            try:
                status, headers, content = self._ask(client, body, seconds)
                if status not in _PASSING or attempt == retries:
                    break
                wait = _seconds(headers.get("retry-after"), 0.5 * 2**attempt)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if attempt == retries:
                    raise ModelError(self._unreached(error)) from error
                wait = 0.5 * 2**attempt
            self._pause(min(wait, _LONGEST_WAIT))
        if status != 200:
            model, endpoint = f"embedding model “{self.model}”", "an embeddings endpoint"
            says = refusal(self.host, status, model=model, settings="ONRECORD_EMBED", endpoint=endpoint)
            raise ModelError(says)
        return self._vectors(content, len(texts))

    def _ask(self, client: httpx.Client, body: bytes, seconds: float) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and body of one answer, which has to be complete in time."""
        end = time.monotonic() + seconds
        content = bytearray()
        with client.stream("POST", self._url, content=body) as answer:
            for piece in answer.iter_bytes():
                content += piece
                if time.monotonic() > end or len(content) > _LARGEST:
                    raise httpx.ReadTimeout("the answer does not come to its end")
            return answer.status_code, answer.headers, bytes(content)

    def _vectors(self, content: bytes, count: int) -> NDArray[np.float32]:
        try:
            rows: Any = sorted(json.loads(content)["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
            right = [row["index"] for row in rows] == list(range(count)) and vectors.ndim == 2
        except (ValueError, KeyError, TypeError, RecursionError):
            right = False
        if not right or not vectors.size or not np.isfinite(vectors).all():
            advice = "check ONRECORD_EMBED_BASE_URL (it usually ends in /v1)"
            raise ModelError(f"{self.host} answered, but not as an embeddings endpoint does; {advice}")
        return unit(vectors)

    def _client(self, seconds: float) -> httpx.Client:
        """One for each call: a shared one would not survive a fork, and nobody would close it.

        Each request has a connection of its own, since a server may close one that it has answered on.
        """
        headers = {b"content-type": b"application/json", b"accept": b"application/json"}
        if self._api_key:
            headers[b"authorization"] = f"Bearer {self._api_key}".encode()
        timeout = httpx.Timeout(seconds, connect=self._connect)
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(headers=headers, timeout=timeout, limits=limits, verify=ssl_context())

    def _model(self) -> str:
        return f"the embedding model “{self.model}” at {self.host}"

    def _unreached(self, error: Exception) -> str:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            advice = "check that it runs and that ONRECORD_EMBED_BASE_URL is right"
            return f"no connection to {self._model()}; {advice}"
        if isinstance(error, httpx.TimeoutException):
            return f"{self._model()} did not answer in time; try again later"
        return f"{self._model()} broke off before its answer was complete; try again later"


def _seconds(written: str | None, otherwise: float) -> float:
    """The seconds of a `Retry-After` header; one with a date is ignored."""
    return float(written) if written is not None and written.isascii() and written.isdigit() else otherwise
