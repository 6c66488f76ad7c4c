"""Stand-ins that compute something: an embedder whose vectors are near exactly where words are shared."""

import re
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

DIMENSIONS = 64
_WORD = re.compile(r"\w+")
_COMMON = {
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "by",
    "for",
    "from",
    "in",
    "is",
    "it",
    "of",
    "on",
    "that",
    "the",
    "to",
}


class WordOverlapEmbedding(BaseEmbedding):
    """Words hashed into 64 dimensions: the cosine of two texts grows with the words they share.

    `embedded` lists every text that was embedded as a passage, in order; `before_batch` is called before each
    batch of them.
    """

    dimensions: int = DIMENSIONS
    _embedded: list[str] = PrivateAttr(default_factory=list)
    _before_batch: Callable[[], None] | None = PrivateAttr(default=None)

    def __init__(self, before_batch: Callable[[], None] | None = None, **settings: Any) -> None:
        defaults: dict[str, Any] = {"model_name": "word-overlap", "embed_batch_size": 64}
        super().__init__(**defaults | settings)
        self._before_batch = before_batch

    @property
    def embedded(self) -> list[str]:
        """The passages' texts that were embedded so far."""
        return self._embedded

    def _vector(self, text: str) -> list[float]:
        vector = np.zeros(self.dimensions)
        words = Counter(word for word in _WORD.findall(text.lower()) if word not in _COMMON)
        for word, count in words.items():
            digest = zlib.crc32(word.encode())
            vector[digest % self.dimensions] += (1 if digest & 0x10000 else -1) * count**0.5
        length = float(np.linalg.norm(vector))
        unit: list[float] = (vector / length if length else vector).tolist()
        return unit

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        if self._before_batch is not None:
            self._before_batch()
        self._embedded.extend(texts)
        return [self._vector(text) for text in texts]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)
