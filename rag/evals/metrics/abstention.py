"""Whether answers were withheld where they should be, and what withholding more of them would buy."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rag.evals.cases.case import ABSTENTIONS, ANY_ABSTENTION, Case
from rag.evals.metrics.statistics import Interval, bootstrap

ANSWERED = ("answered", "partial")


class Judged(Protocol):
    """What is read of a record here."""

    @property
    def case(self) -> Case: ...
    @property
    def answer(self) -> Mapping[str, Any] | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def passed(self) -> bool: ...


def is_abstention(status: object) -> bool:
    """Whether this status claims nothing; an unknown one does not, as the contract says."""
    return status not in ANSWERED


def accepts(case: Case, status: object) -> bool:
    """Whether the case accepts this status; a case that names none accepts each."""
    return (
        not case.status or status in case.status or (ANY_ABSTENTION in case.status and is_abstention(status))
    )


def status_match(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when the status is one that the case accepts, else 0; None when it names none."""
    return float(accepts(case, answer.get("status"))) if case.status else None


def should_abstain(case: Case) -> bool | None:
    """Whether an abstention is right; None when the case does not tell, or accepts both."""
    if case.expects_abstention:
        return True
    if case.status:
        is_answerable = all(status in ANSWERED for status in case.status)
        return False if is_answerable else None
    asks = case.answer or case.answer_regex or case.evidence or case.must_cite
    return False if asks else None


def precision_and_recall(records: Sequence[Judged]) -> dict[str, Interval]:
    """Pooled precision and recall (0 to 1) of abstaining, then of each kind of abstention.

    `abstention_precision`: of the answers withheld, the share that should be. `abstention_recall`: of those
    that should be withheld, the share that were. For a kind, precision counts the answers with that status
    that the case accepts, and recall the cases that accept this status alone. Errored items and cases that
    do not tell are left out; n is what is divided by, and the value None where that is 0.
    """
    known = [
        (one.case, one.answer.get("status"))
        for one in records
        if one.answer is not None and one.error is None and should_abstain(one.case) is not None
    ]
    found: dict[str, list[bool | None]] = {
        "abstention_precision": [should_abstain(case) for case, status in known if is_abstention(status)],
        "abstention_recall": [is_abstention(status) for case, status in known if should_abstain(case)],
    }
    for kind in ABSTENTIONS:
        found[f"{kind}_precision"] = [
            bool(case.status) and accepts(case, status) for case, status in known if status == kind
        ]
        found[f"{kind}_recall"] = [status == kind for case, status in known if case.status == (kind,)]
    return {name: bootstrap([float(bool(right)) for right in each]) for name, each in found.items()}


def confidence(answer: Mapping[str, Any]) -> float | None:
    """How sure the assistant was: `confidence` where an answer states one, else the best passage's score."""
    stated = answer.get("confidence")
    passages = answer.get("passages") or ()
    if stated is None and passages:
        stated = passages[0].get("score")
    return None if stated is None else float(stated)


def risk_coverage(
    outcomes: Sequence[tuple[float, bool]], asked: int | None = None
) -> list[tuple[float, float]]:
    """(coverage, risk) as answers are let through from the surest down; both 0 to 1.

    `outcomes` are (confidence, is right) of the answers given, `asked` the number of questions, of which the
    curve covers what was answered. Answers of equal confidence enter together. Source: El-Yaniv and Wiener,
    On the Foundations of Noise-free Selective Classification (2010).
    """
    asked = len(outcomes) if asked is None else asked
    ordered = sorted(outcomes, key=lambda outcome: -outcome[0])
    points: list[tuple[float, float]] = []
    wrong = 0
    for place, (sure, is_right) in enumerate(ordered, start=1):
        wrong += not is_right
        if place == len(ordered) or ordered[place][0] != sure:
            points.append((place / asked, wrong / place))
    return points


def aurc(points: Sequence[tuple[float, float]]) -> float | None:
    """The area under a risk-coverage curve over the coverage it reaches (0 to 1, less is better).

    Each point's risk holds since the point before (Geifman, Uziel and El-Yaniv 2019). None without points.
    """
    if not points:
        return None
    begins = [0.0, *(coverage for coverage, _ in points)]
    area = sum((coverage - begin) * risk for begin, (coverage, risk) in zip(begins, points, strict=False))
    return area / points[-1][0]


def curve(records: Sequence[Judged]) -> list[tuple[float, float]]:
    """The risk-coverage curve of a run; an answer is right when its item passed. Errored items are left out.

    By a passage's score the curve is a guide only: scores compare only within one response.
    """
    answered = [(one.answer, one.passed) for one in records if one.answer is not None and one.error is None]
    outcomes = [
        (sure, passed)
        for answer, passed in answered
        if not is_abstention(answer.get("status")) and (sure := confidence(answer)) is not None
    ]
    return risk_coverage(outcomes, len(answered))
