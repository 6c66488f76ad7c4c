"""Quotation marks of every kind, paired over the sentences of an article.

English repeats the opening mark at the head of each paragraph of a speech and closes the last one only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Span = tuple[int, int]

_LONGEST = 40
"""Sentences that a quotation may run over."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stands between two marks: from `start` in sentence `first` to `end` in sentence `last`."""

    first: int
    start: int
    last: int
    end: int

    def part(self, place: int, text: str) -> Span:
        """What of it is in a sentence; a mark that is repeated at the head of a paragraph is none of it."""
        start = self.start
        if place > self.first:
            start = repeated.end() if (repeated := _AT_HEAD.match(text)) else 0
        return start, self.end if place == self.last else len(text)


_ANY = re.compile(r"[“”„‟«»\"‘'`]")
_DOUBLE = re.compile(r"[“”„‟«»\"]|''|``")
_AT_HEAD = re.compile(r"\s*[“„‟«»\"‘']{1,2}")
# A single mark opens before a word, not a number ("the ’90s"); it closes behind one or a stop.
_OPENING = re.compile(r"(?<![\w’'])[‘'](?=[^\W\d])")
_CLOSING = re.compile(r"(?<=[\w.,!?…])[’'](?![\w’'])")


def _opens(text: str, mark: re.Match[str], is_open: bool) -> bool:
    """Whether a double mark opens a quotation; what form and neighbours leave open, `is_open` tells."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    if mark[0] in "”''":
        return False
    if mark[0] in ("„", "‟", "``"):
        return True
    begins = (not before or before in " \t\n([{—–-/:‘'") and bool(after.strip())
    ends = bool(before.strip()) and not after.isalnum()
    if mark[0] == "“":
        return begins or not ends or not is_open
    return begins if begins != ends else not is_open


def _double_quoted(texts: Sequence[str]) -> Iterator[Quoted]:
    """Pairs of double marks. One that is never closed ends with its sentence."""
    opened: tuple[int, int] | None = None
    for place, text in enumerate(texts):
        for mark in _DOUBLE.finditer(text):
            if not _opens(text, mark, opened is not None):
                if opened is not None and place - opened[0] < _LONGEST:
                    yield Quoted(*opened, place, mark.start())
                opened = None
            elif opened is None:
                opened = (place, mark.end())
            elif opened[0] < place and not text[: mark.start()].strip():
                continue  # The same speech goes on in a new paragraph.
            else:
                if opened[0] < place:
                    yield Quoted(*opened, opened[0], len(texts[opened[0]]))
                opened = (place, mark.end())
    if opened is not None:
        yield Quoted(*opened, opened[0], len(texts[opened[0]]))


def _single_quoted(texts: Sequence[str], taken: Sequence[Sequence[Span]]) -> Iterator[Quoted]:
    """Pairs of single marks outside double ones; only a typographic one may close in a later sentence."""
    opened: tuple[int, int] | None = None
    for place, text in enumerate(texts):
        at = 0
        if opened is not None:
            closing = _last_closing(text, 0)
            goes_on = _AT_HEAD.match(text) is not None or place - opened[0] == 1
            if closing is not None:
                yield Quoted(*opened, place, closing)
                at = closing + 1
            if closing is not None or not goes_on or place - opened[0] > _LONGEST:
                opened = None
        while opened is None and (mark := _OPENING.search(text, at)):
            at = mark.end()
            if any(start <= at <= end for start, end in taken[place]):
                continue
            closing = _last_closing(text, at)
            if closing is not None:
                yield Quoted(place, at, place, closing)
                at = closing + 1
            elif mark[0] == "‘" and not text[: mark.start()].strip():
                opened = (place, at)


def _last_closing(text: str, at: int) -> int | None:
    """Where the single quotation that runs at `at` ends: before the next one, at a mark behind a stop if any.

    That of "the residents’ group" closes nothing when a later one stands behind a stop.
    """
    ahead = _OPENING.search(text, at)
    first: int | None = None
    for mark in _CLOSING.finditer(text, at, ahead.start() if ahead else len(text)):
        if text[mark.start() - 1] in ".,!?…":
            return mark.start()
        if first is None:
            first = mark.start()
    return first


def quoted_in(texts: Sequence[str]) -> list[list[Quoted]]:
    """The quotations that touch each sentence, in order; one inside another is left out."""
    found: list[list[Quoted]] = [[] for _ in texts]
    if not any(_ANY.search(text) for text in texts):
        return found
    taken: list[list[Span]] = [[] for _ in texts]
    for one in _double_quoted(texts):
        for place in range(one.first, one.last + 1):
            found[place].append(one)
            taken[place].append(one.part(place, texts[place]))
    if any("‘" in text or "'" in text for text in texts):
        for one in _single_quoted(texts, taken):
            inside = {
                other
                for place in range(one.first, one.last + 1)
                for other in found[place]
                if one.first <= other.first and other.last <= one.last
                if (one.first, one.start) < (other.first, other.start) < (one.last, one.end)
            }
            for place in range(one.first, one.last + 1):
                found[place] = [other for other in found[place] if other not in inside]
                found[place].append(one)
                found[place].sort(key=lambda each: (each.first, each.start))
    return found
