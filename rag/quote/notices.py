"""Correction notices: quoted only to who asks about corrections, as their first half says what was wrong.

Beside a quotation of a corrected article its notice is shown whole (`rag.answer.Citation.corrections`).
"""

from dataclasses import replace

from corpus.page.corrections import find_corrections
from index.language.words import stem
from rag.retrieve.search import Retrieved

_ASKING = frozenset(map(stem, ("correct", "correction", "clarification", "retract", "retraction")))
"""Stems of words by which a question is about corrections."""


def without_notices(found: Retrieved) -> Retrieved:
    """What was found, without the sentences of correction notices; unchanged where these are asked for."""
    if not _ASKING.isdisjoint(found.question.stems):
        return found
    passages = {item.candidate.passage.id: item.candidate.passage for item in found.sentences}
    notices = {
        id: [(one.start + passage.start, one.end + passage.start) for one in find_corrections(passage.text)]
        for id, passage in passages.items()
    }
    kept = tuple(
        item
        for item in found.sentences
        if not any(start <= item.candidate.start < end for start, end in notices[item.candidate.passage.id])
    )
    return found if len(kept) == len(found.sentences) else replace(found, sentences=kept)
