"""Random answers, verdicts, corrections and delays: sentences in order, each once, none taken back."""

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from functools import cache

import pytest

from rag.answer import Draft, Stage
from rag.check.meaning import ClaimToCheck, Verdict
from rag.prompt.passages import PromptPassages
from rag.usage import Usage
from rag.write.generate import GenerativeReader, Written
from rag.write.limits import Limits
from rag.write.written import WrittenSentence
from tests.rag.write.fakes import Check, Pieces, words_say
from tests.rag.write.material import BRIDGE, FERRY, shown

RUNS = 150


@cache
def both() -> PromptPassages:
    """The two articles as a prompt shows them."""
    return shown(BRIDGE, FERRY)


@pytest.fixture(autouse=True)
def scripted_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Word rules that go by words of the sentence itself."""
    monkeypatch.setattr("rag.write.generate.check_words", words_say)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a random answer, and what is said of it and of its correction."""

    n: int
    words: str
    verdict: Verdict
    corrected: str
    corrected_verdict: Verdict

    @property
    def written(self) -> str:
        return f"Sentence {self.n} is {self.words} [{1 + self.n % 4}]."


class Draw:
    """A random answer of some sentences; `odds` is a generator of its own."""

    def __init__(self, seed: int) -> None:
        self.odds = random.Random(seed)
        verdicts = [Verdict("supported"), Verdict("not_stated", "all"), Verdict("contradicted")]
        self.sentences = [
            Sentence(
                n,
                self.odds.choice(["literally so", "closely so", "so", "so", "so", "impossible", "reversed"]),
                self.odds.choice(verdicts),
                self.odds.choice(["literally mended", "mended", "impossible", "DROP", ""]),
                self.odds.choice(verdicts),
            )
            for n in range(self.odds.randrange(1, 9))
        ]
        self.check = Check(self._verdict, is_trusted=self.odds.random() < 0.7, pause=self._pause)
        text = self.odds.choice([" ", "\n"]).join(one.written for one in self.sentences)
        self.chat = Pieces(self._cut(text), self._corrected, pause=self._pause)
        self.limits = Limits(
            claims_per_check=self.odds.randrange(1, 5),
            repairs=self.odds.choice([0, 2, 20]),
            check_seconds=60,
            repair_seconds=60,
        )

    def _pause(self) -> float:
        return self.odds.choice([0.0, 0.0, 0.0002, 0.001])

    def _cut(self, text: str) -> list[str]:
        cuts = sorted(self.odds.randrange(len(text)) for _ in range(self.odds.randrange(12)))
        return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    def _verdict(self, claim: ClaimToCheck) -> Verdict:
        one = self.sentences[number(claim.text)]
        return one.corrected_verdict if "mended" in claim.text else one.verdict

    def _corrected(self, prompt: str) -> str:
        one = self.sentences[number(prompt.partition("\nSentence: ")[2])]
        if one.corrected in ("", "DROP"):
            return one.corrected
        return f"Sentence {one.n} is {one.corrected} [{1 + one.n % 4}]."

    async def read(self, most: int | None = None) -> list[Written]:
        """The items of the answer, or as many as are listened to."""
        reader = GenerativeReader(self.chat, check=self.check, limits=self.limits)
        reading = reader.read("What is so?", both(), date(2019, 10, 20), usage=Usage())
        items: list[Written] = []
        async with aclosing(reading):
            async for item in reading:
                items.append(item)
                if len(items) == most:
                    break
        return items


def number(text: str) -> int:
    """Which sentence of the answer it is."""
    return int(text.split()[1])


def shown_as(one: Sentence, draw: Draw, *, may_repair: bool) -> set[tuple[str, str | None]]:
    """What may be shown of a sentence: its words and its support, said a second time and plainly."""
    trusted = draw.check.is_trusted

    def judged(words: str, verdict: Verdict) -> tuple[str, bool]:
        if "impossible" in words:
            return "unsupported", True
        if "literally" in words:
            return "verbatim", False
        if verdict.says == "supported":
            raised = trusted and "reversed" not in words
            return ("supported" if raised or "closely" in words else "unconfirmed"), False
        return ("unsupported" if trusted else "unconfirmed"), True

    support, has_fault = judged(one.words, one.verdict)
    expected: set[tuple[str, str | None]] = set()
    if not has_fault or not may_repair or draw.limits.repairs < 20:
        expected.add((one.words, support))
    if has_fault and may_repair:
        mended, _ = judged(one.corrected, one.corrected_verdict)
        if one.corrected in ("", "DROP"):
            expected.add((one.words, "unsupported"))
        elif mended == "unsupported":
            expected.add((one.words, support))
        else:
            expected.add((one.corrected, mended))
    return expected


@pytest.mark.parametrize("first", range(0, RUNS, 50))
def test_sentences_come_in_order_each_once_and_as_they_were_settled(first: int) -> None:
    async def run() -> None:
        for seed in range(first, first + 50):
            draw = Draw(seed)
            *items, draft = await draw.read()
            assert isinstance(draft, Draft) and draft.outcome == "complete", seed
            assert not any(isinstance(item, Draft) for item in items)
            written = [item for item in items if isinstance(item, WrittenSentence)]
            assert [number(one.text) for one in written] == list(range(len(draw.sentences))), seed
            for one, sentence in zip(written, draw.sentences, strict=True):
                words = one.text.partition(" is ")[2].removesuffix(".")
                allowed = shown_as(sentence, draw, may_repair=draw.limits.repairs > 0)
                assert (words, one.support) in allowed, (seed, one)
                assert bool(one.quotes) == (one.support != "unsupported")
            assert draw.chat.open == draw.check.open == 0 and draw.check.most_open <= 2
            assert len(draw.chat.repairs) <= draw.limits.repairs
            assert all(isinstance(item, WrittenSentence | Stage) for item in items)

    asyncio.run(run())


def test_whoever_stops_listening_ends_every_call() -> None:
    async def run() -> None:
        for seed in range(60):
            draw = Draw(seed)
            whole = await draw.read()
            heard = Draw(seed)
            await heard.read(most=1 + seed % len(whole))
            assert heard.chat.open == heard.check.open == 0
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_cancelling_whoever_listens_ends_every_call() -> None:
    async def run() -> None:
        for seed in range(60):
            draw = Draw(seed)
            task = asyncio.create_task(draw.read())
            await asyncio.sleep(0.0005 * (seed % 10))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert draw.chat.open == draw.check.open == 0
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_a_sentence_that_is_being_checked_holds_back_those_behind_it() -> None:
    async def run() -> list[str]:
        chat = Pieces("Sentence 0 is so [1].\nSentence 1 is literally so [2].\n")
        check = Check(pause=lambda: 0.01)
        reader = GenerativeReader(chat, check=check)
        reading = reader.read("What is so?", both(), date(2019, 10, 20), usage=Usage())
        return [item.text async for item in reading if isinstance(item, WrittenSentence)]

    assert asyncio.run(run()) == ["Sentence 0 is so.", "Sentence 1 is literally so."]


def test_a_repair_that_is_late_is_given_up_and_the_answer_goes_on() -> None:
    async def run() -> tuple[list[tuple[str, str | None]], Draft]:
        pauses = iter([0.0, 60.0, 60.0])
        chat = Pieces(
            "Sentence 0 is impossible [1].\nSentence 1 is literally so [2].\n", pause=lambda: next(pauses)
        )
        reader = GenerativeReader(chat, limits=Limits(repair_seconds=0.01))
        reading = reader.read("What is so?", both(), date(2019, 10, 20), usage=Usage())
        *items, draft = [item async for item in reading]
        assert isinstance(draft, Draft) and chat.open == 0
        return [(one.text, one.support) for one in items if isinstance(one, WrittenSentence)], draft

    written, draft = asyncio.run(run())
    assert written == [
        ("Sentence 0 is impossible.", "unsupported"),
        ("Sentence 1 is literally so.", "verbatim"),
    ]
    assert draft.outcome == "complete" and draft.fallbacks == 1


@pytest.mark.parametrize("ends", ["is closed", "is cancelled"])
def test_calls_that_never_end_are_ended_with_the_answer(ends: str) -> None:
    async def listen(reader: GenerativeReader, heard: asyncio.Event) -> None:
        reading = reader.read("What is so?", both(), date(2019, 10, 20), usage=Usage())
        async with aclosing(reading):
            async for item in reading:
                if isinstance(item, WrittenSentence):
                    heard.set()
                    if ends == "is closed":
                        while not (chat.open == 2 and check.open == 1):
                            await asyncio.sleep(0)
                        break

    async def run() -> None:
        heard = asyncio.Event()
        reader = GenerativeReader(chat, check=check, limits=Limits(check_seconds=3_600, repair_seconds=3_600))
        task = asyncio.create_task(listen(reader, heard))
        async with asyncio.timeout(60):
            await heard.wait()
            while ends == "is cancelled" and not (chat.open == 2 and check.open == 1):
                await asyncio.sleep(0)
            if ends == "is cancelled":
                task.cancel()
            await asyncio.wait([task])
        assert chat.open == check.open == 0 and len(asyncio.all_tasks()) == 1

    pauses = iter([0.0, 0.0])
    chat = Pieces(
        [
            "Sentence 0 is literally so [1].\n",
            "Sentence 1 is so [2].\nSentence 2 is impossible [3].\n",
            "Sentence",
        ],
        pause=lambda: next(pauses, 3_600.0),
    )
    check = Check(pause=lambda: 3_600.0)
    asyncio.run(run())
