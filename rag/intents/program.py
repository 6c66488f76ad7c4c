"""Whether a text is small talk, or asks about this program, told by the kinds of all its words.

"Who made you" and "can I trust this" ask about it; "can you trust the polls" has "polls" over, and asks for a
fact.
"""

import re
from collections.abc import Sequence

from rag.intents.vocabulary import Token, entries, kinds_of, meant

_CONTENT = ("abilities", "assistants", "program")
_KINDS = ("you", "these", "says of itself", "auxiliaries", "interjections", "fill", *_CONTENT)
_TO_TYPE = frozenset("ask type enter phrase word bored".split())
_SUM = re.compile(
    r"(?:what(?:['’]?s| is)?|calculate|how much is)?\s*\d[\d\s.+*/x×÷^()-]*[+*/x×÷^-][\d\s.()]+[=\s?]*"
)


def is_of_program(text: str) -> bool:
    """Whether the text asks about this program, or is a sum or a row of interjections.

    It is without an opening such as "could you please".
    """
    tokens = meant(text)
    if not tokens:
        return False
    if _SUM.fullmatch(text.strip().casefold()) or kinds_of(tokens, ("interjections",)):
        return True
    parts = kinds_of(tokens, _KINDS)
    if parts is None or not any(kind in part for part in parts for kind in _CONTENT):
        return False
    said = {word for word, _, _ in tokens}
    is_of_typing = any("says of itself" in part for part in parts) and not _TO_TYPE.isdisjoint(said)
    is_example = "example" in said and not {"question", "questions"}.isdisjoint(said)
    return is_of_typing or is_example or any("you" in part for part in parts) or _is_this(tokens)


def _is_this(tokens: Sequence[Token]) -> bool:
    """Whether "this" means the program: it stands alone, or before a word for a program."""
    for place, (word, _, _) in enumerate(tokens):
        behind = tokens[place + 1][0] if place + 1 < len(tokens) else ""
        if word == "this" and behind not in entries("of others"):
            return True
    return False
