"""Measures of abstention: precision, recall, and the risk-coverage curve (selective prediction)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from rag.evals.cases.case import ABSTENTIONS, ANY_ABSTENTION, HELP, LISTED, Case
from rag.evals.cases.record import Record
from rag.evals.metrics.statistics import Interval, bootstrap

ANSWERED = ("answered", "partial")


def is_abstention(status: object) -> bool:
    """Whether this status says that the question is not answered; an unknown one does, as the contract says.

    A list of articles counts as an answer, and help as neither.
    """
    return status not in (*ANSWERED, LISTED, HELP)


def accepts(case: Case, status: object) -> bool:
    """Whether the case accepts this status; a case that names none accepts each."""
    return (
        not case.status or status in case.status or (ANY_ABSTENTION in case.status and is_abstention(status))
    )


def status_match(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when the status is one that the case accepts, else 0; None when it names none."""
    return float(accepts(case, answer.get("status"))) if case.status else None


def intent_match(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when the question was taken for what the case accepts, else 0; None when it names nothing."""
    return float(answer.get("intent") in case.intent) if case.intent else None


def should_abstain(case: Case) -> bool | None:
    """Whether an abstention is right; None when the case does not tell, or accepts both or help."""
    if case.expects_abstention:
        return True
    if HELP in case.status:
        return None
    if case.status:
        return None if any(map(is_abstention, case.status)) else False
    asks = case.answer or case.answer_regex or case.evidence or case.must_cite
    return False if asks else None


def precision_and_recall(records: Sequence[Record]) -> dict[str, Interval]:
    """Pooled precision and recall (0 to 1) of abstaining, then of each kind of abstention.

    `abstention_precision`: of the answers withheld, the share that should be. `abstention_recall`: of those
    that should be withheld, the share that were. For a kind, precision counts the answers with that status
    that the case accepts, and recall the cases that accept this status alone. Errored items and cases that
    do not tell are left out; n is what is divided by, and the value None where that is 0.
    """
    known = [
        (one.case, one.answer.get("status"))
        for one in records
        if _is_graded(one) and should_abstain(one.case) is not None and one.answer is not None
    ]
    found = {
        "abstention_precision": [
            bool(should_abstain(case)) for case, status in known if is_abstention(status)
        ],
        "abstention_recall": [is_abstention(status) for case, status in known if should_abstain(case)],
    }
    for kind in ABSTENTIONS:
        found[f"{kind}_precision"] = [
            bool(case.status) and accepts(case, status) for case, status in known if status == kind
        ]
        found[f"{kind}_recall"] = [status == kind for case, status in known if case.status == (kind,)]
    return {name: bootstrap([float(right) for right in each]) for name, each in found.items()}


def _is_graded(record: Record) -> bool:
    """Whether an answer or an abstention came; help is neither."""
    return record.error is None and record.answer is not None and record.answer.get("status") != HELP


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
    surest_first = sorted(outcomes, key=lambda outcome: -outcome[0])
    points: list[tuple[float, float]] = []
    given = wrong = 0
    for _, equals in groupby(surest_first, key=lambda outcome: outcome[0]):
        rights = [is_right for _, is_right in equals]
        given, wrong = given + len(rights), wrong + rights.count(False)
        points.append((given / asked, wrong / given))
    return points


def aurc(points: Sequence[tuple[float, float]]) -> float | None:
    """The area under a risk-coverage curve over the coverage it reaches (0 to 1, less is better).

    Each point's risk holds since the point before (Geifman, Uziel and El-Yaniv 2019). None without points.
    """
    if not points:
        return None
    coverage, risk = np.array(points).T
    return float(np.diff(coverage, prepend=0) @ risk / coverage[-1])


def curve(records: Sequence[Record]) -> list[tuple[float, float]]:
    """The risk-coverage curve of a run; an answer is right when its item passed. Errored items are left out.

    By a passage's score the curve is a guide only: scores compare only within one response.
    """
    graded = [(one.answer, one.passed) for one in records if one.answer is not None and _is_graded(one)]
    given = [
        (confidence(answer), passed) for answer, passed in graded if not is_abstention(answer.get("status"))
    ]
    return risk_coverage([(sure, passed) for sure, passed in given if sure is not None], len(graded))
