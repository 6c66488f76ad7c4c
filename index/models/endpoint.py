"""OpenAI-compatible endpoints: what all kinds of them share, and an embedding model behind `/embeddings`.

The openai SDK sends the requests and repeats them. It is imported at the first request, since that takes
0.6 s. Nothing is read from the environment but proxies and certificates.
"""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from index.models.embedder import unit

if TYPE_CHECKING:
    import openai

    Client = TypeVar("Client", openai.OpenAI, openai.AsyncOpenAI)


ssl_context = cache(httpx.create_ssl_context)
"""One for all clients: reading the certificates takes longer than opening a connection."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint, and the sentence for each way in which a request to it can fail.

    `kind` is what messages call it ("a chat endpoint"), `model` what a 404 calls its model ("model “x”"),
    `called` what other sentences call it, without the host ("the model"). The names of its settings begin
    with `settings`. Sentences come without their full stop.
    """

    base_url: str
    api_key: str
    kind: str
    model: str
    called: str
    settings: str

    @property
    def host(self) -> str:
        """Host, and port where one is given."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url

    @property
    def subject(self) -> str:
        """The model in messages, with its host."""
        return f"{self.called} at {self.host}"

    def client(self, sdk: "type[Client]", **options: Any) -> "Client":
        """`openai.OpenAI` or `openai.AsyncOpenAI` for this endpoint, with its timeout and other options."""
        client = sdk(base_url=self.base_url, api_key=self.api_key or "none", **options)
        # The SDK fills these in from OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS, which may
        # belong to another endpoint than the one that was configured.
        client.organization = client.project = client.admin_api_key = None
        client._custom_headers = {}
        return client

    def failure(self, error: Exception) -> str:
        """What an exception of the SDK or of httpx means for whoever runs the endpoint."""
        import openai

        if isinstance(error, openai.APIStatusError):
            return self._refusal(error.status_code)
        if isinstance(error, UnicodeEncodeError):
            return f"{self.settings}_API_KEY holds a character that no key may hold; correct it"
        if never_sent(error):
            advice = f"check that it runs and that {self.settings}_BASE_URL is right"
            return f"no connection to {self.subject}; {advice}"
        cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
        if isinstance(cause, httpx.TimeoutException | TimeoutError):
            return f"{self.subject} did not answer in time; try again later"
        return f"{self.subject} broke off before its answer was complete; try again later"

    def other_answer(self) -> str:
        """What an answer with status 200 in another format means."""
        advice = f"check {self.settings}_BASE_URL (it usually ends in /v1)"
        return f"{self.host} answered, but not as {self.kind} does; {advice}"

    def _refusal(self, status: int) -> str:
        if status in (401, 403):
            return f"{self.host} refused the key ({status}); check {self.settings}_API_KEY"
        if status == 404:
            advice = f"check {self.settings}_MODEL and {self.settings}_BASE_URL"
            return f"{self.host} knows no {self.model} at this address (404); {advice}"
        if status == 429:
            return f"{self.host} has too many requests or no quota left (429); try again later"
        if status >= 500:
            return f"{self.host} has a fault of its own ({status}); try again later"
        return f"{self.host} did not accept the request ({status}); check that it is {self.kind}"


def never_sent(error: Exception) -> bool:
    """Whether an exception of the SDK or of httpx means that there was no connection to send over."""
    import openai

    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)


_PER_REQUEST = 16
_AT_ONCE = 4
"""Texts of one request, and requests at a time."""
_CONNECT = 3.0
"""Seconds for a connection."""
_LONGEST_WAIT = 20.0
"""Most seconds before a request is repeated, even if `Retry-After` asks for more."""
_LARGEST = 64 * 1024 * 1024
"""Most bytes of one answer."""


class EndpointEmbedder:
    """Embeds texts and queries with `model` at `base_url`, which usually ends in /v1.

    `answer` and `query_answer` are seconds for the whole answer to one request of `texts` and of `query`. A
    request that meets no connection, silence, 429 or 5xx is repeated twice (a query once), after what
    `Retry-After` asks for, else after about 0.5 s and doubling. May be shared between threads. Methods raise
    ModelError, without keys and error pages.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        answer: float = 60.0,
        query_answer: float = 10.0,
    ) -> None:
        self.model = model
        self.embedder_id = f"openai:{model}"
        kind, named = "an embeddings endpoint", f"embedding model “{model}”"
        self.endpoint = Endpoint(base_url, api_key, kind, named, f"the {named}", "ONRECORD_EMBED")
        self._answer, self._query_answer = answer, query_answer

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector per text, in order: shape (len(texts), dimensions)."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return self._embed(texts, self._answer, retries=2)

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a query: shape (dimensions,)."""
        return np.asarray(self._embed([text], self._query_answer, retries=1)[0], dtype=np.float32)

    def _embed(self, texts: Sequence[str], seconds: float, retries: int) -> NDArray[np.float32]:
        """The vectors of the texts, with a client for this call: a shared one would not survive a fork.

        Each request has a connection of its own, since a server may close one that it has answered on.
        """
        import openai

        parts = [texts[first : first + _PER_REQUEST] for first in range(0, len(texts), _PER_REQUEST)]
        timeout = httpx.Timeout(seconds, connect=_CONNECT)
        sender = _BoundedClient(limits=httpx.Limits(max_keepalive_connections=0), verify=ssl_context())
        options = {"timeout": timeout, "max_retries": retries, "http_client": sender}
        try:
            client = self.endpoint.client(openai.OpenAI, **options)
            with client, ThreadPoolExecutor(_AT_ONCE) as pool:
                # After a failure, `map` cancels the requests that have not begun.
                vectors = list(pool.map(partial(self._ask, client), parts))
        except (openai.OpenAIError, httpx.InvalidURL, UnicodeEncodeError) as error:
            raise ModelError(self.endpoint.failure(error)) from error
        if len({part.shape[1] for part in vectors}) > 1:
            raise ModelError(f"{self.endpoint.subject} returned vectors of different lengths; check it")
        return np.concatenate(vectors)

    def _ask(self, client: "openai.OpenAI", texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of the texts of one request."""
        import openai

        headers = {} if self.endpoint.api_key else {"Authorization": openai.omit}
        create = client.embeddings.with_raw_response.create
        answer = create(model=self.model, input=list(texts), encoding_format="float", extra_headers=headers)
        try:
            rows: Any = sorted(json.loads(answer.content)["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
            right = [row["index"] for row in rows] == list(range(len(texts))) and vectors.ndim == 2
        except (ValueError, KeyError, TypeError, RecursionError):
            right = False
        if not right or not vectors.size or not np.isfinite(vectors).all():
            raise ModelError(self.endpoint.other_answer())
        return unit(vectors)


class _BoundedClient(httpx.Client):
    """Limits an answer's size, the time until it is complete (the read timeout) and its `Retry-After`.

    The timeouts of httpx hold for each piece of an answer. The SDK would wait for up to 120 s, and would not
    repeat a request at all if asked to wait longer.
    """

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        end = time.monotonic() + request.extensions["timeout"]["read"]
        content = bytearray()
        with closing(super().send(request, **(options | {"stream": True}))) as answer:
            for piece in answer.iter_bytes():
                content += piece
                if time.monotonic() > end or len(content) > _LARGEST:
                    raise httpx.ReadTimeout("the answer does not come to its end")
        asked = answer.headers.get("retry-after", "")
        headers = {"retry-after": str(min(float(asked), _LONGEST_WAIT))} if asked.isdecimal() else {}
        return httpx.Response(answer.status_code, headers=headers, content=bytes(content), request=request)
