"""Fit `rag.retrieve.ranking` on the tuning sets: `python -m tests.answers.fit_ranking FOLDER`.

FOLDER keeps the stores and what the cross-encoder said (`RETRIEVAL` of `make bench-retrieval`). The outcome
fitted is whether a passage holds the answer's words, or belongs to a document to be found. Printed: what the
fit finds out of fold, beside weights set by hand, and the lines for `ranking.txt`. Nothing of the reporting
sets is read.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.evals.metrics.retrieval import stands_within
from rag.question.analysed import analysed
from rag.retrieve.ranking import NAMES
from rag.retrieve.search import Retriever
from tests.answers.cases import load as load_cases
from tests.answers.embedded import RememberedPairs
from tests.answers.retrieval import ARCHIVES, COUNTS, DEPTH, Asked, Found, load

Vector = NDArray[np.float64]
Scorer = Callable[["Observation"], Vector]
FOLDS = 10
RIDGE = 0.001


@dataclass(frozen=True, slots=True)
class Observation:
    """A question: a row of features for each passage that was read, whether it is right, and all passages."""

    asked: Asked
    features: Vector
    right: Vector
    passages: tuple[Found, ...]

    def value(self, scores: Vector) -> float:
        """The measure that counts, with the passages that were read in the order of these scores."""
        order = np.argsort(-scores, kind="stable")
        ranking = [*(self.passages[place] for place in order), *self.passages[len(order) :]]
        return self.asked.measured(ranking)[COUNTS[self.asked.archive]]


def observe(name: str, folder: Path) -> list[Observation]:
    """One observation for each tuning question over an archive."""
    scorer = RememberedPairs(CrossEncoder(workers=1), folder)
    observations = []
    with Store.open(folder / name) as store:
        retriever = Retriever(store, ExactVectors(store), BgeSmall(workers=1), scorer)
        for asked in _asked(name):
            read, rest = retriever.standings(analysed(asked.question), shown=DEPTH)
            features = np.array([[getattr(told, each) for each in NAMES] for _, told in read])
            passages = [*(one for one, _ in read), *rest]
            found = tuple(Found(one.article_id, one.text) for one in passages)
            right = np.array([_is_right(asked, one) for one in found[: len(read)]])
            observations.append(Observation(asked, features, right, found))
    return observations


def _asked(name: str) -> list[Asked]:
    """The tuning questions over an archive; in the cases of `realtimeqa` the evidence is to be found."""
    cases = load_cases(name, "tuning") if name == "realtimeqa" else []
    evidence = ((one.id, "case", one.question, (), one.evidence[0]) for one in cases if one.evidence)
    return load("tune", name) + [Asked(name, *written) for written in evidence]


def _is_right(asked: Asked, found: Found) -> float:
    if asked.answer is not None:
        return stands_within([found.text], asked.answer, len(found.text))
    return float(found.article_id in asked.documents)


def fit(observations: Sequence[Observation]) -> tuple[Vector, float]:
    """Ridge logistic regression by Newton's method, each question weighing the same: (weights, intercept).

    The ridge is on standardised features.
    """
    features = np.concatenate([one.features for one in observations])
    right = np.concatenate([one.right for one in observations])
    shares = np.concatenate([np.full(len(one.right), 1 / len(one.right)) for one in observations])
    shares /= len(observations)
    mean, scale = features.mean(0), features.std(0) + 1e-9
    inputs = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    ridge = np.diag([RIDGE] * len(mean) + [0.0])
    weights = np.zeros(inputs.shape[1])
    for _ in range(30):
        expected = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (shares * (expected - right)) + ridge @ weights
        curvature = (inputs.T * (shares * expected * (1 - expected))) @ inputs + ridge
        weights -= np.linalg.solve(curvature, gradient)
    return weights[:-1] / scale, float(weights[-1] - (weights[:-1] / scale) @ mean)


def folds(observations: Sequence[Observation]) -> list[int]:
    """The fold of each question: questions that share a document to be found, or an answer, share a fold."""
    leader: dict[str, str] = {}

    def find(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    keys = [one.asked.documents or (f"= {one.asked.answer}",) for one in observations]
    for first, *others in keys:
        for other in others:
            leader[find(other)] = find(first)
    stories = sorted({find(key[0]) for key in keys})
    dealt = np.random.default_rng(0).permutation(len(stories)) % FOLDS
    fold = dict(zip(stories, dealt.tolist(), strict=True))
    return [fold[find(key[0])] for key in keys]


def out_of_fold(observations: Sequence[Observation]) -> list[float]:
    """The measure of each question, ranked by a fit that has seen no question of its fold."""
    held = folds(observations)
    values = []
    for one, fold in zip(observations, held, strict=True):
        rest = [other for other, of in zip(observations, held, strict=True) if of != fold]
        weights, _ = fit(rest)
        values.append(one.value(one.features @ weights))
    return values


def standardised(values: Vector) -> Vector:
    """Mean 0 and deviation 1 over the passages of a question."""
    scaled: Vector = (values - values.mean()) / (values.std() + 1e-9)
    return scaled


def report(observations: Sequence[Observation]) -> None:
    """Print what each order finds, and the weights."""
    fused, logit = (NAMES.index(name) for name in ("fused", "logit"))
    by_hand: dict[str, Scorer] = {
        "fused order": lambda one: -np.arange(len(one.right), dtype=np.float64),
        "the cross-encoder alone": lambda one: one.features[:, logit],
        "both standardised, added": lambda one: (
            standardised(one.features[:, logit]) + standardised(one.features[:, fused])
        ),
    }
    found = {name: [one.value(score(one)) for one in observations] for name, score in by_hand.items()}
    found["the fit, out of fold"] = out_of_fold(observations)
    for name, values in found.items():
        print(f"{name:30} {np.mean(values):.4f}")
    weights, intercept = fit(observations)
    print("[weights]", f"intercept {intercept:.3f}", sep="\n")
    for name, weight in zip(NAMES, weights, strict=True):
        print(f"{name} {weight:.3f}")


if __name__ == "__main__":
    kept = Path(sys.argv[1])
    report([one for name in ARCHIVES["tune"] for one in observe(name, kept)])
