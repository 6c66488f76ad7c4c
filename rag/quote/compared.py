"""A comparison of all outlets: of each one sentence about the same thing, figures that differ first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from index.language.sentence import Quantity
from index.language.words import stems
from rag.question.spans import Span
from rag.quote.quotes import Quote
from rag.quote.telling import Telling

_OF_FIGURES = re.compile(r"\W*how (?:many|much)\b|(?:the )?(?:number|count|total|toll)s? of\b", re.I)
MOST_OUTLETS = 5
"""Outlets of which a sentence is quoted."""
CONSIDERED = 24
"""Best sentences among which some about the same thing are looked for."""
FIGURES = 4.0
"""What figures that differ are worth, in shared words."""
MOST_SHARED = 6
"""Shared words that count at most: long sentences share many."""
COPIED = 0.8
"""Share of the shorter sentence's words from which the other is a copy, of which nothing is learnt."""
NEAR = 3.0
"""How far below the best score the sentence of a further outlet may lie, in logits."""
FARTHER = 0.5
"""What a logit below the best sentence costs, in shared words."""
SHARED = 2.0
"""Words beside the subject's that two sentences share at least where they tell of the same thing."""


def across_outlets(told: Sequence[Telling], subject: str) -> list[Quote]:
    """A sentence of each outlet about the same thing, by day; [] where only one outlet tells of the subject.

    The two of different outlets that share most words come together, before others two whose figures differ;
    of each further outlet comes the sentence that is most like one of these, or its best one.
    """
    counted = [one for one in told if any(figure.counts for figure in one.candidate.sentence.quantities)]
    ranked = (counted if _OF_FIGURES.match(subject) else told)[:CONSIDERED]
    best, words = max((one.score for one in ranked), default=0.0), frozenset(stems(subject))

    def worth(pair: tuple[Telling, Telling]) -> float:
        one, other = pair
        return _alike(one, other, words) - FARTHER * (2 * best - one.score - other.score)

    pairs = [pair for pair in combinations(ranked, 2) if _outlet(pair[0]) != _outlet(pair[1])]
    pairs.sort(key=worth, reverse=True)
    if not pairs:
        return []
    chosen = {_outlet(one): one for one in pairs[0]}
    for pair in pairs:
        for known, new in (pair, pair[::-1]):
            is_told = chosen.get(_outlet(known)) is known and _alike(known, new, words) >= SHARED
            if is_told and len(chosen) < MOST_OUTLETS:
                chosen.setdefault(_outlet(new), new)
    for one in ranked:
        if one.score >= best - NEAR and len(chosen) < MOST_OUTLETS:
            chosen.setdefault(_outlet(one), one)
    in_order = sorted(chosen.values(), key=lambda one: (one.published, one.candidate.start))
    marked = [(one, _differing(one, in_order)) for one in in_order]
    marked.sort(key=lambda one: not one[1])
    return [_marked(one, figures) for one, figures in marked]


def _differing(one: Telling, others: Sequence[Telling]) -> list[Span]:
    """The places of its figures that others give otherwise."""
    found = (figure for other in others for figure in _figures_apart(one, other))
    return sorted({(figure.start, figure.end) for figure in found})


def _figures_apart(one: Telling, other: Telling) -> Iterator[Quantity]:
    """The figures of a sentence for what another counts too, where the other has none that agrees."""
    others = other.candidate.sentence.quantities
    for mine in one.candidate.sentence.quantities:
        same = [theirs for theirs in others if _is_of_same(mine, theirs)]
        if same and not any(mine.low <= each.high and each.low <= mine.high for each in same):
            yield mine


def _is_of_same(one: Quantity, other: Quantity) -> bool:
    """Whether both count the same, which no ordinal does."""
    return bool(one.counts) and (one.counts, one.unit) == (other.counts, other.unit) and one.unit != "th"


def _alike(one: Telling, other: Telling, subject: frozenset[str]) -> float:
    """Words beside the subject's that two sentences share, and what differing figures are worth."""
    first, second = frozenset(one.candidate.sentence.stems), frozenset(other.candidate.sentence.stems)
    differ = any(True for _ in _figures_apart(one, other))
    if not differ and len(first & second) >= COPIED * min(len(first), len(second)):
        return 0.0
    return min(MOST_SHARED, len((first & second) - subject)) + FIGURES * differ


def _marked(one: Telling, figures: Sequence[Span]) -> Quote:
    quote = one.quote
    return replace(
        quote, sentences=tuple(replace(each, highlights=tuple(figures)) for each in quote.sentences)
    )


def _outlet(one: Telling) -> str:
    return one.candidate.passage.source or one.article
