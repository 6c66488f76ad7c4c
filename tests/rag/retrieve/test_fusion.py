"""Rankings become one by the sum of reciprocal ranks."""

from hypothesis import given
from hypothesis import strategies as st

from rag.retrieve.fusion import K, reciprocal_rank_fusion


def test_what_both_rankers_like_comes_first() -> None:
    fused = reciprocal_rank_fusion([[1, 2, 3], [4, 2, 5]])
    assert fused[0] == (2, 2 / (K + 2))


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=3))
def test_every_id_appears_once_best_first(rankings: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(rankings)
    assert sorted(key for key, _ in fused) == sorted({key for ranking in rankings for key in ranking})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
