"""Fit `rag/quote/confidence.txt` on the tuning questions: `python -m tests.answers.calibrate FOLDER`.

FOLDER keeps the archives' stores between runs. The outcome fitted is whether what is quoted answers the
question. Printed: the weights, and what each threshold keeps in ten-fold cross-validation by story (a
question about an article is judged by a fit that saw no question about it). Questions over news count twice.
The reporting questions are not read.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.evals.metrics.abstention import ANSWERED
from rag.evals.run import graded
from rag.evals.target import LocalTarget
from rag.quote.confidence import features
from rag.quote.evidence import weigh
from rag.quote.extract import ExtractiveReader
from rag.quote.quotes import Reading
from rag.retrieve.search import FORMS, Retrieved, Retriever
from tests.answers import natural
from tests.answers.cases import TUNING, archive, load

Vector = NDArray[np.float64]
FOLDS = 10
RIDGE = 10.0
WEIGHTS = {"realtimeqa": 2.0, "technology": 1.0, "seeds": 1.0, "samples": 1.0}
"""What a question over each archive counts."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The features of the best sentence for one question, and whether what is quoted answers it."""

    story: str
    weight: float
    features: dict[str, float]
    is_right: bool
    has_answer: bool


class Recording(ExtractiveReader):
    """Answers whatever its confidence, and keeps what it read of questions that ask for one fact."""

    def __init__(self, scorer: CrossEncoder) -> None:
        super().__init__(scorer, threshold=-1.0)
        self.read_from: list[Retrieved] = []

    def read(self, found: Retrieved) -> Reading:
        """As the reader."""
        # What the suggestions try has no passages.
        if found.passages and not found.leads and found.question.intent not in FORMS:
            self.read_from.append(found)
        return super().read(found)


def observe(name: str, folder: Path) -> Iterator[Observation]:
    """An observation for each tuning question over an archive that asks for one fact and no rule refuses."""
    path, scorer = folder / name, CrossEncoder()
    sync([archive(name)], path, BgeSmall())
    with Store.open(path) as store:
        reader = Recording(scorer)
        retriever = Retriever(store, ExactVectors(store), BgeSmall(), scorer)
        target = LocalTarget(Assistant(store, retriever, reader), store)
        for articles, has_answer, is_right in _answered(name, target, reader):
            if len(reader.read_from) != 1 or not reader.read_from[0].sentences:
                continue
            weighed = weigh(reader.read_from[0], scorer)
            nowhere = set.intersection(*({one.text for one in item.absent} for item in weighed))
            if nowhere or not weighed[0].dated:
                continue
            story = [*articles, weighed[0].candidate.passage.article_id][0]
            told = features(weighed[0], reader.read_from[0])
            yield Observation(story, WEIGHTS[name], told, is_right, has_answer)


def _answered(
    name: str, target: LocalTarget, reader: Recording
) -> Iterator[tuple[Sequence[str], bool, bool]]:
    """Of each tuning question over an archive: its articles, whether it has an answer, whether it gets it."""
    for case in (case for part in TUNING.get(name, ()) for case in load(name, part)):
        reader.read_from.clear()
        record = graded(case, target)
        is_answered = (record.answer or {}).get("status") in ANSWERED
        has_answer = not case.expects_abstention
        yield case.must_cite, has_answer, has_answer and is_answered and record.passed
    for one in (*natural.load(), *natural.load(natural.TUNING)):
        if (one.corpus, one.half) == (name, "tune"):
            reader.read_from.clear()
            outcome = natural.Outcome(one, target.ask(one.case))
            is_right = outcome.verdict.is_right and outcome.answer["status"] in ANSWERED
            yield one.expected.evidence, not one.expected.allows_declining, is_right


def fit(inputs: Vector, outcomes: Vector, weights: Vector) -> tuple[Vector, float]:
    """Ridge logistic regression by Newton's method on standardised features: (coefficients, intercept)."""
    mean, scale = inputs.mean(0), inputs.std(0) + 1e-9
    rows = np.column_stack([(inputs - mean) / scale, np.ones(len(inputs))])
    ridge = np.diag([*[RIDGE] * inputs.shape[1], 1e-6])
    found = np.zeros(rows.shape[1])
    for _ in range(25):
        told = 1 / (1 + np.exp(-rows @ found))
        curvature = (rows.T * (weights * told * (1 - told))) @ rows + ridge
        found -= np.linalg.solve(curvature, rows.T @ (weights * (told - outcomes)) + ridge @ found)
    coefficients = found[:-1] / scale
    return coefficients, float(found[-1] - coefficients @ mean)


def cross_validated(inputs: Vector, outcomes: Vector, weights: Vector, stories: Sequence[str]) -> Vector:
    """Each question's confidence from a fit that has not seen its story."""
    names = sorted(set(stories))
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {name: int(order[place]) % FOLDS for place, name in enumerate(names)}
    folds = np.array([fold_of[story] for story in stories])
    told = np.zeros(len(outcomes))
    for fold in range(FOLDS):
        rest, held_out = folds != fold, folds == fold
        coefficients, intercept = fit(inputs[rest], outcomes[rest], weights[rest])
        told[held_out] = 1 / (1 + np.exp(-(inputs[held_out] @ coefficients + intercept)))
    return told


def report(observations: Sequence[Observation]) -> None:
    """Print the weights and the trade-off: useful are right answers and right abstentions."""
    names = list(observations[0].features)
    inputs = np.array([[one.features[name] for name in names] for one in observations])
    outcomes = np.array([float(one.is_right) for one in observations])
    weights = np.array([one.weight for one in observations])
    has_answer = np.array([one.has_answer for one in observations])
    coefficients, intercept = fit(inputs, outcomes, weights)
    print(f"[weights]\nintercept = {intercept:.2f}")
    for name, value in zip(names, coefficients, strict=True):
        print(f"{name} = {value:.2f}")
    told = cross_validated(inputs, outcomes, weights, [one.story for one in observations])
    for threshold in np.arange(0.3, 0.8, 0.05):
        given = told >= threshold
        useful = int(outcomes[given].sum()) + int((~given & ~has_answer).sum())
        print(f"{threshold:.2f}: useful {useful} of {len(given)}, wrong {int((1 - outcomes[given]).sum())}")


if __name__ == "__main__":
    report([one for name in WEIGHTS for one in observe(name, Path(sys.argv[1]))])
