"""Question sets over the real cases: tuned on one half, reported on the other, which nobody tunes by.

The articles stay where they are (ONRECORD_CASES, or `shared/data` beside the checkout); only the questions, a
few words of the answer and a few words of evidence are here.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.answer import Answer, Question, Turn
from rag.assistant import Assistant

HERE = Path(__file__).resolve().parent
ARCHIVES = {"seeds": "seeds", "realtimeqa": "realtimeqa/docs.jsonl"}
SAMPLES = HERE.parents[1] / "corpus" / "samples"
TUNING = {"seeds": ("tuning", "tuning2"), "realtimeqa": ("tuning",), "samples": ("tuning",)}
"""The question sets that anything may be tuned on; the "reporting" ones are for reporting alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with accepted answers and evidence for them; neither when the archive does not answer."""

    id: str
    question: Question
    answers: tuple[str, ...]
    evidence: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether the archive holds an answer."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Score:
    """How one set went: `right` of `answerable` questions, `abstained` of `unanswerable` ones.

    Right means an accepted answer in the answer's text and a citation whose quote holds the evidence.
    `sentences` is the mean number quoted in an answer; `wrong_abstentions` the answerable ones not answered.
    """

    answerable: int
    right: int
    wrong_abstentions: int
    unanswerable: int
    abstained: int
    sentences: float


def archive(name: str) -> Path:
    """Where an archive's articles are; skips the test where a real case is not here."""
    if name == "samples":
        return SAMPLES
    folder = Path(os.environ.get("ONRECORD_CASES") or HERE.parents[2] / "shared" / "data")
    path = folder / ARCHIVES[name]
    if not path.exists():
        pytest.skip(f"the real cases are not here: no {ARCHIVES[name]} (set ONRECORD_CASES to their folder)")
    return path


def load(name: str, part: str) -> list[Case]:
    """The cases of `<name>_<part>.jsonl`; part is one of `TUNING` or "reporting"."""
    lines = (HERE / f"{name}_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_case(json.loads(line)) for line in lines if line.strip()]


def _case(record: dict[str, object]) -> Case:
    def texts(key: str) -> tuple[str, ...]:
        value = record.get(key, [])
        assert isinstance(value, list)
        return tuple(str(item) for item in value)

    history = record.get("history", [])
    assert isinstance(history, list)
    turns = tuple(Turn(turn["role"], turn["content"]) for turn in history)
    question = Question(str(record["question"]), turns, id=str(record["id"]))
    return Case(str(record["id"]), question, texts("answer"), texts("evidence"), texts("tags"))


def is_right(case: Case, answer: Answer) -> bool:
    """Whether the answer says an accepted thing and cites words that hold the evidence."""
    text = answer.text.replace("\\", "").casefold()
    said = any(accepted.casefold() in text for accepted in case.answers)
    cited = any(words in citation.quote for words in case.evidence for citation in answer.citations)
    return not answer.abstained and said and cited


def score(assistant: Assistant, cases: Sequence[Case]) -> Score:
    """Ask every question once."""
    outcomes = [(case, assistant.ask(case.question)) for case in cases]
    given = [answer for _, answer in outcomes if not answer.abstained]
    claims = sum(sentence.role == "claim" for answer in given for sentence in answer.sentences)
    return Score(
        answerable=sum(case.answerable for case in cases),
        right=sum(case.answerable and is_right(case, answer) for case, answer in outcomes),
        wrong_abstentions=sum(case.answerable and answer.abstained for case, answer in outcomes),
        unanswerable=sum(not case.answerable for case in cases),
        abstained=sum(not case.answerable and answer.abstained for case, answer in outcomes),
        sentences=claims / max(1, len(given)),
    )
