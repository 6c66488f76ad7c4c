import asyncio
import errno
import gzip
import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.exceptions import HTTPException

from corpus.errors import (
    Busy,
    IdentityError,
    ModelError,
    OnrecordError,
    QuestionError,
    StoreDamaged,
    StoreFull,
    UsageError,
)
from rag.web.bounds.guard import guard
from rag.web.errors import handle_errors, refusal_of
from rag.web.settings import WebSettings

SECRET = "/srv/hidden/secret-store"


def failing(error: Exception) -> FastAPI:
    """An app that fails: at once at /, in the middle of the answer at /late, in its own words at /other."""
    app = FastAPI()

    @app.get("/")
    async def fail() -> None:
        raise error

    @app.get("/late")
    async def late() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield b"begun"
            raise error

        return StreamingResponse(body())

    @app.get("/other")
    async def other() -> PlainTextResponse:
        return PlainTextResponse("no such thing", 404)

    @app.get("/packed")
    async def packed() -> Response:
        return Response(gzip.compress(b'{"detail": "x"}'), 404, {"Content-Encoding": "gzip"})

    handle_errors(app)
    guard(app, WebSettings())
    return app


def get(app: FastAPI, path: str = "/") -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (QuestionError("the question is empty"), 400, "invalid_request_error"),
        (UsageError("no day is from 2020 on"), 400, "invalid_request_error"),
        (IdentityError("there is no article 'x'"), 404, "not_found_error"),
        (Busy("too many people are asking"), 429, "rate_limit_error"),
        (StoreDamaged(SECRET), 503, "server_error"),
        (ModelError(SECRET), 503, "server_error"),
        (StoreFull(SECRET), 503, "server_error"),
        (OSError(errno.ENOSPC, "No space left on device", SECRET), 503, "server_error"),
        (MemoryError(SECRET), 503, "server_error"),
        (OnrecordError(SECRET), 503, "server_error"),
        (HTTPException(403), 403, "permission_error"),
        (HTTPException(404), 404, "not_found_error"),
        (HTTPException(500, "Internal Server Error"), 500, "server_error"),
        (RuntimeError(SECRET), 500, "server_error"),
        (RecursionError(SECRET), 500, "server_error"),
    ],
)
def test_each_error_has_its_status_and_gives_nothing_away(error: Exception, status: int, kind: str) -> None:
    told = get(failing(error))
    assert told.status_code == status and told.json()["error"]["type"] == kind
    assert SECRET not in told.text and told.json()["error"]["message"][0].isupper()
    assert told.headers["x-content-type-options"] == "nosniff"
    assert ("retry-after" in told.headers) is (status in (429, 503))


def test_a_failure_leaves_its_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "onrecord.web"):
        get(failing(RuntimeError(SECRET)))
    assert SECRET in caplog.text and "Traceback" in caplog.text


def test_an_answer_that_breaks_off_is_cut_not_completed() -> None:
    with pytest.raises(RuntimeError):
        get(failing(RuntimeError("x")), "/late")


def test_other_peoples_errors_are_put_into_the_envelope() -> None:
    told = get(failing(RuntimeError()), "/other")
    assert told.status_code == 404 and told.json()["error"]["message"] == "no such thing"
    assert int(told.headers["content-length"]) == len(told.content)
    packed = get(failing(RuntimeError()), "/packed")
    assert packed.status_code == 404 and packed.json()["error"]["type"] == "not_found_error"


def test_no_error_text_breaks_the_envelope() -> None:
    told = get(failing(UsageError("\ud800 \x00 \u2028 </script>")))
    assert told.status_code == 400 and json.loads(told.text)["error"]["message"].startswith("?")


def test_a_refusal_is_its_own_reason() -> None:
    refusal = refusal_of(Busy("x"))
    assert refusal_of(refusal) is refusal


def test_a_full_disk_and_too_little_memory_are_told_apart_from_a_bug() -> None:
    for error in (StoreFull(SECRET), OSError(errno.ENOSPC, "No space left on device")):
        told = get(failing(error))
        assert "No space is left on the server's disk" in told.text and told.headers["retry-after"]
        assert told.json()["error"]["code"] == "exhausted"
    assert "too little memory" in get(failing(MemoryError())).text
