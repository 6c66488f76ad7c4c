"""Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

from collections import defaultdict
from collections.abc import Sequence

K = 60
"""The constant of the paper: it keeps one ranker's first places from deciding alone."""


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Ids of several rankings (best first), fused, best first; score is the sum of 1 / (K + rank), rank
    from 1.

        Ties are broken by id so that the order never depends on the rankers' internals.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] += 1 / (K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
