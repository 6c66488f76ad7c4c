"""One written answer with a sentence in every state, made by hand over one small article."""

from dataclasses import replace

from index.store.store import Archive
from rag.answer import Answer, Citation, Draft, Question, Sentence
from rag.render import to_markdown
from rag.usage import Tokens, Usage

TEXT = "The ferry left at noon. Captain Grace Hopper steered the ferry."
NOON, STEERED = "The ferry left at noon.", "Captain Grace Hopper steered the ferry."
REASON = "“900” stands in none of the articles shown."
SENTENCES = (
    Sentence(0, NOON, "claim", (1,), "verbatim", ((18, 22),)),
    Sentence(1, "Grace Hopper was at the helm.", "claim", (2,), "supported"),
    Sentence(2, "About 900 people waved.", "claim", (), "unsupported", reason=REASON),
    Sentence(3, "Her boat sailed on a Monday.", "claim", (1, 2), "unconfirmed"),
    Sentence(4, "The articles do not say where it went.", "gap"),
)
"""Verbatim, supported, left out, unconfirmed, and a gap."""
FOLDED = tuple(replace(one, folded=one.support == "unconfirmed") for one in SENTENCES)
"""The same with the unconfirmed one folded."""


def citation(n: int, quote: str, article_id: str = "ferry", revision: str = "0123456789ab") -> Citation:
    """A citation of these words of the article."""
    start = TEXT.index(quote)
    named = ("Ferry leaves", "Harbour Post", "2024-01-05", None)
    return Citation(n, article_id, revision, start, start + len(quote), quote, *named, article_text=TEXT)


CITATIONS = (citation(1, NOON), citation(2, STEERED))
USAGE = Usage({"plan": Tokens(1, 30, 9), "write": Tokens(1, 500, 60), "check": Tokens(2, 400, 12)})
DRAFT = Draft(
    *("writer-1", "...", "complete"),
    usage=USAGE,
    checked_by="reader-9",
    repaired=1,
    fallbacks=1,
    notices=("The check was late once.",),
)
ANSWER = Answer(
    question=Question("Who steered the ferry, and when did it leave?"),
    searched=("Who steered the ferry, and when did it leave?",),
    status="partial",
    text=to_markdown(SENTENCES),
    sentences=SENTENCES,
    citations=CITATIONS,
    passages=(),
    reader="llm:writer-1",
    archive=Archive(1, 0, "2024-01-05", "2024-01-05"),
    timing_ms={"retrieve": 1.0, "read": 2.0, "total": 3.0},
    notices=("The check was late once.",),
    draft=DRAFT,
)
