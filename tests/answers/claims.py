"""Labelled sentences of a strong model against what they cite: how many true ones the check keeps, and how
many with a planted error it catches. The data (`claims/*.jsonl`) is not part of the project.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from index.language.analysis import analyse
from index.passages.sentences import sentence_spans
from index.store.store import Passage
from rag.answer import Support
from rag.check.check import check
from rag.prompt.prompt_passages import PromptPassage
from rag.quote.extract import QuotedSentence
from tests.answers.cases import folder

_MARK = re.compile(r"\[(\d+)\]")
SETS = ("sentences", "natural")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with its marks taken off, the passages that it cites, and whether it is true."""

    id: str
    kind: str
    text: str
    marks: tuple[int, ...]
    shown: tuple[PromptPassage, ...]
    is_true: bool
    error: str | None


def labelled(name: str) -> list[Labelled]:
    """The labelled sentences of one set; its file has to be there (`has_claims`)."""
    lines = (_path(name)).read_text("utf-8").splitlines()
    return [_read(json.loads(line)) for line in lines]


def has_claims() -> bool:
    """Whether the labelled sentences are on this machine."""
    return all(_path(name).is_file() for name in SETS)


def verdict(one: Labelled) -> Support:
    """What the check says of the sentence."""
    return check(one.text, one.marks, one.shown).support


def _path(name: str) -> Path:
    return folder() / "claims" / f"{name}.jsonl"


def _read(line: dict[str, object]) -> Labelled:
    written = str(line["sentence"])
    cited = line["cited"]
    assert isinstance(cited, list)
    shown = tuple(_prompt_passage(one) for one in cited)
    marks = tuple(dict.fromkeys(int(number) for number in _MARK.findall(written)))
    text = " ".join(_MARK.sub("", written).replace(" .", ".").split())
    return Labelled(
        str(line["id"]),
        str(line["sentence_type"]),
        re.sub(r"\s+([.,])", r"\1", text),
        marks or tuple(one.n for one in shown),
        shown,
        bool(line["true"]),
        None if line["error"] is None else str(line["error"]),
    )


def _prompt_passage(cited: dict[str, object]) -> PromptPassage:
    text, n, day = str(cited["text"]), int(str(cited["n"])), _day(str(cited["written"]))
    spans = tuple(sentence_spans(text))
    outlet, written = str(cited["outlet"]), day.isoformat() if day else None
    passage = Passage(n, f"a{n}", "r", 0, len(text), text, spans, "", outlet, written, None)
    run = tuple(QuotedSentence(start, end, text[start:end]) for start, end in spans)
    return PromptPassage(n, passage, (run,), tuple(analyse([one.text for one in run], day)))


def _day(written: str) -> date | None:
    """A day as the prompt writes it ("15 October 2019")."""
    try:
        return datetime.strptime(written, "%d %B %Y").date()
    except ValueError:
        return None
