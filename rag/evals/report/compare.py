"""Two runs item by item: what flipped, whether that is more than chance, and what each mean became."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Protocol

from rag.evals.metrics.scores import LOWER_IS_BETTER, NEITHER_IS_BETTER, Measured
from rag.evals.metrics.statistics import Interval, mcnemar, paired_bootstrap


class Repeated(Measured, Protocol):
    """What is read of a record here; records are paired by `case.id` and `repeat`."""

    @property
    def repeat(self) -> int: ...
    @property
    def failures(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Flip:
    """An item that passed in one run alone; `why` says what the other run's answer lacked."""

    id: str
    repeat: int
    question: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure's means over the cases that have it in both runs; `change` is b - a with its interval."""

    a: float
    b: float
    change: Interval

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        low, high = self.change.low, self.change.high
        return low is not None and high is not None and not low <= 0 <= high


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run b against run a. `p_value` is McNemar's exact one for the flips; `metrics` has `passed` first.

    Where cases were asked several times, p counts each asking and is smaller than it should be; the
    intervals count cases. `changed` are ids of cases that differ between the runs; they are compared all the
    same.
    """

    paired: int
    passed_a: int
    passed_b: int
    p_value: float
    metrics: Mapping[str, Difference]
    gained: tuple[Flip, ...]
    lost: tuple[Flip, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changed: tuple[str, ...]


def compare(a: Sequence[Repeated], b: Sequence[Repeated]) -> Comparison:
    """Pair two runs by case id and repeat; an errored item has not passed and has no other measure.

    Raises ValueError when a run has the same item twice.
    """
    before, after = _by_key(a), _by_key(b)
    pairs = [(before[key], after[key]) for key in before if key in after]
    gained = tuple(_flip(new, old) for old, new in pairs if new.passed and not old.passed)
    lost = tuple(_flip(old, new) for old, new in pairs if old.passed and not new.passed)
    names = dict.fromkeys(name for old, new in pairs for name in old.scores if name in new.scores)
    differences = {"passed": _difference(pairs, "passed")} | {
        name: _difference(pairs, name) for name in names
    }
    return Comparison(
        paired=len(pairs),
        passed_a=sum(old.passed for old, _ in pairs),
        passed_b=sum(new.passed for _, new in pairs),
        p_value=mcnemar(len(lost), len(gained)),
        metrics={name: found for name, found in differences.items() if found is not None},
        gained=gained,
        lost=lost,
        only_a=tuple(_name(*key) for key in before if key not in after),
        only_b=tuple(_name(*key) for key in after if key not in before),
        changed=tuple(dict.fromkeys(new.case.id for old, new in pairs if old.case != new.case)),
    )


def _by_key(records: Sequence[Repeated]) -> dict[tuple[str, int], Repeated]:
    found: dict[tuple[str, int], Repeated] = {}
    for one in records:
        key = one.case.id, one.repeat
        if key in found:
            raise ValueError(f"the run has {_name(*key)} twice")
        found[key] = one
    return found


def _flip(passed: Repeated, failed: Repeated) -> Flip:
    why = failed.failures if failed.error is None else (failed.error,)
    return Flip(passed.case.id, passed.repeat, passed.case.question, why)


def _difference(pairs: Sequence[tuple[Repeated, Repeated]], name: str) -> Difference | None:
    values: dict[str, list[tuple[float, float]]] = {}
    for old, new in pairs:
        was, now = _value(old, name), _value(new, name)
        if was is not None and now is not None:
            values.setdefault(old.case.id, []).append((was, now))
    if not values:
        return None
    before = [sum(was for was, _ in each) / len(each) for each in values.values()]
    after = [sum(now for _, now in each) / len(each) for each in values.values()]
    return Difference(sum(before) / len(before), sum(after) / len(after), paired_bootstrap(before, after))


def _value(record: Repeated, name: str) -> float | None:
    if name == "passed":
        return float(record.passed)
    return record.scores.get(name) if record.error is None else None


def to_text(comparison: Comparison, width: int = 80) -> str:
    """The comparison for a terminal: a table of the means, then each item that flipped, and why."""
    found = comparison
    head = (
        f"{found.paired} items in both runs: {found.passed_a} passed, then {found.passed_b}. "
        f"{len(found.lost)} lost, {len(found.gained)} gained (McNemar, p = {found.p_value:.3g})."
    )
    blocks = [fill(head, width), "\n".join(_table(found.metrics))]
    for title, flips in (("Lost", found.lost), ("Gained", found.gained)):
        if flips:
            blocks.append("\n".join([f"{title}:", *(line for flip in flips for line in _lines(flip, width))]))
    for title, names in (
        ("Only in the first run", found.only_a),
        ("Only in the second run", found.only_b),
        ("Not the same case in both runs", found.changed),
    ):
        if names:
            blocks.append(fill(f"{title}: {', '.join(names)}", width, break_on_hyphens=False))
    return "\n\n".join(blocks)


def _table(metrics: Mapping[str, Difference]) -> Iterator[str]:
    longest = max((len(name) for name in metrics), default=0)
    yield f"{'':{longest}}  {'first':>8} {'second':>8} {'change':>8}  95 % interval"
    for name, found in metrics.items():
        change = found.change
        assert change.value is not None
        verdict = f"  {_verdict(name, change.value)}" if found.is_clear else ""
        yield (
            f"{name:{longest}}  {_figure(found.a)} {_figure(found.b)} {_figure(change.value, '+')}"
            f"  {_figure(change.low, '+').strip()} to {_figure(change.high, '+').strip()}{verdict}"
        )


def _verdict(name: str, change: float) -> str:
    if name.startswith(NEITHER_IS_BETTER):
        return "more" if change > 0 else "less"
    return "better" if (change > 0) is not name.startswith(LOWER_IS_BETTER) else "worse"


def _lines(flip: Flip, width: int) -> Iterator[str]:
    name = _name(flip.id, flip.repeat)
    yield fill(f"{name}: {flip.question}", width, initial_indent="  ", subsequent_indent="    ")
    for reason in flip.why:
        yield fill(reason, width, initial_indent="    ", subsequent_indent="      ")


def _figure(value: float | None, sign: str = "") -> str:
    if value is None:
        return f"{'-':>8}"
    return f"{value:>{sign}8.0f}" if abs(value) >= 100 else f"{value:>{sign}8.3f}"


def _name(case_id: str, repeat: int) -> str:
    return case_id if repeat <= 1 else f"{case_id} (repeat {repeat})"
