"""Embedders of ours as llama-index knows them, and the name a store remembers any of them by.

Importing this module imports llama_index (about 1 s); `index.models.bge` and `index.models.endpoint` are the
same models without it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray
from pydantic import PrivateAttr

from index.models.bge import BgeSmall

BATCH = 64
"""Texts handed to the model at a time: enough that none of its threads waits long at the end of a batch."""


class TextEmbedder(Protocol):
    """An embedding model: `index.models.bge.BgeSmall`, or `index.models.endpoint.EndpointEmbedder`."""

    @property
    def embedder_id(self) -> str:
        """What a store records, and compares when it is opened again."""
        ...

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text, in order: shape (len(texts), dimensions). Raises ModelError."""
        ...

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a query: shape (dimensions,). Raises ModelError."""
        ...


class TextEmbedding(BaseEmbedding):
    """An embedder of ours behind llama-index's interface; see there for threads and errors."""

    _embedder: TextEmbedder = PrivateAttr()

    def __init__(self, embedder: TextEmbedder, **settings: Any) -> None:
        defaults: dict[str, Any] = {"model_name": embedder.embedder_id, "embed_batch_size": BATCH}
        super().__init__(**defaults | settings)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        """The name that llama-index serialises."""
        return cls.__name__

    @property
    def embedder_id(self) -> str:
        """As `TextEmbedder.embedder_id`."""
        return self._embedder.embedder_id

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.texts(texts).tolist()
        return vectors

    def _get_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = self._embedder.query(query).tolist()
        return vector

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)


class BundledEmbedding(TextEmbedding):
    """bge-small-en-v1.5 behind llama-index's interface."""

    def __init__(self, bge: BgeSmall | None = None, **settings: Any) -> None:
        super().__init__(bge or BgeSmall(), **settings)


def embedder_id(embed_model: BaseEmbedding) -> str:
    """What a store records, and compares when it is opened again: vectors of two ids never mix."""
    if isinstance(embed_model, TextEmbedding):
        return embed_model.embedder_id
    kind = type(embed_model).__name__
    return f"{kind}:{embed_model.model_name}" if embed_model.model_name != "unknown" else kind
