"""`eval --judge` and `--price`: a scripted model judges the answers of a fake target and of a store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import main
from corpus.errors import UsageError
from rag.chat import OpenAIChat
from rag.evals.judge import Judge, labels
from rag.evals.run import read_records
from rag.terminal.arguments import parse
from rag.terminal.evals import Plan, evaluate
from tests.rag.evals.fakes import FakeTarget
from tests.scripted import Asked, ScriptedModel

CASES = """
- id: cuts
  question: How many people were treated?
  answer: "14"
  assertions: [The answer names the mayor., The answer names a hospital.]
- id: captain
  question: Who is the captain?
  answer: Ilse Brandt
"""
TRUE = {(one.claim, "\n".join(one.quotes)) for one in labels() if one.supported}


def between(tag: str, prompt: str) -> str:
    return prompt.split(f"<{tag}>\n")[1].split(f"\n</{tag}>")[0]


def reply(asked: Asked) -> str:
    """Judges our labels rightly, two of them not at all, and no claim about Lind well; answers questions."""
    prompt = asked.messages[-1]["content"]
    if "<statement>" in prompt:
        return "yes" if "mayor" in between("statement", prompt) else "no"
    if "<claim>" not in prompt:
        return "Turkish forces advanced on Manbij [1]."
    claim, quotes = between("claim", prompt), between("quoted", prompt)
    if "museum" in claim or "strike unlawful" in claim:
        return "I cannot tell."
    return "yes" if (claim, quotes) in TRUE or (claim == quotes and "Lind" not in claim) else "no"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(reply) as server:
        yield server


@pytest.fixture
def cases(tmp_path: Path) -> str:
    (tmp_path / "cases.yaml").write_text(CASES)
    return str(tmp_path / "cases.yaml")


def planned(*words: str) -> Plan:
    return Plan.read(parse(["eval", "--judge", *words]))


def judge_at(model: ScriptedModel) -> Judge:
    return Judge(OpenAIChat(model.base_url, "scripted", "key"))


def test_what_a_judge_says_is_shown_with_its_agreement_and_fails_nothing(
    cases: str, tmp_path: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert evaluate(planned(cases, "--report", str(out)), FakeTarget(), judge_at(model)) == 0
    shown = capsys.readouterr().out
    agrees = "judge scripted: agrees with 38 of 38 labelled pairs, 2 not judged, kappa 1.00"
    assert agrees in shown and "judged_assertions" in shown and "1 of 2 items passed" in shown
    report = (out / "report.html").read_text()
    assert f"Advisory: {agrees}." in report and "judged_citation_recall" in report
    cuts, captain = read_records(out / "records.jsonl")
    assert cuts.passed and cuts.scores["judged_assertions"] == 0.5
    assert cuts.scores["judged_citation_recall"] == cuts.scores["judged_citation_precision"] == 1
    assert captain.scores["judged_citation_recall"] == 0 and captain.scores["judged_assertions"] is None
    # 40 labels, two assertions and one claim in each case; claims with one citation need no second look.
    assert len(model.requests) == 44


def test_only_a_gate_that_names_a_judged_measure_fails_for_it(cases: str, model: ScriptedModel) -> None:
    gate = ("--min", "judged_citation_recall=0.9")
    assert evaluate(planned(cases, "--min", "passed=0.5"), FakeTarget(), judge_at(model)) == 0
    assert evaluate(planned(cases, *gate), FakeTarget(), judge_at(model)) == 1


def test_a_judge_that_cannot_be_reached_judges_nothing(
    cases: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedModel("<html>") as silent:
        assert evaluate(planned(cases, "--json"), FakeTarget(), judge_at(silent)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["judge"] == {
        "judge": "scripted",
        "accuracy": None,
        "kappa": None,
        "agreed": 0,
        "n": 0,
        "not_judged": 40,
    }
    assert found["metrics"]["not_judged"]["value"] == 1 and "judged_assertions" not in found["metrics"]
    assert found["metrics"]["passed"]["value"] == 0.5


def test_a_run_without_a_judge_is_not_taken_up_by_one_with(
    cases: str, tmp_path: Path, model: ScriptedModel
) -> None:
    out = tmp_path / "out"

    def stop(case: object) -> None:
        if getattr(case, "id", "") == "captain":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(planned(cases, "--report", str(out)), FakeTarget(stop))
    target = FakeTarget()
    evaluate(planned(cases, "--report", str(out)), target, judge_at(model))
    assert target.asked == ["cuts", "captain"]


def test_the_command_asks_the_configured_model_about_two_cases(
    prepared: Path,
    tmp_path: Path,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store, cases = str(prepared / "store"), tmp_path / "cases.yaml"
    monkeypatch.setenv("ONRECORD_LLM_MODEL", "scripted")
    monkeypatch.setenv("ONRECORD_LLM_BASE_URL", model.base_url)
    cases.write_text(
        '- {id: cuts, question: "How many people were treated for cuts?", assertions: It names the mayor.}\n'
        '- {id: cup, question: "Who won the football world cup in 2022?", status: abstained}\n'
    )
    capsys.readouterr()
    words, out = ["eval", str(cases), "--judge", "--store", store], str(tmp_path / "out")
    assert main([*words, "--report", out]) == 0
    capsys.readouterr()
    assert main([*words, "--price", "1000000,0", "--json", "--baseline", out]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["judge"]["n"] == 38 and found["metrics"]["judged_assertions"]["value"] == 1
    assert found["metrics"]["cost"]["value"] == found["metrics"]["prompt_tokens"]["value"] > 0
    assert found["comparison"]["metrics"]["cost"]["change"]["value"] == 0


def test_a_judge_needs_a_model(cases: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cases, "--judge"]) == 2
    assert "--judge needs a language model; set ONRECORD_LLM_MODEL" in capsys.readouterr().err


def test_what_is_not_measured_cannot_be_gated(cases: str) -> None:
    with pytest.raises(UsageError, match="a gate on judged_assertions needs --judge"):
        Plan.read(parse(["eval", cases, "--min", "judged_assertions=1"]))
    with pytest.raises(UsageError, match="a gate on cost needs --price"):
        planned(cases, "--max", "cost=0.01")
    with pytest.raises(UsageError, match=r"--price must be IN,OUT"):
        planned(cases, "--price", "cheap")
