from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.asked_dates import asked_days, asked_years, is_relative, shifted

TODAY = date(2019, 10, 16)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened yesterday?", date(2019, 10, 15), date(2019, 10, 15)),
        ("What was said on 15 March 2021?", date(2021, 3, 15), date(2021, 3, 15)),
        ("What was said on March 15, 2021?", date(2021, 3, 15), date(2021, 3, 15)),
        ("What happened in December 2024?", date(2024, 12, 1), date(2024, 12, 31)),
        ("Who won in 2022?", date(2022, 1, 1), date(2022, 12, 31)),
    ],
)
def test_the_days_asked_about_are_told_without_guessing(question: str, first: date, last: date) -> None:
    assert asked_days(question, TODAY) == (first, last)


@pytest.mark.parametrize(
    "question", ["Who is the envoy?", "What happened on Oct. 15?", "Were 2,019 people hurt?"]
)
def test_a_day_without_a_year_and_a_count_are_not_days(question: str) -> None:
    assert asked_days(question, TODAY) is None


def test_an_impossible_day_falls_back_on_its_year() -> None:
    assert asked_days("What happened on February 31, 2021?", TODAY) == (date(2021, 1, 1), date(2021, 12, 31))


@given(st.dates(), st.integers(-4_000_000, 4_000_000))
def test_a_day_is_shifted_within_the_calendar(day: date, days: int) -> None:
    there = shifted(day, days)
    number = day.toordinal() + days
    if date.min.toordinal() <= number <= date.max.toordinal():
        assert there.toordinal() == number
    else:
        assert there == (date.min if days < 0 else date.max)


@pytest.mark.parametrize("today", [date.min, date.max])
@pytest.mark.parametrize("when", ["yesterday", "tomorrow", "last year", "this week"])
def test_relative_words_stay_within_the_calendar(today: date, when: str) -> None:
    days = asked_days(f"What happened {when}?", today)
    assert days is not None and days[0] <= days[1]


def test_years_are_not_counts() -> None:
    assert asked_years("Were 2000 soldiers sent in 2019?") == {2019}


def test_only_words_that_count_from_now_are_relative() -> None:
    assert is_relative("What happened last week?") and not is_relative("What happened in 2019?")


@pytest.mark.parametrize(
    ("question", "outlets"),
    [
        ("What did USA Today report on Manbij?", ()),
        ("When did USA Today interview Mayor Jana Koller?", ()),
        ("What is USA Today?", ()),
        ("USA Today on Manbij?", ("USA Today",)),
        ("What Did USA TODAY Report?", ("USA Today",)),
        ("What did Today say of the ferry?", ("Today",)),
        ("What did This Week say of the ferry?", ("This Week",)),
        ("What did The Today Show say?", ("Harbour Post", "The Today Show")),
    ],
)
def test_the_name_of_an_outlet_is_no_day(question: str, outlets: tuple[str, ...]) -> None:
    assert not is_relative(question, outlets)
    assert asked_days(question, TODAY, outlets) is None


@pytest.mark.parametrize(
    "question",
    [
        "What happened today?",
        "Today, what happened?",
        "What happened in the USA today?",
        "What Happened in the USA Today?",
        "What Happened in Manbij Today?",
        "What did USA Today report today?",
        "What did Today report this week?",
        "Who spoke to USA Today yesterday?",
    ],
)
def test_a_day_beside_the_name_of_an_outlet_is_one(question: str) -> None:
    assert is_relative(question, ("USA Today", "Today", "This Week"))
