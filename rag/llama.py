"""Our retriever behind llama-index's interface, and any llama-index embedding model behind ours."""

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from numpy.typing import NDArray

from index.filters import Filter
from rag.answer import RankedPassage
from rag.retrieve import Retriever


class QueryEmbedding:
    """A llama-index embedding model as the retriever's embedder; the store must be made with it too."""

    def __init__(self, embed_model: BaseEmbedding) -> None:
        self._embed_model = embed_model

    def query(self, text: str) -> NDArray[np.float32]:
        """The query's vector, scaled to unit length."""
        vector = np.asarray(self._embed_model.get_query_embedding(text), dtype=np.float32)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length else vector


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
