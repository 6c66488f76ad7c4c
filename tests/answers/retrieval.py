"""Sets of questions for the ranking: which documents are to be found, or which words of an answer.

The questions and articles stay where they are (`tests.answers.cases.folder`). Tuned on: web pages about
technology, and the earlier half by date of `realtimeqa`. Reported on, and tuned on by nobody: web pages about
culture, and the later half.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.evals.metrics.retrieval import documents, stands_within
from rag.evals.metrics.statistics import paired_bootstrap
from tests.answers.cases import folder

QUESTIONS = {
    "realtimeqa": "realtimeqa/questions.jsonl",
    "technology": "wildgraph/technology/questions.jsonl",
    "culture": "wildgraph/culture/questions.jsonl",
}
HALVES = ("tune", "report")
ARCHIVES = {"tune": ("technology", "realtimeqa"), "report": ("culture", "realtimeqa")}
WITHIN = (1_000, 4_000, 8_000)
"""Characters of the ranked passages in which the answer's words are looked for."""
COUNTS = dict.fromkeys(("technology", "culture"), "recall@5") | {"realtimeqa": "in 4,000"}
"""The measure of each archive that counts where its questions are pooled with others."""
OF_DOCUMENTS = ("recall@5", "recall@10", "mrr", "ndcg@10")
DEPTH = 50
"""Passages of a ranking that are looked at: they hold ten documents, or nearly."""
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """A ranked passage or chunk: its article and its text."""

    article_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over an archive, with the documents to be found, or with the words of its answer."""

    archive: str
    id: str
    kind: str
    question: str
    documents: tuple[str, ...] = ()
    answer: str | None = None

    def measured(self, ranking: Sequence[Found]) -> dict[str, float]:
        """The measures of a ranking, each 0 to 1: `OF_DOCUMENTS`, or `within` so many characters."""
        if self.answer is not None:
            texts = [one.text for one in ranking]
            return {within(many): stands_within(texts, self.answer, many) for many in WITHIN}
        found = documents((one.article_id for one in ranking), self.documents)
        return {name: found[name] for name in OF_DOCUMENTS}


def within(characters: int) -> str:
    """The name of a measure."""
    return f"in {characters:,}"


def load(half: str, archive: str) -> list[Asked]:
    """The questions of a half over one archive, without those whose answer no document holds."""
    lines = (folder() / QUESTIONS[archive]).read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    if archive != "realtimeqa":
        return [
            Asked(archive, row["id"], row["type"], row["question"], tuple(row["gold_doc_ids"]))
            for row in rows
            if row["gold_doc_ids"]
        ]
    rows.sort(key=lambda row: (row["date"], row["id"]))
    part = rows[: len(rows) // 2] if half == "tune" else rows[len(rows) // 2 :]
    return [
        Asked(archive, row["id"], "news", row["question"], answer=row["answer"][0])
        for row in part
        if row["docs_with_answer_string"]
    ]


Measured = Mapping[str, Mapping[str, float]]
"""The measures of one ranking by question id."""


def table(asked: Sequence[Asked], found: Mapping[str, Measured], measures: Iterable[str]) -> str:
    """Means by ranking and measure over these questions, as Markdown."""
    names = [*measures]
    lines = [f"| ranking | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for ranking, measured in found.items():
        means = [f"{np.mean([measured[one.id][name] for one in asked]):.3f}" for name in names]
        lines.append(f"| {ranking} | {' | '.join(means)} |")
    return "\n".join(lines)


def margins(
    asked: Sequence[Asked], found: Mapping[str, Measured], ours: str, measures: Mapping[str, str]
) -> str:
    """How far `ours` is above each other ranking, with the 95 % interval of pairs, as Markdown.

    `measures` gives the measure that counts for each archive: questions of all archives are drawn together.
    """

    def values(measured: Measured) -> list[float]:
        return [measured[one.id][measures[one.archive]] for one in asked]

    lines = ["| ours above | by | 95 % interval |", "|---|--:|---|"]
    for ranking in (name for name in found if name != ours):
        by = paired_bootstrap(values(found[ranking]), values(found[ours]), RESAMPLES)
        lines.append(f"| {ranking} | {by.value:+.3f} | {by.low:+.3f} to {by.high:+.3f} |")
    return "\n".join(lines)
