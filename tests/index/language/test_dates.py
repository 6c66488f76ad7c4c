"""Dates that a sentence tells, counted from the day of its article (16 October 2019, a Wednesday)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.dates import told_dates
from tests.counting import calls_of

PUBLISHED = date(2019, 10, 16)
TOLD = [
    ("They met on Tuesday.", "Tuesday: 2019-10-15"),
    ("They met yesterday.", "yesterday: 2019-10-15"),
    ("Prices fell last month.", "last month: 2019-09-01..2019-09-30"),
    ("He left two weeks ago.", "two weeks ago: 2019-10-02"),
    ("It rained in March.", "March: 2019-03-01..2019-03-31"),
    ("They voted on 15 October.", "15 October: 2019-10-15"),
    ("They voted on 15 October 2019.", "15 October 2019: 2019-10-15"),
    ("They voted on October 15th.", "October 15th: 2019-10-15"),
    ("It ran between 9 and 12 October 2019.", "9 and 12 October 2019: 2019-10-09..2019-10-12"),
    ("It ran from 9 to 12 October.", "9 to 12 October: 2019-10-09..2019-10-12"),
    ("It has rained since Monday.", "Monday: 2019-10-14..2019-10-16"),
    ("Sales rose this year.", "this year: 2019-01-01..2019-12-31"),
    ("He died in 2018.", "2018: 2018-01-01..2018-12-31"),
    ("In the 1990s it closed.", "1990s: 1990-01-01..1999-12-31"),
    ("It opened in early March.", "early March: 2019-03-01..2019-03-10"),
    ("It opened in spring 2020.", "spring 2020: 2020-03-01..2020-05-31"),
    ("Two men died at the weekend.", "the weekend: 2019-10-12..2019-10-13"),
    ("It burned overnight.", "overnight: 2019-10-15..2019-10-16"),
    ("It sank on Christmas Day.", "Christmas Day: 2018-12-25"),
    ("Profits fell in the third quarter.", "the third quarter: 2019-07-01..2019-09-30"),
    ("The court will sit on Friday.", "Friday: 2019-10-18"),
    ("The court sits next Tuesday.", "next Tuesday: 2019-10-22"),
    ("It opened on Monday, October 14, 2019.", "Monday, October 14, 2019: 2019-10-14"),
    ("He said on Tuesday that it will close in March.", "Tuesday: 2019-10-15; March: 2020-03-01..2020-03-31"),
    ("It must pay by Friday.", "Friday: 2019-10-18"),
    ("It closed late last year.", "late last year: 2018-09-01..2018-12-31"),
    ("It has lost money for the past three months.", "past three months: 2019-07-16..2019-10-16"),
    ("It came on 2019-10-15.", "2019-10-15: 2019-10-15"),
    ("It came on 15.10.2019.", "15.10.2019: 2019-10-15"),
    ("It came on 10/15/2019.", "10/15/2019: 2019-10-15"),
    ("From September to March it was shut.", "September to March: 2019-09-01..2020-03-31"),
    ("It ran from 28 September to 3 October.", "28 September to 3 October: 2019-09-28..2019-10-03"),
    ("It ran between 2012 and 2016.", "2012 and 2016: 2012-01-01..2016-12-31"),
    ("It ran in 2018-19.", "2018-19: 2018-01-01..2019-12-31"),
    ("He came in mid-August.", "mid-August: 2019-08-11..2019-08-20"),
    ("It fell at the end of last year.", "the end of last year: 2018-09-01..2018-12-31"),
    ("It ran Oct. 9-12.", "Oct. 9-12: 2019-10-09..2019-10-12"),
    ("It began in the summer of 2018.", "summer of 2018: 2018-06-01..2018-08-31"),
    ("She died on 29 February.", "29 February: 2016-02-29"),
    ("The 2018 elections were held.", "2018: 2018-01-01..2018-12-31"),
    ("It happened last summer.", "last summer: 2019-06-01..2019-08-31"),
    ("It happened earlier this week.", "earlier this week: 2019-10-14..2019-10-16"),
]


@pytest.mark.parametrize(("sentence", "told"), TOLD)
def test_a_date_is_told_by_its_first_and_last_day(sentence: str, told: str) -> None:
    assert _told(sentence, PUBLISHED) == told


def _told(sentence: str, published: date | None) -> str:
    found = told_dates(sentence, published)
    return "; ".join(
        f"{one.text}: {one.first}" + (f"..{one.last}" if one.last != one.first else "") for one in found
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "He may march with the sun.",
        "May said so, and 1,500 left.",
        "Some 2000 people fled.",
        "They took flight 1902.",
        "The Sunday Times on Black Friday.",
        "USA Today said so.",
        "It cost $2019.",
        "They march 15 miles.",
        "The fall of the house and a spring of water.",
    ],
)
def test_words_and_counts_are_no_dates(sentence: str) -> None:
    assert not told_dates(sentence, PUBLISHED)


@pytest.mark.parametrize(
    "sentence", ["At 5pm.", "At 10:30.", "Three days later.", "On 03/04/2019.", "A few days ago."]
)
def test_a_time_of_day_and_what_is_ambiguous_have_no_days(sentence: str) -> None:
    assert [(one.first, one.last) for one in told_dates(sentence, PUBLISHED)] == [(None, None)]


@pytest.mark.parametrize("sentence", ["They met on Tuesday.", "It fell last month.", "In March it rose."])
def test_without_a_day_of_publication_only_full_dates_are_told(sentence: str) -> None:
    assert [one.first for one in told_dates(sentence)] == [None]
    assert [one.first for one in told_dates("On 9 May 2019.")] == ["2019-05-09"]


@pytest.mark.parametrize(
    ("sentence", "published", "first"),
    [
        ("The fair opens on 5 January.", date(2019, 12, 28), "2020-01-05"),
        ("The fair opened on 5 December.", date(2019, 12, 28), "2019-12-05"),
        ("A man was shot this weekend.", date(2019, 10, 14), "2019-10-12"),
        ("It will rain this weekend.", date(2019, 10, 17), "2019-10-19"),
        ("They met on Wednesday.", PUBLISHED, "2019-10-16"),
        ("They met last Wednesday.", PUBLISHED, "2019-10-09"),
        ("They met Monday last week.", PUBLISHED, "2019-10-07"),
    ],
)
def test_the_nearest_day_is_meant(sentence: str, published: date, first: str) -> None:
    assert told_dates(sentence, published)[0].first == first


_PIECES = st.sampled_from(
    """last this next past early end of the in on by since from to between and ago later 2 12 31 30 29 0 2019
    9999 0001 1990s May march February Monday weekend week year decade days months spring Christmas Day first
    quarter yesterday overnight will - , ２０１９ 2019-02-30 9999-12-31 0001-01-01 31/12/9999""".split()
)
_DAYS = st.sampled_from([None, date.min, date(1, 3, 1), date(2020, 2, 29), date(9999, 1, 1), date.max])


@given(st.lists(_PIECES, max_size=8).map(" ".join), _DAYS)
def test_any_words_and_any_day_give_dates_in_order_within_the_calendar(
    text: str, published: date | None
) -> None:
    end = 0
    for one in told_dates(text, published):
        assert one.start >= end and text[one.start : one.end] == one.text
        assert (one.first is None) == (one.last is None) and (one.first or "") <= (one.last or "")
        end = one.end


@pytest.mark.parametrize(
    "unit",
    ["May 3 ", "3 May ", "last ", "the end of ", "2019-", "two days ago ", "will Monday ", "between 1 and "],
)
def test_the_work_on_a_repeated_date_grows_with_its_length(unit: str) -> None:
    told_dates(unit * 20, PUBLISHED)
    few, many = (calls_of(told_dates, unit * count, PUBLISHED) for count in (50, 400))
    assert many < 12 * few
