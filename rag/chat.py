"""Chat models: any OpenAI-compatible endpoint, streamed, with every way to fail said in one sentence.

What the SDK lets pass as success is a failure here: a stream that ends without a `finish_reason`, and a page
of HTML with status 200. Nothing is read from the environment but proxies and certificates.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from corpus.errors import ModelError
from index.models.endpoint import refusal, ssl_context

if TYPE_CHECKING:
    import openai

Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": ...}`"""

_AFTER_FINISH = 2.0
"""Seconds that the token counts may take to follow the last word."""
_LONGEST = 40_000
"""Characters of one answer; an endpoint that sends more has run away."""
_BROKE_OFF = "broke off before its answer was complete"


@dataclass(frozen=True, slots=True)
class Finish:
    """How a model ended: "stop", "length", "content_filter" or a word of its own; counts None if not told."""

    reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatModel(Protocol):
    """Anything that continues a conversation.

    `stream` gives pieces of text as they are written, then exactly one Finish; it raises ModelFailure for
    anything else. Closing it, or cancelling whoever waits for it, stops the model.
    """

    name: str

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Finish, None]: ...


class ModelFailure(ModelError):
    """A chat model that could not be asked or broke off; one sentence without keys and error pages."""


class OpenAIChat:
    """A model behind an OpenAI-compatible `/chat/completions`.

    `connect`, `first` and `read` are seconds: for a connection, until the first word (a small machine reads
    a long prompt for half a minute), and from one piece of the stream to the next. Requests that meet 429,
    5xx or no connection are repeated `retries` times, after the time that the endpoint asks for in
    `Retry-After`, else after 0.5 s and doubling.

    Each answer opens a client of its own: one that is shared would be tied to the event loop it was first
    used in, and asking from the command line and from a server's threads are different loops.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        connect: float = 3.0,
        first: float = 60.0,
        read: float = 20.0,
        retries: int = 2,
    ) -> None:
        self.name = model
        self.base_url = base_url
        self._api_key = api_key
        self._connect, self._first, self._read = connect, first, read
        self._retries = retries
        self._form = 0

    @property
    def host(self) -> str:
        """The endpoint's host, and its port where one is given."""
        address = urlsplit(self.base_url)
        return address.netloc.rpartition("@")[2] or self.base_url

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Finish, None]:
        """The model's answer. Raises ModelFailure."""
        import httpx
        import openai

        try:
            async with self._client() as client, self._opened(client, messages, max_tokens) as chunks:
                async for piece in self._pieces(chunks):
                    yield piece
        except openai.APIStatusError as error:
            raise ModelFailure(self._refusal(error.status_code)) from error
        except (openai.APITimeoutError, httpx.TimeoutException, TimeoutError) as error:
            raise self._failure("did not answer in time; try again later") from error
        except (openai.APIConnectionError, httpx.ConnectError) as error:
            raise ModelFailure(
                f"No connection to the model at {self.host}; check that it runs and that "
                "ONRECORD_LLM_BASE_URL is right."
            ) from error
        except (openai.OpenAIError, httpx.HTTPError, json.JSONDecodeError) as error:
            raise self._failure(_BROKE_OFF) from error

    @asynccontextmanager
    async def _client(self) -> AsyncIterator["openai.AsyncOpenAI"]:
        import httpx
        import openai

        seconds = httpx.Timeout(self._first, connect=self._connect)
        client = openai.AsyncOpenAI(
            base_url=self.base_url,
            api_key=self._api_key or "none",
            timeout=seconds,
            max_retries=self._retries,
            http_client=httpx.AsyncClient(timeout=seconds, verify=ssl_context()),
        )
        # The SDK fills these in from OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS, which may
        # belong to another endpoint than the one that was configured.
        client.organization = client.project = client.admin_api_key = None
        client._custom_headers = {}
        async with client:
            yield client

    @asynccontextmanager
    async def _opened(
        self, client: "openai.AsyncOpenAI", messages: Sequence[Message], max_tokens: int
    ) -> AsyncIterator["openai.AsyncStream[Any]"]:
        """The stream of the first form of the request that the endpoint understands."""
        import openai

        forms = _forms(max_tokens)
        create: Any = client.chat.completions.with_raw_response.create
        while True:
            form = self._form
            try:
                response = await create(model=self.name, messages=messages, stream=True, **forms[form])
                break
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if form + 1 >= len(forms):
                    self._form = 0
                    raise
                self._form = form + 1
        async with response.parse() as chunks:
            kind = response.headers.get("content-type", "text/event-stream").partition(";")[0].strip().lower()
            if kind not in ("text/event-stream", "text/plain", "application/octet-stream", ""):
                raise self._no_chat()
            yield chunks

    async def _pieces(self, chunks: "openai.AsyncStream[Any]") -> AsyncGenerator[str | Finish, None]:
        finish: str | None = None
        usage: Any = None
        received = seen = 0
        while True:
            try:
                patience = _AFTER_FINISH if finish else self._read if received else None
                async with asyncio.timeout(patience):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                break
            except Exception:
                if finish:
                    break
                raise
            seen += 1
            usage = getattr(chunk, "usage", None) or usage
            for choice in (getattr(chunk, "choices", None) or [])[:1]:
                text = getattr(getattr(choice, "delta", None), "content", None)
                if isinstance(text, str) and text and not finish:
                    received += len(text)
                    if received > _LONGEST:
                        raise self._failure("did not come to an end")
                    yield text
                reason = getattr(choice, "finish_reason", None)
                finish = reason if isinstance(reason, str) and reason else finish
        if not finish:
            raise self._failure(_BROKE_OFF) if seen else self._no_chat()
        yield Finish(finish, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))

    def _failure(self, what: str) -> ModelFailure:
        return ModelFailure(f"The model at {self.host} {what}.")

    def _no_chat(self) -> ModelFailure:
        advice = "check ONRECORD_LLM_BASE_URL (it usually ends in /v1)."
        return ModelFailure(f"{self.host} answered, but not as a chat endpoint does; {advice}")

    def _refusal(self, status: int) -> str:
        model, endpoint = f"model “{self.name}”", "a chat endpoint"
        return f"{refusal(self.host, status, model=model, settings='ONRECORD_LLM', endpoint=endpoint)}."


def _forms(max_tokens: int) -> list[dict[str, Any]]:
    """The request in the forms that endpoints understand, the best first.

    Older servers refuse `stream_options`; OpenAI's reasoning models refuse `max_tokens` and a temperature.
    """
    basic = {"max_tokens": max_tokens, "temperature": 0}
    counted = {"stream_options": {"include_usage": True}}
    return [basic | counted, basic, {"max_completion_tokens": max_tokens} | counted]


def _count(usage: Any, key: str) -> int | None:
    value = getattr(usage, key, None)
    return value if isinstance(value, int) and value >= 0 else None


async def tried(chat: ChatModel, *, deadline: float = 30.0) -> str | None:
    """Ask a model for one word; what is wrong in one sentence, None when it answers."""
    words: list[Message] = [{"role": "user", "content": "Answer with the word: ready"}]
    try:
        async with asyncio.timeout(deadline), aclosing(chat.stream(words, max_tokens=200)) as pieces:
            async for _ in pieces:
                pass
    except ModelFailure as failure:
        return str(failure)
    except TimeoutError:
        return f"The model “{chat.name}” did not finish one word in {deadline:.0f} s."
    return None
