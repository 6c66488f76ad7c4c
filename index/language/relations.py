"""Who does what to whom in a sentence, and which of its words a negation or a doubt reaches."""

import re
from collections.abc import Sequence

from index.language.patterns import one_of
from index.language.sentence import Name, Relation
from index.language.words import is_stopword, stem, words

_NEGATION = re.compile(
    r"\b(?:not|never|nobody|nothing|none|neither|nor|without|cannot"
    r"|no(?!\.\s?\d)(?!\s+(?:less|fewer|more) than)|\w+n['’]t)\b(?!\s+only\b)",
    re.I,
)
_REVERSAL = re.compile(
    r"\b"
    + one_of(
        """den(?:y|ies|ied|ying) refus(?:e|es|ed|ing) declin(?:e|es|ed|ing)\\sto fail(?:s|ed|ing)?\\sto
        reject(?:s|ed|ing)? rul(?:e|es|ed|ing)\\sout dismiss(?:es|ed|ing)? stop(?:s|ped)?\\sshort
        prevent(?:s|ed)? false(?:ly)? untrue unless if whether alleged(?:ly)? rumou?rs? unconfirmed
        far\\sfrom instead\\sof rather\\sthan yet\\sto"""
    )
    + r"\b",
    re.I,
)
_DOUBT = re.compile(
    r"\b(?:accus\w+|alleg\w+|claim(?:s|ed|ing)?|suspect(?:s|ed)?|threaten(?:s|ed|ing)? to|want(?:s|ed)? to"
    r"|(?:plan|intend|hope|aim|propose|offer|try|tries|seek|refuse)(?:n?ed|e?s|d)? to|tried to|sought to"
    r"|might|could|(?-i:may)|would|should|possibl[ey]|perhaps|likely|expected to|supposed to)\b",
    re.I,
)
_CLAUSE_END = re.compile(
    r"[.;:!?—–]\s|,\s|\b(?:but|although|though|while|because|however|and\s+\w+ed)\b", re.I
)
_REACH = 4
"""Content words behind a negation that it is taken to negate."""


def relations(text: str, named: Sequence[Name]) -> list[Relation]:
    """The relations that the order of words tells."""
    return []


def reached(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems that a negation reaches, and those that a negation or a doubt reaches."""
    negated = _reached(text, _NEGATION, _REVERSAL)
    return negated, negated | _reached(text, _DOUBT)


def _reached(text: str, *patterns: re.Pattern[str]) -> frozenset[str]:
    reached: set[str] = set()
    for match in (match for pattern in patterns for match in pattern.finditer(text)):
        ends = _CLAUSE_END.search(text, match.end())
        rest = text[match.end() : ends.start() if ends else len(text)]
        content = [stem(word) for word, _, _ in words(rest) if not is_stopword(word)]
        reached.update(content[:_REACH])
    return frozenset(reached)
