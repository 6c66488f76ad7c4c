"""Scores of usefulness, given blind: `python -m tests.answers.recorded.usefulness FOLDER first|second|keep`.

`first` writes every answer in three forms (quoted from the articles, the model's after the check, the model's
own) into FOLDER/first.txt in random order without labels; `second` does so for `AGAIN` of them, drawn anew.
Whoever judges writes lines of `<number> <score 0-3> <reason>` into FOLDER/first.scores and second.scores;
`keep` makes `usefulness.jsonl` of them, which holds no answer, only a digest of the one that was judged.

3: answers the question, as a good desk editor would; 2: answers it with something missing or in the way;
1: helps a little; 0: of no use, or misleading.
"""

import hashlib
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from rag.answer import IN_THE_MODELS_WORDS, Answer
from rag.write.statements import SENTINEL
from tests.answers.recorded.asking import replayed, without_model
from tests.answers.recorded.recordings import HERE, Recordings, lines_of, written_out

FORMS = ("quoted", "checked", "raw")
AGAIN = 15
SEEDS = {"first": 15, "second": 51}
SCORES = "usefulness.jsonl"
_MARK = re.compile(r"\s*\[\d+\]")
_LABEL = f" *({IN_THE_MODELS_WORDS})*"


@dataclass(frozen=True, slots=True)
class Form:
    """One answer to a question in one form, as plain text."""

    id: str
    form: str
    question: str
    text: str


def digest(text: str) -> str:
    """Tells whether an answer is the one that was judged."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def forms(into: Path) -> list[Form]:
    """Every question's answer in all forms; the archives are indexed into `into`."""
    recordings = Recordings()
    quoted = {asked.id: shown(answer) for asked, answer in without_model(into / "quoted")}
    made = []
    for asked, answer, _ in replayed(recordings, into / "replayed"):
        written = recordings.answers[asked.id]
        raw = SENTINEL if written is None else _MARK.sub("", written.text)
        told = [f"{turn.role}: {turn.content}" for turn in asked.question.history]
        question = "\n".join([*told, asked.question.text])
        texts = (quoted[asked.id], shown(answer), raw)
        made += [Form(asked.id, form, question, text) for form, text in zip(FORMS, texts, strict=True)]
    return made


def shown(answer: Answer) -> str:
    """What a reader reads of it, without marks and labels."""
    return _MARK.sub("", answer.text.replace(_LABEL, "")).replace("\\", "")


def sheet(shuffled: Sequence[Form]) -> str:
    """The answers as they are judged, numbered, without a word on what made them."""
    return "\n\n".join(
        f"=== {number}\nQ: {one.question}\n---\n{one.text}" for number, one in enumerate(shuffled, start=1)
    )


def draw(made: Sequence[Form], judging: str) -> list[Form]:
    """The answers to be judged, in the order of that judging."""
    shuffled = random.Random(SEEDS[judging]).sample(made, len(made))
    return shuffled if judging == "first" else shuffled[:AGAIN]


def scores(text: str) -> dict[int, tuple[int, str]]:
    """Score and reason by number, from `<number> <score> <reason>` lines."""
    found = (line.split(maxsplit=2) for line in text.splitlines() if line.strip())
    return {int(number): (int(score), reason) for number, score, reason in found}


def kept(folder: Path) -> list[dict[str, Any]]:
    """The lines of `usefulness.jsonl` for the scores in the folder."""
    lines = []
    for judging in SEEDS:
        key = json.loads((folder / f"{judging}.key").read_text(encoding="utf-8"))
        told = scores((folder / f"{judging}.scores").read_text(encoding="utf-8"))
        for number, (score, reason) in sorted(told.items()):
            id, form, told_of = key[number - 1]
            judged = {"id": id, "form": form, "judging": judging, "score": score, "reason": reason}
            lines.append(judged | {"digest": told_of})
    return lines


def means(lines: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The mean score of each form at the first judging."""
    first = [line for line in lines if line["judging"] == "first"]
    return {form: mean(line["score"] for line in first if line["form"] == form) for form in FORMS}


def below_quoted(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Questions whose answer after the check is of less use than the one that quotes the articles."""
    first = {(line["id"], line["form"]): line["score"] for line in lines if line["judging"] == "first"}
    ids = dict.fromkeys(id for id, _ in first)
    return [id for id in ids if first[id, "checked"] < first[id, "quoted"]]


def changed(lines: Iterable[Mapping[str, Any]], answers: Mapping[str, Answer]) -> list[str]:
    """Questions whose answer after the check is no longer the one that was judged."""
    judged = {(line["id"], line["digest"]) for line in lines if line["form"] == "checked"}
    return [id for id, answer in answers.items() if (id, digest(shown(answer))) not in judged]


def agreement(lines: Sequence[Mapping[str, Any]]) -> tuple[int, int, int]:
    """Of the answers judged twice: how many got the same score, how many one within 1, how many there are."""
    first = {(line["id"], line["form"]): line["score"] for line in lines if line["judging"] == "first"}
    again = [line for line in lines if line["judging"] == "second"]
    apart = [abs(line["score"] - first[line["id"], line["form"]]) for line in again]
    return sum(one == 0 for one in apart), sum(one <= 1 for one in apart), len(apart)


def _main(arguments: Sequence[str]) -> int:
    match arguments:
        case [folder, ("first" | "second") as judging]:
            with tempfile.TemporaryDirectory() as stores:
                shuffled = draw(forms(Path(stores)), judging)
            into = Path(folder)
            key = [(one.id, one.form, digest(one.text)) for one in shuffled]
            (into / f"{judging}.key").write_text(json.dumps(key), encoding="utf-8")
            (into / f"{judging}.txt").write_text(sheet(shuffled) + "\n", encoding="utf-8")
        case [folder, "keep"]:
            (HERE / SCORES).write_text(written_out(kept(Path(folder))), encoding="utf-8")
            told = lines_of(SCORES)
            print(means(told), below_quoted(told), agreement(told))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
