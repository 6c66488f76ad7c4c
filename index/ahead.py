"""Embedding ahead: while one batch is embedded the next is read and split, and the last is written."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError, OnrecordError

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Batch = TypeVar("Batch")
Vectors = NDArray[np.float32]

_DEPTH = 2
"""Batches that wait or are being embedded: one of each keeps the model busy."""
_SLICE = 64
"""Texts given to the model at a time; an interrupt waits for no more."""


class EmbedAhead(Generic[Batch]):
    """Embeds the texts of batches in a thread of its own and hands each batch back, in order, to `write`.

    `write` runs in the thread that calls `submit` and `drain`. When the block is left by an exception, what
    has not been written is dropped. Raises ModelError when the model fails or returns no proper vectors.
    """

    def __init__(self, embed_model: "BaseEmbedding", write: Callable[[Batch, Vectors], None]) -> None:
        self._embed_model = embed_model
        self._write = write
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embed-ahead")
        self._waiting: deque[tuple[Batch, Future[Vectors]]] = deque()
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, batch: Batch, texts: Sequence[str]) -> None:
        """Queue a batch; blocks while enough are waiting."""
        if len(self._waiting) >= _DEPTH:
            self._write_first()
        self._waiting.append((batch, self._pool.submit(self._embed, texts)))

    def drain(self) -> None:
        """Write everything that was submitted."""
        while self._waiting:
            self._write_first()

    def _write_first(self) -> None:
        batch, vectors = self._waiting[0]
        self._write(batch, vectors.result())
        self._waiting.popleft()

    def _embed(self, texts: Sequence[str]) -> Vectors:
        parts = []
        for first in range(0, len(texts), _SLICE):
            if self._stopped.is_set():
                break
            parts.append(embed(self._embed_model, texts[first : first + _SLICE]))
        return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)


def embed(embed_model: "BaseEmbedding", texts: Sequence[str]) -> Vectors:
    """Unit vectors of some texts, one row each. Raises ModelError."""
    try:
        raw = embed_model.get_text_embedding_batch(list(texts))
    except OnrecordError:
        raise
    except Exception as error:
        raise ModelError(
            f"the embedding model {embed_model.model_name} failed ({type(error).__name__}: {error}); "
            "what is indexed is kept, run the command again"
        ) from error
    try:
        vectors = np.array(raw, dtype=np.float32)
    except ValueError:
        vectors = np.zeros(0, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.size or not np.isfinite(vectors).all():
        raise ModelError(
            f"the embedding model {embed_model.model_name} returned no finite vectors of one length; check it"
        )
    return unit(vectors)


def unit(vectors: Vectors) -> Vectors:
    """The rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled
