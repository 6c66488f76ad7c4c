"""Boilerplate of a page: blocks in which the site speaks to its reader, or leads to another story."""

from corpus.words.notices import IN_FEW_WORDS, LABEL, TEASER, TO_THE_READER

_LONG, _SHORT = 60, 15
"""Words of a block up to which one phrase is enough; a longer block needs one phrase per so many words."""
_LOOKED_AT = 2_000
"""Characters of a block that are examined."""


def is_notice(text: str) -> bool:
    """Whether a block of a page is the site speaking to its reader, or a button's label."""
    text = text[:_LOOKED_AT]
    words = len(text.split())
    if words <= _SHORT and (LABEL.fullmatch(text) or IN_FEW_WORDS.search(text)):
        return True
    if words <= _LONG:
        return TO_THE_READER.search(text) is not None
    return len(TO_THE_READER.findall(text)) > words / _LONG


def is_teaser(text: str) -> bool:
    """Whether a block of a page leads to another story, and says so."""
    return len(text[:_LOOKED_AT].split()) <= _LONG and TEASER.match(text) is not None
