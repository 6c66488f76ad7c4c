"""The assistant: one question through the whole line, and the answer with its citations."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from corpus.errors import QuestionError
from index.filters import Filter
from index.store import Store
from rag.abstain import explanation, outside
from rag.answer import Answer, Citation, Question, RankedPassage, Sentence, Status, Turn
from rag.cite import cite
from rag.extract import Reader, Reading
from rag.followup import standalone
from rag.render import to_markdown
from rag.retrieve import Retrieved, Retriever
from rag.when import asked_days, is_relative

MAX_QUESTION = 2_000
"""Characters; a longer text is not a question."""
SHOWN_PASSAGES = 10
MOST_PARTS = 3

_AUXILIARY = "did|do|does|is|was|were|are|has|have|had|will|would|can|could|many|much|long|old|far"
_PARTS = re.compile(
    rf"\?\s+(?=\w)|,?\s+and\s+(?=(?:who|what|which)\b|(?:when|where|why|how)\s+(?:{_AUXILIARY})\b)", re.I
)


@dataclass(frozen=True, slots=True)
class _Part:
    """One question of a compound question, with what was found and read for it."""

    query: str
    found: Retrieved
    reading: Reading


class Assistant:
    """Answers questions from one store.

    Build it once: the retriever and the reader hold the loaded models. `today` says what "yesterday" counts
    from when a question has no `as_of`.
    """

    def __init__(
        self, store: Store, retriever: Retriever, reader: Reader, *, today: Callable[[], date] = date.today
    ) -> None:
        self._store = store
        self._retriever = retriever
        self._reader = reader
        self._today = today

    def ask(self, question: Question) -> Answer:
        """The cited answer, or an abstention that says why.

        Raises QuestionError for a blank question and for one above 2,000 characters.
        """
        started = time.perf_counter()
        text = checked(question.text)
        today = date.fromisoformat(question.where.as_of[:10]) if question.where.as_of else self._today()
        complete = standalone(text, question.history)
        archive = self._store.archive()
        days = asked_days(complete, today)
        where = _narrowed(question.where, complete, days)
        queries = split_parts(complete)
        retrieving = time.perf_counter()
        searches = [self._retriever.retrieve(query, where) for query in queries]
        reading = time.perf_counter()
        parts = [
            _Part(query, found, self._reader.read(query, found))
            for query, found in zip(queries, searches, strict=True)
        ]
        beyond = outside(archive, days, question.where)
        if beyond and (is_relative(complete) or question.where.has_dates):
            parts = [replace(part, reading=Reading("not_in_archive")) for part in parts]
        status = _status(parts, beyond=beyond)
        sentences, citations = self._sentences(
            parts, status, lambda verdict, missing: explanation(verdict, archive, missing)
        )
        finished = time.perf_counter()
        return Answer(
            question=question,
            searched=tuple(queries),
            status=status,
            text=to_markdown(sentences),
            sentences=sentences,
            citations=citations,
            passages=_best_passages(searches),
            reader=self._reader.name,
            archive=archive,
            timing_ms={
                "retrieve": 1000 * (reading - retrieving),
                "read": 1000 * (finished - reading),
                "total": 1000 * (finished - started),
            },
        )

    def _sentences(
        self, parts: Sequence[_Part], status: Status, explain: Callable[[Status, Sequence[str]], str]
    ) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        unanswered = [part for part in parts if part.reading.verdict != "answered"]
        if status not in ("answered", "partial"):
            missing = tuple(dict.fromkeys(name for part in parts for name in part.reading.missing))
            return (Sentence(0, explain(status, missing), "notice"),), ()
        quotes = [quote for part in parts for quote in part.reading.quotes]
        sentences, citations = cite(quotes, self._article_text)
        notices = [
            Sentence(
                len(sentences) + i,
                f"“{part.query}”: {explain(part.reading.verdict, part.reading.missing)}",
                "notice",
            )
            for i, part in enumerate(unanswered)
        ]
        return (*sentences, *notices), citations

    def _article_text(self, article_id: str, revision: str) -> str:
        stored = self._store.article(article_id, revision)
        if stored is None:
            raise LookupError(f"revision {revision} of {article_id!r} vanished while it was being cited")
        return stored.article.text


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


def split_parts(question: str) -> list[str]:
    """The questions that a compound question asks ("Who is X, and when did he speak?"); at most three.

    A later part's pronouns are filled in from the part before it.
    """
    pieces = [piece.strip(" ?,") for piece in _PARTS.split(question) if len(piece.split()) > 2]
    if len(pieces) < 2 or len(pieces) > MOST_PARTS or not all(_asks(piece) for piece in pieces):
        return [question]
    complete: list[str] = []
    for piece in pieces:
        earlier = [Turn("user", complete[-1])] if complete else []
        complete.append(standalone(f"{piece}?", earlier))
    return complete


def _asks(piece: str) -> bool:
    return bool(
        re.match(
            r"\W*(?:\w+\s+)?(?:who|whose|whom|what|when|where|why|how|which|did|does|do|is|was|are|were)\b",
            piece,
            re.I,
        )
    )


def _narrowed(where: Filter, question: str, days: tuple[date, date] | None) -> Filter:
    """For "yesterday" and the like: articles published from then on to two days after."""
    if days is None or not is_relative(question):
        return where
    after, before = days[0].isoformat(), (days[1] + timedelta(days=3)).isoformat()
    return replace(where, after=max(after, where.after or after), before=min(before, where.before or before))


def _status(parts: Sequence[_Part], *, beyond: bool) -> Status:
    verdicts = [part.reading.verdict for part in parts]
    answered = verdicts.count("answered")
    if answered:
        return "answered" if answered == len(verdicts) else "partial"
    if beyond:
        return "outside_coverage"
    return "not_in_archive" if all(verdict == "not_in_archive" for verdict in verdicts) else "not_stated"


def _best_passages(searches: Sequence[Retrieved]) -> tuple[RankedPassage, ...]:
    """The best passages over all parts, each once, ranked anew."""
    best: dict[int, RankedPassage] = {}
    for found in searches:
        for ranked in found.passages:
            known = best.get(ranked.passage.id)
            if known is None or ranked.score > known.score:
                best[ranked.passage.id] = ranked
    order = sorted(best.values(), key=lambda ranked: (-ranked.score, ranked.rank))[:SHOWN_PASSAGES]
    return tuple(replace(ranked, rank=rank) for rank, ranked in enumerate(order, start=1))
