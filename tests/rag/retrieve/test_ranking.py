from dataclasses import replace

import pytest

from corpus.words.lists import read_lists
from index.store.store import Passage
from rag.retrieve.ranking import NAMES, Standing, dated

MIDDLING = Standing(fused=0.6, logit=-2.0)


def test_a_passage_that_either_stage_likes_better_comes_first() -> None:
    assert replace(MIDDLING, fused=0.7).relevance > MIDDLING.relevance
    assert replace(MIDDLING, logit=3.0).relevance > MIDDLING.relevance


def test_a_passage_of_the_year_that_is_asked_for_comes_before_one_of_another_year() -> None:
    told = Passage(1, "a", "r", 0, 9, "It sank in 2014.", ((0, 9),), "The ferry", None, "2016-05-01", None)
    assert [dated(frozenset(years), told) for years in ((2014, 2011), (2016,), (2011,), ())] == [1, 1, -1, 0]
    assert (
        replace(MIDDLING, dated=1.0).relevance > MIDDLING.relevance > replace(MIDDLING, dated=-1.0).relevance
    )


@pytest.mark.parametrize("told", [Standing(0.0, -12.0), Standing(1.0, 12.0), MIDDLING])
def test_relevance_is_a_probability(told: Standing) -> None:
    assert 0 < told.relevance < 1


def test_every_feature_has_a_weight_and_every_weight_a_feature() -> None:
    lines = read_lists("rag.retrieve", "ranking.txt")["weights"]
    assert [line.split()[0] for line in lines] == ["intercept", *NAMES]
