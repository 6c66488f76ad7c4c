"""What a question asks for besides one fact: an overview, a timeline, the latest, a comparison; and of what.

"Timeline of the harbour fire" asks for a form of answer; its subject, "the harbour fire", is searched.
"""

import re
from functools import cache
from typing import Literal

from corpus.words.lists import read_lists
from index.language.words import is_stopword, phrase, words

_LISTS = read_lists("rag.question", "subject.txt")
Form = Literal["overview", "timeline", "latest", "comparison"]
_FORMS: tuple[Form, ...] = ("overview", "timeline", "latest", "comparison")
_ROUNDS = 3
"""How many frames may stand around each other: "show me the latest news on"."""
_ENDS = " \t?!.,:;-"
_MARK = "..."
_ASKING = frozenset("who whom whose what which when where why how did does do is was are were".split())
"""Words that begin a question: "Who drew up the timeline?"."""


@cache
def _polite() -> re.Pattern[str]:
    """Words of politeness at the head: "could you please"."""
    lines = "|".join(_pattern(line) for line in sorted(_LISTS["polite"], key=len, reverse=True))
    return re.compile(rf"(?:(?:{lines})\b[\s,]*)+", re.IGNORECASE)


@cache
def _frames() -> tuple[tuple[re.Pattern[str], re.Pattern[str], Form], ...]:
    """Each frame's words before and behind the subject, with its form, the longest first."""
    lines = [(line, form) for form in _FORMS for line in _LISTS[form]]
    lines.sort(key=lambda one: -len(one[0]))
    return tuple((*_parts(line), form) for line, form in lines)


def _parts(line: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    before, _, behind = (part.strip() for part in line.partition(_MARK))
    head = rf"{_pattern(before)}(?![\w'’])[\s:,]*" if before else ""
    tail = rf"(?<![\w'’]){_pattern(behind)}" if behind else ""
    return re.compile(head, re.IGNORECASE), re.compile(rf"{tail}$", re.IGNORECASE)


def _pattern(text: str) -> str:
    """The words of a line, with any blanks between them and either apostrophe."""
    return r"\s+".join(re.escape(word).replace("'", "['’]") for word in text.split())


def form_of(text: str) -> Form | None:
    """The form of answer that is asked for; None where one fact is, or nothing else is named."""
    return _taken_apart(text)[0]


def subject_of(text: str) -> str:
    """What the answer is to be about: the text without the words that ask for a form; else the text."""
    return _taken_apart(text)[1]


def _taken_apart(text: str) -> tuple[Form | None, str]:
    form: Form | None = None
    rest = text.strip(_ENDS)
    for _ in range(_ROUNDS):
        told = _polite().match(rest)
        bare = rest[told.end() :] if told else rest
        found, left = _framed(bare)
        if found is None:
            break
        form, rest = form or found, left
    return (form, rest) if form else (None, text)


def _framed(text: str) -> tuple[Form | None, str]:
    """The form of the first frame that fits, with what it leaves."""
    for before, behind, form in _frames():
        head = before.match(text)
        tail = behind.search(text, head.end()) if head else None
        if head and tail:
            left = text[head.end() : tail.start()].strip(_ENDS)
            asks = head.end() == 0 and phrase(left).partition(" ")[0] in _ASKING
            if _has_content(left) and not asks:
                return form, left
    return None, text


def _has_content(text: str) -> bool:
    return bool(phrase(text)) and any(not is_stopword(word) for word, _, _ in words(text))
