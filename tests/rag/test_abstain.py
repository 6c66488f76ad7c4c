"""The status of a written answer: from what is left of it, not from its first sentence."""

from typing import Literal

import pytest

from rag.abstain import status_of_draft
from rag.answer import Draft, Sentence, Status

CLAIM = Sentence(0, "It opened.", "claim", (1,), "supported")
UNCONFIRMED = Sentence(0, "It opened.", "claim", (1,), "unconfirmed")
FAULTY = Sentence(1, "It fell.", "claim", (1,), "unconfirmed", (), "It says “fell” where ...")
GAP = Sentence(1, "The articles do not say why.", "gap")
DOUBTFUL = Sentence(1, "The articles do not say why.", "gap", (), "unconfirmed")
LEFT_OUT = Sentence(2, "It fell.", "claim", (), "unsupported", (), "No.")
Outcome = Literal["complete", "refused", "cut", "failed"]


@pytest.mark.parametrize(
    ("written", "answers", "outcome", "status"),
    [
        ([CLAIM], "wholly", "complete", "answered"),
        ([CLAIM, LEFT_OUT], "wholly", "complete", "answered"),
        ([CLAIM, GAP], "wholly", "complete", "answered"),
        ([CLAIM], None, "complete", "answered"),
        ([UNCONFIRMED], None, "complete", "partial"),
        ([CLAIM, UNCONFIRMED], None, "complete", "answered"),
        ([CLAIM, FAULTY], None, "complete", "partial"),
        ([LEFT_OUT, CLAIM], None, "complete", "partial"),
        ([CLAIM, GAP], None, "complete", "partial"),
        ([CLAIM], "partly", "complete", "partial"),
        ([CLAIM], "no", "complete", "partial"),
        ([CLAIM], None, "cut", "partial"),
        ([CLAIM], "wholly", "cut", "partial"),
        ([GAP], None, "complete", "not_stated"),
        ([GAP, LEFT_OUT], None, "complete", "not_stated"),
        ([GAP, DOUBTFUL], None, "complete", "not_stated"),
        ([DOUBTFUL], None, "complete", None),
        ([], None, "refused", "not_stated"),
        ([LEFT_OUT], None, "complete", None),
        ([], None, "complete", None),
        ([], None, "cut", None),
        ([], None, "failed", None),
    ],
)
def test_answered_is_said_only_of_an_answer_that_is_whole(
    written: list[Sentence],
    answers: Literal["wholly", "partly", "no"] | None,
    outcome: Outcome,
    status: Status | None,
) -> None:
    draft = Draft("m", "...", outcome, answers=answers)
    assert status_of_draft(draft, written, beyond=False) == status
    beyond = "outside_coverage" if status == "not_stated" else status
    assert status_of_draft(draft, written, beyond=True) == beyond
