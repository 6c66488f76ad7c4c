"""One written answer with a sentence in every state, made by hand over an article of the web tests."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.article import Article
from index.store.store import Archive, Store
from index.vectors.exact import ExactVectors
from rag.answer import Answer, Citation, Done, Draft, Event, Question, Released, Sentence, Stage
from rag.assistant import Assistant
from rag.cite import Quotable
from rag.quote.extract import ExtractiveReader
from rag.render import to_markdown
from rag.request_queue import Line
from rag.retrieve.search import Retriever
from rag.usage import Tokens, Usage
from rag.web.archive import OpenArchive
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import SharedWords
from tests.rag.web.conftest import ARTICLES

TITLE, TEXT = str(ARTICLES[0]["title"]), str(ARTICLES[0]["text"])
NOON, STEERED = "The ferry left at noon on Monday.", "Captain Grace Hopper steered the ferry."
REASON = "“900” stands in none of the articles shown."
SENTENCES = (
    Sentence(0, NOON, "claim", (1,), "verbatim", ((18, 22),)),
    Sentence(1, "Grace Hopper was at the helm.", "claim", (2,), "supported"),
    Sentence(2, "About 900 people waved.", "claim", (), "unsupported", reason=REASON),
    Sentence(3, "Her crossing began on a Monday.", "claim", (1, 2), "unconfirmed"),
    Sentence(4, "The articles do not say where it went.", "gap"),
)
"""Verbatim, supported, left out, unconfirmed, and a gap."""
FOLDED = tuple(replace(one, folded=one.support == "unconfirmed") for one in SENTENCES)
"""The same with the unconfirmed one folded."""
LISTED = (
    Sentence(0, "Three things are known of it.", "claim", (1,), "supported"),
    replace(SENTENCES[0], index=1, item=1),
    replace(SENTENCES[1], index=2, item=1),
    replace(SENTENCES[2], index=3, item=2),
    replace(SENTENCES[3], index=4, item=3),
    replace(SENTENCES[4], index=5, item=4),
    Sentence(6, "All of it was on one Monday.", "claim", (1,), "supported"),
)
"""The same as a list between two sentences; the first item has two, and one is left out."""


def citation(n: int, quote: str) -> Citation:
    """A citation of these words of the article."""
    start, revision = TEXT.index(quote), Article("ferry", TITLE, TEXT).revision
    named = (TITLE, "Harbour Post", "2019-10-15", "https://harbour.example/ferry")
    return Citation(n, "ferry", revision, start, start + len(quote), quote, *named, article_text=TEXT)


LATE = "The check was late once: word rules checked instead."
USAGE = Usage({"plan": Tokens(1, 30, 9), "write": Tokens(1, 500, 60), "check": Tokens(2, 400, 12)})
DRAFT = Draft(
    *("writer-1", "...", "complete"),
    usage=USAGE,
    checked_by="reader-9",
    repaired=1,
    fallbacks=1,
    notices=(LATE,),
)
ANSWER = Answer(
    question=Question("Who steered the ferry, and when did it leave?"),
    searched=("Who steered the ferry?", "When did the ferry leave?"),
    status="partial",
    text=to_markdown(SENTENCES),
    sentences=SENTENCES,
    citations=(citation(1, NOON), citation(2, STEERED)),
    passages=(),
    reader="llm:writer-1",
    archive=Archive(3, 1, "2019-10-15", "2020-02-29"),
    timing_ms={"retrieve": 1.0, "read": 2.0, "total": 3.0},
    notices=(LATE,),
    draft=DRAFT,
    usage=USAGE,
)
WITH_LIST = replace(ANSWER, sentences=LISTED, text=to_markdown(LISTED))
WITH_FOLDED = replace(ANSWER, sentences=FOLDED, text=to_markdown(FOLDED))
STAGES = (Stage("planning", "Planning the search"), Stage("checking", "Checking 3 sentences"))


@dataclass(frozen=True)
class Told(Assistant):
    """An assistant that gives this answer to whatever is asked: stages, sentences in turn, then all of it."""

    answer: Answer = ANSWER

    async def stream(
        self, question: Question, queue: Line | None = None, quotable: Quotable | None = None
    ) -> AsyncGenerator[Event, None]:
        """The events of the answer."""
        known: set[int] = set()
        for stage in STAGES:
            yield stage
        for sentence in self.answer.sentences:
            new = set(sentence.citations) - known
            known |= new
            yield Released(sentence, tuple(one for one in self.answer.citations if one.n in new))
        yield Done(replace(self.answer, question=question))


def telling(folder: Path, answer: Answer = ANSWER) -> OpenArchive:
    """The store in that folder, with an assistant that always gives this answer."""
    store, scorer = Store.open(folder), SharedWords()
    retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), scorer)
    return OpenArchive(store, Told(store, retriever, ExtractiveReader(scorer), answer=answer), retriever)
