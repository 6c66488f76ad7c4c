"""Lists: of several things that are asked for, the sentence that lists them, and the items below it."""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise, takewhile

from index.language.sentence import Sentence
from rag.question.spans import LISTED
from rag.quote.evidence import Evidence
from rag.quote.quotes import Quote, QuotedSentence
from rag.retrieve.context import WIDEST_GAP, Candidate
from rag.retrieve.search import Retrieved

MOST_MEMBERS = 5
"""Sentences quoted at most for a question that asks for several things."""
IN_A_ROW = 3
"""Names or items one behind the other that make a list."""
MOST_ITEMS = 12
_LONGEST_ITEM = 14
"""Words of an item, which ends with no full stop or colon."""
_BELOW = 3.0
"""How far below the best score the sentence may lie that lists what is asked for."""
_ENDS = (".", "!", "?", ":", ".”", '."', "…")


def lists(sentence: Sentence) -> bool:
    """Whether names stand one behind the other in it: "Ann Lee, Jon Dale and the Ostrands"."""
    row = 1
    for one, other in pairwise(sentence.names):
        row = row + 1 if LISTED.fullmatch(sentence.text[one.end : other.start]) else 1
        if row == IN_A_ROW:
            return True
    return False


def listing_first(weighed: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, with the first one in front that lists names as they are asked for."""
    best = weighed[0]
    for one in weighed if not lists(best.candidate.sentence) else ():
        near = one.score >= best.score - _BELOW and one.fits >= best.fits
        if near and lists(one.candidate.sentence) and one.dated and not one.absent:
            return [one, *(other for other in weighed if other is not one)]
    return list(weighed)


def items_below(one: Candidate, found: Retrieved) -> Quote | None:
    """The items of a list that begins behind a sentence; None where there is none."""
    behind = takewhile(_is_item, _sentences_behind(one, found))
    items = [item for item, _ in zip(behind, range(MOST_ITEMS), strict=False)]
    if len(items) < IN_A_ROW:
        return None
    inside = [item for item in items if item.passage.id == items[0].passage.id]
    return Quote(inside[0].passage, tuple(QuotedSentence(each.start, each.end, each.text) for each in inside))


def _is_item(one: Candidate) -> bool:
    words = one.sentence.words
    return 0 < len(words) <= _LONGEST_ITEM and not one.text.rstrip().endswith(_ENDS)


def _sentences_behind(one: Candidate, found: Retrieved) -> Iterator[Candidate]:
    """The sentences behind one in its passage, else those of the passage that follows it without a gap."""
    passage, start = one.passage, one.end
    if start >= passage.sentences[-1][1]:
        scored = (each.candidate.passage for each in found.sentences)
        analysed = (each.passage for each in found.passages if each.passage.id in found.analyses)
        known = chain(scored, analysed)
        passage = next(
            (
                each
                for each in known
                if each.article_id == one.passage.article_id and 0 <= each.start - start <= WIDEST_GAP
            ),
            passage,
        )
    for (begin, end), sentence in zip(passage.sentences, found.analyses[passage.id], strict=True):
        if begin >= start:
            yield Candidate(passage, begin, end, sentence)
