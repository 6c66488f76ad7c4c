import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evals.cases.case import Case
from rag.evals.metrics.retrieval import MEASURES, documents, retrieval, stands_within
from tests.rag.evals.answered import FLOODS, MILL, PAPER, QUOTES, RAIL, TRAINS, Quote, abstained, answered

rankings = st.lists(st.sampled_from(QUOTES), max_size=14)
articles = st.lists(st.sampled_from(sorted({quote[0] for quote in QUOTES})), min_size=1, unique=True)


def reference(ranking: list[Quote], wanted: list[str]) -> dict[str, float]:
    """The textbook's formulas over binary gains: an article's first passage gains 1, later ones 0."""
    seen: set[str] = set()
    gains = []
    for article_id, _ in ranking:
        gains.append(float(article_id in wanted and article_id not in seen))
        seen.add(article_id)
    first = next((rank for rank, gain in enumerate(gains, start=1) if gain), None)
    gained = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:10], start=1))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(wanted)) + 1))
    return {
        **{f"recall@{k}": sum(gains[:k]) / len(wanted) for k in (1, 5, 10)},
        "mrr": 1 / first if first else 0.0,
        "ndcg@10": gained / ideal,
    }


@settings(max_examples=50, deadline=None)
@given(rankings, articles)
def test_the_measures_are_those_of_the_textbook(ranking: list[Quote], wanted: list[str]) -> None:
    found = retrieval(Case("c", "q", must_cite=tuple(wanted)), answered([], ranking))
    assert found == pytest.approx(reference(ranking, wanted))


@settings(max_examples=50, deadline=None)
@given(rankings, articles)
def test_every_measure_is_a_share(ranking: list[Quote], wanted: list[str]) -> None:
    found = retrieval(Case("c", "q", must_cite=tuple(wanted)), answered([], ranking))
    assert set(found) == set(MEASURES)
    assert all(value is not None and 0 <= value <= 1 + 1e-9 for value in found.values())


@settings(max_examples=50, deadline=None)
@given(rankings, st.sampled_from(QUOTES))
def test_evidence_moved_up_never_costs_anything(ranking: list[Quote], wanted: Quote) -> None:
    case = Case("c", "q", evidence=(wanted[1],))
    before = retrieval(case, answered([], ranking))
    after = retrieval(case, answered([], [wanted, *ranking]))
    assert all((after[name] or 0) >= (value or 0) for name, value in before.items())
    assert after == dict.fromkeys(MEASURES, 1)


def test_any_of_the_evidence_is_enough_and_a_second_passage_with_it_is_a_duplicate() -> None:
    case = Case("c", "q", evidence=("nowhere in the archive", "every ten minutes"), must_cite=("Floods",))
    once = retrieval(case, answered([], [RAIL, TRAINS, FLOODS]))
    assert once["recall@1"] == 0 and once["recall@5"] == 1 and once["mrr"] == 0.5
    assert once == retrieval(case, answered([], [RAIL, TRAINS, TRAINS, FLOODS]))


def test_evidence_across_the_edge_of_a_passage_counts_where_the_passage_overlaps_it() -> None:
    whole = ("town/mill.txt", "The mill closed in May. Its owner said that 1,200 people had worked there.")
    case = Case("c", "q", evidence=("closed in May. Its owner said",))
    assert retrieval(case, answered([], [MILL, whole]))["mrr"] == 1
    assert retrieval(case, answered([], [PAPER, whole]))["mrr"] == 0.5


def test_a_title_an_address_or_the_end_of_a_path_names_an_article() -> None:
    case = Case("c", "q", must_cite=("the mill closes", "rail.txt", "https://echo.example/floods/"))
    assert retrieval(case, answered([], [MILL, RAIL, FLOODS]))["recall@5"] == 1


def test_nothing_found_is_zero_and_nothing_asked_is_none() -> None:
    assert retrieval(Case("c", "q", evidence=("every ten minutes",)), abstained()) == dict.fromkeys(
        MEASURES, 0
    )
    assert retrieval(Case("c", "q", answer=("x",)), answered([MILL])) == dict.fromkeys(MEASURES)
    unanswerable = Case("c", "q", status=("abstained",), must_cite=("Floods",))
    assert retrieval(unanswerable, abstained()) == dict.fromkeys(MEASURES)


def test_passages_without_their_text_are_not_judged_by_evidence() -> None:
    answer = answered([MILL])
    answer["passages"] = [passage | {"text": ""} for passage in answer["passages"]]
    assert retrieval(Case("c", "q", evidence=("1,200 people",)), answer) == dict.fromkeys(MEASURES)
    assert retrieval(Case("c", "q", must_cite=("mill.txt",)), answer)["mrr"] == 1


def test_a_document_counts_once_at_its_first_passage_and_a_missing_one_is_not_found() -> None:
    found = documents(["a", "a", "b", "c"], {"b", "gone"})
    assert (found["recall@1"], found["recall@5"], found["mrr"]) == (0, 0.5, 0.5)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))


def test_an_answer_stands_in_whole_words_within_the_characters() -> None:
    texts = ["The Romanian vote.", "It was in Oman."]
    assert stands_within(texts, "Oman", 100) == 1
    assert stands_within(texts[:1], "Oman", 100) == 0
    assert stands_within(texts, "Oman", 20) == 0
