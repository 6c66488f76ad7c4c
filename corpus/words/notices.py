"""Phrases of boilerplate in English (`notices.txt`): consent, sharing, signing up, labels, other stories."""

import re

from corpus.words.lists import read_lists


def _any_of(alternatives: list[str]) -> str:
    return f"(?:{'|'.join(alternatives)})"


_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_YEAR = r"(?:19|20)\d\d\b"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
DATE = re.compile(
    _any_of(
        [
            rf"\b{_MONTH}\.?\s+{_DAY},?\s+{_YEAR}",
            rf"\b{_DAY}\s+{_MONTH}\.?,?\s+{_YEAR}",
            rf"\b{_YEAR}-\d\d-\d\d\b",
            rf"\b\d{{1,2}}[/.]\d{{1,2}}[/.]{_YEAR}",
        ]
    )
)
BYLINE = re.compile(
    r"(?:By|Written by|Words by|Story by)\s+(?-i:[A-Z])"
    r"|(?:Published|Updated|Posted|Last (?:modified|updated)|First published)\b",
    re.IGNORECASE,
)
_SECTIONS = read_lists("corpus.words", "notices.txt")


def _pattern(section: str, after: str = "") -> re.Pattern[str]:
    return re.compile(_any_of(_SECTIONS[section]) + after, re.IGNORECASE)


ADDRESSES = re.compile(r"\b(?:you|your|yours|yourself|you(?:.ll|.re|.ve))\b", re.IGNORECASE)
OWN = re.compile(
    r"\b(?:we|our|ours|us(?-i:(?<!US)))\b"
    r"|\bthis (?:(?:web)?site|page|article|story|post|newsletter|content|browser|video|process)\b",
    re.IGNORECASE,
)
BIDS = re.compile(rf"(?:please,? |just |also |to )?{_any_of(_SECTIONS['imperative'])}\b", re.IGNORECASE)
"""An imperative at the head of a sentence, as buttons and notices have it."""
REPORTS = re.compile(_any_of(_SECTIONS["report"]), re.IGNORECASE)
SOMEBODY = re.compile(rf"\b{_any_of(_SECTIONS['of somebody'])}\b", re.IGNORECASE)
TO_THE_READER = _pattern("to the reader")
ALWAYS = _pattern("always")
HINTS = re.compile("|".join(map(re.escape, _SECTIONS["hint"])))
"""One of them is in each text, in small letters, that holds a phrase of TO_THE_READER or ALWAYS."""
NETWORK = re.compile(rf"(?<!\w){_any_of(_SECTIONS['network'])}(?!\w)", re.IGNORECASE)
IN_FEW_WORDS = _pattern("in few words")
LABEL = _pattern("label", r"\W*")
TEASER = _pattern("teaser", r"\s*(?:[:>»|–—]|- |$)")
TEASER_BIDS = _pattern("teaser that bids")
OTHER_STORIES = _pattern("other stories", r"\b.{0,60}")
