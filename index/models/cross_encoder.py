"""The bundled cross-encoder, ms-marco-MiniLM-L-12-v2 (int8): one logit for a (query, text) pair."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from index.models.onnx import OnnxModel, cores

MAX_TOKENS = 256
ANSWERING = Path(__file__).with_name("answering.npz")
"""Weights with which the cross-encoder tells what answers from what bears on the subject."""


class PairScorer(Protocol):
    """Anything that says how well each text answers a query; higher is better, scale free."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score per text, in order."""

    def answering(self, query: str, texts: Sequence[str]) -> list[float]:
        """How surely each text holds the answer to a question, and not only its subject; as `scores`."""
        return self.scores(query, texts)


class CrossEncoder(PairScorer):
    """Scores pairs on `workers` threads of one core each (default: the cores up to 4).

    One pair a run: with dynamic int8 the other rows of a batch would change a score. Calls may come from
    several threads. Raises ModelError when the model's files are missing or altered.
    Source: https://huggingface.co/cross-encoder/ms-marco-MiniLM-L-12-v2 (MS MARCO passage ranking).

    `answering` is the same model with other biases and layer norms in layers 5 to 12, 40,321 numbers, which
    `tests/answers/tune_answering.py` fits; it is opened when it is first asked, and takes 34 MB of memory.
    Source: Ben Zaken et al. (2022), "BitFit: Simple Parameter-efficient Fine-tuning".
    """

    # Measured on two idle cores, 72 sentences and 12 passages (7,687 tokens), by turns, best of six: one pair
    # a run on a thread of its own 0.82 s; batches of 4 and 8 on such threads 0.86 and 0.93 s; one pair a run
    # on both cores 1.18 s, batches of 4 and 8 0.97 and 0.99 s.

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or min(4, cores())
        self._model = OnnxModel("reranker_en", threads=1, max_tokens=MAX_TOKENS)
        self._tuned: OnnxModel | None = None
        self._opening = threading.Lock()

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """Logits, about -11 to 11, in the order of `texts`; a pair beyond 256 tokens loses its tail."""
        return self._run(self._model, query, texts)

    def answering(self, query: str, texts: Sequence[str]) -> list[float]:
        """Logits, about -11 to 11, of the tuned model: below 0 a text rather does not answer."""
        with self._opening:
            if self._tuned is None:
                self._tuned = OnnxModel("reranker_en", threads=1, max_tokens=MAX_TOKENS, tuned=ANSWERING)
        return self._run(self._tuned, query, texts)

    def _run(self, model: OnnxModel, query: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        encoded = [model.encode(query, text) for text in texts]
        scores = [0.0] * len(texts)

        def score(row: int) -> None:
            scores[row] = float(model.run([encoded[row]])[0, 0])

        # The longest first, so that no thread is left with a long one while the others have nothing to do.
        rows = sorted(range(len(texts)), key=lambda row: -len(encoded[row].ids))
        with ThreadPoolExecutor(min(self._workers, len(texts)), thread_name_prefix="score") as pool:
            list(pool.map(score, rows))
        return scores
