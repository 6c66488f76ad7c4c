"""A run as one HTML file that needs nothing else: no request, no script, every value escaped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from corpus.errors import ReadError
from rag.evals.metrics.abstention import curve
from rag.evals.metrics.scores import JUDGED, LOWER_IS_BETTER, NEITHER_IS_BETTER
from rag.evals.record import Record
from rag.evals.report.compare import Comparison
from rag.evals.report.plots import latency_plot, risk_coverage_plot
from rag.evals.report.summary import Summary
from rag.evals.report.table import between, figure, headline, name_of, percent
from rag.render import escaping_environment, written_date

FOLDER = Path(__file__).parent / "templates"
TOKENS = Path(__file__).parents[2] / "web" / "static" / "tokens.css"
HEADLINES = {
    "passed": "of cases passed",
    "citation_recall": "of what must be cited is cited",
    "quote_fidelity": "of quotes stand in their article to the letter",
    "recall@5": "of the evidence is among the first five passages",
    "abstention_precision": "of abstentions were right",
    "abstention_recall": "of what the archive does not tell was withheld",
}

_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-\d\d")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text; `number` is the citation whose words it is, 0 for none."""

    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage or a quote with what is cited of it marked."""

    head: str
    pieces: Sequence[Piece]
    is_cited: bool


def to_html(summary: Summary, comparison: Comparison | None = None) -> str:
    """The report; the comparison is with a baseline, which is its first run."""
    records = summary.records
    milliseconds = [
        value for one in records if (value := one.scores.get("latency_total")) is not None and not one.error
    ]
    return (
        _environment()
        .get_template("report.html")
        .render(
            summary=summary,
            comparison=comparison,
            headline=headline(summary),
            headlines={
                says: summary.means[name]
                for name, says in HEADLINES.items()
                if name in summary.means and summary.means[name].n
            },
            risk=risk_coverage_plot(curve([record for record in records if record.gated])),
            latency=latency_plot(milliseconds),
            tokens=TOKENS.read_text(encoding="utf-8"),
        )
    )


def write_report(path: Path, summary: Summary, comparison: Comparison | None = None) -> None:
    """Write the report. Raises ReadError when the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_html(summary, comparison).encode(errors="replace"))
    except OSError as error:
        raise ReadError(f"{path} cannot be written: {error.strerror or error}") from error


def passages(record: Record) -> list[Shown]:
    """The passages with the cited spans marked, then the quotes that no passage holds."""
    answer = record.answer or {}
    cited: Sequence[Mapping[str, Any]] = answer.get("citations") or ()
    shown, held = [], set()
    for passage in answer.get("passages") or ():
        inside = [one for one in cited if _is_inside(one, passage)]
        held |= {one["n"] for one in inside}
        spans = [(one["start"] - passage["start"], one["end"] - passage["start"], one["n"]) for one in inside]
        pieces = marked(str(passage.get("text") or ""), spans)
        shown.append(Shown(f"Passage {passage.get('rank')}: {_named(passage)}", pieces, bool(inside)))
    for one in cited:
        if one["n"] not in held:
            pieces = [Piece(str(one.get("quote")), one["n"])]
            shown.append(Shown(f"Cited beyond the passages: {_named(one)}", pieces, True))
    return shown


def marked(text: str, spans: Sequence[tuple[int, int, int]]) -> list[Piece]:
    """The text in pieces: of each span (start, end, number) what no earlier one covers."""
    pieces, at = [], 0
    for start, end, number in sorted(spans):
        begin = max(start, at)
        if begin >= end:
            continue
        pieces += [Piece(text[at:begin]), Piece(text[begin:end], number)]
        at = end
    return [piece for piece in [*pieces, Piece(text[at:])] if piece.text]


def expectations(record: Record) -> list[tuple[str, str]]:
    """What the case asks, in words and as written."""
    case = record.case
    asked = {
        "Answer": case.answer,
        "Answer matches": (case.answer_regex,) if case.answer_regex else (),
        "Evidence": case.evidence,
        "Must cite": case.must_cite,
        "Must say": case.must_say,
        "Must not say": case.must_not_say,
        "Status": case.status,
        "Asserted, for a judge": case.assertions,
    }
    return [(name, " | ".join(values)) for name, values in asked.items() if values]


def doubted(summary: Summary) -> list[tuple[Record, str]]:
    """The items of which the judge did not believe all, each with the shares that fall short of 1."""
    found = []
    for record in summary.records:
        shares = [(name, value) for name in JUDGED[:3] if (value := record.scores.get(name)) is not None]
        if short := ", ".join(f"{name} {figure(value)}" for name, value in shares if value < 1):
            found.append((record, short))
    return found


def verdict(name: str, change: float) -> str:
    """Whether a change of a measure is for the better; nothing where neither direction is."""
    if name.startswith(NEITHER_IS_BETTER):
        return ""
    return "better" if (change > 0) is not name.startswith(LOWER_IS_BETTER) else "worse"


def _is_inside(citation: Mapping[str, Any], passage: Mapping[str, Any]) -> bool:
    same = all(citation.get(key) == passage.get(key) for key in ("article_id", "revision"))
    return same and bool(passage["start"] <= citation["start"] and citation["end"] <= passage["end"])


def _named(found: Mapping[str, Any]) -> str:
    day = str(found.get("published_at") or "")
    written = written_date(day) if _DAY.match(day) else day
    about = [found.get("title") or found.get("article_id"), found.get("source"), written]
    return ", ".join(str(one) for one in about if one)


@cache
def _environment() -> Environment:
    made = escaping_environment(FOLDER)
    made.filters |= {"figure": figure, "percent": percent, "between": between, "name_of": name_of}
    made.globals |= {
        "passages": passages,
        "expectations": expectations,
        "verdict": verdict,
        "doubted": doubted,
    }
    return made
