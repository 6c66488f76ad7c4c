"""What changed between two revisions of an article: paragraph by paragraph, then word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from index.lines import paragraph_spans

MOST_PARAGRAPHS = 3_000
"""Of either text; longer ones are compared as wholes. difflib takes quadratic time."""
MOST_WORDS = 1_500
"""Of either paragraph; longer ones are shown as taken out and put in."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_ALIKE = 0.4
"""Below this share of words in common two paragraphs are no versions of one another."""

Fate = Literal["same", "del", "ins"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, was taken out, or was put in."""

    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A paragraph as pieces; `changed` if it is not the same in both."""

    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was taken out or put in."""
        return any(piece.fate != "same" for piece in self.pieces)


def compared(before: str, after: str) -> list[Compared]:
    """The paragraphs of both: without `ins` they are those of `before`, without `del` of `after`."""

    old, new = (_paragraphs(text) for text in (before, after))
    if max(len(old), len(new)) > MOST_PARAGRAPHS:
        return [*(_whole("del", one) for one in old), *(_whole("ins", one) for one in new)]
    found: list[Compared] = []
    for fate, i, k, j, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if fate == "equal":
            found += [_whole("same", one) for one in old[i:k]]
        else:
            found += _replaced(old[i:k], new[j:m])
    return found


def words(before: str, after: str) -> tuple[Piece, ...]:
    """Two versions of one paragraph, or of a title, word by word."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return (Piece("del", before), Piece("ins", after))
    pieces: list[Piece] = []
    for fate, i, k, j, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if fate == "equal":
            pieces.append(Piece("same", "".join(old[i:k])))
            continue
        if k > i:
            pieces.append(Piece("del", "".join(old[i:k])))
        if m > j:
            pieces.append(Piece("ins", "".join(new[j:m])))
    return tuple(pieces)


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Compared]:
    """Paragraphs in the place of others: those that are alike are compared, in their order."""
    for before, after in zip_longest(old, new):
        if before is None or after is None:
            yield _whole("ins" if before is None else "del", after if before is None else before)
            continue
        pieces = words(before, after)
        kept = sum(len(piece.text) for piece in pieces if piece.fate == "same")
        if kept >= _ALIKE * min(len(before), len(after)):
            yield Compared(pieces)
        else:
            yield _whole("del", before)
            yield _whole("ins", after)


def _whole(fate: Fate, text: str) -> Compared:
    return Compared((Piece(fate, text),))


def _paragraphs(text: str) -> list[str]:
    return [text[start:end] for start, end in paragraph_spans(text)]
