"""The form of answer that a question asks for, and its subject."""

import pytest

from rag.question.subject import form_of, subject_of


@pytest.mark.parametrize(
    ("asked", "form", "subject"),
    [
        ("Summarise the strike at the mill", "overview", "the strike at the mill"),
        ("could you please give me an overview of the strike?", "overview", "the strike"),
        ("Timeline of the harbour fire", "timeline", "the harbour fire"),
        ("harbour fire: what happened when?", "timeline", "harbour fire"),
        ("what's the latest on the ferry", "latest", "the ferry"),
        ("What’s new with the ferry?", "latest", "the ferry"),
        ("how do they differ on the ferry", "comparison", "the ferry"),
    ],
)
def test_a_form_is_told_from_its_subject(asked: str, form: str, subject: str) -> None:
    assert (form_of(asked), subject_of(asked)) == (form, subject)


@pytest.mark.parametrize(
    "asked",
    ["Who drew up the timeline?", "When did the ferry sink?", "Summarise", "What did the latest poll say?"],
)
def test_a_question_for_one_fact_is_no_form_and_its_own_subject(asked: str) -> None:
    assert form_of(asked) is None
    assert subject_of(asked) == asked
