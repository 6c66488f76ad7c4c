"""The summary of a run: means, shares by tag, failed items, known gaps, gates."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ReadError
from rag.evals.cases.record import Record
from rag.evals.gate import Gate
from rag.evals.judge import Agreement
from rag.evals.metrics.scores import JUDGED, aggregate, passed
from rag.evals.metrics.statistics import Interval

_CREDENTIALS = re.compile(r"://[^/\s@]+@")
GROUPS = {
    "Answers": ("answer_contains", "exact_match", "token_f1", "numeric_match", "must_say", "must_not_say"),
    "Citations": (
        *("citation_precision", "citation_recall", "evidence_cited", "must_cite", "quote_fidelity"),
        *("verbatim_held", "marks_agree", "claim_overlap", "unsupported_rate", "sentences_quoted"),
        *("unconfirmed_rate", "left_out_rate", "gaps"),
    ),
    "Retrieval": ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"),
    "Abstention": (
        "status_match",
        "intent_match",
        "abstained",
        "abstention_precision",
        "abstention_recall",
        "aurc",
    ),
    "Latency, milliseconds": ("latency_total_p50", "latency_total_p95"),
    "Cost": (
        *("model_calls", "prompt_tokens", "completion_tokens"),
        *("tokens_plan", "tokens_write", "tokens_check", "tokens_repair", "cost"),
    ),
    "Judged by a model, advisory": JUDGED,
}
"""The measures that a reader of a summary looks for, in order; the means have the rest."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run came about: `ended` is an instant in UTC, `asked` a store's folder or a server's address."""

    ended: str
    asked: str
    command: str


def command_of(words: Sequence[str]) -> str:
    """The command line of these words, without a name and password in an address."""
    return shlex.join(["onrecord", *map(without_credentials, words)])


def without_credentials(text: str) -> str:
    """The text without a name and password in an address."""
    return _CREDENTIALS.sub("://", text)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run that has ended. Means and tags are over the cases without a known gap.

    `failed`: items without a known gap that did not pass, errors among them. `gaps`: items with a known gap
    that failed, `closed` those that passed. `agreement`: the judge's with the labelled pairs.
    """

    records: Sequence[Record]
    means: Mapping[str, Interval]
    by_tag: Mapping[str, Interval]
    failed: tuple[Record, ...]
    gaps: tuple[Record, ...]
    closed: tuple[Record, ...]
    gates: tuple[Gate, ...]
    agreement: Agreement | None = None
    run: Run | None = None

    @property
    def about(self) -> dict[str, str]:
        """When, of what and with what was asked, in words; empty where that is not known."""
        if self.run is None:
            return {}
        answers = [one.answer for one in self.records if one.answer]
        readers = dict.fromkeys(str(one.get("reader") or "unknown") for one in answers)
        extents = dict.fromkeys(map(_extent, answers))
        told = {
            "Date": self.run.ended.replace("T", " ").removesuffix("+00:00") + " UTC",
            "Store": self.run.asked,
            "Archive": ", then ".join(filter(None, extents)),
            "Answered by": ", ".join(_reader(one) for one in readers),
            "Command": self.run.command,
        }
        return {name: said for name, said in told.items() if said}

    @property
    def passed(self) -> tuple[Record, ...]:
        """Items without a known gap that passed."""
        return tuple(record for record in self.records if record.gated and record.passed)

    @property
    def errored(self) -> tuple[Record, ...]:
        """Items without a graded answer, with a known gap or not."""
        return tuple(record for record in self.records if record.error is not None)

    @property
    def cases(self) -> int:
        """How many cases were asked."""
        return len({record.case.id for record in self.records})

    @property
    def exit_code(self) -> int:
        """1 when a gate failed or an item errored, else 0."""
        return int(bool(self.errored) or not all(gate.passed for gate in self.gates))

    def grouped(self) -> dict[str, dict[str, Interval]]:
        """The measures of `GROUPS` that some case has, by group."""
        found = {
            group: {name: self.means[name] for name in names if name in self.means and self.means[name].n}
            for group, names in GROUPS.items()
        }
        return {group: measured for group, measured in found.items() if measured}

    def to_json(self) -> dict[str, object]:
        """One object for a script: counts, means, gates, ids."""
        return {
            "run": self.about,
            "items": len(self.records),
            "cases": self.cases,
            "passed": sum(record.passed for record in self.records if record.gated),
            "metrics": {name: asdict(found) for name, found in self.means.items() if found.n},
            "tags": {tag: asdict(found) for tag, found in self.by_tag.items()},
            "gates": [
                {"metric": str(one.bound), "value": one.found.value, "bound": one.bound.value}
                | {"most": one.bound.is_most, "passed": one.passed, "worst": list(one.worst)}
                for one in self.gates
            ],
            "failed": [
                {"id": one.case.id, "repeat": one.repeat, "why": one.why, "error": one.error is not None}
                for one in self.failed
            ],
            "known_gaps": [{"id": one.case.id, "why": one.case.known_gap} for one in self.gaps],
            "closed_gaps": [one.case.id for one in self.closed],
        } | ({"judge": self.agreement.to_json()} if self.agreement else {})


def summarise(
    records: Sequence[Record],
    gates: Sequence[Gate] = (),
    agreement: Agreement | None = None,
    run: Run | None = None,
) -> Summary:
    """The summary of a run's records; with a judge, its agreement with the labelled pairs."""
    gated = [record for record in records if record.gated]
    known = [record for record in records if not record.gated]
    tags = sorted({tag for record in gated for tag in record.case.tags})
    return Summary(
        records=records,
        means=aggregate(gated),
        by_tag={tag: passed([one for one in gated if tag in one.case.tags]) for tag in tags},
        failed=tuple(record for record in gated if not record.passed),
        gaps=tuple(record for record in known if not record.passed),
        closed=tuple(record for record in known if record.passed),
        gates=tuple(gates),
        agreement=agreement,
        run=run,
    )


def _extent(answer: Mapping[str, Any]) -> str:
    """How many articles the archive had, and of which days; empty where the answer does not say."""
    archive = answer.get("archive")
    if not isinstance(archive, Mapping) or archive.get("articles") is None:
        return ""
    days = [str(archive[name])[:10] for name in ("from", "through") if archive.get(name)]
    return f"{archive['articles']} articles" + (f", {' to '.join(dict.fromkeys(days))}" if days else "")


def _reader(name: str) -> str:
    """What answered, in words: `llm:NAME` is a language model's."""
    return "the articles' own words, no language model" if name == "extractive" else name.removeprefix("llm:")


def write_report(path: Path, document: str) -> None:
    """Write a report, in a new folder if need be. Raises ReadError when the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document.encode(errors="replace"))
    except OSError as error:
        raise ReadError(f"{path} cannot be written: {error.strerror or error}") from error
