"""Our retriever behind llama-index's interface, and its language models behind ours.

Its embedding models are adapted by `index.models.embedder.LlamaIndexEmbedder`.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, cast

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import LLM
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.store.filters import Filter
from rag.answer import RankedPassage
from rag.chat import Finish, Message, ModelFailure
from rag.retrieve.search import Retriever


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
        found = self._retriever.retrieve(query_bundle.query_str, self._where, self._k)
        return [_node(passage) for passage in found.passages]


def _node(found: RankedPassage) -> NodeWithScore:
    record = found.to_json()
    metadata = {
        key: record[key]
        for key in ("article_id", "revision", "start", "end", "title", "source", "published_at", "url")
    }
    keys = list(metadata)
    node = TextNode(
        id_=str(found.passage.id),
        text=found.passage.text,
        metadata=metadata,
        excluded_embed_metadata_keys=keys,
        excluded_llm_metadata_keys=keys,
    )
    return NodeWithScore(node=node, score=found.score)


class LlamaIndexChat:
    """Any llama-index language model as a chat model: a local one, or one that a program has set up itself.

    llama-index does not say how a model ended; where its raw chunks are an OpenAI endpoint's, they have to
    end with a finish_reason. Closing the stream closes llama-index's, which for its own integrations does not
    stop the model behind it; a model without a true asynchronous stream holds up the event loop meanwhile.
    """

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name = llm.metadata.model_name or type(llm).__name__

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Finish, None]:
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
