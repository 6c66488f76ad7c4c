"""Publication dates: parsing stated dates, finding them in a text, comparing them. No date is guessed."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

from corpus.words.calendar import MONTH_NUMBERS, MONTHS_ABROAD

_FLAGS = re.IGNORECASE | re.ASCII
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?(?:,\s*|\s+))?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})\b"
_CLOCK = (
    r"(?:\s*(?:,|\||-|–|—|\bat\b)?\s*(?:at\s+)?\d{1,2}(?:[:.]\d{2}){0,2}\s*(?:[ap]\.?m\b\.?)?"
    r"(?:\s*(?:GMT|UTC|[A-Z]{1,2}[SD]?T|[A-Z]{3,4})(?:[+-]\d{1,2})?)?)"
)
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}"
_DAY_FIRST = rf"{_WEEKDAY}{_DAY}(?:\s+(?:of\s+)?|-){_MONTH},?(?:\s+|-){_YEAR}"
_NAMED = tuple(re.compile(rf"{form}{_CLOCK}?$", _FLAGS) for form in (_MONTH_FIRST, _DAY_FIRST))
_TWO_DIGITS = r"(?P<short_year>\d{2})(?![\d:.])"
_TIME = (
    r"(?P<hour>\d{1,2})(?::|\.)(?P<minute>\d{1,2})(?:(?::|\.)(?P<second>\d{1,2}))?"
    r"(?:[.,:](?P<fraction>\d{1,9}))?"
)
_HALF = r"(?:\s*(?P<half>[ap])\.?m\b\.?)?"
_OFFSET = r"(?:GMT|UTC?|Z)?\s*(?P<sign>[+-])(?P<hours>\d{1,2}?):?(?P<minutes>\d{2})?"
_ZONE = rf"(?:\s*(?:{_OFFSET}|(?P<utc>Z|UTC?|GMT)|(?P<name>[A-Z]{{2,5}})))?"
#: 2024-03-14, 2024/3/14, 2024-3-14T8:05Z, 2024-03-14 18:00:00.5 +01:00
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    rf"(?:(?:T\s*|\s*,?\s+(?:at\s+)?){_TIME}{_HALF}{_ZONE})?$",
    _FLAGS,
)
#: 2024-03-14T18Z and 2024-03-14T180000+0100
_HOUR = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    rf"T(?P<hour>\d\d)(?:(?P<minute>\d\d)(?P<second>\d\d)?)?{_ZONE}$",
    _FLAGS,
)
#: 20240314, 20240314T180000Z, 202403141800; PDF's D:20240314180000+01'00'
_COMPACT = re.compile(
    r"(?:D:)?(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    rf"(?:[T\s]?(?P<hour>\d{{2}}):?(?P<minute>\d{{2}})(?::?(?P<second>\d{{2}})(?:\.(?P<fraction>\d+))?)?{_ZONE})?$",
    _FLAGS,
)
#: RFC 822 as it comes: Thu, 14 Mar 24 18:00 +0100; 14 March 2024 8:00 GMT+1; Thursday, 14-Mar-24 18:00:00 GMT
_RFC_822 = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:\s+|-){_MONTH}(?:\s+|-)(?:{_YEAR}|{_TWO_DIGITS})\s*,?\s+{_TIME}{_ZONE}$",
    _FLAGS,
)
#: What programs print: Thu Mar 14 2024 18:00:00 GMT+0100; Thu Mar 14 18:00:00 CET 2024
_PRINTED = tuple(
    re.compile(form, _FLAGS)
    for form in (
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}\s*,?\s+{_TIME}{_HALF}{_ZONE}$",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_TIME}{_ZONE}\s+{_YEAR}$",
    )
)
_SHORT_YEAR = re.compile(rf"{_WEEKDAY}{_DAY}(?:\s+|-){_MONTH}(?:\s+|-){_TWO_DIGITS}$", _FLAGS)
#: 14. März 2024, 14 de marzo de 2024, jeudi 14 mars 2024 à 18h05
_ABROAD = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,?\s+){0,2}(?P<day>[0-9]{1,2})(?:\.|º|er)?\s+(?:de\s+)?(?P<month>[^\W\d_]{3,14})\.?,?\s+"
    r"(?:del?\s+)?(?P<year>[0-9]{4})\b"
    r"(?:\D{0,8}[0-9]{1,2}(?:[:.h][0-9]{2}){0,2}\s?(?:h|Uhr)?\s*(?:[+-][0-9]{2}:?[0-9]{2}|[A-Z]{2,5})?)?$",
    re.IGNORECASE,
)
#: 2024年3月14日, 2024년 3월 14일, 2024. 3. 14.
_EASTERN = re.compile(
    r"(?P<year>[0-9]{4})\s?(?:年|년|\.(?=\s))\s?(?P<month>[0-9]{1,2})\s?(?:月|월|\.(?=\s))\s?"
    r"(?P<day>[0-9]{1,2})\s?(?:日|일|\.(?=\s|$))"
    r"(?:[^0-9]{0,10}[0-9]{1,2}(?:[:時时시点]\s?[0-9]{1,2}(?:[:分분]\s?(?:[0-9]{1,2}[秒초]?)?)?|[時时시点]))?$"
)
#: +0100 (Central European Standard Time), +01:00[Europe/Copenhagen], +0100 CET, 18:00 Europe/Copenhagen
_ZONE_AGAIN = re.compile(
    r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|(?:(?<=[+-]\d{4})|(?<=[+-]\d\d:\d\d))\s[A-Z]{2,5}"
    r"|(?<=\d)\s[A-Z][a-z]{2,}/[A-Za-z_/]{2,})$"
)
_SECONDS = re.compile(r"\d{9,10}(?:\d{3}|\d{6})?(?:\.\d{1,9})?$", re.ASCII)
_MOST_SECONDS = 10**18
"""More than any count of seconds or microseconds; an integer of JSON may have thousands of digits."""
_HOURS_OF = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""Hours from UTC of the zones that RFC 822 names; other names stand for several zones."""
_PIVOT = 50
"""Years of two digits below it are of this century, as RFC 2822 has it."""
_MAX_CHARACTERS = 100

FIRST_YEAR = 1605
"""Of the first printed newspaper, the Relation of Strasbourg."""
_EPOCH = "1970-01-01"
_PLACEHOLDERS = ("1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01")
"""What spreadsheets and databases hold for no date, at midnight; as is the first moment of Unix's time."""
_AHEAD = timedelta(hours=36)
"""A date may lie so far ahead: clocks differ, and it is tomorrow already in Auckland."""

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

    Reads ISO 8601, `2022/04/07`, `20220407`, `Oct. 15, 2019`, `15 October 2019`, RFC 822 with years of two
    digits, what JavaScript and C print, and seconds or milliseconds since 1970. A time without an offset is
    left out: the day stands, and the instant is unknown. Raises ValueError for anything else, `03/04/2019`
    included, which is one day in London and another in New York.
    """
    text = " ".join(stated.replace("−", "-").split()) if len(stated) <= _MAX_CHARACTERS else ""
    bare = _ZONE_AGAIN.sub("", text)
    for form in (_ISO, _HOUR):
        if found := form.match(bare):
            return _moment(found, utc="Z")
    if found := _COMPACT.match(bare.replace("'", "")):
        try:
            return _moment(found, utc="Z")
        except ValueError:
            pass  # Perhaps it counts seconds.
    if (found := _RFC_822.match(bare)) and (found["sign"] or found["short_year"] or len(found["month"]) == 3):
        return _moment(found, utc="+00:00")
    for form in _PRINTED:
        if (found := form.match(bare)) and found["sign"]:
            return _moment(found, utc="+00:00")
    for form in (*_NAMED, _SHORT_YEAR, *_PRINTED, _EASTERN):
        if found := form.match(bare):
            return _day(found)
    if (found := _ABROAD.match(bare)) and (month := MONTHS_ABROAD.get(found["month"].lower())):
        return date(int(found["year"]), month, int(found["day"])).isoformat()
    if _SECONDS.match(text):
        return _from_seconds(text)
    raise ValueError(f"{stated[:80]!r} is no full date; write it as YYYY-MM-DD")


def plausible_date(stated: object) -> str | None:
    """The date that is stated, as a string or as seconds since 1970, if an article can be from then.

    That is from the first newspaper (1605) to about tomorrow, but for what software writes for "no date".
    """
    if isinstance(stated, int | float) and not isinstance(stated, bool):
        stated = f"{stated:.0f}" if abs(stated) < _MOST_SECONDS else ""
    date = date_or_none(stated)
    return date if date is not None and is_plausible(date, str(stated)) else None


def is_plausible(published: str, stated: str = "") -> bool:
    """Whether an article can be from that date (as `parse_date` returns it), which was `stated` like this."""
    day = day_of(published)
    if day in _PLACEHOLDERS and "00:00" in stated:
        return False
    latest = (datetime.now(UTC) + _AHEAD).date().isoformat()
    return int(day[:4]) >= FIRST_YEAR and day <= latest and day != _EPOCH and instant_of(published) != 0


def _day(found: re.Match[str]) -> str:
    """The day of a match. Raises ValueError if there is none such."""
    named = found.groupdict()
    month = named["month"]
    number = int(month) if month.isdecimal() else MONTH_NUMBERS[month[:3].lower()]
    year = named.get("year") or named["short_year"]
    century = 0 if len(year) == 4 else 2000 if int(year) < _PIVOT else 1900
    return date(century + int(year), number, int(named["day"])).isoformat()


def _moment(found: re.Match[str], *, utc: str) -> str:
    """The instant of a match, or its day where no offset is known; `utc` is how that offset is written.

    Raises ValueError for a day or time that does not exist.
    """
    day, named = _day(found), found.groupdict()
    if named["hour"] is None:
        return day
    hour = int(named["hour"])
    if named.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} is no hour of half a day")
        hour = hour % 12 + (12 if named["half"].lower() == "p" else 0)
    fraction = f".{named['fraction'][:6]}" if named.get("fraction") else ""
    minute, second = ((named.get(name) or "").zfill(2) for name in ("minute", "second"))
    clock = f"{hour:02}:{minute}:{second}{fraction}"
    if clock.startswith("24:00:00"):
        return day  # its end, as ISO 8601 has it
    clock = re.sub(r":60(?=\.|$)", ":59", clock)  # a leap second
    datetime.fromisoformat(f"{day}T{clock}")
    offset = utc if named["utc"] else _offset(named)
    if offset is None:
        return day
    datetime.fromisoformat(f"{day}T{clock}{offset}")
    return f"{day}T{clock}{offset}"


def _offset(named: Mapping[str, str | None]) -> str | None:
    """The offset from UTC that a match states in figures, or by a name that RFC 822 defines."""
    if named["sign"]:
        return f"{named['sign']}{(named['hours'] or '').zfill(2)}:{named['minutes'] or '00'}"
    hours = _HOURS_OF.get((named["name"] or "").upper())
    return None if hours is None else f"{'+' if hours > 0 else '-'}{abs(hours):02}:00"


def _from_seconds(text: str) -> str:
    """The instant of seconds, milli- or microseconds since 1970, in UTC."""
    whole = text.partition(".")[0]
    seconds = int(whole) // 1_000 ** ((len(whole) - 9) // 3)
    return datetime.fromtimestamp(seconds, UTC).isoformat()


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
