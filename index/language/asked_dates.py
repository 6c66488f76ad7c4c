"""The dates a question asks about, as far as they can be told without guessing."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from corpus.words.calendar import MONTH_NUMBERS
from index.language.patterns import DATE
from index.language.words import is_stopword, words

_YEAR = re.compile(
    r"(?<![\d,.$€£#-])\b(1[89]\d\d|20\d\d)\b(?![,.]?\d|\s*(?:people|soldiers|troops|men|women|vessels|ships|dollars|euros|miles|km|kilomet))"
)


def asked_years(question: str) -> frozenset[int]:
    """The calendar years that a question names."""
    return frozenset(int(match[1]) for match in _YEAR.finditer(question))


def years_of(text: str, title: str, published_at: str | None) -> frozenset[int]:
    """The years that an article's words or its publication date can speak for."""
    found = set(asked_years(text)) | set(asked_years(title))
    if published_at:
        found.add(int(published_at[:4]))
    return frozenset(found)


_RELATIVE = (
    ("yesterday", -1, -1),
    ("today|tonight|this morning|this afternoon|this evening", 0, 0),
    ("tomorrow", 1, 1),
    ("last week|past week", -7, 0),
    ("this week", -6, 6),
    ("last month|past month", -31, 0),
    ("last year|past year", -366, 0),
)
"""Words that count from the present, with the first and last day they mean, in days from today."""
_RELATIVE_WORDS = re.compile(rf"\b(?:{'|'.join(words for words, _, _ in _RELATIVE)})\b", re.IGNORECASE)
_NAMED_TODAY = re.compile(r"(?<![Tt]he )\b([A-Z][\w.&’'-]*)\s+(?:Today|Tonight|Tomorrow|Yesterday)\b")
"""A name whose last word is no date ("USA Today")."""
_LOWER_IN_TITLES = frozenset("a an the and or but as at by for from in of on to with".split())


def shifted(day: date, days: int) -> date:
    """The day so many days later, or the last (for negative `days`: first) day that the calendar has."""
    ends = date.min.toordinal(), date.max.toordinal()
    return date.fromordinal(min(max(day.toordinal() + days, ends[0]), ends[1]))


def asked_days(question: str, today: date, outlets: Iterable[str] = ()) -> tuple[date, date] | None:
    """The first and last day a question asks about ("yesterday", "in March 2021", "in 2019"); None when it
    names none.

    Relative words count from `today`, except in the names of `outlets` ("USA Today"). A month or day without
    a year is not a date to hold an archive against.
    """
    if relative := _relative_days(question, outlets):
        return shifted(today, relative[0]), shifted(today, relative[1])
    for match in DATE.finditer(question):
        span = _span_of(match[0])
        if span:
            return span
    years = asked_years(question)
    return (date(min(years), 1, 1), date(max(years), 12, 31)) if years else None


def is_relative(question: str, outlets: Iterable[str] = ()) -> bool:
    """Whether the question counts its days from the present ("yesterday", "last week")."""
    return _relative_days(question, outlets) is not None


def _relative_days(question: str, outlets: Iterable[str]) -> tuple[int, int] | None:
    if not _RELATIVE_WORDS.search(question):
        return None
    rest = _without_names(question, outlets)
    for pattern, first, last in _RELATIVE:
        if re.search(rf"\b(?:{pattern})\b", rest, re.IGNORECASE):
            return first, last
    return None


def _without_names(question: str, outlets: Iterable[str]) -> str:
    """The question without names that hold a relative word, such as "USA Today".

    Inside a name the word has a capital; "in the USA Today" ends in a date, and so may a question begin.
    Where every word has a capital, only the known outlets of several words are names.
    """
    written = [word for word, _, _ in words(question)]
    is_title = all(not word[0].islower() or word in _LOWER_IN_TITLES for word in written)

    def blank(match: re.Match[str]) -> str:
        relative = _RELATIVE_WORDS.search(match[0])
        is_capital = relative is not None and relative[0][0].isupper()
        is_alone = " " not in match[0] and (is_title or match.start() == 0)
        return " " if is_capital and not is_alone else match[0]

    for outlet in filter(_RELATIVE_WORDS.search, outlets):
        named = rf"(?<![Tt]he )(?<!\w){re.escape(outlet)}(?!\w)"
        question = re.sub(named, blank, question, flags=re.IGNORECASE)
    if is_title:
        return question
    return _NAMED_TODAY.sub(lambda match: match[0] if is_stopword(match[1]) else " ", question)


def _span_of(written: str) -> tuple[date, date] | None:
    year = _YEAR.search(written)
    month = re.search(r"[A-Za-z]{3,}", written)
    if not year or not month or month[0][:3].casefold() not in MONTH_NUMBERS:
        return None
    number = MONTH_NUMBERS[month[0][:3].casefold()]
    day = re.search(r"(?<!\d)(\d{1,2})(?!\d)", written)
    try:
        if day:
            exact = date(int(year[1]), number, int(day[1]))
            return exact, exact
        first = date(int(year[1]), number, 1)
    except ValueError:
        return None
    return first, first.replace(day=monthrange(first.year, number)[1])
