"""POST /api/answers: answers that a browser kept, drawn again as the archive is now.

Only answers that this archive sealed are drawn: what a client sends is shown to it under the archive's name.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from index.store.store import Store
from rag.answer import SCHEMA
from rag.web.answers.again import again
from rag.web.answers.asking import Lang, Mark
from rag.web.answers.exchange import drawn
from rag.web.answers.export import file_name, to_markdown
from rag.web.answers.given import is_ours, unwrapped
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import Allowance, visitor_of

MOST_ANSWERS = 50
"""Answers of one request."""
MOST_PER_MINUTE = 1_000
"""Answers of one visitor in a minute; a newsroom behind one address is one visitor."""
_SAYS = "Too many answers are being shown again from this address just now."
NOT_OURS = "This answer is not one of this archive's."


Form = Literal["html", "json", "markdown"]


class AnswersBody(BaseModel):
    """Answers as they were kept, each with its seal; `marks` and `lang` as for `DrawBody`.

    `as` says what is made of them: fragments, or objects or Markdown to be saved, each with the `name` of its
    file.
    """

    answers: Annotated[list[dict[str, Any]], Field(max_length=MOST_ANSWERS)]
    marks: Annotated[list[Mark], Field(max_length=MOST_ANSWERS)] = []
    lang: Lang = "en"
    form: Annotated[Form, Field(alias="as")] = "html"


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
        base = live.settings.public_origin or str(request.base_url).rstrip("/")
        drawing = Drawing(store, live.key, live.viewer(visitor), body.lang, base)
        made = await asyncio.to_thread(drawing.all, body)
        return JSONResponse({"schema": SCHEMA, "answers": made})

    return routes


@dataclass(frozen=True, slots=True)
class Drawing:
    """What answers are drawn with: store and key, for whom, the language of our words, where links lead."""

    store: Store
    key: bytes
    viewer: Viewer
    lang: str
    base: str

    def all(self, body: AnswersBody) -> list[dict[str, object]]:
        """The answers in order, each as the body wants it."""
        marks = [*body.marks, *(str(n) for n in range(len(body.marks) + 1, len(body.answers) + 1))]
        pairs = zip(body.answers, marks, strict=False)
        return [self.one(unwrapped(sent), mark, body.form) for sent, mark in pairs]

    def one(self, answer: Mapping[str, object], mark: str, form: Form) -> dict[str, object]:
        """An answer as `form`, with what is to be kept in its place; without both where it is not ours."""
        if not is_ours(answer, self.key):
            nothing = {"given": None, "seal": None, "withdrawn": False, "corrected": False}
            return {form: None, **nothing, "problem": NOT_OURS}
        made = again(answer, self.store, self.key, self.viewer, self.lang)
        match form:
            case "html":
                shown: object = drawn(made.view, self.lang, mark)
            case "markdown":
                shown = to_markdown(made.view, self.lang, self.base)
            case _:
                shown = made.view
        named = {} if form == "html" else {"name": file_name(str(made.kept["question"]))}
        kept = {"given": made.kept, "seal": made.seal, "withdrawn": made.withdrawn}
        return {form: shown, **named, **kept, "corrected": made.corrected, "problem": None}
