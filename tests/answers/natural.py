"""Natural questions over three archives, one a line of natural.jsonl, and the table of verdicts.

Half of them are for tuning and half, about other stories, for reporting alone. The articles stay where they
are; a line holds the question and what is right (`rag.evals.metrics.usefulness.Expected`): short strings, ids
of articles, statuses. Another version of onrecord is judged by its own answers:

    python -m tests.answers.natural lines culture | onrecord ask - --json --store STORE >> answers.jsonl
    python -m tests.answers.natural table answers.jsonl

`table` also says how often the verdict agrees with the reader's own in natural_judged.jsonl.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.evals.cases.case import Case
from rag.evals.cases.record import case_from_json
from rag.evals.metrics.usefulness import Expected, Verdict, intent_match, verdict
from rag.evals.target import body_of

FILE = Path(__file__).with_suffix(".jsonl")
TUNING = FILE.with_name("natural_tuning.jsonl")
"""Further questions for tuning alone, about articles that no question for reporting is about."""
FRESH = FILE.with_name("natural_fresh.jsonl")
"""More for reporting alone, about articles that no other set names, written before any answer was seen."""
JUDGED = FILE.with_name("natural_judged.jsonl")
"""A reader's own verdicts on answers drawn at random, given before the program's were looked at."""
CORPORA = ("realtimeqa", "technology", "culture")
HALVES = ("tune", "report")
KINDS = """
who where when how_many why how overview timeline yes_no who_said comparison list latest archive small_talk
misspelt language follow_up unanswerable off_topic false_premise
""".split()
_ASKED = ("id", "question", "history", "as_of", "after", "before", "source")
_COLUMNS = (Verdict.WITHOUT_ANSWER, Verdict.WRONG, Verdict.DECLINED_WRONGLY)


@dataclass(frozen=True, slots=True)
class Natural:
    """A question of the set, of this kind and half, over the archive `corpus`."""

    case: Case
    kind: str
    half: str
    corpus: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with its answer (the contract's ask object) and the verdict on it."""

    asked: Natural
    answer: Mapping[str, Any]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the answer."""
        return verdict(self.asked.expected, self.answer)

    def to_json(self) -> dict[str, object]:
        """One line of the records."""
        asked = self.asked
        return {
            "id": asked.case.id,
            "kind": asked.kind,
            "half": asked.half,
            "corpus": asked.corpus,
            "question": asked.case.question,
            "verdict": str(self.verdict),
            "right": self.verdict.is_right,
            "intent": intent_match(asked.expected, self.answer),
            "answer": self.answer,
        }


def load(path: Path = FILE) -> list[Natural]:
    """Every question, in the order of the file."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [_natural(json.loads(line)) for line in lines if line.strip()]


def _natural(line: Mapping[str, Any]) -> Natural:
    case = case_from_json({key: line[key] for key in _ASKED if key in line})
    return Natural(case, line["kind"], line["half"], line["corpus"], Expected.from_json(line))


def table(outcomes: Iterable[Outcome], halves: Sequence[str] = HALVES) -> str:
    """Counts by kind and half as Markdown: right of n, then what was not.

    Right are useful answers, right abstentions and asking back for a misspelt name.
    """
    heads = [f"{half}: {name}" for half in halves for name in ("right", "n", *_COLUMNS)]
    rows: dict[str, Counter[str]] = {kind: Counter() for kind in (*KINDS, "all")}
    for outcome in outcomes:
        for row in (outcome.asked.kind, "all"):
            half = outcome.asked.half
            rows[row].update([f"{half}: n", f"{half}: {outcome.verdict}"])
            rows[row][f"{half}: right"] += outcome.verdict.is_right
    lines = [["kind", *heads], ["---"] + ["---:"] * len(heads)]
    lines += [[kind, *(str(row[head]) for head in heads)] for kind, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def right(outcomes: Iterable[Outcome], half: str) -> tuple[int, int]:
    """How many questions of a half were served right, and how many there are."""
    verdicts = [outcome.verdict for outcome in outcomes if outcome.asked.half == half]
    return sum(each.is_right for each in verdicts), len(verdicts)


def by_hand() -> list[dict[str, Any]]:
    """Lines of `JUDGED`: id, draw (1 or 2), digest of the answer, useful, why."""
    lines = JUDGED.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def digest(answer: Mapping[str, Any]) -> str:
    """Tells whether an answer is the one that was judged: of its status and its sentences."""
    told = [str(answer["status"]), *(str(sentence["text"]) for sentence in answer["sentences"])]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def agreement(outcomes: Iterable[Outcome]) -> dict[int, tuple[int, int]]:
    """By draw: how many verdicts agree with the reader's, of how many answers that are still the same."""
    same = {(outcome.asked.case.id, digest(outcome.answer)): outcome.verdict for outcome in outcomes}
    found: dict[int, tuple[int, int]] = {}
    for line in by_hand():
        verdict_of_ours = same.get((line["id"], line["digest"]))
        if verdict_of_ours is not None:
            agreed, n = found.get(line["draw"], (0, 0))
            found[line["draw"]] = agreed + (verdict_of_ours.is_right == line["useful"]), n + 1
    return found


def _judged(paths: Sequence[str]) -> list[Outcome]:
    """The outcomes of answers as `onrecord ask - --json` writes them, or of records of an earlier run."""
    asked = {one.case.id: one for one in load()}
    lines = [line for path in paths for line in Path(path).read_text(encoding="utf-8").split("\n")]
    answers = [json.loads(line) for line in lines if line.strip()]
    told = {one["id"]: one["answer"] if isinstance(one.get("answer"), dict) else one for one in answers}
    return [Outcome(asked[id], answer) for id, answer in told.items() if id in asked]


def _main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["lines", str(corpus)] if corpus in CORPORA:
            for one in load():
                if one.corpus == corpus:
                    print(json.dumps(body_of(one.case), ensure_ascii=False))
        case ["table", *paths] if paths:
            outcomes = _judged(paths)
            print(table(outcomes))
            for draw, (agreed, n) in agreement(outcomes).items():
                print(f"\nagrees with the reader on {agreed} of {n} answers of draw {draw}")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
