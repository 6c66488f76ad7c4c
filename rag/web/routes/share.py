"""Shared answers: POST /api/share keeps one, GET /shared/ID shows it as it was given, DELETE removes it.

The server keeps an answer only where somebody asks it to, and only one that this archive sealed.
"""

import asyncio
import logging
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from index.store.shares import Share, SharesFull, ShareWithdrawn, find_share, find_shared
from rag.answer import SCHEMA
from rag.web.answers.again import Again, again
from rag.web.answers.exchange import drawn
from rag.web.answers.export import attachment, page_values
from rag.web.answers.given import given, is_ours, unwrapped
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.tokens import TokenGuesses
from rag.web.bounds.visitors import Allowance, visitor_of
from rag.web.errors import Refusal, documented
from rag.web.routes.admin import only_with
from rag.web.routes.kept import NOT_OURS
from rag.web.settings import WebSettings
from rag.web.templates import page_response, rooted
from rag.web.writer import BackgroundWriter

_LOG = logging.getLogger("onrecord.web")

MOST_PER_DAY, PART = 100, 32 << 10
"""Parts of so many bytes that one visitor's shared answers may take in a day; each takes one or more."""
_DAY = 24 * 3_600
_SAYS = "Too many answers were shared from this address today."
_NOWHERE = "No answer is shared at this address; it may have been removed."
_CACHING = "private, no-cache"
_HEADERS = {"Cache-Control": _CACHING, "Vary": "Accept", "X-Robots-Tag": "noindex"}

As = Annotated[Literal["markdown", "json"] | None, Query(alias="as")]
Lang = Annotated[str, Query(pattern=r"^[a-z]{2}$")]


def router(
    live: LiveArchive, settings: WebSettings, writer: BackgroundWriter | None, guesses: TokenGuesses
) -> APIRouter:
    """The routes of shared answers. Without a writer those that are shared can be read."""
    routes = APIRouter()
    room = Allowance(MOST_PER_DAY, _DAY, _SAYS)
    says = "This server removes no answers: set ONRECORD_ADMIN_TOKEN where it runs."
    admin = [only_with(guesses, settings.admin_token, 403, says, "no_admin_token")]

    def _base(request: Request) -> str:
        """Where the server is reached, without a path."""
        return settings.public_origin or str(request.base_url).rstrip("/")

    @routes.post("/api/share", status_code=201)
    async def share(body: Annotated[dict[str, Any], Body()], request: Request) -> JSONResponse:
        """Keep an answer as it was given: an `ask` object, or what a browser kept of it with its seal."""
        store = (await live.archive()).store
        answer, visitor = unwrapped(body), visitor_of(request)
        if not is_ours(answer, live.key):
            raise Refusal(422, NOT_OURS, param="seal", code="seal")
        seal = str(answer["seal"])
        id = await asyncio.to_thread(find_shared, store, seal)
        if id is None:
            id = await _kept(writer, room, visitor, given(answer), seal)
        told = {"schema": SCHEMA, "id": id, "url": _base(request) + rooted(f"/shared/{id}")}
        return JSONResponse(told, 201, {"Location": rooted(f"/shared/{id}")})

    @routes.api_route("/shared/{id}", methods=["GET", "HEAD"], include_in_schema=False)
    async def shared(id: str, request: Request, form: As = None, lang: Lang = "en") -> Response:
        store = (await live.archive()).store
        found = await asyncio.to_thread(find_share, store, id)
        if found is None:
            raise Refusal(404, _NOWHERE, code="share")
        if request.method == "HEAD":  # It shows nothing, so that nothing counts as seen.
            return Response(headers=_HEADERS)
        viewer = live.viewer(visitor_of(request))
        wanted = form or _wanted(request)
        return await asyncio.to_thread(_shown, found, live, viewer, wanted, lang, _base(request))

    @routes.delete("/shared/{id}", dependencies=admin, responses=documented(401))
    async def remove(id: str) -> JSONResponse:
        """Remove a shared answer."""
        if writer is None or not await writer.unshare(id):
            raise Refusal(404, _NOWHERE, code="share")
        return JSONResponse({"schema": SCHEMA, "removed": [id]})

    return routes


async def _kept(
    writer: BackgroundWriter | None, room: Allowance, visitor: str, answer: Mapping[str, object], seal: str
) -> str:
    """The id of an answer that is kept from now on. Raises Refusal."""
    if writer is None:
        raise Refusal(403, "This server shares no answers.", code="no_shares")
    room.enter(visitor, math.ceil(len(str(answer)) / PART))
    try:
        return await writer.share(answer, seal)
    except ShareWithdrawn as error:
        says = "This answer quotes an article that has been removed from the archive."
        raise Refusal(422, says, param="citations", code="removed") from error
    except SharesFull as error:
        _LOG.error("%s", error)
        raise Refusal(503, "No more answers can be shared at present.", code="full") from error


def _wanted(request: Request) -> str:
    """`page`, or `object` for a client that accepts JSON and no HTML."""
    accepts = request.headers.get("accept", "").lower()
    return "object" if "application/json" in accepts and "text/html" not in accepts else "page"


def _shown(found: Share, live: LiveArchive, viewer: Viewer, form: str, lang: str, base: str) -> Response:
    """The shared answer as a page, as an object, or as a file to be saved."""
    opened = live.opened
    if opened is None:
        raise Refusal(503, live.problem, code="not_ready")
    made = again(found.answer, opened.store, live.key, viewer, lang)
    response: Response
    if form == "page":
        response = _page(found, made, live.settings.name, lang)
    elif form == "object":
        response = JSONResponse(shared_view(found, made))
    else:
        response = attachment(shared_view(found, made), form, lang, base)
    response.headers.update(_HEADERS)
    return response


def shared_view(found: Share, made: Again) -> dict[str, Any]:
    """The answer as it was given, with the words of its sources as the store has them."""
    more = {"shared_at": found.shared_at, "withdrawn": made.withdrawn, "corrected": made.corrected}
    return {**made.view, "id": found.id, **more}


def _page(found: Share, made: Again, archive: str, lang: str) -> HTMLResponse:
    # Without what sharing it again, marking it and copying a link to the question need.
    view = {name: value for name, value in made.view.items() if name not in ("seal", "answer", "standalone")}
    return page_response(
        "shared.html",
        policy="frame-ancestors 'self'",
        caching=_CACHING,
        archive=archive,
        **page_values(made.view, lang),
        withdrawn=made.withdrawn and view["status"] != "withdrawn",
        corrected=made.corrected,
        html=drawn(view, lang, "1"),
        markdown=rooted(f"/shared/{found.id}?as=markdown"),
        json=rooted(f"/shared/{found.id}?as=json"),
    )
