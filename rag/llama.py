"""onrecord inside llama-index: a retriever and a query engine over a store, with any of its models.

A query engine in ten lines, over a store that `onrecord index` made:

    from rag.llama import open_query_engine

    engine = open_query_engine("my-store")  # llm=OpenAI(model="gpt-4o-mini") lets a model write
    response = engine.query("When did the Ever Given come off the bank?")
    print(response)
    for source in response.source_nodes:
        cited = source.metadata
        print(f"[{cited['citation']}] {cited['source']}, {cited['published_at']}: {source.text}")

`engine.retriever` is a `BaseRetriever` for llama-index's own engines.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.base.response.schema import Response
from llama_index.core.llms import LLM
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.models.embedder import LlamaIndexEmbedder
from index.store.filters import Filter
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.answer import Answer, Citation, Question, RankedPassage
from rag.assistant import Assistant
from rag.chat import Finish, Message, ModelFailure, Stream
from rag.check.meaning import MeaningCheck
from rag.model_calls import BoundedChat, ModelCalls
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from rag.write.generate import GenerativeReader
from rag.write.limits import DEFAULT_LIMITS, Limits
from rag.write.plan import Planner

CALLS_AT_ONCE = 8
"""Calls to a model at a time, of all questions of one engine."""
_KEYS = ("article_id", "revision", "start", "end", "title", "source", "published_at", "url")
"""Metadata of a node, named as in the JSON of answers; `text[start:end]` of the revision is its text."""


def open_query_engine(
    store: Store | Path | str,
    llm: LLM | None = None,
    *,
    embed_model: BaseEmbedding | None = None,
    where: Filter | None = None,
    k: int = 10,
    limits: Limits | None = None,
    check: MeaningCheck | None = None,
) -> "OnrecordQueryEngine":
    """A query engine over a store, with the bundled retrieval models loaded once.

    With `llm` that model plans, writes and checks the answers, within `limits`: by default those for the
    context window that its metadata tell. `check` is something else that reads what is cited; a model of
    llama-index was not tried on labelled pairs, and what it confirms counts as unconfirmed. Without `llm`
    answers are quotations. `embed_model` is needed for a store that was made with one of llama-index's
    embeddings. `where` limits the articles, `k` the passages of the engine's retriever.

    Raises the StoreErrors of `Store.open`, and StoreMismatch when the store was made with another embedding.
    """
    opened = store if isinstance(store, Store) else Store.open(store)
    embedder = LlamaIndexEmbedder(embed_model) if embed_model else BgeSmall()
    opened.check_embedder(embedder.embedder_id)
    scorer = CrossEncoder()
    retriever = Retriever(opened, ExactVectors(opened), embedder, scorer)
    assistant = Assistant(opened, retriever, ExtractiveReader(scorer))
    if llm:
        from rag.check.model_check import ModelCheck

        chat = BoundedChat(LlamaIndexChat(llm), ModelCalls(CALLS_AT_ONCE))
        limits = limits or DEFAULT_LIMITS.within(llm.metadata.context_window)
        if check is None and limits.check:
            check = ModelCheck(chat, seconds=limits.check_seconds, is_trusted=False)
        generative = GenerativeReader(chat, limits=limits, check=check)
        assistant = replace(assistant, generative=generative, planner=Planner(chat))
    return OnrecordQueryEngine(assistant, where=where, k=k)


class OnrecordQueryEngine(BaseQueryEngine):
    """A llama-index query engine whose every sentence is cited.

    The response's text is the answer as CommonMark with [1] marks, or the reason for an abstention; its
    source nodes are the citations in the order of their marks, `metadata["citation"]` being the mark. The
    response's own metadata is the ask object of the HTTP API. `retriever` finds passages of the same store.
    """

    def __init__(self, assistant: Assistant, *, where: Filter | None = None, k: int = 10) -> None:
        super().__init__(callback_manager=None)
        self._assistant = assistant
        self._where = where or Filter()
        self.retriever = PassageRetriever(assistant.retriever, k=k, where=where)

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The passages that bear on the query, best first."""
        return self.retriever.retrieve(query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        # In a thread of its own, since the caller may be inside an event loop (a notebook).
        with ThreadPoolExecutor(1) as thread:
            return _response(thread.submit(self._ask, query_bundle).result())

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return _response(await asyncio.to_thread(self._ask, query_bundle))

    def _ask(self, query_bundle: QueryBundle) -> Answer:
        return self._assistant.ask(Question(query_bundle.query_str, where=self._where))


def _response(answer: Answer) -> Response:
    return Response(answer.text, [_cited(one) for one in answer.citations], answer.to_json())


class PassageRetriever(BaseRetriever):
    """A llama-index retriever over an onrecord store.

    Each node's text is the passage, its metadata the contract's passage keys; the metadata is kept out of
    what a model or an embedder sees, so that it never eats a budget.
    """

    def __init__(self, retriever: Retriever, *, k: int = 10, where: Filter | None = None) -> None:
        self._retriever = retriever
        self._k = k
        self._where = where or Filter()
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._retriever.search(query_bundle.query_str, self._where, self._k)
        return [_found(passage) for passage in found]


def _found(found: RankedPassage) -> NodeWithScore:
    node = _node(str(found.passage.id), found.passage.text, found.to_json())
    return NodeWithScore(node=node, score=found.score)


def _cited(citation: Citation) -> NodeWithScore:
    span = f"{citation.article_id}@{citation.revision}:{citation.start}-{citation.end}"
    node = _node(span, citation.quote, citation.to_json())
    node.metadata["citation"] = citation.n
    return NodeWithScore(node=node)


def _node(id: str, text: str, record: Mapping[str, object]) -> TextNode:
    """A node whose metadata neither a model nor an embedder is shown."""
    return TextNode(
        id_=id,
        text=text,
        metadata={key: record[key] for key in _KEYS},
        excluded_embed_metadata_keys=[*_KEYS, "citation"],
        excluded_llm_metadata_keys=[*_KEYS, "citation"],
    )


class LlamaIndexChat:
    """Any llama-index language model as a chat model: a local one, or one that a program has set up itself.

    llama-index does not say how a model ended; where its raw chunks are an OpenAI endpoint's, they have to
    end with a finish_reason. Closing the stream closes llama-index's, which for its own integrations does not
    stop the model behind it; a model without a true asynchronous stream holds up the event loop meanwhile.
    """

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name = llm.metadata.model_name or type(llm).__name__

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream:
        """The model's answer; `max_tokens` is the model's own matter. Raises ModelFailure."""
        conversation = [ChatMessage(role=message["role"], content=message["content"]) for message in messages]
        written, has_reasons, reason = "", False, None
        try:
            answer = cast(AsyncGenerator[Any, None], await self._llm.astream_chat(conversation))
            async with aclosing(answer) as pieces:
                async for piece in pieces:
                    choices = getattr(piece.raw, "choices", None)
                    if isinstance(choices, list):
                        has_reasons = True
                        reason = getattr(choices[0], "finish_reason", None) if choices else reason
                    text = _delta(piece, written)
                    written += text
                    if text:
                        yield text
        except Exception as error:
            kind = type(error).__name__
            raise ModelFailure(
                f"The model “{self.name}” failed ({kind}); see what it needs to run."
            ) from error
        if has_reasons and not reason:
            raise ModelFailure(f"The model “{self.name}” broke off before its answer was complete.")
        yield Finish(reason or "stop")


def _delta(piece: ChatResponse, written: str) -> str:
    """What a piece adds: some models send it apart, others the whole answer so far."""
    if piece.delta is not None:
        return piece.delta
    whole = piece.message.content or ""
    return whole[len(written) :] if whole.startswith(written) else whole
