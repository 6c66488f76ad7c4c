"""A checker's trial: labelled pairs of ours, half of them false, and what became of each checker's last one.

The pairs (`trial.jsonl`) are written for this in the style of news. True ones are near the wording, in other
words, combined of several sentences, or rounded; in each false one a number, a name, who did what to whom, a
negation, the certainty, the speaker, a date, a cause or a part is wrong. A checker's yes makes a claim
`supported` only after a trial with a balanced accuracy of at least `LEAST`.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from corpus.words.lists import read_records
from index.language.sentence import Sentence
from index.store.files import file_mode
from index.store.records import Passage
from rag.check.meaning import CheckFailure, ClaimToCheck, MeaningCheck, Verdict
from rag.prompt.passages import PromptArticle, PromptPassages, PromptSentence
from rag.quote.quotes import QuotedSentence
from rag.usage import Usage

LEAST = 0.8
"""Balanced accuracy from which on a checker is trusted."""
CLAIMS_A_CALL = 4
"""As in use (`Limits.claims_per_check`)."""
FILE = "check_trials.json"
"""In the store's folder: the last trial of each checker, by its key."""
_QUESTION = "What is reported?"
_MOST_FAILURES = 3
_MOST_KEPT = 20
_LARGEST_FILE = 100_000


@dataclass(frozen=True, slots=True)
class PairArticle:
    """The sentences of one article that a pair shows; `cited` are numbers from 1."""

    outlet: str
    day: str
    headline: str
    sentences: tuple[str, ...]
    cited: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, what it cites, and whether that states it; `kind` says how it is true or what is wrong."""

    kind: str
    is_true: bool
    claim: str
    articles: tuple[PairArticle, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """How many true and false pairs a checker was right on; without a verdict it was not.

    `when` is a time in UTC; tokens are those of all calls.
    """

    name: str
    when: str
    right_true: int
    of_true: int
    right_false: int
    of_false: int
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the shares (0 to 1) that were right of true and of false pairs; 0.5 is guessing."""
        return (self.right_true / (self.of_true or 1) + self.right_false / (self.of_false or 1)) / 2

    @property
    def is_passed(self) -> bool:
        """Whether the checker is trusted."""
        return self.balanced_accuracy >= LEAST

    def __str__(self) -> str:
        """The figures, for a sentence."""
        return (
            f"right on {self.right_true} of {self.of_true} true and {self.right_false} of {self.of_false} "
            f"false claims, balanced accuracy {self.balanced_accuracy:.0%}"
        )


@cache
def pairs() -> tuple[Pair, ...]:
    """The labelled pairs that come with onrecord, true and false ones mixed, always in the same order."""
    mixed = sorted(read_records("rag.check", "trial.jsonl"), key=lambda one: _digest(one["claim"]))
    return tuple(
        Pair(
            one["kind"],
            one["true"],
            one["claim"],
            tuple(
                PairArticle(
                    each["outlet"],
                    each["day"],
                    each["headline"],
                    tuple(each["sentences"]),
                    tuple(each["cited"]),
                )
                for each in one["articles"]
            ),
        )
        for one in mixed
    )


async def trial(check: MeaningCheck, labelled: Sequence[Pair] = ()) -> Trial:
    """Ask the checker about every pair (default: ours), a few a call, as in use.

    A pair without a readable verdict is not right. Raises CheckFailure where several calls in a row fail.
    """
    labelled = labelled or pairs()
    batches = [labelled[first : first + CLAIMS_A_CALL] for first in range(0, len(labelled), CLAIMS_A_CALL)]
    usage = Usage()
    right: list[Pair] = []
    failed_in_a_row = 0
    for batch in batches:
        claims, shown = as_claims(batch)
        try:
            verdicts = await check.verdicts(_QUESTION, claims, shown, usage)
        except CheckFailure:
            failed_in_a_row += 1
            if failed_in_a_row == min(_MOST_FAILURES, len(batches)):
                raise
            continue
        failed_in_a_row = 0
        right += [pair for pair, verdict in zip(batch, verdicts, strict=True) if _is_right(pair, verdict)]
    of_true, right_true = (sum(pair.is_true for pair in some) for some in (labelled, right))
    return Trial(
        name=check.name,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        right_true=right_true,
        of_true=of_true,
        right_false=len(right) - right_true,
        of_false=len(labelled) - of_true,
        calls=sum(tokens.calls for tokens in usage.by_kind.values()),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def _is_right(pair: Pair, verdict: Verdict | None) -> bool:
    return verdict is not None and (verdict.says == "supported") == pair.is_true


def as_claims(labelled: Sequence[Pair]) -> tuple[list[ClaimToCheck], PromptPassages]:
    """The pairs' claims, and the articles of all of them as a prompt numbers them."""
    articles: list[PromptArticle] = []
    cited: list[list[int]] = []
    n = 0
    for pair in labelled:
        cited.append([])
        for article in pair.articles:
            passage = _passage(len(articles) + 1, article)
            numbered = []
            for place, (start, end) in enumerate(passage.sentences, start=1):
                n += 1
                text = passage.text[start:end]
                numbered.append(PromptSentence(n, passage, QuotedSentence(start, end, text), Sentence(text)))
                if place in article.cited:
                    cited[-1].append(n)
            articles.append(PromptArticle(tuple(numbered)))
    shown = PromptPassages(tuple(articles))
    claims = [
        ClaimToCheck(pair.claim, shown.cited(numbers)) for pair, numbers in zip(labelled, cited, strict=True)
    ]
    return claims, shown


def _passage(number: int, article: PairArticle) -> Passage:
    """The article as a passage of its own, its sentences a blank apart."""
    text, spans = " ".join(article.sentences), []
    start = 0
    for one in article.sentences:
        spans.append((start, start + len(one)))
        start += len(one) + 1
    return Passage(
        number,
        f"pair-{number}",
        "r",
        0,
        len(text),
        text,
        tuple(spans),
        article.headline,
        article.outlet,
        article.day,
        None,
    )


def checker_key(name: str, where: str) -> str:
    """What a trial is kept under: the checker's name, its endpoint's host or its file's digest, what it was
    asked with and about. When one of these changes, it has to be tried again.
    """
    asked = files("prompts").joinpath("check.md").read_bytes()
    about = files("rag.check").joinpath("trial.jsonl").read_bytes()
    return f"{name} at {where}, {_digest(asked + about)[:16]}"


def last_trial(folder: Path, key: str) -> Trial | None:
    """The last trial kept in the store's folder under this key; None where there is none to be read."""
    try:
        last = Trial(**_kept(folder)[key])
    except (KeyError, TypeError):
        return None
    counts = (0, last.right_true, last.of_true), (0, last.right_false, last.of_false)
    is_whole = all(type(number) is int for three in counts for number in three)
    return last if is_whole and all(list(three) == sorted(three) for three in counts) else None


def is_trusted(folder: Path, key: str) -> bool:
    """Whether the checker was tried and was right often enough."""
    last = last_trial(folder, key)
    return last is not None and last.is_passed


def advice(folder: Path, key: str, name: str) -> str | None:
    """What follows for a checker that is not trusted, and what to do; None for one that is."""
    last = last_trial(folder, key)
    if last is None:
        untried = f"the checking model {name} was never tried on labelled pairs for this store"
        return f"{untried}, and its yes counts as unconfirmed; try it with: onrecord doctor --store {folder}"
    if last.is_passed:
        return None
    return f"the checking model {name} was {last}: below {LEAST:.0%}, its yes counts as unconfirmed"


def keep(folder: Path, key: str, tried: Trial) -> None:
    """Keep a trial in the store's folder, in the place of the checker's last one, at once and whole.

    Raises OSError where the folder is missing or cannot be written to.
    """
    others = {name: one for name, one in _kept(folder).items() if name != key}
    kept = dict([*others.items()][1 - _MOST_KEPT :]) | {key: asdict(tried)}
    beside = folder / f"{FILE}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(beside, flags, file_mode(folder))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, folder / FILE)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise


def _kept(folder: Path) -> dict[str, Any]:
    """The file's content; nothing where it is missing or damaged: then checkers count as never tried."""
    try:
        with open(folder / FILE, encoding="utf-8") as file:
            kept = json.loads(file.read(_LARGEST_FILE))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
