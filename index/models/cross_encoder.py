"""The bundled cross-encoder, ms-marco-MiniLM-L-12-v2 (int8): one logit for a (query, text) pair."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from index.models.onnx import OnnxModel

BATCH = 8
"""Pairs of similar length run together: on two cores this is about half again as fast as one at a time."""
MAX_TOKENS = 256


class PairScorer(Protocol):
    """Anything that says how well each text answers a query; higher is better, scale free."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score per text, in order."""


class CrossEncoder:
    """Scores pairs with the bundled model; safe to share between threads.

    Raises ModelError when the model's files are missing or altered.
    Source: https://huggingface.co/cross-encoder/ms-marco-MiniLM-L-12-v2 (MS MARCO passage ranking).
    """

    def __init__(self, threads: int | None = None) -> None:
        self._model = OnnxModel("reranker_en", threads=threads, max_tokens=MAX_TOKENS)

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """Logits, about -11 to 11, in the order of `texts`; a pair beyond 256 tokens loses its tail."""
        encoded = [self._model.encode(query, text) for text in texts]
        order = sorted(range(len(texts)), key=lambda i: (len(encoded[i].ids), i))
        scores = np.zeros(len(texts), dtype=np.float32)
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            scores[rows] = self._model.run([encoded[row] for row in rows])[:, 0]
        return [float(score) for score in scores]
