"""llama-index's own interfaces: a language model of theirs behind ours."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM, MockLLM
from pydantic import PrivateAttr

from rag.answer import Draft
from rag.chat import Finish, ModelFailure
from rag.llama import LlamaIndexChat
from rag.write.check import CheckedSentence
from rag.write.generate import GenerativeReader
from tests.rag.write.test_generate import BRIDGE, passages


class Scripted(CustomLLM):
    """Writes its answer a word a piece; `raw` are what its chunks came from, `fails` makes it break off."""

    answer: str
    fails: bool = False
    with_delta: bool = True
    _raw: list[Any] = PrivateAttr(default_factory=list)
    _closed: list[bool] = PrivateAttr(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted-llama")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.answer)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise AssertionError("the chat is what is asked for")

    async def astream_chat(self, messages: Any, **kwargs: Any) -> Any:
        return self._pieces()

    async def _pieces(self) -> AsyncGenerator[ChatResponse, None]:
        written = ""
        try:
            for place, word in enumerate(self.answer.split(" ")):
                piece = word if place == 0 else f" {word}"
                written += piece
                raw = self._raw[place] if place < len(self._raw) else None
                message = ChatMessage(role="assistant", content=written)
                yield ChatResponse(message=message, delta=piece if self.with_delta else None, raw=raw)
            if self.fails:
                raise RuntimeError("sk-secret")
        finally:
            self._closed.append(True)


async def said(chat: LlamaIndexChat) -> list[str | Finish]:
    """Everything that the model says."""
    return [piece async for piece in chat.stream([{"role": "user", "content": "Why?"}], max_tokens=9)]


@pytest.mark.parametrize("with_delta", [True, False])
def test_an_injected_model_streams(with_delta: bool) -> None:
    chat = LlamaIndexChat(Scripted(answer="It opened.", with_delta=with_delta))
    assert chat.name == "scripted-llama"
    assert asyncio.run(said(chat)) == ["It", " opened.", Finish("stop")]


def test_the_mock_of_llama_index_streams() -> None:
    chat = LlamaIndexChat(MockLLM(max_tokens=3))
    pieces = asyncio.run(said(chat))
    assert pieces[-1] == Finish("stop") and any(isinstance(piece, str) for piece in pieces)


def test_a_failing_model_is_one_sentence_without_what_it_says() -> None:
    with pytest.raises(ModelFailure, match=r"“scripted-llama” failed \(RuntimeError\)") as caught:
        asyncio.run(said(LlamaIndexChat(Scripted(answer="It opened.", fails=True))))
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize(("reason", "ends"), [(None, "broke off"), ("length", None)])
def test_the_chunks_of_an_endpoint_have_to_end_with_a_reason(reason: str | None, ends: str | None) -> None:
    model = Scripted(answer="It opened.")
    model._raw = [SimpleNamespace(choices=[SimpleNamespace(finish_reason=end)]) for end in (None, reason)]
    if ends:
        with pytest.raises(ModelFailure, match=ends):
            asyncio.run(said(LlamaIndexChat(model)))
    else:
        assert asyncio.run(said(LlamaIndexChat(model)))[-1] == Finish("length")


def test_an_injected_model_reads_passages() -> None:
    async def read() -> list[CheckedSentence | Draft]:
        chat = LlamaIndexChat(Scripted(answer="The Ostrava bridge opened on 3 May 2019 [1]. It fell [1]."))
        reader = GenerativeReader(chat)
        assert reader.name == "llm:scripted-llama"
        return [item async for item in reader.read("When?", passages(BRIDGE), date(2019, 10, 20))]

    first, second, draft = asyncio.run(read())
    assert isinstance(first, CheckedSentence) and first.support == "verbatim"
    assert isinstance(second, CheckedSentence) and second.support == "unsupported"
    assert isinstance(draft, Draft) and draft.outcome == "complete" and draft.prompt_tokens > 100


def test_closing_the_stream_closes_the_models() -> None:
    model = Scripted(answer="It opened in May.")

    async def listen() -> None:
        stream = LlamaIndexChat(model).stream([{"role": "user", "content": "Why?"}], max_tokens=9)
        await anext(stream)
        await stream.aclose()

    asyncio.run(listen())
    assert model._closed == [True]
