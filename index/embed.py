"""Embedders as llama-index knows them: the bundled one, and the name a store remembers any of them by.

Importing this module imports llama_index (about 1 s); `index.bge` is the same model without it.
"""

import asyncio
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from index.bge import EMBEDDER_ID, BgeSmall

BATCH = 64
"""Texts handed to the worker threads at a time: enough that none waits long at the end of a batch."""


class BundledEmbedding(BaseEmbedding):
    """bge-small-en-v1.5 behind llama-index's interface; see `BgeSmall` for threads and errors."""

    _bge: BgeSmall = PrivateAttr()

    def __init__(self, bge: BgeSmall | None = None, **settings: Any) -> None:
        defaults: dict[str, Any] = {"model_name": EMBEDDER_ID, "embed_batch_size": BATCH}
        super().__init__(**defaults | settings)
        self._bge = bge or BgeSmall()

    @classmethod
    def class_name(cls) -> str:
        """The name that llama-index serialises."""
        return "BundledEmbedding"

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._bge.texts(texts).tolist()
        return vectors

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._bge.get_query_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)


def embedder_id(embed_model: BaseEmbedding) -> str:
    """What a store records, and compares when it is opened again: vectors of two ids never mix."""
    if isinstance(embed_model, BundledEmbedding):
        return EMBEDDER_ID
    kind = type(embed_model).__name__
    return f"{kind}:{embed_model.model_name}" if embed_model.model_name != "unknown" else kind
