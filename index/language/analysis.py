"""The analysis of an article's sentences, and of a question: every finder is asked once for a sentence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from index.language.antecedents import resolve
from index.language.dates import told_dates
from index.language.names import article_names
from index.language.quantities import quantities
from index.language.quotations import quotations
from index.language.relations import reached, relations
from index.language.sentence import Sentence
from index.language.words import ASKING, fold

VERSION = 2
"""Raised when the analysis of the same text comes out otherwise: stored ones are then made anew."""


def analyse(texts: Sequence[str], published: date | None = None) -> list[Sentence]:
    """The analysis of an article's sentences, given in order; `published` is its day, if it has one.

    Whom "he" goes back to and who says a quotation that runs over several sentences is seen from the
    sentences before: an article is given whole.
    """
    found = article_names(texts)
    spoken = quotations(texts, found)
    named, references = resolve(texts, found, spoken)
    analysed = []
    for place, text in enumerate(texts):
        negated, doubted = reached(text)
        analysed.append(
            Sentence(
                text,
                tuple(named[place]),
                tuple(references[place]),
                tuple(quantities(text)),
                tuple(told_dates(text, published)),
                tuple(spoken[place]),
                tuple(relations(text, named[place])),
                negated,
                doubted,
            )
        )
    return analysed


@lru_cache(maxsize=256)
def analyse_question(question: str) -> Sentence:
    """The analysis of a question, or of a model's sentence, which stand alone; the latest are kept."""
    first, _, rest = question.partition(" ")
    if rest and fold(first.rstrip(":,")) in ASKING:
        return replace(analyse([f"{first.lower()} {rest}"])[0], text=question)
    return analyse([question])[0]
