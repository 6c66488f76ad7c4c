"""Changing the archive over HTTP: for who has the admin token, and for the same user's command line.

`POST /api/articles` takes articles as JSON, addresses, or files; `DELETE /api/articles/{id}` takes one down.
`/api/owner/...` does what the command line asks for, with paths of this machine: it takes only the token that
the server has put into the store's folder, which nobody else can read, and never the admin token.
"""

import asyncio
import hashlib
import json
import secrets
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from corpus.article import MAX_ID_CHARACTERS, normalise_text
from corpus.read import SUFFIXES
from corpus.sources import Address, Source, Upload
from index.records import Progress, SyncReport
from index.remove import Takedown
from rag.answer import SCHEMA
from rag.web.api import wants_events
from rag.web.errors import Refusal
from rag.web.keeper import Keeper
from rag.web.settings import WebSettings
from rag.web.sse import EventStream, Gone, frame, while_connected

MOST_FILES = 200
MOST_FIELDS = 20
_LOGIN = {"WWW-Authenticate": "Bearer"}

Work = Callable[[Callable[[Progress], None]], Awaitable[SyncReport]]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]


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


def router(keeper: Keeper, settings: WebSettings) -> APIRouter:
    """The routes that change the archive."""
    routes = APIRouter(prefix="/api")

    @routes.post("/articles")
    async def add(request: Request) -> Response:
        """Add articles, or new revisions of them: JSON, addresses or files. Answers like `index --json`."""
        _check_admin(request, settings)
        folder = tempfile.TemporaryDirectory(prefix="onrecord-")
        try:
            sources = await _sources(request, Path(folder.name))
        except BaseException:
            folder.cleanup()
            raise
        return await _respond(request, lambda tell: keeper.index(sources, progress=tell), folder.cleanup)

    @routes.delete("/articles/{article_id:path}")
    async def take_down(article_id: str, request: Request) -> Response:
        """Take one article down: text, vectors, postings and every revision; a tombstone keeps it out."""
        _check_admin(request, settings)
        taken = await keeper.remove([article_id])
        if taken.unknown:
            raise Refusal(404, "There is no article with this id.", param="id", code="article")
        return JSONResponse(_taken(taken, "removed"))

    @routes.post("/restore")
    async def restore(body: Ids, request: Request) -> Response:
        """Let articles that were taken down be added again."""
        _check_admin(request, settings)
        return JSONResponse(_taken(await keeper.restore(body.ids), "restored"))

    @routes.post("/owner/index", include_in_schema=False)
    async def owner_index(body: OwnerIndex, request: Request) -> Response:
        _check_owner(request, settings)
        sources: list[Source] = [_source(written) for written in body.sources]

        def work(tell: Callable[[Progress], None]) -> Awaitable[SyncReport]:
            return keeper.index(
                sources,
                prune=body.prune,
                rebuild=body.rebuild,
                allow_private=body.allow_private,
                progress=tell,
            )

        return await _respond(request, work)

    @routes.post("/owner/remove", include_in_schema=False)
    async def owner_remove(body: Ids, request: Request) -> Response:
        _check_owner(request, settings)
        return JSONResponse(asdict(await keeper.remove(body.ids)))

    @routes.post("/owner/restore", include_in_schema=False)
    async def owner_restore(body: Ids, request: Request) -> Response:
        _check_owner(request, settings)
        return JSONResponse(asdict(await keeper.restore(body.ids)))

    return routes


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
    """Raise Refusal (401) unless the request bears the token; how far it agrees cannot be timed."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), token.encode()):
        raise Refusal(401, "The token is missing or wrong.", code="token", headers=_LOGIN)


async def _sources(request: Request, folder: Path) -> list[Source]:
    """What the body holds; files and JSON articles are in `folder`. Raises Refusal."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sources = await (_files(request, folder) if kind == "multipart/form-data" else _json(request, folder))
    if not sources:
        raise Refusal(422, "The request holds no article, address or file.", code="empty")
    return sources


async def _files(request: Request, folder: Path) -> list[Source]:
    sources: list[Source] = []
    try:
        async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    if value.filename:
                        sources.append(await _saved(value, folder / str(len(sources))))
                elif name == "url" and value.strip():
                    sources.append(_address(value))
                elif name == "text" and value.strip():
                    written = {"text": value, "title": form.get("title") or None}
                    sources.append(_written(json.dumps(written), _named(written), folder, len(sources)))
    except MultiPartException as error:
        raise Refusal(400, "The form cannot be read.", code="form") from error
    return sources


async def _saved(file: UploadFile, path: Path) -> Upload:
    """The file under a name of ours; what the sender calls it is only a label. Raises Refusal (415)."""
    label = PurePosixPath(normalise_text(file.filename or "").replace("\\", "/").replace("\n", " ")).name[
        :200
    ]
    suffix = PurePosixPath(label).suffix.lower()
    if suffix not in SUFFIXES:
        says = f"The file must be one of {', '.join(SUFFIXES)}."
        raise Refusal(415, says, param="file", code="format")
    path = path.with_suffix(suffix)

    def write(part: bytes) -> None:
        with path.open("ab") as written:
            written.write(part)

    write(b"")
    while part := await file.read(1 << 20):
        await asyncio.to_thread(write, part)
    return Upload(label, path)


async def _json(request: Request, folder: Path) -> list[Source]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not JSON that can be read.", code="not_json") from error
    if isinstance(body, list):
        body = {"articles": body}
    if not isinstance(body, dict):
        raise Refusal(422, "The body must be a JSON object.", code="body")
    urls = body.get("urls") if "text" not in body and "html" not in body else None
    if urls is None and isinstance(body.get("url"), str) and not {"text", "html", "articles"} & body.keys():
        urls = [body["url"]]
    if urls is not None:
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise Refusal(422, "urls: must be a list of addresses.", param="urls", code="urls")
        return [_address(url) for url in urls[:MOST_FILES]]
    articles = body["articles"] if isinstance(body.get("articles"), list) else [body]
    return [_written(json.dumps(one), _named(one), folder, number) for number, one in enumerate(articles)]


def _named(article: object) -> str:
    """The name of an article that is sent without a file: by its content, the same when it is resent."""
    return f"{hashlib.sha256(json.dumps(article, sort_keys=True).encode()).hexdigest()[:12]}.json"


def _written(content: str, name: str, folder: Path, number: int) -> Upload:
    path = folder / f"{number}.json"
    path.write_text(content, encoding="utf-8")
    return Upload(name, path)


def _source(written: str) -> Source:
    return Address(written) if written.lower().startswith(("http://", "https://")) else Path(written)


def _address(written: str) -> Address:
    written = written.strip()
    if not written.lower().startswith(("http://", "https://")):
        raise Refusal(422, "url: must begin with http:// or https://.", param="url", code="url")
    return Address(written)


async def _respond(request: Request, work: Work, done: Callable[[], None] = lambda: None) -> Response:
    """The report of a run; with `Accept: text/event-stream` its progress before it. `done` is called last."""
    if wants_events(request):
        return EventStream(_events(work, done), lambda told: frame(told, "error"))
    try:
        report = await while_connected(request.receive, _awaited(work(lambda progress: None)))
    except Gone:
        return Response(status_code=499)
    finally:
        done()
    return JSONResponse({"schema": SCHEMA} | report.to_json())


async def _awaited(work: Awaitable[SyncReport]) -> SyncReport:
    return await work


async def _events(work: Work, done: Callable[[], None]) -> AsyncGenerator[str, None]:
    """`progress` events and the `done` event of a run, which is stopped when the generator is closed."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Progress | None] = asyncio.Queue()
    running = asyncio.ensure_future(
        work(lambda progress: loop.call_soon_threadsafe(told.put_nowait, progress))  # type: ignore[arg-type]
    )
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
        done()


def _taken(taken: Takedown, verb: str) -> dict[str, object]:
    notices = [taken.notice] if taken.notice else []
    done = (*taken.changed, *taken.already)
    return {"schema": SCHEMA, verb: done, "unknown": taken.unknown, "notices": notices}
