"""A record is one JSON line and comes back as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.filters import Filter
from rag.answer import Turn
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record, case_digest, case_from_json, case_to_json

texts = st.text(min_size=1, max_size=20)
several = st.lists(texts, max_size=3).map(tuple)
cases = st.builds(
    Case,
    id=texts,
    question=texts,
    history=st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), texts), max_size=2).map(tuple),
    answer=several,
    answer_regex=st.none() | texts,
    must_cite=several,
    evidence=several,
    must_say=several,
    must_not_say=several,
    status=st.lists(st.sampled_from(["answered", "not_stated"]), max_size=2).map(tuple),
    assertions=several,
    where=st.sampled_from([Filter(), Filter(("Meridian Wire",), "2019-10-01", None, "2019-10-15T10:00:00Z")]),
    tags=several,
    known_gap=st.none() | texts,
    origin=st.just("") | texts,
)


@given(cases)
def test_a_case_comes_back_from_json_as_it_was(case: Case) -> None:
    back = case_from_json(json.loads(json.dumps(case_to_json(case))))
    assert back == case and back.origin == case.origin
    assert case_digest(back) == case_digest(case)


@given(cases, st.lists(texts, max_size=2).map(tuple), st.none() | texts)
def test_a_record_comes_back_from_its_line_as_it_was(
    case: Case, failures: tuple[str, ...], error: str | None
) -> None:
    record = Record(case, 2, {"status": "answered"}, error, {"mrr": 0.5, "f1": None}, failures, 0.25, "abc")
    assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_where_a_case_was_read_is_no_part_of_what_it_asks() -> None:
    asked = Case("a", "Who?", origin="a.yaml:1")
    assert case_digest(asked) == case_digest(Case("a", "Who?", origin="b.yaml:9"))
    assert case_digest(asked) != case_digest(Case("a", "Who?", answer=("Brandt",)))


def test_an_item_that_errored_or_failed_has_not_passed() -> None:
    case = Case("a", "Who?")
    assert Record(case).passed
    failed, errored = (
        Record(case, failures=("expected Brandt, got Lind",)),
        Record(case, error="no connection"),
    )
    assert not failed.passed and failed.why == ("expected Brandt, got Lind",)
    assert not errored.passed and errored.why == ("no connection",)


def test_what_is_known_to_fail_is_not_gated() -> None:
    assert Record(Case("a", "Who?")).gated and not Record(Case("a", "Who?", known_gap="no tables yet")).gated


@pytest.mark.parametrize("line", [{}, {"answer": 1, "error": None}, {"answer": None, "error": 5}])
def test_another_object_is_no_record(line: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        Record.from_json(line)
