"""The record of one item of a run: case, answer and scores; one JSON line of `records.jsonl`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from index.store.filters import Filter
from rag.answer import SCHEMA, Turn
from rag.evals.cases.case import Case
from rag.question.filters import filters_to_json, merge_filters

_LISTS = (
    "answer",
    "must_cite",
    "evidence",
    "must_say",
    "must_not_say",
    "status",
    "intent",
    "assertions",
    "tags",
)
_TEXTS = ("answer_regex", "known_gap", "origin")


@dataclass(frozen=True, slots=True)
class Record:
    """One case, asked once: `repeat` counts from 1, `seconds` is wall time, `settings` the run's hash.

    `answer` is the contract's ask object. An item with an `error` counts as failed and is never graded, so
    its `scores` are empty. A score is None where the case asks nothing of that metric. `failures` holds one
    sentence for each expectation that was not met.
    """

    case: Case
    repeat: int = 1
    answer: Mapping[str, Any] | None = None
    error: str | None = None
    scores: Mapping[str, float | None] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    seconds: float = 0.0
    settings: str = ""

    @property
    def name(self) -> str:
        """The item's name in reports."""
        return item_name(self.case.id, self.repeat)

    @property
    def passed(self) -> bool:
        """Whether an answer came and met every expectation."""
        return self.error is None and not self.failures

    @property
    def gated(self) -> bool:
        """Whether gates and means count it; a case with a known gap is only reported."""
        return self.case.known_gap is None

    @property
    def why(self) -> tuple[str, ...]:
        """Why it did not pass: the error, or the failures."""
        return (self.error,) if self.error is not None else self.failures

    def to_json(self) -> dict[str, object]:
        """One line of a run's file; `from_json` makes the same record of it."""
        return {
            "schema": SCHEMA,
            "id": self.case.id,
            "repeat": self.repeat,
            "passed": self.passed,
            "error": self.error,
            "failures": list(self.failures),
            "scores": dict(self.scores),
            "seconds": round(self.seconds, 3),
            "settings": self.settings,
            "case": case_to_json(self.case),
            "answer": self.answer,
        }

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Self:
        """The record of a line. Raises KeyError, TypeError or ValueError when it is none."""
        answer, error = line["answer"], line["error"]
        if not (answer is None or isinstance(answer, dict)) or not (error is None or isinstance(error, str)):
            raise TypeError("an answer is an object or null, an error a sentence or null")
        return cls(
            case=case_from_json(line["case"]),
            repeat=int(line["repeat"]),
            answer=answer,
            error=error,
            scores={
                str(name): None if value is None else float(value) for name, value in line["scores"].items()
            },
            failures=tuple(str(one) for one in line["failures"]),
            seconds=float(line["seconds"]),
            settings=str(line["settings"]),
        )


def item_name(case_id: str, repeat: int) -> str:
    """The name of an item in reports: the case's id, and which repeat it is from the second on."""
    return case_id if repeat <= 1 else f"{case_id} (repeat {repeat})"


def case_to_json(case: Case) -> dict[str, Any]:
    """The case with the keys of a case file, without empty ones; also `answer_regex` and `origin`."""
    written = {
        "id": case.id,
        "question": case.question,
        "history": [asdict(turn) for turn in case.history],
        **{name: list(getattr(case, name)) for name in _LISTS},
        **{name: getattr(case, name) for name in _TEXTS},
        **filters_to_json(case.where),
    }
    return {key: value for key, value in written.items() if value}


def case_from_json(written: Mapping[str, Any]) -> Case:
    """The case that `case_to_json` wrote. Raises KeyError, TypeError or ValueError when it is none."""
    lists: dict[str, Any] = {name: tuple(map(str, written.get(name, ()))) for name in _LISTS}
    return Case(
        id=str(written["id"]),
        question=str(written["question"]),
        history=tuple(Turn(turn["role"], turn["content"]) for turn in written.get("history", ())),
        where=merge_filters(Filter(), written),
        **lists,
        **{name: written[name] for name in _TEXTS if name in written},
    )


def digest(value: Mapping[str, object]) -> str:
    """The first 12 hex digits of the sha256 of a JSON object, whatever the order of its keys."""
    written = json.dumps(value, sort_keys=True, ensure_ascii=True).encode()
    return hashlib.sha256(written).hexdigest()[:12]


def case_digest(case: Case) -> str:
    """What tells whether a case is still the same; where it was read is no part of it."""
    return digest({key: value for key, value in case_to_json(case).items() if key != "origin"})
