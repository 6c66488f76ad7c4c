"""A checker's trial on labelled pairs: what the pairs are, how they are counted, and how a result is kept."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from index.passages.sentences import sentence_spans
from rag.check.meaning import Answers, CheckFailure, ClaimToCheck, Verdict
from rag.check.trial import (
    FILE,
    Trial,
    advice,
    as_claims,
    checker_key,
    is_trusted,
    keep,
    last_trial,
    pairs,
    trial,
)
from rag.prompt.injections import is_injection
from rag.prompt.passages import PromptPassages
from rag.usage import Usage

TRUE = {pair.claim: pair.is_true for pair in pairs()}
KEY = checker_key("some-model", "models.example")
PASSED = Trial("some-model", "2019-10-15T12:00:00+00:00", 18, 20, 16, 20, 10, 9_000, 300)
FAILED = Trial("some-model", "2019-10-15T12:00:00+00:00", 20, 20, 9, 20)


class Says:
    """A checker that gives a verdict by the claim's text; None fails the call."""

    name = "says"
    is_trusted = False

    def __init__(
        self, verdict: Callable[[str], Verdict | None], fails: Callable[[int], bool] | None = None
    ) -> None:
        self.calls: list[int] = []
        self._verdict, self._fails = verdict, fails or (lambda call: False)

    async def verdicts(
        self, question: str, claims: Sequence[ClaimToCheck], shown: PromptPassages, usage: Usage
    ) -> list[Verdict | None]:
        self.calls.append(len(claims))
        usage.add("check", 100, 10)
        if self._fails(len(self.calls)):
            raise CheckFailure("The model was asleep.")
        return [self._verdict(one.text) for one in claims]

    async def answers(self, question: str, sentences: Sequence[str], usage: Usage) -> Answers | None:
        return None


def rightly(claim: str) -> Verdict:
    return Verdict("supported" if TRUE[claim] else "contradicted")


def test_our_pairs_are_forty_and_half_of_them_false_in_many_ways() -> None:
    kinds = {
        is_true: Counter(one.kind for one in pairs() if one.is_true == is_true) for is_true in (True, False)
    }
    assert kinds[True] == {"near": 5, "paraphrase": 5, "combined": 5, "rounded": 5}
    false = {"number": 3, "name": 2, "roles": 3, "negation": 2, "modality": 2, "speaker": 2, "date": 2}
    assert kinds[False] == false | {"cause": 2, "part": 2}
    assert len(TRUE) == 40
    mixed = [sum(one.is_true for one in pairs()[first : first + 8]) for first in range(0, 40, 8)]
    assert all(1 <= of_true <= 7 for of_true in mixed)


def test_each_pair_cites_sentences_that_are_whole_and_speak_to_no_model() -> None:
    for pair in pairs():
        assert any(article.cited for article in pair.articles)
        for article in pair.articles:
            date.fromisoformat(article.day)
            assert set(article.cited) <= set(range(1, len(article.sentences) + 1))
            assert len(sentence_spans(" ".join(article.sentences))) == len(article.sentences), pair.claim
            assert not any(map(is_injection, (*article.sentences, article.headline, article.outlet)))


def test_pairs_become_claims_that_cite_numbered_sentences() -> None:
    chosen = [pair for pair in pairs() if pair.kind == "combined"][:2]
    claims, shown = as_claims(chosen)
    assert [one.text for one in claims] == [pair.claim for pair in chosen]
    for pair, claim in zip(chosen, claims, strict=True):
        said = [article.sentences[n - 1] for article in pair.articles for n in article.cited]
        assert [one.text for one in claim.cited] == said
    assert [one.n for one in shown.sentences] == list(range(1, len(shown.sentences) + 1))
    assert {shown.article_of(one).headline for one in claims[0].cited} == {
        article.headline for article in chosen[0].articles if article.cited
    }


@pytest.mark.parametrize(
    ("verdict", "right_true", "right_false", "balanced"),
    [
        (rightly, 20, 20, 1.0),
        (lambda claim: Verdict("supported"), 20, 0, 0.5),
        (lambda claim: Verdict("not_stated"), 0, 20, 0.5),
        (lambda claim: None, 0, 0, 0.0),
        (lambda claim: rightly(claim) if TRUE[claim] or "not" in claim else None, 20, 0, 0.5),
    ],
)
def test_a_trial_counts_what_was_right_of_true_and_of_false_pairs(
    verdict: Callable[[str], Verdict | None], right_true: int, right_false: int, balanced: float
) -> None:
    check = Says(verdict)
    found = asyncio.run(trial(check))
    assert (found.right_true, found.of_true, found.right_false, found.of_false) == (
        right_true,
        20,
        right_false,
        20,
    )
    assert found.balanced_accuracy == balanced and found.is_passed == (balanced >= 0.8)
    assert check.calls == [4] * 10
    assert (found.name, found.calls, found.prompt_tokens, found.completion_tokens) == ("says", 10, 1_000, 100)


def test_balanced_accuracy_by_hand() -> None:
    assert PASSED.balanced_accuracy == pytest.approx((18 / 20 + 16 / 20) / 2)
    assert Trial("m", "", 4, 5, 16, 20).is_passed and not Trial("m", "", 5, 5, 11, 20).is_passed
    assert str(PASSED) == "right on 18 of 20 true and 16 of 20 false claims, balanced accuracy 85%"


def test_a_call_that_fails_leaves_its_pairs_without_a_verdict_and_three_in_a_row_end_the_trial() -> None:
    found = asyncio.run(trial(Says(rightly, lambda call: call in (2, 3, 5, 6))))
    assert found.right_true + found.right_false == 24
    check = Says(rightly, lambda call: call >= 4)
    with pytest.raises(CheckFailure, match="asleep"):
        asyncio.run(trial(check))
    assert len(check.calls) == 6
    with pytest.raises(CheckFailure, match="asleep"):
        asyncio.run(trial(Says(rightly, lambda call: True), pairs()[:4]))


# What is kept


def test_a_trial_is_kept_by_checker_and_only_one_that_was_passed_is_trusted(tmp_path: Path) -> None:
    assert last_trial(tmp_path, KEY) is None and not is_trusted(tmp_path, KEY)
    other = checker_key("other-model", "models.example")
    keep(tmp_path, KEY, PASSED)
    keep(tmp_path, other, FAILED)
    assert last_trial(tmp_path, KEY) == PASSED and last_trial(tmp_path, other) == FAILED
    assert is_trusted(tmp_path, KEY) and not is_trusted(tmp_path, other)
    assert not is_trusted(tmp_path, checker_key("some-model", "elsewhere.example"))
    keep(tmp_path, KEY, FAILED)
    assert not is_trusted(tmp_path, KEY)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("package", ["prompts", "rag.check"])
def test_a_change_of_the_prompt_or_the_pairs_asks_for_another_trial(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("check.md", "trial.jsonl"):
        (tmp_path / name).write_text("changed")
    monkeypatch.setattr("rag.check.trial.files", lambda of: tmp_path if of == package else files(of))
    assert checker_key("some-model", "models.example") != KEY


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        "[" * 50_000,
        "{",
        json.dumps({KEY: None}),
        json.dumps({KEY: {"name": "some-model"}}),
        json.dumps(
            {
                KEY: {
                    "name": "m",
                    "when": "",
                    "right_true": 30,
                    "of_true": 20,
                    "right_false": 20,
                    "of_false": 20,
                }
            }
        ),
        json.dumps(
            {KEY: {"name": "m", "when": "", "right_true": "9", "of_true": 9, "right_false": 9, "of_false": 9}}
        ),
        json.dumps(
            {KEY: {"name": "m", "when": "", "right_true": -1, "of_true": 9, "right_false": 9, "of_false": 9}}
        ),
    ],
)
def test_a_damaged_file_counts_as_never_tried_and_is_replaced(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    assert last_trial(tmp_path, KEY) is None and not is_trusted(tmp_path, KEY)
    keep(tmp_path, KEY, PASSED)
    assert is_trusted(tmp_path, KEY)


def test_what_cannot_be_written_leaves_the_last_trial_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, KEY, PASSED)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keep(tmp_path, KEY, FAILED)
    assert last_trial(tmp_path, KEY) == PASSED and [path.name for path in tmp_path.iterdir()] == [FILE]
    with pytest.raises(OSError, match="No such file"):
        keep(tmp_path / "none", KEY, PASSED)


def test_the_file_does_not_grow_with_every_model_that_is_tried(tmp_path: Path) -> None:
    for n in range(50):
        keep(tmp_path, f"model {n}", PASSED)
    assert len(json.loads((tmp_path / FILE).read_text())) == 20
    assert is_trusted(tmp_path, "model 49") and is_trusted(tmp_path, "model 31")


def test_advice_for_a_checker_that_is_not_trusted(tmp_path: Path) -> None:
    untried = advice(tmp_path, KEY, "some-model") or ""
    assert "some-model was never tried" in untried and f"onrecord doctor --store {tmp_path}" in untried
    keep(tmp_path, KEY, FAILED)
    assert "9 of 20 false claims" in (advice(tmp_path, KEY, "some-model") or "")
    keep(tmp_path, KEY, PASSED)
    assert advice(tmp_path, KEY, "some-model") is None
