"""The generative reader: a language model writes from the articles, and every sentence is checked.

Writing, checking and repair run side by side. A sentence is released once it and all before it are settled;
nothing that was released is taken back, and everything else that the model wrote is kept in the draft only.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Literal

from index.language.analysis import analyse_question
from index.language.names import is_person_like
from index.language.words import words
from index.passages.tokens import count
from prompts import load
from rag.answer import Draft, Notice, Stage
from rag.chat import ChatModel, Finish, Message, ModelFailure
from rag.check.meaning import Answers, MeaningCheck
from rag.check.words import WordCheck, check_words
from rag.prompt.injections import is_injection
from rag.prompt.passages import PromptPassages
from rag.prompt.sanitize import without_delimiters
from rag.render import written_date
from rag.usage import Usage
from rag.write.checking import Checking
from rag.write.limits import DEFAULT_LIMITS, Limits
from rag.write.repair import Repair
from rag.write.settling import Settling
from rag.write.statements import (
    FRAGMENT,
    OFF_THE_QUESTION,
    SENTINEL,
    SPEAKS_TO_A_MODEL,
    is_chatter,
    is_fragment,
    is_scrap,
    is_sentinel,
    searches,
    without_lead_in,
)
from rag.write.stream import CitedSentence, SentenceStream
from rag.write.written import SearchWish, WrittenSentence

MOST_SENTENCES = 60
"""Sentences of one answer; a model that writes more has run away."""
MOST_REPEATS = 5
"""Sentences that a model writes again before it is stopped: small ones fall into loops."""

Written = WrittenSentence | Stage | SearchWish | Draft


class GenerativeReader:
    """Answers with a language model's sentences within `limits`; `check` reads what they mean."""

    def __init__(
        self, chat: ChatModel, *, limits: Limits = DEFAULT_LIMITS, check: MeaningCheck | None = None
    ) -> None:
        self.chat = chat
        self.name = f"llm:{chat.name}"
        self.limits = limits
        self.check = check
        self._prompt = load("answer", "today", "sentinel", "articles", "conversation", "searches", "question")

    async def read(
        self,
        question: str,
        shown: PromptPassages,
        today: date,
        *,
        conversation: str = "",
        usage: Usage,
        may_search: bool = True,
    ) -> AsyncGenerator[Written, None]:
        """The model's sentences in their order, each once it is settled, then exactly one Draft.

        Stages say when sentences are being checked. Where the model wishes for another search before it
        claims anything, and `may_search`, that wish is the last item and there is no Draft. Every call's
        tokens are added to `usage`.

        An endpoint's failure is never raised: the draft's outcome and problem tell. Closing the generator or
        cancelling its task ends every call and closes its connection.
        """
        if not shown.sentences:
            yield Draft(model=self.chat.name, text="", outcome="refused", usage=usage)
            return
        messages = self._prompt.messages(
            today=written_date(today.isoformat()) or "",
            sentinel=SENTINEL,
            articles=str(shown),
            conversation=conversation or "None.",
            searches="1" if may_search else "0",
            question=" ".join(without_delimiters(question).split()),
        )
        answer = _Writing(self, question, shown, usage, may_search=may_search)
        work = asyncio.create_task(answer.run(messages))
        try:
            while (item := await answer.items.get()) is not None:
                yield item
            await work
        finally:
            work.cancel()
            await asyncio.wait([work])


class _Writing:
    """One answer while it is written. `items` are those of `GenerativeReader.read`, then None."""

    def __init__(
        self,
        reader: GenerativeReader,
        question: str,
        shown: PromptPassages,
        usage: Usage,
        *,
        may_search: bool,
    ) -> None:
        self.items: asyncio.Queue[Written | None] = asyncio.Queue()
        self._chat, self._limits, self._check = reader.chat, reader.limits, reader.check
        self._question, self._shown, self._usage = question, shown, usage
        self._may_search = may_search
        self._sentences = SentenceStream()
        self._pieces: list[str] = []
        self._order: asyncio.Queue[tuple[asyncio.Task[WrittenSentence], int | None] | None] = asyncio.Queue()
        self._released: dict[str, WrittenSentence] = {}
        self._person = _last_person(question)
        self._written: set[CitedSentence] = set()
        self._repeats = 0
        self._refusal: CitedSentence | None = None
        """The sentinel, while nothing else is written."""
        self._wish: SearchWish | None = None
        self._problem: str | None = None
        self._for_readers = ""
        self._was_too_long = False

    async def run(self, messages: Sequence[Message]) -> None:
        """Write, check and repair side by side, and put what is to be shown into `items`."""
        try:
            async with asyncio.TaskGroup() as group:
                self._begin(group)
                released = group.create_task(self._release())
                await self._write(messages)
                self._checking.gather_no_more()
                self._order.put_nowait(None)
                await released
            self.items.put_nowait(self._wish or await self._draft())
        finally:
            self.items.put_nowait(None)

    def _begin(self, group: asyncio.TaskGroup) -> None:
        """What settles sentences, as tasks of the group."""
        self._group = group
        self._checking = Checking(
            self._check,
            self._question,
            self._shown,
            self._usage,
            self._limits,
            group,
            self.items.put_nowait,
        )
        seconds = self._limits.repair_seconds
        repair = Repair(self._chat, self._question, self._shown, self._usage, seconds)
        self._settling = Settling(self._checking, repair, self._limits)

    # Writing

    async def _write(self, messages: Sequence[Message]) -> None:
        """Read the model's stream to its end; each sentence is settled from when it is complete."""
        finish: Finish | None = None
        was_read, name = True, self._chat.name
        try:
            async with (
                asyncio.timeout(self._limits.write_seconds),
                aclosing(self._chat.stream(messages, max_tokens=self._limits.answer_tokens)) as stream,
            ):
                async for piece in stream:
                    if isinstance(piece, Finish):
                        finish = piece
                        break
                    self._pieces.append(piece)
                    self._take(self._sentences.feed(piece))
                    if self._wish:
                        return
                    if self._problem:
                        break
            self._problem = self._problem or _problem(finish, name, self._text)
            if self._problem is None:
                self._take(self._sentences.finish())
        except ModelFailure as failure:
            self._problem, was_read = str(failure), failure.was_read
            self._for_readers = failure.for_readers
            self._was_too_long = failure.is_too_long and not self._pieces
        except TimeoutError:
            self._problem = (
                f"The model “{name}” took longer than {self._limits.write_seconds:g} s and was stopped."
            )
        finally:
            read = (finish.prompt_tokens if finish else None) or (
                sum(count(message["content"]) for message in messages) if was_read else 0
            )
            self._usage.add("write", read, (finish and finish.completion_tokens) or count(self._text))

    @property
    def _text(self) -> str:
        """The model's own text so far."""
        return "".join(self._pieces)

    def _take(self, sentences: Sequence[CitedSentence]) -> None:
        """Begin to settle what the stream has completed."""
        for sentence in sentences:
            queries = searches(sentence.text)
            if queries and self._may_search and not self._written and self._refusal is None:
                self._wish = SearchWish(queries)
                return
            if is_chatter(sentence, self._question):
                continue
            if is_sentinel(sentence.text):
                # Beside other sentences it is no refusal, but says that something is missing.
                sentence = replace(sentence, marks=(0,))
                if not self._written:
                    self._refusal = sentence
                    continue
            if self._refusal is not None:
                refusal, self._refusal = self._refusal, None
                self._settle(refusal)
            if sentence in self._written:
                self._repeats += 1
            else:
                self._settle(sentence)
            if self._repeats > MOST_REPEATS or len(self._written) >= MOST_SENTENCES:
                self._problem = f"The model “{self._chat.name}” did not come to an end and was stopped."
                return

    def _settle(self, sentence: CitedSentence) -> None:
        self._written.add(sentence)
        words_say = partial(self._told, person=self._person)
        told = words_say(sentence)
        self._person = _last_person(told.text) or self._person
        task = self._group.create_task(self._settling.settled(sentence, told, words_say))
        self._order.put_nowait((task, sentence.item))

    def _told(self, sentence: CitedSentence, person: str | None) -> WordCheck:
        """What words alone say of a sentence; a fragment or a scrap is taken for no statement."""
        text = without_lead_in(sentence.text)
        if is_fragment(text):
            return WordCheck(text, "unsupported", reason=FRAGMENT)
        if is_injection(text):
            return WordCheck(text, "unsupported", reason=SPEAKS_TO_A_MODEL)
        told = check_words(text, sentence.marks, self._shown, self._question, person)
        if told.support != "unsupported" and is_scrap(text, told.cited, self._question):
            return replace(told, support="unsupported", reason=OFF_THE_QUESTION)
        return told

    # Release

    async def _release(self) -> None:
        """Give out each sentence once it and all before it are settled, but for one that repeats another."""
        while (following := await self._order.get()) is not None:
            task, item = following
            written = replace(await task, item=item)
            key = " ".join(word.casefold() for word, _, _ in words(written.text))
            before = self._released.get(key)
            if before is None or (before.support == "unsupported" != written.support):
                self._released[key] = written
                self.items.put_nowait(written)

    async def _draft(self) -> Draft:
        outcome = self._outcome()
        shown = [one for one in self._released.values() if one.support != "unsupported"]
        answers: Answers | None = None
        if outcome == "complete" and any(one.role == "claim" for one in shown):
            answers = await self._checking.answers([one.text for one in shown])
        problem = self._checking.problem
        says = f"The check of meaning failed ({problem}): word rules checked instead."
        return Draft(
            self._chat.name,
            self._text,
            outcome,
            self._problem,
            usage=self._usage,
            answers=answers,
            checked_by=self._checking.checked_by,
            repaired=self._settling.repaired,
            fallbacks=self._checking.fallbacks + self._settling.fallbacks,
            notices=(Notice(says, "check_failed"),) if problem else (),
            was_too_long=self._was_too_long,
            for_readers=self._for_readers,
        )

    def _outcome(self) -> Literal["complete", "refused", "cut", "failed"]:
        if self._refusal is not None:
            return "refused"
        if self._problem is not None:
            return "cut" if self._text.strip() else "failed"
        return "complete" if self._written else "failed"


def _last_person(text: str) -> str | None:
    """The person that a "he" in the next sentence goes back to."""
    people = [name.text for name in analyse_question(text).names if is_person_like(name)]
    return people[-1] if people else None


def _problem(finish: Finish | None, model: str, text: str) -> str | None:
    """Why an answer that came to an end cannot be used as it is."""
    if finish is None:
        return f"The model “{model}” broke off before its answer was complete."
    if finish.reason == "length":
        return f"The model “{model}” ran into its length limit before its answer was complete."
    if not text.strip():
        return f"The model “{model}” gave an empty answer."
    if finish.reason != "stop":
        reason = re.sub(r"\W+", " ", finish.reason)[:40].strip() or "no reason given"
        return f"The model “{model}” stopped before its answer was complete ({reason})."
    return None
