"""llama-index: its models behind our protocols, our retriever and query engine in its own."""

import asyncio
import textwrap
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.base.response.schema import Response
from llama_index.core.llms import CustomLLM, MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import PrivateAttr

import rag.llama
from corpus.errors import StoreMismatch
from index.models.embedder import LlamaIndexEmbedder
from index.store.store import Store
from index.sync.run import sync
from rag.answer import Draft
from rag.chat import Finish, ModelFailure
from rag.llama import LlamaIndexChat, OnrecordQueryEngine, open_query_engine
from rag.usage import Usage
from rag.write.generate import GenerativeReader
from rag.write.limits import Limits
from rag.write.written import WrittenSentence
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import Remembered
from tests.rag.write.material import BRIDGE, shown


class LlamaWordOverlap(BaseEmbedding):
    """The word-overlap embedder as one of llama-index's embedding models."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float(value) for value in WordOverlapEmbedding().query(text)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


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
    async def read() -> list[object]:
        chat = LlamaIndexChat(Scripted(answer="The Ostrava bridge opened on 3 May 2019 [1]. It fell."))
        reader = GenerativeReader(chat, limits=Limits(repair=False))
        assert reader.name == "llm:scripted-llama"
        reading = reader.read("When?", shown(BRIDGE), date(2019, 10, 20), usage=Usage())
        return [item async for item in reading]

    first, second, draft = asyncio.run(read())
    assert isinstance(first, WrittenSentence) and first.support == "verbatim"
    assert isinstance(second, WrittenSentence) and second.support == "unsupported"
    assert isinstance(draft, Draft) and draft.outcome == "complete" and draft.usage.prompt_tokens > 100


def test_closing_the_stream_closes_the_models() -> None:
    model = Scripted(answer="It opened in May.")

    async def listen() -> None:
        stream = LlamaIndexChat(model).stream([{"role": "user", "content": "Why?"}], max_tokens=9)
        await anext(stream)
        await stream.aclose()

    asyncio.run(listen())
    assert model._closed == [True]


ASKED = "When did the Ever Given come off the bank?"


@pytest.fixture(autouse=True)
def scored_once(remembered: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every engine has the one cross-encoder, which scores the same pairs once: most tests ask the same."""
    monkeypatch.setattr(rag.llama, "CrossEncoder", lambda: remembered)


@pytest.fixture
def engine(samples_store: Store) -> OnrecordQueryEngine:
    return open_query_engine(samples_store)


def assert_cut_from_articles(store: Store, nodes: list[NodeWithScore]) -> None:
    """Each node's text is the span of the article and revision that its metadata names."""
    for node in nodes:
        found = node.metadata
        stored = store.article(found["article_id"], found["revision"])
        assert stored is not None
        assert stored.article.text[found["start"] : found["end"]] == node.get_content()
        about = (found["title"], found["source"], found["published_at"])
        assert about == (stored.article.title, stored.article.source, stored.article.published_at)


def test_a_query_engine_answers_with_cited_sentences(
    samples_store: Store, engine: OnrecordQueryEngine
) -> None:
    response = engine.query(ASKED)
    assert isinstance(response, Response) and response.metadata
    assert "3:05 p.m." in str(response) and "[1]" in str(response)
    numbers = [node.metadata["citation"] for node in response.source_nodes]
    assert numbers == [*range(1, len(numbers) + 1)] != []
    assert_cut_from_articles(samples_store, response.source_nodes)
    assert response.metadata["status"] == "answered" and response.metadata["reader"] == "extractive"


def test_a_query_engine_answers_inside_an_event_loop(engine: OnrecordQueryEngine) -> None:
    async def ask() -> tuple[str, str]:
        return str(engine.query(ASKED)), str(await engine.aquery(ASKED))

    inside, awaited = asyncio.run(ask())
    assert inside == awaited and "3:05 p.m." in inside


def test_a_query_engine_abstains_without_sources(engine: OnrecordQueryEngine) -> None:
    response = engine.query("Who is the prime minister of Japan?")
    assert isinstance(response, Response) and response.metadata
    assert response.metadata["status"] in ("not_stated", "not_in_archive")
    assert response.source_nodes == []


def test_any_model_of_llama_index_may_write_and_is_checked(samples_store: Store) -> None:
    written = "The Ever Given came off the bank at 9:99 p.m. [1]. The Ever Given sank [2]."
    response = open_query_engine(samples_store, Scripted(answer=written)).query(ASKED)
    assert isinstance(response, Response) and response.metadata
    said = [one for one in response.metadata["sentences"] if "9:99" in one["text"] or "sank" in one["text"]]
    assert not [one for one in said if one["support"] in ("verbatim", "supported")]
    assert response.metadata["draft"]["text"] == written
    assert_cut_from_articles(samples_store, response.source_nodes)


def test_a_store_of_another_embedding_is_refused_by_name(samples_store: Store) -> None:
    with pytest.raises(StoreMismatch, match="WordOverlap"):
        open_query_engine(samples_store, embed_model=LlamaWordOverlap())


def test_an_embedding_of_llama_index_searches_a_store_that_was_made_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ferry Linden left the harbour at noon.", encoding="utf-8")
    sync([tmp_path / "a.txt"], tmp_path / "store", LlamaIndexEmbedder(LlamaWordOverlap()), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        engine = open_query_engine(store, embed_model=LlamaWordOverlap(), k=1)
        (node,) = engine.retrieve(QueryBundle("When did the ferry leave?"))
    assert node.get_content() == "The ferry Linden left the harbour at noon."


def test_the_query_engine_of_llama_index_uses_the_retriever(
    samples_store: Store, engine: OnrecordQueryEngine
) -> None:
    theirs = RetrieverQueryEngine.from_args(engine.retriever, llm=MockLLM())
    response = theirs.query(ASKED)
    assert isinstance(response, Response) and "3:05 p.m." in str(response)
    assert len(response.source_nodes) == 10
    assert_cut_from_articles(samples_store, response.source_nodes)


def test_the_example_of_the_module_runs(samples_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (rag.llama.__doc__ or "").splitlines()
    example = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ") or not line))
    assert len([line for line in example.splitlines() if line]) <= 10 and '"my-store"' in example
    exec(example.replace('"my-store"', repr(str(samples_store.path))), {})
    printed = capsys.readouterr().out
    assert "3:05 p.m." in printed and "\n[1] Meridian Wire, 2021-03-29" in printed
