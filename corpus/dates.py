"""Publication dates: parsing stated dates, finding them in a text, comparing them. No date is guessed."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from itertools import takewhile

from corpus.words.calendar import MONTH_NUMBERS

_FLAGS = re.IGNORECASE | re.ASCII
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})\b"
_CLOCK = (
    r"(?:\s*(?:,|\||-|–|—|\bat\b)?\s*(?:at\s+)?\d{1,2}(?:[:.]\d{2}){0,2}\s*(?:[ap]\.?m\b\.?)?"
    r"(?:\s*(?:GMT|UTC|[A-Z]{1,2}[SD]?T|[A-Z]{3,4})(?:[+-]\d{1,2})?)?)"
)
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}"
_DAY_FIRST = rf"{_WEEKDAY}{_DAY}(?:\s+(?:of\s+)?|-){_MONTH},?(?:\s+|-){_YEAR}"
_NAMED = tuple(re.compile(rf"{form}{_CLOCK}?$", _FLAGS) for form in (_MONTH_FIRST, _DAY_FIRST))
_NUMERIC = re.compile(r"(?P<year>\d{4})(?P<mark>[-/])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})$", _FLAGS)
_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}[-/]\d{2}[-/]\d{2})(?:[Tt]|\s+)(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:[.,](?P<fraction>\d{1,9}))?\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$",
    _FLAGS,
)
_RFC_822 = re.compile(
    r"(?:[a-z]{3},?\s+)?\d{1,2}\s+[a-z]{3}\s+\d{4}\s+\d{2}:\d{2}(?::\d{2})?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)$",
    _FLAGS,
)
_MAX_CHARACTERS = 100

_ANY = "|".join(
    (
        r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+\s*(?:Z|[+-]\d{2}:?\d{2})?)?",
        re.sub(r"\?P<\w+>", "?:", rf"{_MONTH_FIRST}|{_DAY_FIRST}"),
    )
)
_BESIDE = rf"{_CLOCK}?(?:\s*[|/(;,·-]?\s*(?:last\s+)?(?:updated|modified|edited)\b.{{0,60}})?\s*\.?"
_AGENCY = r"\([A-Z][\w .,'’&/-]{1,40}\)"
#: Published Oct. 15, 2019 | Updated Oct. 16, 2019
_PUBLISHED = re.compile(
    rf"(?:first\s+|originally\s+)?(?:published|posted|issued)\b\s*(?:on\b|at\b|:)?\s*(?P<date>{_ANY}){_BESIDE}$",
    _FLAGS,
)
#: Tuesday, 15 October 2019 10:15 GMT; By Ann Lee | October 15, 2019
_BYLINE = re.compile(rf"(?:by\s[^.!?\d]{{2,80}}?[\s|,·–—-]+)?(?P<date>{_ANY}){_BESIDE}$", _FLAGS)
#: MANBIJ, Syria, Oct. 15, 2019 (Agency) - but not a caption in that form, which credits a photo
_DATELINE = re.compile(
    rf"(?!.*\((?i:photo|image|picture))[A-Z][A-Z .'’-]+(?:,\s[A-Z][\w .'’-]{{1,40}})?(?:,|\s*[–—-]+)\s*"
    rf"(?P<date>(?i:{_ANY}))\s*(?:{_AGENCY}\s*)?(?:[–—]|--?\s)",
    re.ASCII,
)
#: A dateline stands above the article or in front of its first words; "Published" may also stand below it.
_HEAD_LINES, _TAIL_LINES, _LINE_CHARACTERS, _PARAGRAPH_CHARACTERS = 12, 4, 300, 120


def date_or_none(stated: object) -> str | None:
    """The result of `parse_date` for a stated date; None for anything that is not a date."""
    try:
        return parse_date(stated) if isinstance(stated, str) else None
    except ValueError:
        return None


def parse_date(stated: str) -> str:
    """`YYYY-MM-DD`, or RFC 3339 with an offset where a time and an offset are stated.

    Reads ISO 8601, `2022/04/07`, `Oct. 15, 2019`, `15 October 2019` and RFC 822. A time without an offset is
    left out: the day stands, and the instant is unknown. Raises ValueError for anything else, `03/04/2019`
    included, which is one day in London and another in New York.
    """
    text = " ".join(stated.split()) if len(stated) <= _MAX_CHARACTERS else ""
    if found := _NUMERIC.match(text):
        return _day(found)
    if found := _TIMESTAMP.match(text):
        return _timestamp(found)
    if _RFC_822.match(text):
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).isoformat()
    for form in _NAMED:
        if found := form.match(text):
            return _day(found)
    raise ValueError(f"{stated[:80]!r} is no full date; write it as YYYY-MM-DD")


def _day(found: re.Match[str]) -> str:
    month = found["month"]
    number = int(month) if month.isdecimal() else MONTH_NUMBERS[month[:3].lower()]
    return date(int(found["year"]), number, int(found["day"])).isoformat()


def _timestamp(found: re.Match[str]) -> str:
    day, zone = found["day"].replace("/", "-"), found["zone"]
    fraction = f".{found['fraction'][:6]}" if found["fraction"] else ""
    clock = f"{found['hour']}:{found['minute']}:{found['second'] or '00'}{fraction}"
    if zone is None:
        datetime.fromisoformat(f"{day}T{clock}")
        return day
    if zone.upper() in ("Z", "UTC", "GMT"):
        offset = "Z"
    else:
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    moment = f"{day}T{clock}{offset}"
    datetime.fromisoformat(moment)
    return moment


def day_of(published_at: str) -> str:
    """The date as written, `YYYY-MM-DD`, of what parse_date returned."""
    return published_at[:10]


def instant_of(published_at: str) -> float:
    """Seconds since 1970-01-01T00:00Z; a bare day counts at its end, 23:59:59.999999 UTC."""
    if len(published_at) == 10:
        published_at += "T23:59:59.999999+00:00"
    moment = datetime.fromisoformat(published_at)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def find_dateline(text: str) -> str | None:
    """The publication date that the article's dateline, byline or "Published ..." line states in full.

    A photo caption's date and a date within a sentence are not it; a date without a year is not completed.
    """
    lines = [line.strip()[:_LINE_CHARACTERS] for line in _edges(text)]
    head, tail = lines[:_HEAD_LINES], lines[_HEAD_LINES:][-_TAIL_LINES:]
    above = list(takewhile(lambda line: len(line) <= _PARAGRAPH_CHARACTERS, head))
    for form, places in ((_PUBLISHED, head + tail), (_BYLINE, above), (_DATELINE, head)):
        for line in places:
            if (found := form.match(line)) and (day := date_or_none(found["date"])):
                return day
    return None


def _edges(text: str) -> list[str]:
    """The lines that are not blank; of a long text only those near its beginning and end."""
    reach = 20_000
    if len(text) > 2 * reach:
        text = f"{text[:reach]}\n{text[-reach:]}"
    return [line for line in text.split("\n") if line.strip()]
