"""The dates a question asks about, as far as they can be told without guessing."""

import re
from datetime import date, timedelta

from corpus.words.calendar import MONTH_NUMBERS
from index.language.patterns import DATE

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


def asked_days(question: str, today: date) -> tuple[date, date] | None:
    """The first and last day a question asks about ("yesterday", "in March 2021", "in 2019"), None when it
    names none.

        Relative words count from `today`. A month or day without a year is not a date to hold an archive
        against.
    """
    lowered = question.casefold()
    for word, start, end in _RELATIVE:
        if re.search(rf"\b(?:{word})\b", lowered):
            return today + timedelta(days=start), today + timedelta(days=end)
    for match in DATE.finditer(question):
        span = _span_of(match[0])
        if span:
            return span
    years = asked_years(question)
    return (date(min(years), 1, 1), date(max(years), 12, 31)) if years else None


def is_relative(question: str) -> bool:
    """Whether the question counts its days from the present ("yesterday", "last week")."""
    return any(re.search(rf"\b(?:{word})\b", question.casefold()) for word, _, _ in _RELATIVE)


_RELATIVE = (
    ("yesterday", -1, -1),
    ("today|tonight|this morning|this afternoon|this evening", 0, 0),
    ("tomorrow", 1, 1),
    ("last week|past week", -7, 0),
    ("this week", -6, 6),
    ("last month|past month", -31, 0),
    ("last year|past year", -366, 0),
)


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
    following = date(first.year + number // 12, number % 12 + 1, 1)
    return first, following - timedelta(days=1)
