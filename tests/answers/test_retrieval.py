"""The bench of the ranking: its measures, its halves and its comparison."""

import pytest

from rag.evals.metrics.statistics import Interval, paired_bootstrap
from tests.answers import retrieval
from tests.answers.cases import folder
from tests.answers.rankers import Clock
from tests.answers.retrieval import QUESTIONS, RESAMPLES, Asked, Found, load, margins, within


def test_documents_count_at_the_rank_of_their_first_passage() -> None:
    asked = Asked("web", "q", "fact", "Who?", documents=("a", "b"))
    ranking = [Found("x", ""), Found("x", ""), Found("a", ""), Found("a", ""), Found("b", "")]
    found = asked.measured(ranking)
    assert found["recall@5"] == 1 and found["mrr"] == 0.5
    assert asked.measured(ranking[:4])["recall@5"] == 0.5
    assert asked.measured([])["recall@10"] == 0


def test_the_words_of_an_answer_count_where_they_stand_whole_and_within_the_characters() -> None:
    asked = Asked("news", "q", "news", "Where?", answer="Oman")
    assert asked.measured([Found("a", "A Romanian woman."), Found("b", "It is in Oman.")])[within(1_000)] == 1
    assert asked.measured([Found("a", "A Romanian woman.")])[within(8_000)] == 0
    far = asked.measured([Found("a", "x" * 2_000), Found("b", "Oman")])
    assert (far[within(1_000)], far[within(4_000)]) == (0, 1)


def test_a_margin_is_of_pairs_and_the_same_in_every_run() -> None:
    before, after = [0.0, 1.0, 0.0, 1.0] * 10, [1.0, 1.0, 0.0, 1.0] * 10
    margin = paired_bootstrap(before, after, RESAMPLES)
    mean, low, high = margin.value, margin.low, margin.high
    assert mean == 0.25 and low is not None and high is not None and 0 < low < mean < high < 0.5
    assert paired_bootstrap(before, after, RESAMPLES) == Interval(mean, low, high, len(before))


def test_margins_pool_the_measure_of_each_archive() -> None:
    asked = [Asked("web", "1", "fact", "?"), Asked("news", "2", "news", "?")]
    theirs = {"1": {"recall@5": 0.0}, "2": {"in 4,000": 0.0}}
    ours = {"1": {"recall@5": 1.0}, "2": {"in 4,000": 1.0}}
    measures = {"web": "recall@5", "news": "in 4,000"}
    written = margins(asked, {"dense": theirs, "ours": ours}, "ours", measures)
    assert written.splitlines()[-1] == "| dense | +1.000 | +1.000 to +1.000 |"


def test_no_question_is_in_both_halves() -> None:
    if not all((folder() / name).exists() for name in QUESTIONS.values()):
        pytest.skip("the question sets are not here (set ONRECORD_CASES to their folder)")
    halves = [
        {(one.archive, one.id) for name in retrieval.ARCHIVES[half] for one in load(half, name)}
        for half in retrieval.HALVES
    ]
    assert min(map(len, halves)) >= 100 and not halves[0] & halves[1]


def test_a_stage_whose_results_were_kept_has_no_line_in_the_table_of_times() -> None:
    clock = Clock()
    clock.seconds["search"], clock.seconds["search, kept"] = [0.25, 0.25], []
    assert clock.table().splitlines()[2:] == ["| search | 2 | 250 | 250 |"]
