"""Gates: bounds that a run's measures have to keep. What is known to fail is never counted."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.errors import UsageError
from rag.evals.cases.case import Case
from rag.evals.metrics.abstention import accepts, is_abstention, should_abstain
from rag.evals.metrics.scores import JUDGED, LOWER_IS_BETTER, aggregate, scores
from rag.evals.metrics.statistics import Interval
from rag.evals.record import Record

_WRITTEN = re.compile(r"\s*([^\s=\[\]]+)(?:\[([^\]]+)\])?\s*=\s*(\S+)\s*")
_SHARE = re.compile(r"_p(?:50|95)$")
_WORST = 5
"""How many items a line of a gate names."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The least (or, with `is_most`, the greatest) value that a measure may have, over the cases of `tag`."""

    metric: str
    value: float
    tag: str | None = None
    is_most: bool = False

    def __str__(self) -> str:
        return f"{self.metric}[{self.tag}]" if self.tag else self.metric

    def holds(self, value: float) -> bool:
        """Whether a value keeps it; the last digits of a sum decide nothing."""
        close = math.isclose(value, self.value, rel_tol=0, abs_tol=1e-9)
        return close or (value < self.value if self.is_most else value > self.value)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one bound was kept; `worst` are ids of the items that did most against it."""

    bound: Bound
    found: Interval
    passed: bool
    worst: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line: the value, the bound, the worst items."""
        bound, found = self.bound, self.found
        if found.value is None:
            return f"gate {bound}: no case measures it; write cases that do, or drop the gate"
        side = "at most" if bound.is_most else "at least"
        said = f"gate {bound}: {found.value:.3g}, {side} {bound.value:g} asked (n = {found.n})"
        kept = "kept" if self.passed else "FAILED"
        worst = f"; worst: {', '.join(self.worst)}" if self.worst and not self.passed else ""
        return f"{said}: {kept}{worst}"


def parse_bound(written: str, *, is_most: bool = False) -> Bound:
    """`passed=0.9`, `passed[dates]=0.9` or `mrr=80%`. Raises UsageError for what cannot be read."""
    flag = "--max" if is_most else "--min"
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise UsageError(f"{flag} must be METRIC=VALUE or METRIC[TAG]=VALUE, not {written!r}")
    number, percent = (match[3][:-1], 100) if match[3].endswith("%") else (match[3], 1)
    try:
        value = float(number) / percent
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{flag} {match[1]}: {match[3]!r} is not a number")
    return Bound(match[1], value, match[2], is_most)


def check_bounds(bounds: Sequence[Bound], cases: Sequence[Case]) -> None:
    """Find the mistakes before the run. Raises UsageError for a measure or tag that nothing has."""
    known, tags = measures(), {tag for case in cases for tag in case.tags}
    for bound in bounds:
        if bound.metric not in known and not bound.metric.startswith("latency_"):
            raise UsageError(f"no measure is called {bound.metric!r}; there are {', '.join(known)}")
        if bound.tag and bound.tag not in tags:
            have = f"there are {', '.join(sorted(tags))}" if tags else "no case has a tag"
            raise UsageError(f"no case has the tag {bound.tag!r}; {have}")


def measures() -> list[str]:
    """The names that a bound may have; a judge's measures and the cost are there only when asked for."""
    answer = {"timing_ms": {"retrieve": 0, "read": 0, "total": 0}}
    case = Case("any", "Any?")
    return [*aggregate([Record(case, answer=answer, scores=scores(case, answer))]), *JUDGED, "cost"]


def judge(bounds: Sequence[Bound], records: Sequence[Record]) -> list[Verdict]:
    """A verdict for each bound. One that no item measures fails. Raises UsageError for unknown names."""
    gated = [record for record in records if record.gated]
    found: dict[str | None, dict[str, Interval]] = {}
    verdicts = []
    for bound in bounds:
        own = [record for record in gated if not bound.tag or bound.tag in record.case.tags]
        if bound.tag not in found:
            found[bound.tag] = aggregate(own)
        value = found[bound.tag].get(bound.metric)
        if value is None and bound.metric not in measures():
            raise UsageError(f"no measure is called {bound.metric!r}; see {', '.join(found[bound.tag])}")
        value = value or Interval(None, None, None, 0)
        kept = value.value is not None and bound.holds(value.value)
        verdicts.append(Verdict(bound, value, kept, () if kept else worst(bound, own)))
    return verdicts


def worst(bound: Bound, records: Sequence[Record]) -> tuple[str, ...]:
    """The ids of the items that did most against a bound, the worst first."""
    name = _SHARE.sub("", bound.metric)
    scored = [(value, record) for record in records if (value := record.scores.get(name)) is not None]
    less_is_better = bound.is_most or name.startswith(LOWER_IS_BETTER)
    if name != "passed" and scored:
        scored.sort(key=lambda pair: -pair[0] if less_is_better else pair[0])
        ids = [record.case.id for value, record in scored if _counts(value, bound, less_is_better)]
    elif name.endswith(("_precision", "_recall")):
        ids = [record.case.id for record in records if _abstained_wrongly(record)]
    else:
        ids = [record.case.id for record in records if not record.passed]
    return tuple(dict.fromkeys(ids))[:_WORST]


def passed_of(records: Sequence[Record]) -> Interval:
    """The share that passed, with its interval, and nothing else of `aggregate`."""
    return aggregate([replace(record, scores={}) for record in records])["passed"]


def _counts(value: float, bound: Bound, less_is_better: bool) -> bool:
    return value > bound.value if less_is_better else value < bound.value


def _abstained_wrongly(record: Record) -> bool:
    if record.answer is None or record.error is not None:
        return False
    status = record.answer.get("status")
    asked = should_abstain(record.case)
    return not accepts(record.case, status) or (asked is not None and asked != is_abstention(status))
