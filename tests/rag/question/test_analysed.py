"""What a question is about."""

import pytest

from index.language.names import Mentions, missing
from rag.question.analysed import Subject, analysed


def test_a_number_that_names_a_thing_must_be_there_and_a_date_need_not() -> None:
    asked = analysed(
        "How many people were aboard flight 1722, ferry 3 and the 2 others on Oct. 15, 2019?"
    ).names
    assert [figure.text for figure in asked] == ["1722", "3", "2"]
    assert [
        one.text for one in missing(asked, Mentions("Flight 1723 passed ferry three, two others sank."))
    ] == ["1722"]


@pytest.mark.parametrize(
    "question", ["Who won in 2019?", "What happened 3 weeks ago?", "Who left at 3:05 p.m.?"]
)
def test_dates_and_times_name_nothing(question: str) -> None:
    assert analysed(question).names == ()


def test_the_years_are_those_of_the_calendar() -> None:
    assert analysed("Who won in 2019 with 3,000 votes?").years == {2019}


@pytest.mark.parametrize("asked", ["2300", "2,300", "2 300", "2\u202f300", "2.300", "2’300", "２３００"])
@pytest.mark.parametrize("written", ["2300", "2,300", "2 300", "2\u00a0300"])
def test_a_number_is_mentioned_in_every_writing(asked: str, written: str) -> None:
    text = Mentions(f"The storm drove {written} people and 300 dogs from 2 towns.")
    assert not missing(analysed(f"Who are the {asked} people?").names, text)
    assert [one.text for one in missing(analysed("Who are the 230 people?").names, text)] == ["230"]


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        ("Kolmar harbour fire spreads to the mill", True),
        ("The fire in the harbour of Wendbury", False),
        ("Kolmar elects a mayor", False),
    ],
)
def test_a_text_about_a_subject_has_its_names_and_half_of_its_words(text: str, is_about: bool) -> None:
    assert Subject.of("the Kolmar harbour fire of March 2021").is_of(text) == is_about


@pytest.mark.parametrize(
    ("question", "verb"),
    [
        ("Why did the Alder Board reject the plan?", "reject"),
        ("and when did they win the appeal", "win"),
        ("Why was Ann Lee appointed?", "appoint"),
        ("Why did Ann Lee tell them?", ""),
        ("Why will the board reject the plan?", ""),
        ("Why did not the board reject the plan?", ""),
        ("Did the board reject the plan?", ""),
        ("When was the last time people walked on the moon?", ""),
    ],
)
def test_why_and_when_presuppose_what_they_ask_about(question: str, verb: str) -> None:
    assert analysed(question).presupposed == verb


@pytest.mark.parametrize(
    "question",
    [
        "list the winners of the Kolmar prize",
        "Which airlines fly to Kolmar?",
        "what bands are playing at the Ostrand fair",
        "who are the members of the council",
        "names of the sailors who drowned",
        "films that were shown at the fair",
        "who won at the fair, all of them",
    ],
)
def test_several_things_are_asked_for(question: str) -> None:
    assert analysed(question).asks_for_several


@pytest.mark.parametrize(
    "question",
    [
        "Which airline flies to Kolmar?",
        "Who is the mayor of Kolmar?",
        "What was the cause of the fire?",
        "which bus is late",
        "Why were the houses sold?",
        "Is the mayor on the list of guests?",
    ],
)
def test_one_thing_is_asked_for(question: str) -> None:
    assert not analysed(question).asks_for_several
