"""Neighbours of passages, joined where a passage begins or ends in the middle of something.

A passage is cut at a number of tokens. Of 2,328 passages that a language model would be given (on questions
to tune by), 370 begin with a sentence that says "he" or "the company", and for 30 of these the prompt names
nobody whom it could mean; in 26 the passage right before does. Such neighbours are joined. One beside every
passage that begins with "he", "but" or "this" brought no answer nearer (docs/benchmarks.md).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.language.sentence import Sentence
from index.language.words import stems
from index.store.store import Passage, Store
from rag.answer import RankedPassage

# A bullet or a number at the head of a line.
_ITEM = re.compile(r"\s*(?:[-*•–‣·]|\d{1,2}[.)])\s")


def with_neighbours(
    store: Store, passages: Sequence[RankedPassage], analyses: Mapping[int, Sequence[Sentence]]
) -> tuple[RankedPassage, ...]:
    """The passages, each with the neighbours that it needs beside it in the article's order, ranked anew.

    A neighbour has the score of the passage that needs it. `analyses` are those of the passages by id.
    """
    own = [one.passage for one in passages]
    before, behind = store.preceding(own), store.following(own)
    joined: list[RankedPassage] = []
    placed = {one.id for one in own}
    for ranked in passages:
        passage, told = ranked.passage, analyses[ranked.passage.id]
        earlier, later = before.get(passage.id), behind.get(passage.id)
        beside = [passage]
        if earlier and earlier.id not in placed and _needs_earlier(told, earlier, own):
            beside.insert(0, earlier)
        if later and later.id not in placed and _goes_on(told[-1], later):
            beside.append(later)
        placed |= {one.id for one in beside}
        joined += [replace(ranked, passage=one) for one in beside]
    return tuple(replace(one, rank=rank) for rank, one in enumerate(joined, start=1))


def _needs_earlier(told: Sequence[Sentence], earlier: Passage, others: Sequence[Passage]) -> bool:
    """Whether the first sentence goes on with a quotation, or refers to somebody named in `earlier` alone."""
    first = told[0]
    if any(one.is_direct and one.start == 0 for one in first.quotations):
        return True
    if not first.references:
        return False
    named = set(stems(first.references[0].antecedent)[-1:])
    texts = [one.text for one in others if one.article_id == earlier.article_id]
    return named <= set(stems(earlier.text)) and not any(named <= set(stems(text)) for text in texts)


def _goes_on(last: Sentence, later: Passage) -> bool:
    """Whether a last sentence goes on in the next passage: behind a colon, in a quotation or in a list."""
    is_quoted = any(one.is_direct and one.end == len(last.text) for one in last.quotations)
    is_listed = bool(_ITEM.match(last.text) and _ITEM.match(later.text))
    return is_quoted or is_listed or last.text.rstrip().endswith(":")
