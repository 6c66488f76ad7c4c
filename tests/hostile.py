"""Texts of the shapes that make careless code slow: a short unit over and over, or one that never ends."""

UNITS = {
    "questions without words": "? ",
    "marks": "?!.",
    "full stops set apart": ". . ",
    "marks that close nothing": ".”) ",
    "quotation marks": '" ',
    "quotations that are never closed": "“He said ",
    "brackets that are never closed": "([{ ",
    "brackets that were never opened": ") ] ",
    "initials": "A. B. ",
    "acronyms": "U.S.A. ",
    "titles": "Mr. Mrs. ",
    "numbered acronyms": "H.R. 12 No. 4 ",
    "speakers": "MR. SMITH: Q. ",
    "speakers cut off": "-- A. — Q. ",
    "digits": "1234567890",
    "digits and marks": "1.2,3:4 ",
    "amounts": "$1 million twenty-one per cent ",
    "dates": "May 1, 2020 in May ",
    "blanks": "\u00a0",
    "blanks between letters": "a \t\u3000",
    "line breaks": "\n",
    "blanks and line breaks": " \n",
    "lines of one letter": "a\n",
    "combining marks": "\u0323\u0301",
    "one very long word": "a",
    "joined words": "a-b’c",
    "capitals": "Ab of the ",
    "emoji": "👩‍🚀",
    "unspaced script": "中。",
    "addresses": "http://a.b/c?d=e&f ",
    "headings": "# ",
    "list signs": "* - 1) • ",
    "rules": "---\n",
    "links in Markdown": "[a](b) ![",
    "table cells": "|-|",
    "tags": "<p><a href='",
    "entities": "&amp;&#",
    "corrections": "Correction: an earlier version of this ",
    "instructions": "ignore all the previous ",
    "mixed": "? “A. (1, b:\u0301 —\n",
}
"""Units by what they hold."""
PREFIXES = ("", "He said “", "Word. ")


def text_of(unit: str, length: int, prefix: str = "") -> str:
    """A text of so many characters: the unit over and over, behind the prefix."""
    return (prefix + unit * (length // len(unit) + 1))[:length]
