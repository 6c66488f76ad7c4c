"""Quotation marks in a text that is still being written: whether a place lies inside a quotation.

Marks are paired from left to right, in the forms of several languages, nested or not. A mark that nothing
closes before the sentence is longer than any is, is none.
"""

import re

_MARK = re.compile("[“”„‟\"«»‘’‚'「」『』]")
_CLOSING = {
    "“": "”",
    "„": "“”",
    "‟": "”",
    '"': '"',
    "«": "»",
    "»": "«",
    "‘": "’",
    "‚": "‘’",
    "'": "'",
    "「": "」",
    "『": "』",
}
_OPENS_BEHIND = "([{—–-/“„‟\"«»‘‚'「『"
"""Besides a blank: what may stand in front of an opening mark that is a closing one as well."""
_EITHER = "\"'»"
"""Marks that open or close, by what stands in front of them."""


def is_quoted(text: str, start: int, place: int, end: int, *, complete: bool) -> bool | None:
    """Whether a quotation that opens between `start` and `place` closes behind `place` and before `end`.

    None where that is not certain yet: the text ends before `end`, and is not `complete`.
    """
    # What follows a mark tells an apostrophe from a quotation mark; it may not be there yet.
    known = min(end, len(text) if complete else len(text) - 1)
    opened: list[tuple[str, int]] = []
    for found in _MARK.finditer(text, start, max(known, start)):
        mark, at = found[0], found.start()
        if at >= place and not any(position < place for _, position in opened):
            return False
        closed = next((n for n in reversed(range(len(opened))) if mark in _CLOSING[opened[n][0]]), None)
        if closed is not None and _may_close(text, at):
            if opened[closed][1] < place <= at:
                return True
            del opened[closed:]
        elif _may_open(text, at, start):
            opened.append((mark, at))
    if complete or len(text) >= end or not any(position < place for _, position in opened):
        return False
    return None


def _may_open(text: str, at: int, start: int) -> bool:
    """Whether the mark there may open a quotation, by the characters on both sides of it."""
    mark, before, behind = text[at], text[at - 1 : at] if at > start else " ", text[at + 1 : at + 2]
    if mark not in _EITHER:
        return mark in _CLOSING
    if not (before.isspace() or before in _OPENS_BEHIND):
        return False
    return behind.isupper() if mark == "'" else not behind.isspace()


def _may_close(text: str, at: int) -> bool:
    """Whether the mark there may close a quotation: an apostrophe within a word does not."""
    return text[at] not in "’'" or not text[at + 1 : at + 2].isalpha()
