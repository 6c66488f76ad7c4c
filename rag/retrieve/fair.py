"""Fair shares of the first places: for each part of a question, and for each side that it compares.

With parts by grammar and sides in turns the evidence of 39 of 40 comparing, listing, why and multi-part
questions stands among the first 24 passages, of 36 without them (`tests.answers.evidence`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest

from index.store.store import Passage
from rag.answer import RankedPassage

SHARE = 3
"""Places among the first that each side of a comparison gets."""


def merged(parts: Sequence[Sequence[RankedPassage]], most: int) -> tuple[RankedPassage, ...]:
    """The passages of a question's parts, best first, each once: the best of each part, the second, ...

    So each part keeps its best passages. A passage that serves several parts has the highest of its scores.
    """
    if len(parts) == 1:
        return tuple(in_order(parts[0][:most]))
    best: dict[int, RankedPassage] = {}
    for turn in zip_longest(*parts):
        for ranked in turn:
            if ranked is not None:
                known = best.setdefault(ranked.passage.id, ranked)
                if ranked.score > known.score:
                    best[ranked.passage.id] = ranked
    return tuple(in_order(list(best.values())[:most]))


def alternating(
    ranked: Sequence[RankedPassage], sides: Sequence[Callable[[Passage], bool]]
) -> list[RankedPassage]:
    """The passages with up to `SHARE` of each side in front, in turns; the others follow as they stood.

    A passage about several sides counts for each. A side that none speaks of takes no place.
    """
    rest = list(ranked)
    first: list[RankedPassage] = []
    counts = [0] * len(sides)
    while min(counts) < SHARE:
        side = counts.index(min(counts))
        chosen = next((one for one in rest if sides[side](one.passage)), None)
        if chosen is None:
            counts[side] = SHARE
            continue
        rest.remove(chosen)
        first.append(chosen)
        for place, speaks in enumerate(sides):
            counts[place] += speaks(chosen.passage)
    return [*first, *rest]


def in_order(ranked: Sequence[RankedPassage]) -> list[RankedPassage]:
    """The passages in this order, with their ranks; what was lifted has the score of the place it took."""
    found: list[RankedPassage] = []
    highest = 0.0
    for rank in range(len(ranked), 0, -1):
        highest = max(highest, ranked[rank - 1].score)
        found.append(replace(ranked[rank - 1], rank=rank, score=highest))
    return found[::-1]
