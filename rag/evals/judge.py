"""An advisory judge: a chat model answers yes or no about claims, citations and assertions.

It is asked only what cannot be computed. No item fails for its verdict, and an answer other than yes or no
counts as not judged. Articles, questions and answers are untrusted: they stand between tags that they cannot
forge, and a quote with instructions for a model supports nothing. How reliable a judge is, is measured on
labelled pairs of a claim and quotes, written for this in the style of news: half are supported, and in the
others a number, a name, a negation or a speaker was changed.
"""

import asyncio
import hashlib
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from corpus.words.lists import read_records
from prompts import load
from rag.chat import ChatModel, Finish, Message, ModelFailure
from rag.evals.cases.case import Case
from rag.evals.metrics.answers import claims, shown_text
from rag.evals.metrics.citations import cited_by
from rag.evals.metrics.scores import JUDGED
from rag.evals.metrics.statistics import mean
from rag.prompt.injections import is_injection
from rag.prompt.sanitize import sanitized


@dataclass(frozen=True, slots=True)
class Label:
    """A claim, what is quoted for it, and whether the quotes state it; `kind` says what was changed."""

    claim: str
    quotes: tuple[str, ...]
    supported: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `n` labelled pairs that `judge` gave a verdict on, `agreed` were as labelled; `kappa` is Cohen's."""

    judge: str
    agreed: int
    n: int
    not_judged: int
    kappa: float | None

    @property
    def accuracy(self) -> float | None:
        """The share (0 to 1) of judged pairs that were as labelled; None when none was judged."""
        return self.agreed / self.n if self.n else None

    def __str__(self) -> str:
        """One line, for a table or a report."""
        if not self.n:
            return f"judge {self.judge}: judged none of {self.not_judged} labelled pairs; do not rely on it"
        silent = f", {self.not_judged} not judged" if self.not_judged else ""
        kappa = "not defined" if self.kappa is None else f"{self.kappa:.2f}"
        return (
            f"judge {self.judge}: agrees with {self.agreed} of {self.n} labelled pairs{silent}, kappa {kappa}"
        )

    def to_json(self) -> dict[str, object]:
        """Counts, accuracy and kappa by name."""
        return asdict(self) | {"accuracy": self.accuracy}


@cache
def labels() -> tuple[Label, ...]:
    """The labelled pairs that come with onrecord."""
    records = read_records("rag.evals", "judge_labels.jsonl")
    return tuple(Label(one["claim"], tuple(one["quotes"]), one["supported"], one["kind"]) for one in records)


async def agreement(judge: "Judge", pairs: Sequence[Label] = (), *, at_once: int = 1) -> Agreement:
    """Ask the judge about every labelled pair (default: ours), `at_once` of them at a time."""
    pairs = pairs or labels()
    free = asyncio.Semaphore(at_once)

    async def verdict(pair: Label) -> bool | None:
        async with free:
            return await judge.supports(pair.claim, pair.quotes)

    verdicts = await asyncio.gather(*map(verdict, pairs))
    judged = [(got, pair.supported) for got, pair in zip(verdicts, pairs, strict=True) if got is not None]
    agreed = sum(got == label for got, label in judged)
    return Agreement(judge.name, agreed, len(judged), len(pairs) - len(judged), cohens_kappa(judged))


def cohens_kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Agreement beyond chance of two raters (-1 to 1): (observed - expected) / (1 - expected).

    None without a pair, or where both gave the same verdict throughout: then chance alone agrees always.
    Source: Cohen, A Coefficient of Agreement for Nominal Scales (1960).
    """
    if not pairs:
        return None
    observed = sum(one == other for one, other in pairs) / len(pairs)
    first, second = (sum(pair[rater] for pair in pairs) / len(pairs) for rater in (0, 1))
    expected = first * second + (1 - first) * (1 - second)
    return None if expected == 1 else (observed - expected) / (1 - expected)


MAX_TOKENS = 1_000
"""Most tokens of one answer, thinking included."""
LONGEST_VERDICT = 40
"""Characters; a longer answer without thinking is no verdict, and is not read further."""
MOST_FAILURES = 5
"""Failures of the endpoint in a row after which it is not asked again."""
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_VERDICTS = {"yes": True, "no": False}

Verdict = bool | None
"""None: not judged."""


class Judge:
    """A chat model that answers yes or no; `deadline` is seconds for one verdict.

    The same words are asked once; calls may come from several threads, each with its own event loop. The
    verdict is None where the endpoint fails or does not answer in time; nothing is raised.
    """

    def __init__(self, chat: ChatModel, *, deadline: float = 60.0) -> None:
        self.name = chat.name
        self.asked = 0
        """Questions that were put to the model."""
        self._chat, self._deadline = chat, deadline
        self._support = load("judge_support", "claim", "quotes")
        self._assertion = load("judge_assertion", "assertion", "question", "answer")
        self._verdicts: dict[str, Future[Verdict]] = {}
        self._lock = threading.Lock()
        self._failed = 0

    async def supports(self, claim: str, quotes: Sequence[str]) -> Verdict:
        """Whether the quotes together state every fact of the claim; no quotes state nothing."""
        usable = [quote for one in quotes if not is_injection(one) and (quote := sanitized(one))]
        if not usable:
            return False
        return await self._verdict(self._support.messages(claim=sanitized(claim), quotes="\n".join(usable)))

    async def holds(self, assertion: str, question: str, answer: str) -> Verdict:
        """Whether what is asserted of the answer is true of it."""
        given = {"assertion": assertion, "question": question, "answer": answer}
        return await self._verdict(
            self._assertion.messages(**{key: sanitized(text) for key, text in given.items()})
        )

    async def scores(self, case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
        """The measures of `JUDGED`, shares (0 to 1) of what was judged; None where nothing was.

        `judged_citation_recall`: claims that all their cited quotes together support.
        `judged_citation_precision`: citations that are needed or sufficient for a supported claim; one is
        neither when it alone does not support its claim while the others do without it. Source: Gao et al.,
        Enabling Large Language Models to Generate Text with Citations (ALCE, 2023), section 3.
        `judged_assertions`: the case's assertions that hold (yes-or-no criteria as in Zheng et al., Judging
        LLM-as-a-Judge, 2023). `not_judged`: the share of all questions to the judge that got no verdict.
        """
        supported = [await _judged_claim(self, claim, answer) for claim in claims(answer)]
        said = shown_text(answer)
        held = [await self.holds(assertion, case.question, said) for assertion in case.assertions]
        whole = [verdict for verdict, _ in supported]
        precise = [verdict for _, each in supported for verdict in each]
        verdicts = [*whole, *precise, *held]
        silent = mean(one is None for one in verdicts)
        values = (mean(whole), mean(precise), mean(held), silent)
        return dict(zip(JUDGED, values, strict=True))

    def grade(self, case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
        """`scores` for a thread without an event loop."""
        return asyncio.run(self.scores(case, answer))

    async def _verdict(self, messages: Sequence[Message]) -> Verdict:
        """The verdict on these words, asked for by whoever comes first."""
        key = hashlib.sha256(repr(messages).encode(errors="replace")).hexdigest()
        with self._lock:
            waiting = self._verdicts.get(key)
            if waiting is None:
                future = self._verdicts[key] = Future()
                future.set_running_or_notify_cancel()  # so that one caller who waits cannot cancel it for all
        if waiting is not None:
            return await asyncio.wrap_future(waiting)
        verdict = None
        try:
            verdict = await self._ask(messages)
        finally:
            future.set_result(verdict)
        return verdict

    async def _ask(self, messages: Sequence[Message]) -> Verdict:
        if self._failed >= MOST_FAILURES:
            return None
        self.asked += 1
        written, finish = "", None
        try:
            async with (
                asyncio.timeout(self._deadline),
                aclosing(self._chat.stream(messages, max_tokens=MAX_TOKENS)) as stream,
            ):
                async for piece in stream:
                    if isinstance(piece, Finish):
                        finish = piece.reason
                    else:
                        written += piece
                    if len(written) > LONGEST_VERDICT and "<think>" not in written[:LONGEST_VERDICT]:
                        break
        except (ModelFailure, TimeoutError):
            self._failed += 1
            return None
        self._failed = 0
        return verdict_of(written) if finish == "stop" else None


def verdict_of(written: str) -> Verdict:
    """The verdict that a model's answer is: the one word yes or no, whatever its case and full stop."""
    return _VERDICTS.get(_THOUGHT.sub("", written, count=1).strip().rstrip(".").casefold())


async def _judged_claim(
    judge: Judge, claim: Mapping[str, Any], answer: Mapping[str, Any]
) -> tuple[Verdict, list[Verdict]]:
    """Whether the claim is supported by all it cites, and of each citation whether it is precise."""
    text = str(claim.get("text", ""))
    quotes = [str(one["quote"]) for one in cited_by(claim, answer)]
    supported = await judge.supports(text, quotes)
    if not supported or len(quotes) == 1:
        return supported, [supported] * len(quotes)
    precise: list[Verdict] = []
    for at, quote in enumerate(quotes):
        alone = await judge.supports(text, [quote])
        rest = True if alone else await judge.supports(text, [*quotes[:at], *quotes[at + 1 :]])
        is_needed = rest is False
        precise.append(True if alone or is_needed else None if None in (alone, rest) else False)
    return supported, precise
