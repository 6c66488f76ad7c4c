"""Confidence: how probable it is that the sentences quoted for a question answer it.

A logistic regression over what the rankers and the analysis say of the best sentence. `confidence.txt` holds
the weights; `tests/answers/calibrate.py` fits them, on tuning questions alone.
"""

from collections.abc import Mapping
from functools import cache
from math import exp

from corpus.words.lists import read_lists
from index.language.sentence import Sentence
from index.language.words import fold, is_stopword
from index.models.cross_encoder import PairScorer
from rag.quote.evidence import Evidence
from rag.retrieve.context import following
from rag.retrieve.search import Retrieved

LEAST, MOST = -5.0, 8.0
"""Logits beyond these are no surer."""
_WINDOW = 5.0
"""What the window's logit adds to at most."""
_HEADLINE = 3.0
"""Logits that a headline adds to a sentence under it that does not answer."""
_GAIN = 2.0
"""Logits, either way, that the words which ask may be worth."""
_WORD = 6.0
"""Logits, either way, that one word of the question may be worth."""
_ASKING = frozenset("who whom whose what which when where why how".split())
_FURTHEST = 2
"""Passages ahead of the sentence's own from which more no longer matter."""


@cache
def _weights() -> Mapping[str, float]:
    """The weight of each feature, and the "intercept"."""
    lines = (line.partition("=") for line in read_lists("rag.quote", "confidence.txt")["weights"])
    return {name.strip(): float(value) for name, _, value in lines}


def confidence(best: Evidence, found: Retrieved, scorer: PairScorer, threshold: float) -> float:
    """Calibrated probability, 0 to 1, that the best sentence of a search, and what goes with it, answers.

    The weakest word is looked for only where it may change on which side of the threshold that is.
    """
    weights = _weights()
    told = _at_once(best, found, scorer)
    total = weights["intercept"] + sum(weights[name] * value for name, value in told.items())
    most = weights["weakest word"]
    if found.passages and _logistic(total - most) < threshold <= _logistic(total + most):
        total += most * _weakest_word(best, found, scorer)
    return _logistic(total)


def features(best: Evidence, found: Retrieved, scorer: PairScorer) -> dict[str, float]:
    """What the model reads of the best sentence, by name: a logit, and numbers of about -1 to 1."""
    weakest = _weakest_word(best, found, scorer) if found.passages else 0.0
    return {**_at_once(best, found, scorer), "weakest word": weakest}


def _at_once(best: Evidence, found: Retrieved, scorer: PairScorer) -> dict[str, float]:
    """The features that cost at most one reading."""
    is_typed = found.question.expected.is_typed
    return {
        "logit": min(max(best.logit, min(best.window - 1, _WINDOW), best.headed - _HEADLINE, LEAST), MOST),
        "typed without spans": float(is_typed and not best.spans and not best.fits),
        "typed and misplaced": float(is_typed and bool(best.spans) and not best.fits),
        "absent names": float(len(best.absent)),
        "place": _place(best, found),
        "gain": _gain(best, found.question.sentence, scorer),
    }


def _logistic(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def _bounded(value: float, most: float) -> float:
    return min(max(value, -most), most)


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
    return _bounded(best.logit - alone, _GAIN) / _GAIN


def _weakest_word(best: Evidence, found: Retrieved, scorer: PairScorer) -> float:
    """What the content word that the text answers to least is worth to its score, over 6 logits: -1 to 1.

    The question is scored whole and without each word, by turns. Without a word that the text answers to it
    scores lower, without one of which the text knows nothing ("Who *invented* it?") higher. Words in front of
    the one that asks ("I would like to know who") are always left in. Source: the input
    reduction of Feng et al. (2018), "Pathologies of Neural Models Make Interpretations Difficult".
    """
    question = found.question.sentence
    asks = next((start for word, start, _ in question.words if fold(word) in _ASKING), 0)
    content = [(start, end) for word, start, end in question.words if start > asks and not is_stopword(word)]
    shortened = [f"{question.text[:start]}{question.text[end:]}".replace("  ", " ") for start, end in content]
    around = _around(best, found)
    whole, *without = scorer.of_pairs([(each, around) for each in (question.text, *shortened)])
    return _bounded(whole - max(without, default=whole), _WORD) / _WORD


def _around(best: Evidence, found: Retrieved) -> str:
    """The headline, the sentence before, the sentence, and the next one of its passage."""
    behind = following(best.candidate, found.analyses)
    told = (f"{best.candidate.passage.title}.", best.candidate.window, behind.text if behind else "")
    return " ".join(part for part in told if part)
