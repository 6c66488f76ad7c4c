"""Close wording: claims whose words all stand in a sentence that says something else are not supported."""

import pytest

from rag.check.words import check_words
from tests.answers.claims import shown

SAYS_OTHERWISE = [
    (
        "The firm has thirty-one buses and twelve trams.",
        "The firm has twelve buses.",
    ),
    (
        "The firm has 31 buses and 12 trams.",
        "The firm has 12 buses and 31 trams.",
    ),
    (
        "Hale was born in Kolvik and died in Aske.",
        "Hale was born in Aske and died in Kolvik.",
    ),
    (
        "Hale was born in Kolvik and died in Aske.",
        "Hale died in Kolvik.",
    ),
    (
        "The mayor opposed the plan and the council supported it.",
        "The council opposed the plan.",
    ),
    (
        "Poland's attack on Germany was condemned by France.",
        "France's attack on Germany was condemned by Poland.",
    ),
    (
        "The minister said the union had rejected the offer.",
        "The union said the minister had rejected the offer.",
    ),
    (
        "Company A overtook Company B in sales.",
        "Company B overtook Company A in sales.",
    ),
    (
        "Only three of the ten members voted for the plan.",
        "The ten members voted for the plan.",
    ),
    (
        "Hale hopes to win the vote in Aske.",
        "Hale won the vote in Aske.",
    ),
    (
        "The court will decide in May whether Hale is guilty.",
        "The court decided in May that Hale is guilty.",
    ),
    (
        "Doctors said that Hale nearly died on Monday.",
        "Doctors said that Hale died on Monday.",
    ),
    (
        "Hale failed to win the vote in Aske.",
        "Hale won the vote in Aske.",
    ),
    (
        "The bank lost 30 million euros on Monday and gained 12 million on Tuesday.",
        "The bank lost 12 million euros on Tuesday.",
    ),
    (
        "Prices rose in Kolvik on Monday and fell in Aske.",
        "Prices fell in Kolvik.",
    ),
    (
        "The red party, which had beaten the blue party, won the vote.",
        "The blue party won the vote.",
    ),
    (
        "The son of the mayor was arrested in Aske.",
        "The mayor was arrested in Aske.",
    ),
    (
        "The mayor's son was arrested in Aske.",
        "The mayor was arrested in Aske.",
    ),
    (
        "The wife of Tom Hale sued the hospital.",
        "Tom Hale sued the hospital.",
    ),
    (
        "A spokesman for Tom Hale said the pier would close.",
        "Tom Hale said the pier would close.",
    ),
    (
        "Critics of Tom Hale called the plan a fraud.",
        "Tom Hale called the plan a fraud.",
    ),
    (
        "Before the storm the ferry sank.",
        "After the storm the ferry sank.",
    ),
    (
        "The ferry sank before the storm hit Aske.",
        "The storm hit Aske before the ferry sank.",
    ),
    (
        "Hale was accused by Byrne of theft.",
        "Byrne was accused by Hale of theft.",
    ),
    (
        "Hale lent Byrne money.",
        "Byrne lent Hale money.",
    ),
    (
        "Hale told Byrne that Lund had left.",
        "Byrne told Hale that Lund had left.",
    ),
    (
        "Hale told Byrne that Lund had left.",
        "Lund told Byrne that Hale had left.",
    ),
    (
        "The talks between Hale and Byrne ended after Lund left.",
        "The talks between Hale and Lund ended after Byrne left.",
    ),
    (
        "Hale, unlike Byrne, voted for the plan.",
        "Byrne voted for the plan.",
    ),
    (
        "Instead of Hale, Byrne voted for the plan.",
        "Hale voted for the plan.",
    ),
    (
        "The plan was rejected by Hale and backed by Byrne.",
        "The plan was backed by Hale.",
    ),
    (
        "It was Hale who sued Byrne.",
        "It was Byrne who sued Hale.",
    ),
    (
        "Tens of thousands of people fled Kolvik after the army entered it.",
        "The army fled Kolvik after people entered it.",
    ),
    (
        "The army denied killing ten people in Kolvik.",
        "The army killed ten people in Kolvik.",
    ),
    (
        "The army is said to have killed ten people in Kolvik.",
        "The army killed ten people in Kolvik.",
    ),
    (
        "Witnesses claim the army killed ten people in Kolvik.",
        "The army killed ten people in Kolvik.",
    ),
    (
        "The army could have killed ten people in Kolvik, Hale said.",
        "The army killed ten people in Kolvik, Hale said.",
    ),
    (
        "Shares of Acme fell 3% while those of Bolt rose 5%.",
        "Shares of Acme rose 5%.",
    ),
    (
        "Shares of Acme fell 3% while those of Bolt rose 5%.",
        "Shares of Bolt fell 3%.",
    ),
    (
        "The first ship carried grain and the second ship carried oil.",
        "The first ship carried oil.",
    ),
    (
        "Hale's lawyer said that Byrne had lied to the court.",
        "Byrne's lawyer said that Hale had lied to the court.",
    ),
    (
        "The fire killed two men and injured nine women.",
        "The fire killed nine women and injured two men.",
    ),
    (
        "The fire killed two men and injured nine women.",
        "The fire killed nine women.",
    ),
    (
        "Hale succeeded Byrne as head of Acme.",
        "Byrne succeeded Hale as head of Acme.",
    ),
    (
        "Hale sold the house to Byrne for two million euros.",
        "Byrne sold the house to Hale for two million euros.",
    ),
    (
        "North Aske exports more coal than South Aske.",
        "South Aske exports more coal than North Aske.",
    ),
    (
        "Acme sued Bolt, and Bolt sued Cray.",
        "Acme sued Cray.",
    ),
    (
        "Acme owns 40 percent of Bolt.",
        "Bolt owns 40 percent of Acme.",
    ),
    (
        "Acme is owned by Bolt.",
        "Acme owns Bolt.",
    ),
    (
        "Acme is a part of Bolt.",
        "Bolt is a part of Acme.",
    ),
    (
        "Hale is the father of Byrne.",
        "Byrne is the father of Hale.",
    ),
    (
        "Hale trained under Byrne in Aske.",
        "Byrne trained under Hale in Aske.",
    ),
    (
        "The river flows through Aske into Kolvik.",
        "The river flows through Kolvik into Aske.",
    ),
    (
        "Hale scored after Byrne had scored twice.",
        "Byrne scored after Hale had scored twice.",
    ),
]
"""A source, and a claim that is false of it although it has hardly a word of its own."""
SAYS_THE_SAME = [
    ("Tom Hale sued Orla Byrne, a banker, in March.", "Tom Hale sued Orla Byrne in March."),
    (
        "Acme, which owns Bolt, was sold to Cray for 3 million euros.",
        "Acme was sold to Cray for 3 million euros.",
    ),
    ("The plan was rejected by Hale and backed by Byrne.", "The plan was rejected by Hale."),
    ("The fire killed two men and injured nine women.", "Two men were killed by the fire."),
    ("The plant recalled dozens of its buses on Monday.", "On Monday the plant recalled its buses."),
]


@pytest.mark.parametrize(("source", "claim"), SAYS_OTHERWISE)
def test_words_alone_support_no_claim_that_puts_a_sentences_words_together_otherwise(
    source: str, claim: str
) -> None:
    assert check_words(claim, (1,), shown(source), "").support not in ("supported", "verbatim")


@pytest.mark.parametrize(("source", "claim"), SAYS_THE_SAME)
def test_a_sentence_shortened_or_told_in_another_order_is_supported(source: str, claim: str) -> None:
    assert check_words(claim, (1,), shown(source), "").support in ("supported", "verbatim")


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("The story that Siv Dahl owns a share in the pier is a hoax.", "Siv Dahl owns a share in the pier."),
        ("If the council raises the rent, the bakery will close.", "The bakery will close."),
        ("Unless the state pays, the Dunmoor pier will be torn down.", "The Dunmoor pier will be torn down."),
        ("According to Vidar Energy, the pier leaks diesel.", "The pier leaks diesel."),
        (
            "Norrland Lines said that a misprinted table caused the crash.",
            "A misprinted table caused the crash.",
        ),
        ("The Lantern reported wrongly that Jorun Vik had been fined.", "Jorun Vik had been fined."),
        ("Dunmoor United beat Kestrel Rovers 3-1 on Sunday.", "Dunmoor United beat Kestrel Rovers 1-3."),
    ],
)
def test_a_part_of_a_sentence_is_not_confirmed_without_what_stands_around_it(source: str, claim: str) -> None:
    assert check_words(claim, (1,), shown(source), "What happened?").support == "unconfirmed"


def test_a_whole_sentence_is_verbatim_and_a_part_with_its_day_put_aside_is_supported() -> None:
    source = shown("On Monday, Jorun Vik sold the bakery in the old town.")
    said = [
        check_words(text, (1,), source, "What?").support
        for text in (
            "On Monday, Jorun Vik sold the bakery in the old town.",
            "Jorun Vik sold the bakery in the old town.",
        )
    ]
    assert said == ["verbatim", "supported"]
