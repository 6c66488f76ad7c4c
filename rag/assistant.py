"""The assistant: how one question becomes an answer. `Answering.events` has the steps in their order."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Container, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from corpus.errors import QuestionError
from index.language.analysis import analyse_question
from index.language.asked_dates import asked
from index.language.sentence import Sentence as AnalysedSentence
from index.store.filters import Filter
from index.store.store import Store
from index.store.vocabulary import Vocabulary
from rag.abstain import RELEVANT, earlier, explanation, outside, status_of, status_of_draft, withheld
from rag.answer import (
    ANSWERED,
    Answer,
    Done,
    Draft,
    Event,
    Question,
    RankedPassage,
    Released,
    Sentence,
    Stage,
    Status,
)
from rag.cite import Citations, Quotable, cite
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.compound import split_question
from rag.question.filters import unknown_outlets
from rag.question.followup import standalone
from rag.question.spans import highlights
from rag.question.spelling import Spelling, spelled
from rag.quote.extract import Reader, Reading
from rag.render import to_markdown
from rag.request_queue import Immediate, Line, Result, Slot
from rag.retrieve.fair import merged
from rag.retrieve.neighbours import with_neighbours
from rag.retrieve.search import Retrieved, Retriever

if TYPE_CHECKING:
    from rag.write.check import CheckedSentence
    from rag.write.generate import GenerativeReader

MAX_QUESTION = 2_000
"""Characters; a longer text is not a question."""
SHOWN_PASSAGES = 10
PASSAGES_FOR_MODEL = 16
"""Some 2,900 tokens. Of 47 news questions to tune by, 38, 40 and 41 had their answer in the first 12, 16 and
20 passages; of 62 natural ones 60, 62 and 62."""
READINGS = 3
"""How often the articles are read at most, while what answers may not be quoted."""


@dataclass(frozen=True)
class Assistant:
    """Answers questions from one store.

    Build it once: the retriever and the reader hold the loaded models. With a `generative` reader a language
    model writes the answers, and `reader` stands in where it fails. `today` says what "yesterday" counts from
    when a question has no `as_of`.
    """

    store: Store
    retriever: Retriever
    reader: Reader
    generative: "GenerativeReader | None" = None
    today: Callable[[], date] = date.today

    def ask(self, question: Question) -> Answer:
        """The cited answer, or an abstention that says why. Not for use inside an event loop: see `stream`.

        Raises QuestionError for a question without a letter or digit and for one above 2,000 characters.
        """
        return asyncio.run(self._finish(question))

    async def stream(
        self, question: Question, queue: Line | None = None, quotable: Quotable | None = None
    ) -> AsyncGenerator[Event, None]:
        """The events of one answer: stages, sentences as they are checked, then one `Done`.

        With `queue` the question waits in it and the models run in threads; without, they run in the event
        loop's thread. `quotable` decides what of an article may be quoted. Closing the generator stops the
        work and the language model's request. Raises QuestionError as `ask` does and Busy when the queue is
        full, both before any event.
        """
        text = checked(question.text)
        slot: Slot = queue.join() if queue else Immediate()
        try:
            async with aclosing(Answering(self, question, text, slot, quotable).events()) as events:
                async for event in events:
                    yield event
        finally:
            slot.close()

    def without_model(self) -> "Assistant":
        """The same assistant without a language model."""
        return replace(self, generative=None)

    async def _finish(self, question: Question) -> Answer:
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise RuntimeError("the stream of an answer ended without the answer")


def checked(text: str) -> str:
    """The question on one line. Raises QuestionError when it has no letter and no digit, or is too long."""
    question = " ".join(text.split())
    if not any(map(str.isalnum, question)):
        raise QuestionError("The question is empty: ask something in words.")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters and {MAX_QUESTION:,} are the limit: shorten it."
        )
    return question


@dataclass(frozen=True, slots=True)
class _Dates:
    """The days that a question asks for, and what follows for the search."""

    where: Filter
    """The question's filters; for "yesterday" and the like narrowed to articles of that time."""
    outside_archive: bool
    """Whether the days asked for lie outside the archive."""
    unanswerable: bool
    """Whether, beyond them, nothing in the archive can answer."""
    is_earlier: bool = False
    """Whether an answer is of an earlier time than "this summer", which the archive does not reach."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A question, and what was found for each of the questions that it asks."""

    question: AnalysedQuestion
    found: tuple[Retrieved, ...]

    @property
    def searched(self) -> tuple[str, ...]:
        """The questions that were searched for."""
        return tuple(one.question.text for one in self.found)

    def passages(self, most: int) -> tuple[RankedPassage, ...]:
        """The best passages over all questions, each once."""
        return merged([one.passages for one in self.found], most)

    @property
    def notices(self) -> Iterator[str]:
        """Which names were searched in other forms too, and which quoted words no passage has."""
        for one in self.found:
            yield from one.notices

    @property
    def is_relevant(self) -> bool:
        """Whether a sentence bears on the question or a lead is asked for: only then is a model asked."""
        return any(item.logit > RELEVANT for found in self.found for item in found.sentences) or any(
            found.leads for found in self.found
        )

    def without(self, article_ids: Container[str]) -> "_Search":
        """What was found in other articles than these."""
        kept = [
            replace(
                one,
                sentences=tuple(
                    item for item in one.sentences if item.candidate.passage.article_id not in article_ids
                ),
                leads=tuple(lead for lead in one.leads if lead.article_id not in article_ids),
            )
            for one in self.found
        ]
        return _Search(self.question, tuple(kept))


class Answering:
    """Answers one question, once."""

    def __init__(
        self,
        assistant: Assistant,
        question: Question,
        text: str,
        slot: Slot,
        quotable: Quotable | None = None,
    ) -> None:
        self._assistant = assistant
        self._store = assistant.store
        self._question = question
        self._text = text
        self._slot = slot
        self._archive = self._store.archive()
        self._quotable = quotable
        self._citations = Citations(self._store, question.where, quotable)
        self._sentences: list[Sentence] = []
        self._released = 0
        self._draft: Draft | None = None
        self._spelling = Spelling(text)
        self._seconds = {"retrieve": 0.0, "read": 0.0}
        self._started = time.perf_counter()

    async def events(self) -> AsyncGenerator[Event, None]:
        """The way of a question: stages and sentences, then the answer."""
        # 1. Let the model, if there is one, complete a follow-up so that it stands alone.
        rewritten = await self._rewrite()

        # 2. Wait until the queue lets this question run; without a model, rules complete it. Then spell it
        #    as the archive does.
        async for ahead in self._slot.ahead():
            others = "1 question is" if ahead == 1 else f"{ahead} questions are"
            yield Stage("waiting", f"Waiting: {others} ahead")
        text, history = self._text, self._question.history
        if rewritten is None:
            rewritten = await self._slot.run(lambda: standalone(text, history))
        question = await self._slot.run(lambda: analysed(self._spelled(rewritten)))

        # 3. Read the dates asked for, which may narrow the filters or lie outside the archive.
        dates = await self._slot.run(lambda: self._dates(question))
        passages = await self._slot.run(lambda: self._countable(dates.where))
        yield Stage("searching", f"Searching {passages:,} {'passage' if passages == 1 else 'passages'}")

        # 4. Search, once for each question of a compound question.
        search = await self._timed("retrieve", lambda: self._search(question, dates.where))
        if any(found.sentences for found in search.found):
            yield _reading_stage(search)

        # 5. Let the language model write, if there is one and the search found something relevant.
        generative, status = self._assistant.generative, None
        if generative and search.is_relevant and not dates.unanswerable:
            async with aclosing(self._write(generative, search)) as written:
                async for event in written:
                    yield event
            status = self._status_of_draft(dates)
        reader = generative if generative and status else self._assistant.reader

        # 6. Otherwise, and where its draft is of no use, quote the articles or abstain.
        if status is None:
            quoted: Status = await self._timed("read", lambda: self._extract(search, dates))
            status = quoted
        for released in self._release():
            yield released
        yield Done(self._answer(search, status, reader.name, dates))

    # 1. The complete question

    async def _rewrite(self) -> str | None:
        """The question so that it stands alone, by the model; None without one, and where it could not.

        While the model rewrites it, the slot is free for others.
        """
        history = self._question.history
        if not history or not self._assistant.generative:
            return None
        self._slot.leave()
        return await self._assistant.generative.standalone(self._text, history)

    # 2. The archive's spelling

    def _spelled(self, complete: str) -> str:
        self._spelling = spelled(complete, Vocabulary(self._store))
        return self._spelling.question

    # 3. Dates

    def _today(self) -> date:
        as_of = self._question.where.as_of
        return date.fromisoformat(as_of[:10]) if as_of else self._assistant.today()

    def _dates(self, question: AnalysedQuestion) -> _Dates:
        given = where = self._question.where
        told = asked(question.text, self._today(), self._store.sources)
        relative = told is not None and told.is_relative
        days = (told.first, told.last) if told and told.is_sure else None
        outside_archive = outside(self._archive, days, given)
        ended = told is not None and told.first.isoformat() > (self._archive.last or "9999")
        if told and told.is_present and ended and not given.has_dates:
            # No moment is given to count from, and articles say "this summer" of their own time.
            return _Dates(given, outside_archive, unanswerable=False, is_earlier=True)
        if told and relative:
            after, before = told.after.isoformat(), told.before.isoformat() if told.before else given.before
            where = replace(
                given,
                after=max(after, given.after or after),
                before=min(before, given.before or before) if before else None,
            )
        return _Dates(where, outside_archive, unanswerable=outside_archive and (relative or given.has_dates))

    def _countable(self, where: Filter) -> int:
        return self._store.passage_count() if where.is_empty else len(self._store.passage_ids(where))

    # 4. Search

    def _search(self, question: AnalysedQuestion, where: Filter) -> _Search:
        parts = map(analysed, split_question(question.text))
        return _Search(question, tuple(self._assistant.retriever.retrieve(part, where) for part in parts))

    # 5. A language model writes

    async def _write(self, reader: "GenerativeReader", search: _Search) -> AsyncGenerator[Event, None]:
        """The model's sentences, each released once it is checked; the slot is free for others meanwhile."""
        self._slot.leave()
        started = time.perf_counter()
        passages, analyses = self._for_model(search)
        yield Stage("writing", f"{reader.name.removeprefix('llm:')} reads {len(passages)} passages")
        async with aclosing(reader.read(search.question.text, passages, self._today(), analyses)) as items:
            async for item in items:
                if isinstance(item, Draft):
                    self._draft = item
                    continue
                self._add(item, search.question)
                for released in self._release():
                    yield released
        self._seconds["read"] += time.perf_counter() - started
        async for _ in self._slot.ahead():
            pass

    def _for_model(
        self, search: _Search
    ) -> tuple[tuple[RankedPassage, ...], Mapping[int, Sequence[AnalysedSentence]]]:
        """The best passages with the neighbours that they need, and the analysis of each by its id."""
        analyses = {key: told for one in search.found for key, told in one.analyses.items()}
        best = search.passages(PASSAGES_FOR_MODEL)
        analyses |= self._store.analyses(one.passage for one in best if one.passage.id not in analyses)
        joined = with_neighbours(self._store, best, analyses)
        analyses |= self._store.analyses(one.passage for one in joined if one.passage.id not in analyses)
        return joined, analyses

    def _add(self, written: "CheckedSentence", question: AnalysedQuestion) -> None:
        """Number a written sentence's citations and mark the words asked for; a struck one has neither.

        Where not everything may be quoted, one whose quotes may not is left out, and so is a struck one,
        which may hold words of any article.
        """
        struck = written.support == "unsupported"
        if self._quotable is not None and (struck or not self._citations.permits(written.quotes)):
            return
        numbers: tuple[int, ...] = ()
        spans: tuple[tuple[int, int], ...] = ()
        if not struck:
            numbers = tuple(dict.fromkeys(self._citations.number(quote) for quote in written.quotes))
            spans = highlights(analyse_question(written.text), question)
        index, support, reason = len(self._sentences), written.support, written.reason
        self._sentences.append(Sentence(index, written.text, "claim", numbers, support, spans, reason))

    def _status_of_draft(self, dates: _Dates) -> Status | None:
        """What the draft makes of the answer; None when the other reader has to answer."""
        if self._draft is None:
            return None
        cites = any(sentence.citations for sentence in self._sentences)
        status = status_of_draft(self._draft, cites=cites, beyond=dates.outside_archive)
        if status and status not in ANSWERED:
            self._add_notice(explanation(status, self._archive))
        return status

    # 6. The articles are quoted

    def _extract(self, search: _Search, dates: _Dates) -> Status:
        """The extractive reader's sentences added to what is there.

        Where nothing of what answers may be quoted, the articles without these are read again.
        """
        for _ in range(READINGS):
            readings = self._read(search, dates)
            status = status_of([reading.verdict for reading in readings], beyond=dates.outside_archive)
            if status not in ANSWERED:
                break
            said = cite([quote for reading in readings for quote in reading.quotes], self._citations)
            if said:
                break
            search = search.without(self._citations.withheld)
        if self._citations.withheld and not (status in ANSWERED and said):
            self._add_notice(withheld(tuple(self._citations.withheld.values())))
            return "not_stated"
        if status not in ANSWERED:
            missing = tuple(dict.fromkeys(name for reading in readings for name in reading.missing))
            self._add_notice(explanation(status, self._archive, missing))
            return status
        for sentence in said:
            self._sentences.append(replace(sentence, index=len(self._sentences)))
        for query, reading in zip(search.searched, readings, strict=True):
            if reading.verdict != "answered":
                self._add_notice(f"“{query}”: {explanation(reading.verdict, self._archive, reading.missing)}")
        return status

    def _read(self, search: _Search, dates: _Dates) -> list[Reading]:
        """What the extractive reader makes of each part of the question."""
        return [
            Reading("not_in_archive") if dates.unanswerable else self._assistant.reader.read(found)
            for found in search.found
        ]

    # The answer

    def _add_notice(self, text: str) -> None:
        self._sentences.append(Sentence(len(self._sentences), text, "notice"))

    def _release(self) -> Iterator[Released]:
        """The sentences that have not gone out, each with the citations that no earlier one had."""
        known = {n for sentence in self._sentences[: self._released] for n in sentence.citations}
        for sentence in self._sentences[self._released :]:
            new = set(sentence.citations) - known
            known |= new
            self._released += 1
            yield Released(sentence, tuple(one for one in self._citations.made if one.n in new))

    def _answer(self, search: _Search, status: Status, reader: str, dates: _Dates) -> Answer:
        milliseconds = {stage: 1000 * seconds for stage, seconds in self._seconds.items()}
        if status == "answered" and (self._citations.withheld or dates.is_earlier):
            status = "partial"
        return Answer(
            question=self._question,
            searched=search.searched,
            status=status,
            text=to_markdown(self._sentences),
            sentences=tuple(self._sentences),
            citations=self._citations.made,
            passages=search.passages(SHOWN_PASSAGES),
            reader=reader,
            archive=self._archive,
            timing_ms=milliseconds | {"total": 1000 * (time.perf_counter() - self._started)},
            notices=tuple(dict.fromkeys([*self._notices(reader, status, dates), *search.notices])),
            draft=self._draft,
            withheld=tuple(self._citations.withheld.values()),
            did_you_mean=self._spelling.did_you_mean,
        )

    def _notices(self, reader: str, status: Status, dates: _Dates) -> Iterator[str]:
        """What the reader of the answer has to know.

        It says which outlets of the filters are unknown, which words were searched as otherwise spelled, that
        the answer is of an earlier time, what is withheld, and the model's part.
        """
        if unknown := unknown_outlets(self._question.where, self._store.sources):
            yield unknown
        yield from self._spelling.notices
        if dates.is_earlier and status in ANSWERED:
            yield earlier(self._archive)
        if self._citations.withheld and status in ANSWERED:
            yield withheld(tuple(self._citations.withheld.values()))
        if self._draft is None:
            return
        if self._draft.problem:
            yield self._draft.problem
        left_out = sum(sentence.support == "unsupported" for sentence in self._sentences)
        if left_out:
            sentences = "1 sentence" if left_out == 1 else f"{left_out} sentences"
            yield f"Left out: {sentences} of the model's that the archive does not support."
        if reader == self._assistant.reader.name:
            yield "The answer quotes the archive, without the model."

    async def _timed(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        try:
            return await self._slot.run(work)
        finally:
            self._seconds[stage] += time.perf_counter() - started


def _reading_stage(search: _Search) -> Stage:
    sentences = [item.candidate for found in search.found for item in found.sentences]
    articles = len({sentence.passage.article_id for sentence in sentences})
    of = "1 article" if articles == 1 else f"{articles} articles"
    return Stage("reading", f"Reading {len(sentences)} sentences from {of}")
