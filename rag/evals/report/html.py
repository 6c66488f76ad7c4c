"""The report of a run as one HTML file without scripts or requests; every value is escaped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment

from rag.answer import IN_THE_MODELS_WORDS
from rag.evals.cases.record import Record
from rag.evals.metrics.abstention import curve
from rag.evals.metrics.scores import JUDGED, verdict_on
from rag.evals.report.compare import Comparison
from rag.evals.report.summary import Summary
from rag.evals.report.table import between, figure, headline, percent
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

MOST_PASSED = 500
"""Items that passed and are shown; records.jsonl has all."""
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-\d\d")


class Piece(NamedTuple):
    """Part of a text; `number` is the citation whose words it is, 0 for none."""

    text: str
    number: int = 0


class MarkedText(NamedTuple):
    """A passage or a quote with the cited words marked."""

    head: str
    pieces: Sequence[Piece]
    is_cited: bool


class Tick(NamedTuple):
    """A label on an axis and where it stands."""

    at: float
    label: str


class Bar(NamedTuple):
    """A bar of a histogram and its tooltip."""

    x: float
    y: float
    width: float
    height: float
    title: str


WIDTH, HEIGHT = 360.0, 200.0
"""The size of a plot in units of its SVG; the template draws it."""
LEFT, RIGHT, TOP, BOTTOM = 36.0, WIDTH - 8, 8.0, HEIGHT - 28
"""The edges of the part that the curve or the bars stand in."""
_BINS = 16


@dataclass(frozen=True, slots=True)
class Plot:
    """A curve (`line`, an SVG path that ends at `last`) or bars, between two axes."""

    across: Sequence[Tick]
    upward: Sequence[Tick]
    line: str = ""
    bars: Sequence[Bar] = ()
    last: tuple[float, float] | None = None


def to_html(summary: Summary, comparison: Comparison | None = None) -> str:
    """The report; the comparison is with a baseline, which is its first run."""
    records, means = summary.records, summary.means
    measured = [name for name, mean in means.items() if mean.n]
    latencies = [one.scores.get("latency_total") for one in records if not one.error]
    template = _environment().get_template("report.html")
    return template.render(
        summary=summary,
        comparison=comparison,
        headline=headline(summary),
        headlines={says: means[name] for name, says in HEADLINES.items() if name in measured},
        risk=risk_coverage_plot(curve([record for record in records if record.gated])),
        latency=latency_plot([value for value in latencies if value is not None]),
        frame={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "bottom": BOTTOM},
        tokens=TOKENS.read_text(encoding="utf-8"),
    )


def passages(record: Record) -> list[MarkedText]:
    """The passages with the cited spans marked, then the quotes that no passage holds."""
    answer = record.answer or {}
    cited: Sequence[Mapping[str, Any]] = answer.get("citations") or ()
    found, held = [], set()
    for passage in answer.get("passages") or ():
        inside = [one for one in cited if _is_inside(one, passage)]
        held |= {one["n"] for one in inside}
        spans = [(one["start"] - passage["start"], one["end"] - passage["start"], one["n"]) for one in inside]
        pieces = marked(str(passage.get("text") or ""), spans)
        found.append(MarkedText(f"Passage {passage.get('rank')}: {_named(passage)}", pieces, bool(inside)))
    for one in cited:
        if one["n"] not in held:
            pieces = [Piece(str(one.get("quote")), one["n"])]
            found.append(MarkedText(f"Cited beyond the passages: {_named(one)}", pieces, True))
    return found


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


def sources(record: Record) -> list[str]:
    """The articles that an answer cites or lists, by headline, outlet and day, each once."""
    answer = record.answer or {}
    listed = [*(answer.get("citations") or ()), *(answer.get("articles") or ())]
    return list(dict.fromkeys(map(_named, listed)))


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
        "Intent": case.intent,
        "Asserted, for a judge": case.assertions,
    }
    return [(name, " | ".join(values)) for name, values in asked.items() if values]


def state(sentence: Mapping[str, Any]) -> str:
    """What became of a sentence that a model wrote, in words; empty where its look says it."""
    reason = f": {sentence['reason']}" if sentence.get("reason") else ""
    if sentence.get("support") == "unsupported":
        return f"left out{reason}"
    if sentence.get("support") == "unconfirmed":
        return f"{IN_THE_MODELS_WORDS}{', folded' if sentence.get('folded') else ''}{reason}"
    return {"gap": "not in the articles", "claim": str(sentence.get("support") or "")}.get(
        str(sentence.get("role")), ""
    )


def doubted(summary: Summary) -> list[tuple[Record, str]]:
    """The items of which the judge did not believe all, each with the shares that fall short of 1."""
    found = []
    for record in summary.records:
        shares = [(name, value) for name in JUDGED[:3] if (value := record.scores.get(name)) is not None]
        if short := ", ".join(f"{name} {figure(value)}" for name, value in shares if value < 1):
            found.append((record, short))
    return found


def risk_coverage_plot(points: Sequence[tuple[float, float]]) -> Plot | None:
    """The steps of a risk-coverage curve; None for fewer than two points."""
    if len(points) < 2:
        return None
    highest = max(0.1, min(1.0, 1.15 * max(risk for _, risk in points)))
    placed = [(_x(coverage), _y(risk / highest)) for coverage, risk in points]
    line = f"M {LEFT:.1f} {placed[0][1]:.1f} H {placed[0][0]:.1f}"
    line += "".join(f" V {y:.1f} H {x:.1f}" for x, y in placed[1:])
    across = [Tick(_x(share / 100), f"{share} %") for share in (0, 25, 50, 75, 100)]
    step = 0.05 if highest <= 0.2 else 0.1 if highest <= 0.5 else 0.25
    shares = [place * step for place in range(int(highest / step + 1e-9) + 1)]
    return Plot(
        across, [Tick(_y(one / highest), f"{100 * one:.0f} %") for one in shares], line, last=placed[-1]
    )


def latency_plot(milliseconds: Sequence[float]) -> Plot | None:
    """A histogram of how long answers took; None without any. The last bar holds what took longer still."""
    if not milliseconds:
        return None
    most = np.percentile(milliseconds, 99, method="higher")
    longest = next(10.0**n * times for n in count(1) for times in (1, 2, 4, 8) if most < 10.0**n * times)
    counts, edges = np.histogram(np.minimum(milliseconds, longest), _BINS, (0, longest))
    width = (RIGHT - LEFT) / _BINS
    bars = [
        Bar(
            LEFT + place * width + 0.5,
            top := _y(held / counts.max()),
            width - 1,
            BOTTOM - top,
            f"{edges[place]:,.0f} to {edges[place + 1]:,.0f} ms: {held}",
        )
        for place, held in enumerate(counts)
    ]
    across = [Tick(_x(share / 4), f"{longest * share / 4:,.0f}") for share in range(5)]
    return Plot(across, [Tick(BOTTOM, "0"), Tick(TOP, str(counts.max()))], bars=bars)


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _y(share: float) -> float:
    return float(BOTTOM - share * (BOTTOM - TOP))


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
    made.filters |= {"figure": figure, "percent": percent, "between": between}
    made.globals |= {"passages": passages, "expectations": expectations, "state": state}
    made.globals |= {"sources": sources, "most_passed": MOST_PASSED}
    made.globals |= {"verdict_on": verdict_on, "doubted": doubted}
    return made
