"""What a case says of itself."""

import dataclasses
from typing import get_args

import pytest

from rag.answer import Status
from rag.evals.cases.case import ABSTENTIONS, ANY_ABSTENTION, STATUSES, Case


def test_a_case_asks_nothing_until_it_is_told_to() -> None:
    case = Case("a", "Who sailed?")
    asked = [f.name for f in dataclasses.fields(case) if f.name not in ("id", "question", "where")]
    assert not any(getattr(case, name) for name in asked)
    assert case.where.is_empty
    assert not case.expects_abstention


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (("not_stated",), True),
        (("not_stated", "outside_coverage"), True),
        (("abstained",), True),
        (("not_stated", "partial"), False),
        (("answered",), False),
        ((), False),
    ],
)
def test_a_case_expects_an_abstention_when_nothing_else_is_accepted(
    status: tuple[str, ...], expected: bool
) -> None:
    assert Case("a", "Who sailed?", status=status).expects_abstention is expected


def test_the_statuses_are_those_of_an_answer() -> None:
    assert {*STATUSES} == {*get_args(Status), ANY_ABSTENTION}
    assert {*ABSTENTIONS} == {*get_args(Status)} - {"answered", "partial", "listed", "help"}


def test_where_a_case_was_read_is_no_part_of_what_it_says() -> None:
    assert Case("a", "Who sailed?", origin="a.yaml:3") == Case("a", "Who sailed?", origin="b.csv:9")
