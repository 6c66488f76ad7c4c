"""POST /api/answers: answers that a browser kept, drawn again as the archive is now.

Only answers that this archive sealed are drawn: what a client sends is shown to it under the archive's name.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from index.store.store import Store
from rag.answer import SCHEMA
from rag.web.answers.again import again
from rag.web.answers.exchange import drawn
from rag.web.answers.given import is_ours, unwrapped
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import Allowance, visitor_of
from rag.web.routes.bodies import Lang, Mark

MOST_ANSWERS = 50
"""Answers of one request."""
MOST_PER_MINUTE = 1_000
"""Answers of one visitor in a minute; a newsroom behind one address is one visitor."""
_SAYS = "Too many answers are being shown again from this address just now."
NOT_OURS = "This answer is not one of this archive's."


class AnswersBody(BaseModel):
    """Answers as they were kept, each with its seal; `marks` and `lang` as for `DrawBody`."""

    answers: Annotated[list[dict[str, Any]], Field(max_length=MOST_ANSWERS)]
    marks: Annotated[list[Mark], Field(max_length=MOST_ANSWERS)] = []
    lang: Lang = "en"
    form: Annotated[Literal["html", "json"], Field(alias="as")] = "html"


def router(live: LiveArchive) -> APIRouter:
    """POST /api/answers."""
    routes = APIRouter(prefix="/api")
    pace = Allowance(MOST_PER_MINUTE, 60, _SAYS)

    @routes.post("/answers")
    async def answers(body: AnswersBody, request: Request) -> JSONResponse:
        """Answers as they were given, with quotes from the store and without what was removed since."""
        visitor = visitor_of(request)
        pace.enter(visitor, max(1, len(body.answers)))
        store = (await live.archive()).store
        made = await asyncio.to_thread(_made, body, store, live.key, live.viewer(visitor))
        return JSONResponse({"schema": SCHEMA, "answers": made})

    return routes


def _made(body: AnswersBody, store: Store, key: bytes, viewer: Viewer) -> list[dict[str, object]]:
    marks = [*body.marks, *(str(n) for n in range(len(body.marks) + 1, len(body.answers) + 1))]
    return [
        _one(unwrapped(answer), mark, body, store, key, viewer)
        for answer, mark in zip(body.answers, marks, strict=False)
    ]


def _one(
    answer: Mapping[str, object], mark: str, body: AnswersBody, store: Store, key: bytes, viewer: Viewer
) -> dict[str, object]:
    """One answer drawn again, with what is to be kept in its place; without it where it is not ours."""
    if not is_ours(answer, key):
        nothing = {"given": None, "seal": None, "withdrawn": False, "corrected": False}
        return {body.form: None, **nothing, "problem": NOT_OURS}
    made = again(answer, store, key, viewer, body.lang)
    return {
        body.form: drawn(made.view, body.lang, mark) if body.form == "html" else made.view,
        "given": made.kept,
        "seal": made.seal,
        "withdrawn": made.withdrawn,
        "corrected": made.corrected,
        "problem": None,
    }
