"""The protocol of embedding models, and an adapter for those of llama-index."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


class Embedder(Protocol):
    """An embedding model: `BgeSmall`, `EndpointEmbedder`, or a llama-index one in a `LlamaIndexEmbedder`.

    Methods may be called from several threads and raise ModelError.
    """

    @property
    def embedder_id(self) -> str:
        """The name that a store records: vectors of two ids are never mixed."""
        ...

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector per text, in order: shape (len(texts), dimensions)."""
        ...

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a query: shape (dimensions,)."""
        ...


class LlamaIndexEmbedder:
    """Any llama-index embedding model as an `Embedder`; its batch size and its exceptions are its own."""

    def __init__(self, embed_model: "BaseEmbedding") -> None:
        self._embed_model = embed_model
        kind, name = type(embed_model).__name__, embed_model.model_name
        self.embedder_id = f"{kind}:{name}" if name != "unknown" else kind

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `Embedder.texts`. Raises ValueError for vectors of different lengths."""
        return unit(np.array(self._embed_model.get_text_embedding_batch(list(texts)), dtype=np.float32))

    def query(self, text: str) -> NDArray[np.float32]:
        """As `Embedder.query`."""
        return unit(np.array(self._embed_model.get_query_embedding(text), dtype=np.float32))


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector, or each row of a matrix, scaled to length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled
