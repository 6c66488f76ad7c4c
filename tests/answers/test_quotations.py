"""Who says what, and who does what to whom: `make cases` prints precision, recall, F1 and each error."""

import pytest

from tests.answers.cases import archive
from tests.answers.quotations import Result, score, score_reversed

pytestmark = pytest.mark.cases


@pytest.mark.parametrize("part", ["tuning", "reporting"])
def test_quotations_of_real_articles_are_found_with_their_speakers(part: str) -> None:
    result = score(archive("realtimeqa"), part)
    tell(f"quotations {part}", result)
    assert result.f1 >= 0.8


@pytest.mark.parametrize("part", ["tuning", "reporting"])
def test_claims_that_exchange_the_two_sides_are_seen_and_no_others(part: str) -> None:
    result = score_reversed(part)
    tell(f"reversed {part}", result)
    assert result.precision >= 0.95 and result.recall >= 0.6


def tell(name: str, result: Result) -> None:
    """Print how a set went, and what went wrong."""
    figures = f"precision {result.precision:.3f}, recall {result.recall:.3f}, F1 {result.f1:.3f}"
    print(f"\n  {name}: {result.marked} marked, {result.found} found, {result.right} right; {figures}")
    print(*(f"    {line}" for line in result.errors), sep="\n")
