"""Calls of a strong model, recorded by hand: answers, plans, verdicts and repairs, without article text.

Each file holds a JSON object a line. Sentences of articles are named by article id, revision and offsets, and
a written text points at them with marks of its own: `[2]` is the second of the `places` beside it, `[0]` says
that the articles do not tell. What the articles of `realtimeqa` say stands in none of these files.

- `questions.jsonl`: `id`, `kind`, `archive`, `question`, `history`.
- `answers.jsonl`: `id`, `text` (null refuses), `places`; `planted` is a `sentence` with an `error` put in
  on purpose.
- `plans.jsonl`: `id`, `text`.
- `verdicts.jsonl`: `id`, `claim`, `verdict`; or `id`, `answer` (the sentences shown), `verdict`.
- `repairs.jsonl`: `id`, `sentence` (as it failed), `text` (null drops it), `places`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.answer import Question, Turn

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of an article: offsets in the text of this revision."""

    article_id: str
    revision: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Written:
    """A text of the model's with marks `[n]`, from 1, into `places`."""

    text: str
    places: tuple[Place, ...] = ()

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Written | None":
        """That of a line; None where its text is null."""
        if line["text"] is None:
            return None
        return cls(line["text"], tuple(Place(**place) for place in line.get("places", ())))


@dataclass(frozen=True, slots=True)
class Planted:
    """A sentence of an answer with an error that was put in on purpose, and what the error is."""

    sentence: str
    error: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the set."""

    id: str
    kind: str
    archive: str
    question: Question


def key(text: str) -> str:
    """What a sentence is recognised by: its letters and digits, whatever stands between them."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def lines_of(name: str, folder: Path = HERE) -> list[dict[str, Any]]:
    """The objects of one of the files; none where it is not there yet."""
    path = folder / name
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def questions(folder: Path = HERE) -> list[Asked]:
    """The questions, in the order of their file."""
    return [
        Asked(
            line["id"],
            line["kind"],
            line["archive"],
            Question(
                line["question"], tuple(Turn(**turn) for turn in line.get("history", ())), id=line["id"]
            ),
        )
        for line in lines_of("questions.jsonl", folder)
    ]


@dataclass(frozen=True)
class Recordings:
    """Everything that is recorded for the questions; found by a question's id and a claim's words."""

    folder: Path = field(default=HERE)

    @cached_property
    def answers(self) -> dict[str, Written | None]:
        """By question; None where the model refuses."""
        return {line["id"]: Written.of(line) for line in lines_of("answers.jsonl", self.folder)}

    @cached_property
    def planted(self) -> dict[str, Planted]:
        """The errors put in on purpose, by question."""
        lines = lines_of("answers.jsonl", self.folder)
        return {line["id"]: Planted(**line["planted"]) for line in lines if "planted" in line}

    @cached_property
    def plans(self) -> dict[str, str]:
        """By question."""
        return {line["id"]: line["text"] for line in lines_of("plans.jsonl", self.folder)}

    @cached_property
    def verdicts(self) -> dict[tuple[str, str], str]:
        """By question and claim."""
        return {(line["id"], key(line["claim"])): line["verdict"] for line in self._verdicts("claim")}

    @cached_property
    def completeness(self) -> dict[tuple[str, str], str]:
        """Whether sentences answer their question, by question and the sentences one after the other."""
        return {
            (line["id"], key(" ".join(line["answer"]))): line["verdict"] for line in self._verdicts("answer")
        }

    @cached_property
    def repairs(self) -> dict[tuple[str, str], Written | None]:
        """By question and the sentence that failed; None where it is dropped."""
        return {
            (line["id"], key(line["sentence"])): Written.of(line)
            for line in lines_of("repairs.jsonl", self.folder)
        }

    def _verdicts(self, of: str) -> Iterator[dict[str, Any]]:
        return (line for line in lines_of("verdicts.jsonl", self.folder) if of in line)


def written_out(lines: Sequence[Mapping[str, Any]]) -> str:
    """Objects as the text of a file."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
