"""The `eval` and `compare` commands: what they print, where they write, and the exit codes."""

import json
from argparse import Namespace
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app import main
from corpus.errors import QuestionError, UsageError
from rag.evals.cases.case import Case
from rag.evals.run import read_records
from rag.terminal.arguments import parse
from rag.terminal.evals import Plan, evaluate, grade_lines
from rag.terminal.serve import SAMPLES
from tests.rag.evals.fakes import FakeTarget

CASES = """
- id: cuts
  question: How many people were treated?
  answer: "14"
  tags: [number]
- id: mayor
  question: Who is the mayor of Veldmark?
  answer: Tove Lind
  tags: [name]
"""


@pytest.fixture
def cases(tmp_path: Path) -> str:
    (tmp_path / "cases.yaml").write_text(CASES)
    return str(tmp_path / "cases.yaml")


def planned(*words: str) -> Plan:
    return Plan.read(parse(["eval", *words]))


def test_a_run_prints_a_table_and_writes_its_files(
    cases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, junit = tmp_path / "report", tmp_path / "junit.xml"
    assert evaluate(planned(cases, "--report", str(report), "--junit", str(junit)), FakeTarget()) == 0
    shown = capsys.readouterr()
    assert "1 of 2 items passed" in shown.out and "Tove Lind" in shown.out and shown.err == ""
    assert f"Report: {report / 'report.html'}" in shown.out
    assert len(read_records(report / "records.jsonl")) == 2
    page = (report / "report.html").read_text()
    assert "<html" in page and junit.exists()
    assert f"onrecord eval {cases} --report {report}" in page and " UTC" in shown.out


def test_a_gate_that_fails_is_exit_code_1(cases: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(planned(cases, "--min", "passed=0.5", "--min", "passed[number]=1"), FakeTarget()) == 0
    assert evaluate(planned(cases, "--min", "passed=0.9"), FakeTarget()) == 1
    assert "gate passed: 0.5, at least 0.9 asked (n = 2): FAILED; worst: mayor" in capsys.readouterr().out
    assert evaluate(planned(cases, "--max", "unsupported_rate=0"), FakeTarget()) == 0


def test_an_item_that_errors_is_exit_code_1(cases: str, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(case: Case) -> None:
        if case.id == "cuts":
            raise QuestionError("no answer came")

    assert evaluate(planned(cases), FakeTarget(fail)) == 1
    assert "1 errored" in capsys.readouterr().out


def test_json_is_one_object(cases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(planned(cases, "--report", str(tmp_path / "a")), FakeTarget())
    capsys.readouterr()
    words = ("--json", "--baseline", str(tmp_path / "a"), "--min", "passed[name]=1", "--repeat", "2")
    assert evaluate(planned(cases, *words), FakeTarget()) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == 1 and found["metrics"]["passed"]["value"] == 0.5 and found["items"] == 4
    assert found["gates"][0]["metric"] == "passed[name]" and found["gates"][0]["worst"] == ["mayor"]
    assert found["comparison"]["paired"] == 2 and found["failed"][0]["id"] == "mayor"


def test_two_runs_are_compared(cases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Silent(FakeTarget):
        def ask(self, case: Case) -> Mapping[str, Any]:
            return super().ask(Case(case.id, "What?"))

    evaluate(planned(cases, "--report", str(tmp_path / "a")), FakeTarget())
    evaluate(planned(cases, "--report", str(tmp_path / "b")), Silent())
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b" / "records.jsonl")]) == 0
    assert "1 lost, 0 gained" in capsys.readouterr().out
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lost"][0]["id"] == "cuts"


def test_what_was_interrupted_says_where_it_stands(
    cases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(case: Case) -> None:
        if case.id == "mayor":
            raise KeyboardInterrupt

    out = tmp_path / "report" / "records.jsonl"
    with pytest.raises(
        KeyboardInterrupt, match=r"1 of 2 items are in .* the same command goes on from there"
    ):
        evaluate(planned(cases, "--report", str(out.parent)), FakeTarget(stop))
    target = FakeTarget()
    assert evaluate(planned(cases, "--report", str(out.parent)), target) == 0
    assert target.asked == ["mayor"] and "1 of 2 items stand in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "takes case files, or --init FILE, or --from-feedback FILE, or --schema"),
        (
            ["cases.yaml", "--schema"],
            "takes case files, or --init FILE, or --from-feedback FILE, or --schema",
        ),
        (["cases.yaml", "--url", "http://x", "--store", "y"], "give --store or --url"),
        (["cases.yaml", "--workers", "0"], "0 is not a number from 1 to 999"),
        (["nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_wrong_usage_is_one_sentence_and_2(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", *words]) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


def test_an_unknown_measure_is_told_before_anything_is_asked(cases: str) -> None:
    with pytest.raises(UsageError, match="no measure is called 'pass'"):
        planned(cases, "--min", "pass=1")


def test_a_baseline_that_is_not_there_is_one_sentence(cases: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cases, "--baseline", "nowhere"]) == 1
    assert "nowhere cannot be read" in capsys.readouterr().err


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--schema"]) == 0
    assert "question" in json.dumps(json.loads(capsys.readouterr().out))


def test_a_store_is_drafted_from_and_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, drafted = str(tmp_path / "store"), tmp_path / "first.yaml"
    articles = [str(path) for path in sorted(SAMPLES.glob("2019-10-1[67]*.md"))]
    assert main(["index", *articles, "--store", store]) == 0
    assert main(["eval", "--init", str(drafted), "--store", store]) == 0
    assert "cases are drafted in" in capsys.readouterr().out
    one = drafted.with_name("one.yaml")
    one.write_text("- id: envoy\n  question: Which town did the Syrian army enter?\n  answer: Manbij\n")
    assert main(["eval", str(one), "--store", store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 1
    assert isinstance(parse(["eval", str(drafted)]), Namespace)


def line_answers(capsys: pytest.CaptureFixture[str], *requests: object, code: int) -> list[dict[str, Any]]:
    """What `eval -` prints for these lines; the target is the fake one."""
    stream = BytesIO("\n".join(map(json.dumps, requests)).encode())
    assert grade_lines(stream, FakeTarget) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_other_test_runners_read_case_files_and_grade_single_cases(
    cases: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (listed,) = line_answers(capsys, {"file": cases}, code=0)
    assert [case["id"] for case in listed["cases"]] == ["cuts", "mayor"]
    assert listed["cases"][1]["origin"] == f"{cases}:6"
    right, wrong = line_answers(capsys, *({"case": case} for case in listed["cases"]), code=0)
    assert right["passed"] is True and wrong["passed"] is False
    assert "question: Who is the mayor of Veldmark?" in wrong["report"] and "“Tove Lind”" in wrong["report"]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"file": "nowhere.yaml"}, "there is no case file or folder nowhere.yaml"),
        ({"case": {"id": "a"}}, "question"),
        ({"cases": []}, "`file` or a `case`"),
        ([], "the line must be a JSON object"),
    ],
)
def test_a_line_that_cannot_be_used_is_one_error_and_the_next_is_answered(
    request_: object, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = {"id": "cuts", "question": "How many people were treated?"}
    wrong, right = line_answers(capsys, request_, {"case": case}, code=1)
    assert error in wrong["error"] and wrong["line"] == 1 and right["passed"] is True


def test_grading_lines_takes_no_flag_of_a_run(cases: str) -> None:
    for words in (["-", cases], ["-", "--report", "out"], ["-", "--min", "passed=1"]):
        with pytest.raises(UsageError, match="--store or --url only"):
            parse(["eval", *words])
