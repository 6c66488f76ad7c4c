"""llama-index's quick start over a store's articles: SentenceSplitter, one vector a chunk, nearest first.

It ranks as llama-index's VectorStoreIndex does (cosine similarity of what `MetadataMode.EMBED` gives, the
headline being metadata), with the bundled embedding model. Chunks are cut from the articles as onrecord read
them, so that only cutting and ranking differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.models.embedder import Embedder
from index.store.store import Store

DEFAULTS = (1024, 200)
"""Tokens of a chunk and of its overlap with the one before: the defaults of SentenceSplitter."""
SMALL = (400, 20)
"""Chunks of about twice a passage. With the default overlap half of each would be said twice."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A node: its article, its text, and the text that is embedded."""

    article_id: str
    text: str
    embedded: str


class QuickStart:
    """All chunks of a store at one size (`DEFAULTS`, `SMALL`), and the search over them."""

    def __init__(self, store: Store, embedder: Embedder, size: tuple[int, int]) -> None:
        self._store, self._embedder, self._size = store, embedder, size

    def search(self, query: NDArray[np.float32], k: int) -> Sequence[Chunk]:
        """The `k` chunks that are nearest to the query's vector."""
        nearest = np.argsort(-(self._vectors @ query), kind="stable")[:k]
        return [self._chunks[place] for place in nearest]

    @cached_property
    def _chunks(self) -> list[Chunk]:
        return [*chunks(self._store, *self._size)]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        return self._embedder.texts([chunk.embedded for chunk in self._chunks])


def chunks(store: Store, size: int, overlap: int) -> Iterator[Chunk]:
    """The articles of a store in chunks, by article and place."""
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import Document, MetadataMode

    splitter = SentenceSplitter(chunk_size=size, chunk_overlap=overlap)
    for summary in store.articles():
        stored = store.article(summary.id)
        if stored is None:
            continue
        document = Document(text=stored.article.text, metadata={"title": stored.article.title})
        for node in splitter.get_nodes_from_documents([document]):
            yield Chunk(summary.id, node.get_content(), node.get_content(MetadataMode.EMBED))
