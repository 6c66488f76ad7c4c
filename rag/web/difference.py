"""What changed between two revisions of an article: paragraph by paragraph, then word by word.

Both are longest common subsequences (Hunt and Szymanski 1977), whose work is known before it is done: texts
for which it would be too much are matched by the words that stand in each of them once.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index.passages.sentences import paragraph_spans

MOST_PAIRS = 1_000_000
"""Equal words of both sides that one comparison weighs against each other: about a second of work."""
LONGEST = 500_000
"""Characters that one comparison reads word by word; beyond, paragraphs are taken out and put in."""
MOST_PARAGRAPHS = 20_000
"""Of either text; longer ones are compared as one paragraph each."""
_WORD = re.compile(r"\d+(?:[.,:]\d+)+|\w+|[^\w\s]")
_NEAR = 6
"""Paragraphs further on in which another version of one is looked for."""
_ALIKE = 0.4
"""Below this share of words in common two paragraphs are no versions of one another."""
_ISLAND = 3
"""Letters that stayed between two changes and are shown as changed too: a lone "the" says nothing."""

Fate = Literal["same", "del", "ins"]
Pair = tuple[int, int]


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


@dataclass(slots=True)
class Patience:
    """How many pairs may still be weighed, and how many characters read word by word."""

    pairs: int = MOST_PAIRS
    characters: int = LONGEST


def compared(before: str, after: str) -> list[Compared]:
    """The paragraphs of both: without `ins` they are those of `before`, without `del` of `after`."""
    old, new = (_paragraphs(text) for text in (before, after))
    patience = Patience()
    if max(len(old), len(new)) > MOST_PARAGRAPHS:
        return [Compared(words(before, after, patience))]
    found: list[Compared] = []
    i = j = 0
    for k, m in [*_common(old, new, patience), (len(old), len(new))]:
        found += _replaced(old[i:k], new[j:m], patience)
        found += [_whole("same", one) for one in old[k : k + 1]]
        i, j = k + 1, m + 1
    return found


def words(before: str, after: str, patience: Patience | None = None) -> tuple[Piece, ...]:
    """Two versions of one paragraph, or of a title, word by word."""
    begun = _shared(before, after)
    ended = _shared(before[begun:][::-1], after[begun:][::-1])
    first, last = before[:begun], before[len(before) - ended :]
    old, new = before[begun : len(before) - ended], after[begun : len(after) - ended]
    pieces: list[Piece] = [Piece("same", first)]
    patience = patience or Patience()
    if max(len(old), len(new)) > patience.characters:
        pieces += [Piece("del", old), Piece("ins", new)]
    else:
        patience.characters -= max(len(old), len(new))
        pieces += _between(old, new, patience)
    return _joined([*pieces, Piece("same", last)])


def _between(before: str, after: str, patience: Patience) -> Iterator[Piece]:
    old, new = ([(word.start(), word.end()) for word in _WORD.finditer(text)] for text in (before, after))
    pairs = _common([before[a:b] for a, b in old], [after[a:b] for a, b in new], patience)
    at = there = 0
    for i, j in _without_islands(pairs, old, len(new)):
        yield from _gap(before[at : old[i][0]], after[there : new[j][0]])
        yield Piece("same", before[slice(*old[i])])
        at, there = old[i][1], new[j][1]
    yield from _gap(before[at:], after[there:])


def _gap(before: str, after: str) -> Iterator[Piece]:
    """What stands between two words that stayed: the white space that both have is no change."""
    start = min(len(before) - len(before.lstrip()), len(after) - len(after.lstrip()))
    if before[:start] == after[:start]:
        yield Piece("same", before[:start])
        before, after = before[start:], after[start:]
    end = min(len(before) - len(before.rstrip()), len(after) - len(after.rstrip()))
    same = before[len(before) - end :]
    if same != after[len(after) - end :]:
        end, same = 0, ""
    yield Piece("del", before[: len(before) - end])
    yield Piece("ins", after[: len(after) - end])
    yield Piece("same", same)


def _common(old: Sequence[str], new: Sequence[str], patience: Patience) -> list[Pair]:
    """The places of a longest common subsequence; of one of what occurs once in each, beyond the patience."""
    places: dict[str, list[int]] = {}
    for j, one in enumerate(new):
        places.setdefault(one, []).append(j)
    counts = Counter(old)
    pairs = sum(counts[one] * len(at) for one, at in places.items())
    if pairs > patience.pairs:
        places = {one: at for one, at in places.items() if len(at) == 1 == counts[one]}
    else:
        patience.pairs -= pairs
    tails: list[int] = []
    ends: list[tuple[int, int, object]] = []
    for i, one in enumerate(old):
        for j in reversed(places.get(one, ())):
            length = bisect_left(tails, j)
            tails[length : length + 1] = [j]
            ends[length : length + 1] = [(i, j, ends[length - 1] if length else None)]
    found: list[Pair] = []
    node: object = ends[-1] if ends else None
    while isinstance(node, tuple):
        i, j, node = node
        found.append((i, j))
    return found[::-1]


def _without_islands(pairs: Sequence[Pair], old: Sequence[Pair], others: int) -> list[Pair]:
    """The pairs without runs of a few letters between two changes."""
    runs: list[list[Pair]] = []
    for i, j in pairs:
        if runs and runs[-1][-1] == (i - 1, j - 1):
            runs[-1].append((i, j))
        else:
            runs.append([(i, j)])
    kept: list[Pair] = []
    for run in runs:
        (first, there), (last, end) = run[0], run[-1]
        inside = first and there and last + 1 < len(old) and end + 1 < others
        if not inside or sum(old[i][1] - old[i][0] for i, _ in run) > _ISLAND:
            kept += run
    return kept


def _replaced(old: Sequence[str], new: Sequence[str], patience: Patience) -> Iterator[Compared]:
    """Paragraphs in the place of others: what has another version a little further on is compared with it."""
    theirs = [frozenset(_WORD.findall(one)) for one in new]
    at = 0
    for paragraph in old:
        mine = frozenset(_WORD.findall(paragraph))
        near = range(at, min(at + _NEAR, len(new)))
        best = max(near, key=lambda place: _likeness(mine, theirs[place]), default=None)
        if best is None or _likeness(mine, theirs[best]) < _ALIKE:
            yield _whole("del", paragraph)
            continue
        yield from (_whole("ins", one) for one in new[at:best])
        yield Compared(words(paragraph, new[best], patience))
        at = best + 1
    yield from (_whole("ins", one) for one in new[at:])


def _likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """The share of words in common (Dice's coefficient)."""
    return 2 * len(mine & theirs) / (len(mine) + len(theirs) or 1)


def _shared(one: str, other: str) -> int:
    """How many characters both begin with, up to the end of a word."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    if least == len(one) == len(other):
        return least
    while least and not one[least - 1].isspace():
        least -= 1
    return least


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Without empty ones; neighbours of one fate are one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].fate == piece.fate:
            joined[-1] = Piece(piece.fate, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)


def _whole(fate: Fate, text: str) -> Compared:
    return Compared((Piece(fate, text),))


def _paragraphs(text: str) -> list[str]:
    return [text[start:end] for start, end in paragraph_spans(text)]
