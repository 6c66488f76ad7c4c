"""Confidence: how probable it is that the sentences quoted for a question answer it.

A logistic regression over what the rankers and the analysis say of the best sentence. `confidence.txt` holds
the weights; `tests/answers/calibrate.py` fits them, on tuning questions alone.
"""

from collections.abc import Mapping
from functools import cache
from math import exp, log10

from corpus.words.lists import read_lists
from rag.quote.evidence import Evidence
from rag.retrieve.search import Retrieved

LEAST, MOST = -5.0, 8.0
"""Logits beyond these are no surer."""
_WINDOW = 5.0
"""What the window's logit adds to at most."""
_HEADLINE = 3.0
"""Logits that a headline adds to a sentence under it that does not answer."""
_FURTHEST = 2
"""Passages ahead of the sentence's own from which more no longer matter."""


@cache
def _weights() -> Mapping[str, float]:
    """The weight of each feature, and the "intercept"."""
    lines = (line.partition("=") for line in read_lists("rag.quote", "confidence.txt")["weights"])
    return {name.strip(): float(value) for name, _, value in lines}


def confidence(best: Evidence, found: Retrieved) -> float:
    """Calibrated probability, 0 to 1, that the best sentence of a search, and what goes with it, answers."""
    weights = _weights()
    logit = sum(weights[name] * value for name, value in features(best, found).items())
    return 1 / (1 + exp(-logit - weights["intercept"]))


def features(best: Evidence, found: Retrieved) -> dict[str, float]:
    """What the model reads of the best sentence, by name: logits, numbers from 0 to 1, powers of ten."""
    return {
        "answering": best.answering,
        "logit": min(max(best.logit, min(best.window - 1, _WINDOW), best.headed - _HEADLINE, LEAST), MOST),
        "typed without spans": float(found.question.expected.is_typed and not best.spans and not best.fits),
        "place": _place(best, found),
        # The more there is to find, the more of what looks like an answer is found by chance.
        "size": log10(found.archive_passages),
    }


def _place(best: Evidence, found: Retrieved) -> float:
    """How far behind the best passage the sentence's own is ranked, by its whole text: 0 to 1."""
    ranked = [one.passage.id for one in found.passages]
    place = ranked.index(best.candidate.passage.id) if best.candidate.passage.id in ranked else len(ranked)
    return min(place, _FURTHEST) / _FURTHEST
