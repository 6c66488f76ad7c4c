"""The check of meaning by a language model: claims beside the sentences they cite, a verdict a line.

Articles and claims are untrusted: they stand between tags that they cannot forge, what looks like a verdict
in them is defused, and the number that a verdict needs is one that no article can know (`verdicts.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from prompts import load
from rag.chat import ChatModel, ModelFailure
from rag.check.meaning import Answers, CheckFailure, ClaimToCheck, Says, Verdict
from rag.check.verdicts import defused, numbers_for, read_lines
from rag.prompt.call import complete
from rag.prompt.nearest import nearest, within
from rag.prompt.passages import PromptArticle, PromptPassages, PromptSentence, follows
from rag.usage import Usage

MAX_TOKENS = 1_000
"""Most tokens of one answer, with what a model may think before it."""
_REACH = 2
"""Sentences on either side of a cited one that are shown: they name who "he" is."""
_FOR_A_CLAIM = 1_000
"""Tokens of sentences shown with one claim; those that it cites come first."""
_FOR_A_GAP = 1_500
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORDINGS: Mapping[str, Says] = {
    "supported": "supported",
    "contradicted": "contradicted",
    "contradiction": "contradicted",
    **dict.fromkeys(("not stated", "not-stated", "notstated", "unstated", "not mentioned"), "not_stated"),
    **dict.fromkeys(("not supported", "unsupported", "partly supported"), "not_stated"),
    **dict.fromkeys(("partially supported", "not fully supported"), "not_stated"),
}
_ANSWERS: Mapping[str, Answers] = {"wholly": "wholly", "partly": "partly", "partially": "partly", "no": "no"}


class ModelCheck:
    """A chat model that compares claims with sentences; `seconds` for one call.

    `is_trusted` says whether it was right on enough labelled pairs (`rag/check/trial.py`). A call's tokens
    are counted as those of a check.
    """

    def __init__(self, chat: ChatModel, *, seconds: float = 5.0, is_trusted: bool) -> None:
        self.name = chat.name
        self.is_trusted = is_trusted
        self._chat, self._seconds = chat, seconds
        self._claims = load("check", "question", "checks", "lines", "numbers")
        self._answer = load("check_answer", "question", "number", "answer")

    async def verdicts(
        self, question: str, claims: Sequence[ClaimToCheck], shown: PromptPassages, usage: Usage
    ) -> list[Verdict | None]:
        """One verdict a claim, None where none could be read, in one call for all claims.

        A gap is supported where none of the sentences nearest to its words and the question's says what it
        says is missing. Raises CheckFailure where the model fails, is too slow or gives no readable verdict.
        """
        if not claims:
            return []
        asked = defused(question)
        given = [(material(sentences_for(one, question, shown), shown), defused(one.text)) for one in claims]
        numbers = numbers_for(len(claims), asked, *(text for pair in given for text in pair))
        checks = [
            _check(number, text, sentences, is_gap=one.is_gap)
            for number, (sentences, text), one in zip(numbers, given, claims, strict=True)
        ]
        messages = self._claims.messages(
            question=asked,
            checks="\n\n".join(checks),
            lines="this line with its verdict" if len(claims) == 1 else "these lines, each with its verdict",
            numbers="\n".join(f"{number}:" for number in numbers),
        )
        lines = read_lines(await self._written(messages, usage), numbers, _WORDINGS)
        if not lines:
            raise CheckFailure(f"The model “{self.name}” gave no verdict that could be read.")
        found = [lines.get(number) for number in numbers]
        return [Verdict(line.verdict, line.remark) if line else None for line in found]

    async def answers(self, question: str, sentences: Sequence[str], usage: Usage) -> Answers | None:
        """Whether the sentences answer the question; None without sentences. Raises as `verdicts` does."""
        if not sentences:
            return None
        asked, answer = defused(question), "\n".join(map(defused, sentences))
        numbers = numbers_for(1, asked, answer)
        messages = self._answer.messages(question=asked, answer=answer, number=str(numbers[0]))
        lines = read_lines(await self._written(messages, usage), numbers, _ANSWERS)
        if not lines:
            raise CheckFailure(f"The model “{self.name}” did not say whether the question is answered.")
        return lines[numbers[0]].verdict

    async def _written(self, messages: Sequence[Mapping[str, str]], usage: Usage) -> str:
        try:
            return await complete(
                self._chat,
                messages,
                max_tokens=MAX_TOKENS,
                seconds=self._seconds,
                kind="check",
                usage=usage,
            )
        except ModelFailure as failure:
            raise CheckFailure(str(failure)) from failure


def sentences_for(claim: ClaimToCheck, question: str, shown: PromptPassages) -> tuple[PromptSentence, ...]:
    """What a claim is compared with: the sentences that it cites, then their neighbours, in bounds.

    For a gap: those nearest to its words and the question's.
    """
    if claim.is_gap:
        return nearest((claim.text, question), shown, _FOR_A_GAP)
    beside = (near for one in claim.cited for near in shown.around(one, _REACH))
    return within(_FOR_A_CLAIM, (*claim.cited, *beside))


def material(sentences: Sequence[PromptSentence], shown: PromptPassages) -> str:
    """The sentences, a line each, between tags for each article with its outlet, day and headline."""
    by_article = groupby(sentences, key=lambda one: (one.article_id, one.passage.revision))
    return "\n".join(
        _article(shown.article_of(held[0]), held) for _, group in by_article if (held := [*group])
    )


def _article(article: PromptArticle, sentences: Sequence[PromptSentence]) -> str:
    outlet, headline = defused(article.outlet), defused(article.headline)
    written = f"{_weekday(article.passage.published_at)}{article.written}"
    lines = [f'<article outlet="{outlet}" written="{written}" headline="{headline}">']
    for before, one in zip((None, *sentences), sentences, strict=False):
        if before is not None and not follows(before, one):
            lines.append("...")
        lines.append(defused(one.text))
    return "\n".join([*lines, "</article>"])


def _weekday(published_at: str | None) -> str:
    """The day of the week with a blank behind it: small models cannot tell it from a date."""
    return f"{_WEEKDAYS[date.fromisoformat(published_at[:10]).weekday()]} " if published_at else ""


def _check(number: int, claim: str, sentences: str, *, is_gap: bool) -> str:
    about = " (about what the articles do not say)" if is_gap else ""
    return f'<check number="{number}">\n{sentences}\nClaim {number}{about}: {claim}\n</check>'
