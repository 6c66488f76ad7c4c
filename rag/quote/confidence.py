"""Confidence: how probable it is that the sentences quoted for a question answer it.

A logistic regression over what the rankers and the analysis say of the best sentence. `confidence.txt` holds
the weights; `tests/answers/calibrate.py` fits them, on tuning questions alone.
"""

from collections.abc import Mapping
from functools import cache
from math import exp

from corpus.words.lists import read_lists
from index.language.sentence import Sentence
from index.language.words import is_stopword
from index.models.cross_encoder import PairScorer
from rag.question.answer_type import Kind
from rag.quote.evidence import Evidence
from rag.retrieve.search import Retrieved

SATURATED = 5.0
"""Logits beyond this, either way, are no surer."""
_GAIN = 2.0
"""Logits, either way, that the words which ask may be worth."""
_FURTHEST = 2
"""Passages ahead of the sentence's own from which more no longer matter."""


@cache
def _weights() -> Mapping[str, float]:
    """The weight of each feature, and the "intercept"."""
    lines = (line.partition("=") for line in read_lists("rag.quote", "confidence.txt")["weights"])
    return {name.strip(): float(value) for name, _, value in lines}


def confidence(best: Evidence, found: Retrieved, scorer: PairScorer) -> float:
    """Calibrated probability, 0 to 1, that the best sentence of a search, and what goes with it, answers."""
    weights = _weights()
    told = features(best, found, scorer)
    total = weights["intercept"] + sum(weights[name] * value for name, value in told.items())
    return 1 / (1 + exp(-total))


def features(best: Evidence, found: Retrieved, scorer: PairScorer) -> dict[str, float]:
    """What the model reads of the best sentence, by name: a logit, and numbers of about -1 to 1."""
    kind = found.question.expected.kind
    typed, stated = kind not in (Kind.ANY, Kind.STATEMENT), kind is Kind.STATEMENT
    return {
        "logit": min(max(best.logit, best.window - 1, -SATURATED), SATURATED),
        "typed and fits": float(typed and best.fits),
        "typed without spans": float(typed and not best.spans and not best.fits),
        "typed and misplaced": float(typed and bool(best.spans) and not best.fits),
        "statement and fits": float(stated and best.fits),
        "absent names": float(len(best.absent)),
        "place": _place(best, found),
        "gain": _gain(best, found.question.sentence, scorer),
    }


def _place(best: Evidence, found: Retrieved) -> float:
    """How far behind the best passage the sentence's own is ranked, by its whole text: 0 to 1."""
    ranked = [one.passage.id for one in found.passages]
    place = ranked.index(best.candidate.passage.id) if best.candidate.passage.id in ranked else len(ranked)
    return min(place, _FURTHEST) / _FURTHEST


def _gain(best: Evidence, question: Sentence, scorer: PairScorer) -> float:
    """How much better the sentence answers the question than its content words alone: -1 to 1.

    What bears on the subject and does not answer gains little by "who", "when" or "did".
    """
    subject = " ".join(word for word, _, _ in question.words if not is_stopword(word)) or question.text
    [alone] = scorer.scores(subject, [best.candidate.in_context])
    return min(max((best.logit - alone) / _GAIN, -1.0), 1.0)
