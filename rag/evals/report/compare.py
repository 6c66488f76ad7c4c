"""Comparison of two runs item by item: flips with McNemar's test, and the change of each mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from corpus.errors import ReadError
from rag.evals.cases.record import Record, item_name
from rag.evals.metrics.scores import case_means, verdict_on
from rag.evals.metrics.statistics import Interval, mcnemar, paired_bootstrap
from rag.evals.report.table import figure, item_lines


@dataclass(frozen=True, slots=True)
class Flip:
    """An item that passed in one run alone; `why` says what the other run's answer lacked."""

    id: str
    repeat: int
    question: str
    why: tuple[str, ...]

    @property
    def name(self) -> str:
        """The item's name, as in the other reports."""
        return item_name(self.id, self.repeat)


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


def compare_runs(a: Sequence[Record], b: Sequence[Record]) -> Comparison:
    """Pair two runs by case id and repeat; an errored item has not passed and has no other measure.

    Raises ReadError when a run has the same item twice.
    """
    before, after = _by_name(a), _by_name(b)
    pairs = [(record, after[name]) for name, record in before.items() if name in after]
    gained = tuple(_flip(new, old) for old, new in pairs if new.passed and not old.passed)
    lost = tuple(_flip(old, new) for old, new in pairs if old.passed and not new.passed)
    names = dict.fromkeys(name for old, new in pairs for name in old.scores if name in new.scores)
    differences = {name: _difference(pairs, name) for name in ("passed", *names)}
    return Comparison(
        paired=len(pairs),
        passed_a=sum(old.passed for old, _ in pairs),
        passed_b=sum(new.passed for _, new in pairs),
        p_value=mcnemar(len(lost), len(gained)),
        metrics={name: found for name, found in differences.items() if found is not None},
        gained=gained,
        lost=lost,
        only_a=tuple(name for name in before if name not in after),
        only_b=tuple(name for name in after if name not in before),
        changed=tuple(dict.fromkeys(new.case.id for old, new in pairs if old.case != new.case)),
    )


def _by_name(records: Sequence[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for one in records:
        if one.name in found:
            raise ReadError(f"these runs cannot be compared: the run has {one.name} twice")
        found[one.name] = one
    return found


def _flip(passed: Record, failed: Record) -> Flip:
    return Flip(passed.case.id, passed.repeat, passed.case.question, failed.why)


def _difference(pairs: Sequence[tuple[Record, Record]], name: str) -> Difference | None:
    measured = [(old.case.id, _value(old, name), _value(new, name)) for old, new in pairs]
    both = [(id, was, now) for id, was, now in measured if was is not None and now is not None]
    if not both:
        return None
    before, after = (
        case_means([(id, was) for id, was, _ in both]),
        case_means([(id, now) for id, _, now in both]),
    )
    return Difference(sum(before) / len(before), sum(after) / len(after), paired_bootstrap(before, after))


def _value(record: Record, name: str) -> float | None:
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
        lines = [item_lines(f"{flip.name}: {flip.question}", flip.why, width) for flip in flips]
        blocks += ["\n".join([f"{title}:", *lines])] if lines else []
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
        verdict = f"  {verdict_on(name, change.value)}" if found.is_clear and change.value else ""
        yield (
            f"{name:{longest}}  {figure(found.a):>8} {figure(found.b):>8} {figure(change.value, '+'):>8}"
            f"  {figure(change.low, '+')} to {figure(change.high, '+')}{verdict}"
        )
