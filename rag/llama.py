"""The retriever behind llama-index's interface, so that it works in anyone's query engine."""

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.filters import Filter
from rag.answer import RankedPassage
from rag.retrieve import Retriever


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
