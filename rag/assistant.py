"""The assistant: how one question becomes an answer. `Answering.events` has the steps in their order."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import Literal, Protocol

from corpus.errors import QuestionError
from index.language.analysis import analyse_question
from index.language.words import phrase, stems
from index.store.store import Store
from index.store.vocabulary import Vocabulary
from rag.about.catalogue import Catalogue
from rag.about.help import QuestionsToTry, what_this_is
from rag.about.languages import said_to_foreign
from rag.about.suggestions import suggestions
from rag.abstain import earlier, explanation, of_what_is_cited, status_of, status_of_draft, withheld
from rag.answer import (
    ANSWERED,
    Answer,
    Done,
    Draft,
    Event,
    Intent,
    Notice,
    Question,
    Released,
    Sentence,
    Stage,
    Status,
)
from rag.chat import ModelFailure
from rag.cite import Citations, Quotable, cite
from rag.prompt.conversation import conversation
from rag.prompt.orders import has_orders, without_orders, without_quoted_orders
from rag.prompt.passages import PromptPassages, number_sentences
from rag.question.analysed import Leaning
from rag.question.asked import AskedQuestion, as_searched, without_tags
from rag.question.filters import unknown_outlets
from rag.question.followup import alone, standalone
from rag.question.intent import is_bare_subject
from rag.question.spans import highlights
from rag.question.spelling import with_capitals
from rag.quote.extract import Reader
from rag.quote.quotes import Reading
from rag.render import to_markdown
from rag.request_queue import Immediate, Line, Result, Slot, its_turn
from rag.retrieve.gather import Beside, Gathered, Gatherer
from rag.retrieve.search import Retrieved, Retriever
from rag.usage import Usage
from rag.write.limits import DEFAULT_LIMITS, Limits
from rag.write.plan import MOST_QUERIES, Plan, Planner, harmless_query
from rag.write.written import SearchWish, WrittenSentence

_LOG = logging.getLogger("onrecord.model")

MAX_QUESTION = 2_000
"""Characters; a longer text is not a question."""
SHOWN_PASSAGES = 10
PASSAGES_FOR_MODEL = 24
"""At least, where the search finds as many. Of 47 news questions to tune by, 38, 40 and 41 had their answer
in the first 12, 16 and 20 passages; of 62 natural ones 60, 62 and 62."""
TOKENS_OF_A_PASSAGE = 160
"""About, with numbers and tags: so many passages are found as fill what a model may read."""
MOST_WRITINGS = 3
"""Requests for one answer: after another search, and after one that was too long."""
READINGS = 3
"""How often the articles are read at most, while what answers may not be quoted."""


class Writer(Protocol):
    """Writes an answer from numbered sentences, as `rag.write.generate.GenerativeReader` does."""

    name: str
    limits: Limits

    def read(
        self,
        question: str,
        shown: PromptPassages,
        today: date,
        *,
        conversation: str = "",
        usage: Usage,
        may_search: bool = True,
    ) -> AsyncGenerator[WrittenSentence | Stage | SearchWish | Draft, None]:
        """Sentences as they are checked, then one Draft; or a wish to search for more, which is the last."""


@dataclass(frozen=True)
class Assistant:
    """Answers questions from one store.

    Build it once: the retriever and the reader hold the loaded models. With a `generative` reader a language
    model writes the answers, and `reader` stands in where it fails; a `planner` says what else to search for.
    `today` says what "yesterday" counts from when a question has no `as_of`. With `unconfirmed` "fold"
    sentences that nobody confirmed stand under the answer and not in it. `to_try` has questions for those who
    ask what they may ask.
    """

    store: Store
    retriever: Retriever
    reader: Reader
    generative: Writer | None = None
    planner: Planner | None = None
    today: Callable[[], date] = date.today
    unconfirmed: Literal["show", "fold"] = "show"
    to_try: QuestionsToTry = field(default_factory=QuestionsToTry)

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
        loop's thread, or beside it where a plan is made meanwhile. `quotable` decides what of an article may
        be quoted. Closing the generator stops the work and the language model's requests. Raises
        QuestionError as `ask` does and Busy when the queue is full, both before any event.
        """
        text = checked(question.text)
        slot: Slot = queue.join() if queue else Immediate(in_thread=self.planner is not None)
        try:
            async with aclosing(Answering(self, question, text, slot, quotable).events()) as events:
                async for event in events:
                    yield event
        finally:
            slot.close()

    def without_model(self) -> "Assistant":
        """The same assistant without a language model."""
        return replace(self, generative=None, planner=None)

    async def _finish(self, question: Question) -> Answer:
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise RuntimeError("the stream of an answer ended without the answer")


def checked(text: str) -> str:
    """The question on one line, without tags.

    Raises QuestionError when it has no letter and no digit, or is too long.
    """
    question = " ".join(text.split())
    if not any(map(str.isalnum, question)):
        raise QuestionError("The question is empty: ask something in words.")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters and {MAX_QUESTION:,} are the limit: shorten it."
        )
    return without_tags(question)


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
        self._hidden: list[Sentence] = []
        self._released = 0
        self._draft: Draft | None = None
        self._wish: SearchWish | None = None
        self._limits = assistant.generative.limits if assistant.generative else DEFAULT_LIMITS
        self._most = max(PASSAGES_FOR_MODEL, self._limits.context_tokens // TOKENS_OF_A_PASSAGE)
        most = self._most if assistant.generative else None
        self._gatherer = Gatherer(self._store, assistant.retriever, most)
        self._is_away = False
        self._usage = Usage()
        self._fallbacks = 0
        self._seconds = {"retrieve": 0.0, "read": 0.0}
        self._started = time.perf_counter()

    async def events(self) -> AsyncGenerator[Event, None]:
        """The way of a question: stages and sentences, then the answer."""
        # 1. Wait until the queue lets this question run.
        async for ahead in self._slot.ahead():
            others = "1 question is" if ahead == 1 else f"{ahead} questions are"
            yield Stage("waiting", f"Waiting: {others} ahead")

        # 2. Complete a follow-up by rules, spell it as the archive does, and read the dates asked for, which
        #    may narrow the filters or lie outside the archive.
        text, history = self._text, self._question.history
        asked = await self._run(lambda: self._asked(standalone(text, history, self._as_written)))
        self._gathered = Gathered(asked, ())
        if self._is_about_archive(asked):
            async with aclosing(self._about_archive()) as told:
                async for event in told:
                    yield event
            return
        passages = await self._run(lambda: self._countable(asked))
        yield Stage("searching", f"Searching {passages:,} {'passage' if passages == 1 else 'passages'}")

        # 3. Search, once for each question of a compound question. Beside that a language model, if there is
        #    one, plans what else to search for, and then that is searched too.
        async with self._planning(asked) as planning:
            gathered = await self._timed("retrieve", lambda: self._gatherer.search(asked))
            if any(found.sentences for found in gathered.found):
                yield _reading_stage(gathered)
            if planning and not planning.done():
                yield Stage("planning", "Planning what else to search for")
            plan = await self._planned(planning)
        if plan:
            gathered = await self._timed("retrieve", lambda: self._with_plan(gathered, plan))

        self._gathered = gathered
        if gathered.asked.question.intent in ("catalogue", "help"):  # As the plan says.
            async with aclosing(self._about_archive()) as told:
                async for event in told:
                    yield event
            return

        # 4. Let the language model write, if the search found something relevant.
        writer, status = self._assistant.generative, None
        if writer and gathered.is_relevant and not gathered.asked.dates.unanswerable:
            async with aclosing(self._write(writer)) as written:
                async for event in written:
                    yield event
            status = self._status_of_draft()
        reader = writer if writer and status else self._assistant.reader

        # 5. Otherwise, and where its draft is of no use, quote the articles or abstain.
        if status is None:
            quoted: Status = await self._timed("read", self._quoted)
            status = await self._asked_alone(quoted)
        listed = None if status in ANSWERED else await self._listed_instead()
        for released in self._release():
            yield released

        # 6. Suggest what else may be asked.
        yield Done(listed or await self._with_suggestions(self._answer(status, reader.name)))

    # 2. The question

    def _asked(self, complete: str) -> AskedQuestion:
        return as_searched(complete, self._store, self._question.where, self._archive, self._today())

    def _as_written(self, question: str) -> str:
        return with_capitals(question, Vocabulary(self._store))

    def _today(self) -> date:
        as_of = self._question.where.as_of
        return date.fromisoformat(as_of[:10]) if as_of else self._assistant.today()

    def _countable(self, asked: AskedQuestion) -> int:
        where = asked.dates.where
        return self._store.passage_count() if where.is_empty else len(self._store.passage_ids(where))

    @property
    def _intent(self) -> Intent:
        return self._gathered.asked.question.intent

    # The archive itself

    def _is_about_archive(self, asked: AskedQuestion) -> bool:
        """Whether the question is small talk, or asks about the archive and no plan may say otherwise."""
        has_plan = self._assistant.planner is not None and self._limits.plan
        return self._intent == "help" or (self._intent == "catalogue" and not has_plan)

    async def _about_archive(self) -> AsyncGenerator[Event, None]:
        """Help, or what the catalogue lists; nothing is cited but notices of corrections."""
        if self._intent == "help":
            answer = await self._run(self._helped)
        else:
            yield Stage("searching", f"Looking through {_articles(self._archive.articles)}")
            answer = await self._timed("retrieve", self._listed)
        for released in self._release():
            yield released
        yield Done(replace(answer, timing_ms=self._spent()))

    def _helped(self) -> Answer:
        outlets = self._store.sources()
        is_written = self._assistant.generative is not None
        self._add_notice(what_this_is(self._archive, outlets, is_written=is_written))
        answer = self._answer("help", self._assistant.reader.name)
        questions = self._assistant.to_try.of(self._store)
        return replace(answer, searched=(), passages=(), suggestions=questions)

    def _listed(self) -> Answer:
        asked = self._gathered.asked
        catalogue = Catalogue(self._store, self._assistant.retriever)
        listing = catalogue.answer(asked.question, self._question.where, self._today())
        self._add_notice(listing.says)
        for sentence in cite(listing.quotes, self._citations, in_order=True):
            self._sentences.append(replace(sentence, index=len(self._sentences)))
        status: Status = "listed"
        if listing.is_empty:
            status = "outside_coverage" if asked.dates.outside_archive else "not_in_archive"
        return replace(
            self._answer(status, self._assistant.reader.name),
            searched=(listing.searched,) if listing.searched else (),
            passages=listing.found[:SHOWN_PASSAGES],
            articles=None if listing.is_empty else listing.articles,
            suggestions=listing.parts,
        )

    async def _listed_instead(self) -> Answer | None:
        """The articles about a bare subject of which too little is told for an overview; None for others."""
        told = self._gathered, self._sentences
        if self._sentences[: self._released] or not is_bare_subject(self._gathered.asked.question):
            return None
        self._gathered, self._sentences = self._gathered.with_intent("catalogue"), []
        answer: Answer = await self._timed("retrieve", self._listed)
        if answer.status == "listed":
            return replace(answer, timing_ms=self._spent())
        self._gathered, self._sentences = told
        return None

    # 3. Search, with a plan

    @asynccontextmanager
    async def _planning(self, asked: AskedQuestion) -> AsyncIterator[asyncio.Task[Plan] | None]:
        """The plan while it is made, None where none is; at the end of the block it is stopped."""
        planner = self._assistant.planner
        if planner is None or not self._limits.plan or asked.dates.unanswerable or not self._archive.articles:
            yield None
            return
        told = await self._run(lambda: self._conversation)
        outlets = await self._run(lambda: planner.outlets_of(self._store))
        plan = planner.plan(
            self._text if self._question.history else asked.text,
            told,
            outlets,
            self._archive,
            self._today(),
            seconds=self._limits.write_seconds,
            usage=self._usage,
        )
        task = asyncio.create_task(plan)
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @cached_property
    def _conversation(self) -> str:
        return conversation(self._question.history, self._limits.conversation_tokens)

    async def _planned(self, planning: asyncio.Task[Plan] | None) -> Plan | None:
        """The plan, if it comes soon; the slot is free for others meanwhile."""
        if planning is None:
            return None
        if not planning.done():
            self._leave()
            await asyncio.wait([planning], timeout=self._limits.plan_seconds)
        try:
            if planning.done():
                return planning.result()
        except ModelFailure as failure:
            _LOG.info("a question was searched without a plan: %s", failure)
        self._fallbacks += 1
        return None

    def _with_plan(self, gathered: Gathered, plan: Plan) -> Gathered:
        """What was found, with what the plan finds; a follow-up is searched as the plan completes it."""
        if self._question.history and plan.question:
            asked = self._asked(plan.question)
            if phrase(asked.text) != phrase(gathered.asked.text):
                gathered = self._gatherer.search(asked, [Beside.of(one) for one in gathered.found])
        if plan.kind:
            gathered = gathered.with_intent(plan.kind)
        lean = Leaning(plan.days, plan.outlets, plan.kind == "latest")
        return self._gatherer.search_beside(gathered, plan.queries, lean)

    # 4. A language model writes

    async def _write(self, writer: Writer) -> AsyncGenerator[Event, None]:
        """The model's sentences, each released once it is checked.

        Once the model may have more searched instead; a request that is too long for it is made once more,
        with half of the passages.
        """
        started = time.perf_counter()
        tokens, may_search = self._limits.context_tokens, True
        for _ in range(MOST_WRITINGS):
            self._wish = None
            async with aclosing(self._written(writer, tokens, may_search)) as events:
                async for event in events:
                    yield event
            if self._wish and may_search:
                may_search = False
                await self._timed("retrieve", partial(self._search_for, self._wish))
            elif self._draft and self._draft.was_too_long and tokens == self._limits.context_tokens:
                tokens //= 2
            else:
                break
        self._seconds["read"] += time.perf_counter() - started

    async def _written(self, writer: Writer, tokens: int, may_search: bool) -> AsyncGenerator[Event, None]:
        """What the model writes from so many tokens of sentences; the slot is free for others meanwhile."""
        shown = await self._run(partial(self._shown, tokens))
        self._leave()
        yield _writing_stage(writer, shown)
        reading = writer.read(
            self._gathered.asked.text,
            shown,
            self._today(),
            conversation=self._conversation,
            usage=self._usage,
            may_search=may_search,
        )
        async with aclosing(reading) as items:
            async for item in items:
                if isinstance(item, Stage):
                    yield item
                elif isinstance(item, SearchWish):
                    self._wish = item
                elif isinstance(item, Draft):
                    self._draft = replace(item, fallbacks=item.fallbacks + self._fallbacks)
                    if item.for_readers:
                        _LOG.warning("no answer was written: %s", item.problem)
                else:
                    self._add(item)
                    for released in self._release():
                        yield released

    def _shown(self, tokens: int) -> PromptPassages:
        """What the model is given to read."""
        passages, analyses = self._gatherer.to_read(self._gathered, self._most)
        return number_sentences(passages, tokens, analyses)

    def _search_for(self, wish: SearchWish) -> None:
        """Search for what the model asked for beside what was found; articles may have told it what."""
        queries = [query for one in wish.queries[:MOST_QUERIES] if (query := harmless_query(one))]
        self._gathered = self._gatherer.search_beside(self._gathered, queries, Leaning())

    def _add(self, written: WrittenSentence) -> None:
        """Number a written sentence's citations; mark the words asked for in the first that is confirmed.

        Where not everything may be quoted, one whose quotes may not is left out, and so is one that was left
        out of the answer, which may hold words of any article.
        """
        sentence = Sentence(len(self._sentences), written.text, written.role, support=written.support)
        sentence = replace(sentence, reason=written.reason, item=written.item)
        is_left_out = written.support == "unsupported"
        if self._quotable is not None and (is_left_out or not self._citations.permits(written.quotes)):
            self._hidden.append(replace(sentence, support="unsupported"))
            return
        if not is_left_out:
            numbers = dict.fromkeys(self._citations.number(quote) for quote in written.quotes)
            sentence = replace(sentence, citations=tuple(numbers))
        if written.support == "unconfirmed" and self._assistant.unconfirmed == "fold":
            sentence = replace(sentence, folded=True)
        is_said = written.role == "claim" and written.support in ("verbatim", "supported")
        if is_said and not any(one.highlights for one in self._sentences):
            marked = highlights(analyse_question(written.text), self._gathered.asked.question)
            sentence = replace(sentence, highlights=marked if len(marked) == 1 else ())
        self._sentences.append(sentence)

    def _status_of_draft(self) -> Status | None:
        """What the draft makes of the answer; None when the other reader has to answer."""
        if self._draft is None:
            return None
        beyond = self._gathered.asked.dates.outside_archive
        # What is folded is no part of the answer, as what was left out.
        written = [replace(one, support="unsupported") if one.folded else one for one in self._sentences]
        status = status_of_draft(self._draft, [*written, *self._hidden], beyond=beyond)
        if status and status not in ANSWERED:
            self._explain(status)
        return status

    # 5. The articles are quoted

    async def _asked_alone(self, status: Status) -> Status:
        """Where a completed question is not answered: the status of the typed one, if that one is."""
        typed_alone = alone(self._text)
        is_same = phrase(self._gathered.asked.text) == phrase(typed_alone)
        if not typed_alone or is_same or (status in ANSWERED and self._tells_of(typed_alone)):
            return status
        completed = self._gathered, self._sentences, self._citations
        typed = await self._run(lambda: self._asked(self._as_written(typed_alone)))
        self._gathered = await self._timed("retrieve", lambda: self._gatherer.search(typed))
        self._sentences = self._sentences[: self._released]
        if not self._sentences:
            self._citations = Citations(self._store, self._question.where, self._quotable)
        found: Status = await self._timed("read", self._quoted)
        if found in ANSWERED:
            return found
        self._gathered, self._sentences, self._citations = completed
        return status

    def _tells_of(self, asked: str) -> bool:
        """Whether most words of what is asked about stand in the quoted sentences or their headlines."""
        told = set(stems(" ".join(f"{one.title} {one.quote}" for one in self._citations.made)))
        words = set(stems(asked))
        return asked == self._text or 2 * len(words & told) > len(words)

    def _quoted(self) -> Status:
        """The status of what the extractive reader makes of it; it reads English alone."""
        foreign = said_to_foreign(self._gathered.asked.text, self._store)
        if foreign is None:
            return self._extract()
        self._add_notice(foreign)
        return "not_stated" if self._gathered.is_relevant else "not_in_archive"

    def _extract(self) -> Status:
        """The extractive reader's sentences added to what is there.

        Where nothing of what answers may be quoted, the articles without these are read again.
        """
        gathered = self._gathered
        beyond = gathered.asked.dates.outside_archive
        for _ in range(READINGS):
            readings = self._read(gathered)
            status = status_of([reading.verdict for reading in readings], beyond=beyond)
            if status not in ANSWERED:
                break
            quotes = [quote for reading in readings for quote in reading.quotes]
            said = cite(quotes, self._citations, in_order=any(one.in_order for one in readings))
            if said:
                break
            gathered = gathered.without(self._citations.withheld)
        if self._citations.withheld and not (status in ANSWERED and said):
            self._add_notice(withheld(tuple(self._citations.withheld.values())))
            return "not_stated"
        if status not in ANSWERED:
            missing = tuple(dict.fromkeys(name for reading in readings for name in reading.missing))
            if self._text.isupper():  # Then capitals tell no names.
                missing = ()
            self._explain(status, missing)
            return status
        for sentence in said:
            self._sentences.append(replace(sentence, index=len(self._sentences)))
        for query, reading in zip(gathered.parts, readings, strict=True):
            if reading.verdict != "answered":
                says = f"“{query}”: {explanation(reading.verdict, self._archive, reading.missing)}"
                told = {"status": reading.verdict, "missing": list(reading.missing)}
                self._add_notice(Notice(says, "part", query=query, **told))
        return status

    def _read(self, gathered: Gathered) -> list[Reading]:
        """What the extractive reader makes of each part of the question."""
        if gathered.asked.dates.unanswerable:
            return [Reading("not_in_archive")] * len(gathered.found)
        return list(map(self._read_part, gathered.found))

    def _read_part(self, found: Retrieved) -> Reading:
        """A reading without orders to a language model, which an article may hold."""
        reading = self._assistant.reader.read(found)
        if has_orders(reading, found.question.text):
            reading = without_quoted_orders(self._assistant.reader.read(without_orders(found)))
        return reading

    # The answer

    def _explain(self, status: Status, missing: Sequence[str] = ()) -> None:
        says = explanation(status, self._archive, missing)
        self._add_notice(Notice(says, "abstained", status=status, missing=list(missing)))

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

    def _answer(self, status: Status, reader: str) -> Answer:
        gathered = self._gathered
        if status == "answered" and (self._citations.withheld or gathered.asked.dates.is_earlier):
            status = "partial"
        return Answer(
            question=self._question,
            searched=gathered.searched,
            status=status,
            text=to_markdown(self._sentences),
            sentences=tuple(self._sentences),
            citations=self._citations.made,
            passages=gathered.passages(SHOWN_PASSAGES),
            reader=reader,
            archive=self._archive,
            timing_ms=self._spent(),
            notices=tuple(dict.fromkeys([*self._notices(reader, status), *gathered.notices])),
            draft=self._draft,
            withheld=tuple(self._citations.withheld.values()),
            did_you_mean=gathered.asked.spelling.did_you_mean,
            usage=self._usage,
            standalone=gathered.asked.text,
            intent=self._intent,
        )

    async def _with_suggestions(self, answer: Answer) -> Answer:
        """The answer with questions made of what was found; it never waits for its turn again."""
        if answer.status == "not_in_archive":
            return answer
        suggest = partial(self._suggested, answer)
        suggested = await (asyncio.to_thread(suggest) if self._is_away else self._slot.run(suggest))
        return replace(answer, suggestions=suggested, timing_ms=self._spent())

    def _suggested(self, answer: Answer) -> tuple[str, ...]:
        """What else the archive answers; nothing of an article whose words are withheld."""
        found = self._gathered.without(self._citations.withheld).found
        return suggestions(answer, found, self._assistant.reader, self._assistant.retriever.scorer)

    def _spent(self) -> dict[str, float]:
        """Milliseconds of each stage and in total."""
        milliseconds = {stage: 1000 * seconds for stage, seconds in self._seconds.items()}
        return milliseconds | {"total": 1000 * (time.perf_counter() - self._started)}

    def _notices(self, reader: str, status: Status) -> Iterator[str]:
        """What the reader of the answer has to know.

        It says which outlets of the filters are unknown, which words were searched as otherwise spelled, that
        the answer is of an earlier time, what is withheld, and the model's part.
        """
        if unknown := unknown_outlets(self._question.where, self._store.sources):
            yield unknown
        asked = self._gathered.asked
        yield from asked.spelling.notices
        if asked.dates.is_earlier and status in ANSWERED:
            yield earlier(self._archive)
        if status in ANSWERED:
            is_newest = any(one.asks_newest for one in self._gathered.found)
            yield from of_what_is_cited(self._citations.made, self._intent, asks_newest=is_newest)
        if self._citations.withheld and status in ANSWERED:
            yield withheld(tuple(self._citations.withheld.values()))
        if self._draft is None:
            return
        if self._draft.problem:
            yield self._draft.for_readers or self._draft.problem
        yield from self._draft.notices
        left_out = sum(sentence.support == "unsupported" for sentence in self._sentences)
        if left_out:
            sentences = "1 sentence" if left_out == 1 else f"{left_out} sentences"
            says = f"Left out: {sentences} of the model's that the archive does not support."
            yield Notice(says, "left_out_one" if left_out == 1 else "left_out", n=left_out)
        if reader == self._assistant.reader.name and status in ANSWERED:
            yield Notice("The answer quotes the archive, without the model.", "without_model")

    def _leave(self) -> None:
        """Let other questions run while this one waits for a model."""
        self._slot.leave()
        self._is_away = True

    async def _run(self, work: Callable[[], Result]) -> Result:
        """The result of the work, once it is this question's turn again."""
        if self._is_away:
            await its_turn(self._slot)
            self._is_away = False
        return await self._slot.run(work)

    async def _timed(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        try:
            return await self._run(work)
        finally:
            self._seconds[stage] += time.perf_counter() - started


def _reading_stage(gathered: Gathered) -> Stage:
    sentences = [item.candidate for found in gathered.found for item in found.sentences]
    articles = len({sentence.passage.article_id for sentence in sentences})
    return Stage("reading", f"Reading {len(sentences)} sentences from {_articles(articles)}")


def _writing_stage(writer: Writer, shown: PromptPassages) -> Stage:
    name, sentences = writer.name.removeprefix("llm:"), len(shown.sentences)
    return Stage("writing", f"{name} reads {sentences} sentences from {_articles(len(shown.articles))}")


def _articles(number: int) -> str:
    return "1 article" if number == 1 else f"{number} articles"
