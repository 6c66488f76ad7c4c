"""What is said of filters that cannot be met."""

from collections.abc import Sequence

import pytest

from index.store.filters import Filter
from rag.question.filters import unknown_outlets

OUTLETS = ["Daily Lantern", "Harbour Post", "The Hill Gazette"]


def test_an_outlet_that_the_archive_lacks_is_told_with_what_it_has() -> None:
    told = unknown_outlets(Filter(sources=("Moon Courier",)), lambda: OUTLETS)
    assert told == (
        "The archive has no article of Moon Courier; "
        "its outlets are Daily Lantern, Harbour Post, The Hill Gazette."
    )
    many = unknown_outlets(Filter(sources=("Moon Courier",)), lambda: [f"Outlet {n}" for n in range(20)])
    assert many is not None and "Outlet 7 and 12 more." in many


@pytest.mark.parametrize("written", ["Harbour Psot", "the harbour post", "Hill Gazette"])
def test_an_outlet_that_is_spelled_nearly_so_is_offered(written: str) -> None:
    told = unknown_outlets(Filter(sources=("daily lantern", written)), lambda: OUTLETS)
    assert told is not None and told.endswith("did you mean Harbour Post?") is ("arbour" in written)
    assert f"no article of {written}; " in told


def test_nothing_is_said_and_nothing_read_without_need() -> None:
    def never() -> Sequence[str]:
        raise AssertionError("the outlets were read")

    assert unknown_outlets(Filter(after="2020-01-01"), never) is None
    assert unknown_outlets(Filter(sources=("HARBOUR  post",)), lambda: OUTLETS) is None
    assert unknown_outlets(Filter(sources=("Any",)), list) == (
        "The archive has no article of Any; it names no outlet at all."
    )
