from dataclasses import replace

import pytest

from corpus.words.lists import read_lists
from rag.retrieve.ranking import NAMES, Standing

MIDDLING = Standing(fused=0.6, logit=-2.0)


def test_a_passage_that_either_stage_likes_better_comes_first() -> None:
    assert replace(MIDDLING, fused=0.7).relevance > MIDDLING.relevance
    assert replace(MIDDLING, logit=3.0).relevance > MIDDLING.relevance


@pytest.mark.parametrize("told", [Standing(0.0, -12.0), Standing(1.0, 12.0), MIDDLING])
def test_relevance_is_a_probability(told: Standing) -> None:
    assert 0 < told.relevance < 1


def test_every_feature_has_a_weight_and_every_weight_a_feature() -> None:
    lines = read_lists("rag.retrieve", "ranking.txt")["weights"]
    assert [line.split()[0] for line in lines] == ["intercept", *NAMES]
