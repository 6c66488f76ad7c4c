"""The control that narrows a search: what it shows and what it filters."""

import pytest

from corpus.errors import QuestionError
from index.store.filters import Filter
from rag.web.page.filters import Filters


def test_nothing_set_filters_nothing() -> None:
    assert Filters.of(None, None, " ").filter() == Filter()
    assert Filters().label() == "Narrow"


def test_both_days_are_included() -> None:
    where = Filters.of(["Harbour Post"], "2019-10-01", "2019-12-31").filter()
    assert where == Filter(("Harbour Post",), "2019-10-01", "2020-01-01")


def test_the_last_day_there_is_leaves_the_end_open() -> None:
    assert Filters(last="9999-12-31").filter().before is None


def test_the_label_shows_what_is_set() -> None:
    assert Filters(("A", "B"), "2019-10-01").label() == "Narrow: A, B, from 1 Oct 2019"
    assert Filters(("A", "B", "C"), "", "2019-10-01").label() == "Narrow: 3 outlets, to 1 Oct 2019"
    assert Filters(first="soon").label() == "Narrow: from soon"


@pytest.mark.parametrize(("first", "last"), [("soon", ""), ("", "2019-02-30"), ("2020-01-02", "2020-01-01")])
def test_days_that_are_none_or_cross_are_refused(first: str, last: str) -> None:
    with pytest.raises(QuestionError, match="Narrow"):
        Filters(first=first, last=last).filter()
