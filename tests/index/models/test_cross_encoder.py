"""The cross-encoder: one logit for a pair, whatever else is scored with it."""

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelError
from index.models.cross_encoder import ANSWERING, CrossEncoder

QUERY = "Who spoke?"
TEXTS = [
    "The mayor spoke of the wall.",
    "Rain.",
    "Nobody at all left the old harbour on Monday. " * 12,
    "It rained on Monday.",
]


@pytest.fixture(scope="module")
def encoder() -> CrossEncoder:
    return CrossEncoder(workers=2)


@pytest.mark.parametrize("kind", ["scores", "answering"])
def test_a_pair_scores_the_same_alone_and_among_others(encoder: CrossEncoder, kind: str) -> None:
    score = getattr(encoder, kind)
    alone = [score(QUERY, [text])[0] for text in TEXTS]
    assert score(QUERY, TEXTS) == alone
    assert score(QUERY, TEXTS[::-1]) == alone[::-1]
    assert len({*alone}) == len(TEXTS)


def test_what_answers_scores_higher_than_what_does_not(encoder: CrossEncoder) -> None:
    spoke, rained = encoder.scores("Who spoke?", ["The mayor spoke of the wall.", "It rained on Monday."])
    assert spoke > rained


def test_nothing_to_score_is_no_score(encoder: CrossEncoder) -> None:
    assert encoder.scores(QUERY, []) == encoder.answering(QUERY, []) == []


FERRY = "Ferry for Oster Sound. The yard of Wendbury delivered the ferry *Brent* on Monday."


ANSWERED = (
    "Which yard built the ferry Brent?",
    "When was the Brent delivered?",
    "What was delivered by the yard of Wendbury?",
    "did the yard deliver the ferry",
)
ONLY_TOUCHED = (
    "Who designed the ferry Brent?",
    "How much did the Brent cost?",
    "Why was the ferry delivered late?",
    "How many passengers does the Brent carry?",
)


def test_what_is_answered_is_told_from_what_is_only_touched(encoder: CrossEncoder) -> None:
    assert all(encoder.answering(query, [FERRY])[0] > 0 for query in ANSWERED)
    assert all(encoder.answering(query, [FERRY])[0] < 0 for query in ONLY_TOUCHED)


def test_the_rankers_score_is_high_for_what_is_only_touched(encoder: CrossEncoder) -> None:
    """Which is why it does not say whether a text answers."""
    assert encoder.scores(ONLY_TOUCHED[0], [FERRY])[0] > 3


def test_a_layer_has_the_same_shapes_and_other_biases() -> None:
    """A name or a shape that the model's file does not have is an error when the session is made."""
    kept = np.load(ANSWERING)
    assert all(np.isfinite(kept[name]).all() for name in kept.files)
    assert all(name.endswith(".bias") or name.endswith("LayerNorm.weight") for name in kept.files)


def test_damaged_weights_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "answering.npz"
    damaged.write_bytes(ANSWERING.read_bytes()[:-100])
    monkeypatch.setattr("index.models.cross_encoder.ANSWERING", damaged)
    with pytest.raises(ModelError, match="reranker_en cannot be loaded"):
        CrossEncoder().answering(QUERY, TEXTS)
