"""Analyses of passages that lie in no store."""

from collections.abc import Iterable

from index.language.analysis import analyse
from index.language.sentence import Sentence
from rag.answer import RankedPassage


def analyses_of(found: Iterable[RankedPassage]) -> dict[int, list[Sentence]]:
    """The analyses of each passage's sentences, by its id."""
    passages = (ranked.passage for ranked in found)
    return {one.id: analyse(one.sentence_texts) for one in passages}
