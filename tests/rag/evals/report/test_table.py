"""A run on the terminal."""

from dataclasses import replace
from pathlib import Path

import pytest

from rag.evals.cases.record import Record
from rag.evals.gate import Bound, check
from rag.evals.report.summary import summarise
from rag.evals.report.table import MOST_FAILED, item_text, to_text
from rag.evals.run import run
from tests.rag.evals.fakes import CASES, FakeTarget


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    return list(run(CASES, FakeTarget(), out=tmp_path / "records.jsonl"))


def test_the_table_says_what_passed_what_failed_and_why(records: list[Record]) -> None:
    shown = to_text(summarise(records, check([Bound("passed", 0.9)], records)), 80)
    assert shown.startswith("3 of 4 items passed (75 %, 95 % interval 25 to 100).")
    assert "  mayor: Who is the mayor of Veldmark?" in shown and "Tove Lind" in shown
    assert "Known gaps, not gated: cause." in shown
    assert "gate passed: 0.75, at least 0.9 asked (n = 4): FAILED; worst: mayor" in shown
    for line in ("Passed, by tag", "quote_fidelity", "recall@5", "latency_total_p95"):
        assert line in shown
    assert " nan" not in shown and "None" not in shown


def test_what_no_case_asks_for_has_no_row(records: list[Record]) -> None:
    assert "must_not_say" not in to_text(summarise(records))


def test_errors_are_counted_and_listed(records: list[Record]) -> None:
    records[0] = replace(records[0], error="no connection", answer=None, scores={})
    summary = summarise(records)
    shown = to_text(summary)
    assert "1 errored" in shown and "    no connection" in shown and summary.exit_code == 1


def test_a_run_of_nothing_but_errors_is_a_table_too(records: list[Record]) -> None:
    broken = [replace(record, error="down", answer=None, scores={}) for record in records]
    assert to_text(summarise(broken)).startswith("0 of 4 items passed (0 %")
    only_gaps = summarise([records[-1]])
    assert to_text(only_gaps).startswith("0 of 0 items passed.")


def test_a_gap_that_passes_is_told(records: list[Record]) -> None:
    records[0] = replace(records[0], case=replace(records[0].case, known_gap="numbers"))
    assert "Known gaps that passed (their known_gap may go): cuts." in to_text(summarise(records), 200)


def test_a_thousand_failures_do_not_drown_the_table(records: list[Record]) -> None:
    failed = records[2]
    many = [replace(failed, case=replace(failed.case, id=f"case-{n}")) for n in range(MOST_FAILED + 5)]
    assert "... and 5 more, which --report shows" in to_text(summarise(many))


def test_an_item_is_told_with_question_answer_and_reason(records: list[Record]) -> None:
    told = item_text(replace(records[2], case=replace(records[2].case, origin="a.yaml:7")))
    assert told.startswith("question: Who is the mayor of Veldmark?\nanswer: ")
    assert "Tove Lind" in told and told.endswith("case: mayor (a.yaml:7)")
