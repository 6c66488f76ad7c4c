"""To whom a sentence speaks: to whoever reads the page, or of the news."""

import re

from corpus.words.notices import ADDRESSES, BIDS, OWN, REPORTS

_QUOTED = re.compile(
    r"“[^”]{0,2000}(?:”|$)|\"[^\"]{0,2000}(?:\"|$)|«[^»]{0,2000}(?:»|$)|„[^“”]{0,2000}(?:[“”]|$)"
)
_SENTENCE = re.compile(r"[^.!?…。！？\n]*[.!?…。！？]+[\"'”’»)\]]*(?=\s|$)|[^\n]+?(?=\n|$)")
ENDED = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*\s*$")
"""The end of a sentence at the end of a text."""


def without_quotations(text: str) -> str:
    """The text without what somebody else says in it; a quotation that is not closed goes on to the end."""
    return _QUOTED.sub(" ", text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly: full stops within abbreviations end one too."""
    return [one for found in _SENTENCE.finditer(text) if (one := found[0].strip())]


def speaks_to_reader(sentence: str) -> int:
    """By how many of three signs it speaks to whoever reads the page.

    Second person; a site's own voice (we, our, this page); an imperative at its head. Quotations count for
    nothing.
    """
    own = without_quotations(sentence)
    return bool(ADDRESSES.search(own)) + bool(OWN.search(own)) + bool(BIDS.match(own.lstrip(" \t-–—*•>»")))


def reports(sentence: str) -> bool:
    """Whether it reads as news: it attributes, names a day, a figure or somebody who is no reader."""
    return REPORTS.search(sentence) is not None
