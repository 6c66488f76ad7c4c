"""Question sets over the real cases: tuned on one half, reported on the other, which nobody tunes by.

The articles stay where they are (ONRECORD_CASES, or `shared/data` beside the checkout); only the questions, a
few words of the answer and a few words of evidence are here. The cases on the sample articles are in
`samples_*.answers.yaml`.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from rag.evals.cases import read as read_cases
from rag.evals.cases.case import ANY_ABSTENTION, Case
from rag.evals.cases.record import Record, case_from_json
from rag.evals.run import graded
from rag.evals.target import Target

HERE = Path(__file__).resolve().parent
ARCHIVES = {
    "seeds": "seeds",
    "realtimeqa": "realtimeqa/docs.jsonl",
    "technology": "wildgraph/technology/docs.jsonl",
    "culture": "wildgraph/culture/docs.jsonl",
}
SAMPLES = HERE.parents[1] / "corpus" / "samples"
TUNING = {"seeds": ("tuning", "tuning2"), "realtimeqa": ("tuning",), "samples": ("tuning",)}
"""The question sets that anything may be tuned on; the "reporting" ones are for reporting alone."""
KINDS = {
    **dict.fromkeys(("fact", "number", "attribution", "unanswerable"), 25),
    **dict.fromkeys(("date", "false_premise", "filter"), 15),
    **dict.fromkeys(("follow_up", "comparison", "conflict", "correction"), 10),
}
"""The tags that say of which kind a sample case is, and how many there are of each, at least."""
OUTSIDE = (("not_in_archive",), ("outside_coverage",))
"""Expected statuses of cases that the archive holds nothing about."""
FIXED = """
artemis-height-over-moon artemis-published-second-scrub artemis-followup-previous-record
artemis-unanswerable-switch-maker suez-flag suez-dredger suez-published-settlement suez-conflict-tugs
suez-unanswerable-guitars syria-end-of-the-pause syria-correction-ledger syria-unanswerable-helicopter-type
town-published-canal-vote town-published-gale town-bank-profit archive-unanswerable-chess
""".split()
"""Sample cases of many kinds that pass, which the seeded regressions ask again with something broken."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one set went: `right` of `answerable` questions, `abstained` of `unanswerable` ones.

    Right means an answer that meets all that its case expects. `sentences` is the mean number quoted in an
    answer; `wrong_abstentions` the answerable ones not answered.
    """

    answerable: int
    right: int
    wrong_abstentions: int
    unanswerable: int
    abstained: int
    sentences: float


def folder() -> Path:
    """Where the real cases are, if they are on this machine."""
    return Path(os.environ.get("ONRECORD_CASES") or HERE.parents[2] / "shared" / "data")


def archive(name: str) -> Path:
    """Where an archive's articles are; skips the test where a real case is not here."""
    if name == "samples":
        return SAMPLES
    path = folder() / ARCHIVES[name]
    if not path.exists():
        pytest.skip(f"the real cases are not here: no {ARCHIVES[name]} (set ONRECORD_CASES to their folder)")
    return path


def load(name: str, part: str) -> list[Case]:
    """The cases of `<name>_<part>.jsonl`; part is one of `TUNING` or "reporting"."""
    lines = (HERE / f"{name}_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_case(json.loads(line)) for line in lines if line.strip()]


def sample_cases() -> list[Case]:
    """Every case of `samples_*.answers.yaml`, those with a known gap too."""
    return read_cases.load(sorted(HERE.glob("samples_*.answers.yaml")))


def part_of(cases: Sequence[Case]) -> list[Case]:
    """The stratified part that every run asks: a case of each kind, of each file and of what lies outside.

    Within a stratum, cases stand by the hash of the id. A case counts for all strata that it is of.
    """

    def place(case: Case) -> str:
        return sha256(case.id.encode()).hexdigest()

    strata = [[case for case in cases if case.status == status] for status in OUTSIDE]
    strata += [[case for case in cases if kind in case.tags] for kind in reversed(KINDS)]
    strata += [[case for case in cases if file_of(case) == file] for file in sorted(set(map(file_of, cases)))]
    chosen: set[str] = set()
    for stratum in strata:
        if chosen.isdisjoint(case.id for case in stratum):
            chosen.add(min(stratum, key=place).id)
    return [case for case in cases if case.id in chosen]


def file_of(case: Case) -> str:
    """The name of the file that a sample case is in."""
    return Path(case.origin).name.split(":")[0]


def _case(written: dict[str, object]) -> Case:
    """A line of these sets: `must_cite` names alternatives there, and an abstention may be of any kind."""
    asked = {key: value for key, value in written.items() if key not in ("must_cite", "status")}
    return case_from_json(asked if asked.get("answer") else asked | {"status": [ANY_ABSTENTION]})


def ask_all(target: Target, cases: Sequence[Case]) -> list[Record]:
    """Ask every question once. An item that raised would score as a failure; here it is a bug."""
    records = [graded(case, target) for case in cases]
    errors = [f"{record.case.id}: {record.error}" for record in records if record.error]
    assert not errors, errors
    return records


def score(records: Sequence[Record]) -> Score:
    """How a set went, from the measures of its items."""
    asked = [record for record in records if not record.case.expects_abstention]
    rest = [record for record in records if record.case.expects_abstention]
    quoted = [value for record in records if (value := record.scores["sentences_quoted"]) is not None]
    return Score(
        answerable=len(asked),
        right=sum(record.passed for record in asked),
        wrong_abstentions=sum(record.scores["abstained"] == 1 for record in asked),
        unanswerable=len(rest),
        abstained=sum(record.passed for record in rest),
        sentences=sum(quoted) / max(1, len(quoted)),
    )
