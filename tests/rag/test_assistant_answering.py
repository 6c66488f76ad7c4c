"""What becomes of a language model's claims: released, struck, replaced by quotations, or an abstention."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from index.store.filters import Filter
from index.store.store import Store
from rag.answer import Done, Draft, Event, Question, RankedPassage, Released, Turn
from rag.assistant import Assistant
from rag.check.check import CheckedSentence
from rag.quote.extract import Quote, QuotedSentence
from rag.request_queue import RequestQueue
from rag.usage import Tokens, Usage
from rag.write.generate import GenerativeReader
from tests.rag.conftest import assistant_over_words
from tests.rag.web.conftest import indexed

DISPLACED = "How many people were displaced by the offensive?"
CUT = Draft("fake", "...", "cut", "The model broke off.")
COMPLETE = Draft("fake", "...", "complete", usage=Usage({"write": Tokens(1, 70, 7)}))


@dataclass
class Scripted:
    """A generative reader that claims the best passage's first sentence, or what it was given."""

    draft: Draft
    claims: Sequence[CheckedSentence] | None = None
    rewritten: str | None = None
    asked: list[str] = field(default_factory=list)
    closed: bool = False
    name: str = "llm:fake"

    async def standalone(self, question: str, history: Sequence[Turn]) -> str | None:
        return self.rewritten

    async def read(
        self, question: str, passages: Sequence[RankedPassage], today: date, analyses: object
    ) -> AsyncGenerator[CheckedSentence | Draft, None]:
        self.asked.append(question)
        try:
            for claim in [first_sentence(passages)] if self.claims is None else self.claims:
                yield claim
            yield self.draft
        finally:
            self.closed = True


def first_sentence(passages: Sequence[RankedPassage]) -> CheckedSentence:
    passage = passages[0].passage
    start, end = passage.sentences[0]
    text = passage.text[start - passage.start : end - passage.start]
    return CheckedSentence(text, "verbatim", (Quote(passage, (QuotedSentence(start, end, text),)),), None)


def unsupported(text: str) -> CheckedSentence:
    return CheckedSentence(text, "unsupported", (), "“9,999” does not stand in the cited passage")


def with_model(plain: Assistant, reader: Scripted) -> Assistant:
    return replace(plain, generative=cast(GenerativeReader, reader))


def test_a_misspelt_name_is_put_right_before_the_model_reads(samples: Assistant) -> None:
    reader = Scripted(COMPLETE)
    answer = with_model(samples, reader).ask(Question("What does erdogann want?"))
    assert reader.asked == ["What does Erdogan want?"] == list(answer.searched)
    assert answer.notices == ("Searched for “Erdogan” instead of “erdogann”.",)


def test_the_model_gets_the_passage_that_says_who_he_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.PASSAGES_FOR_MODEL", 1)
    filler = " ".join(f"The council met in room {number} about the old bridges." for number in range(13))
    text = f"{filler} The engineer Tom Bell left for Lima.\n\nHe will juggle with oranges in May. {filler}"
    told: list[list[str]] = []

    class Listening(Scripted):
        async def read(
            self, question: str, passages: Sequence[RankedPassage], today: date, analyses: object
        ) -> AsyncGenerator[CheckedSentence | Draft, None]:
            told.append([one.passage.text for one in passages])
            assert {one.passage.id for one in passages} <= {*cast(dict[int, object], analyses)}
            yield COMPLETE

    with Store.open(indexed(tmp_path, [{"id": "one", "title": "Bridges", "text": text}])) as store:
        assistant = with_model(assistant_over_words(tmp_path, store), Listening(COMPLETE))
        assistant.ask(Question("Who will juggle with oranges?"))
    [[first, second]] = told
    assert "Tom Bell" in first and second.startswith("He will juggle")


def test_supported_claims_are_the_answer(samples: Assistant, samples_store: Store) -> None:
    answer = with_model(samples, Scripted(COMPLETE)).ask(Question(DISPLACED))
    assert (answer.status, answer.reader, answer.notices) == ("answered", "llm:fake", ())
    [citation] = answer.citations
    stored = samples_store.article(citation.article_id, citation.revision)
    assert stored and stored.article.text[citation.start : citation.end] == citation.quote
    assert answer.text.endswith("[1]")
    assert answer.to_json()["usage"] == COMPLETE.usage.to_json()
    assert answer.to_json()["draft"] == {
        "model": "fake",
        "text": "...",
        "outcome": "complete",
        "problem": None,
    }


def test_one_span_has_one_number_however_often_it_is_cited(samples: Assistant) -> None:
    class Twice(Scripted):
        async def read(
            self, question: str, passages: Sequence[RankedPassage], today: date, analyses: object
        ) -> AsyncGenerator[CheckedSentence | Draft, None]:
            yield first_sentence(passages)
            yield first_sentence(passages[1:])
            yield first_sentence(passages)
            yield COMPLETE

    answer = with_model(samples, Twice(COMPLETE)).ask(Question(DISPLACED))
    assert [sentence.citations for sentence in answer.sentences] == [(1,), (2,), (1,)]
    assert [citation.n for citation in answer.citations] == [1, 2]


def test_an_unsupported_claim_is_released_struck_and_no_part_of_the_answer(samples: Assistant) -> None:
    class Mixed(Scripted):
        async def read(
            self, question: str, passages: Sequence[RankedPassage], today: date, analyses: object
        ) -> AsyncGenerator[CheckedSentence | Draft, None]:
            yield unsupported("About 9,999 people fled.")
            yield first_sentence(passages)
            yield COMPLETE

    answer = with_model(samples, Mixed(COMPLETE)).ask(Question(DISPLACED))
    struck, claim = answer.sentences
    assert struck.support == "unsupported" and struck.reason and not struck.citations
    assert claim.support == "verbatim" and "9,999" not in answer.text
    assert answer.notices == ("Left out: 1 sentence of the model's that the archive does not support.",)


@pytest.mark.parametrize(
    "reader",
    [
        Scripted(COMPLETE, [unsupported("About 9,999 people fled.")]),
        Scripted(Draft("fake", "", "failed", "The model could not be reached."), []),
        Scripted(CUT, []),
        Scripted(COMPLETE, []),
    ],
)
def test_without_a_supported_claim_the_archive_is_quoted(samples: Assistant, reader: Scripted) -> None:
    answer = with_model(samples, reader).ask(Question(DISPLACED))
    assert (answer.status, answer.reader) == ("answered", "extractive")
    assert answer.text == samples.ask(Question(DISPLACED)).text
    assert answer.notices[-1] == "The answer quotes the archive, without the model."
    assert reader.draft.problem is None or answer.notices[0] == reader.draft.problem


def test_a_model_that_breaks_off_leaves_a_partial_answer(samples: Assistant) -> None:
    answer = with_model(samples, Scripted(CUT)).ask(Question(DISPLACED))
    assert (answer.status, answer.notices) == ("partial", ("The model broke off.",))
    assert answer.citations


def test_a_model_that_finds_nothing_makes_an_abstention(samples: Assistant) -> None:
    refused = Scripted(Draft("fake", "NOT STATED", "refused"), [])
    answer = with_model(samples, refused).ask(Question("What was the turnout in Manbij?"))
    assert (answer.status, answer.citations, answer.reader) == ("not_stated", (), "llm:fake")
    assert answer.text == "The archive covers this subject, but does not say."


def test_the_model_is_not_asked_where_nothing_can_answer(samples: Assistant) -> None:
    reader = Scripted(COMPLETE)
    assistant = with_model(samples, reader)
    beyond = Question(DISPLACED, where=Filter(after="2050-01-01"))
    assert assistant.ask(beyond).status == "outside_coverage"
    assert assistant.ask(Question("zxqv wvut klmn?")).abstained
    assert not reader.asked


def test_a_follow_up_is_completed_by_the_model_or_else_by_rules(samples: Assistant) -> None:
    asked = Turn("user", "Who is Russia's envoy for Syria?")
    history = (asked, Turn("assistant", "Alexander Lavrentyev. [1]"))
    by_model = Scripted(COMPLETE, rewritten="Where did Alexander Lavrentyev speak?")
    with_model(samples, by_model).ask(Question("And where?", history))
    by_rules = Scripted(COMPLETE)
    with_model(samples, by_rules).ask(Question("Where did he speak?", history))
    assert by_model.asked == ["Where did Alexander Lavrentyev speak?"]
    assert len(by_rules.asked) == 1 and "Lavrentyev" in by_rules.asked[0]


def test_while_the_model_writes_others_have_their_turn(samples: Assistant) -> None:
    async def ask() -> list[int]:
        queue = RequestQueue(1, 0)
        at_work = []
        async for event in with_model(samples, Scripted(COMPLETE)).stream(Question(DISPLACED), queue):
            if isinstance(event, Released):
                at_work.append(queue.running)
        return at_work

    assert asyncio.run(ask()) == [0]


def test_while_the_model_rewrites_a_follow_up_others_have_their_turn(samples: Assistant) -> None:
    queue = RequestQueue(1, 0)
    at_work = []

    class Rewriting(Scripted):
        async def standalone(self, question: str, history: Sequence[Turn]) -> str | None:
            at_work.append(queue.running)
            return DISPLACED

    async def ask() -> Event:
        question = Question("And how many?", (Turn("user", "Who fled?"),))
        return [event async for event in with_model(samples, Rewriting(COMPLETE)).stream(question, queue)][-1]

    last = asyncio.run(ask())
    assert isinstance(last, Done) and last.answer.status == "answered"
    assert at_work == [0] and queue.running == 0


def test_who_stops_reading_stops_the_model(samples: Assistant) -> None:
    reader = Scripted(COMPLETE)

    async def ask() -> None:
        events = with_model(samples, reader).stream(Question(DISPLACED))
        async for event in events:
            if isinstance(event, Released):
                break
        assert not reader.closed
        await events.aclose()

    asyncio.run(ask())
    assert reader.closed


def test_sentences_are_never_taken_back(samples: Assistant) -> None:
    async def collect() -> list[Event]:
        assistant = with_model(samples, Scripted(COMPLETE, [unsupported("About 9,999 people fled.")]))
        return [event async for event in assistant.stream(Question(DISPLACED))]

    events = asyncio.run(collect())
    done = events[-1]
    assert isinstance(done, Done)
    released = tuple(event.sentence for event in events if isinstance(event, Released))
    assert released == done.answer.sentences and len(released) > 1
