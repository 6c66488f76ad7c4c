"""Exact parts: quotations, numbers by value, dates and names by alias, and where they stand."""

import pytest

from index.language.analysis import analyse_question
from rag.check import lookups
from rag.check.exact import ExactParts, Standing
from rag.check.lookups import material_of
from rag.prompt.passages import PromptPassages
from tests.answers.claims import shown
from tests.rag.check.shown import shown as with_headlines


def standing(claim: str, articles: PromptPassages, *marks: int) -> list[Standing]:
    """Where the parts of a claim stand that cites the first sentence, unless others are given."""
    parts = ExactParts(analyse_question(claim), articles.cited(marks or (1,)), material_of(articles))
    return [one.standing for one in parts.placed()]


def is_cited(claim: str, source: str) -> bool:
    """Whether all parts of the claim stand in its source, which has to have parts."""
    found = standing(claim, shown(source))
    assert found
    return set(found) == {Standing.CITED}


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("The crowd counted 250 people.", "Two hundred and fifty people came."),
        ("The crowd counted 49 people.", "Nearly 50 people came."),
        ("The crowd counted 248 people.", "About two hundred and fifty people came."),
        ("The crowd counted 212 people.", "More than two hundred people came."),
        ("It took 18 minutes.", "It took fewer than twenty minutes."),
        ("The pause lasts 120 hours.", "The pause lasts five days."),
        ("The road is 40 miles long.", "The road is about 64 kilometres long."),
        ("Sales rose by 66 percent.", "Sales rose by two-thirds."),
        ("Of 100 ships 25 sank.", "A quarter of the ships sank."),
        ("In March 21 waited, in April 12.", "That is nine fewer than in March."),
        ("The talks began in 1998 and ended in 2003.", "The talks lasted five years."),
        ("It cost £3m.", "It cost three million pounds."),
        ("One soldier waved.", "A soldier waved, one said."),
        ("It is the seventeenth edition of the race.", "It is the 17th edition."),
        ("It is the 43rd edition of the race.", "It is the forty-third edition."),
        ("The strike reached day 17.", "Buses ran on the 17th day of the strike."),
        ("She scored after 38 minutes.", "She scored in the 38th minute."),
        ("14. The Linden Arms, 15. The Mill", "The Linden Arms came fourteenth."),
        ("She was seeded No. 14.", "She was the fourteenth seed."),
        ("She was the fourteenth seed.", "She was seeded No. 14."),
        ("The fee is paid in euros: 85 a night in May.", "The fee is 85 euros a night in May."),
        ("It costs $85 a night.", "It costs 85 dollars a night."),
        ("Bread, at 80 a loaf in May, was sold for 120.", "Bread is 50 per cent dearer, a rise."),
        ("Bread, at 120 a loaf in May, was sold for 80.", "Bread fell by 33 per cent."),
    ],
)
def test_a_number_stands_where_its_value_does(source: str, claim: str) -> None:
    assert is_cited(claim, source)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("The crowd counted 250 people.", "Two hundred and fifteen people came."),
        ("The crowd counted 39 people.", "Nearly 50 people came."),
        ("It cost £3m.", "It cost three million dollars."),
        ("It took 18 minutes.", "It took 18 hours."),
        ("The pause lasts 120 hours.", "The pause lasts six days."),
        ("Two soldiers were killed.", "Three soldiers were killed."),
        ("It is the 17th edition of the race.", "It is the 18th edition."),
        ("Bread, at 80 a loaf in May, was sold for 120.", "Bread rose by 60 per cent."),
        ("Bread, at 80 a loaf in May, was sold for 120.", "Bread fell by 50 per cent."),
        ("Bread, at 80 a loaf in May, was sold for 120.", "Bread rose by 33 per cent."),
    ],
)
def test_another_number_stands_nowhere(source: str, claim: str) -> None:
    assert standing(claim, shown(source)) == [Standing.NOWHERE]


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("“The road – it's a scar,” he said.", "He said: ‘the road – it’s a scar’."),
        (
            "He said: “We have no plan, as you know, and no money.”",
            "He said: “We have no plan ... and no money”.",
        ),
        (
            "He said: “We have no plan, as you know, and no money.”",
            "He said: “We have no plan […] and no money.”",
        ),
    ],
)
def test_a_quotation_stands_by_its_words_whatever_its_marks(source: str, claim: str) -> None:
    assert is_cited(claim, source)


def test_a_quotation_may_run_over_sentences_and_not_over_what_is_left_out() -> None:
    articles = shown("He said: “We had no plan. We had no money.” He left.")
    claim = "He said: “We had no plan. We had no money.”"
    assert standing(claim, articles, 1, 2, 3) == [Standing.CITED]
    assert standing(claim.replace("had no m", "have no m"), articles, 1, 2) == [Standing.NOWHERE]
    pieces = standing("He said: “We had no money ... We had no plan.”", articles, 1, 2)
    assert pieces == [Standing.ELSEWHERE]


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("President Vladimir Putin left.", "Mr Putin left."),
        ("Vladimir Putin left.", "Vladimir left, Putin's aide said."),
        ("Turkish soldiers left.", "Soldiers of Turkey left."),
        ("The Tigris Policy Forum (TPF) objected.", "The TPF objected."),
        ("Some technicians left.", "Technicians left."),
        ("Ankara objected.", "Turkey objected."),
    ],
)
def test_a_name_stands_under_its_aliases(source: str, claim: str) -> None:
    assert Standing.NOWHERE not in standing(claim, shown(source))
    assert Standing.ELSEWHERE not in standing(claim, shown(source))


@pytest.mark.parametrize("name", ["Peter Lavrov", "Boris Yeltsin", "Norway"])
def test_a_name_that_no_article_has_stands_nowhere(name: str) -> None:
    articles = shown("Sergei Lavrov spoke in Moscow.")
    assert standing(f"The talks with {name} failed.", articles) == [Standing.NOWHERE]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The ferry sank on 14 October 2019.", Standing.CITED),
        ("The ferry sank on Monday.", Standing.CITED),
        ("The ferry sank in October.", Standing.CITED),
        ("It was reported on 15 October that the ferry sank.", Standing.CITED),
        ("The ferry sank on 12 October 2019.", Standing.NOWHERE),
        ("The ferry sank in 2018.", Standing.NOWHERE),
    ],
)
def test_a_date_stands_where_its_days_do_counted_from_the_articles_own(
    claim: str, expected: Standing
) -> None:
    articles = shown("The ferry sank on Monday.", written="15 October 2019")
    assert standing(claim, articles) == [expected]


def test_headline_outlet_and_day_of_what_is_cited_count() -> None:
    articles = shown("The ferry sank.", outlet="The Northern Ledger")
    assert standing("The Northern Ledger reported that the ferry sank.", articles) == [Standing.CITED]


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("The tour has 17 buses.", "It is the 17th tour."),
        ("The tour has 17 buses that cost 85 euros.", "The tour cost 17 euros."),
        ("It is the 17th tour.", "The tour has 17 buses."),
    ],
)
def test_a_number_of_something_else_is_not_the_one_that_is_told(source: str, claim: str) -> None:
    assert Standing.CITED not in standing(claim, shown(source))


def test_a_place_in_a_row_is_named_without_the_word_behind_it() -> None:
    articles = shown("The club is old.")
    parts = ExactParts(
        analyse_question("It was twelfth in May."), articles.cited((1,)), material_of(articles)
    )
    assert parts.placed()[0].reason == "“twelfth” stands in none of the articles shown."


def test_among_many_numbers_no_percentage_is_worked_out() -> None:
    source = "Of the towns 12, 31, 44, 57, 63, 71, 85 and 90 voted."
    assert standing("It rose by 41 per cent.", shown(source)) == [Standing.NOWHERE]


@pytest.mark.parametrize(
    ("headline", "claim"),
    [
        ("Linden wins seventeenth title", "It was the 17th title of the club."),
        ("Linden wins 17th title", "It was the seventeenth title of the club."),
        ("Two thousand march in Aske", "2,000 marched."),
    ],
)
def test_a_number_of_the_headline_counts_by_its_value(headline: str, claim: str) -> None:
    articles = with_headlines("The club won again.", headlines=[headline])
    assert set(standing(claim, articles)) == {Standing.CITED}


def test_what_is_kept_for_a_prompt_goes_with_it() -> None:

    articles = shown("The ferry sank.")
    assert material_of(articles) is material_of(articles)
    key = id(articles)
    assert key in lookups._kept
    del articles
    assert key not in lookups._kept


def test_a_german_noun_is_no_invented_name_and_a_full_name_that_no_article_has_is() -> None:
    articles = shown("Nobody on board the ferry Marguerite was hurt, the company said.")
    said = "Niemand an Bord der Fähre Marguerite wurde verletzt, sagte das Unternehmen."
    assert Standing.NOWHERE not in standing(said, articles)
    assert Standing.NOWHERE in standing("Das Unternehmen und Boris Meier sind nicht zufrieden.", articles)
