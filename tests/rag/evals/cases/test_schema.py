"""The JSON Schema that editors use accepts what the reader accepts: its keys, shapes and statuses."""

import dataclasses
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from rag.evals.cases.case import Case, CaseError
from rag.evals.cases.read import load
from rag.evals.cases.schema import KEYS, schema

VALID: list[dict[str, object]] = [
    {"question": "Who sailed?"},
    {"question": "Who sailed?", "id": "a", "answer": "Ann", "status": "answered", "tags": []},
    {"question": "Who sailed?", "answer": ["Ann", 3, 4.5, True, {"regex": "B.b"}]},
    {"question": "Who sailed?", "answer": {"regex": "Ann|Bo"}},
    {"question": "And then?", "history": [{"role": "user", "content": "Who sailed?"}]},
    {"question": "Who sailed?", "must_cite": ["a/1", "Ships"], "evidence": "Ann sailed"},
    {"question": "Who sailed?", "must_say": ["Ann"], "must_not_say": "Bo", "assertions": "It names Ann."},
    {"question": "Who sailed?", "status": ["abstained", "partial"], "known_gap": "names"},
    {"question": "Who sailed?", "source": ["Star"], "after": "2021-01-01", "before": "2021/02/01"},
    {"question": "Who sailed?", "as_of": "2021-01-01T10:00:00Z", "answer": None, "status": None},
]
INVALID: list[object] = [
    {},
    "Who sailed?",
    {"question": None},
    {"question": " "},
    {"question": ["Who sailed?"]},
    {"question": "Who sailed?", "answr": "Ann"},
    {"question": "Who sailed?", "id": ["a"]},
    {"question": "Who sailed?", "status": "answred"},
    {"question": "Who sailed?", "status": ["answered", "yes"]},
    {"question": "Who sailed?", "answer": {"regexp": "a"}},
    {"question": "Who sailed?", "answer": [["Ann"]]},
    {"question": "Who sailed?", "must_cite": {"id": "a"}},
    {"question": "Who sailed?", "must_say": [None]},
    {"question": "Who sailed?", "history": "hello"},
    {"question": "Who sailed?", "history": [{"role": "me", "content": "hello"}]},
    {"question": "Who sailed?", "history": [{"role": "user"}]},
    {"question": "Who sailed?", "after": ["2021-01-01"]},
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """A validator of the schema, which is a schema itself."""
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def read(folder: Path, content: object, suffix: str) -> list[Case]:
    """What the reader makes of a file that holds these cases (JSON is YAML too)."""
    path = folder / f"cases{suffix}"
    lines = content if suffix == ".jsonl" and isinstance(content, list) else [content]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return load([path])


@pytest.mark.parametrize("case", VALID)
def test_what_the_reader_accepts_the_schema_accepts(
    tmp_path: Path, validator: Draft202012Validator, case: dict[str, object]
) -> None:
    for suffix in (".yaml", ".jsonl"):
        assert len(read(tmp_path, [case], suffix)) == 1
    assert validator.is_valid([case])
    shared = {name: value for name, value in case.items() if name not in ("id", "question")}
    file = {"defaults": shared, "cases": [{"question": "Who?"}]}
    assert len(read(tmp_path, file, ".yaml")) == 1
    assert validator.is_valid(file)


@pytest.mark.parametrize("case", INVALID)
def test_what_the_schema_refuses_the_reader_refuses(
    tmp_path: Path, validator: Draft202012Validator, case: object
) -> None:
    assert not validator.is_valid([case])
    for suffix in (".yaml", ".jsonl"):
        with pytest.raises(CaseError):
            read(tmp_path, [case], suffix)


@pytest.mark.parametrize(
    "file",
    [
        [],
        {"cases": []},
        {"case": [{"question": "Who?"}]},
        {"defaults": {"id": "a"}, "cases": [{"question": "Who?"}]},
        {"defaults": {"question": "Who?"}, "cases": [{"question": "Who?"}]},
        {"cases": [{"question": "Who?"}], "more": 1},
        "Who sailed?",
    ],
)
def test_a_file_that_is_no_list_of_cases_is_refused_by_both(
    tmp_path: Path, validator: Draft202012Validator, file: object
) -> None:
    assert not validator.is_valid(file)
    with pytest.raises(CaseError):
        read(tmp_path, file, ".yaml")


def test_every_field_of_a_case_has_a_key() -> None:
    fields = {field.name for field in dataclasses.fields(Case)} - {"where", "origin", "answer_regex"}
    assert fields | {"source", "after", "before", "as_of"} == set(KEYS)
