"""Changing the archive over HTTP: for who has the admin token, and for the same user's command line.

`POST /api/articles` takes articles as JSON, addresses, or files; `DELETE /api/articles/{id}` takes one down.
`/api/owner/...` does what the command line asks for, with paths of this machine: it takes only the token that
the server has put into the store's folder, which nobody else can read, and never the admin token.
"""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from corpus.article import MAX_ID_CHARACTERS
from corpus.errors import Busy
from corpus.sources import Address, Source
from index.store.records import Progress, SyncReport
from index.sync.remove import Takedown
from rag.answer import SCHEMA
from rag.question.filters import without_surrogates
from rag.web.errors import Refusal
from rag.web.events import EventStream, Gone, frame, while_connected
from rag.web.routes.api import wants_events
from rag.web.routes.uploads import receive
from rag.web.settings import WebSettings
from rag.web.writer import MOST_WAITING, BackgroundWriter

_LOGIN = {"WWW-Authenticate": "Bearer"}

Work = Callable[[Callable[[Progress], None]], Awaitable[SyncReport]]
Id = Annotated[str, AfterValidator(without_surrogates), Field(min_length=1, max_length=MAX_ID_CHARACTERS)]


class OwnerIndex(BaseModel):
    """What `onrecord index` was asked for: absolute paths, or addresses."""

    model_config = ConfigDict(extra="ignore")

    sources: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    prune: bool = False
    rebuild: bool = False
    allow_private: bool = False


class Ids(BaseModel):
    """The articles that are meant."""

    model_config = ConfigDict(extra="ignore")

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]


def router(writer: BackgroundWriter, settings: WebSettings) -> APIRouter:
    """The routes that change the archive."""
    routes = APIRouter(prefix="/api")
    places = _Places(MOST_WAITING)

    @routes.get("/token", include_in_schema=False)
    async def valid(request: Request) -> dict[str, object]:
        """Whether the request bears the admin token: asked before megabytes are sent."""
        return {"schema": SCHEMA, "valid": _bears(request, settings.admin_token)}

    @routes.post("/articles")
    async def add(request: Request) -> Response:
        """Add articles, or new revisions of them: JSON, addresses or files. Answers like `index --json`."""
        _check_admin(request, settings)
        with ExitStack() as held:
            held.enter_context(places.one())
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-"))
            sent = await receive(request, Path(folder))

            async def work(tell: Callable[[Progress], None]) -> SyncReport:
                return sent.told(await writer.index(sent.sources, progress=tell))

            return await _respond(request, work, held.pop_all())

    @routes.delete("/articles/{article_id:path}")
    async def take_down(article_id: str, request: Request) -> Response:
        """Take one article down: text, vectors, postings and every revision; a tombstone keeps it out."""
        _check_admin(request, settings)
        taken = await writer.remove([without_surrogates(article_id)])
        if taken.unknown:
            raise Refusal(404, "There is no article with this id.", param="id", code="article")
        return JSONResponse(_taken(taken, "removed"))

    @routes.post("/restore")
    async def restore(body: Ids, request: Request) -> Response:
        """Let articles that were taken down be added again."""
        _check_admin(request, settings)
        return JSONResponse(_taken(await writer.restore(body.ids), "restored"))

    _add_owner_routes(routes, writer, settings, places)
    return routes


def _add_owner_routes(
    routes: APIRouter, writer: BackgroundWriter, settings: WebSettings, places: "_Places"
) -> None:
    """What the command line of the same user asks for."""

    @routes.post("/owner/index", include_in_schema=False)
    async def owner_index(body: OwnerIndex, request: Request) -> Response:
        _check_owner(request, settings)
        sources: list[Source] = [_source(written) for written in body.sources]

        def work(tell: Callable[[Progress], None]) -> Awaitable[SyncReport]:
            return writer.index(
                sources,
                prune=body.prune,
                rebuild=body.rebuild,
                allow_private=body.allow_private,
                progress=tell,
            )

        with ExitStack() as held:
            held.enter_context(places.one())
            return await _respond(request, work, held.pop_all())

    @routes.post("/owner/remove", include_in_schema=False)
    async def owner_remove(body: Ids, request: Request) -> Response:
        _check_owner(request, settings)
        return JSONResponse(asdict(await writer.remove(body.ids)))

    @routes.post("/owner/restore", include_in_schema=False)
    async def owner_restore(body: Ids, request: Request) -> Response:
        _check_owner(request, settings)
        return JSONResponse(asdict(await writer.restore(body.ids)))


def _check_admin(request: Request, settings: WebSettings) -> None:
    if not settings.admin_token:
        says = "This server takes no articles: set ONRECORD_ADMIN_TOKEN where it runs."
        raise Refusal(403, says, code="no_admin_token")
    _check(request, settings.admin_token)


def _check_owner(request: Request, settings: WebSettings) -> None:
    if not settings.owner_token:
        raise Refusal(404, "There is nothing at this address.")
    _check(request, settings.owner_token)


def _check(request: Request, token: str) -> None:
    """Raise Refusal (401) unless the request bears the token."""
    if not _bears(request, token):
        raise Refusal(401, "The token is missing or wrong.", code="token", headers=_LOGIN)


def _bears(request: Request, token: str) -> bool:
    """Whether the request bears the token; how far it agrees cannot be timed. No token is borne by nobody."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    agrees = secrets.compare_digest(given.strip().encode(), token.encode())
    return scheme.lower() == "bearer" and bool(token) and agrees


def _source(written: str) -> Source:
    return Address(written) if written.lower().startswith(("http://", "https://")) else Path(written)


async def _respond(request: Request, work: Work, held: ExitStack) -> Response:
    """The report of a run; with `Accept: text/event-stream` its progress before it. `held` is closed last."""
    if wants_events(request):
        return _RunStream(work, held)
    with held:
        try:
            report = await while_connected(request.receive, _awaited(work(lambda progress: None)))
        except Gone:
            return Response(status_code=499)
    return JSONResponse({"schema": SCHEMA} | report.to_json())


async def _awaited(work: Awaitable[SyncReport]) -> SyncReport:
    return await work


class _RunStream(EventStream):
    """`progress` events and the `done` event of a run; `held` is closed when nobody waits for it any more."""

    def __init__(self, work: Work, held: ExitStack) -> None:
        super().__init__(_events(work), lambda told: frame(told, "error"))
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)


async def _events(work: Work) -> AsyncGenerator[str, None]:
    """The run is stopped when the generator is closed."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Progress | None] = asyncio.Queue()

    def tell(progress: Progress) -> None:
        loop.call_soon_threadsafe(told.put_nowait, progress)

    running = asyncio.ensure_future(_awaited(work(tell)))
    running.add_done_callback(lambda _: told.put_nowait(None))
    try:
        yield frame(asdict(Progress("waiting", 0, 0, 0, 0.0, "")), "progress")
        while (progress := await told.get()) is not None:
            yield frame(asdict(progress), "progress")
        yield frame({"schema": SCHEMA} | running.result().to_json(), "done")
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await running


class _Places:
    """How many requests may bring changes at a time; who comes later is told so before anything is read."""

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises Busy."""
        if not self._free:
            raise Busy("too many changes are waiting; try again in a moment")
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


def _taken(taken: Takedown, verb: str) -> dict[str, object]:
    notices = [taken.notice] if taken.notice else []
    done = (*taken.changed, *taken.already)
    return {"schema": SCHEMA, verb: done, "unknown": taken.unknown, "notices": notices}
