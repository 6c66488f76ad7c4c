"""/api: answers (whole or as events), search results and articles as JSON.

`WebSettings.exposure` limits how much of an article is given. Under "excerpt" and "link", /api/articles gives
neither text (null) nor metadata ({}) nor quotations ([]), and "reader" says which of the two it is; passages
are cut to three sentences. Under "link", passages have no text and citations no sentences around the quote.
What one visitor sees of an article in a day is bounded over all routes (`rag.web.bounds.exposure`).
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from index.store.store import Store, StoredArticle
from rag.answer import SCHEMA, Answer, Done, Event, Question, Released, Stage
from rag.assistant import checked
from rag.question.filters import without_surrogates
from rag.web.answers.asking import AskBody
from rag.web.answers.exchange import Exchange
from rag.web.answers.given import sealed
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import EITHER, Refusal
from rag.web.events import EventStream, frame, while_connected
from rag.web.present import answer_view, citation_view, passage_view, sentence_view
from rag.web.routes.bodies import SearchBody

_NAMES = {Stage: "status", Released: "sentence"}


def router(live: LiveArchive) -> APIRouter:
    """The routes under /api."""
    routes = APIRouter(prefix="/api")

    @routes.post("/ask", responses=EITHER)
    async def ask(body: AskBody, request: Request) -> Response:
        """A question's answer; with `Accept: text/event-stream` its events as they happen."""
        question = body.to_question()
        viewer = live.viewer(visitor_of(request))
        drawn = Exchange(body.draw.mark, body.draw.lang) if body.draw else None
        if wants_events(request):
            frames = _frames(live, viewer, question, drawn, body.id)
            return EventStream(frames, lambda told: frame(told, "error"))
        answer = await while_connected(request.receive, answer_to(live, question, viewer))
        view = await asyncio.to_thread(_view, live, Done(answer), viewer, drawn)
        return JSONResponse(view | {"id": body.id})

    @routes.post("/search")
    async def search(body: SearchBody, request: Request) -> Response:
        """The passages that bear on a query, best first."""
        text, where, viewer = checked(body.query), body.where(), live.viewer(visitor_of(request))
        opened = await live.archive()

        def retrieve() -> tuple[list[dict[str, object]], float]:
            started = time.perf_counter()
            found = opened.retriever.search(text, where, body.k)
            seconds = time.perf_counter() - started
            return [passage_view(passage, viewer) for passage in found], seconds

        passages, seconds = await while_connected(request.receive, live.run(retrieve, visitor_of(request)))
        milliseconds = round(1000 * seconds, 1)
        found: dict[str, object] = {"schema": SCHEMA, "query": body.query, "searched": [text]}
        found |= {"passages": passages, "timing_ms": {"retrieve": milliseconds, "total": milliseconds}}
        return JSONResponse(found if body.id is None else found | {"id": body.id})

    @routes.get("/articles/{article_id:path}")
    async def article(article_id: str, request: Request, revision: str | None = None) -> Response:
        """An article in its newest or the given revision."""
        opened = await live.archive()
        stored = await asyncio.to_thread(_stored, opened.store, without_surrogates(article_id), revision)
        viewer = live.viewer(visitor_of(request))
        return JSONResponse(await asyncio.to_thread(article_view, opened.store, stored, viewer))

    return routes


def wants_events(request: Request) -> bool:
    """Whether the client asks for events rather than for one object."""
    return "text/event-stream" in request.headers.get("accept", "").lower()


async def answer_to(live: LiveArchive, question: Question, viewer: Viewer) -> Answer:
    """The whole answer, which quotes what the viewer may see."""
    async with aclosing(live.stream(question, viewer)) as events:
        async for event in events:
            if isinstance(event, Done):
                return event.answer
    raise LookupError("a question ended without an answer")


def article_view(store: Store, stored: StoredArticle, viewer: Viewer) -> dict[str, object]:
    """The contract's `articles show` object as far as the viewer may see it.

    Speakers and verbs are words of the article: where its text is not shown, no quotation is.
    """
    if viewer.exposure == "full":
        return {"schema": SCHEMA} | stored.to_json(store.quotations(stored))
    view = {"schema": SCHEMA} | stored.to_json()
    name, text = (stored.article.id, stored.revision), stored.article.text
    notices = [
        one.to_json() if viewer.take(*name, text, one.start, one.end) else one.to_json() | {"text": ""}
        for one in (stored.corrections if viewer.exposure == "excerpt" else ())
    ]
    return view | {"text": None, "metadata": {}, "reader": viewer.exposure, "corrections": notices}


def _stored(store: Store, article_id: str, revision: str | None) -> StoredArticle:
    stored = store.article(article_id, revision)
    if stored is not None:
        return stored
    if store.article(article_id) is None:
        raise Refusal(404, "There is no article with this id.", param="id", code="article")
    raise Refusal(404, "The article has no such revision.", param="revision", code="revision")


async def _frames(
    live: LiveArchive, viewer: Viewer, question: Question, drawn: Exchange | None, id: str | int | None
) -> AsyncGenerator[str, None]:
    async with aclosing(live.stream(question, viewer)) as events:
        async for event in events:
            view = await asyncio.to_thread(_view, live, event, viewer, drawn)
            yield (
                frame(view | {"id": id}, "done")
                if isinstance(event, Done)
                else frame(view, _NAMES[type(event)])
            )


def _view(live: LiveArchive, event: Event, viewer: Viewer, drawn: Exchange | None) -> dict[str, object]:
    """The event as JSON, with the answer so far as HTML where it is asked for (`html`)."""
    done = None
    if isinstance(event, Done):
        done = sealed(event.answer, answer_view(event.answer, viewer), live.key)
    html: dict[str, object] = {}
    if drawn:
        drawn.take(event, viewer, done)
        html = {"html": drawn.fragment()}
    if isinstance(event, Stage):
        return {"stage": event.stage, "says": event.says} | html
    if isinstance(event, Released):
        cited = [citation_view(one, viewer) for one in event.new_citations]
        return sentence_view(event.sentence) | {"new_citations": cited} | html
    return (done or {}) | html
