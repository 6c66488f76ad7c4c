"""The parts of a compound question ("Who is X, and when did he speak?"), and what was found for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer import RankedPassage, Status, Turn
from rag.extract import Reading
from rag.followup import standalone
from rag.retrieve import Retrieved

MOST_PARTS = 3

_AUXILIARY = "did|do|does|is|was|were|are|has|have|had|will|would|can|could|many|much|long|old|far"
_PARTS = re.compile(
    rf"\?\s+(?=\w)|,?\s+and\s+(?=(?:who|what|which)\b|(?:when|where|why|how)\s+(?:{_AUXILIARY})\b)", re.I
)
_ASKS = re.compile(
    r"\W*(?:\w+\s+)?(?:who|whose|whom|what|when|where|why|how|which|did|does|do|is|was|are|were)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a compound question, with what was found and read for it."""

    query: str
    found: Retrieved
    reading: Reading


def split_parts(question: str) -> list[str]:
    """The questions that a compound question asks; at most three.

    A later part's pronouns are filled in from the part before it.
    """
    pieces = [piece.strip(" ?,") for piece in _PARTS.split(question) if len(piece.split()) > 2]
    if len(pieces) < 2 or len(pieces) > MOST_PARTS or not all(_ASKS.match(piece) for piece in pieces):
        return [question]
    complete: list[str] = []
    for piece in pieces:
        earlier = [Turn("user", complete[-1])] if complete else []
        complete.append(standalone(f"{piece}?", earlier))
    return complete


def status_of(parts: Sequence[Part], *, beyond: bool) -> Status:
    """The status of a whole answer; `beyond`: the days asked for lie outside the archive."""
    verdicts = [part.reading.verdict for part in parts]
    answered = verdicts.count("answered")
    if answered:
        return "answered" if answered == len(verdicts) else "partial"
    if beyond:
        return "outside_coverage"
    return "not_in_archive" if all(verdict == "not_in_archive" for verdict in verdicts) else "not_stated"


def best_passages(searches: Sequence[Retrieved], most: int) -> tuple[RankedPassage, ...]:
    """The best passages over all parts, each once, ranked anew."""
    best: dict[int, RankedPassage] = {}
    for found in searches:
        for ranked in found.passages:
            known = best.get(ranked.passage.id)
            if known is None or ranked.score > known.score:
                best[ranked.passage.id] = ranked
    order = sorted(best.values(), key=lambda ranked: (-ranked.score, ranked.rank))[:most]
    return tuple(replace(ranked, rank=rank) for rank, ranked in enumerate(order, start=1))
