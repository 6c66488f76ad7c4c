"""The order of passages: fused rank, cross-encoder and years, as the probability that one is relevant.

The cross-encoder reads the passage under its headline (Nogueira and Cho, Passage Re-ranking with BERT, 2019).
Its logit, the passage's sum of reciprocal ranks and whether it is of a year that is asked for are weighed by
ridge logistic regression, as in pointwise learning to rank (Liu, Learning to Rank for Information Retrieval,
2009). `ranking.txt` has the weights and how they came about; on the tuning questions they find .788 out of
fold, fused order .772, the best sentence of each passage (the order before) .732.
"""

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache

from corpus.words.lists import read_lists
from index.language.asked_dates import years_of
from index.store.store import Passage


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a passage.

    `fused` is its sum of reciprocal ranks, 1 where both rankers put it first; `logit` what the cross-encoder
    says of it under its headline; `dated` is 1 where its words or its publication speak for a year that the
    question names, -1 where for none of them, 0 where it names none.
    """

    fused: float
    logit: float
    dated: float = 0.0

    @property
    def relevance(self) -> float:
        """The probability, 0 to 1, that the passage bears on the question."""
        weights = _weights()
        told = zip(NAMES, astuple(self), strict=True)
        total = weights["intercept"] + sum(weights[name] * value for name, value in told)
        return 1 / (1 + math.exp(-total))


NAMES = tuple(field.name for field in fields(Standing))


def dated(asked: frozenset[int], passage: Passage) -> float:
    """`Standing.dated` of a passage where a question names these years."""
    if not asked:
        return 0.0
    told = years_of(passage.text, passage.title, passage.published_at)
    return -1.0 if asked.isdisjoint(told) else 1.0


@cache
def _weights() -> Mapping[str, float]:
    """The weight of each feature, and the intercept."""
    lines = read_lists("rag.retrieve", "ranking.txt")["weights"]
    return {name: float(weight) for name, weight in map(str.split, lines)}
