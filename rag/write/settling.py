"""What becomes of one written sentence: the word rules, the check of meaning and one repair decide it.

Exact parts are the word rules' alone: no verdict overrules them. Meaning is the check's where it is trusted;
an untrusted check's no is a reason to look at the sentence again, and its yes confirms nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from rag.answer import Notice
from rag.chat import ModelFailure
from rag.check.combined import combined
from rag.check.meaning import ClaimToCheck, Verdict
from rag.check.words import WordCheck
from rag.prompt.passages import quotes_of
from rag.prompt.sanitize import sanitized
from rag.write.checking import Checking
from rag.write.limits import Limits
from rag.write.repair import Repair
from rag.write.stream import CitedSentence
from rag.write.written import WrittenSentence

_LONGEST_REASON = 120
_NOT_FOUND = Notice("The word rules do not find it in the articles.", "reason_not_found")


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence as it is shown if nothing puts it right, and why it should be put right, if it should."""

    written: WrittenSentence
    fault: str | None = None


class Settling:
    """Settles the sentences of one answer, several at a time.

    `repaired` counts sentences that were put right, `fallbacks` repairs that failed or were late.
    """

    def __init__(self, checking: Checking, repair: Repair, limits: Limits) -> None:
        self.repaired = self.fallbacks = 0
        self._checking, self._repair, self._limits = checking, repair, limits
        self._repairs_left = limits.repairs if limits.repair else 0

    async def settled(
        self, sentence: CitedSentence, told: WordCheck, words: Callable[[CitedSentence], WordCheck]
    ) -> WrittenSentence:
        """The sentence as it is shown; `told` is what `words` say of it, at its place in the answer.

        A repair, its check included, takes at most `repair_seconds`, counted from when the fault was found:
        faults are mended side by side, so that several do not add up for who waits behind them.
        """
        judged = await self._judged(told)
        if judged.fault is None or self._repairs_left <= 0:
            return judged.written
        self._repairs_left -= 1
        try:
            async with asyncio.timeout(self._limits.repair_seconds):
                corrected = await self._repair.corrected(sentence, judged.fault)
                if corrected is None:
                    return _left_out(told, judged.fault)
                mended = await self._mended(told, words(corrected))
        except (ModelFailure, TimeoutError):
            self.fallbacks += 1
            return judged.written
        if mended is None:
            return judged.written
        self.repaired += 1
        return mended

    async def _mended(self, before: WordCheck, told: WordCheck) -> WrittenSentence | None:
        """The corrected sentence, if it stands its own check."""
        if (told.text, told.cited) == (before.text, before.cited):
            return None
        written = (await self._judged(told, at_once=True)).written
        return None if written.support == "unsupported" else written

    async def _judged(self, told: WordCheck, *, at_once: bool = False) -> Judged:
        verdict = None
        if _needs_verdict(told):
            claim = ClaimToCheck(told.text, told.cited, is_gap=told.role == "gap")
            verdict = await self._checking.verdict(claim, at_once=at_once)
        return judged(told, verdict, is_trusted=self._checking.is_trusted)


def judged(told: WordCheck, verdict: Verdict | None, *, is_trusted: bool) -> Judged:
    """What words and a verdict on the meaning make of a sentence together."""
    together = combined(told, verdict, is_trusted=is_trusted)
    reason = _fault(told, verdict)
    # A gap that only a check could confirm is not mended by writing it again.
    fault = reason if together.needs_repair and not (verdict is None and _is_open_gap(told)) else None
    if together.support == "unsupported":
        return Judged(_left_out(told, reason), fault)
    if told.role == "gap":
        support = None if together.support == "supported" else together.support
        return Judged(WrittenSentence(told.text, "gap", support), fault)
    quotes, cap = quotes_of(told.cited), told.reason if told.is_capped else None
    return Judged(WrittenSentence(told.text, "claim", together.support, quotes, cap), fault)


def _needs_verdict(told: WordCheck) -> bool:
    """Whether words leave something open: not of a quotation, and not where an exact part is wrong."""
    return told.support in ("supported", "unconfirmed") or _is_open_gap(told)


def _is_open_gap(told: WordCheck) -> bool:
    """Whether it is a gap that words neither accept nor refute: only a check of meaning can confirm it."""
    return told.role == "gap" and told.support == "unsupported" and not told.is_capped


def _left_out(told: WordCheck, reason: str) -> WrittenSentence:
    return WrittenSentence(told.text, "claim", "unsupported", (), reason)


def _fault(told: WordCheck, verdict: Verdict | None) -> str:
    """Why a sentence needs repair. A verdict is said as one: that is true whatever the check is worth."""
    if verdict is None or verdict.says == "supported":
        return told.reason or _NOT_FOUND
    if told.role == "gap":
        says = "The check of meaning did not find that the articles leave this open."
        return Notice(says, "reason_not_open")
    missing = sanitized(verdict.missing or "")[:_LONGEST_REASON].rstrip(" .")
    what = f": {missing}." if missing else "."
    if verdict.says == "contradicted":
        says = f"The check of meaning found that what it cites says otherwise{what}"
        return Notice(says, "reason_contradicted", what=what)
    says = f"The check of meaning did not find all of it in what it cites{what}"
    return Notice(says, "reason_not_all", what=what)
