"""Stand-ins for what a written answer needs: chat models that answer by kind of call, checks, word rules."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from rag.answer import Support
from rag.chat import ChatModel, Finish, Message, ModelFailure
from rag.check.meaning import Answers, CheckFailure, ClaimToCheck, Verdict
from rag.check.words import WordCheck
from rag.prompt.call import complete
from rag.prompt.passages import PromptPassages
from rag.usage import Usage

YES = Verdict("supported")
NO = Verdict("not_stated", "the number of injured")


class Pieces:
    """A chat model that writes the given pieces, and in a repair what `corrected` makes of the prompt.

    `open` counts the streams that were begun and not closed. `pause` is awaited before every piece.
    """

    name = "pieces"

    def __init__(
        self,
        pieces: str | Sequence[str],
        corrected: Callable[[str], str] | str = "DROP",
        *,
        pause: Callable[[], float] = lambda: 0.0,
        finish: str | None = "stop",
    ) -> None:
        self.pieces = [pieces] if isinstance(pieces, str) else list(pieces)
        self.corrected, self.pause, self.finish = corrected, pause, finish
        self.open = 0
        self.prompts: list[str] = []
        self.repairs: list[str] = []

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Finish, None]:
        """The pieces, or the sentence put right."""
        prompt = messages[-1]["content"]
        self.open += 1
        try:
            if prompt.endswith("or DROP:"):
                self.repairs.append(prompt)
                await asyncio.sleep(self.pause())
                yield self.corrected if isinstance(self.corrected, str) else self.corrected(prompt)
                yield Finish("stop")
                return
            self.prompts.append(prompt)
            for piece in self.pieces:
                await asyncio.sleep(self.pause())
                yield piece
            if self.finish:
                yield Finish(self.finish)
        finally:
            self.open -= 1


@dataclass
class Check:
    """A check of meaning whose verdicts are computed from the claims; `open` counts calls that are running.

    `fails` is raised in place of verdicts, `pause` gives the seconds that a call takes.
    """

    says: Callable[[ClaimToCheck], Verdict | None] = lambda claim: YES
    whole: Answers | None = "wholly"
    is_trusted: bool = True
    name: str = "checker"
    fails: str | None = None
    pause: Callable[[], float] = lambda: 0.0
    asked: list[list[str]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    async def verdicts(
        self, question: str, claims: Sequence[ClaimToCheck], shown: PromptPassages, usage: Usage
    ) -> list[Verdict | None]:
        """A verdict a claim."""
        self.asked.append([claim.text for claim in claims])
        await self._wait()
        usage.add("check", 100, 10)
        return [self.says(claim) for claim in claims]

    async def answers(self, question: str, sentences: Sequence[str], usage: Usage) -> Answers | None:
        """What it was told to say."""
        await self._wait()
        usage.add("check", 50, 1)
        return self.whole

    async def _wait(self) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self.pause())
        finally:
            self.open -= 1
        if self.fails:
            raise CheckFailure(self.fails)


def words_say(
    text: str,
    marks: Sequence[int],
    shown: PromptPassages,
    question: str,
    antecedent: str | None = None,
) -> WordCheck:
    """Word rules in the place of `check_words` that go by words of the sentence itself.

    "impossible": it is unsupported; "literally": verbatim; "closely": supported; "reversed": its support is
    capped. What else cites something is unconfirmed, and a gap where it cites 0.
    """
    cited = shown.cited(marks)
    if "impossible" in text or not (cited or 0 in marks):
        return WordCheck(text, "unsupported", cited, "“impossible” stands in none of the articles shown.")
    if 0 in marks:
        return WordCheck(
            text, "unsupported" if "freely" in text else "unconfirmed", role="gap", reason="Free."
        )
    if "reversed" in text:
        return WordCheck(text, "unconfirmed", cited, "It turns round who did it.", is_capped=True)
    support: Support = (
        "verbatim" if "literally" in text else "supported" if "closely" in text else "unconfirmed"
    )
    return WordCheck(text, support, cited)


class EndpointCheck:
    """A check of meaning by a chat model, in the plainest form: a line "1: yes" for each claim."""

    name = "scripted"
    is_trusted = True

    def __init__(self, chat: ChatModel, seconds: float) -> None:
        self._chat, self._seconds = chat, seconds

    async def verdicts(
        self, question: str, claims: Sequence[ClaimToCheck], shown: PromptPassages, usage: Usage
    ) -> list[Verdict | None]:
        """A verdict for each number that has a line."""
        numbered = [f"{n}: {claim.text}" for n, claim in enumerate(claims, start=1)]
        lines = (await self._said("\n".join(["CHECK", *numbered]), usage)).splitlines()
        said = dict(line.split(": ", 1) for line in lines if ": " in line)
        found = [said.get(str(n)) for n in range(1, len(claims) + 1)]
        if not any(found):
            raise CheckFailure("The model “scripted” gave no verdict that could be read.")
        return [None if one is None else YES if one == "yes" else NO for one in found]

    async def answers(self, question: str, sentences: Sequence[str], usage: Usage) -> Answers | None:
        """Always wholly, if the model says anything."""
        await self._said("CHECK the whole", usage)
        return "wholly"

    async def _said(self, prompt: str, usage: Usage) -> str:
        messages = [{"role": "user", "content": prompt}]
        try:
            return await complete(
                self._chat, messages, max_tokens=500, seconds=self._seconds, kind="check", usage=usage
            )
        except ModelFailure as failure:
            raise CheckFailure(str(failure)) from failure
