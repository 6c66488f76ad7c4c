"""Dates and times that a text tells, resolved against a day: that of an article, or the one of a question.

A rule finds a word of the calendar by an expression, looks at what stands before and behind it, and gives
the days meant; it runs only where one of its words stands in the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from corpus.words import calendar
from corpus.words.calendar import MONTH_NAMES, MONTH_NUMBERS, SEASONS, WEEKDAY_NAMES, WEEKDAY_NUMBERS, Span
from corpus.words.lists import read_lists
from index.language.quantities import NUMBER_WORDS, narrowed, number_of
from index.language.sentence import ToldDate
from index.language.words import words_before

MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|Jun(?:e|\.)?|Jul(?:y|\.)?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
"""A month's name in English, or its short form."""

_LISTS = read_lists("index.language", "dates.txt")
_HOLIDAYS = dict(line.split(" = ") for line in _LISTS["holidays"])


def _any_of(section: str) -> str:
    return "|".join(" ".join(_LISTS[section]).split())


class Anchor(StrEnum):
    """What a date counts from: the year it names, the nearest year or week if it names none ("in March", "on
    Monday"), or the day given ("yesterday", "last March")."""

    CALENDAR = "calendar"
    NEAREST = "nearest"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class Days:
    """Words of a text that are a date or time, and the days they mean, None where that cannot be told."""

    start: int
    end: int
    span: Span | None = None
    anchor: Anchor = Anchor.CALENDAR
    grain: str = "day"
    """What is named: "day", "month", "year", "weekday", or "period" for everything else."""
    about: int = 0
    """Days around that may be meant as well: "three months ago" is seldom said of one day."""


@dataclass(frozen=True, slots=True)
class _Context:
    """The text that is read, the day to count from, and whether it is a question."""

    text: str
    today: date | None
    is_question: bool

    def is_to_come(self, start: int, end: int) -> bool:
        """Whether a day without a year or week lies ahead: "will ... on Friday", "by Friday"."""
        if self.is_question:
            return False
        before = self.text[max(0, start - _CUE_REACH) : start]
        if _BY.search(before[-8:]):
            return True
        cues = list(_TO_COME.finditer(before))
        if cues and not _SAID.search(before, cues[-1].end()):
            return True
        after = _TO_COME.search(self.text, end, end + _CUE_REACH)
        opens = len(before.split()) <= 2
        return bool(after and opens and not _SAID.search(self.text, end, after.start()))


_CUE_REACH = 80
_TO_COME = re.compile(rf"\b(?:{_any_of('to come')}|(?:set|going|plans?|hopes?) (?:to|for))\b|['’]ll\b", re.I)
_SAID = re.compile(rf"\b(?:{_any_of('said')})\b", re.I)
_BY = re.compile(r"\b(?:by|until)\s$", re.I)
_Spans = Callable[[int], Span | None]
"""What comes back every year, by the year."""


def _nearest(context: _Context, spans: _Spans, start: int, end: int) -> Span | None:
    """The latest that has begun by today; in an article the next one where that is meant."""
    if context.today is None:
        return None
    past, ahead = calendar.nearest(spans, context.today)
    if context.is_question or ahead is None or past is None:
        return past
    is_close = (ahead[0] - context.today).days <= _CLOSE and (context.today - past[1]).days > _LONG_AGO
    return ahead if is_close or context.is_to_come(start, end) else past


_CLOSE, _LONG_AGO = 60, 240
"""Days: an article of 28 December tells of "5 January" ahead, without saying so."""


# What stands before a name of the calendar ("in", "early", "last") and behind it (the year)

_GAP = r"[\s\u00a0]{1,3}"
_YEAR_AFTER = re.compile(
    rf"(?:-|,?{_GAP}(?:of{_GAP})?)(?:(?P<year>\d{{4}})(?![\d%]|[.,]\d|s\b)|(?P<which>last|this|next){_GAP}year\b)",
    re.IGNORECASE,
)
_WHENCE = frozenset("last this next past coming".split())
_PARTS = frozenset("early mid late earlier later".split())
_EDGES = frozenset("beginning start middle end".split())
_LEADS = frozenset(
    "in by since until till during of from before after at over to between through and on".split()
)


@dataclass(frozen=True, slots=True)
class _Lead:
    """What stands before a name of the calendar, from `start` on: "early" or "end" (of), "last", "in"."""

    start: int
    part: str = ""
    whence: str = ""
    preposition: str = ""

    def narrowed(self, days: Days) -> Days:
        """The days with "early" and the like taken in."""
        span = calendar.part_of(self.part, days.span) if self.part and days.span else days.span
        return replace(days, start=self.start, span=span)


def _lead(text: str, start: int) -> _Lead:
    at, part, whence, is_of = start, "", "", False
    for word, begin in words_before(text, start):
        if is_of and word in _EDGES:
            part, at = word, begin - (4 if text[max(0, begin - 4) : begin].lower() == "the " else 0)
            break
        if is_of:
            return _Lead(at, part, whence, "of")
        if word in _WHENCE and not (whence or part):
            whence, at = word, begin
        elif word in _PARTS and not part:
            part, at = word, begin
        elif word == "of":
            is_of = True
        elif word in _LEADS:
            return _Lead(at, part, whence, word)
        elif word != "the":
            break
    return _Lead(at, part, whence, "of" if is_of else "")


def _yearly(context: _Context, start: int, end: int, spans: _Spans, grain: str) -> Days | None:
    """What comes back every year, in the year told behind it, else the nearest."""
    year = _YEAR_AFTER.match(context.text, end)
    if year is None:
        return Days(start, end, _nearest(context, spans, start, end), Anchor.NEAREST, grain)
    if year["year"]:
        told = int(year["year"])
        span = spans(told) if told else None
        return Days(start, year.end(), span, Anchor.CALENDAR, grain) if span else None
    if context.today is None:
        return Days(start, year.end(), None, Anchor.TODAY, grain)
    told = context.today.year + {"last": -1, "this": 0, "next": 1}[year["which"].lower()]
    span = spans(told) if 1 <= told <= 9999 else None
    return Days(start, year.end(), span, Anchor.TODAY, grain)


# Days and months: 15 October 2019, October 9-12, in March, late last May

_ORD = r"(?P<ordinal>st|nd|rd|th)?"
_TO = r"\s?(?:-|–|—|to|and|until|till|through)\s?"
_WEEKDAYS = "|".join(WEEKDAY_NAMES)
_SHORT_DAYS = r"Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun"
_DAY_BEFORE = re.compile(
    rf"(?:\b(?:{_WEEKDAYS}|(?:{_SHORT_DAYS})\.?),?{_GAP})?(?:\bthe{_GAP})?(?<![\d.,:$€£])(?<!\w)(?P<day>\d\d?)(?:st|nd|rd|th)?"
    rf"(?:{_TO}(?:the{_GAP})?(?P<last>\d\d?){_ORD})?(?:{_GAP}of{_GAP}|{_GAP}|-)$",
    re.IGNORECASE,
)
_DAY_BEFORE_REACH = 48
_DAY_AFTER = re.compile(
    rf"{_GAP}(?:the{_GAP})?(?P<day>\d\d?){_ORD}(?![\d%]|[.,:]\d)(?:{_TO}(?:the{_GAP})?(?P<last>\d\d?)(?:st|nd|rd|th)?"
    r"(?![\d%]|[.,:]\d))?",
    re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(rf"\b(?:{_WEEKDAYS}|(?:{_SHORT_DAYS})\.?),?{_GAP}$", re.IGNORECASE)
_WORDS_TOO = frozenset("may march mar dec".split())
"""Months that are other words in lower case."""
_LEADS_OF_LOWER = frozenset("in since during".split())


def _month(match: re.Match[str], context: _Context) -> Days | None:
    """A month with the day before or behind it, or alone."""
    text, (start, end) = context.text, match.span()
    number = MONTH_NUMBERS[match[0][:3].lower()]
    is_lower = match[0].islower() and match[0].rstrip(".") in _WORDS_TOO
    if any(char.isdigit() for char in text[max(0, start - 7) : start]):
        day = _DAY_BEFORE.search(text, max(0, start - _DAY_BEFORE_REACH), start)
        if day and (found := _days_of_month(day, context, number, day.start(), end)):
            return found if not is_lower or _is_date(day, context, end) else None
    if day := _DAY_AFTER.match(text, end):
        weekday = _WEEKDAY_BEFORE.search(text, max(0, start - 12), start)
        found = _days_of_month(day, context, number, weekday.start() if weekday else start, day.end())
        return found if found and (not is_lower or _is_date(day, context, day.end())) else None
    lead = _lead(text, start)
    has_year = _YEAR_AFTER.match(text, end) is not None
    if is_lower and not (has_year or lead.part or lead.preposition in _LEADS_OF_LOWER):
        return None
    if not (
        has_year or lead.start < start or lead.preposition or (len(match[0]) > 5 and match[0][0].isupper())
    ):
        return None

    def spans(year: int) -> Span:
        return calendar.month_of(year, number)

    if lead.whence and not has_year:
        span = calendar.turned(lead.whence, spans, context.today) if context.today else None
        return lead.narrowed(Days(start, end, span, Anchor.TODAY, "month"))
    if lead.whence:
        lead = replace(lead, start=start)
    alone = _yearly(context, start, end, spans, "month")
    return lead.narrowed(alone) if alone else None


def _days_of_month(day: re.Match[str], context: _Context, month: int, start: int, end: int) -> Days | None:
    first, last = int(day["day"]), int(day["last"] or day["day"])
    if not 0 < first <= last < 32:
        return None

    def spans(year: int) -> Span | None:
        begins, ends = calendar.first_day(year, month, first), calendar.first_day(year, month, last)
        return (begins, ends) if begins and ends else None

    found = _yearly(context, start, end, spans, "day")
    return found if found and (found.span or context.today is None) else None


def _is_date(day: re.Match[str], context: _Context, end: int) -> bool:
    """Whether "march 15" in lower case is a date: it has an ordinal or a year, or ends the clause."""
    after = context.text[end : end + 2].strip()
    return bool(day["ordinal"] or _YEAR_AFTER.match(context.text, end) or not after[:1].isalpha())


def _day_of_month(match: re.Match[str], context: _Context) -> Days:
    """ "on the 15th": the latest month in which that day has come."""
    day = calendar.latest(int(match["day"]), context.today) if context.today else None
    return Days(match.start("day"), match.end(), (day, day) if day else None, Anchor.NEAREST)


def _iso(match: re.Match[str], _: _Context) -> Days | None:
    day = calendar.first_day(*(int(part) for part in match.groups()))
    return Days(*match.span(), (day, day)) if day else None


def _numeric(match: re.Match[str], _: _Context) -> Days:
    """15.10.2019 and 10/15/2019; no days for 03/04/2019, whose month nobody can tell."""
    one, other, year = int(match[1]), int(match[3]), int(match[4])
    read = {calendar.first_day(year, month, day) for day, month in ((one, other), (other, one))} - {None}
    day = read.pop() if len(read) == 1 else None
    return Days(*match.span(), (day, day) if day else None)


# Weekdays and weekends

_WEEK_AFTER = re.compile(rf"{_GAP}(?:of{_GAP})?(?P<week>last|this|next){_GAP}week\b", re.IGNORECASE)
_NAME_BEFORE = frozenset(" ".join(_LISTS["no weekday behind"]).split())


def _weekday(match: re.Match[str], context: _Context) -> Days | None:
    """ "on Tuesday" (the past one, in an article the coming one with "will"), "Monday last week"."""
    start, end = match.span()
    number = WEEKDAY_NUMBERS[match[0][:3].lower()]
    lead = _lead(context.text, start)
    before = next((word for word, _ in words_before(context.text, start)), "")
    is_short = len(match[0]) < len("Monday")
    if before in _NAME_BEFORE or (is_short and not (lead.whence or lead.preposition in ("on", "since"))):
        return None
    if match[0][0].islower() and (is_short or not (context.is_question or lead.whence)):
        return None
    of_week = _WEEK_AFTER.match(context.text, end)
    anchor = Anchor.TODAY if lead.whence or of_week else Anchor.NEAREST
    found = Days(lead.start, of_week.end() if of_week else end, None, anchor, "weekday")
    today = context.today
    if today is None:
        return found
    back, ahead = (today.weekday() - number) % 7, (number - today.weekday()) % 7
    if of_week:
        day = calendar.shifted(
            calendar.week_of(today)[0], number + {"last": -7, "this": 0, "next": 7}[of_week["week"].lower()]
        )
    elif lead.whence in ("last", "past"):
        day = calendar.shifted(today, -(back or 7))
    elif lead.whence in ("next", "coming"):
        day = calendar.shifted(today, ahead or 7)
    elif lead.whence == "this":
        day = calendar.shifted(calendar.week_of(today)[0], number)
    else:
        day = calendar.shifted(today, ahead if context.is_to_come(start, end) else -back)
    return replace(found, span=(day, day))


# Words that count from today

_FIXED = {
    name: tuple(map(int, days.split()))
    for name, days in (line.split(" = ") for line in _LISTS["days from today"])
}


_CAPITAL_BEFORE = re.compile(r"\b[A-Z][\w.]*\s$")


def _fixed(match: re.Match[str], context: _Context) -> Days | None:
    is_name = match[0][0].isupper() and not context.is_question
    if is_name and _CAPITAL_BEFORE.search(context.text, max(0, match.start() - 12), match.start()):
        return None  # USA Today
    words = " ".join(match[0].lower().split())
    first, last = _FIXED[words if words in _FIXED else f"the {words}"]
    today = context.today
    span = (calendar.shifted(today, first), calendar.shifted(today, last)) if today else None
    return Days(*match.span(), span, Anchor.NEAREST if words == "overnight" else Anchor.TODAY)


def _which_period(match: re.Match[str], context: _Context) -> Days:
    """ "last month", "this week", "late last year", "the past year", "earlier this month", "the weekend"."""
    which, unit, today = (
        (match["which"] or "the").lower(),
        (match["unit"] or "weekend").lower(),
        context.today,
    )
    lead = _lead(context.text, match.start())
    anchor = Anchor.NEAREST if which == "the" else Anchor.TODAY
    found = Days(lead.start, match.end(), None, anchor, "period")
    if today is None or which in ("following", "previous", "preceding"):
        return found
    span = calendar.which_period(which, unit, today)
    is_to_come = context.is_to_come(*match.span()) if which == "the" else today.weekday() > 1
    if unit == "weekend" and which in ("the", "this") and span and span[0] > today and not is_to_come:
        span = calendar.period(unit, today, -1)  # "This weekend" too, said on a Monday or Tuesday.
    if span and lead.part == "earlier":
        span = (span[0], max(span[0], min(span[1], today)))
    elif span and lead.part == "later":
        span = (min(span[1], max(span[0], today)), span[1])
    elif span and lead.part:
        span = calendar.part_of(lead.part, span)
    return replace(found, span=span)


def _past_number(match: re.Match[str], context: _Context) -> Days:
    """ "the last 10 days", "past three months", "the next two weeks"."""
    number, unit = number_of(match["number"]), match["unit"].lower()
    found = Days(*match.span(), None, Anchor.TODAY, "period")
    if context.today is None or number is None:
        return found
    if match["which"].lower() in ("next", "coming"):
        last = calendar.ago(unit, context.today, -number)
        return replace(found, span=(context.today, last) if last else None)
    return replace(found, span=calendar.back_from(unit, context.today, number))


_UNITS = "minute|hour|day|week|fortnight|month|quarter|year|decade"
_NUMBER = (
    r"(?P<number>an?|\d{1,4}(?:\.\d)?|(?:a\s)?few|several|(?:a\s)?couple(?:\sof)?"
    rf"|(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
    rf"(?:[\s-](?:and\sa\shalf|(?!{_UNITS})[a-z]{{3,7}}))?)"
)
_UNIT = rf"(?P<unit>{_UNITS})s?\b"
_TIME_BEFORE = re.compile(rf"\b{_NUMBER}[\s-]{_UNIT}(?P<half>\sand\sa\shalf)?{_GAP}$", re.IGNORECASE)
_TIME_REACH = 40
_ABOUT = {"week": 3, "fortnight": 3, "month": 15, "quarter": 45, "year": 30, "decade": 366}


def _time_ago(match: re.Match[str], context: _Context) -> Days | None:
    """ "two weeks ago", "a year from now"; of "three days later" the day is not told."""
    time = _TIME_BEFORE.search(context.text, max(0, match.start() - _TIME_REACH), match.start())
    if time is None:
        return None
    unit, number, way = time["unit"].lower(), number_of(time["number"]), match[0].lower()
    found = Days(time.start(), match.end(), None, Anchor.TODAY, "period")
    if context.today is None or number is None or not (way == "ago" or way.startswith("from")):
        return found
    number += 0.5 if time["half"] else 0
    day = calendar.ago(unit, context.today, number if way == "ago" else -number)
    return replace(found, span=(day, day) if day else None, about=_ABOUT.get(unit, 0))


# Seasons, quarters, holidays, decades and years


def _season(match: re.Match[str], context: _Context) -> Days | None:
    """ "spring 2020", "early summer of last year", "in winter"."""
    name, lead = match[0].lower(), _lead(context.text, match.start())
    has_year = _YEAR_AFTER.match(context.text, match.end())
    if lead.whence or not (has_year or lead.preposition in ("in", "during", "since", "of")):
        return None
    found = _yearly(context, *match.span(), lambda year: calendar.month_of(year, SEASONS[name], 3), "period")
    return lead.narrowed(found) if found else None


_NUMBERED = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def _quarter(match: re.Match[str], context: _Context) -> Days | None:
    """ "the third quarter", "Q1 2021", "the second half of last year"; without a year the last one over."""
    months = 6 if match["unit"] and match["unit"].lower() == "half" else 3
    written = (match["number"] or match["q"]).lower()
    number = int(written[0]) if written[0].isdigit() else _NUMBERED.get(written, 12 // months)
    if number * months > 12:
        return None

    def spans(year: int) -> Span:
        return calendar.month_of(year, (number - 1) * months + 1, months)

    today = context.today
    if match["of"]:
        return Days(*match.span(), spans(today.year) if today else None, Anchor.NEAREST, "period")
    found = _yearly(context, *match.span(), spans, "period")
    if found and found.anchor is Anchor.NEAREST:
        over = calendar.turned("last", spans, today) if today else None
        return replace(found, span=over) if months == 3 else None
    return found


def _holiday(match: re.Match[str], context: _Context) -> Days | None:
    """ "Christmas Day", "last Christmas", "Christmas 2019"."""
    name = " ".join(match[0].lower().replace("’", "'").split())
    month, day = map(int, _HOLIDAYS[name].split("-"))
    lead = _lead(context.text, match.start())
    has_year = _YEAR_AFTER.match(context.text, match.end())
    if name == "christmas" and not (lead.preposition or lead.whence or has_year):
        return None

    def spans(year: int) -> Span:
        return date(year, month, day), date(year, month, day)

    if lead.whence and not has_year:
        span = calendar.turned(lead.whence, spans, context.today) if context.today else None
        return Days(lead.start, match.end(), span, Anchor.TODAY)
    return _yearly(context, *match.span(), spans, "day")


def _decade(match: re.Match[str], context: _Context) -> Days | None:
    """ "the 1990s", "the early 1990's"; "2020's demonstrations" are those of a year."""
    before = context.text[max(0, match.start() - 10) : match.start()].lower()
    if match["possessive"] and "the " not in before:
        return None
    year = int(match["decade"]) if match["decade"] else 1900 + int(match["short"])
    found = Days(*match.span(), calendar.month_of(year, 1, 120), grain="period")
    lead = _lead(context.text, match.start())
    return lead.narrowed(found) if lead.part else found


def _year(match: re.Match[str], context: _Context) -> Days | None:
    """ "in 2018", "early 2020", "2018-19"; not "2000 people" nor "flight 1722"."""
    year, lead = int(match["year"]), _lead(context.text, match.start())
    if not _is_year(year, lead, match, context.text):
        return None
    until = year
    if match["last"]:
        until = int(match["last"]) if len(match["last"]) == 4 else year // 100 * 100 + int(match["last"])
    end = match.end()
    if not year <= until <= year + 120:
        until, end = year, match.end("year")
    span = calendar.month_of(year, 1, 12)[0], calendar.month_of(until, 1, 12)[1]
    found = Days(match.start(), end, span, grain="year")
    return lead.narrowed(found) if lead.part else found


def _is_year(year: int, lead: _Lead, match: re.Match[str], text: str) -> bool:
    if lead.part:
        return True
    counts = _THINGS_AFTER.match(text, match.end()) is not None
    before = text[max(0, match.start() - 16) : match.start()]
    is_led = bool(lead.preposition) or before.lower().endswith(("’s ", "'s ", "(", "the "))
    if year < 1800:
        return is_led and not counts
    if _NO_YEAR_BEFORE.search(before):
        return False
    return not counts or (is_led and year % 10 != 0)


# Behind these digits are a name or a rough count, no year: flight 1902, nearly 2000.
_NO_YEAR_BEFORE = re.compile(rf"(?:[$€£¥#]\s?|\b(?:{_any_of('no year behind')})\s)$", re.IGNORECASE)
# A plural noun or a measure behind the digits: they are a count.
_THINGS_AFTER = re.compile(
    rf"\s?[%°]|\s(?:[a-z]+(?<![suia])s|{_any_of('counted')})\b|\s[a-z]+\s(?:people|men|women|soldiers)\b"
)


def _untold(match: re.Match[str], _: _Context) -> Days:
    """A time of day, which tells no day."""
    return Days(*match.span(), None, Anchor.NEAREST, "time")


# The rules, by the words of which one has to stand in a text (the marks below stand for digits)

_FOUR_DIGITS, _DATE_DIGITS, _TIME_DIGITS, _ORDINAL_DIGITS = "four_", "date_", "time_", "ordinal_"
# 2019 and '90s, 2019-10 and 3/4, 10:30 and 5 pm, 15th
_DIGITS = re.compile(
    r"(?P<four_>\d{4}|['’]\d0s)|(?P<date_>\d[-/.]\d)|(?P<time_>:\d|\d\s?[ap]\.?m)|(?P<ordinal_>\d(?:st|nd|rd|th))",
    re.I,
)
_Resolve = Callable[[re.Match[str], _Context], Days | None]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is looked for where a text has one of the words, and one of the others if there are any."""

    words: frozenset[str]
    pattern: re.Pattern[str]
    resolve: _Resolve
    others: frozenset[str] = frozenset()


def _rule(words: str, pattern: str, resolve: _Resolve, others: str = "") -> _Rule:
    both = frozenset(f"{word}{ending}" for word in others.split() for ending in ("", "s"))
    return _Rule(frozenset(words.split()), re.compile(pattern, re.IGNORECASE), resolve, both)


_MONTH_WORDS = " ".join((*MONTH_NUMBERS, "sept", *MONTH_NAMES)).lower()
_WEEKDAY_WORDS = " ".join(("tues weds thur thurs", *WEEKDAY_NUMBERS, *WEEKDAY_NAMES)).lower()
_PERIODS = f"{_UNITS}|weekend|{'|'.join(SEASONS)}"
_PERIOD_WORDS = _PERIODS.replace("|", " ")
_HOLIDAY = "|".join(_HOLIDAYS).replace("'", "['’]")

_RULES = (
    _rule(_DATE_DIGITS, r"(?<![\w/.-])(\d{4})[-/](\d\d?)[-/](\d\d?)(?![\d/-])", _iso),
    _rule(_DATE_DIGITS, r"(?<![\w/.-])(\d\d?)([./-])(\d\d?)\2(\d{4})(?!\w)", _numeric),
    _rule(_MONTH_WORDS, rf"\b{MONTH}(?!\w)", _month),
    _rule(
        _WEEKDAY_WORDS,
        rf"\b(?:{_WEEKDAYS}|{_SHORT_DAYS})(?!\w|{_GAP}(?:{_any_of('no weekday before')})\b)",
        _weekday,
    ),
    _rule(
        "yesterday today tomorrow tonight overnight night evening morning afternoon",
        r"\b(?:(?:the\s)?day\s(?:before\syesterday|after\stomorrow)|yesterday|today|tomorrow|tonight|overnight"
        r"|last\s(?:night|evening)|this\s(?:morning|afternoon|evening))\b",
        _fixed,
    ),
    _rule(
        "last this next past previous coming following preceding current the",
        rf"\b(?:(?P<which>last|this|next|past|previous|coming|following|preceding|current){_GAP}(?P<unit>{_PERIODS})"
        r"\b(?!-)|the\sweekend\b(?!\s(?:before|after|of)))",
        _which_period,
        _PERIOD_WORDS,
    ),
    _rule(
        "last past next coming",
        rf"\b(?P<which>last|past|next|coming){_GAP}{_NUMBER}{_GAP}{_UNIT}",
        _past_number,
        _PERIOD_WORDS,
    ),
    _rule(
        "ago earlier later before after from",
        rf"\b(?:ago|earlier|later|before|after|from{_GAP}(?:now|today))\b",
        _time_ago,
        _PERIOD_WORDS,
    ),
    _rule(" ".join(SEASONS), rf"\b(?:{'|'.join(SEASONS)})\b", _season),
    # the third quarter, the second half of last year, Q1 2021
    _rule(
        "quarter half q",
        rf"\b(?:the{_GAP})?(?:(?P<number>first|second|third|fourth|last|final|[1-4](?:st|nd|rd|th)){_GAP}"
        rf"(?P<unit>quarter|half)\b(?P<of>{_GAP}of{_GAP}the{_GAP}year\b)?|Q(?P<q>[1-4])\b)",
        _quarter,
    ),
    _rule(" ".join(_HOLIDAYS), rf"\b(?:{_HOLIDAY})\b", _holiday),
    _rule(
        _FOUR_DIGITS,
        r"\b(?P<decade>[12]\d\d0)(?P<possessive>['’])?s\b|(?<!\w)['’](?P<short>[2-9]0)s\b",
        _decade,
    ),
    # in 2018, early 2020, 2018-19
    _rule(
        _FOUR_DIGITS,
        r"(?<![\d,.$€£#/-])\b(?P<year>[12]\d\d\d)(?:\s?[-–/]\s?(?P<last>\d{4}|\d\d)(?!\d))?(?![\d%]|[.,]\d|-\d|s\b)",
        _year,
    ),
    _rule(
        _ORDINAL_DIGITS,
        r"\bon\sthe\s(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)\b(?=\s?(?:[.,;:?!)]|$))",
        _day_of_month,
    ),
    _rule(
        f"{_TIME_DIGITS} noon midnight dawn",
        r"\b(?:\d{1,2}(?:[:.]\d\d)?\s?[ap](?:m\b|\.m\.)|\d{1,2}:\d\d\b|(?:noon|midnight|dawn)\b)",
        _untold,
    ),
)
_TRIGGERS = frozenset().union(*(rule.others or rule.words for rule in _RULES))
_WORD, _HAS_DIGIT = re.compile(r"[a-z]+"), re.compile(r"\d")


def days_in(text: str, today: date | None, *, is_question: bool = False) -> list[Days]:
    """The dates and times of a text, in order; None as days where they cannot be told.

    Days told by their place to another day count from `today`. Without a year or week the nearest is meant:
    in a question the latest that has begun, in an article's sentence also the coming one where it says so.
    """
    text = narrowed(text)
    told = set(_WORD.findall(text.lower()))
    if _HAS_DIGIT.search(text):
        told.update(match.lastgroup or "" for match in _DIGITS.finditer(text))
    if _TRIGGERS.isdisjoint(told):
        return []
    rules = [
        rule
        for rule in _RULES
        if not rule.words.isdisjoint(told) and (not rule.others or not rule.others.isdisjoint(told))
    ]
    context = _Context(text, today, is_question)
    found = [
        days
        for rule in rules
        for match in rule.pattern.finditer(text)
        if (days := rule.resolve(match, context))
    ]
    return _joined(text, list(_apart(found)))


def _apart(found: list[Days]) -> Iterator[Days]:
    """Those that begin first, the longest of them where several do, without what lies inside another."""
    end = 0
    for days in sorted(found, key=lambda days: (days.start, -days.end)):
        if days.start >= end:
            yield days
            end = days.end


_BETWEEN = re.compile(rf"{_TO}(?:the\s)?", re.IGNORECASE)
_RANGE_BEFORE = re.compile(r"\b(?:(?P<between>between)|from)\s(?:the\s)?$", re.IGNORECASE)


def _joined(text: str, found: list[Days]) -> list[Days]:
    """Two that are the ends of a range as one: "from March to May 2019", "between Monday and Friday"."""
    joined: list[Days] = []
    for days in found:
        if joined and days.start - joined[-1].end < 12 and (both := _range(text, joined[-1], days)):
            joined[-1] = both
        else:
            joined.append(days)
    return joined


def _range(text: str, one: Days, other: Days) -> Days | None:
    sign = text[one.end : other.start]
    if one.span is None or other.span is None or not _BETWEEN.fullmatch(sign):
        return None
    before = _RANGE_BEFORE.search(text, max(0, one.start - 16), one.start)
    is_and = sign.strip().lower().startswith("and")
    if is_and and not (before and before["between"]):
        return None
    if not before and (one.grain != other.grain or one.grain == "period"):
        return None
    span = _from_to(one, other)
    if span is None:
        return None
    anchors = (one.anchor, other.anchor)
    anchor = next(each for each in (Anchor.TODAY, Anchor.CALENDAR, Anchor.NEAREST) if each in anchors)
    return Days(one.start, other.end, span, anchor, other.grain)


def _from_to(one: Days, other: Days) -> Span | None:
    """From the first day of one to the last of the other, the year or week of one given to the other."""
    first, last = one.span, other.span
    if first and last and one.anchor is Anchor.NEAREST and other.anchor is Anchor.CALENDAR:
        first = calendar.year_before(first, last[1])
    elif first and last and other.anchor is Anchor.NEAREST and one.grain == "weekday":
        last = last if last[1] >= first[0] else (calendar.shifted(last[0], 7), calendar.shifted(last[1], 7))
    elif first and last and other.anchor is Anchor.NEAREST and other.grain in ("day", "month"):
        last = calendar.year_after(last, first[0]) or last
    return (first[0], last[1]) if first and last and first[0] <= last[1] else None


_SINCE = re.compile(r"\bsince\s(?:the\s)?$", re.IGNORECASE)


def told_dates(text: str, published: date | None = None) -> list[ToldDate]:
    """The dates and times of a text, in order; days are given where they can be told.

    "On Tuesday" is the nearest past one to the day of publication, with "will" the coming one; "since Monday"
    runs up to that day. Times of day alone and "three days later" have no days.
    """
    told = []
    for days in days_in(text, published):
        first, last = days.span or (None, None)
        if (
            last
            and published
            and last < published
            and _SINCE.search(text, max(0, days.start - 12), days.start)
        ):
            last = published
        written = (day.isoformat() if day else None for day in (first, last))
        told.append(ToldDate(text[days.start : days.end], days.start, days.end, *written))
    return told
