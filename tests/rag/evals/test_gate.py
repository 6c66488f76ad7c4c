"""Gates: what may be asked of a run, when it fails, and which items are named."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import UsageError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.gate import Bound, check, check_bounds, measures, parse_bound
from rag.evals.run import run
from tests.rag.evals.fakes import CASES, FakeTarget


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    return list(run(CASES, FakeTarget(), out=tmp_path / "records.jsonl"))


@pytest.mark.parametrize(
    ("written", "bound"),
    [
        ("passed=0.9", Bound("passed", 0.9)),
        ("recall@5 = 1", Bound("recall@5", 1)),
        ("passed[dates]=80%", Bound("passed", 0.8, "dates")),
        ("latency_total_p95=800", Bound("latency_total_p95", 800)),
    ],
)
def test_a_bound_is_a_measure_perhaps_a_tag_and_a_number(written: str, bound: Bound) -> None:
    assert parse_bound(written) == bound


@pytest.mark.parametrize(
    "written", ["passed", "passed=", "=1", "passed=high", "passed=nan", "passed[]=1", "p=inf"]
)
def test_what_is_no_bound_is_wrong_usage(written: str) -> None:
    with pytest.raises(UsageError, match="--max"):
        parse_bound(written, is_most=True)


def test_an_unknown_measure_or_tag_is_found_before_the_run() -> None:
    check_bounds([Bound("passed", 1, "number"), Bound("latency_write_p95", 1)], CASES)
    with pytest.raises(UsageError, match=r"no measure is called 'pased'; there are passed, recall@1, "):
        check_bounds([Bound("pased", 1)], CASES)
    with pytest.raises(UsageError, match="no case has the tag 'date'; there are name, number, unanswerable"):
        check_bounds([Bound("passed", 1, "date")], CASES)


def test_every_measure_of_a_run_is_known_before_it(records: list[Record]) -> None:
    from rag.evals.metrics.scores import JUDGED, aggregate

    assert set(aggregate(records)) | {*JUDGED, "cost"} == set(measures())


def test_a_gate_says_value_bound_and_the_worst_items(records: list[Record]) -> None:
    kept, broken = check([Bound("passed", 0.75), Bound("passed", 0.8)], records)
    assert kept.passed and str(kept) == "gate passed: 0.75, at least 0.75 asked (n = 4): kept"
    assert not broken.passed
    assert str(broken) == "gate passed: 0.75, at least 0.8 asked (n = 4): FAILED; worst: mayor"


def test_a_gate_for_a_tag_counts_only_its_cases(records: list[Record]) -> None:
    number, name = check([Bound("passed", 1, "number"), Bound("passed", 0.1, "name")], records)
    assert number.passed and number.found.n == 2
    assert not name.passed and str(name).startswith(
        "gate passed[name]: 0, at least 0.1 asked (n = 1): FAILED"
    )


def test_what_is_known_to_fail_is_not_counted(records: list[Record]) -> None:
    assert not records[-1].passed and records[-1].case.known_gap
    (gate,) = check([Bound("status_match", 1)], records)
    assert gate.passed and gate.found.n == 1


def test_an_item_that_errored_counts_as_failed(records: list[Record]) -> None:
    errored = replace(records[0], error="no connection", scores={}, answer=None)
    (gate,) = check([Bound("passed", 0.7)], [errored, *records[1:]])
    assert gate.found.value == 0.5 and gate.worst == ("cuts", "mayor")


def test_a_gate_on_what_no_case_measures_fails(records: list[Record]) -> None:
    (gate,) = check([Bound("outside_coverage_recall", 0.5)], records)
    assert not gate.passed and "no case measures it" in str(gate)


def test_the_worst_by_a_measure_come_first(records: list[Record]) -> None:
    slow = [
        replace(record, scores={**record.scores, "latency_total": float(100 * place)})
        for place, record in enumerate(records)
    ]
    (gate,) = check([Bound("latency_total_p95", 150, is_most=True)], slow)
    assert not gate.passed and gate.worst == ("weather", "mayor")
    assert "at most 150 asked" in str(gate)


def test_items_that_were_answered_instead_of_withheld_are_named() -> None:
    answer = FakeTarget().ask(CASES[0])
    records = [Record(Case(name, "Who?", status=("not_stated",)), answer=answer) for name in ("a", "b")]
    (gate,) = check([Bound("abstention_recall", 0.9)], records)
    assert gate.found.value == 0 and gate.worst == ("a", "b")
