"""POST /api/answers: answers that a browser kept, drawn again as the archive is now.

Only answers that this archive sealed are drawn: what a client sends is shown to it under the archive's name.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from index.store.store import Store
from rag.answer import SCHEMA
from rag.web.answers.again import Again, again
from rag.web.answers.exchange import drawn
from rag.web.answers.export import attachment
from rag.web.answers.given import is_ours, unwrapped
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import Allowance, visitor_of
from rag.web.errors import Refusal
from rag.web.routes.bodies import Lang, Mark

MOST_ANSWERS = 50
"""Answers of one request."""
MOST_PER_MINUTE = 1_000
"""Answers of one visitor in a minute; a newsroom behind one address is one visitor."""
_SAYS = "Too many answers are being shown again from this address just now."
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/markdown": {}}, "description": "The answers drawn, or a file of them."}
}
"""The answer of the route, for the OpenAPI file."""
NOT_OURS = "This answer is not one of this archive's."


class AnswersBody(BaseModel):
    """Answers as they were kept, each with its seal; `marks` and `lang` as for `DrawBody`."""

    answers: Annotated[list[dict[str, Any]], Field(max_length=MOST_ANSWERS)]
    marks: Annotated[list[Mark], Field(max_length=MOST_ANSWERS)] = []
    lang: Lang = "en"
    form: Annotated[Literal["html", "json", "markdown"], Field(alias="as")] = "html"


def router(live: LiveArchive) -> APIRouter:
    """POST /api/answers."""
    routes = APIRouter(prefix="/api")
    pace = Allowance(MOST_PER_MINUTE, 60, _SAYS)

    @routes.post("/answers", responses=FILES)
    async def answers(body: AnswersBody, request: Request) -> Response:
        """Answers as they were given, with quotes from the store and without what was removed since.

        As `json` or `markdown` they are one file to be saved.
        """
        visitor = visitor_of(request)
        pace.enter(visitor, max(1, len(body.answers)))
        store = (await live.archive()).store
        drawing = Drawing(store, live.key, live.viewer(visitor), body.lang)
        if body.form == "html":
            made = await asyncio.to_thread(_drawn, body, drawing)
            return JSONResponse({"schema": SCHEMA, "answers": made})
        base = live.settings.public_origin or str(request.base_url).rstrip("/")
        return await asyncio.to_thread(_saved, body, drawing, base)

    return routes


@dataclass(frozen=True, slots=True)
class Drawing:
    """What answers are drawn with: from which store and key, for whom, and the language of our words."""

    store: Store
    key: bytes
    viewer: Viewer
    lang: str

    def again(self, sent: Mapping[str, object]) -> Again | None:
        """The answer as it is now; None where this archive did not give it."""
        answer = unwrapped(sent)
        if not is_ours(answer, self.key):
            return None
        return again(answer, self.store, self.key, self.viewer, self.lang)


def _drawn(body: AnswersBody, drawing: Drawing) -> list[dict[str, object]]:
    """Each answer as a fragment, with what is to be kept in its place; without it where it is not ours."""
    marks = [*body.marks, *(str(n) for n in range(len(body.marks) + 1, len(body.answers) + 1))]
    told: list[dict[str, object]] = []
    for sent, mark in zip(body.answers, marks, strict=False):
        made = drawing.again(sent)
        if made is None:
            nothing = {"html": None, "given": None, "seal": None, "withdrawn": False, "corrected": False}
            told.append(nothing | {"problem": NOT_OURS})
            continue
        html = drawn(made.view, body.lang, mark)
        kept = {"given": made.kept, "seal": made.seal, "withdrawn": made.withdrawn}
        told.append({"html": html, **kept, "corrected": made.corrected, "problem": None})
    return told


def _saved(body: AnswersBody, drawing: Drawing, base: str) -> Response:
    """The answers as a file. Raises Refusal (422) for one that is not ours."""
    views = []
    for n, sent in enumerate(body.answers):
        made = drawing.again(sent)
        if made is None:
            raise Refusal(422, NOT_OURS, param=f"answers.{n}", code="seal")
        views.append(made.view)
    return attachment(views, body.form, body.lang, "answer", base)
