"""What the cross-encoder reads of a text is written as the question writes it."""

from rag.question.analysed import analysed
from rag.retrieve.wording import as_asked

TOLD = "Mrs Ruiz, 64, said that 2,300 boats left, among them 12, 13 and 40 of Velda."


def test_an_age_behind_a_name_says_that_it_is_one_where_an_age_is_asked_for() -> None:
    read = as_asked(TOLD, analysed("How old is Mrs Ruiz?"), {})
    assert read == TOLD.replace(", 64,", " is 64 years old,")
    assert as_asked(TOLD, analysed("How many boats left?"), {}) == TOLD


def test_numbers_are_written_as_the_question_writes_them() -> None:
    assert "2300 boats" in as_asked(TOLD, analysed("Did 2300 boats leave?"), {})
