"""Patterns of English news text: dates, numbers, quotations, verbs of saying, words before a place."""

import re

from index.language.dates import MONTH as MONTH


def one_of(words: str) -> str:
    """A pattern for any of the blank-separated words; each may itself be a pattern without blanks."""
    return f"(?:{'|'.join(words.split())})"


BARE_MONTH = re.compile(rf"\b{MONTH}(?!\w)")
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_COUNT = one_of(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
    million billion trillion dozens? hundreds thousands millions billions half third quarter double twice
    single several pair couple decades?"""
)
_DURATION = r"(?:minutes?|hours?|days?|weeks?|months?|years?|decades?)"
_PERIOD = one_of(
    "week weekend month year century decade morning afternoon evening night summer winter spring autumn fall"
)
_WHICH = r"(?:last|next|this|(?:the\s+)?(?:following|previous|past)|(?:earlier|later)\s+this)"
_ORDINAL = r"(?:st|nd|rd|th)?"

DATE = re.compile(
    r"\b(?:"
    + "|".join(
        (
            rf"{MONTH}\s+\d{{1,2}}{_ORDINAL}(?:,?\s+\d{{4}})?",
            rf"\d{{1,2}}{_ORDINAL}(?:\s+of)?\s+{MONTH}(?:,?\s+\d{{4}})?",
            rf"{MONTH},?\s+\d{{4}}",
            rf"(?:in|by|since|until|during|early|late|mid)[\s-]+{MONTH}(?!\w)(?:,?\s+\d{{4}})?",
            r"\d{4}-\d{2}-\d{2}",
            r"(?:1[5-9]|20)\d\d(?:s\b)?(?![\d,.]\d)",
            rf"(?:{_WHICH}|early|late|on)\s+{_WEEKDAY}",
            _WEEKDAY,
            rf"{_WHICH}\s+{_PERIOD}",
            r"yesterday|today|tomorrow|tonight|overnight|the\s+weekend",
            rf"(?:an?|\d+|{_COUNT})\s+{_DURATION}\s+(?:ago|earlier|later|before|after)",
            r"\d{1,2}(?:[:.]\d\d)?\s*[ap]\.?m\.?|\d{1,2}:\d\d|noon|midnight|dawn",
        )
    )
    + ")",
    re.IGNORECASE,
)
CALENDAR = re.compile(
    rf"\b(?:{MONTH}\s+\d{{1,2}}(?:,\s+\d{{4}})?|\d{{1,2}}\s+{MONTH}(?:\s+\d{{4}})?|(?:19|20)\d\d(?!,)"
    rf"|\d{{1,2}}:\d\d|\d{{1,2}}\s*[ap]\.m\.)\b",
    re.IGNORECASE,
)
"""Digits that belong to a date or a time of day, not to a count."""

NUMBER = re.compile(
    r"(?:[$€£¥]\s?)?\b\d+(?:[.,]\d+)*(?:\s*%|(?:st|nd|rd|th)\b)?(?:\s(?:hundred|thousand|million|billion|trillion)\b)?"
    rf"|\b{_COUNT}(?:[\s-](?:and\s+a\s+)?{_COUNT})*\b",
    re.IGNORECASE,
)

QUOTED = re.compile(r"[“\"‘][^“”\"]{8,}[”\"’]")
SAYING = re.compile(
    r"\b"
    + one_of(
        """said says saying told tells? tweeted wrote writes call(?:s|ed|ing) describe[sd] announced
        confirmed denied added warned insisted claimed argued stated declared stressed complained urged
        accused acknowledged condemned suggested explained noted replied asked promised pledged vowed
        admitted according signall?ed reported"""
    )
    + r"\b",
    re.IGNORECASE,
)
ROLE = re.compile(
    r"\b"
    + one_of(
        """spokes\\w+ envoy minister president official politician leader chief director secretary mayor
        captain commander professor analyst researcher chair\\w* head author lawyer judge coach manager
        owner resident founder senator governor"""
    )
    + r"\b",
    re.IGNORECASE,
)
PLACE_BEFORE = re.compile(
    r"\b"
    + one_of(
        """in at near from to into of outside around across through towards? off on between inside over via
        town city village province district region base capital port state north south east west northern
        southern eastern western"""
    )
    + r"\s+(?:the\s+)?(?:[a-z]+(?:ern)?\s+){0,3}$"
)
