"""Dates and times that a sentence tells, resolved against the day of its article."""

from datetime import date

from index.language.patterns import DATE
from index.language.sentence import ToldDate


def told_dates(text: str, published: date | None = None) -> list[ToldDate]:
    """The dates and times of a text, in order; days are given where they can be told."""
    return [ToldDate(match[0], *match.span()) for match in DATE.finditer(text)]
