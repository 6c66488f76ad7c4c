"""The first check of a sentence against what it cites, by words alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer import Support
from rag.extract import Quote
from rag.material import Shown
from rag.terms import words

_REFUSAL = re.compile(
    r"\b(?:passages?|articles?|sources?|archive|context|text|documents?|information|reports?|i|we)\b.{0,40}"
    r"\b(?:do|does|did|can|could|is|are|am)\s*(?:not|n['’]t|un(?=able))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a sentence: its support, the quotes that carry it, and why not."""

    support: Support
    quotes: tuple[Quote, ...] = ()
    reason: str | None = None


def check(text: str, marks: Sequence[int], shown: Sequence[Shown]) -> Checked:
    """Whether one of the cited passages holds the sentence's words."""
    known = [one for one in shown if one.n in marks] or (list(shown) if not marks else [])
    said = _folded(text)
    for one in known:
        for run in one.runs:
            for sentence in run:
                if said and said in _folded(sentence.text):
                    return Checked("verbatim", (Quote(one.passage, (sentence,)),))
    return Checked("unsupported", (), "Its words do not stand in the cited passage.")


def is_refusal(text: str) -> bool:
    """Whether a sentence says that the passages do not tell."""
    return _REFUSAL.search(text) is not None


def is_filler(text: str, question: str) -> bool:
    """Whether a sentence says nothing: an introduction, or the question over again."""
    return text.endswith((":", "?")) or _folded(text) == _folded(question)


def _folded(text: str) -> str:
    return " ".join(word.casefold() for word, _, _ in words(text))
