"""The calendar: names of months and weekdays, in English and abroad, and periods counted within its ends."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date

MONTH_NAMES = tuple(
    "January February March April May June July August September October November December".split()
)
MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, start=1)}
"""1 to 12 by the first three letters of a month's name, in lower case."""

WEEKDAY_NAMES = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
WEEKDAY_NUMBERS = {name[:3].lower(): number for number, name in enumerate(WEEKDAY_NAMES)}
"""0 (Monday) to 6 by the first three letters of a weekday's name, in lower case."""

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The month in which each begins in the north; each has three."""

_OTHERS = {
    1: "januar jänner janvier janv enero ene gennaio janeiro januari jan stycznia tammikuuta ocak "
    "января ledna ianuarie січня ιανουαρίου",
    2: "februar feber février févr fevrier febrero febbraio fevereiro februari feb lutego helmikuuta "
    "şubat февраля února februarie лютого φεβρουαρίου",
    3: "märz maerz mär marts mars marzo março marco maart mrt mar marca maaliskuuta mart марта března "
    "martie березня μαρτίου",
    4: "april avril avr abril abr aprile apr kwietnia huhtikuuta nisan апреля dubna aprilie квітня απριλίου",
    5: "mai maj mayo maggio maio mei maja toukokuuta mayıs мая května травня μαΐου",
    6: "juni juin junio giugno junho jun czerwca kesäkuuta haziran июня června iunie червня ιουνίου",
    7: "juli juillet juil julio luglio julho jul lipca heinäkuuta temmuz июля července iulie липня ιουλίου",
    8: "august août aout agosto augustus augusti aug sierpnia elokuuta ağustos августа srpna серпня "
    "αυγούστου",
    9: "september septembre septiembre settembre setembro sept sep września syyskuuta eylül сентября "
    "září septembrie вересня σεπτεμβρίου",
    10: "oktober octobre octubre ottobre outubro okt oct października lokakuuta ekim октября října "
    "octombrie жовтня οκτωβρίου",
    11: "november novembre noviembre novembro nov marraskuuta kasım ноября listopadu noiembrie листопада "
    "νοεμβρίου",
    12: "dezember december décembre decembre diciembre dicembre dezembro des dez dic déc dec grudnia "
    "joulukuuta aralık декабря prosince decembrie грудня δεκεμβρίου",
}
MONTHS_ABROAD = {name: number for number, names in _OTHERS.items() for name in names.split()}
"""1 to 12 by a month's name in lower case, as dates have it; no name that is another month elsewhere."""

Span = tuple[date, date]
"""The first and last day of a period."""


def first_day(year: int, month: int = 1, day: int = 1) -> date | None:
    """The day, None where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def shifted(day: date, days: int) -> date:
    """The day so many days later, or the last (for negative `days`: first) day that the calendar has."""
    ends = date.min.toordinal(), date.max.toordinal()
    return date.fromordinal(min(max(day.toordinal() + days, ends[0]), ends[1]))


def month_of(year: int, month: int, count: int = 1) -> Span:
    """The first and last day of so many months, within the calendar; `month` may lie outside 1 to 12."""
    whole = year * 12 + month - 1
    first, last = (min(max(at, 12), 12 * 10_000 - 1) for at in (whole, whole + count - 1))
    begins = date(first // 12, first % 12 + 1, 1)
    ends = date(last // 12, last % 12 + 1, 1)
    return begins, ends.replace(day=monthrange(ends.year, ends.month)[1])


def months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last one."""
    first, last = month_of(day.year, day.month + months)
    return first.replace(day=min(day.day, last.day))


def week_of(day: date) -> Span:
    """Monday to Sunday."""
    monday = shifted(day, -day.weekday())
    return monday, shifted(monday, 6)


_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
_DAYS_OF = {"day": 1, "week": 7, "fortnight": 14}


def period(unit: str, today: date, steps: int) -> Span | None:
    """The calendar's week, month, ..., so many steps from the one that holds today."""
    if unit == "day":
        return shifted(today, steps), shifted(today, steps)
    if unit == "week":
        return week_of(shifted(today, 7 * steps))
    if unit == "weekend":
        monday, sunday = week_of(shifted(today, 7 * steps))
        return shifted(monday, 5), sunday
    if unit == "decade":
        return month_of(today.year // 10 * 10 + 10 * steps, 1, 120)
    if unit in _MONTHS_OF:
        count = _MONTHS_OF[unit]
        begins = (today.month - 1) // count * count + 1
        return month_of(today.year, begins + count * steps, count)
    return None


def back_from(unit: str, today: date, number: float = 1) -> Span | None:
    """So many days, months, ... up to today; None for a unit that has no days of its own."""
    first = ago(unit, today, number)
    return (first, today) if first else None


def ago(unit: str, today: date, number: float) -> date | None:
    """The day so many minutes, days, months, ... before today; a negative number counts ahead."""
    if unit in _DAYS_OF:
        return shifted(today, -round(_DAYS_OF[unit] * number))
    if unit in ("hour", "minute"):
        return shifted(today, -round(number / 24)) if unit == "hour" and number >= 24 else today
    if unit in _MONTHS_OF:
        return months_later(today, -round(_MONTHS_OF[unit] * number))
    return None


def part_of(part: str, span: Span) -> Span:
    """The early, middle or late third: of a year four months, of a month ten days, of a decade some years."""
    first, last = span
    which = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1}.get(part, 2)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months == 120:  # Four, three and three years.
        return month_of(first.year + (0, 4, 7)[which], 1, (48, 36, 36)[which])
    if months >= 3:
        third = months // 3
        return month_of(first.year, first.month + which * third, third if which < 2 else months - 2 * third)
    length = (last - first).days + 1
    third = 10 if length > 20 else max(1, length // 3)
    begins = shifted(first, which * third)
    return begins, last if which == 2 else shifted(begins, third - 1)


def turned(which: str, spans: Callable[[int], Span], today: date) -> Span | None:
    """Of spans that come back every year the "last" one over, "this" year's or the "next" not yet begun."""
    near = [spans(year) for year in range(max(1, today.year - 2), min(9999, today.year + 2) + 1)]
    if which in ("last", "past"):
        return next((span for span in reversed(near) if span[1] < today), None)
    if which in ("next", "coming"):
        return next((span for span in near if span[0] > today), None)
    return next((span for span in near if span[0] <= today <= span[1]), None) or spans(today.year)


def nearest(spans: Callable[[int], Span | None], today: date) -> tuple[Span | None, Span | None]:
    """Of the spans that come back every year the latest begun by today, and the first not yet over."""
    past = ahead = None
    for reach in (1, 8):  # 29 February may be eight years away.
        years = range(max(1, today.year - reach), min(9999, today.year + reach) + 1)
        near = [span for year in years if (span := spans(year))]
        past = next((span for span in reversed(near) if span[0] <= today), None)
        ahead = next((span for span in near if span[1] >= today), None)
        if past and ahead:
            break
    return past, ahead


def which_period(which: str, unit: str, today: date) -> Span | None:
    """The last, past, this or next week, weekend, month, season, ...; "past" counts back from today."""
    if unit in SEASONS:
        return turned(which, lambda year: month_of(year, SEASONS[unit], 3), today)
    if unit == "weekend" and which in ("last", "past"):
        span = period(unit, today, 0)
        return span if span and span[1] < today else period(unit, today, -1)
    if which == "past" or (which == "last" and unit in ("decade", "fortnight")):
        return back_from(unit, today)
    return period(unit, today, {"last": -1, "next": 1, "coming": 1}.get(which, 0))


def in_year(span: Span, year: int) -> Span | None:
    """The same days of another year, to a month's end where it has one; None for a span over two years."""
    if not 1 <= year <= 9999 or span[0].year != span[1].year:
        return None
    first = first_day(year, span[0].month, span[0].day)
    last = month_of(year, span[1].month)[1]
    if span[1] != month_of(span[1].year, span[1].month)[1]:
        last = first_day(year, span[1].month, span[1].day) or last
    return (first or last, last)


def year_before(span: Span, day: date) -> Span | None:
    """The same days in the latest year in which they begin by that day."""
    return next(
        (there for year in (day.year, day.year - 1) if (there := in_year(span, year)) and there[0] <= day),
        None,
    )


def year_after(span: Span, day: date) -> Span | None:
    """The same days in the first year in which they are not over before that day."""
    return next(
        (there for year in (day.year, day.year + 1) if (there := in_year(span, year)) and there[1] >= day),
        None,
    )


def latest(day: int, today: date) -> date | None:
    """The latest day of that number in its month that is not after today."""
    begins = (month_of(today.year, today.month - back)[0] for back in range(12))
    days = (first_day(first.year, first.month, day) for first in begins)
    return next((there for there in days if there and there <= today), None)
