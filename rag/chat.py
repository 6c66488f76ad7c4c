"""Chat models: any OpenAI-compatible endpoint, streamed, with every way to fail said in one sentence.

What the SDK lets pass as success is a failure here: a stream that ends without a `finish_reason`, and a page
of HTML with status 200. Nothing is read from the environment but proxies and certificates.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from corpus.errors import ModelError

if TYPE_CHECKING:
    import openai


Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": ...}`"""

_AFTER_FINISH = 2.0
"""Seconds that the token counts may take to follow the last word."""
_LONGEST = 40_000
"""Characters of one answer; an endpoint that sends more has run away."""
_LONGEST_ERROR = 2_000
_OF_LENGTH = (
    *("context_length_exceeded", "context length", "context size", "context window", "maximum context"),
    *("too many tokens", "prompt is too long", "input is too long", "exceeds the available context"),
    *("exceed_context_size", "reduce the length", "maximum number of tokens"),
)
"""How endpoints say that a request is too long (OpenAI, vLLM, llama.cpp, TGI), in small letters."""


@dataclass(frozen=True, slots=True)
class Finish:
    """How a model ended: "stop", "length", "content_filter" or a word of its own; counts None if not told."""

    reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


Stream = AsyncGenerator[str | Finish, None]
"""Pieces of text as they are written, then exactly one Finish."""


class ChatModel(Protocol):
    """Anything that continues a conversation.

    `stream` gives pieces of text as they are written, then exactly one Finish; it raises ModelFailure for
    anything else. Closing it, or cancelling whoever waits for it, stops the model.
    """

    name: str

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream: ...


class ModelFailure(ModelError):
    """A chat model that could not be asked or broke off; one sentence without keys and error pages."""

    was_read = True
    """Whether the model may have read the prompt, which then has to be paid for."""
    is_too_long = False
    """Whether the request was refused because it is longer than the model can read."""
    for_readers = ""
    """What readers of an answer are told, if the message names a host or a setting."""


class OpenAIChat:
    """A model behind an OpenAI-compatible `/chat/completions`.

    `connect`, `first` and `read` are seconds: for a connection, until the first word (a small machine reads
    a long prompt for half a minute), and from one piece of the stream to the next. Requests that meet 429,
    5xx or no connection are repeated `retries` times, after the time that the endpoint asks for in
    `Retry-After`, else after about 0.5 s and doubling.

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
        from index.models.endpoint import Endpoint

        self.name = model
        kind, named = "a chat endpoint", f"model “{model}”"
        self._endpoint = Endpoint(base_url, api_key or "", kind, named, "the model", "ONRECORD_LLM")
        self._connect, self._first, self._read = connect, first, read
        self._retries = retries
        self._form = 0

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream:
        """The model's answer. Raises ModelFailure."""
        import httpx
        import openai

        from index.models.endpoint import never_sent, ssl_context

        timeout = httpx.Timeout(self._first, connect=self._connect)
        sender = httpx.AsyncClient(verify=ssl_context())
        options = {"timeout": timeout, "max_retries": self._retries, "http_client": sender}
        try:
            client = self._endpoint.client(openai.AsyncOpenAI, **options)
            async with client, await self._opened(client, messages, max_tokens) as chunks:
                async for piece in self._pieces(chunks):
                    yield piece
        except (openai.OpenAIError, httpx.HTTPError, TimeoutError, ValueError) as error:
            failure = self._refused(error)
            failure.was_read = not isinstance(error, openai.APIStatusError) and not never_sent(error)
            raise failure from error

    async def _opened(
        self, client: "openai.AsyncOpenAI", messages: Sequence[Message], max_tokens: int
    ) -> Any:
        """The SDK's stream for the first form of the request that the endpoint understands."""
        import openai

        forms = _forms(max_tokens)
        create: Any = client.chat.completions.create
        while True:
            form = self._form
            try:
                return await create(model=self.name, messages=messages, stream=True, **forms[form])
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if _is_of_length(error):
                    raise
                self._form = (form + 1) % len(forms)
                if self._form == 0:
                    raise

    async def _pieces(self, chunks: "openai.AsyncStream[Any]") -> Stream:
        finish: str | None = None
        usage: Any = None
        received = seen = 0
        while True:
            try:
                patience = _AFTER_FINISH if finish else self._read if received else None
                async with asyncio.timeout(patience):
                    chunk = await anext(chunks)
            except Exception as error:
                # Once the reason is there, the answer is complete; only its counts may be missing.
                if finish or isinstance(error, StopAsyncIteration):
                    break
                raise
            seen += 1
            usage = getattr(chunk, "usage", None) or usage
            for choice in (getattr(chunk, "choices", None) or [])[:1]:
                text = getattr(getattr(choice, "delta", None), "content", None)
                if isinstance(text, str) and text and not finish:
                    received += len(text)
                    if received > _LONGEST:
                        raise self._failure(f"{self._endpoint.subject} did not come to an end")
                    yield text
                reason = getattr(choice, "finish_reason", None)
                finish = reason if isinstance(reason, str) and reason else finish
        if not finish:
            # A page of HTML has no events that the SDK knows.
            if seen:
                import httpx

                raise httpx.RemoteProtocolError("the stream ended without a finish_reason")
            raise self._failure(self._endpoint.other_answer())
        yield Finish(finish, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))

    def _refused(self, error: Exception) -> ModelFailure:
        """What an exception of the SDK or of httpx means."""
        if not _is_of_length(error):
            return self._failure(self._endpoint.failure(error))
        advice = "set ONRECORD_LLM_WINDOW to the tokens that it can read"
        failure = self._failure(f"the request is longer than {self._endpoint.model} can read; {advice}")
        failure.is_too_long = True
        return failure

    def _failure(self, says: str) -> ModelFailure:
        """A sentence of the endpoint with its full stop; the host keeps its case at the beginning."""
        begins = says[0] if says.startswith(self._endpoint.host) else says[0].upper()
        failure = ModelFailure(f"{begins}{says[1:]}.")
        failure.for_readers = f"The model “{self.name}” could not be asked."
        return failure


def _is_of_length(error: Exception) -> bool:
    """Whether an endpoint refused a request for its length; OpenAI's has a code for that, others say so."""
    import openai

    if not isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return isinstance(error, openai.APIStatusError) and error.status_code == 413
    said = f"{error.code} {error.message}"[:_LONGEST_ERROR].lower()
    return any(words in said for words in _OF_LENGTH)


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
