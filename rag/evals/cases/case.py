"""One evaluation case: a question, and what its answer has to be."""

from dataclasses import dataclass, field
from typing import get_args

from corpus.errors import OnrecordError
from index.store.filters import Filter
from rag.answer import Intent, Turn

ABSTENTIONS = ("outside_coverage", "not_in_archive", "not_stated")
ANY_ABSTENTION = "abstained"
"""Stands for any of the abstentions in a case's `status`."""
LISTED, HELP = "listed", "help"
"""Statuses of a list of articles, which counts as an answer, and of small talk, which counts as nothing."""
STATUSES = ("answered", "partial", *ABSTENTIONS, LISTED, HELP, ANY_ABSTENTION)
"""What a case's `status` may name."""
INTENTS = get_args(Intent)
"""What a case's `intent` may name."""


class CaseError(OnrecordError):
    """Cases that cannot be used: `mistakes` has one sentence for each, with its file, line and key.

    The message is all of them, one a line.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self._mistakes = mistakes

    @property
    def mistakes(self) -> tuple[str, ...]:
        """What is printed, a line each."""
        return self._mistakes


@dataclass(frozen=True, slots=True)
class Case:
    """A question with any number of expectations; one that is empty asks nothing of the answer.

    `answer`: accepted strings, any of them; `answer_regex`: a regular expression that may match instead.
    `must_cite`: article ids, URLs or titles, each of which has to be cited. `evidence`: verbatim words; one
    citation has to hold one of them. `must_say` all of them, `must_not_say` none. `status`: the accepted ones
    (`STATUSES`), `intent` likewise (`INTENTS`). `assertions`: sentences for a judge. `known_gap`: why it is
    known to fail; such a case is reported and never gated. `origin`: where it was read ("cases.yaml:12"), no
    part of what it says.
    """

    id: str
    question: str
    history: tuple[Turn, ...] = ()
    answer: tuple[str, ...] = ()
    answer_regex: str | None = None
    must_cite: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    must_say: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    assertions: tuple[str, ...] = ()
    where: Filter = field(default_factory=Filter)
    tags: tuple[str, ...] = ()
    known_gap: str | None = None
    origin: str = field(default="", compare=False)

    @property
    def expects_abstention(self) -> bool:
        """Whether only abstentions are accepted."""
        return bool(self.status) and set(self.status) <= {*ABSTENTIONS, ANY_ABSTENTION}
