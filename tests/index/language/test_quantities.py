"""Numbers are the same however they are written, and never another's."""

import pytest

from index.language.quantities import quantities


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("160,000", "160000 people"),
        ("160,000", "0.16 million"),
        ("five million dollars", "$5m"),
        ("12%", "12 per cent"),
        ("12 percent", "between 10 and 12 percent"),
        ("10 percent", "between 10 and 12 percent"),
        ("twenty-six", "26"),
        ("3rd", "the third"),
        ("dozens", "48 people"),
        ("half a million", "500,000"),
        ("5 days", "a five-day pause"),
        ("20", "20 km"),
    ],
)
def test_the_same_number(claim: str, source: str) -> None:
    held = quantities(source)
    assert quantities(claim) and all(quantity.is_in(held) for quantity in quantities(claim))


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("160,001", "160,000"),
        ("12%", "12 people"),
        ("12 km", "12 miles"),
        ("$5", "5 euros"),
        ("5 million", "5 billion"),
        ("three", "the third"),
        ("hundreds", "dozens"),
        ("hundreds", "12"),
        ("1.5", "15"),
        ("5 days", "5 hours"),
        ("nine", "no one"),
    ],
)
def test_another_number(claim: str, source: str) -> None:
    held = quantities(source)
    assert quantities(claim) and not any(quantity.is_in(held) for quantity in quantities(claim))


def test_one_that_counts_nothing_is_no_number() -> None:
    assert not quantities("No one came, and one of them was the one who left.")
    assert [quantity.text for quantity in quantities("One person died.")] == ["One"]
