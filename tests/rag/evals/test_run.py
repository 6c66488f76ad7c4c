"""Runs are written down as they go, taken up where they stopped, and the same whatever the workers."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import QuestionError, ReadError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.run import read_records, run
from tests.rag.evals.fakes import CASES, FakeTarget


def ids(records: list[Record]) -> list[str]:
    return [record.case.id for record in records]


def test_each_case_is_asked_graded_and_written_down(tmp_path: Path) -> None:
    records = list(run(CASES, FakeTarget(), out=tmp_path / "run" / "records.jsonl"))
    assert ids(records) == [case.id for case in CASES]
    assert {record.case.id for record in records if not record.passed} == {"mayor", "cause"}
    assert records[0].scores["answer_contains"] == 1.0 and records[0].scores["quote_fidelity"] == 1.0
    assert records[3].scores["answer_contains"] is None
    assert read_records(tmp_path / "run" / "records.jsonl") == [
        replace(record, seconds=round(record.seconds, 3)) for record in records
    ]


def test_the_file_does_not_depend_on_the_workers(tmp_path: Path) -> None:
    gate = threading.Barrier(2)  # Two are at work at once, and which is first is open.
    cases = [case for case in CASES if case.id != "cause"]
    list(run(cases, FakeTarget(lambda case: _meet(gate)), out=tmp_path / "two", workers=2))
    list(run(cases, FakeTarget(), out=tmp_path / "one"))
    one, two = (read_records(tmp_path / name) for name in ("one", "two"))
    assert [replace(record, seconds=0) for record in one] == [replace(record, seconds=0) for record in two]


def _meet(gate: threading.Barrier) -> None:
    gate.wait(timeout=300)


def test_a_case_is_asked_as_often_as_is_wanted(tmp_path: Path) -> None:
    target = FakeTarget()
    records = list(run(CASES[:2], target, out=tmp_path / "out", repeat=3))
    assert [(record.case.id, record.repeat) for record in records] == [
        (name, number) for name in ("cuts", "crossing") for number in (1, 2, 3)
    ]
    assert len(target.asked) == 6


def test_an_item_that_raises_is_recorded_and_the_run_goes_on(tmp_path: Path) -> None:
    def refuse(case: Case) -> None:
        if case.id == "cuts":
            raise QuestionError("the question cannot be asked")
        if case.id == "mayor":
            raise ZeroDivisionError("no luck")

    records = list(run(CASES, FakeTarget(refuse), out=tmp_path / "out"))
    assert {record.case.id: record.error for record in records if record.error} == {
        "cuts": "the question cannot be asked",
        "mayor": "ZeroDivisionError: no luck",
    }
    assert not records[0].passed and records[0].scores == {} and len(records) == len(CASES)


def test_an_answer_that_cannot_be_graded_is_an_error_not_a_pass(tmp_path: Path) -> None:
    class Odd(FakeTarget):
        def ask(self, case: Case) -> dict[str, object]:
            return {"status": "answered", "citations": [{"n": 1}]}

    (record,) = run(CASES[:1], Odd(), out=tmp_path / "out")
    assert record.error and "KeyError" in record.error and not record.passed


def test_a_run_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    out = tmp_path / "out"
    begun = run(CASES, FakeTarget(), out=out)
    first = [next(begun), next(begun)]
    begun.close()
    assert ids(read_records(out)) == ids(first)
    out.write_bytes(out.read_bytes() + b'{"schema": 1, "id": "may')
    target = FakeTarget()
    assert len(list(run(CASES, target, out=out))) == len(CASES)
    assert target.asked == ["mayor", "weather", "cause"]
    assert ids(read_records(out)) == [case.id for case in CASES]


def test_a_first_line_that_was_torn_off_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "out").write_text('{"schema": 1, "id": "cu')
    assert len(list(run(CASES, FakeTarget(), out=tmp_path / "out"))) == len(CASES)


def test_a_finished_run_is_done_anew(tmp_path: Path) -> None:
    list(run(CASES, FakeTarget(), out=tmp_path / "out"))
    target = FakeTarget()
    list(run(CASES, target, out=tmp_path / "out"))
    assert len(target.asked) == len(CASES)


def test_a_changed_case_is_run_anew_and_a_dropped_one_leaves_the_file(tmp_path: Path) -> None:
    out, target = tmp_path / "out", FakeTarget()
    list(run(CASES, FakeTarget(), out=out))
    changed = (CASES[0], replace(CASES[1], answer=("50",)), *CASES[2:4])
    list(run(changed, target, out=out))
    assert target.asked == ["crossing"]
    assert ids(read_records(out)) == ["cuts", "crossing", "mayor", "weather"]


def test_other_settings_and_errors_are_asked_again(tmp_path: Path) -> None:
    def fail(case: Case) -> None:
        if case.id == "mayor":
            raise QuestionError("no")

    out, other = tmp_path / "out", FakeTarget(about="another model")
    list(run(CASES, FakeTarget(fail), out=out))
    again = FakeTarget()
    list(run(CASES, again, out=out))
    assert again.asked == ["mayor"]
    next(run(CASES, other, out=out))
    assert other.asked == ["cuts"]


def test_an_interrupt_keeps_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        for record in run(CASES, FakeTarget(), out=out):
            if record.case.id == "crossing":
                raise KeyboardInterrupt
    assert ids(read_records(out)) == ["cuts", "crossing"]


def test_a_file_of_something_else_is_named_and_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "notes.jsonl"
    out.write_text('{"note": 1}\n{"note": 2}\n')
    with pytest.raises(ReadError, match=r"notes.jsonl:1 is no record of a run"):
        list(run(CASES, FakeTarget(), out=out))
    assert json.loads(out.read_text().splitlines()[0]) == {"note": 1}


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadError, match="cannot be written"):
        list(run(CASES, FakeTarget(), out=tmp_path / "file" / "records.jsonl"))
