"""Correction notices: found where an article speaks of itself, and nowhere else.

The rules were made with `TUNING` at hand; `HELD_OUT` was written after and looked at once.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.page.corrections import find_corrections

TUNING = [
    "Correction: An earlier version of this article misstated the number of injured.",
    "CORRECTION, Oct. 16, 2019: The mayor's name is Ann Lee, not Anne Leigh.",
    "Correction (15 October 2019): The ferry left at noon, not at ten.",
    "Clarification: The council voted on the draft, not on the final text.",
    "An earlier version of this story incorrectly said that the bridge was closed.",
    "A previous version of this report gave the wrong date of the vote.",
    "This article has been corrected to say that the mill closed in 1987.",
    "This story was updated to correct the spelling of the captain's name.",
    "This article was amended on 4 March 2024 to remove a reference to the school.",
    "Editor's note: This story has been corrected; the fire was on Sunday.",
    "(CORRECTS number of passengers in paragraph 3)",
    "CORRECTED: Ferry carried 200 passengers, not 2,000",
    "* Correction: the museum opens on Friday, not on Thursday.",
    "This report has been withdrawn because its source could not be confirmed.",
    "We regret the error and have changed the figure.",
]
PLAIN = [
    "The market is due for a correction, analysts said on Monday in the capital.",
    "The ministry issued a correction to its figures, which had overstated the harvest.",
    "“An earlier version of this article misstated our profits,” the company complained in a letter.",
    "The department of corrections said that two inmates had escaped from the jail.",
    "He corrected the captain, who had misstated the number of passengers in court.",
    "The newspaper printed a clarification after the mayor had threatened to sue it.",
    "The court clarified that an earlier version of the law did not apply to ferries.",
    "Scientists retracted the paper after other laboratories had failed to repeat the test.",
    "The report was updated every hour during the storm, the editors told the crowd.",
    "Her note to the editor said that the story was wrong from beginning to end.",
    "House prices saw their sharpest correction since the war, the bank said.",
    "The bill was amended on 4 March 2024 after a long night in parliament.",
]
HELD_OUT = [
    "Correction: The headline on an earlier version of this story named the wrong river.",
    "Corrections: The gale was on 3 March, not 13 March; the harbour has two piers, not three.",
    "CLARIFICATION 2019-10-17: The envoy spoke for the government and not for the army.",
    "The original version of this article misidentified the woman in the photograph.",
    "The original story erroneously reported that the school would close in June.",
    "This post has been amended to clarify who paid for the repairs.",
    "This piece was corrected on Tuesday: the train had six carriages.",
    "Editors' note: An earlier version of this column misquoted the minister.",
    "REFILES TO CORRECT spelling of name in headline",
    "CORRECTS to show that the vote was on Tuesday, not Monday, in first paragraph.",
    "Correction — The reservoir holds 40 million litres, not 40 billion.",
    "We apologise for the error, which was made in the editing.",
    "An earlier version of this dispatch omitted the name of the second pilot.",
    "This caption has been corrected to name the photographer.",
    "Retraction: The Ledger withdraws its report of 2 May about the orchard.",
]
HELD_OUT_PLAIN = [
    "Correction fluid sold out across the town as the typists' contest drew near.",
    "The pilot made a course correction over the sea and landed safely an hour later.",
    "In a clarification on Tuesday the bank said that its branches would stay open.",
    "The editor's desk was found empty on Sunday, the police said in a report.",
    "The original version of the song was recorded in a barn in 1961.",
    "An earlier version of the bill omitted the islands, the senator reminded the house.",
    "The company has apologised for the mistake and will refund its passengers.",
    "Corrections officers went on strike in three prisons on Friday morning.",
    "She said the story was wrongly attributed to her grandfather for many years.",
    "This story begins in a harbour in 1912, and it has been told many times since.",
    "“We regret the error,” the airline's director told the passengers at the gate.",
    "The referee corrected himself, and the goal was given after all.",
    "The army issued an erratum to its manual and withdrew the old maps.",
    "The map was updated to reflect the new border after the treaty was signed.",
]


def is_notice(paragraph: str) -> bool:
    """Whether it is found as the only notice of an article, at its place."""
    text = f"The ferry stayed in port on Monday.\n\n{paragraph}\n\nThe gale went on."
    found = find_corrections(text)
    assert all(text[one.start : one.end] == one.text == paragraph for one in found)
    return bool(found)


@pytest.mark.parametrize("paragraph", TUNING)
def test_a_notice_is_found_where_it_stands(paragraph: str) -> None:
    assert is_notice(paragraph)


@pytest.mark.parametrize("paragraph", PLAIN)
def test_news_about_corrections_is_no_notice(paragraph: str) -> None:
    assert not is_notice(paragraph)


def test_on_paragraphs_that_were_not_looked_at_precision_comes_first() -> None:
    found = sum(map(is_notice, HELD_OUT))
    false = sum(map(is_notice, HELD_OUT_PLAIN))
    print(
        f"\n{found} of {len(HELD_OUT)} notices found, {false} of {len(HELD_OUT_PLAIN)} others taken for one"
    )
    assert false <= 1 and found >= 11


def test_the_kind_and_the_stated_day_are_told() -> None:
    [one] = find_corrections("CORRECTION, Oct. 16, 2019: The mayor's name is Ann Lee, not Anne Leigh.")
    assert (one.kind, one.date) == ("correction", "2019-10-16")
    [other] = find_corrections("Clarification: The council voted on the draft, not on the final text.")
    assert (other.kind, other.date) == ("clarification", None)


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    assert all(text[one.start : one.end] == one.text for one in find_corrections(text))
