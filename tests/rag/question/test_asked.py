"""A question as it is searched: the days that it asks for narrow its filters, or leave nothing to answer."""

from datetime import date

import pytest

from index.store.filters import Filter
from index.store.records import Archive
from index.store.store import Store
from rag.question.answer_type import Kind
from rag.question.asked import SearchDates, as_searched, search_dates, without_tags

ARCHIVE = Archive(9, 0, "2019-10-09", "2019-10-29")
TODAY = date(2019, 10, 20)


def dates(question: str, given: Filter | None = None, today: date = TODAY) -> SearchDates:
    return search_dates(question, given or Filter(), ARCHIVE, today, tuple)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("<script>alert(1)</script> Who owns the <b>Ever Given</b>?", "Who owns the Ever Given?"),
        ("<img src=x onerror=alert(1)> who is <i class='a'>she</i> ?", "who is she?"),
        ("is 3 < 4 and 5 > 2 ?", "is 3 < 4 and 5 > 2 ?"),
        ("<b></b>", "<b></b>"),
    ],
)
def test_tags_are_no_part_of_a_question(typed: str, asked: str) -> None:
    assert without_tags(typed) == asked


def test_yesterday_narrows_the_filters() -> None:
    told = dates("What happened yesterday?", Filter(sources=("post",)))
    assert (told.where.after, told.where.sources) == ("2019-10-19", ("post",))
    assert not told.outside_archive and not told.unanswerable
    assert dates("What happened in Orford?") == SearchDates(Filter(), False, False)


@pytest.mark.parametrize(
    ("question", "given", "today", "outside", "unanswerable"),
    [
        ("What happened yesterday?", Filter(), date(2021, 5, 5), True, True),
        ("What happened in March 1999?", Filter(), TODAY, True, False),
        ("What happened?", Filter(after="2050-01-01"), TODAY, True, True),
        ("What happened on 12 October 2019?", Filter(), TODAY, False, False),
    ],
)
def test_days_outside_the_archive_are_told_and_some_leave_nothing_to_answer(
    question: str, given: Filter, today: date, outside: bool, unanswerable: bool
) -> None:
    told = dates(question, given, today)
    assert (told.outside_archive, told.unanswerable) == (outside, unanswerable)


def test_now_is_answered_of_the_time_that_the_archive_has() -> None:
    told = dates("Who is ahead this summer?", today=date(2021, 7, 5))
    assert told.is_earlier and told.where == Filter() and not told.unanswerable


def test_a_misspelt_name_is_searched_as_the_archive_spells_it(samples_store: Store) -> None:
    asked = as_searched(
        "What does erdogann want?", samples_store, Filter(), samples_store.archive(), date(2019, 10, 20)
    )
    assert asked.text == "What does Erdogan want?" and list(asked.spelling.notices)


def test_what_answers_is_told_by_the_names_of_a_question_in_small_letters_too(samples_store: Store) -> None:
    for question in ("who is gwen pardoe", "Who is Gwen Pardoe?"):
        asked = as_searched(question, samples_store, Filter(), samples_store.archive(), date(2023, 6, 1))
        assert asked.question.expected.kind is Kind.ANY


def test_what_happened_to_somebody_is_an_overview_in_small_letters_too(samples_store: Store) -> None:
    told = [
        as_searched(text, samples_store, Filter(), ARCHIVE, TODAY).question.intent
        for text in ("what happened to annika roos", "what happened to the money")
    ]
    assert told == ["overview", "question"]
