"""The check of meaning: something that reads says whether what is cited states a claim.

`MeaningCheck` is the seam: a language model asked with `prompts/check.md`, or a local entailment model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from corpus.errors import ModelError
from rag.prompt.passages import PromptPassages, PromptSentence
from rag.usage import Usage

Says = Literal["supported", "contradicted", "not_stated"]
Answers = Literal["wholly", "partly", "no"]
"""Whether what is left of an answer answers the question."""


class CheckFailure(ModelError):
    """A check that gave no verdict; one sentence says why."""


@dataclass(frozen=True, slots=True)
class ClaimToCheck:
    """A written sentence and what it cites; a gap says what the articles do not say, and cites nothing."""

    text: str
    cited: tuple[PromptSentence, ...]
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check says of one claim, and in a few plain words what is missing or different."""

    says: Says
    missing: str | None = None


class MeaningCheck(Protocol):
    """Something that reads a claim and what it cites.

    `name` is who checks, as the page shows it. `is_trusted` says whether it agreed with enough of our
    labelled pairs: only then its yes makes a claim `supported`.
    """

    name: str
    is_trusted: bool

    async def verdicts(
        self, question: str, claims: Sequence[ClaimToCheck], shown: PromptPassages, usage: Usage
    ) -> list[Verdict | None]:
        """One verdict a claim, None where none could be read. Raises CheckFailure where it gave none."""

    async def answers(self, question: str, sentences: Sequence[str], usage: Usage) -> Answers | None:
        """Whether the sentences answer the question; None where this check cannot say.

        Raises as `verdicts` does.
        """
