"""Gates: bounds that the measures of a run have to keep. Cases with a known gap are never counted."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.errors import UsageError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.metrics.abstention import accepts, is_abstention, should_abstain
from rag.evals.metrics.scores import JUDGED, LOWER_IS_BETTER, aggregate, scores
from rag.evals.metrics.statistics import Interval

_WRITTEN = re.compile(r"\s*([^\s=\[\]]+)(?:\[([^\]]+)\])?\s*=\s*(\S+)\s*")
_PERCENTILE = re.compile(r"_p(?:50|95)$")
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
        """Whether the value keeps the bound; a difference below 1e-9 decides nothing."""
        close = math.isclose(value, self.value, rel_tol=0, abs_tol=1e-9)
        return close or (value < self.value if self.is_most else value > self.value)


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound and the value that was found; `worst` are ids of the items that did most against it."""

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


def check(bounds: Sequence[Bound], records: Sequence[Record]) -> list[Gate]:
    """A gate for each bound. One that no item measures fails. Raises UsageError for unknown names."""
    gates: list[Gate] = []
    means: dict[str | None, dict[str, Interval]] = {}
    for bound in bounds:
        own = [one for one in records if one.gated and (not bound.tag or bound.tag in one.case.tags)]
        if bound.tag not in means:
            means[bound.tag] = aggregate(own)
        found = means[bound.tag].get(bound.metric)
        if found is None and bound.metric not in measures():
            raise UsageError(f"no measure is called {bound.metric!r}; see {', '.join(measures())}")
        found = found or Interval(None, None, None, 0)
        kept = found.value is not None and bound.holds(found.value)
        gates.append(Gate(bound, found, kept, () if kept else worst(bound, own)))
    return gates


def worst(bound: Bound, records: Sequence[Record]) -> tuple[str, ...]:
    """The ids of the items that did most against a bound, the worst first."""
    name = _PERCENTILE.sub("", bound.metric)
    sign = -1 if bound.is_most or name.startswith(LOWER_IS_BETTER) else 1
    scored = [(sign * value, record) for record in records if (value := record.scores.get(name)) is not None]
    if scored:
        scored.sort(key=lambda pair: pair[0])
        against = [record for value, record in scored if value < sign * bound.value]
    elif name.endswith(("_precision", "_recall")):
        against = [record for record in records if _abstained_wrongly(record)]
    else:
        against = [record for record in records if not record.passed]
    return tuple(dict.fromkeys(record.case.id for record in against))[:_WORST]


def _abstained_wrongly(record: Record) -> bool:
    if record.answer is None or record.error is not None:
        return False
    status = record.answer.get("status")
    asked = should_abstain(record.case)
    return not accepts(record.case, status) or (asked is not None and asked != is_abstention(status))
