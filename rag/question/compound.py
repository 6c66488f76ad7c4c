"""Splits a compound question ("Who is X, and when did he speak?") into questions that stand alone."""

import re

from rag.answer import Turn
from rag.question.followup import standalone

MOST_QUESTIONS = 3

_AUXILIARY = "did|do|does|is|was|were|are|has|have|had|will|would|can|could|many|much|long|old|far"
_PARTS = re.compile(
    rf"\?\s+(?=\w)|,?\s+and\s+(?=(?:who|what|which)\b|(?:when|where|why|how)\s+(?:{_AUXILIARY})\b)", re.I
)
_ASKS = re.compile(
    r"\W*(?:\w+\s+)?(?:who|whose|whom|what|when|where|why|how|which|did|does|do|is|was|are|were)\b", re.I
)


def split_question(question: str) -> list[str]:
    """The questions that a compound question asks; at most three.

    A later part's pronouns are filled in from the part before it.
    """
    pieces = [piece.strip(" ?,") for piece in _PARTS.split(question) if len(piece.split()) > 2]
    if len(pieces) < 2 or len(pieces) > MOST_QUESTIONS or not all(_ASKS.match(piece) for piece in pieces):
        return [question]
    complete: list[str] = []
    for piece in pieces:
        earlier = [Turn("user", complete[-1])] if complete else []
        complete.append(standalone(f"{piece}?", earlier))
    return complete
