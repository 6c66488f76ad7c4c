"""The cross-encoder: one logit for a pair, whatever else is scored with it."""

import pytest

from index.models.cross_encoder import CrossEncoder

PAIRS = [
    ("Who spoke?", "The mayor spoke of the wall."),
    ("When did it rain?", "Rain."),
    ("Who left?", "Nobody at all left the old harbour on Monday. " * 12),
    ("Who spoke?", "It rained on Monday."),
]


@pytest.fixture(scope="module")
def encoder() -> CrossEncoder:
    return CrossEncoder(workers=2)


def test_a_pair_scores_the_same_alone_and_among_others(encoder: CrossEncoder) -> None:
    alone = [encoder.scores(query, [text])[0] for query, text in PAIRS]
    assert encoder.of_pairs(PAIRS) == alone
    assert encoder.of_pairs(PAIRS[::-1]) == alone[::-1]
    assert len({*alone}) == len(PAIRS)


def test_what_answers_scores_higher_than_what_does_not(encoder: CrossEncoder) -> None:
    spoke, rained = encoder.scores("Who spoke?", ["The mayor spoke of the wall.", "It rained on Monday."])
    assert spoke > rained


def test_nothing_to_score_is_no_score(encoder: CrossEncoder) -> None:
    assert encoder.scores("Who spoke?", []) == encoder.of_pairs([]) == []
