"""Boilerplate of a page: blocks in which the site speaks to its reader, or leads to another story.

No phrase alone makes a block boilerplate, since news is written about cookies, newsletters and privacy
policies too. Signs are added up: a phrase, to whom the block speaks, its form (a label, an imperative, no
whole sentence), its links, and its place (the page's head or tail, or beside other notices); that it reports
counts against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from corpus.article import Dropped, normalise_text
from corpus.page.reader import ENDED, reports, speaks_to_reader, without_quotations
from corpus.words.notices import (
    ALWAYS,
    HINTS,
    IN_FEW_WORDS,
    LABEL,
    NETWORK,
    TEASER,
    TEASER_BIDS,
    TO_THE_READER,
)

ENOUGH = 3
"""Signs from which on a block is boilerplate."""
_LONG, _SHORT, _SENTENCE_WORDS = 60, 15, 8
"""Words of a block up to which one phrase is enough; a longer block needs one phrase per so many words."""
_LABEL_WORDS = 3
"""Words of a label that ends like a sentence; more of them are one."""
_LOOKED_AT = 2_000
"""Characters of a block that are examined."""
_MOSTLY_LINKS = 0.5
_MOST_DROPPED, _DROPPED_CHARACTERS = 200, 30_000
"""Blocks that were left out, and their characters, of which a record is kept for an article."""
_ADVICE, _FEW = 3, 2
"""Blocks without a phrase that speak to the reader; from so many on, and a quarter of all, the text is
advice or a column, where to speak to the reader is no sign. With more than a few phrases it is neither."""

LABELLED = "a label or a button"
SPEAKS = "the site speaks to its reader"
LEADS = "it leads to another story"
REPEATED = "it stands on the page twice"
OUTSIDE = "it stands outside the article"


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a page: its text, and the share of its characters that are links."""

    text: str
    linked: float = 0.0


@dataclass(frozen=True, slots=True)
class _Signs:
    """How many signs there are that a block is boilerplate, and of what kind.

    `speaks`: those of them that count for nothing in a text of advice. `at_edge`, `beside`: whether its place
    counts, at the page's head or tail and beside a notice.
    """

    count: int
    reason: str
    speaks: int = 0
    at_edge: bool = False
    beside: bool = False


def reasons(parts: Sequence[Part]) -> list[str | None]:
    """For each block in its order why it is boilerplate, or None. Linear time."""
    signs = [_signs(part.text, part.linked >= _MOSTLY_LINKS) for part in parts]
    if _is_advice(parts, signs):
        signs = [
            replace(one, count=one.count - one.speaks) if one and one.count <= ENOUGH else one
            for one in signs
        ]
    found = [one is not None and one.count >= ENOUGH for one in signs]
    for order in (range(len(parts)), range(len(parts) - 1, -1, -1)):
        at_edge, beside = True, False
        for place in order:
            one = signs[place]
            if one and one.count + 1 >= ENOUGH and ((at_edge and one.at_edge) or (beside and one.beside)):
                found[place] = True
            at_edge = at_edge and found[place]
            beside = one is not None and found[place] and one.reason != LABELLED
    return [one.reason if one and is_found else None for one, is_found in zip(signs, found, strict=True)]


def listed(found: Sequence[Dropped]) -> tuple[Dropped, ...]:
    """What is kept of the blocks that were left out: within limits, sentences before labels and menus."""
    blocks = [Dropped(normalise_text(one.text[:_LOOKED_AT]), one.reason) for one in found]
    if len(blocks) > _MOST_DROPPED or sum(len(one.text) for one in blocks) > _DROPPED_CHARACTERS:
        blocks.sort(key=lambda one: ENDED.search(one.text[-20:]) is None)  # A stable sort.
    left, kept = _DROPPED_CHARACTERS, []
    for one in blocks[:_MOST_DROPPED]:
        left -= len(one.text)
        if left < 0:
            break
        kept.append(one)
    return tuple(kept)


def take_dropped(fields: dict[str, object]) -> list[Dropped]:
    """Take the blocks that were left out away from the fields of a page, where they stand as `dropped`."""
    found = fields.pop("dropped", ())
    return [one for one in found if isinstance(one, Dropped)] if isinstance(found, tuple) else []


def is_doubtful(text: str) -> bool:
    """Whether a block has a phrase of boilerplate, so that its links matter."""
    signs = _signs(text, False)
    return signs is not None and signs.reason != LABELLED


@lru_cache(maxsize=512)
def _signs(text: str, is_linked: bool) -> _Signs | None:
    text = text[:_LOOKED_AT]
    words = len(text.split())
    is_told = words > _LABEL_WORDS and ENDED.search(text) is not None
    if words <= _SHORT and not is_told and (LABEL.fullmatch(text) or _is_row_of_buttons(text)):
        return _Signs(ENOUGH, LABELLED)
    if words <= _LONG and (begins := TEASER.match(text)):
        return _teaser(text, begins.end(), is_linked)
    return _notice(text, words, is_linked)


def _is_row_of_buttons(text: str) -> bool:
    """Whether names of networks stand in a row, with next to nothing between them."""
    rest, names = NETWORK.subn(" ", text)
    left = [word for word in rest.split() if any(character.isalnum() for character in word)]
    in_a_row = len(left) <= 1 or (
        names >= 3 and len(left) <= names + 1 and all(word[:1].isupper() for word in left)
    )
    return names >= 2 and in_a_row and not ENDED.search(text)


def _teaser(text: str, begins: int, is_linked: bool) -> _Signs:
    rest = text[begins:].strip()
    if not rest:
        return _Signs(ENOUGH, LEADS)
    is_sentence = ENDED.search(rest) is not None
    count = 1 + (2 if is_linked else 0) + (1 if TEASER_BIDS.match(text) else 0)
    if not is_sentence:
        count += 2 if rest[:1].isupper() or rest[:1] in "“\"‘'" else 1
    elif rest[:1].isupper() and TEASER_BIDS.match(text):
        count += 1
    if is_sentence and not is_linked:
        count -= reports(rest)
    return _Signs(count, LEADS, at_edge=not is_sentence, beside=not is_sentence)


def _notice(text: str, words: int, is_linked: bool) -> _Signs | None:
    own = without_quotations(text)
    if not (phrases := _phrases(own, words)):
        return None
    always = ALWAYS.search(own) is not None
    speaks = speaks_to_reader(text)
    is_sentence = ENDED.search(text) is not None
    whole = sum(len(one.split()) for one in phrases) >= 0.6 * words
    count = 1 + speaks + (2 if always else 0) + is_linked + whole + (len(phrases) > 2)
    if not is_sentence and words <= _SENTENCE_WORDS:
        count += 1
    told = reports(own)
    count -= told if told > 1 or not (speaks or always) else 0
    return _Signs(
        count,
        SPEAKS,
        speaks=speaks if is_sentence and not always else 0,
        at_edge=(whole or speaks > 1) and not is_sentence,
        beside=whole or speaks > 0,
    )


def _phrases(own: str, words: int) -> list[str]:
    """The phrases of boilerplate in a block; none if it is too long for as few as it holds."""
    found = []
    if HINTS.search(own.casefold()):
        found = [one[0] for form in (TO_THE_READER, ALWAYS) for one in form.finditer(own)]
    if words <= _SHORT:
        found += [one[0] for one in IN_FEW_WORDS.finditer(own)]
    return found if words <= _LONG or len(found) > words / _LONG else []


def _is_advice(parts: Sequence[Part], signs: Sequence[_Signs | None]) -> bool:
    """Whether the text itself speaks to its readers, as advice and columns do."""
    plain = [part.text for part, one in zip(parts, signs, strict=True) if one is None]
    prose = [text[:_LOOKED_AT] for text in plain if ENDED.search(text[-20:])]
    doubtful = sum(1 for one in signs if one is not None and one.speaks)
    if len(prose) < _ADVICE or not 0 < doubtful <= _FEW:
        return False
    spoken = sum(1 for text in prose if speaks_to_reader(text))
    return spoken >= _ADVICE and spoken >= 0.25 * len(prose)
