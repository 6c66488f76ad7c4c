"""Dates and times that a text tells, resolved against a day: that of an article, or the one of a question.

Every rule is an expression and a function that gives the days meant. A rule runs only where one of its words
stands in the text. Weeks begin on Monday; seasons are those of the north.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from corpus.words.calendar import (
    MONTH_NAMES,
    MONTH_NUMBERS,
    WEEKDAY_NAMES,
    WEEKDAY_NUMBERS,
    Span,
    ago,
    back_from,
    first_day,
    month_of,
    part_of,
    period,
    shifted,
    week_of,
)
from corpus.words.lists import read_lists
from index.language.quantities import NUMBER_WORDS, quantities
from index.language.sentence import ToldDate

MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
"""A month's name in English, or its short form."""

_LISTS = read_lists("index.language", "dates.txt")


def _pairs(section: str) -> dict[str, str]:
    return dict(line.split(" = ") for line in _LISTS[section])


def _words_of(section: str) -> str:
    return "|".join(" ".join(_LISTS[section]).split())


_HOLIDAYS = _pairs("holidays")
_HOLIDAY = "|".join(_HOLIDAYS).replace("'", "['’]")
_SEASONS = {name: int(month) for name, month in _pairs("seasons").items()}


class Anchor(StrEnum):
    """What a date counts from."""

    CALENDAR = "calendar"
    """It names its year."""
    NEAREST = "nearest"
    """Its year or week is not told ("in March", "on Monday"): the nearest is taken."""
    TODAY = "today"
    """It counts from the day given ("yesterday", "last March")."""


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
    """The text that is read, the day to count from, and whether the nearest day is the past one in any case."""

    text: str
    today: date | None
    is_question: bool

    def is_to_come(self, start: int, end: int) -> bool:
        """Whether a day without a year or week lies ahead: "will ... on Friday", "by Friday"."""
        before = self.text[max(0, start - _CUE_REACH) : start]
        if self.is_question:
            return False
        if _BY.search(before):
            return True
        cues = list(_TO_COME.finditer(before))
        if cues and not _SAID.search(before, cues[-1].end()):
            return True
        after = _TO_COME.search(self.text, end, end + _CUE_REACH)
        opens = not _SAID.search(before) and len(before.split()) <= 2
        return bool(after and opens and not _SAID.search(self.text, end, after.start()))


_CUE_REACH = 80
_TO_COME = re.compile(
    rf"\b(?:{_words_of('to come')}|(?:set|going|plans?|hopes?) (?:to|for))\b|['’]ll\b", re.I
)
_SAID = re.compile(rf"\b(?:{_words_of('said')})\b", re.I)
_BY = re.compile(r"\b(?:by|until)\s$", re.I)


# Periods named by a word and where they lie: "last month", "this summer", "early 2020"


def _season(name: str, year: int) -> Span:
    return month_of(year, _SEASONS[name], 3)


def _turned(which: str, spans: Callable[[int], Span], today: date) -> Span | None:
    """Which of the spans that come back every year: the last one that is over, this year's, the next."""
    near = [spans(year) for year in range(max(1, today.year - 2), min(9999, today.year + 2) + 1)]
    if which in ("last", "past", "previous"):
        return next((span for span in reversed(near) if span[1] < today), None)
    if which in ("next", "coming"):
        return next((span for span in near if span[0] > today), None)
    return next((span for span in near if span[0] <= today <= span[1]), None) or spans(today.year)


def _nearest(context: _Context, spans: Callable[[int], Span | None], start: int, end: int) -> Span | None:
    """The span that comes back every year, the latest begun by today; in an article the next where that is meant."""
    today = context.today
    if today is None:
        return None
    years = range(max(1, today.year - 8), min(9999, today.year + 8) + 1)
    near = [span for year in years if (span := spans(year))]
    past = next((span for span in reversed(near) if span[0] <= today), None)
    ahead = next((span for span in near if span[1] >= today), None)
    if context.is_question or ahead is None or past is None:
        return past
    is_close = (ahead[0] - today).days <= _CLOSE and (today - past[1]).days > _LONG_AGO
    return ahead if is_close or context.is_to_come(start, end) else past


_CLOSE, _LONG_AGO = 60, 240
"""An article of 28 December tells of "5 January" ahead, without saying so."""


# Rules: an expression and what it means

_ORD = r"(?:st|nd|rd|th)?"
_GAP = r"[\s\u00a0]{1,3}"
_YEAR = rf"(?:(?P<year>\d{{4}})(?![\d%]|[.,]\d|s\b)|(?P<which>last|this|next){_GAP}year\b)"
_OF_YEAR = rf"(?:,?{_GAP}(?:of{_GAP})?{_YEAR})?"
_PART = rf"(?:(?P<part>early|mid|late)[\s-]|the{_GAP}(?P<edge>beginning|start|middle|end){_GAP}of{_GAP}(?:the{_GAP})?)?"
_TO = r"\s?(?:-|–|—|to|and|until|till|through)\s?"
_WEEKDAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_SHORT_DAYS = r"(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)"
_A_WEEKDAY = rf"(?:(?:{_WEEKDAYS}|{_SHORT_DAYS}\.?),?{_GAP})?"
_NAMED = rf"(?P<month>{MONTH})"


def _month(written: str) -> int:
    return MONTH_NUMBERS[written[:3].lower()]


def _year(match: re.Match[str], today: date | None) -> int | None:
    """The year that is told, None where there is none or it cannot be told."""
    if match["year"]:
        return int(match["year"]) or None
    if match["which"] and today:
        return today.year + {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
    return None


def _anchor(match: re.Match[str]) -> Anchor:
    if match["year"]:
        return Anchor.CALENDAR
    return Anchor.TODAY if match["which"] else Anchor.NEAREST


def _days_of_month(match: re.Match[str], context: _Context) -> Days | None:
    """ "15 October 2019", "October 15th", "9 to 12 October": one day or several of a month."""
    if not _is_month(match["month"], digits=match["year"] or match["ordinal"]):
        return None
    month, days = _month(match["month"]), [int(match["day"]), int(match["last"] or match["day"])]
    if days[0] > days[1]:
        return None

    def spans(year: int) -> Span | None:
        first, last = first_day(year, month, days[0]), first_day(year, month, days[1])
        return (first, last) if first and last else None

    return _of_the_year(match, context, spans, "day")


def _of_the_year(
    match: re.Match[str], context: _Context, spans: Callable[[int], Span | None], grain: str
) -> Days | None:
    """The span in the year told, else in the nearest."""
    anchor = _anchor(match)
    if anchor is Anchor.NEAREST:
        start = _begin(match)
        return Days(start, match.end(), _nearest(context, spans, start, match.end()), anchor, grain)
    year = _year(match, context.today)
    span = spans(year) if year and 1 <= year <= 9999 else None
    if span is None and match["year"]:
        return None
    return Days(*match.span(), span, anchor, grain)


def _begin(match: re.Match[str]) -> int:
    """Where the date itself begins, behind "in" and the like."""
    groups = match.groupdict()
    begins = [match.start(name) for name in _HEADS if groups.get(name)]
    return min(begins) if begins and "day" not in groups else match.start()


_HEADS = ("whence", "month", "name", "part", "decade", "short", "year")
_WORDS_TOO = frozenset("may march mar dec sat sun".split())


def _is_month(written: str, digits: str | None = None) -> bool:
    """Whether the name is no other word: "may" and "march" have a capital, or digits that only a date has."""
    return bool(digits) or written[0].isupper() or written.rstrip(".").lower() not in _WORDS_TOO


def _month_alone(match: re.Match[str], context: _Context) -> Days | None:
    """ "in March", "early March 2019", "last March", "March last year"."""
    lead = (match["lead"] or match["whence"] or match["part"] or match["edge"] or "").lower()
    written, has_year = match["month"], match["year"] or match["which"]
    if not (has_year or lead or (len(written) > 5 and written[0].isupper())):
        return None
    if written[0].islower() and written.lower() in _WORDS_TOO and not (has_year or lead in _BEFORE_LOWER):
        return None
    month, whence = _month(written), (match["whence"] or "").lower()

    def spans(year: int) -> Span:
        return month_of(year, month)

    if whence and not has_year:
        span = _turned(whence, spans, context.today) if context.today else None
        found: Days | None = Days(match.start("whence"), match.end(), span, Anchor.TODAY, "month")
    else:
        found = _of_the_year(match, context, spans, "month")
    return _parted(match, found) if found else None


_BEFORE_LOWER = frozenset("in since during early late mid last next beginning end start middle".split())


def _parted(match: re.Match[str], found: Days) -> Days:
    """With "early" and the like taken in; the words before a date ("in") are left out."""
    part = (match["part"] or match["edge"] or "").lower()
    if not part:
        return replace(found, start=_begin(match))
    start = match.start("part" if match["part"] else "edge") - len("the ") * bool(match["edge"])
    return replace(found, start=start, span=part_of(part, found.span) if found.span else None)


def _iso(match: re.Match[str], _: _Context) -> Days | None:
    day = first_day(*(int(part) for part in match.groups()))
    return Days(*match.span(), (day, day)) if day else None


def _numeric(match: re.Match[str], _: _Context) -> Days:
    """15.10.2019 and 10/15/2019; None for 03/04/2019, whose month nobody can tell."""
    one, other, year = int(match[1]), int(match[3]), int(match[4])
    readings = {first_day(year, month, day) for day, month in ((one, other), (other, one))} - {None}
    day = readings.pop() if len(readings) == 1 else None
    return Days(*match.span(), (day, day) if day else None)


def _weekday(match: re.Match[str], context: _Context) -> Days | None:
    """ "on Tuesday" (the nearest past one, in an article the coming one with "will"), "last Friday", "Monday last week"."""
    number = WEEKDAY_NUMBERS.get(match["name"][:3].lower())
    whence, of_week = ((match[name] or "").lower() for name in ("whence", "week"))
    is_short = len(match["name"]) < len("Monday")
    if number is None or (match["name"][0].islower() and (is_short or not (context.is_question or whence))):
        return None
    if _NAME_BEFORE.search(context.text[max(0, match.start("name") - 12) : match.start("name")]):
        return None
    today = context.today
    anchor = Anchor.TODAY if whence or of_week else Anchor.NEAREST
    start = match.start("whence") if whence else match.start("name")
    found = Days(start, match.end(), None, anchor, "weekday")
    if today is None:
        return found
    back, ahead = (today.weekday() - number) % 7, (number - today.weekday()) % 7
    if of_week:
        monday = week_of(today)[0]
        day = shifted(monday, number + {"last": -7, "this": 0, "next": 7}[of_week])
    elif whence in ("last", "past", "previous"):
        day = shifted(today, -(back or 7))
    elif whence in ("next", "coming"):
        day = shifted(today, ahead or 7)
    elif whence == "this":
        day = shifted(week_of(today)[0], number)
    else:
        day = shifted(today, ahead if context.is_to_come(start, match.end()) else -back)
    return replace(found, span=(day, day))


_NAME_BEFORE = re.compile(rf"\b(?:{_words_of('no weekday behind')})\s$", re.I)

_FIXED = {"the day before yesterday": (-2, -2), "the day after tomorrow": (2, 2), "yesterday": (-1, -1), "last night": (-1, -1),
          "last evening": (-1, -1), "today": (0, 0), "tonight": (0, 0), "tomorrow": (1, 1), "overnight": (-1, 0),
          "this morning": (0, 0), "this afternoon": (0, 0), "this evening": (0, 0)}  # fmt: skip
"""Words of a day, with the first and last day they mean, in days from today."""


def _fixed(match: re.Match[str], context: _Context) -> Days:
    words = re.sub(r"\s+", " ", match[0].lower())
    first, last = _FIXED[words if words in _FIXED else f"the {words}"]
    span = (shifted(context.today, first), shifted(context.today, last)) if context.today else None
    anchor = Anchor.NEAREST if words == "overnight" else Anchor.TODAY
    return Days(*match.span(), span, anchor)


def _which_period(match: re.Match[str], context: _Context) -> Days:
    """ "last month", "this week", "late last year", "the past year", "earlier this month", "this weekend"."""
    which, unit = re.sub(r"\s+", " ", match["which"].lower()), match["unit"].lower()
    part = (match["part"] or match["edge"] or match["sooner"] or "").lower()
    found = Days(*match.span(), None, Anchor.TODAY, "period")
    today = context.today
    if today is None or which in ("following", "previous", "preceding"):
        return found
    span = _span_of_period(which, unit, today, context)
    if span and part == "earlier":
        span = (span[0], max(span[0], today))
    elif span and part == "later":
        span = (min(span[1], today), span[1])
    elif span and part:
        span = part_of(part, span)
    return replace(found, span=span)


def _span_of_period(which: str, unit: str, today: date, context: _Context) -> Span | None:
    if unit in _SEASONS:
        return _turned(which, lambda year: _season(unit, year), today)
    if unit == "weekend" and which in ("last", "past"):
        span = period(unit, today, 0)
        return span if span and span[1] < today else period(unit, today, -1)
    if unit == "weekend" and which == "this" and today.weekday() < 2 and not context.is_to_come(0, 0):
        return period(unit, today, -1)
    if which == "past" or (which == "last" and unit in ("decade", "fortnight")):
        return back_from(unit, today)
    return period(unit, today, {"last": -1, "next": 1, "coming": 1}.get(which, 0))


def _past_number(match: re.Match[str], context: _Context) -> Days:
    """ "the last 10 days", "past three months", "the next two weeks"."""
    number, unit = _number(match["number"]), match["unit"].lower()
    found = Days(*match.span(), None, Anchor.TODAY, "period")
    if context.today is None or number is None:
        return found
    if match["which"].lower() in ("next", "coming"):
        last = ago(unit, context.today, -number)
        return replace(found, span=(context.today, last) if last else None)
    return replace(found, span=back_from(unit, context.today, round(number)))


def _number(written: str) -> float | None:
    """The value of "two", "10", "a", "two and a half"; None for a rough one."""
    if written.lower() in ("a", "an"):
        return 1
    found = quantities(written)
    if len(found) != 1 or found[0].low != found[0].high or not 0 < found[0].low < 4_000_000:
        return None
    return float(found[0].low)


def _time_ago(match: re.Match[str], context: _Context) -> Days:
    """ "two weeks ago", "a year ago"; of "three days later" the day is not told."""
    unit, number = match["unit"].lower(), _number(match["number"])
    found = Days(*match.span(), None, Anchor.TODAY, "period")
    way = match["way"].lower()
    if context.today is None or number is None or not (way == "ago" or way.startswith("from")):
        return found
    number += 0.5 if match["half"] else 0
    day = ago(unit, context.today, number if way == "ago" else -number)
    about = {"week": 3, "fortnight": 3, "month": 15, "quarter": 45, "year": 30, "decade": 366}.get(unit, 0)
    return replace(found, span=(day, day) if day else None, about=about)


def _weekend(match: re.Match[str], context: _Context) -> Days:
    """ "the weekend": the latest one begun, in an article the coming one with "will"."""
    found = Days(*match.span(), None, Anchor.NEAREST, "period")
    if context.today is None:
        return found
    span = period("weekend", context.today, 0)
    if span and span[0] > context.today and not context.is_to_come(*match.span()):
        span = period("weekend", context.today, -1)
    return replace(found, span=span)


def _seasonal(match: re.Match[str], context: _Context) -> Days | None:
    """ "spring 2020", "early summer of last year", "in winter"."""
    name = match["name"].lower()
    if not (match["year"] or match["which"] or match["lead"]):
        return None
    found = _of_the_year(match, context, lambda year: _season(name, year), "period")
    return _parted(match, found) if found else None


def _quarter(match: re.Match[str], context: _Context) -> Days | None:
    """ "the third quarter", "Q1 2021", "the second half of last year"; without a year the latest that is over."""
    written = (match["number"] or match["q"]).lower()
    size = 6 if match["unit"] and match["unit"].lower() == "half" else 3
    number = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 12 // size, "final": 12 // size}.get(
        written
    )
    number = number or int(written[0])
    if number * size > 12:
        return None

    def spans(year: int) -> Span:
        return month_of(year, (number - 1) * size + 1, size)

    if match["year"] or match["which"]:
        return _of_the_year(match, context, spans, "period")
    if size == 6 and not match["of"]:
        return None
    today = context.today
    if match["of"]:
        span = spans(today.year) if today else None
    else:
        span = _turned("last", spans, today) if today else None
    return Days(*match.span(), span, Anchor.NEAREST, "period")


def _decade(match: re.Match[str], _: _Context) -> Days | None:
    year = int(match["decade"]) if match["decade"] else 1900 + int(match["short"])
    if match["possessive"] and not match["the"]:  # "2020's demonstrations" are those of a year.
        return None
    found = Days(*match.span(), month_of(year, 1, 120), grain="period")
    return _parted(match, found)


def _year_alone(match: re.Match[str], context: _Context) -> Days | None:
    """ "in 2018", "early 2020", "2018-19"; not "2000 people" nor "flight 1722"."""
    year, last = int(match["year"]), match["last"]
    if not _is_year(year, match, context.text):
        return None
    first, until = month_of(year, 1, 12), year
    if last:
        until = int(last) if len(last) == 4 else year // 100 * 100 + int(last)
        if not year < until <= year + 50:
            until = year
    end = match.end() if until > year or not last else match.end("year")
    found = Days(match.start("year"), end, (first[0], month_of(until, 1, 12)[1]), grain="year")
    return _parted(match, found)


def _is_year(year: int, match: re.Match[str], text: str) -> bool:
    start = match.start("year")
    before = text[max(0, start - 16) : start]
    if match["part"] or match["edge"]:
        return 1000 <= year < 2100
    led = _BEFORE_YEAR.search(before)
    if not 1800 <= year < 2100:
        return 1000 <= year < 1800 and led is not None and not _THINGS_AFTER.match(text, match.end())
    if _NO_YEAR_BEFORE.search(before):
        return False
    return not _THINGS_AFTER.match(text, match.end()) or (bool(led) and year % 10 != 0)


_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|of|since|from|until|by|during|before|after|between|and|to|the)\s|['’]s\s|\()$", re.I
)
_NO_YEAR_BEFORE = re.compile(
    r"(?:[$€£¥#]\s?|\b(?:flight|room|page|no\.?|number|route|model|agenda|article|section|line|about|around|nearly|over"
    r"|some|than|least|almost|roughly|approximately|boeing|airbus)\s)$",
    re.I,
)
# A plural noun or a measure behind the digits: they are a count.
_THINGS_AFTER = re.compile(
    r"\s?(?:%|°)|\s(?:(?:[a-z]+(?<![suia])s|people|men|women|children|troops|police|km|kg|metres?|meters?|miles?|dead"
    r"|dollars|euros|feet|tons|tonnes|acres|hectares|or more|million|billion|per)\b(?<!\bdoes)|[a-z]+ (?:people|men|soldiers)\b)"
)


def _holiday(match: re.Match[str], context: _Context) -> Days | None:
    """ "Christmas Day", "last Christmas", "Christmas 2019"."""
    name = re.sub(r"\s+", " ", match["name"].lower().replace("’", "'"))
    if name == "christmas" and not (match["lead"] or match["whence"] or match["year"] or match["which"]):
        return None
    month, day = map(int, _HOLIDAYS[name].split("-"))

    def spans(year: int) -> Span:
        return date(year, month, day), date(year, month, day)

    if match["whence"] and not match["year"]:
        span = _turned(match["whence"].lower(), spans, context.today) if context.today else None
        return Days(match.start("whence"), match.end(), span, Anchor.TODAY)
    found = _of_the_year(match, context, spans, "day")
    return found


def _day_of_month(match: re.Match[str], context: _Context) -> Days:
    """ "on the 15th": the latest month in which that day has come."""
    found = Days(match.start("day"), match.end(), None, Anchor.NEAREST)
    if context.today is None:
        return found
    for back in range(12):
        first, last = month_of(context.today.year, context.today.month - back)
        day = first_day(first.year, first.month, int(match["day"]))
        if day and day <= min(context.today, last):
            return replace(found, span=(day, day))
    return found


def _untold(match: re.Match[str], _: _Context) -> Days:
    return Days(*match.span(), None, Anchor.NEAREST, "time")


_UNIT = r"(?P<unit>minute|hour|day|week|fortnight|month|quarter|year|decade)s?\b"
_UNIT_WORDS = "minute hour day week fortnight month quarter year decade"
_NUMBER = (
    r"(?P<number>an?|\d{1,4}(?:\.\d)?|(?:a\s)?few|several|(?:a\s)?couple(?:\sof)?"
    rf"|(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})(?:[\s-](?:and\sa\shalf|(?!{_UNIT_WORDS.replace(' ', '|')})[a-z]{{3,7}}))?)"
)
_WHENCE = rf"(?:(?P<whence>last|this|next|past|previous|coming){_GAP})?"
_LEADS = "in by since until till during of from before after at over to between through and"
_LEAD = rf"(?:(?P<lead>{_LEADS.replace(' ', '|')}){_GAP}(?:the{_GAP})?)?"
_MONTH_WORDS = frozenset((*MONTH_NUMBERS, "sept", *(name.lower() for name in MONTH_NAMES)))
_WEEKDAY_WORDS = frozenset(
    ("tues", "weds", "thur", "thurs", *WEEKDAY_NUMBERS, *(name.lower() for name in WEEKDAY_NAMES))
)
_A_DIGIT = "0"
"""Stands for any digit among the words of a text."""
_SHORT_BEHIND = "|".join(
    rf"(?<=\b{word}\s)" for word in ("on", "last", "since", "this", "next", "by", "until")
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is looked for where a text has one of the words, and one of the others if there are any."""

    words: frozenset[str]
    others: frozenset[str]
    pattern: re.Pattern[str]
    resolve: Callable[[re.Match[str], _Context], Days | None]


def _rule(
    words: str | frozenset[str],
    pattern: str,
    resolve: Callable[[re.Match[str], _Context], Days | None],
    others: str = "",
) -> _Rule:
    found = frozenset(words.split()) if isinstance(words, str) else words
    both = frozenset(f"{word}{ending}" for word in others.split() for ending in ("", "s"))
    return _Rule(found, both, re.compile(pattern, re.IGNORECASE), resolve)


_DAY = rf"(?:the{_GAP})?(?P<day>\d\d?)(?P<ordinal>st|nd|rd|th)?"
_TO_DAY = rf"(?:{_TO}(?:the{_GAP})?(?P<last>\d\d?){_ORD}(?![\d:%]|[.,]\d))?"
_PERIOD_WORDS = f"{_UNIT_WORDS} weekend {' '.join(_SEASONS)}"

_RULES = (
    _rule(_A_DIGIT, r"(?<![\w/.-])(\d{4})[-/](\d\d?)[-/](\d\d?)(?![\d/-])", _iso),
    _rule(_A_DIGIT, r"(?<![\w/.-])(\d\d?)([./-])(\d\d?)\2(\d{4})(?!\w)", _numeric),
    # 15 October 2019, Tuesday the 15th of October, 9 to 12 October, 15-Oct-2019
    _rule(
        _MONTH_WORDS,
        rf"(?<![\d.,:$€£])\b{_A_WEEKDAY}{_DAY}{_TO_DAY}(?:{_GAP}of{_GAP}|{_GAP}|-){_NAMED}(?!\w)"
        rf"(?:(?:-|,?{_GAP}(?:of{_GAP})?){_YEAR})?",
        _days_of_month,
        _A_DIGIT,
    ),
    # October 15th, 2019, October 9-12
    _rule(
        _MONTH_WORDS,
        rf"\b{_A_WEEKDAY}{_NAMED}{_GAP}{_DAY}(?![\d:%]|[.,]\d){_TO_DAY}{_OF_YEAR}",
        _days_of_month,
        _A_DIGIT,
    ),
    _rule(_MONTH_WORDS, rf"\b{_LEAD}{_PART}{_WHENCE}{_NAMED}(?!\w|{_GAP}\d\d?\b){_OF_YEAR}", _month_alone),
    # on Tuesday, last Friday, Monday last week; no names such as the Sunday Times
    _rule(
        _WEEKDAY_WORDS,
        rf"\b{_WHENCE}(?P<name>{_WEEKDAYS}|(?:{_SHORT_BEHIND}){_SHORT_DAYS})"
        rf"(?!\w|{_GAP}(?:{_words_of('no weekday before')})\b)"
        rf"(?:{_GAP}(?:of{_GAP})?(?P<week>last|this|next){_GAP}week\b)?",
        _weekday,
    ),
    _rule(
        "yesterday today tomorrow tonight overnight last this",
        r"\b(?:(?:the\s)?day\s(?:before\syesterday|after\stomorrow)|yesterday|today|tomorrow|tonight|overnight"
        r"|last\s(?:night|evening)|this\s(?:morning|afternoon|evening))\b",
        _fixed,
    ),
    _rule(
        "last this next past previous coming following preceding current",
        rf"\b(?:{_PART}|(?P<sooner>earlier|later){_GAP})(?:the{_GAP})?"
        rf"(?P<which>last|this|next|past|previous|coming|following|preceding|current){_GAP}"
        rf"(?P<unit>{_PERIOD_WORDS.replace(' ', '|')})\b(?!-)",
        _which_period,
        _PERIOD_WORDS,
    ),
    _rule(
        "last past next coming",
        rf"\b(?P<which>last|past|next|coming){_GAP}{_NUMBER}{_GAP}{_UNIT}",
        _past_number,
        _UNIT_WORDS,
    ),
    _rule(
        "ago earlier later before after from",
        rf"\b{_NUMBER}[\s-]{_UNIT}(?P<half>\sand\sa\shalf)?{_GAP}"
        rf"(?P<way>ago|earlier|later|before|after|from{_GAP}(?:now|today))\b",
        _time_ago,
        _UNIT_WORDS,
    ),
    _rule("weekend", r"\bthe\sweekend\b(?!\s(?:before|after|of))", _weekend),
    _rule(frozenset(_SEASONS), rf"\b{_LEAD}{_PART}(?P<name>{'|'.join(_SEASONS)})\b{_OF_YEAR}", _seasonal),
    # the third quarter, the second half of last year, Q1 2021
    _rule(
        "quarter half q",
        rf"\b(?:the{_GAP})?(?:(?P<number>first|second|third|fourth|last|final|[1-4](?:st|nd|rd|th)){_GAP}"
        rf"(?P<unit>quarter|half)\b(?P<of>{_GAP}of{_GAP}the{_GAP}year\b)?|Q(?P<q>[1-4])\b){_OF_YEAR}",
        _quarter,
    ),
    _rule(
        _A_DIGIT,
        rf"\b{_PART}(?P<the>the{_GAP})?(?:(?P<decade>[12]\d\d0)(?P<possessive>['’])?s\b)"
        rf"|(?<!\w)['’](?P<short>[2-9]0)s\b",
        _decade,
    ),
    # in 2018, early 2020, 2018-19
    _rule(
        _A_DIGIT,
        rf"(?<![\d,.$€£#/-])\b{_PART}(?P<year>[12]\d\d\d)(?:\s?[-–/]\s?(?P<last>\d{{4}}|\d\d)(?!\d))?"
        r"(?![\d%]|[.,]\d|-\d|s\b)",
        _year_alone,
    ),
    _rule(
        "christmas new day halloween night", rf"\b{_LEAD}{_WHENCE}(?P<name>{_HOLIDAY})\b{_OF_YEAR}", _holiday
    ),
    _rule(
        _A_DIGIT, r"\bon\sthe\s(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)\b(?=\s?(?:[.,;:?!)]|$))", _day_of_month
    ),
    _rule(_A_DIGIT, r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap](?:m\b|\.m\.)|\b\d{1,2}:\d\d\b", _untold),
    _rule("noon midnight dawn", r"\b(?:noon|midnight|dawn)\b", _untold),
)
_WORD = re.compile(r"[a-z]+")
_HAS_DIGIT = re.compile(r"\d")
_NARROW = {0xFF10 + digit: str(digit) for digit in range(10)}


def days_in(text: str, today: date | None, *, is_question: bool = False) -> list[Days]:
    """The dates and times of a text, in order; None as days where they cannot be told.

    Days told by their place to another day count from `today`. Without a year or week the nearest is meant:
    in a question the latest that has begun, in an article's sentence also the coming one where it says so.
    """
    if not text.isascii():
        text = text.translate(_NARROW)
    found_words = set(_WORD.findall(text.lower()))
    if _HAS_DIGIT.search(text):
        found_words.add(_A_DIGIT)
    rules = [
        rule
        for rule in _RULES
        if not rule.words.isdisjoint(found_words)
        and (not rule.others or not rule.others.isdisjoint(found_words))
    ]
    if not rules:
        return []
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
    if first is None or last is None:
        return None
    if one.anchor is Anchor.NEAREST and other.anchor is Anchor.CALENDAR:
        first = _in_year(first, last[0].year)
        if first and first[0] > last[1]:
            first = _in_year(first, last[0].year - 1)
    elif other.anchor is Anchor.NEAREST and one.grain == "weekday":
        while last[1] < first[0] and last[1] < date.max:
            last = shifted(last[0], 7), shifted(last[1], 7)
    elif other.anchor is Anchor.NEAREST and other.grain in ("day", "month"):
        in_year = _in_year(last, first[0].year)
        last = in_year if in_year and in_year[1] >= first[0] else _in_year(last, first[0].year + 1) or last
    return (first[0], last[1]) if first and first[0] <= last[1] else None


def _in_year(span: Span, year: int) -> Span | None:
    """The same days of another year; February's last where it ends one."""
    if not 1 <= year <= 9999 or span[0].year != span[1].year:
        return None
    first = first_day(year, span[0].month, span[0].day)
    last = first_day(year, span[1].month, span[1].day) or month_of(year, span[1].month)[1]
    if span[0].day == 1 and span[1] == month_of(span[1].year, span[1].month)[1]:
        last = month_of(year, span[1].month)[1]
    return (first or last, last)


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
        told.append(
            ToldDate(
                text[days.start : days.end],
                days.start,
                days.end,
                first.isoformat() if first else None,
                last.isoformat() if last else None,
            )
        )
    return told
