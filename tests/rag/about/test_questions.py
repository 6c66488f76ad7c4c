"""Questions that a sentence answers: who, how many, what somebody said, when and where; or none."""

from datetime import date

import pytest

from index.language.analysis import analyse
from index.language.sentence import Name
from index.store.store import Passage
from rag.about.questions import is_topic, questions_of


def asked(text: str, title: str = "A day") -> list[str]:
    """The questions made from the sentences of an article of this title."""
    sentences = analyse(text.split("|"), date(2021, 5, 20))
    passage = Passage(1, "a", "r", 0, len(text), text, (), title, None, None, None)
    return [made.question for sentence in sentences for made in questions_of(sentence, passage)]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The Harbour Bridge was closed on 3 May 2021.", "When was the Harbour Bridge closed?"),
        (
            "The Harbour Bridge was closed to lorries on Monday.",
            "When was the Harbour Bridge closed to lorries?",
        ),
        ("Anna Lindqvist won the regatta on 3 May 2021.", "When did Anna Lindqvist win the regatta?"),
        ("Anna Lindqvist was arrested in Paris.", "Where was Anna Lindqvist arrested?"),
        ("The judge, Anna Lindqvist, closed the hearing.", "Who is Anna Lindqvist?"),
        ("Anna Lindqvist, 58, a bridge engineer from Hull, waited.", "Who is Anna Lindqvist?"),
        ("At least 1,200 people were evacuated, police said.", "How many people were evacuated?"),
    ],
)
def test_a_sentence_suggests_what_it_answers(text: str, question: str) -> None:
    assert question in asked(text)


def test_what_somebody_said_is_about_something_of_the_headline() -> None:
    text = "“The bridge is safe,” said Anna Lindqvist."
    assert asked(text, "Bridge to open") == ["What did Anna Lindqvist say about the bridge?"]
    assert asked(text, "A day in May") == []


@pytest.mark.parametrize(
    "text",
    [
        "A goal by Anna Lindqvist won the derby on 3 May 2021.",
        "The harbour at Port Vale was closed on Thursday.",
        "Anna Lindqvist said on Monday that it was late.",
        "Anna Lindqvist and Joan Clarke were arrested on Monday.",
        "Anna Lindqvist won when he fell on 3 May 2021.",
        "It was closed on 3 May 2021.",
        "“Port Vale was closed on Monday.",
    ],
)
def test_what_would_not_be_grammatical_or_needs_its_neighbours_is_not_asked(text: str) -> None:
    assert asked(text) == []


def test_a_question_stays_short() -> None:
    assert asked(f"The {'Very ' * 20}Long Bridge was closed on 3 May 2021.") == []


@pytest.mark.parametrize(
    ("name", "outlet", "told"),
    [
        ("CNN", "cnn.com", False),
        ("Alder Times", "The Alder Times", False),
        ("Alma Rose", "cnn.com", True),
        ("CNN", None, True),
    ],
)
def test_an_outlet_is_no_topic_of_its_own_articles(name: str, outlet: str | None, told: bool) -> None:
    assert is_topic(Name(name, 0, len(name)), outlet) is told
