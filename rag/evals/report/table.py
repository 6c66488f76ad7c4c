"""A run on the terminal: what passed, measure by measure, tag by tag, and each failed item with why."""

from collections.abc import Iterator, Mapping
from textwrap import fill

from rag.evals.metrics.statistics import Interval
from rag.evals.record import Record
from rag.evals.report.summary import Summary

MOST_FAILED = 40
"""Failed items that a terminal is told of; the report has all."""


def to_text(summary: Summary, width: int = 80) -> str:
    """The whole of it, plain text in lines of at most `width` columns where words allow."""
    blocks = [fill(headline(summary), width)]
    for group, measured in summary.grouped().items():
        blocks.append("\n".join([group, *_rows(measured)]))
    if summary.agreement:
        blocks.append(fill(str(summary.agreement), width))
    if summary.by_tag:
        blocks.append("\n".join(["Passed, by tag", *_rows(summary.by_tag)]))
    if summary.failed:
        shown = summary.failed[:MOST_FAILED]
        blocks.append("\n".join(["Failed", *(line for record in shown for line in _failed(record, width))]))
        if len(summary.failed) > len(shown):
            blocks.append(f"... and {len(summary.failed) - len(shown)} more, which --report shows")
    if gaps := _gaps(summary):
        blocks.append(fill(gaps, width, break_on_hyphens=False))
    if summary.verdicts:
        blocks.append("\n".join(str(verdict) for verdict in summary.verdicts))
    return "\n\n".join(blocks)


def headline(summary: Summary) -> str:
    """How many passed, in one sentence."""
    gated = [record for record in summary.records if record.gated]
    passed = sum(record.passed for record in gated)
    found = summary.means["passed"]
    sure = "" if found.value is None else f" ({percent(found.value)}, 95 % interval {between(found)})"
    errors = f"; {len(summary.errored)} errored" if summary.errored else ""
    return f"{passed:,} of {len(gated):,} items passed{sure}{errors}."


def percent(value: float | None) -> str:
    """A share (0 to 1) in per cent, rounded to whole ones."""
    return "-" if value is None else f"{100 * value:.0f} %"


def between(found: Interval) -> str:
    """The interval of a share."""
    if found.low is None or found.high is None:
        return "-"
    return f"{100 * found.low:.0f} to {100 * found.high:.0f}"


def figure(value: float | None) -> str:
    """A measure's value with as many digits as help."""
    if value is None:
        return "-"
    if 1e-6 <= abs(value) < 1e-3:
        return f"{value:.6f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def item_text(record: Record) -> str:
    """One item for a log: question, answer, and why it failed, a paragraph each."""
    said = ""
    if record.answer is not None:
        said = f"{record.answer.get('answer') or ''} ({record.answer.get('status')})".strip()
    lines = [f"question: {record.case.question}", *([f"answer: {said}"] if said else [])]
    lines += [f"error: {record.error}"] if record.error is not None else record.failures
    if record.case.origin:
        lines.append(f"case: {record.case.id} ({record.case.origin})")
    return "\n".join(lines)


def name_of(record: Record) -> str:
    """The case's id, and which time it was asked where that is not the first."""
    return record.case.id if record.repeat == 1 else f"{record.case.id} (repeat {record.repeat})"


def _rows(measured: Mapping[str, Interval]) -> Iterator[str]:
    longest = max(map(len, measured), default=0)
    for name, found in measured.items():
        low_to_high = "" if found.low is None else f"{figure(found.low)} to {figure(found.high)}"
        yield f"  {name:<{longest}}  {figure(found.value):>8}  {low_to_high:<16}  n = {found.n:,}"


def _failed(record: Record, width: int) -> Iterator[str]:
    name = f"{name_of(record)}: {record.case.question}"
    yield fill(name, width, initial_indent="  ", subsequent_indent="    ")
    for reason in record.why:
        yield fill(reason, width, initial_indent="    ", subsequent_indent="      ")


def _gaps(summary: Summary) -> str:
    said = []
    if summary.gaps:
        said.append(f"Known gaps, not gated: {', '.join(name_of(one) for one in summary.gaps)}.")
    if summary.closed:
        closed = ", ".join(name_of(one) for one in summary.closed)
        said.append(f"Known gaps that passed (their known_gap may go): {closed}.")
    return " ".join(said)
