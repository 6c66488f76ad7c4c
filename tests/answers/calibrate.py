"""Fit `rag.quote.evidence` on the tuning questions: `python -m tests.answers.calibrate FOLDER`.

FOLDER keeps the two archives' stores between runs. The outcome fitted is whether one of the three best
sentences carries the answer. Printed: the coefficients, and what each threshold keeps and refuses in ten-fold
cross-validation. The reporting questions are not read.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.evals.cases.case import Case
from rag.evals.metrics.citations import find
from rag.question.followup import standalone
from rag.quote.evidence import weigh
from rag.quote.extract import MOST
from rag.retrieve.search import Retriever
from tests.answers.cases import TUNING, archive, load

Vector = NDArray[np.float64]
FOLDS = 10
RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Observation:
    """The features of the best sentence for one question, and whether a quoted one holds the evidence."""

    archive: str
    case: Case
    features: tuple[float, ...]
    found: bool
    refused: bool
    """Whether a rule (a missing name, another year) refuses whatever the confidence."""


def observe(name: str, folder: Path) -> list[Observation]:
    """One observation for each tuning question over an archive."""
    path = folder / name
    sync([archive(name)], path, BgeSmall())
    scorer = CrossEncoder()
    observations = []
    with Store.open(path) as store:
        retriever = Retriever(store, ExactVectors(store), BgeSmall(), scorer)
        for case in (case for part in TUNING[name] for case in load(name, part)):
            text = standalone(case.question, case.history)
            found = retriever.retrieve(text)
            weighed = weigh(found, scorer)
            best = weighed[0]
            hit = any(find(words, item.candidate.text) for item in weighed[:MOST] for words in case.evidence)
            nowhere = set.intersection(*({n.text for n in item.absent} for item in weighed))
            refused = bool(nowhere) or not best.dated
            features = best.features(found.question.expected.kind)
            observations.append(Observation(name, case, features, hit, refused))
    return observations


def fit(features: Vector, outcomes: Vector) -> tuple[Vector, float]:
    """Ridge logistic regression by gradient descent on standardised features: (coefficients, intercept)."""
    mean, scale = features.mean(0), features.std(0) + 1e-9
    inputs = (features - mean) / scale
    weights, intercept = np.zeros(inputs.shape[1]), 0.0
    for _ in range(4_000):
        error = 1 / (1 + np.exp(-(inputs @ weights + intercept))) - outcomes
        weights -= 0.5 * (inputs.T @ error + RIDGE * weights) / len(outcomes)
        intercept -= 0.5 * float(error.mean())
    coefficients = weights / scale
    return coefficients, intercept - float(coefficients @ mean)


def cross_validated(features: Vector, outcomes: Vector) -> Vector:
    """Each question's confidence from a fit that has not seen it."""
    order = np.random.default_rng(0).permutation(len(outcomes))
    confidence = np.zeros(len(outcomes))
    for fold in range(FOLDS):
        held_out = order[fold::FOLDS]
        rest = np.setdiff1d(order, held_out)
        coefficients, intercept = fit(features[rest], outcomes[rest])
        confidence[held_out] = 1 / (1 + np.exp(-(features[held_out] @ coefficients + intercept)))
    return confidence


def report(observations: Sequence[Observation]) -> None:
    """Print the fit and the trade-off."""
    features = np.array([item.features for item in observations])
    outcomes = np.array([float(item.found) for item in observations])
    coefficients, intercept = fit(features, outcomes)
    print("INTERCEPT =", round(intercept, 2))
    print("COEFFICIENTS =", tuple(round(float(value), 2) for value in coefficients))
    confidence = cross_validated(features, outcomes)
    for threshold in np.arange(0.3, 0.75, 0.05):
        line = [f"{threshold:.2f}"]
        for name in sorted({item.archive for item in observations}):
            mine = [i for i, item in enumerate(observations) if item.archive == name]
            given = {i: confidence[i] >= threshold and not observations[i].refused for i in mine}
            asked = [i for i in mine if not observations[i].case.expects_abstention]
            right = sum(given[i] and observations[i].found for i in asked)
            refused = [i for i in mine if observations[i].case.expects_abstention and not given[i]]
            line.append(
                f"{name}: right {right}/{len(asked)}, abstains {len(refused)}/{len(mine) - len(asked)}"
            )
        print("  ".join(line))


if __name__ == "__main__":
    report([item for name in TUNING for item in observe(name, Path(sys.argv[1]))])
