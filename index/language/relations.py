"""Who does what to whom in a sentence, and which of its words a negation or a doubt reaches."""

from collections.abc import Sequence

from index.language.sentence import Name, Relation


def relations(text: str, named: Sequence[Name]) -> list[Relation]:
    """The relations that the order of words tells."""
    return []


def reached(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems that a negation reaches, and those that a doubt reaches."""
    return frozenset(), frozenset()
