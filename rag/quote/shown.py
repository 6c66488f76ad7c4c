"""What is shown of a quoted sentence: no dateline and no Markdown at its head, no stray quotation mark.

Only the words shown are cut; what is cited stays whole, and so do its offsets.
"""

import re
from dataclasses import replace

from rag.quote.quotes import QuotedSentence

_PLACE = r"[A-Z][A-Z.'’-]+(?:[ /][A-Z][A-Z.'’-]+){0,3}"
_DATELINE = re.compile(
    # MOSCOW (AP) — | ALDERMOUTH, 3 May (Wire) - | WENDBURY, England – | BEIRUT/ANKARA (Reuters) -
    rf"(?:{_PLACE}(?:,[^—–()\"“”]{{1,30}})?(?: ?\([^()]{{1,40}}\))?|\([A-Z][A-Za-z. ]{{1,20}}\))"
    r"(?: ?[—–−] ?| --? )(?=[\"“'‘(]?[A-Z0-9])"
)
_MARKDOWN = re.compile(r"(?:(?:#{1,6}|[*•·>+-]|\d{1,2}[.)]|\|)\s+)+(?=\S)")
_LONE = re.compile(r"[”»’'\"“«]\s*")
_FEWEST_WORDS = 3
"""Words that are left at least; else the sentence is shown as it is."""


def shown(sentence: QuotedSentence, before: str = "") -> QuotedSentence:
    """The sentence with its text cut, and highlights moved; offsets are those of the whole.

    `before` are the sentences in front of it that are quoted with it.
    """
    cut, until = _cut(sentence.text), _until(sentence.text, before)
    if len(sentence.text[cut:until].split()) < _FEWEST_WORDS:
        return sentence
    moved = tuple(
        (start - cut, end - cut) for start, end in sentence.highlights if cut <= start and end <= until
    )
    return replace(sentence, text=sentence.text[cut:until], highlights=moved)


def _cut(text: str) -> int:
    """How many characters at the head are no words of the sentence."""
    place = 0
    if found := _MARKDOWN.match(text):
        place = found.end()
    if found := _DATELINE.match(text, place):
        return found.end()
    found = _LONE.match(text, place)
    return found.end() if found and _is_stray(found[0][0], text[found.end() :]) else place


def _until(text: str, before: str) -> int:
    """Where the words end: before a mark that closes what opens in a sentence that is not quoted."""
    told = before + text
    unopened = {"”": told.count("”") > told.count("“"), '"': told.count('"') % 2 == 1}
    return len(text) - unopened.get(text[-1:], False)


def _is_stray(mark: str, rest: str) -> bool:
    """Whether a quotation mark opens nothing: one that closes, or that of a quotation without an end.

    A quotation may go on into the next sentence, so a mark that opens is left where words of speech follow.
    """
    return mark in "”»" or (mark == '"' and not rest[:1].isalnum())
