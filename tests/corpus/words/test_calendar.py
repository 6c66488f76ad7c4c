"""Periods of the calendar, also at its ends."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.words.calendar import (
    ago,
    in_year,
    latest,
    month_of,
    part_of,
    period,
    shifted,
    turned,
    which_period,
)


@given(st.dates(), st.integers(-4_000_000, 4_000_000))
def test_a_day_is_shifted_within_the_calendar(day: date, days: int) -> None:
    there = shifted(day, days)
    number = day.toordinal() + days
    if date.min.toordinal() <= number <= date.max.toordinal():
        assert there.toordinal() == number
    else:
        assert there == (date.min if days < 0 else date.max)


@given(st.dates(), st.integers(-130_000, 130_000))
def test_months_before_or_after_stay_within_the_calendar(day: date, months: int) -> None:
    there = ago("month", day, -months)
    assert there is not None and (there.day == day.day or there == month_of(there.year, there.month)[1])


@given(st.dates(), st.sampled_from("day week weekend month quarter year decade".split()), st.integers(-3, 3))
def test_a_period_holds_its_day_and_the_next_begins_behind_it(day: date, unit: str, steps: int) -> None:
    here, there = period(unit, day, 0), period(unit, day, steps)
    assert here and there and here[0] <= here[1] and there[0] <= there[1]
    assert unit == "weekend" or here[0] <= day <= here[1]
    assert (there >= here) if steps > 0 else (there <= here)


@pytest.mark.parametrize(
    ("part", "first", "last"),
    [
        ("early", "2020-01-01", "2020-04-30"),
        ("mid", "2020-05-01", "2020-08-31"),
        ("end", "2020-09-01", "2020-12-31"),
    ],
)
def test_a_year_has_three_parts(part: str, first: str, last: str) -> None:
    assert part_of(part, month_of(2020, 1, 12)) == (date.fromisoformat(first), date.fromisoformat(last))


def test_the_last_of_february_is_found_in_any_year() -> None:
    assert in_year((date(2020, 2, 1), date(2020, 2, 29)), 2019) == (date(2019, 2, 1), date(2019, 2, 28))
    assert latest(31, date(2019, 10, 16)) == date(2019, 8, 31)


def test_last_is_over_and_next_has_not_begun() -> None:
    def summer(year: int) -> tuple[date, date]:
        return month_of(year, 6, 3)

    assert [turned(which, summer, date(2019, 7, 1)) for which in ("last", "this", "next")] == [
        summer(year) for year in (2018, 2019, 2020)
    ]
    assert which_period("past", "week", date(2019, 10, 16)) == (date(2019, 10, 9), date(2019, 10, 16))
