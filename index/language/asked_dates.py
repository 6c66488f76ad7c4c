"""The dates a question asks about, as spans of days counted from today; what is ambiguous is not guessed.

Measured beside dateparser 1.5 on 63 questions and three days: that takes 0.4 s to load and 9 ms a question,
and tells 52 of 189, since it knows days and no spans; these rules tell all.
Periods open to one side ("since May") earn 18 of 168 dates.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from corpus.words.calendar import MONTHS_ABROAD, Span, first_day, in_year, month_of, shifted
from index.language.dates import Anchor, Days, days_in
from index.language.words import fold, is_stopword, words

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


@dataclass(frozen=True, slots=True)
class AskedDays:
    """The days a question asks about, and what an archive may be held to.

    `is_relative`: they count back from today ("last week"), so that articles of that time are meant; of "next
    week", not so "tomorrow", earlier articles tell. `is_sure`: the year is told or counted back from today;
    that of "on 15 October" is the latest, which may not be meant. `after` and `before` are the first day of
    articles that can tell of a relative date, and the day behind the last one; None where later ones do too.
    `is_present`: "this summer" and the like, which articles of any year say of their own time.
    """

    first: date
    last: date
    is_relative: bool
    is_sure: bool
    after: date
    before: date | None
    is_present: bool = False


_NEWS_OF_A_DAY = 3
"""News of a day appears until two days after it."""
_OF_DAYS = 10
"""Days from which on a period's news is told long after it: "how many were counted last year?"."""


def asked(question: str, today: date, outlets: Callable[[], Iterable[str]] = tuple) -> AskedDays | None:
    """What days a question asks about; None when it names none.

    Relative words count from `today`, except in the names of `outlets` ("USA Today"), which are asked for
    where the question has such words. Without a year the
    latest days are meant that have begun. "Since" runs up to today, "before" from the beginning of the
    calendar. Of several dates the first relative one counts, then the first with a day or month, then all
    years together.
    """
    written = _without_names(question, outlets)
    found = [days for days in days_in(written, today, is_question=True) if days.span]
    chosen = _chosen(question, _nested(question, found), today)
    if (chosen is None or chosen[0].grain == "year") and (abroad := _asked_abroad(question)):
        return abroad
    if chosen is None:
        return None
    days, span = chosen
    is_ahead = span[0] > today and days.anchor is not Anchor.CALENDAR and days.grain != "day"
    is_relative = days.anchor is Anchor.TODAY and not is_ahead
    is_short = (span[1] - span[0]).days < _OF_DAYS and not days.about
    return AskedDays(
        *span,
        is_relative=is_relative,
        is_sure=days.anchor is not Anchor.NEAREST and not is_ahead,
        after=shifted(span[0], -days.about),
        before=shifted(span[1], _NEWS_OF_A_DAY) if is_short else None,
        is_present=is_relative and not is_short and "this" in question[days.start : days.end].lower().split(),
    )


# Days within a period that is told before them: last year in May, last week on Tuesday, in 2018 on 3 April

_WITHIN = re.compile(r",?\s(?:(?:in|on|at|during|between|from)\s)?(?:the\s)?", re.IGNORECASE)


def _nested(question: str, found: list[Days]) -> list[Days]:
    """Those found, days without a year or week moved into a period right before them, as one date."""
    nested: list[Days] = []
    for days in found:
        outer = nested[-1] if nested else None
        span = None
        if outer and days.anchor is Anchor.NEAREST and _WITHIN.fullmatch(question, outer.end, days.start):
            is_day_alone = question[days.start : days.end].isalnum()  # 12th
            span = _inside(days, outer, is_day_alone=is_day_alone)
        if outer and span:
            nested[-1] = replace(outer, end=days.end, span=span, grain=days.grain)
        else:
            nested.append(days)
    return nested


def _inside(days: Days, outer: Days, *, is_day_alone: bool) -> Span | None:
    """The same days of the year or week that is outside, or for a day alone of its month; None if none."""
    if days.span is None or outer.span is None or outer.anchor is Anchor.NEAREST:
        return None
    (first, last), (begins, ends) = days.span, outer.span
    moved: list[Span | None] = []
    if days.grain == "weekday" and (ends - begins).days < 7:
        day = shifted(begins, (first.weekday() - begins.weekday()) % 7)
        moved = [(day, day)]
    elif days.grain != "weekday":
        moved = [in_year(days.span, year) for year in dict.fromkeys((begins.year, ends.year))]
        day_of_month = first_day(begins.year, begins.month, first.day) if is_day_alone else None
        moved.append((day_of_month, day_of_month) if first == last and day_of_month else None)
    return next((span for span in moved if span and begins <= span[0] <= span[1] <= ends), None)


def _chosen(question: str, found: list[Days], today: date) -> tuple[Days, Span] | None:
    """The date that counts among those found, with "since", "before" and the like taken in."""
    spans = [_opened(question, days, today) for days in found]
    pairs = list(zip(found, spans, strict=True))
    opened = [pair for pair in pairs if pair[1] != pair[0].span]
    if len(opened) > 1:  # "after 2018 and before 2021"
        first, last = max(span[0] for _, span in opened), min(span[1] for _, span in opened)
        if first <= last:
            return opened[0][0], (first, last)
    for anchor in (Anchor.TODAY, Anchor.CALENDAR):
        for days, span in pairs:
            if days.anchor is anchor and (anchor is Anchor.TODAY or days.grain != "year"):
                return days, span
    years = [(days, span) for days, span in pairs if days.anchor is Anchor.CALENDAR]
    if years:
        return years[0][0], (min(span[0] for _, span in years), max(span[1] for _, span in years))
    if named := asked_years(question):  # The date itself cannot be read: 31 February 2021, 03/04/2019.
        year = Days(0, 0, grain="year")
        return year, (month_of(min(named), 1)[0], month_of(max(named), 12)[1])
    return pairs[0] if pairs else None


_OPEN = re.compile(
    r"\b(?:(?P<since>since|starting(?: in| on)?)|(?P<after>after|following)|(?P<before>before|prior to)"
    r"|(?P<until>until|till|up to|by)|(?P<from>from))\s(?:the\s(?:end\sof\s)?)?$",
    re.IGNORECASE,
)
_ONWARDS = re.compile(r"\s?(?:onwards?|on\b|to (?:now|today|the present)|until (?:now|today))", re.IGNORECASE)
_OPEN_REACH = 24


def _opened(question: str, days: Days, today: date) -> Span:
    """The days, open to one side where "since", "after", "before" or "until" stands before them."""
    assert days.span is not None
    first, last = days.span
    before = _OPEN.search(question, max(0, days.start - _OPEN_REACH), days.start)
    way = before.lastgroup if before else None
    match way:
        case "since":
            return first, max(first, today)
        case "from" if _ONWARDS.match(question, days.end):
            return first, max(first, today)
        case "after":
            first = shifted(last, 1)
            return first, max(first, today)
        case "before":
            return date.min, shifted(first, -1)
        case "until":
            return date.min, last
        case _:
            return first, last


# Dates in the writing of other languages: 15. Oktober 2019, 15 de octubre de 2019

_ABROAD = re.compile(
    r"(?<![\d.,:])(?P<day>\d\d?)?(?:\.|er|º)?\s?(?:de\s|d['’]|di\s)?\b(?P<month>[^\W\d_]{3,15})\.?"
    r"\s(?:de\s|del\s)?(?P<year>(?:1[5-9]|20)\d\d)(?!\d)"
)


def _asked_abroad(question: str) -> AskedDays | None:
    for match in _ABROAD.finditer(question):
        month, year = MONTHS_ABROAD.get(match["month"].lower()), int(match["year"])
        if month is None:
            continue
        first, last = month_of(year, month)
        if match["day"]:
            day = first_day(year, month, int(match["day"]))
            if day is None:
                continue
            first = last = day
        return AskedDays(first, last, is_relative=False, is_sure=True, after=first, before=None)
    return None


# Names that hold a relative word

_RELATIVE_WORDS = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|overnight|weekend|christmas|(?:this|last|next|past)\s\w+"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_NAMED_TODAY = re.compile(r"(?<![Tt]he )\b([A-Z][\w.&’'-]*)\s+(?:Today|Tonight|Tomorrow|Yesterday)\b")
"""A name whose last word is no date ("USA Today")."""
_SITE = re.compile(r"([\w-]+)(?:\.\w+)+")
"""An outlet that is known by the site of its articles: "usatoday.com"."""
_BEFORE_A_PLACE = frozenset("in across throughout within the of".split())
_LOWER_IN_TITLES = frozenset("a an the and or but as at by for from in of on to with".split())


def _without_names(question: str, outlets: Callable[[], Iterable[str]]) -> str:
    """The question with blanks for names that hold a relative word, such as "USA Today".

    Inside a name the word has a capital; "in the USA Today" ends in a date, and so may a question begin.
    Where every word has a capital, only the known outlets of several words are names. A site of the archive
    (usatoday.com) is one in small letters too.
    """
    if not _RELATIVE_WORDS.search(question):
        return question
    written = [word for word, _, _ in words(question)]
    is_title = all(not word[0].islower() or word in _LOWER_IN_TITLES for word in written)

    def blank(match: re.Match[str]) -> str:
        relative = _RELATIVE_WORDS.search(match[0])
        is_capital = relative is not None and relative[0][0].isupper()
        is_alone = " " not in match[0] and (is_title or match.start() == 0)
        return " " * len(match[0]) if is_capital and not is_alone else match[0]

    known = list(outlets())
    question = _without_sites(question, known)
    for outlet in filter(_RELATIVE_WORDS.search, known):
        named = rf"(?<![Tt]he )(?<!\w){re.escape(outlet)}(?!\w)"
        question = re.sub(named, blank, question, flags=re.IGNORECASE)
    if is_title:
        return question
    return _NAMED_TODAY.sub(
        lambda match: match[0] if is_stopword(match[1]) else " " * len(match[0]), question
    )


def _without_sites(question: str, outlets: Iterable[str]) -> str:
    """The question with blanks for outlets known by their site, in any case: "usa today" of usatoday.com."""
    sites = {fold(site[1].replace("-", "")) for outlet in outlets if (site := _SITE.fullmatch(outlet))}
    written = words(question)
    for place, (word, start, _) in enumerate(written[1:], start=1):
        first, begins, _ = written[place - 1]
        behind = written[place - 2][0].casefold() if place > 1 else ""
        if fold(first) + fold(word) in sites and behind not in _BEFORE_A_PLACE:
            question = question[:begins] + " " * (start + len(word) - begins) + question[start + len(word) :]
    return question
