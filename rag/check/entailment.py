"""The check of meaning by a local entailment model, from a folder that the user brings."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.errors import OnrecordError
from index.models.pair_classifier import Entailment, PairClassifier
from rag.check.meaning import Answers, CheckFailure, ClaimToCheck, Says, Verdict
from rag.prompt.nearest import within
from rag.prompt.passages import PromptPassages
from rag.usage import Usage

_PREMISE = 350
"""Tokens of a premise; what is cited comes first, then its neighbours."""
_SAYS: Mapping[Entailment, Says] = {
    "entailment": "supported",
    "contradiction": "contradicted",
    "other": "not_stated",
}


class EntailmentCheck:
    """Compares a claim with what it cites by the classes of a model for natural language inference.

    It has no verdict on gaps, and cannot say whether an answer answers the question. It reads no prompt, so
    that no article can speak to it. Raises UsageError for a folder without such a model.
    """

    def __init__(self, folder: Path, is_trusted: bool) -> None:
        self.name = folder.resolve().name
        self.is_trusted = is_trusted
        self._model = PairClassifier(folder)

    async def verdicts(
        self, question: str, claims: Sequence[ClaimToCheck], shown: PromptPassages, usage: Usage
    ) -> list[Verdict | None]:
        """One verdict a claim; None for a gap and for a claim that cites nothing. Raises CheckFailure."""
        pairs = {at: _pair(one, shown) for at, one in enumerate(claims) if one.cited and not one.is_gap}
        try:
            classes = await asyncio.to_thread(self._model.classes, list(pairs.values()))
        except OnrecordError as error:
            raise CheckFailure(str(error)) from error
        found = dict(zip(pairs, classes, strict=True))
        of_claims = [found.get(at) for at in range(len(claims))]
        return [Verdict(_SAYS[one]) if one else None for one in of_claims]

    async def answers(self, question: str, sentences: Sequence[str], usage: Usage) -> Answers | None:
        """None: a pair of a question and its answer is not what such a model has learned."""
        return None


def _pair(claim: ClaimToCheck, shown: PromptPassages) -> tuple[str, str]:
    """The sentences cited with their neighbours, in the articles' order, and the claim."""
    beside = (near for one in claim.cited for near in shown.around(one))
    return " ".join(one.text for one in within(_PREMISE, (*claim.cited, *beside))), claim.text
