"""What a conversation is about: whom "he" means, and what "it" and "they" mean."""

import pytest

from rag.question.focus import Focus


def after(*questions: str) -> Focus:
    focus = Focus()
    for question in questions:
        focus = focus.asked(question, question)
    return focus


@pytest.mark.parametrize(
    ("asked", "entity"),
    [
        ("Who leads the strike at Ostmark Rail?", "the strike at Ostmark Rail"),
        ("When did the Notre Dame fire start?", "the Notre Dame fire"),
        ("When did the Ever Given sink?", "the Ever Given"),
        ("Who was the captain of the Ever Given?", "the Ever Given"),
        ("What did Ann Lee rule in the Velmora case?", "the Velmora case"),
        ("Who is the head of Pellow Foods?", "Pellow Foods"),
        ("who owns the kestrelby quarry", "the kestrelby quarry"),
        ("Did the Senate of Ostrand pass a resolution on fishing?", "the resolution on fishing"),
        ("Who won the match between Karsholm and Vettby?", "the match between Karsholm and Vettby"),
    ],
)
def test_it_is_a_name_with_the_nouns_that_belong_to_it(asked: str, entity: str) -> None:
    assert after(asked).entity == entity


def test_she_and_he_are_told_apart_by_their_given_names() -> None:
    focus = after("When did Marta Sollen marry Janek Ruud?")
    she, he = focus.whom("she"), focus.whom("his")
    assert she and he and (she.text, he.text) == ("Marta Sollen", "Janek Ruud")
    assert focus.several == "Marta Sollen and Janek Ruud"


def test_whom_a_question_asked_for_comes_before_whom_it_named() -> None:
    focus = after("Who ran against Teodor Vask?").answered("*Post, 3 May 2021:* Hanne Brook did. [1]")
    assert [one.text for one in focus.people] == ["Hanne Brook", "Teodor Vask"]


def test_a_body_is_he_only_where_nobody_else_may_be() -> None:
    focus = after("Who runs Brenlow Mills?").answered("Odile Farrant does.")
    she = focus.whom("she")
    assert she and she.text == "Odile Farrant"


def test_the_judge_is_who_was_named_with_that_title() -> None:
    assert after("What did Judge Ansgar Pohl rule?").titled("judge") == "Judge Ansgar Pohl"
    assert after("What did Ansgar Pohl rule?").titled("judge") is None
