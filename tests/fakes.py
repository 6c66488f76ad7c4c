"""Stand-ins that compute something: an embedder whose vectors are near exactly where words are shared."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 64
_WORD = re.compile(r"\w+")
_COMMON = set("a an and are as at by for from in is it of on that the to".split())


class WordOverlapEmbedding:
    """Words hashed into 64 dimensions: the cosine of two texts grows with the words they share.

    `embedded` lists every text that was embedded as a passage, in order; `before_batch` is called before each
    batch of them.
    """

    def __init__(
        self,
        before_batch: Callable[[], None] = lambda: None,
        *,
        model_name: str = "word-overlap",
        dimensions: int = DIMENSIONS,
    ) -> None:
        self.embedder_id = f"WordOverlapEmbedding:{model_name}"
        self.embedded: list[str] = []
        self._before_batch = before_batch
        self.dimensions = dimensions

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector per text: of length 1, or zeros for a text without a telling word."""
        self._before_batch()
        self.embedded.extend(texts)
        return np.array([self.query(text) for text in texts], dtype=np.float32)

    def query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text."""
        vector = np.zeros(self.dimensions)
        words = Counter(word for word in _WORD.findall(text.lower()) if word not in _COMMON)
        for word, count in words.items():
            digest = zlib.crc32(word.encode())
            vector[digest % self.dimensions] += (1 if digest & 0x10000 else -1) * count**0.5
        length = float(np.linalg.norm(vector))
        return (vector / length if length else vector).astype(np.float32)
