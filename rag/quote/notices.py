"""Correction notices: quoted only to who asks about corrections, as their first half says what was wrong.

Beside a quotation of a corrected article its notice is shown whole (`rag.answer.Citation.corrections`).
"""

from collections.abc import Iterable
from dataclasses import replace

from corpus.page.corrections import find_corrections
from index.language.words import stem
from index.store.store import Passage
from rag.question.analysed import AnalysedQuestion
from rag.quote.quotes import Quote
from rag.retrieve.search import Retrieved

_ASKING = frozenset(map(stem, ("correct", "correction", "clarification", "retract", "retraction")))
"""Stems of words by which a question is about corrections."""


def has_notices(quotes: Iterable[Quote], question: AnalysedQuestion) -> bool:
    """Whether a sentence of a notice is quoted for a question that is not about corrections."""
    quoted = ((quote.passage, one.start) for quote in quotes for one in quote.sentences)
    return _ASKING.isdisjoint(question.stems) and any(_is_of_notice(*one) for one in quoted)


def without_notices(found: Retrieved) -> Retrieved:
    """What was found, without the sentences of notices."""
    kept = (one for one in found.sentences if not _is_of_notice(one.candidate.passage, one.candidate.start))
    return replace(found, sentences=tuple(kept))


def _is_of_notice(passage: Passage, start: int) -> bool:
    """Whether the sentence that starts at this offset of the article stands in a notice of the passage."""
    at = start - passage.start
    return any(one.start <= at < one.end for one in find_corrections(passage.text))
