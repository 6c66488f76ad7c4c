"""The bundled cross-encoder, ms-marco-MiniLM-L-12-v2 (int8): one logit for a (query, text) pair."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from index.models.onnx import OnnxModel, cores

MAX_TOKENS = 256


class PairScorer(Protocol):
    """Anything that says how well each text answers a query; higher is better, scale free."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score per text, in order."""

    def of_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One score per (query, text), in order."""
        return [score for query, text in pairs for score in self.scores(query, [text])]


class CrossEncoder(PairScorer):
    """Scores pairs on `workers` threads of one core each (default: the cores up to 4).

    One pair a run: with dynamic int8 the other rows of a batch would change a score. Calls may come from
    several threads. Raises ModelError when the model's files are missing or altered.
    Source: https://huggingface.co/cross-encoder/ms-marco-MiniLM-L-12-v2 (MS MARCO passage ranking).
    """

    # Measured on two idle cores, 72 sentences and 12 passages (7,687 tokens), by turns, best of six: one pair
    # a run on a thread of its own 0.82 s; batches of 4 and 8 on such threads 0.86 and 0.93 s; one pair a run
    # on both cores 1.18 s, batches of 4 and 8 0.97 and 0.99 s.

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or min(4, cores())
        self._model = OnnxModel("reranker_en", threads=1, max_tokens=MAX_TOKENS)

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """Logits, about -11 to 11, in the order of `texts`; a pair beyond 256 tokens loses its tail."""
        return self.of_pairs([(query, text) for text in texts])

    def of_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Logits, as `scores`, each of a query of its own."""
        if not pairs:
            return []
        encoded = [self._model.encode(*pair) for pair in pairs]
        scores = [0.0] * len(pairs)

        def score(row: int) -> None:
            scores[row] = float(self._model.run([encoded[row]])[0, 0])

        # The longest first, so that no thread is left with a long one while the others have nothing to do.
        rows = sorted(range(len(pairs)), key=lambda row: -len(encoded[row].ids))
        with ThreadPoolExecutor(min(self._workers, len(pairs)), thread_name_prefix="score") as pool:
            list(pool.map(score, rows))
        return scores
