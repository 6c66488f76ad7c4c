"""When a sentence says that what it tells happened: a day, a month or a year, as exactly as it says.

Nothing is guessed. Where a weekday may lie ahead, and where a date belongs to something beside ("since the
war began on 7 October", "the 2020 election"), the sentence tells no time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.words.lists import one_of, read_lists
from index.language.quantities import NUMBER_WORDS
from index.language.sentence import ROUGHEST, ToldDate

COMPARED = re.compile(r"\b(?:months?|years?|decades?)\s+(?:ago|earlier|before)\b", re.I)
"""Spans that say to what something is compared and no day: "four times as high as a year ago"."""
_MOST_DAYS = 14
"""Days of a span that is given by its first and last one; a longer one is given by its months."""
_NEAR = 182
"""Days back from publication in which a day without a year is nearer than the same day a year on."""
_TOMORROW = 6
"""A weekday so many days back is the name of tomorrow, which articles that were added to mean by it."""

_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b", re.I)
_YEAR = re.compile(r"(?:\b\d{4}|['’]\d0s)", re.I)
_BACKWARDS = re.compile(rf"\b{one_of('ago last past yesterday overnight')}\b", re.I)
"""What counts from the day of publication and never ahead."""
_ROUGH = re.compile(rf"\b{one_of('early earlier mid middle late later beginning start end')}\b", re.I)
_WEEKS_AGO = re.compile(r"\b(?:week|fortnight)s?\b.*\bago\b", re.I)
_ABOUT = timedelta(3)
"""How far from the day that it counts back to "two weeks ago" may be."""
_NAMING = re.compile(
    rf"\b(?:{one_of('the a an his her its their this that these those')}"
    rf"|(?<!hours )(?<!night )(?<!evening )(?<!morning )(?<!afternoon )(?<!day )of)\s$",
    re.I,
)
"""Stands before a date that only names something: "the October 7 attack", "the victims of 7 October"."""
_NAME = re.compile(r"the\s\d(?!.*\bof\b)", re.I)
_YEAR_LED = re.compile(r"(?:\b(?:in|during|around|throughout)\s|^\W*)$", re.I)
_DECADE_LED = re.compile(r"\b(?:in|during|throughout)\sthe\s$", re.I)
_IS_YEARS = re.compile(r"(?:\d{4}(?:\s?[-–/]\s?\d+)?|\d{4}['’]?s|['’]\d0s)")
_BOUNDARY = re.compile(r"[,;:()–—]|\s-\s")
_TIME = rf"(?:\d|{'|'.join(sorted(NUMBER_WORDS))}|midnight|noon|midday|dawn|dusk|dark|sunset|sunrise|lunch)"
_BESIDE = re.compile(
    rf"\b(?:{one_of('since before until till than following despite because whose unless whether if')}"
    rf"|ahead\sof|as\sof|(?:after|when|where|while)(?!\s{_TIME}))\b|\b(?:from|by)\s$",
    re.I,
)
"""What stands behind these in a clause is beside what the sentence tells, and so is its date."""
_SAYING = "said says told added ruled warned announced reported confirmed declared agreed found showed"
_RELATIVE = re.compile(
    rf"\b(?:who|which|{''.join(rf'(?<!{word} )' for word in _SAYING.split())}that)\b", re.I
)
_WORD = re.compile(r"[^\W\d_]+|\d[\d.,:]*")
_BEFORE_NOUNS = frozenset("the a an his her its their our my this these those".split())
_AHEAD = frozenset("will would could can may might must shall should is are be being am".split())
_PAST = frozenset("was were been had did".split()).union(
    past
    for line in read_lists("index.language", "order.txt")["irregular verbs"]
    for base, _, *pasts in [line.split()]
    for past in (pasts[0], *(one for one in pasts[1:] if one != base))
)
_OPENS = NUMBER_WORDS | frozenset(
    "on in at by of the a an and but then later late early shortly soon just hours minutes day days week"
    " after before around about almost nearly only morning afternoon evening night half past first".split()
)
"""Words before the day in an adverb that opens a clause: "Shortly after nine on Tuesday evening, a ..."."""


@dataclass(frozen=True, slots=True)
class When:
    """The first and last of what is told, each `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; the same for one day."""

    first: str
    last: str


def happened(text: str, dates: Sequence[ToldDate], published: str | None) -> When | None:
    """The first time that the sentence tells of itself, over before its article's day (`YYYY-MM-DD`).

    `dates` are those of the text. None where no time is certain, or it is that of publication or ahead.
    """
    for place, told in enumerate(dates):
        first, last = told.first, told.last
        if not first or not last or COMPARED.search(told.text) or _is_beside(text, told):
            continue
        length = (date.fromisoformat(last) - date.fromisoformat(first)).days
        if length > ROUGHEST and published and last >= f"{published[:4]}-01-01":
            continue  # "this year", "the first quarter"
        if published and last >= published:
            return None  # It is news of the day that tells it.
        if _is_certain(text, told, published):
            after = _next_day(text, told, dates[place + 1 :])
            return _written(told, first, after if after and after < (published or "9") else last)
    return None


def _next_day(text: str, told: ToldDate, others: Sequence[ToldDate]) -> str | None:
    """The day after it, where both are told together: "on Thursday and Friday"."""
    if not others or not told.first or told.first != told.last or text[told.end : others[0].start] != " and ":
        return None
    following = (date.fromisoformat(told.first) + timedelta(1)).isoformat()
    return following if others[0].first == others[0].last == following else None


def _written(told: ToldDate, first: str, last: str) -> When | None:
    """The span with what of its days is told; None for weeks ago where even the month is not sure."""
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    if _WEEKS_AGO.search(told.text):
        months = {(begins - _ABOUT).isoformat()[:7], (ends + _ABOUT).isoformat()[:7]}
        return When(first[:7], last[:7]) if len(months) == 1 else None
    length = (ends - begins).days
    if length < _MOST_DAYS and not _ROUGH.search(told.text):
        return When(first, last)
    return When(first[:7], last[:7]) if length <= ROUGHEST else When(first[:4], last[:4])


def _is_beside(text: str, told: ToldDate) -> bool:
    """Whether the date is that of something else than what the sentence tells."""
    before = text[: told.start]
    if _IS_YEARS.fullmatch(told.text):
        led = _DECADE_LED if told.text.endswith("s") else _YEAR_LED
        is_led = led.search(before) is not None
    else:
        is_led = not (_NAMING.search(before) or _NAME.match(told.text))
    clause = _clause(before)
    if not is_led or _BESIDE.search(clause):
        return True
    relative = list(_RELATIVE.finditer(clause))
    return bool(relative) and len(list(_tenses(clause[relative[-1].end() :]))) < 2


def _is_certain(text: str, told: ToldDate, published: str | None) -> bool:
    """Whether the day or month is the one that is meant: without a year or week it may lie ahead."""
    if _YEAR.search(told.text) or _BACKWARDS.search(told.text):
        return True
    is_weekday = _WEEKDAY.search(told.text) is not None and not any(char.isdigit() for char in told.text)
    back = _days_back(told, published)
    if is_weekday and back == _TOMORROW:
        return False
    before = _clause(text[: told.start])
    tenses = list(_tenses(before)) or list(_after(text[told.end :], before))
    return tenses[-1] if tenses else not is_weekday and back is not None and back <= _NEAR


def _days_back(told: ToldDate, published: str | None) -> int | None:
    if not told.last or not published:
        return None
    return (date.fromisoformat(published) - date.fromisoformat(told.last)).days


def _clause(before: str) -> str:
    """What stands before a date in its own clause."""
    return _BOUNDARY.split(before)[-1]


def _after(behind: str, before: str) -> Iterator[bool]:
    """The first tense behind a date that no verb stands before, in its clause.

    Behind an adverb that is set apart it is that of a later clause: "A first attempt, on Monday, had ended".
    """
    is_adverb = all(word.lower() in _OPENS or word[0].isdigit() for word in _WORD.findall(before))
    for clause in _BOUNDARY.split(behind):
        beside = _BESIDE.search(clause) or _RELATIVE.search(clause)
        tense = next(_tenses(clause[: beside.start()] if beside else clause), None)
        if tense is not None:
            yield tense
        if tense is not None or not is_adverb:
            return


def _tenses(clause: str) -> Iterator[bool]:
    """Of each verb that shows it, whether what it says is over; not of what is, or is to be done."""
    found, held = _WORD.findall(clause), 0
    for place, word in enumerate(found):
        lower, before = word.lower(), found[place - 1].lower() if place else ""
        is_verb = word.islower() and before not in _BEFORE_NOUNS
        is_infinitive = lower == "to" and before != "according" and _is_plain(found[place + 1 : place + 2])
        if lower in _AHEAD or is_infinitive:
            yield False
            held = 2  # "is accused", "to be held"
        elif held:
            held -= 1
        elif is_verb and (lower in _PAST or (lower.endswith("ed") and len(lower) > 3)):
            yield True


def _is_plain(following: Sequence[str]) -> bool:
    """Whether the word behind "to" may be a verb: "to close schools", not "to Ankara" nor "to the border"."""
    return any(word.islower() and word not in _BEFORE_NOUNS for word in following)
