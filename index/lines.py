"""Where paragraphs begin and end: at blank lines, and at single newlines unless the text is hard-wrapped."""

import re
from itertools import pairwise

Offsets = tuple[int, int]

_LINE = re.compile(r"[^\n]+")
_LIST_ITEM = re.compile(r"\s*(?:[-*•‣▪#>]|\d{1,3}[.)]\s)")
_ENDS_A_SENTENCE = re.compile(r"[.!?…:][\"'”’)\]]*\s*$")
_NARROWEST, _WIDEST = 40, 120
"""Columns between which text is wrapped by hand or by a mail program."""


def paragraph_spans(text: str) -> list[Offsets]:
    """The paragraphs in order, `text[start:end]` without white space at either end, none of them blank."""
    lines = [(found.start(), found.end()) for found in _LINE.finditer(text) if not found[0].isspace()]
    width = _wrap_width(text, lines)
    spans: list[Offsets] = []
    for start, end in lines:
        line = text[start:end]
        first = start + len(line) - len(line.lstrip())
        last = start + len(line.rstrip())
        if spans and width is not None and _continues(text, spans[-1][1], first, last, width):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _wrap_width(text: str, lines: list[Offsets]) -> int | None:
    """The width at which the text's lines are wrapped; None where each line is a paragraph."""
    lengths = [end - start for start, end in lines]
    within = [length for length in lengths if length <= _WIDEST]
    if len(lines) < 2 or len(within) < 0.9 * len(lines):
        return None
    width = max(within)
    if width < _NARROWEST:
        return None
    broken = sum(
        text[first:last].lstrip()[:1].islower() and not _ENDS_A_SENTENCE.search(text[before:end])
        for (before, end), (first, last) in pairwise(lines)
        if _continues(text, end, first, last, width)
    )
    return width if broken else None


def _continues(text: str, end: int, first: int, last: int, width: int) -> bool:
    """Whether the line at `first` goes on from the one before: its first word did not fit there."""
    if text.count("\n", end, first) > 1 or _LIST_ITEM.match(text, first, last):
        return False
    start = text.rfind("\n", 0, end) + 1
    word = text[first:last].split(maxsplit=1)[0]
    return end - start + 1 + len(word) > width
