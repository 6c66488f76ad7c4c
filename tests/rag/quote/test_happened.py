"""When a sentence says that something happened: the day, month or year that it tells, and no other."""

from datetime import date

import pytest

from index.language.dates import told_dates
from rag.quote.happened import happened


def told(text: str, published: str | None) -> tuple[str, str] | str | None:
    """The first and last of when it happened, one where they are the same."""
    dates = told_dates(text, date.fromisoformat(published) if published else None)
    when = happened(text, dates, published)
    if when is None:
        return None
    return when.first if when.first == when.last else (when.first, when.last)


@pytest.mark.parametrize(
    ("text", "published", "when"),
    [
        ("A first attempt, on Monday, had ended because an engine was warm.", "2022-09-03", "2022-08-29"),
        ("Shortly after nine on Tuesday evening, a sensor reported a leak.", "2022-11-17", "2022-11-15"),
        ("The ship ran aground on Tuesday on its way north.", "2021-03-24", "2021-03-23"),
        ("On Friday night, for the first time in days, the rudder moved.", "2021-03-27", "2021-03-26"),
        ("Years after it ran aground, the ship left on Wednesday.", "2021-07-08", "2021-07-07"),
        ("The council said on Sunday that troops would deploy.", "2019-10-14", "2019-10-13"),
        ("The storm hit on Monday.", "2022-09-03", "2022-08-29"),
        ("The man who was arrested was named on Monday.", "2022-09-03", "2022-08-29"),
        ("September 28 - The hurricane makes landfall.", "2022-11-08", "2022-09-28"),
        ("The bridge opened on 5 May 1990.", None, "1990-05-05"),
        ("It killed several civilians on Thursday and Friday.", "2019-10-12", ("2019-10-10", "2019-10-11")),
        ("He died over the weekend.", "2022-07-25", ("2022-07-23", "2022-07-24")),
        ("It opened last week.", "2022-08-25", ("2022-08-15", "2022-08-21")),
    ],
)
def test_a_day_that_is_told_and_over_is_when_it_happened(
    text: str, published: str | None, when: str | tuple[str, str]
) -> None:
    assert told(text, published) == when


@pytest.mark.parametrize(
    ("text", "published", "when"),
    [
        ("In November, the observatory turned to Titan.", "2022-12-01", "2022-11"),
        ("August 1999 in Turkey: 18,000 people died.", "2023-02-07", "1999-08"),
        ("It opened in early August.", "2022-09-25", "2022-08"),
        ("It opened two weeks ago.", "2022-07-25", "2022-07"),
        ("In 1999 an earthquake killed 17,000 people.", "2019-09-26", "1999"),
        ("Battles raged in the 1990s across the region.", "2022-09-03", ("1990", "1999")),
    ],
)
def test_a_month_or_a_year_is_no_exact_day(text: str, published: str, when: str | tuple[str, str]) -> None:
    assert told(text, published) == when


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("It called off the attempt on Saturday and said that it would end on Tuesday.", "2022-09-03"),
        ("It will open on 5 October.", "2022-09-03"),
        ("Voting begins on Tuesday, officials said.", "2022-09-03"),
        ("The ferry sails on Monday after the crew voted.", "2022-09-03"),
        ("She agreed to meet the president on Monday.", "2022-09-03"),
        ("The proposed law goes to a vote on Tuesday.", "2022-09-03"),
        ("The talks are held on Tuesday.", "2022-09-03"),
        ("Trains will leave earlier and all of them will stop at the harbour, from Sunday.", "2019-12-10"),
        ("The army called for evacuation early Friday.", "2023-10-12"),  # The article was added to.
        ("February 5 - The queen announces it.", "2022-11-08"),
        ("The bridge opened on Monday.", None),
        ("It opened two weeks ago.", "2022-07-16"),  # In June or July.
    ],
)
def test_what_may_lie_ahead_or_at_another_time_is_not_said(text: str, published: str | None) -> None:
    assert told(text, published) is None


@pytest.mark.parametrize(
    "text",
    [
        "At least 160,000 people had been displaced since the operation began on Oct 9.",
        "He was indicted for conspiring to overturn the 2020 election.",
        "There was no such role, he said in a 2017 interview.",
        "The region was occupied when the state was founded in 1948.",
        "Quakes that shook the region last week had killed many.",
        "Families buried the victims of the 7 October attack.",
        "Tickets cost four times as much as a year ago.",
    ],
)
def test_a_date_of_something_beside_is_not_when_it_happened(text: str) -> None:
    assert told(text, "2023-10-15") is None
