"""To whom a sentence speaks: to whoever reads the page, or of the news."""

import re

from corpus.words.notices import ADDRESSES, BIDS, OWN, REPORTS, SOMEBODY

_QUOTED = re.compile(
    r"“[^”]{0,2000}(?:”|$)|\"[^\"]{0,2000}(?:\"|$)|«[^»]{0,2000}(?:»|$)|„[^“”]{0,2000}(?:[“”]|$)"
)
_OFTEN = 4
_SENTENCE = re.compile(r"[^.!?…。！？\n]*[.!?…。！？]+[\"'”’»)\]]*(?=\s|$)|[^\n]+?(?=\n|$)")
ENDED = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*\s*$")
"""The end of a sentence at the end of a text."""


def without_quotations(text: str) -> str:
    """The text without what somebody else says in it; a quotation that is not closed goes on to the end."""
    return _QUOTED.sub(" ", text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly: full stops within abbreviations end one too."""
    return [one for found in _SENTENCE.finditer(text) if (one := found[0].strip())]


def speaks_to_reader(text: str) -> int:
    """By how many of four signs it speaks to whoever reads the page.

    Second person; a site's own voice (we, our, this page); both of them four times or more; an imperative at
    its head. Quotations count for nothing.
    """
    own = without_quotations(text)
    to_reader, by_site = len(ADDRESSES.findall(own)), len(OWN.findall(own))
    bids = BIDS.match(own.lstrip(" \t-–—*•>»"))
    return bool(to_reader) + bool(by_site) + (to_reader + by_site >= _OFTEN) + bool(bids)


def reports(sentence: str) -> int:
    """How much it reads as news: 2 if it attributes, names a day or a figure; 1 if it speaks of somebody."""
    return 2 if REPORTS.search(sentence) else 1 if SOMEBODY.search(sentence) else 0
