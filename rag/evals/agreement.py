"""How far a judge can be believed: its verdicts against labelled pairs of a claim and quotes.

The pairs were written for this, in the style of news: half are supported, and in the others a number, a name,
a negation or a speaker was changed.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol


class Supports(Protocol):
    """What is needed of a judge here."""

    name: str

    async def supports(self, claim: str, quotes: Sequence[str]) -> bool | None: ...


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
        return {
            "judge": self.judge,
            "accuracy": self.accuracy,
            "kappa": self.kappa,
            "agreed": self.agreed,
            "n": self.n,
            "not_judged": self.not_judged,
        }


@cache
def labels() -> tuple[Label, ...]:
    """The labelled pairs that come with onrecord."""
    written = (files("rag.evals") / "judge_labels.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in written.splitlines()]
    return tuple(Label(one["claim"], tuple(one["quotes"]), one["supported"], one["kind"]) for one in lines)


async def agreement(judge: Supports, pairs: Sequence[Label] = (), *, at_once: int = 1) -> Agreement:
    """Ask the judge about every labelled pair (default: ours), `at_once` of them at a time."""
    pairs = pairs or labels()
    turn = asyncio.Semaphore(at_once)

    async def verdict(pair: Label) -> bool | None:
        async with turn:
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
