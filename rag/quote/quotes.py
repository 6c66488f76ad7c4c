"""Quotes: whole sentences of one article, and what a reader made of a search."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.store.store import Passage
from rag.abstain import Verdict
from rag.question.spans import Span
from rag.quote.happened import When


@dataclass(frozen=True, slots=True)
class QuotedSentence:
    """One whole sentence of an article; `highlights` are spans of `text` that surely are asked for."""

    start: int
    end: int
    text: str
    highlights: tuple[Span, ...] = ()
    answers: bool = False
    """Whether it is one that answers; another of its quote only names what it is about."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Neighbouring whole sentences of one article, in its order."""

    passage: Passage
    sentences: tuple[QuotedSentence, ...]
    when: When | None = None
    """When it happened, in a timeline, where that is told and was before the day of its article."""

    @property
    def start(self) -> int:
        """Offset of the first sentence in the article."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Offset after the last sentence."""
        return self.sentences[-1].end


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a search: quotes, best first, when answered; else why not.

    `missing` are names of the question that nothing found mentions.
    """

    verdict: Verdict
    quotes: tuple[Quote, ...] = ()
    confidence: float = 0.0
    missing: tuple[str, ...] = ()
    in_order: bool = False
    """Whether the quotes are given in this order, which says something, and not grouped by article."""


def merged_spans(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """Both, in order, without those that begin inside another."""
    spans: list[Span] = []
    for span in sorted({*one, *other}):
        if not spans or span[0] >= spans[-1][1]:
            spans.append(span)
    return tuple(spans)
