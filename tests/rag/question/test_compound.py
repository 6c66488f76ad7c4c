"""Parts of compound questions."""

import json
from pathlib import Path

import pytest

from rag.question.compound import split_question

_FILE = Path(__file__).with_name("compound.jsonl")
QUESTIONS = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", QUESTIONS, ids=lambda case: case["question"][:60])
def test_questions_are_split_at_clauses_that_ask(case: dict[str, object]) -> None:
    question, expected = str(case["question"]), case["parts"]
    assert isinstance(expected, list)
    found = split_question(question)
    if not expected:
        assert found == [question]
        return
    assert len(found) == len(expected), found
    for words, part in zip(expected, found, strict=True):
        assert all(word.casefold() in part.casefold() for word in words), part


def test_a_part_without_a_verb_takes_that_of_the_first() -> None:
    assert split_question("When did she resign, and why?") == ["When did she resign?", "why did she resign?"]
    assert split_question("Who was charged and by which court?")[1] == "by which court was charged?"


def test_a_later_part_takes_its_subject_from_the_last_part_that_names_one() -> None:
    parts = split_question("How tall is the tower, how much did it cost and who designed it?")
    assert len(parts) == 3 and all("tower" in part for part in parts)


def test_a_frame_asks_nothing_of_its_own() -> None:
    assert split_question("Tell me who runs the port and where it lies")[0] == "who runs the port?"
    assert split_question("Tell me who runs the port") == ["Tell me who runs the port"]


def test_more_than_three_parts_are_searched_as_one_question() -> None:
    asked = "What is a lock and how does it work and who needs it and who pays for it?"
    assert split_question(asked) == [asked]


def test_a_long_question_of_nothing_but_conjunctions_is_left_whole() -> None:
    asked = "who and " * 240
    assert split_question(asked) == [asked]
