"""The summary of a run as plain text for a terminal or a log."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from rag.evals.cases.record import Record
from rag.evals.metrics.statistics import Interval
from rag.evals.report.summary import Summary

MOST_FAILED = 40
"""Failed items that a terminal is told of; the report has all."""


def to_text(summary: Summary, width: int = 80) -> str:
    """The whole of it, plain text in lines of at most `width` columns where words allow."""
    blocks = [fill(headline(summary), width)]
    if about := summary.about:
        wide = max(map(len, about)) + 2
        how: dict[str, Any] = {"subsequent_indent": " " * wide, "break_on_hyphens": False}
        blocks.append("\n".join(fill(f"{name:{wide}}{said}", width, **how) for name, said in about.items()))
    for group, measured in summary.grouped().items():
        blocks.append("\n".join([group, *_rows(measured)]))
    if summary.agreement:
        blocks.append(fill(str(summary.agreement), width))
    if summary.by_tag:
        blocks.append("\n".join(["Passed, by tag", *_rows(summary.by_tag)]))
    if summary.failed:
        told = summary.failed[:MOST_FAILED]
        lines = [item_lines(f"{one.name}: {one.case.question}", one.why, width) for one in told]
        blocks.append("\n".join(["Failed", *lines]))
        if len(summary.failed) > len(told):
            blocks.append(f"... and {len(summary.failed) - len(told)} more, which --report shows")
    if gaps := _gaps(summary):
        blocks.append(fill(gaps, width, break_on_hyphens=False))
    if summary.gates:
        blocks.append("\n".join(map(str, summary.gates)))
    return "\n\n".join(blocks)


def headline(summary: Summary) -> str:
    """How many passed, in one sentence."""
    gated = [record.passed for record in summary.records if record.gated]
    found = summary.means["passed"]
    sure = "" if found.value is None else f" ({percent(found.value)}, 95 % interval {between(found)})"
    errors = f"; {len(summary.errored)} errored" if summary.errored else ""
    return f"{sum(gated):,} of {len(gated):,} items passed{sure}{errors}."


def percent(value: float | None) -> str:
    """A share (0 to 1) in per cent, rounded to whole ones."""
    return "-" if value is None else f"{100 * value:.0f} %"


def between(found: Interval) -> str:
    """The interval of a share."""
    if found.low is None or found.high is None:
        return "-"
    return f"{100 * found.low:.0f} to {100 * found.high:.0f}"


def figure(value: float | None, sign: str = "") -> str:
    """A measure's value with as many digits as help; with `sign` "+" both signs are written."""
    if value is None:
        return "-"
    digits = ",.0f" if abs(value) >= 100 else ".6f" if 1e-6 <= abs(value) < 1e-3 else ".3f"
    return f"{value:{sign}{digits}}"


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


def item_lines(title: str, reasons: Sequence[str], width: int) -> str:
    """An item in a list on the terminal, wrapped: its title, and below it why it failed."""
    lines = [fill(title, width, initial_indent="  ", subsequent_indent="    ")]
    lines += [fill(one, width, initial_indent="    ", subsequent_indent="      ") for one in reasons]
    return "\n".join(lines)


def _rows(measured: Mapping[str, Interval]) -> Iterator[str]:
    longest = max(map(len, measured), default=0)
    for name, found in measured.items():
        low_to_high = "" if found.low is None else f"{figure(found.low)} to {figure(found.high)}"
        yield f"  {name:<{longest}}  {figure(found.value):>8}  {low_to_high:<16}  n = {found.n:,}"


def _gaps(summary: Summary) -> str:
    said = []
    if summary.gaps:
        said.append(f"Known gaps, not gated: {', '.join(one.name for one in summary.gaps)}.")
    if summary.closed:
        closed = ", ".join(one.name for one in summary.closed)
        said.append(f"Known gaps that passed (their known_gap may go): {closed}.")
    return " ".join(said)
