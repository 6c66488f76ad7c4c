"""POST /api/feedback: a verdict on an answer.

Clients are not trusted: quotes are cut from the store's own articles, and one visitor may send so many
verdicts a minute and so much of the store's room for them a day.
"""

import asyncio
import logging
import math
from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from corpus.errors import UsageError
from index.store.store import Store
from index.sync.removed import Removed
from rag.answer import SCHEMA, Turn
from rag.feedback import (
    LONGEST_COMMENT,
    LONGEST_QUESTION,
    LONGEST_QUOTE,
    MOST_CITATIONS,
    WITHDRAWN,
    Cited,
    Feedback,
    FeedbackFull,
    FeedbackStore,
    FeedbackWithdrawn,
    bytes_of,
)
from rag.web.answers.asking import FilterFields, Message, Name, Text, Written
from rag.web.archive import LiveArchive
from rag.web.bounds.visitors import Allowance, visitor_of
from rag.web.errors import Refusal

_LOG = logging.getLogger("onrecord.web")

MOST_PER_MINUTE = 120
"""Verdicts of one visitor in a minute; a newsroom behind one address is one visitor."""
MOST_PER_DAY, PART = 1_000, 16 << 10
"""Parts of so many bytes that one visitor's verdicts may take in a day, and each takes one or more: that is a
hundredth of the rows that are kept, or a thirtieth of the bytes."""
_DAY = 24 * 3_600
_SAYS = "Too many answers are being marked from this address just now."
_LARGEST_OFFSET = 1 << 31

Offset = Annotated[int, Field(strict=True, ge=0, le=_LARGEST_OFFSET)]


class Span(BaseModel):
    """A citation without its words."""

    article_id: Name
    revision: Written
    start: Offset
    end: Offset


class FeedbackBody(FilterFields):
    """A verdict on an answer, with what was asked and answered; `id` is ignored, as are other keys."""

    verdict: Literal["up", "down"]
    question: Annotated[Text, Field(min_length=1, max_length=LONGEST_QUESTION)]
    comment: Annotated[Text, Field(max_length=LONGEST_COMMENT)] | None = None
    history: Annotated[list[Message], Field(max_length=1_000)] | None = None
    status: Written | None = None
    answer: Text | None = None
    citations: Annotated[list[Span], Field(max_length=1_000)] | None = None
    reader: Name | None = None

    def to_feedback(self, cited: Iterable[Cited]) -> Feedback:
        """The row to keep. Raises Refusal (422) for filters that cannot be used, and for a blank question."""
        try:
            return Feedback(
                self.verdict,
                self.question,
                self.comment or "",
                history=tuple(Turn(message.role, message.content) for message in self.history or ()),
                where=self.where(),
                status=self.status or "",
                answer=self.answer or "",
                citations=tuple(cited),
                reader=self.reader or "",
            )
        except UsageError as error:
            raise Refusal(422, f"{error}.", param="question", code="feedback") from error


def router(live: LiveArchive) -> APIRouter:
    """POST /api/feedback; verdicts are kept in the folder of the live archive's store."""
    routes = APIRouter(prefix="/api")
    pace, room = Allowance(MOST_PER_MINUTE, 60, _SAYS), Allowance(MOST_PER_DAY, _DAY, _SAYS)

    @routes.post("/feedback")
    async def feedback(body: FeedbackBody, request: Request) -> JSONResponse:
        """Keep a verdict on an answer, and the comment if there is one."""
        store = (await live.archive()).store
        visitor = visitor_of(request.scope)
        pace.enter(visitor)

        def keep() -> int:
            spans = body.citations or []
            given = body.to_feedback(quoted(store, spans))
            cites = {span.article_id for span in spans}
            if cites & live.withdrawn:  # A takedown that is not committed yet.
                raise FeedbackWithdrawn(WITHDRAWN)
            room.enter(visitor, math.ceil(bytes_of(given) / PART))
            return FeedbackStore(store.path).add(given, Removed(store), cites)

        try:
            id = await asyncio.to_thread(keep)
        except FeedbackWithdrawn as error:
            raise Refusal(422, str(error), param="citations", code="removed") from error
        except FeedbackFull as error:
            _LOG.error("%s", error)
            raise Refusal(503, "No more answers can be marked at present.", code="full") from error
        return JSONResponse({"schema": SCHEMA, "id": id})

    return routes


def quoted(store: Store, spans: Iterable[Span]) -> list[Cited]:
    """The spans with their quotes, without duplicates and without spans that are not in the store."""
    found: dict[tuple[str, str, int, int], Cited] = {}
    for span in list(spans)[:MOST_CITATIONS]:
        stored = store.article(span.article_id, span.revision)
        text = stored.article.text if stored else ""
        quote = text[span.start : span.end]
        if not quote.strip() or span.end > len(text) or len(quote) > LONGEST_QUOTE:
            continue
        where = (span.article_id, span.revision, span.start, span.end)
        found[where] = Cited(*where, quote)
    return list(found.values())
