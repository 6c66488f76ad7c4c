from datetime import date

import pytest

from index.language.dates import asked_days, asked_years, is_relative

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


def test_years_are_not_counts() -> None:
    assert asked_years("Were 2000 soldiers sent in 2019?") == {2019}


def test_only_words_that_count_from_now_are_relative() -> None:
    assert is_relative("What happened last week?") and not is_relative("What happened in 2019?")
