"""The assistant: one question completed, searched, read, cited and reported step by step."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from corpus.dates import instant_of
from corpus.errors import Busy, QuestionError
from corpus.page.corrections import Correction
from index.language.dates import asked_days, is_relative
from index.store.filters import Filter
from index.store.store import Store
from rag.abstain import RELEVANT, explanation, outside, status_of
from rag.answer import Answer, Copy, Done, Draft, Event, Question, Released, Sentence, Stage, Status
from rag.cite import Citations, cite
from rag.question.answer_type import expectation, highlights
from rag.question.compound import split_parts
from rag.question.followup import standalone
from rag.quote.extract import Reader, Reading
from rag.render import to_markdown
from rag.request_queue import Immediate, RequestQueue, Result, Slot
from rag.retrieve.search import Retrieved, Retriever, best_passages

if TYPE_CHECKING:
    from rag.write.generate import Claim, GenerativeReader


SHOWN_PASSAGES = 10
PASSAGES_FOR_MODEL = 12
MOST_COPIES = 20
"""Of one story that a citation names."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What answers are made with: see `Assistant`."""

    store: Store
    retriever: Retriever
    reader: Reader
    generative: "GenerativeReader | None"
    today: Callable[[], date]


@dataclass(frozen=True, slots=True)
class _Search:
    """A question made complete, what was searched for it, and what was found."""

    complete: str
    queries: tuple[str, ...]
    found: tuple[Retrieved, ...]
    beyond: bool
    """Whether the days asked for lie outside the archive."""
    closed: bool
    """Whether, beyond them, nothing in the archive can answer."""

    @property
    def is_relevant(self) -> bool:
        """Whether any sentence bears on the question: only then is a language model asked."""
        return any(item.logit > RELEVANT for found in self.found for item in found.sentences)


class Answering:
    """Answers one question, once."""

    def __init__(self, engine: Engine, question: Question, text: str, slot: Slot) -> None:
        self._engine = engine
        self._question = question
        self._text = text
        self._slot = slot
        self._archive = engine.store.archive()
        self._citations = Citations(self._article_text, self._copies, self._told)
        self._sentences: list[Sentence] = []
        self._released = 0
        self._draft: Draft | None = None
        self._seconds = {"retrieve": 0.0, "read": 0.0}
        self._started = time.perf_counter()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Stages and sentences, then the answer."""
        complete = await self._complete()
        async for ahead in self._slot.ahead():
            others = "1 question is" if ahead == 1 else f"{ahead} questions are"
            yield Stage("waiting", f"Waiting: {others} ahead")
        where, days = self._when(complete)
        passages = await self._slot.run(lambda: self._countable(where))
        yield Stage("searching", f"Searching {passages:,} {'passage' if passages == 1 else 'passages'}")
        search = await self._timed("retrieve", lambda: self._search(complete, where, days))
        sentences = sum(len(found.sentences) for found in search.found)
        articles = {item.candidate.passage.article_id for found in search.found for item in found.sentences}
        if sentences:
            of = "1 article" if len(articles) == 1 else f"{len(articles)} articles"
            yield Stage("reading", f"Reading {sentences} sentences from {of}")
        generative, status = self._engine.generative, None
        if generative and search.is_relevant and not search.closed:
            async with aclosing(self._generate(generative, search)) as written:
                async for event in written:
                    yield event
            status = self._status_of_draft(search)
        reader = generative if generative and status else self._engine.reader
        if status is None:
            extracted: Status = await self._timed("read", lambda: self._extract(search))
            status = extracted
        for released in self._release():
            yield released
        yield Done(self._answer(search, status, reader.name))

    async def _complete(self) -> str:
        """The question so that it stands alone, by the model if there is one, else by rules.

        While the model rewrites it, others have their turn.
        """
        history = self._question.history
        if history and self._engine.generative:
            self._slot.leave()
            rewritten = await self._engine.generative.standalone(self._text, history)
            if rewritten:
                return rewritten
        return standalone(self._text, history)

    def _today(self) -> date:
        as_of = self._question.where.as_of
        return date.fromisoformat(as_of[:10]) if as_of else self._engine.today()

    def _when(self, complete: str) -> tuple[Filter, tuple[date, date] | None]:
        days = asked_days(complete, self._today())
        return _narrowed(self._question.where, complete, days), days

    def _countable(self, where: Filter) -> int:
        store = self._engine.store
        return store.passage_count() if where.is_empty else len(store.passage_ids(where))

    def _search(self, complete: str, where: Filter, days: tuple[date, date] | None) -> _Search:
        queries = split_parts(complete)
        asked = self._question.where
        beyond = outside(self._archive, days, asked)
        return _Search(
            complete=complete,
            queries=tuple(queries),
            found=tuple(self._engine.retriever.retrieve(query, where) for query in queries),
            beyond=beyond,
            closed=beyond and (is_relative(complete) or asked.has_dates),
        )

    async def _generate(self, reader: "GenerativeReader", search: _Search) -> AsyncGenerator[Event, None]:
        """The language model's claims as they are finished; others get their turn meanwhile."""
        self._slot.leave()
        passages = best_passages(search.found, PASSAGES_FOR_MODEL)
        yield Stage("writing", f"{reader.name.removeprefix('llm:')} reads {len(passages)} passages")
        started = time.perf_counter()
        async with aclosing(reader.read(search.complete, passages, self._today())) as items:
            async for item in items:
                if isinstance(item, Draft):
                    self._draft = item
                    continue
                self._claim(item, search.complete)
                for released in self._release():
                    yield released
        self._seconds["read"] += time.perf_counter() - started
        async for _ in self._slot.ahead():
            pass

    def _claim(self, claim: "Claim", question: str) -> None:
        stands = claim.support != "unsupported"
        numbers = dict.fromkeys(self._citations.number(quote) for quote in claim.quotes) if stands else ()
        spans = highlights(claim.text, question, expectation(question)) if stands else ()
        self._sentences.append(
            Sentence(
                len(self._sentences), claim.text, "claim", tuple(numbers), claim.support, spans, claim.reason
            )
        )

    def _status_of_draft(self, search: _Search) -> Status | None:
        """What the model's draft makes of the answer; None when the other reader has to answer."""
        if self._draft is None:
            return None
        if any(sentence.citations for sentence in self._sentences):
            return "partial" if self._draft.outcome == "cut" else "answered"
        if self._draft.outcome != "refused":
            return None
        status: Status = "outside_coverage" if search.beyond else "not_stated"
        self._say(explanation(status, self._archive))
        return status

    def _extract(self, search: _Search) -> Status:
        """The extractive reader's sentences added to what is there."""
        readings = [
            self._read(query, found, search)
            for query, found in zip(search.queries, search.found, strict=True)
        ]
        status = status_of([reading.verdict for reading in readings], beyond=search.beyond)
        if status not in ("answered", "partial"):
            missing = tuple(dict.fromkeys(name for reading in readings for name in reading.missing))
            self._say(explanation(status, self._archive, missing))
            return status
        quotes = [quote for reading in readings for quote in reading.quotes]
        for sentence in cite(quotes, self._citations):
            self._sentences.append(replace(sentence, index=len(self._sentences)))
        for query, reading in zip(search.queries, readings, strict=True):
            if reading.verdict != "answered":
                self._say(f"“{query}”: {explanation(reading.verdict, self._archive, reading.missing)}")
        return status

    def _read(self, query: str, found: Retrieved, search: _Search) -> Reading:
        return Reading("not_in_archive") if search.closed else self._engine.reader.read(query, found)

    def _say(self, text: str) -> None:
        self._sentences.append(Sentence(len(self._sentences), text, "notice"))

    def _release(self) -> Iterator[Released]:
        """The sentences that have not gone out, each with the citations that no earlier one had."""
        known = {n for sentence in self._sentences[: self._released] for n in sentence.citations}
        for sentence in self._sentences[self._released :]:
            new = tuple(
                citation
                for citation in self._citations.made
                if citation.n in sentence.citations and citation.n not in known
            )
            known.update(sentence.citations)
            self._released += 1
            yield Released(sentence, new)

    def _answer(self, search: _Search, status: Status, reader: str) -> Answer:
        finished = time.perf_counter()
        milliseconds = {stage: 1000 * seconds for stage, seconds in self._seconds.items()}
        sentences = tuple(self._sentences)
        return Answer(
            question=self._question,
            searched=search.queries,
            status=status,
            text=to_markdown(sentences),
            sentences=sentences,
            citations=self._citations.made,
            passages=best_passages(search.found, SHOWN_PASSAGES),
            reader=reader,
            archive=self._archive,
            timing_ms=milliseconds | {"total": 1000 * (finished - self._started)},
            notices=tuple(self._notices(reader)),
            draft=self._draft,
        )

    def _notices(self, reader: str) -> Iterator[str]:
        """What the reader of the answer has to know about the language model's part in it."""
        if self._draft is None:
            return
        if self._draft.problem:
            yield self._draft.problem
        left_out = sum(sentence.support == "unsupported" for sentence in self._sentences)
        if left_out:
            sentences = "1 sentence" if left_out == 1 else f"{left_out} sentences"
            yield f"Left out: {sentences} of the model's that the archive does not support."
        if reader == self._engine.reader.name:
            yield "The answer quotes the archive, without the model."

    async def _timed(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        try:
            return await self._slot.run(work)
        finally:
            self._seconds[stage] += time.perf_counter() - started

    def _article_text(self, article_id: str, revision: str) -> str:
        stored = self._engine.store.article(article_id, revision)
        if stored is None:
            raise Busy("the archive changed while this was being answered; ask again")
        return stored.article.text

    def _told(self, article_id: str, notice: Correction) -> bool:
        """Whether a notice was out at the question's moment; undated, it counts as of the last update."""
        moment = self._question.where.as_of_instant
        if moment is None:
            return True
        stored = self._engine.store.article(article_id)
        out = notice.date or (stored.article.updated_at if stored else None)
        return out is None or instant_of(out) <= moment

    def _copies(self, article_id: str) -> list[Copy]:
        """The other articles of its story that the question may use."""
        found = self._engine.store.copies_of(article_id, self._question.where)
        return [
            Copy(one.id, one.revision, one.title or "", one.source, one.published_at, one.url)
            for one in found[:MOST_COPIES]
            if one.revision is not None
        ]


def _narrowed(where: Filter, question: str, days: tuple[date, date] | None) -> Filter:
    """For "yesterday" and the like: articles published from then on to two days after."""
    if days is None or not is_relative(question):
        return where
    after, before = days[0].isoformat(), (days[1] + timedelta(days=3)).isoformat()
    return replace(where, after=max(after, where.after or after), before=min(before, where.before or before))


MAX_QUESTION = 2_000
"""Characters; a longer text is not a question."""


class Assistant:
    """Answers questions from one store.

    Build it once: the retriever and the reader hold the loaded models. With a `generative` reader a language
    model writes the answers, and `reader` stands in where it fails. `today` says what "yesterday" counts from
    when a question has no `as_of`.
    """

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        reader: Reader,
        *,
        generative: "GenerativeReader | None" = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._engine = Engine(store, retriever, reader, generative, today)

    def ask(self, question: Question) -> Answer:
        """The cited answer, or an abstention that says why. Not for use inside an event loop: see `stream`.

        Raises QuestionError for a blank question and for one above 2,000 characters.
        """
        return asyncio.run(self._finish(question))

    async def stream(
        self, question: Question, queue: RequestQueue | None = None
    ) -> AsyncGenerator[Event, None]:
        """What happens until the answer is there: stages, sentences as they are checked, then one `Done`.

        With `queue` the question waits in it and the models run in threads; without, they run on the
        spot and hold up the event loop. Closing the generator stops the work and the language model's
        request. Raises QuestionError as `ask` does and Busy when the line is full, both before any event.
        """
        text = checked(question.text)
        slot: Slot = queue.join() if queue else Immediate()
        try:
            async with aclosing(Answering(self._engine, question, text, slot).events()) as events:
                async for event in events:
                    yield event
        finally:
            slot.leave()

    def without_model(self) -> "Assistant":
        """The same assistant, whose answers no language model writes."""
        engine = self._engine
        return Assistant(engine.store, engine.retriever, engine.reader, today=engine.today)

    async def _finish(self, question: Question) -> Answer:
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise RuntimeError("the stream of an answer ended without the answer")


def checked(text: str) -> str:
    """The question on one line. Raises QuestionError when it is blank or too long."""
    question = " ".join(text.split())
    if not question:
        raise QuestionError("The question is empty: ask something in words.")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters and {MAX_QUESTION:,} are the limit: shorten it."
        )
    return question
