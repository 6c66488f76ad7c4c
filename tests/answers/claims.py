"""Labelled sentences of a strong model against what they cite: true ones, and ones with a planted error.

The data (`claims/*.jsonl`) is not part of the project. `[1]` cites a whole passage: all its sentences. What
is shown are all passages that the sentences of one question cite.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.language.analysis import analyse
from index.passages.sentences import sentence_spans
from index.store.store import Passage
from rag.answer import RankedPassage, Support
from rag.check.words import WordCheck, check_words
from rag.prompt.passages import PromptPassages, number_sentences
from tests.answers.cases import folder

_MARK = re.compile(r"\[(\d+)\]")
_NO_LIMIT = 10**6
SETS = ("sentences", "natural")
CLOSE = "told to keep close"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with its marks taken off, the numbers of the sentences it cites, and whether it is true."""

    id: str
    variant: str
    question: str
    text: str
    marks: tuple[int, ...]
    shown: PromptPassages
    is_true: bool
    error: str | None

    @property
    def is_tuned_on(self) -> bool:
        """Whether the rules may be tuned on it: its question's half, by the first digits of a hash."""
        return int(sha256(self.id.encode()).hexdigest()[:8], 16) % 2 == 1


def labelled(name: str) -> list[Labelled]:
    """The labelled sentences of one set; its file has to be there (`has_claims`)."""
    return read(folder() / "claims" / f"{name}.jsonl")


def read(path: Path) -> list[Labelled]:
    """The labelled sentences of a file."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    cited: dict[str, dict[int, Any]] = {}
    for line in lines:
        for one in line["cited"]:
            cited.setdefault(line["id"], {})[int(one["n"])] = one
    shown = {id_: _shown(list(passages.values())) for id_, passages in cited.items()}
    return [_labelled(line, shown[line["id"]]) for line in lines]


def has_claims() -> bool:
    """Whether the labelled sentences are on this machine."""
    return all((folder() / "claims" / f"{name}.jsonl").is_file() for name in SETS)


def word_check(one: Labelled) -> WordCheck:
    """What words alone say of the sentence."""
    return check_words(one.text, one.marks, one.shown, one.question)


def verdict(one: Labelled) -> Support:
    """The support that the sentence has by words alone."""
    return word_check(one).support


def shown(*texts: str, outlet: str = "Example Post", written: str = "3 May 2019") -> PromptPassages:
    """Texts of one outlet and day as a prompt shows them, an article each."""
    return _shown(
        [
            {"n": n, "outlet": outlet, "written": written, "text": text}
            for n, text in enumerate(texts, start=1)
        ]
    )


def _labelled(line: Mapping[str, Any], shown: PromptPassages) -> Labelled:
    written = str(line["sentence"])
    numbers = {int(number) for number in _MARK.findall(written)} or {int(one["n"]) for one in line["cited"]}
    text = " ".join(_MARK.sub("", written).split())
    return Labelled(
        str(line["id"]),
        str(line["variant"]),
        str(line.get("question") or ""),
        re.sub(r"\s+([.,])", r"\1", text),
        tuple(one.n for one in shown.sentences if one.passage.id in numbers),
        shown,
        bool(line["true"]),
        None if line["error"] is None else str(line["error"]),
    )


def _shown(cited: Sequence[Mapping[str, Any]]) -> PromptPassages:
    """Passages as a prompt shows them, each with its number as its id."""
    ranked, analyses = [], {}
    for one in cited:
        text, n, day = str(one["text"]), int(one["n"]), _day(str(one["written"]))
        spans = tuple(sentence_spans(text))
        written = day.isoformat() if day else None
        passage = Passage(n, f"a{n}", "r", 0, len(text), text, spans, "", str(one["outlet"]), written, None)
        ranked.append(RankedPassage(n, passage, 0.5))
        analyses[n] = analyse([text[start:end] for start, end in spans], day)
    return number_sentences(ranked, _NO_LIMIT, analyses)


def _day(written: str) -> date | None:
    """A day as the prompt writes it ("15 October 2019")."""
    try:
        return datetime.strptime(written, "%d %B %Y").date()
    except ValueError:
        return None
