"""A pair classifier of the user's own: classes in any order, and folders that cannot be used."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import ModelError, UsageError
from index.models.pair_classifier import PairClassifier, digest_of
from tests.tiny_onnx import LABELS, write_classifier

WEIGHTS = {"denies": (3.0, 0.0, 0.0), "agrees": (0.0, 2.0, 0.0), "rain": (0.0, 0.0, 1.0)}
PAIRS = [("She agrees.", "It is so."), ("He denies it.", "She agrees."), ("Rain.", "Snow.")]


def test_the_likeliest_class_of_each_pair(tmp_path: Path) -> None:
    model = PairClassifier(write_classifier(tmp_path, WEIGHTS))
    assert model.classes(PAIRS) == ["entailment", "contradiction", "other"]
    assert model.classes([]) == []


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (("CONTRADICTION", "Entailment", "NEUTRAL"), ["entailment", "contradiction", "other"]),
        (("neutral", "contradiction", "entailment"), ["contradiction", "other", "entailment"]),
        (("entailment", "not_entailment"), ["other", "entailment", "entailment"]),
        (("not entailment", "ENTAILMENT"), ["entailment", "other", "other"]),
        (("contradiction", "entailment"), ["entailment", "contradiction", "contradiction"]),
    ],
)
def test_classes_are_told_by_their_names_in_any_case_and_order(
    labels: tuple[str, ...], classes: list[str], tmp_path: Path
) -> None:
    weights = {word: row[: len(labels)] for word, row in WEIGHTS.items()}
    assert PairClassifier(write_classifier(tmp_path, weights, labels)).classes(PAIRS) == classes


@pytest.mark.parametrize("inputs", [("input_ids",), ("input_ids", "attention_mask", "token_type_ids")])
def test_a_model_is_fed_the_inputs_that_it_has(inputs: tuple[str, ...], tmp_path: Path) -> None:
    model = PairClassifier(write_classifier(tmp_path, WEIGHTS, inputs=inputs))
    assert model.classes(PAIRS[:1]) == ["entailment"]


def test_a_model_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    write_classifier(tmp_path, WEIGHTS)
    (tmp_path / "onnx").mkdir()
    (tmp_path / "model.onnx").rename(tmp_path / "onnx" / "model.onnx")
    assert PairClassifier(tmp_path).classes(PAIRS[:1]) == ["entailment"]


def test_a_pair_that_is_too_long_is_cut_and_the_claim_is_kept(tmp_path: Path) -> None:
    model = PairClassifier(write_classifier(tmp_path, WEIGHTS))
    assert model.classes([("nothing " * 100_000, "She agrees."), ("agrees " * 400, "denies " * 40)]) == [
        "entailment",
        "entailment",
    ]


def test_what_is_no_number_is_no_class_and_a_failure_is_one_sentence(tmp_path: Path) -> None:
    model = PairClassifier(write_classifier(tmp_path, {**WEIGHTS, "odd": (float("nan"), 0.0, 0.0)}))
    assert model.classes([("How odd.", "It is."), *PAIRS[:1]]) == [None, "entailment"]
    with pytest.raises(ModelError, match=r"^The local model failed \(\w+\)\.$"):
        model.classes([(None, "It is.")])  # type: ignore[list-item]


def change_config(folder: Path, **changed: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changed))


def labels(*names: object) -> Callable[[Path], None]:
    return lambda folder: change_config(folder, id2label={str(at): name for at, name in enumerate(names)})


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no weights": (lambda folder: (folder / "model.onnx").unlink(), r"cannot be used"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), r"cannot be used"),
    "no config": (lambda folder: (folder / "config.json").unlink(), r"config\.json cannot be read \(No such"),
    "no JSON": (lambda folder: (folder / "config.json").write_text("{"), r"config\.json is no JSON object"),
    "no object": (
        lambda folder: (folder / "config.json").write_text("[]"),
        r"config\.json is no JSON object",
    ),
    "deep": (lambda folder: (folder / "config.json").write_text("[" * 90_000), r"is no JSON object"),
    "no labels": (lambda folder: change_config(folder, id2label=None), r"names no classes; entailment"),
    "nameless": (labels("LABEL_0", "LABEL_1", "LABEL_2"), r"names LABEL_0, LABEL_1, LABEL_2; entailment"),
    "a number": (labels("entailment", 7), r"names entailment, 7; entailment"),
    "two yes": (labels("entailment", "entailed", "neutral"), r"names entailment, entailed, neutral"),
    "no yes": (labels("neutral", "contradiction"), r"names neutral, contradiction"),
    "fewer": (labels("entailment", "neutral"), r"has 3 classes, and config\.json names 2"),
    "broken": (lambda folder: (folder / "model.onnx").write_bytes(b"\x00" * 99), r"cannot be used"),
    "no tokens": (lambda folder: (folder / "tokenizer.json").write_text("{}"), r"cannot be used"),
}


@pytest.mark.parametrize(("damage", "says"), BAD.values(), ids=BAD)
def test_a_folder_that_cannot_be_used_is_wrong_usage_in_one_sentence(
    damage: Callable[[Path], object], says: str, tmp_path: Path
) -> None:
    damage(write_classifier(tmp_path, WEIGHTS))
    with pytest.raises(UsageError, match=says) as raised:
        PairClassifier(tmp_path)
    assert "\n" not in str(raised.value) and re.search("ONRECORD_CHECK_DIR|are expected", str(raised.value))


def test_a_model_that_asks_for_other_inputs_is_refused(tmp_path: Path) -> None:
    write_classifier(tmp_path, WEIGHTS, inputs=("input_ids", "pixel_values"))
    with pytest.raises(UsageError, match=r"asks for the input 'pixel_values'"):
        PairClassifier(tmp_path)


def test_another_model_has_another_digest(tmp_path: Path) -> None:
    one = write_classifier(tmp_path / "one", WEIGHTS)
    same = write_classifier(tmp_path / "same", WEIGHTS)
    assert digest_of(one) == digest_of(same)
    changed = {"weights": ({"rain": (0.0, 9.0, 0.0)}, LABELS), "labels": (WEIGHTS, LABELS[::-1])}
    for name, (weights, named) in changed.items():
        assert digest_of(write_classifier(tmp_path / name, weights, named)) != digest_of(one)
    with pytest.raises(UsageError, match="ONRECORD_CHECK_DIR needs a folder"):
        digest_of(tmp_path / "none")
