"""The order of passages: fused rank and cross-encoder together, as the probability that one is relevant.

The cross-encoder reads the passage under its headline (Nogueira and Cho, Passage Re-ranking with BERT, 2019).
Its logit is weighed together with the passage's sum of reciprocal ranks by ridge logistic regression, as in
pointwise learning to rank (Liu, Learning to Rank for Information Retrieval, 2009). `ranking.txt` has the
weights and how they came about; `docs/benchmarks.md` has what the order is worth, and what did not help.
"""

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache

from corpus.words.lists import read_lists


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a passage.

    `fused` is its sum of reciprocal ranks, 1 where both rankers put it first; `logit` what the cross-encoder
    says of it under its headline.
    """

    fused: float
    logit: float

    @property
    def relevance(self) -> float:
        """The probability, 0 to 1, that the passage bears on the question."""
        weights = _weights()
        told = zip(NAMES, astuple(self), strict=True)
        total = weights["intercept"] + sum(weights[name] * value for name, value in told)
        return 1 / (1 + math.exp(-total))


NAMES = tuple(field.name for field in fields(Standing))


@cache
def _weights() -> Mapping[str, float]:
    """The weight of each feature, and the intercept."""
    lines = read_lists("rag.retrieve", "ranking.txt")["weights"]
    return {name: float(weight) for name, weight in map(str.split, lines)}
