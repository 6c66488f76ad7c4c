"""Questions and filters at the ends of the calendar: the years 1 and 9999."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from rag.answer import Question
from rag.assistant import Assistant
from rag.question.filters import merge_filters
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words

RELATIVE = "yesterday", "today", "tomorrow", "last week", "this week", "last month", "last year"
ENDS = ["0001-01-01", "0001-01-02", "0002-01-01", "9998-12-31", "9999-12-30", "9999-12-31"]
OFFSETS = st.integers(-1_439, 1_439).map(lambda minutes: timezone(date.resolution / 1_440 * minutes))
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), timezones=OFFSETS)
DAYS = st.sampled_from(ENDS) | st.dates().map(date.isoformat)


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over one article of 15 October 2019."""
    folder = tmp_path_factory.mktemp("calendar")
    article = {"text": "Captain Grace Hopper steered the ferry.", "published_at": "2019-10-15"}
    (folder / "feed.jsonl").write_text(json.dumps(article), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(folder / "store") as store:
        yield assistant_over_words(folder, store)


@pytest.mark.parametrize("as_of", [*ENDS, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
@pytest.mark.parametrize("when", RELATIVE)
def test_relative_words_are_understood_on_the_first_and_the_last_day_there_is(
    ferry: Assistant, as_of: str, when: str
) -> None:
    answer = ferry.ask(Question(f"Who steered the ferry {when}?", where=Filter(as_of=as_of)))
    assert answer.status == "outside_coverage" and not answer.citations


@pytest.mark.parametrize("year", ["1", "0", "9999", "10000", "99999999999999999999"])
def test_years_beyond_the_calendar_are_no_error(ferry: Assistant, year: str) -> None:
    for question in (f"Who steered the ferry in the year {year}?", f"Who steered it on May 31, {year}?"):
        assert ferry.ask(Question(question)).status


@settings(max_examples=40, deadline=None)
@given(
    st.none() | DAYS | MOMENTS.map(datetime.isoformat),
    st.none() | DAYS,
    st.none() | DAYS,
    st.sampled_from(["", *RELATIVE]) | st.dates().map(lambda day: f"on {day:%d %B} {day.year:04}"),
)
def test_any_dates_of_a_question_and_its_filters_are_answered_or_refused(
    ferry: Assistant, as_of: str | None, after: str | None, before: str | None, when: str
) -> None:
    written = {"as_of": as_of, "after": after, "before": before}
    if after and before and after >= before:
        return
    where = merge_filters(Filter(), written)
    assert ferry.ask(Question(f"Who steered the ferry {when}?", where=where)).status


def test_an_article_is_found_under_filters_that_reach_to_both_ends(ferry: Assistant) -> None:
    everything = Filter(after="0001-01-01", before="9999-12-31", as_of="9999-12-31T23:59:59-23:59")
    assert ferry.ask(Question("Who steered the ferry?", where=everything)).status == "answered"
    moment = datetime(2019, 10, 16, tzinfo=UTC).isoformat()
    yesterday = Question("Who steered the ferry yesterday?", where=Filter(as_of=moment))
    assert ferry.ask(yesterday).status == "answered"
