import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evals.cases.case import STATUSES, Case
from rag.evals.metrics.abstention import (
    aurc,
    confidence,
    curve,
    intent_match,
    is_abstention,
    precision_and_recall,
    risk_coverage,
    should_abstain,
    status_match,
)
from tests.rag.evals.answered import MILL, RAIL, abstained, answered, record

ANSWERABLE = Case("a", "q", answer=("1,200",))
ANY = Case("b", "q", status=("abstained",))
NOT_STATED = Case("c", "q", status=("not_stated",))
outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30)


def test_an_unknown_status_is_an_abstention() -> None:
    assert [is_abstention(status) for status in ("answered", "partial", "not_stated", "refused", None)] == [
        False,
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (ANSWERABLE, False),
        (ANY, True),
        (NOT_STATED, True),
        (Case("d", "q"), None),
        (Case("d", "q", status=("partial", "not_stated"), answer=("x",)), None),
        (Case("d", "q", status=("answered",)), False),
        (Case("d", "q", status=("listed",)), False),
        (Case("d", "q", status=("help",)), None),
        (Case("d", "q", status=("help", "not_stated")), None),
    ],
)
def test_a_case_tells_whether_it_has_an_answer(case: Case, expected: bool | None) -> None:
    assert should_abstain(case) is expected


def test_a_status_matches_by_name_or_as_any_abstention() -> None:
    assert status_match(ANY, abstained("not_in_archive")) == 1
    assert status_match(NOT_STATED, abstained("not_in_archive")) == 0
    assert status_match(ANSWERABLE, abstained()) is None


def test_precision_and_recall_are_pooled_and_by_kind() -> None:
    found = precision_and_recall(
        [
            record(ANSWERABLE, answered([MILL])),
            record(ANSWERABLE, abstained("not_stated")),
            record(NOT_STATED, abstained("not_stated")),
            record(NOT_STATED, abstained("not_in_archive")),
            record(ANY, abstained("not_in_archive")),
            record(ANY, answered([RAIL])),
            record(Case("d", "q"), abstained()),
            record(ANY, None, error="the server did not answer"),
        ]
    )
    assert {name: (one.value, one.n) for name, one in found.items()} == {
        "abstention_precision": (0.75, 4),
        "abstention_recall": (0.75, 4),
        "outside_coverage_precision": (None, 0),
        "outside_coverage_recall": (None, 0),
        "not_in_archive_precision": (0.5, 2),
        "not_in_archive_recall": (None, 0),
        "not_stated_precision": (0.5, 2),
        "not_stated_recall": (0.5, 2),
    }


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([ANSWERABLE, ANY, NOT_STATED]), st.sampled_from(STATUSES))))
def test_pooled_precision_and_recall_are_shares_or_nothing(drawn: list[tuple[Case, str]]) -> None:
    records = [record(case, abstained(status)) for case, status in drawn]
    for one in precision_and_recall(records).values():
        assert (one.value is None) == (one.n == 0)
        assert one.value is None or 0 <= one.value <= 1


def test_the_curve_lets_the_surest_through_first() -> None:
    points = risk_coverage([(0.9, True), (0.2, False), (0.5, True), (0.5, False)])
    assert points == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]
    assert aurc(points) == pytest.approx(0.25 * 0 + 0.5 / 3 + 0.25 * 0.5)


@settings(max_examples=50, deadline=None)
@given(outcomes)
def test_the_curve_ends_at_the_risk_of_all_answers(drawn: list[tuple[float, bool]]) -> None:
    points = risk_coverage(drawn)
    assert points[-1] == pytest.approx((1, sum(not right for _, right in drawn) / len(drawn)))
    assert all(0 < coverage <= 1 and 0 <= risk <= 1 for coverage, risk in points)
    assert [coverage for coverage, _ in points] == sorted(coverage for coverage, _ in points)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_aurc_is_the_mean_risk_of_all_cuts_and_best_when_right_answers_are_surest(right: list[bool]) -> None:
    drawn = [(1 - place / 100, is_right) for place, is_right in enumerate(right)]
    cuts = [sum(not one for one in right[:k]) / k for k in range(1, len(right) + 1)]
    found = aurc(risk_coverage(drawn))
    assert found == pytest.approx(sum(cuts) / len(cuts))
    best = aurc(risk_coverage([(-n, one) for n, one in enumerate(sorted(right, reverse=True))]))
    assert best is not None and found is not None
    assert best <= found + 1e-9


def test_a_run_covers_what_it_answered() -> None:
    sure = answered([MILL]) | {"confidence": 0.9}
    records = [
        record(ANSWERABLE, sure),
        record(ANSWERABLE, answered([RAIL]) | {"confidence": 0.4}, failures=("expected ...",)),
        record(ANY, abstained()),
        record(ANY, abstained()),
        record(ANY, None, error="timed out"),
    ]
    assert curve(records) == [(0.25, 0.0), (0.5, 0.5)]
    assert aurc(curve(records)) == pytest.approx(0.25)


def test_confidence_is_stated_or_the_best_passages_score() -> None:
    assert confidence(answered([MILL]) | {"confidence": 0.3}) == 0.3
    assert confidence(answered([MILL, RAIL])) == 1
    assert confidence(abstained()) is None


def test_nothing_answered_has_no_curve() -> None:
    assert curve([]) == curve([record(ANY, abstained())]) == []
    assert aurc([]) is None


def test_a_list_counts_as_an_answer_and_help_as_neither() -> None:
    assert not is_abstention("listed") and not is_abstention("help")
    found = precision_and_recall(
        [record(ANY, abstained("help")), record(ANY, abstained("listed")), record(ANY, abstained())]
    )
    assert found["abstention_recall"].value == 0.5 and found["abstention_precision"].n == 1
    outcomes = curve([record(ANY, {**answered([MILL]), "status": "help"})])
    assert outcomes == []


def test_an_intent_is_met_or_not() -> None:
    case = Case("i", "q", intent=("catalogue", "overview"))
    assert intent_match(case, {"intent": "overview"}) == 1
    assert intent_match(case, {"intent": "question"}) == 0 == intent_match(case, {})
    assert intent_match(ANY, {"intent": "help"}) is None
