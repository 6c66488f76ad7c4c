"""Which articles pass a filter, and how dates and outlets are compared."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from corpus.dates import day_of, instant_of
from corpus.errors import UsageError
from index.store.filters import Filter, source_key

ARTICLES = {
    "monday": ("Example Post", "2019-10-14"),
    "tuesday": ("Example Post", "2019-10-15T09:00:00+03:00"),
    "tuesday-late": ("The Lantern", "2019-10-15T23:30:00-05:00"),
    "wednesday": ("The Lantern", "2019-10-16"),
    "undated": ("Example Post", None),
    "nobody": (None, "2019-10-15"),
}


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE articles (id, source_key, published_day, published_instant)")
    for name, (source, published) in ARTICLES.items():
        dates = (day_of(published), instant_of(published)) if published else (None, None)
        connection.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?)", (name, source and source_key(source), *dates)
        )
    yield connection
    connection.close()


def passing(database: sqlite3.Connection, where: Filter) -> set[str]:
    condition, parameters = where.to_sql("a")
    return {row[0] for row in database.execute(f"SELECT id FROM articles a WHERE {condition}", parameters)}


def test_an_empty_filter_lets_everything_pass(database: sqlite3.Connection) -> None:
    assert Filter().is_empty and not Filter().has_dates
    assert passing(database, Filter()) == set(ARTICLES)


def test_days_are_compared_as_written_from_after_up_to_before(database: sqlite3.Connection) -> None:
    where = Filter(after="2019-10-15", before="2019-10-16")
    assert passing(database, where) == {"tuesday", "tuesday-late", "nobody"}


def test_nothing_published_later_than_as_of_passes(database: sqlite3.Connection) -> None:
    assert passing(database, Filter(as_of="2019-10-15T06:00:00Z")) == {"monday", "tuesday"}
    # A bare day counts at its end, and half past eleven in Chicago is the next day in Greenwich.
    assert passing(database, Filter(as_of="2019-10-15")) == {"monday", "tuesday", "nobody"}


def test_undated_articles_fail_every_date_filter(database: sqlite3.Connection) -> None:
    for where in (Filter(after="1900-01-01"), Filter(before="2100-01-01"), Filter(as_of="2100-01-01")):
        assert "undated" not in passing(database, where)


def test_outlets_are_compared_without_case_and_any_of_them_passes(database: sqlite3.Connection) -> None:
    assert passing(database, Filter(sources=("the  LANTERN",))) == {"tuesday-late", "wednesday"}
    both = passing(database, Filter(sources=("The Lantern", "example post")))
    assert both == set(ARTICLES) - {"nobody"}
    assert not passing(database, Filter(sources=("' OR 1 --",)))


def test_dates_are_normalised_so_that_equal_filters_are_equal() -> None:
    assert Filter(after="Oct. 15, 2019") == Filter(after="2019-10-15") == Filter(after="2019-10-15T08:00:00Z")


@pytest.mark.parametrize("name", ["after", "before", "as_of"])
def test_a_date_that_cannot_be_read_names_its_flag(name: str) -> None:
    dates: dict[str, Any] = {name: "soon"}
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')}: 'soon' is no full date"):
        Filter(**dates)


def test_a_date_of_no_calendar_is_told_as_it_was_given() -> None:
    with pytest.raises(UsageError, match="--before: '2024-13-01' is no date"):
        Filter(before="2024-13-01")
