"""The cost of answers: the tokens of the language model, times a price."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.errors import UsageError
from rag.evals.cases.record import Record

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a million tokens, in any one currency: of what a model reads, and of what it writes."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """The cost of so many tokens."""
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / _MILLION


def parse_price(written: str) -> Price:
    """`0.15,0.60`. Raises UsageError for what is not two prices."""
    try:
        prompt, completion = map(float, written.split(","))
    except ValueError:
        prompt = completion = math.nan
    if not all(math.isfinite(one) and one >= 0 for one in (prompt, completion)):
        raise UsageError(f"--price must be IN,OUT (two prices per million tokens), not {written!r}")
    return Price(prompt, completion)


def priced(records: Sequence[Record], price: Price) -> list[Record]:
    """The records with the score `cost` beside their tokens; a judge's tokens are no part of it."""
    found = []
    for one in records:
        prompt, completion = (one.scores.get(name) for name in ("prompt_tokens", "completion_tokens"))
        if prompt is not None and completion is not None:
            one = replace(one, scores={**one.scores, "cost": price.of(prompt, completion)})
        found.append(one)
    return found
