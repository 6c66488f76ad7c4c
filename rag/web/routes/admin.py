"""Changing the archive over HTTP, with the admin token or from the command line of the same user.

`POST /api/articles` takes articles as JSON, addresses, or files; `DELETE /api/articles/{id}` takes one down.
`/api/owner/...` serves the command line and takes paths of this machine. It accepts only the token that the
server has put into the store's folder, which only its user can read, and never the admin token.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field

from corpus.article import MAX_ID_CHARACTERS
from corpus.errors import Busy
from corpus.sources import Address, Source
from index.store.records import Progress, SyncReport
from index.sync.remove import Takedown
from rag.answer import SCHEMA
from rag.question.filters import without_surrogates
from rag.web.bounds.guard import LOGIN
from rag.web.bounds.tokens import TokenGuesses
from rag.web.errors import EITHER, NOTHING_HERE, Refusal, documented
from rag.web.events import EventStream, frame, while_connected
from rag.web.routes.api import wants_events
from rag.web.routes.uploads import receive
from rag.web.settings import WebSettings
from rag.web.writer import MOST_WAITING, BackgroundWriter

Work = Callable[[Callable[[Progress], None]], Coroutine[object, object, SyncReport]]
Id = Annotated[str, AfterValidator(without_surrogates), Field(min_length=1, max_length=MAX_ID_CHARACTERS)]


class OwnerIndex(BaseModel):
    """Arguments of `onrecord index`: absolute paths, or addresses."""

    sources: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    prune: bool = False
    rebuild: bool = False
    allow_private: bool = False


class Ids(BaseModel):
    """Ids of articles."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]


def router(writer: BackgroundWriter, settings: WebSettings, guesses: TokenGuesses) -> APIRouter:
    """The routes that change the archive, for the admin token and for the owner's."""
    routes = APIRouter(prefix="/api", responses=documented(401))
    says = "This server takes no articles: set ONRECORD_ADMIN_TOKEN where it runs."
    admin = [only_with(guesses, settings.admin_token, 403, says, "no_admin_token")]
    owner = [only_with(guesses, settings.owner_token, 404, NOTHING_HERE)]
    places = asyncio.Semaphore(MOST_WAITING)

    @routes.get("/token", include_in_schema=False)
    async def valid(request: Request) -> dict[str, object]:
        """Whether the request bears the admin token; clients ask before they upload."""
        return {"schema": SCHEMA, "valid": guesses.right(request, settings.admin_token)}

    @routes.post("/articles", dependencies=admin, responses=EITHER)
    async def add(request: Request) -> Response:
        """Add articles, or new revisions of them: JSON, addresses or files. Answers like `index --json`."""
        with ExitStack() as held:
            await _take_place(places, held)
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-"))
            sent = await receive(request, Path(folder))

            async def work(tell: Callable[[Progress], None]) -> SyncReport:
                return sent.told(await writer.index(sent.sources, progress=tell))

            return await _respond(request, work, held.pop_all())

    @routes.delete("/articles/{article_id:path}", dependencies=admin)
    async def take_down(article_id: str) -> Response:
        """Take one article down: text, vectors, postings and every revision; a tombstone keeps it out."""
        taken = await writer.remove([without_surrogates(article_id)])
        if taken.unknown:
            raise Refusal(404, "There is no article with this id.", param="id", code="article")
        return JSONResponse(_taken(taken, "removed"))

    @routes.post("/restore", dependencies=admin)
    async def restore(body: Ids) -> Response:
        """Let articles that were taken down be added again."""
        return JSONResponse(_taken(await writer.restore(body.ids), "restored"))

    @routes.post("/owner/index", dependencies=owner, include_in_schema=False)
    async def owner_index(body: OwnerIndex, request: Request) -> Response:
        sources: list[Source] = [_source(written) for written in body.sources]

        def work(tell: Callable[[Progress], None]) -> Coroutine[object, object, SyncReport]:
            return writer.index(sources, **body.model_dump(exclude={"sources"}), progress=tell)

        with ExitStack() as held:
            await _take_place(places, held)
            return await _respond(request, work, held.pop_all())

    @routes.post("/owner/remove", dependencies=owner, include_in_schema=False)
    async def owner_remove(body: Ids) -> Response:
        return JSONResponse(asdict(await writer.remove(body.ids)))

    @routes.post("/owner/restore", dependencies=owner, include_in_schema=False)
    async def owner_restore(body: Ids) -> Response:
        return JSONResponse(asdict(await writer.restore(body.ids)))

    return routes


def only_with(guesses: TokenGuesses, token: str, status: int, says: str, code: str | None = None) -> Any:
    """A dependency that refuses requests without the token (401), and all while there is none (`status`)."""

    async def check(request: Request) -> None:
        if not token:
            raise Refusal(status, says, code=code)
        if not guesses.right(request, token):
            raise Refusal(401, "The token is missing or wrong.", code="token", headers=LOGIN)

    return Depends(check)


def _source(written: str) -> Source:
    return Address(written) if written.lower().startswith(("http://", "https://")) else Path(written)


async def _respond(request: Request, work: Work, held: ExitStack) -> Response:
    """The report of a run, after its progress with `Accept: text/event-stream`. `held` is closed last."""
    if wants_events(request):
        return EventStream(_events(work), lambda told: frame(told, "error"), held=held)
    with held:
        report = await while_connected(request.receive, work(lambda progress: None))
    return JSONResponse({"schema": SCHEMA} | report.to_json())


async def _events(work: Work) -> AsyncGenerator[str, None]:
    """The events of a run, which is stopped when the generator is closed."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Progress | None] = asyncio.Queue()

    def tell(progress: Progress) -> None:
        loop.call_soon_threadsafe(told.put_nowait, progress)

    running = asyncio.create_task(work(tell))
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


async def _take_place(places: asyncio.Semaphore, held: ExitStack) -> None:
    """Admit one more request that brings changes, until `held` is closed. Raises Busy."""
    if places.locked():
        raise Busy("too many changes are waiting; try again in a moment")
    await places.acquire()
    held.callback(places.release)


def _taken(taken: Takedown, verb: str) -> dict[str, object]:
    notices = [taken.notice] if taken.notice else []
    done = (*taken.changed, *taken.already)
    return {"schema": SCHEMA, verb: done, "unknown": taken.unknown, "notices": notices}
