"""Gaps: what the articles do not say, in fixed forms and others, with nothing else asserted."""

import pytest

from rag.check.combined import combined
from rag.check.meaning import Verdict
from rag.check.words import WordCheck, check_words
from tests.answers.claims import shown

TEXT = (
    "The ferry Linden sank in June near Port Vale. Captain Ruth Ames resigned. The owner did not insure the "
    "ferry Linden. Its replacement cost 12 million pounds."
)
QUESTION = "Why did the ferry Linden sink, and how many passengers drowned in 2018?"


def gap(text: str, marks: tuple[int, ...] = (0,)) -> WordCheck:
    """The check of a sentence that cites nothing."""
    return check_words(text, marks, shown(TEXT), QUESTION)


@pytest.mark.parametrize(
    "text",
    [
        "The articles do not say why the ferry Linden sank.",
        "The articles don't mention how many passengers drowned in 2018.",
        "None of the articles says who the owner is.",
        "Nothing in these articles explains the cause.",
    ],
)
@pytest.mark.parametrize("marks", [(0,), ()])
def test_a_fixed_form_is_accepted_with_words_alone(text: str, marks: tuple[int, ...]) -> None:
    result = gap(text, marks)
    assert (result.role, result.support, result.reason, result.is_capped) == (
        "gap",
        "unconfirmed",
        None,
        False,
    )


@pytest.mark.parametrize(
    "text",
    [
        "The articles do not say why Captain Ruth Ames fled.",
        "The articles do not say why the owner resigned.",
        "The articles do not explain the bribery.",
    ],
)
def test_a_fixed_form_that_takes_something_new_for_granted_needs_a_check(text: str) -> None:
    result = gap(text)
    assert (result.role, result.support, result.is_capped) == ("gap", "unsupported", False)


def test_another_form_needs_a_check_that_confirms_it() -> None:
    result = gap("It remains unclear why the ferry sank.")
    assert (result.role, result.support, result.is_capped) == ("gap", "unsupported", False)
    assert result.reason == "Words alone do not tell that the articles leave this open."
    assert combined(result, None, is_trusted=True).support == "unsupported"
    assert combined(result, Verdict("supported"), is_trusted=True).support == "supported"
    assert combined(result, Verdict("supported"), is_trusted=False).support == "unsupported"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "The articles do not say why the ferry Linden sank, but Captain Ruth Ames was drunk.",
            "Beside what the articles leave open it says something else.",
        ),
        (
            "The articles do not say why 41 passengers drowned.",
            "“41” stands neither in the question nor in any of the articles shown.",
        ),
        (
            "The articles do not say why Peter Holm resigned.",
            "“Peter Holm” stands neither in the question nor in any of the articles shown.",
        ),
        (
            "The articles do not say who called it “a floating coffin”.",
            "“a floating coffin” stands neither in the question nor in any of the articles shown.",
        ),
        (
            "The ferry Linden sank in a storm.",
            "It cites no sentence and says nothing of what the articles leave open.",
        ),
    ],
)
def test_a_gap_that_asserts_something_is_left_out_whatever_reads_it(text: str, reason: str) -> None:
    result = gap(text)
    assert (result.role, result.support, result.is_capped, result.reason) == (
        "gap",
        "unsupported",
        True,
        reason,
    )
    assert combined(result, Verdict("supported"), is_trusted=True).support == "unsupported"


def test_a_gap_that_a_sentence_of_the_articles_fills_is_capped() -> None:
    result = gap("The articles do not say whether Captain Ruth Ames resigned.")
    assert result.is_capped
    assert (
        result.reason == "A sentence of the articles shown has all the words of what it says they leave open."
    )
    assert combined(result, Verdict("supported"), is_trusted=True).support == "unconfirmed"
    assert gap("The articles do not say whether the owner insured the ferry Linden.").is_capped
    assert not gap("The articles do not mention that the owner did insure the ferry Linden.").is_capped


@pytest.mark.parametrize(
    ("text", "fills"),
    [
        ("The ferry Linden sank because a hatch was open.", True),
        ("The ferry Linden sank near Port Vale.", False),
    ],
)
def test_what_asks_why_is_filled_by_a_sentence_that_tells_a_cause(text: str, fills: bool) -> None:
    result = check_words("The articles do not say why the ferry Linden sank.", (0,), shown(text), QUESTION)
    assert result.is_capped == fills
