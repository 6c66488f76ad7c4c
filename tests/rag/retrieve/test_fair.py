"""Fair shares of the first places."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.store.store import Passage
from rag.answer import RankedPassage
from rag.retrieve.fair import SHARE, alternating, in_order, merged


def ranked(*numbers: int, best: float = 0.9) -> list[RankedPassage]:
    """Passages with these ids, in this order, with falling scores."""
    blank = Passage(0, "a", "r", 0, 1, "x", ((0, 1),), "Head", None, None, None)
    return [
        RankedPassage(rank, replace(blank, id=number), best / rank)
        for rank, number in enumerate(numbers, start=1)
    ]


def ids(passages: list[RankedPassage] | tuple[RankedPassage, ...]) -> list[int]:
    return [one.passage.id for one in passages]


def test_each_part_keeps_its_best_passages() -> None:
    found = merged([ranked(1, 2, 3, 4), ranked(9, 2, 8, best=0.01)], 5)
    assert ids(found) == [1, 9, 2, 3, 8]
    assert [one.rank for one in found] == [1, 2, 3, 4, 5]


def test_one_part_stays_as_it_is() -> None:
    assert list(merged([ranked(3, 1, 2)], 2)) == ranked(3, 1, 2)[:2]


def test_sides_take_turns_and_the_rest_follows() -> None:
    first = alternating(ranked(*range(1, 11)), [lambda one: one.id < 9, lambda one: one.id >= 9])
    assert ids(first) == [1, 9, 2, 10, 3, 4, 5, 6, 7, 8]


def test_a_side_that_nothing_speaks_of_takes_no_place() -> None:
    order = ranked(1, 2, 3, 4)
    assert alternating(order, [lambda one: True, lambda one: False]) == order


def test_a_passage_about_both_sides_counts_for_both() -> None:
    first = alternating(
        ranked(*range(1, 9)), [lambda one: one.id != 8, lambda one: one.id <= SHARE or one.id == 8]
    )
    assert ids(first) == list(range(1, 9))


@given(st.lists(st.floats(0, 1), max_size=12))
def test_scores_never_rise_and_none_is_lost(scores: list[float]) -> None:
    given_order = [
        replace(one, score=score) for one, score in zip(ranked(*range(len(scores))), scores, strict=True)
    ]
    found = in_order(given_order)
    assert ids(found) == ids(given_order)
    told = [one.score for one in found]
    assert told == sorted(told, reverse=True) and all(
        a.score >= b for a, b in zip(found, scores, strict=True)
    )
