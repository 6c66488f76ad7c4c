"""Dates: read as stated, compared as days or instants, never guessed."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import day_of, find_dateline, instant_of, parse_date, plausible_date

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DAYS = st.dates(date(1000, 1, 2), date(9999, 12, 30))
MOMENTS = st.datetimes(datetime(1000, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS)


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("2022/04/07", "2022-04-07"),
        ("2022-4-7", "2022-04-07"),
        (" 2019-10-15 ", "2019-10-15"),
        ("Oct. 15, 2019", "2019-10-15"),
        ("October 15th, 2019", "2019-10-15"),
        ("15 October 2019", "2019-10-15"),
        ("15-Oct-2019", "2019-10-15"),
        ("Tuesday, October 15, 2019", "2019-10-15"),
        ("Tues. 15 Oct 2019", "2019-10-15"),
        ("OCT 15 2019", "2019-10-15"),
        ("Sept. 1, 2020, 10:15", "2020-09-01"),
        ("October 15, 2019 at 9:41 a.m. EDT", "2019-10-15"),
        ("2019-10-15T10:00:00Z", "2019-10-15T10:00:00Z"),
        ("2019-10-15 10:00:00 +0200", "2019-10-15T10:00:00+02:00"),
        ("2019-10-15T10:00:00.123456789-04:00", "2019-10-15T10:00:00.123456-04:00"),
        ("2019-10-15T10:00+05", "2019-10-15T10:00:00+05:00"),
        ("2019-10-15T23:30:00", "2019-10-15"),
        ("Tue, 15 Oct 2019 10:00:00 GMT", "2019-10-15T10:00:00+00:00"),
        ("Tue, 15 Oct 2019 22:00:00 -0400", "2019-10-15T22:00:00-04:00"),
        ("15 Oct 2019 10:15 EST", "2019-10-15T10:15:00-05:00"),
        ("2024-3-14T8:05:00Z", "2024-03-14T08:05:00Z"),
        ("2024-03-14T8:05Z", "2024-03-14T08:05:00Z"),
        ("2024-03-14T18:00:00+1:00", "2024-03-14T18:00:00+01:00"),
        ("2024-03-14T18:00:00 +01:00", "2024-03-14T18:00:00+01:00"),
        ("2024-03-14T18:00:00−01:00", "2024-03-14T18:00:00-01:00"),
        ("2024-03-14T18:00:00+01:00[Europe/Oslo]", "2024-03-14T18:00:00+01:00"),
        ("2024-03-14 18:00:00 +0100 CET", "2024-03-14T18:00:00+01:00"),
        ("2024-03-14 18:00:00 CET", "2024-03-14"),
        ("2024-03-14 6:05 PM", "2024-03-14"),
        ("2024-03-14T6:05 PM +01:00", "2024-03-14T18:05:00+01:00"),
        ("2024-03-14T18Z", "2024-03-14T18:00:00Z"),
        ("2024.03.14", "2024-03-14"),
        ("20230206", "2023-02-06"),
        ("20230206T101500Z", "2023-02-06T10:15:00Z"),
        ("20230206101500", "2023-02-06"),
        ("D:20240314180000+01'00'", "2024-03-14T18:00:00+01:00"),
        ("Thu Mar 14 2024 18:00:00 GMT+0100 (Central European Standard Time)", "2024-03-14T18:00:00+01:00"),
        ("Thu Mar 14 2024 18:00:00 GMT-0400 (EDT)", "2024-03-14T18:00:00-04:00"),
        ("Thu Mar 14 2024", "2024-03-14"),
        ("Thu Mar 14 18:00:00 CET 2024", "2024-03-14"),
        ("Thu Mar 14 17:00:00 +0000 2024", "2024-03-14T17:00:00+00:00"),
        ("Mon, 6 Feb 2023 10:00 GMT+1", "2023-02-06T10:00:00+01:00"),
        ("Mon, 6 Feb 2023 10:00:00 +01:00", "2023-02-06T10:00:00+01:00"),
        ("Thu, 14 Mar 24 18:00:00 +0100", "2024-03-14T18:00:00+01:00"),
        ("Thu, 14 Mar 2024 8:00 +0100 (CET)", "2024-03-14T08:00:00+01:00"),
        ("14 Mar 24 18:00 GMT", "2024-03-14T18:00:00+00:00"),
        ("Thursday, 14-Mar-98 18:00:00 GMT", "1998-03-14T18:00:00+00:00"),
        ("14-Mar-24", "2024-03-14"),
        ("1710432000", "2024-03-14T16:00:00+00:00"),
        ("1710432000000", "2024-03-14T16:00:00+00:00"),
        ("946684800000", "2000-01-01T00:00:00+00:00"),
        ("14. März 2024", "2024-03-14"),
        ("jeudi 14 mars 2024 à 18h05", "2024-03-14"),
        ("14 de marzo de 2024", "2024-03-14"),
        ("14 марта 2024", "2024-03-14"),
        ("14. března 2024", "2024-03-14"),
        ("14 березня 2024", "2024-03-14"),
        ("Do, 14 Mär 2024 18:00:00 +0100", "2024-03-14"),
        ("jeu., 14 mars 2024 18:00:00 GMT", "2024-03-14"),
        ("Thu,14 Mar 2024 18:00:00 GMT", "2024-03-14T18:00:00+00:00"),
        ("2024-03-14T180000+0100", "2024-03-14T18:00:00+01:00"),
        ("2024-03-14T24:00:00Z", "2024-03-14"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2024-3-14T8:5:9Z", "2024-03-14T08:05:09Z"),
        ("2024-03-14 18:00:00 Europe/Prague", "2024-03-14"),
        ("2024年3月14日", "2024-03-14"),
        ("2024年03月14日(木) 18時05分", "2024-03-14"),
        ("2024년 3월 14일 오후 6:05", "2024-03-14"),
        ("2024. 3. 14. 18:05", "2024-03-14"),
        ("2024年13月14日", None),
        ("14 March 10:15", None),
        ("20231301", None),
        ("12345678", None),
        ("2024-03-14 13:05 PM", None),
        ("14 listopada 2024", None),
        ("03/04/2019", None),
        ("15.10.2019", None),
        ("October 15", None),
        ("October 2019", None),
        ("2019", None),
        ("Tuesday", None),
        ("yesterday", None),
        ("2019-02-29", None),
        ("31 June 2019", None),
        ("2019-10-15T25:00:00Z", None),
        ("2019-10-15T10:00:00+99:00", None),
        ("Tue, 35 Oct 2019 10:00:00 GMT", None),
        ("٢٠١٩-١٠-١٥", None),
        ("0000-01-01", None),
        ("", None),
        ("2019-10-15" + " " * 1_000_000, None),
    ],
)
def test_a_full_date_is_read_and_no_other(stated: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(ValueError):
            parse_date(stated)
    else:
        assert parse_date(stated) == read


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%B %d, %Y", "%d %B %Y", "%b. %d, %Y", "%A, %d %b %Y"]))
def test_a_day_is_read_in_every_form_that_news_uses(day: date, form: str) -> None:
    assert parse_date(day.strftime(form.replace("%Y", f"{day.year:04}"))) == day.isoformat()


@given(MOMENTS)
def test_an_instant_survives_reading(moment: datetime) -> None:
    read = parse_date(moment.isoformat())
    assert datetime.fromisoformat(read) == moment
    assert day_of(read) == moment.date().isoformat()
    assert parse_date(read) == read


@given(MOMENTS.map(lambda moment: moment.replace(microsecond=0)))
def test_a_feed_date_keeps_its_instant_and_its_day(moment: datetime) -> None:
    read = parse_date(format_datetime(moment))
    assert datetime.fromisoformat(read) == moment
    assert day_of(read) == moment.date().isoformat()


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        read = parse_date(text)
    except ValueError:
        return
    assert day_of(read) == date.fromisoformat(read[:10]).isoformat()
    instant_of(read)


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("1923-05-04", "1923-05-04"),
        ("1605-01-01", "1605-01-01"),
        (1710432000, "2024-03-14T16:00:00+00:00"),
        (1710432000000.0, "2024-03-14T16:00:00+00:00"),
        (20230206, "2023-02-06"),
        ("1900-01-01", "1900-01-01"),
        ("1900-01-01T00:00:00", None),
        ("1753-01-01", "1753-01-01"),
        ("1753-01-01T00:00:00", None),
        ("1904-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("1969-12-31T19:00:00-05:00", None),
        ("1970-01-01", None),
        ("0001-01-01T00:00:00Z", None),
        ("0000-00-00 00:00:00", None),
        ("1604-12-31", None),
        ("9999-12-31", None),
        (0, None),
        (-62135596800, None),
        (True, None),
        (None, None),
        (["2024-03-14"], None),
        (float("inf"), None),
        (float("nan"), None),
        (10**400, None),
        (-(10**400), None),
    ],
)
def test_only_a_date_that_an_article_can_have_is_plausible(stated: object, date: str | None) -> None:
    assert plausible_date(stated) == date


def test_tomorrow_is_plausible_and_next_week_is_not() -> None:
    def ahead(days: int) -> str:
        return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()

    assert plausible_date(ahead(1)) == ahead(1)
    assert plausible_date(ahead(7)) is None


def test_a_bare_day_counts_as_published_at_its_end() -> None:
    end = datetime(2019, 10, 15, 23, 59, 59, 999999, tzinfo=UTC).timestamp()
    assert instant_of("2019-10-15") == end
    assert instant_of("2019-10-15T23:59:59Z") < end < instant_of("2019-10-16T00:00:00Z")


@given(MOMENTS, MOMENTS)
def test_instants_keep_the_order_of_time(one: datetime, other: datetime) -> None:
    if abs(one - other) >= timedelta(milliseconds=1):
        assert (instant_of(one.isoformat()) < instant_of(other.isoformat())) == (one < other)


def test_the_day_is_the_one_written_not_the_one_in_utc() -> None:
    assert day_of("2019-10-15T23:30:00-04:00") == "2019-10-15"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Published Oct. 15, 2019", "2019-10-15"),
        ("Published: 2019-10-15T10:00:00Z", "2019-10-15T10:00:00Z"),
        ("First published on 15 October 2019 10.15 BST", "2019-10-15"),
        ("Published 15 October 2019 | Updated 16 October 2019", "2019-10-15"),
        ("RIVERTON, Oct. 15, 2019 (Echo) — The bridge is closed.", "2019-10-15"),
        ("PORT ELM, Norland, 15 October 2019 - The bridge is closed.", "2019-10-15"),
        ("By Ann Lee | October 15, 2019", "2019-10-15"),
        ("By Ann Lee, The Echo, Tuesday, October 15, 2019 at 9:41 a.m. EDT", "2019-10-15"),
        ("Tuesday, 15 October 2019", "2019-10-15"),
        # a caption's date is not the article's
        ("A crane stands at the bridge in Riverton, Thursday, Sept. 26, 2019.", None),
        ("RIVERTON, NORLAND - SEPTEMBER 26, 2019: A crane stands at the bridge.", None),
        ("RIVERTON, Sept. 26, 2019 - A crane at the bridge. (Photo by Ann Lee/Echo)", None),
        # a year is never guessed
        ("RIVERTON, Oct. 15 (Echo) — The bridge is closed.", None),
        ("Published Oct. 15", None),
        ("Tuesday, October 15", None),
        # a sentence is no dateline, a change is no publication
        ("Published on Oct. 15, 2019, the report found three faults.", None),
        ("On Oct. 15, 2019, the bridge was closed.", None),
        ("Updated Oct. 16, 2019", None),
        ("Published 31 June 2019", None),
    ],
)
def test_only_a_dateline_or_a_published_line_dates_a_text(line: str, found: str | None) -> None:
    body = "The council has closed the old bridge over the Elm for repairs, its engineers said."
    assert find_dateline(f"Bridge closed\n\n{line}\n\n{body}\n\n{body}") == found


def test_a_published_line_may_stand_below_the_article() -> None:
    body = "\n\n".join(f"Paragraph {number} of the report on the bridge." for number in range(40))
    assert find_dateline(f"{body}\n\nPublished 15 October 2019") == "2019-10-15"


def test_a_date_alone_on_a_line_below_the_first_paragraph_is_no_dateline() -> None:
    body = (
        "The old bridge over the Elm stays closed on three weekends this autumn, and trains will replace it. "
        * 2
    )
    assert (
        find_dateline(f"Closures\n\n{body}\n\nSaturday, October 19, 2019\n\nSunday, October 20, 2019") is None
    )


@given(st.text())
def test_looking_for_a_dateline_never_fails(text: str) -> None:
    found = find_dateline(text)
    assert found is None or parse_date(found) == found
