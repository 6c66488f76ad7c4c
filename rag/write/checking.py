"""Checking calls beside the writing: claims in batches, two calls at a time, and what happened to them.

The first claim is asked about at once. While a call runs, later claims gather: they are asked about together
when the call has ended, or when there are enough for a second call.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from corpus.errors import ModelError
from rag.answer import Stage
from rag.check.meaning import Answers, ClaimToCheck, MeaningCheck, Verdict
from rag.prompt.passages import PromptPassages
from rag.usage import Usage
from rag.write.limits import Limits

_LOG = logging.getLogger("onrecord.model")

AT_ONCE = 2
"""Checking calls of one answer at a time."""
MOST_FAILURES = 2
"""Calls that fail before no more are made: each may have been waited for."""

_Waiting = tuple[ClaimToCheck, "asyncio.Future[Verdict | None]"]


class Checking:
    """The checking calls of one answer, as tasks of `group`; without a `check` there are none.

    `says` is told when a call begins. `fallbacks` counts calls that did not give every verdict, `problem`
    says why the first of them did not, and `has_read` whether any verdict came.
    """

    def __init__(
        self,
        check: MeaningCheck | None,
        question: str,
        shown: PromptPassages,
        usage: Usage,
        limits: Limits,
        group: asyncio.TaskGroup,
        says: Callable[[Stage], None],
    ) -> None:
        self.problem: str | None = None
        self.fallbacks = 0
        self.has_read = False
        self._check = check if limits.check else None
        self._question, self._shown, self._usage = question, shown, usage
        self._limits, self._group, self._says = limits, group, says
        self._waiting: list[_Waiting] = []
        self._running = self._failures = 0
        self._gathers = True

    @property
    def is_trusted(self) -> bool:
        """Whether a yes makes a claim `supported`, and a no leaves it out."""
        return self._check is not None and self._check.is_trusted

    @property
    def checked_by(self) -> str | None:
        """Who confirmed or refused claims; None where only the word rules count."""
        return self._check.name if self._check is not None and self.is_trusted and self.has_read else None

    async def verdict(self, claim: ClaimToCheck, *, at_once: bool = False) -> Verdict | None:
        """What the check says; None without one, and where it gives no verdict.

        A claim that is asked about `at_once` waits for no others.
        """
        if not self._is_open:
            return None
        verdict: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((claim, verdict))
        self._begin(at_once=at_once)
        return await verdict

    def gather_no_more(self) -> None:
        """All is written: whatever waits is asked about as soon as a call may be made."""
        self._gathers = False
        self._begin()

    async def answers(self, sentences: Sequence[str]) -> Answers | None:
        """Whether the sentences answer the question, where the check can say."""
        if not self._is_open or self._check is None:
            return None
        try:
            async with asyncio.timeout(self._limits.check_seconds):
                return await self._check.answers(self._question, sentences, self._usage)
        except (ModelError, TimeoutError) as error:
            self._failed(error)
            return None

    @property
    def _is_open(self) -> bool:
        return self._check is not None and self._failures < MOST_FAILURES

    def _begin(self, *, at_once: bool = False) -> None:
        """Make the calls that are due."""
        while self._waiting and self._running < AT_ONCE:
            enough = not self._gathers or at_once or len(self._waiting) >= self._limits.claims_per_check
            if self._running and not enough:
                return
            batch = self._waiting[: self._limits.claims_per_check]
            del self._waiting[: len(batch)]
            self._running += 1
            self._group.create_task(self._call(batch))

    async def _call(self, batch: Sequence[_Waiting]) -> None:
        """One call. Who waited for a claim may have given up: then it is not asked about."""
        wanted = [one for one in batch if not one[1].done()]
        verdicts = await self._asked([claim for claim, _ in wanted])
        self._running -= 1
        for (_, waiting), verdict in zip(wanted, verdicts, strict=True):
            if not waiting.done():
                waiting.set_result(verdict)
        self._begin()

    async def _asked(self, claims: Sequence[ClaimToCheck]) -> Sequence[Verdict | None]:
        nothing = [None] * len(claims)
        if self._check is None or not (claims and self._is_open):
            return nothing
        self._says(Stage("checking", f"Checking {_counted(len(claims))}"))
        try:
            async with asyncio.timeout(self._limits.check_seconds):
                given = await self._check.verdicts(self._question, claims, self._shown, self._usage)
        except (ModelError, TimeoutError) as error:
            self._failed(error)
            return nothing
        verdicts = [*given[: len(claims)], *[None] * (len(claims) - len(given))]
        self.has_read |= any(verdicts)
        # A gap without a verdict is no failure: some checks read claims alone.
        missing = [
            claim
            for claim, verdict in zip(claims, verdicts, strict=True)
            if verdict is None and not claim.is_gap
        ]
        if missing:
            self._note(f"it gave no verdict on {_counted(len(missing))}")
            self._failures += not any(verdicts)
        return verdicts

    def _failed(self, error: ModelError | TimeoutError) -> None:
        self._failures += 1
        late = f"it took longer than {self._limits.check_seconds:g} s"
        told = getattr(error, "for_readers", "") or str(error)
        if told != str(error):
            _LOG.warning("the check of meaning failed: %s", error)
        self._note(late if isinstance(error, TimeoutError) else told.rstrip("."))

    def _note(self, problem: str) -> None:
        self.fallbacks += 1
        self.problem = self.problem or problem


def _counted(sentences: int) -> str:
    return "1 sentence" if sentences == 1 else f"{sentences} sentences"
