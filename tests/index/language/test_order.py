"""Order and direction: passives, comparisons, prepositions, subjects of verbs, two statements joined."""

import pytest

from index.language.analysis import analyse_question
from index.language.order import is_exchanged, keeps_order, order_of, predicates


def keeps(claim: str, source: str) -> bool:
    """Whether a claim keeps the order of its source."""
    return keeps_order(analyse_question(claim), analyse_question(source))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Hale sued Byrne in March.", "Byrne was sued by Hale in March."),
        ("Byrne was sued by Hale in March.", "Hale sued Byrne in March."),
        ("Byrne was bitten by a dog.", "A dog bit Byrne."),
        ("The train runs from Kolvik to Aske.", "The train runs to Aske from Kolvik."),
        ("The tower is taller than the mast.", "The mast is shorter than the tower."),
        ("Hale won more votes than Byrne.", "Byrne won fewer votes than Hale."),
        ("The ferry sank in June near Aske.", "In June the ferry sank near Aske."),
        ("Hale, who sued Byrne, won the vote.", "Hale won the vote."),
        ("Hale sued Byrne and won the vote.", "Hale won the vote."),
        ("The safety levels of the ministry are low.", "The ministry's safety levels are low."),
        ("The plant recalled dozens of its buses.", "The plant recalled its buses."),
        ("Police detained Byrne on the pier.", "Byrne was detained on the pier."),
        ("Hale said that the pier would close.", "The pier would close, Hale said."),
    ],
)
def test_what_says_the_same_keeps_the_order(source: str, claim: str) -> None:
    assert keeps(claim, source)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Hale sued Byrne in March.", "Byrne sued Hale in March."),
        ("Hale sued Byrne in March.", "Hale was sued by Byrne in March."),
        ("Byrne was sued by Hale in March.", "Byrne sued Hale in March."),
        ("The train runs from Kolvik to Aske.", "The train runs from Aske to Kolvik."),
        ("The tower is taller than the mast.", "The mast is taller than the tower."),
        ("Hale won more votes than Byrne.", "Hale won fewer votes than Byrne."),
        ("Hale won more votes.", "Hale won fewer votes."),
        ("Hale, who sued Byrne, won the vote.", "Byrne won the vote."),
        ("Hale sued Byrne and won the vote.", "Byrne won the vote."),
        ("Hale resigned and Byrne was fired.", "Hale was fired."),
        ("Byrne was detained on the pier.", "Byrne detained on the pier."),
        ("Prices rose faster in Kolvik than in Aske.", "Prices rose faster in Aske than in Kolvik."),
        ("Exports to Aske exceed exports to Kolvik.", "Exports to Kolvik exceed exports to Aske."),
    ],
)
def test_what_is_turned_round_does_not(source: str, claim: str) -> None:
    assert not keeps(claim, source)


def test_an_exchange_is_seen_only_where_both_sides_changed_places() -> None:
    source = analyse_question("Hale sued Byrne in March.")
    assert is_exchanged(analyse_question("Byrne sued Hale in March."), source)
    assert not is_exchanged(analyse_question("Byrne was sued by Hale in March."), source)
    assert not is_exchanged(analyse_question("Hale sued Lund in March."), source)


def test_two_things_said_of_one_subject_become_two_sentences() -> None:
    assert predicates("Tom Hale resigned on Monday and sold the ferry.") == [
        "Tom Hale resigned on Monday",
        "Tom Hale sold the ferry.",
    ]
    assert predicates("Hale said that prices rose and that wages fell.") == [
        "Hale said that prices rose",
        "Hale said that wages fell.",
    ]
    assert predicates("Hale and Byrne resigned.") == []
    assert predicates("The ferry sank.") == []


def test_endless_passives_are_read_in_bounds() -> None:
    text = "The ferry " + "was seen by the crew and " * 60 + "sank."
    assert order_of(analyse_question(text)).every >= {"ferri", "crew", "sink"}
    assert not keeps(text * 3, text * 3)
