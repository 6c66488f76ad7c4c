"""Every error on every route is {"error": {"type", "message", "param", "code"}} with the right status."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corpus.errors import (
    Busy,
    IdentityError,
    OnrecordError,
    QuestionError,
    StoreFull,
    StoreMissing,
    UsageError,
    exhausted,
    is_no_space,
)
from rag.answer import SCHEMA
from rag.question.filters import without_surrogates

_LOG = logging.getLogger("onrecord.web")

NOTHING_HERE = "There is nothing at this address."
NOT_JSON = "The body is not JSON that can be read."
RETRY_AFTER = {"Retry-After": "2"}
"""Seconds until a refused client should try again; a question takes about one."""
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    499: "stopped",
}
_OURS: tuple[tuple[type[OnrecordError], int, str, str | None], ...] = (
    (Busy, 429, "busy", None),
    (QuestionError, 400, "question", "question"),
    (UsageError, 400, "usage", None),
    (IdentityError, 404, "unknown", None),
    (StoreMissing, 503, "not_ready", None),
)
"""Status, code and parameter of our own errors; the first kind that matches counts."""
_SAYS = {
    404: NOTHING_HERE,
    405: "This address does not take that method.",
    500: "Something went wrong on the server; its log says what.",
}
STOPPING = "The server is stopping."
_NO_SPACE = "No space is left on the server's disk: what was stored is kept, and nothing can be changed now."
_NO_MEMORY = "The server has too little memory for this just now: try again in a moment."
_SERVER_SAYS = "The archive cannot be read now: the server's log says why."


_MEANINGS = {
    400: "The request cannot be used: no JSON, a host name that is not ours, an empty question.",
    401: "A key or token is missing or wrong.",
    403: "The origin may not ask here, or the server takes no articles.",
    404: NOTHING_HERE,
    408: "The request came too slowly.",
    413: "The request is too large.",
    414: "The address is too long.",
    415: "The body is not JSON, or a format that is not read.",
    422: "A field is missing or wrong; `param` names it.",
    429: "Too many ask just now; `Retry-After` says when to try again, in seconds.",
    431: "The headers are too large.",
    500: "Something failed on the server; its log says what.",
    503: "The archive is not ready, or the server is stopping.",
}
"""What each status of an error means, for the OpenAPI file."""


class ErrorDetail(BaseModel):
    """`message` is one sentence for people, `param` the field that is wrong, `code` a word for programs."""

    type: str
    message: str
    param: str | None
    code: str | None


class Error(BaseModel):
    """The body of every error."""

    schema_: int = Field(alias="schema")
    error: ErrorDetail


def documented(*more: int) -> dict[int | str, dict[str, Any]]:
    """The errors that any route may answer with, and those of the statuses `more`, for the OpenAPI file."""
    statuses = [status for status in _MEANINGS if status != 401 or status in more]
    return {status: {"model": Error, "description": _MEANINGS[status]} for status in statuses}


EITHER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The object, or its events."}
}
"""The answer of a route that sends events to whoever accepts them, for the OpenAPI file."""


class Refusal(HTTPException):
    """A request that is refused: `detail` is one sentence, `param` the field that is wrong, `code` a word."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.param = param
        self.code = code


def envelope(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> dict[str, object]:
    """The contract's error object."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    error = {"type": kind, "message": without_surrogates(message), "param": param, "code": code}
    return {"schema": SCHEMA, "error": error}


def refusal_of(error: Exception) -> Refusal:
    """The refusal for an error; details that only the operator may know go to the log."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException):
        if error.detail == "There was an error parsing the body":  # FastAPI: JSON too deep to parse.
            return Refusal(400, NOT_JSON, code="not_json")
        known = error.detail if isinstance(error.detail, str) else ""
        plain_words = known.lower() not in ("", "not found", "method not allowed", "internal server error")
        says = known if plain_words else _SAYS.get(error.status_code, "The request cannot be served.")
        return Refusal(error.status_code, says, headers=error.headers)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    for kind, status, code, param in _OURS:
        if isinstance(error, kind):
            headers = RETRY_AFTER if status in (429, 503) else None
            return Refusal(status, _sentence(error), param=param, code=code, headers=headers)
    if isinstance(error, StoreFull) or exhausted(error):
        _LOG.error("%s: %s", type(error).__name__, error)
        says = _NO_SPACE if isinstance(error, StoreFull) or is_no_space(error) else _NO_MEMORY
        return Refusal(503, says, code="exhausted", headers=RETRY_AFTER)
    if isinstance(error, OnrecordError):
        _LOG.error("%s: %s", type(error).__name__, error)
        return Refusal(503, _SERVER_SAYS, code="unavailable", headers=RETRY_AFTER)
    _LOG.error("a request failed", exc_info=error)
    return Refusal(500, _SAYS[500], code="internal")


def envelope_of(error: Exception) -> dict[str, object]:
    """The contract's error object for an error, as an event in a stream carries it."""
    refusal = refusal_of(error)
    return envelope(refusal.status_code, refusal.detail, param=refusal.param, code=refusal.code)


def response_of(error: Exception) -> JSONResponse:
    """The JSON response for an error."""
    refusal = refusal_of(error)
    return JSONResponse(envelope_of(refusal), refusal.status_code, refusal.headers)


def handle_errors(app: FastAPI) -> None:
    """Register handlers that answer every error of the app's own routes with the envelope."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        return response_of(error)

    for kind in (HTTPException, RequestValidationError, OnrecordError):
        app.add_exception_handler(kind, handle)


class Failures:
    """Middleware: logs an unhandled exception with its traceback and answers with the envelope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun:  # uvicorn logs it and cuts the response short, so that the client can tell.
                raise
            await response_of(error)(scope, receive, send)


def _invalid(error: RequestValidationError) -> Refusal:
    """The first validation error of a body or query, in one sentence that names the field."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return Refusal(400, NOT_JSON, code="not_json")
    field = _field(first["loc"][1:], error.body, missing=first["type"] == "missing")
    if not field:
        return Refusal(422, "The body must be a JSON object.", code=first["type"])
    says = str(first["msg"]).removeprefix("Value error, ")
    return Refusal(422, f"{field}: {says[:1].lower()}{says[1:]}.", param=field, code=first["type"])


def _field(location: Sequence[str | int], body: object, *, missing: bool) -> str:
    """The wrong field as `history.0.role`, without pydantic's names for the alternatives of a union."""
    if not isinstance(body, Mapping):
        return ".".join(map(str, location))
    path, value = [], body
    for n, part in enumerate(location, start=1):
        if (isinstance(value, Mapping) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            value = value[part]
            path.append(str(part))
        elif missing and n == len(location):
            path.append(str(part))
    return ".".join(path)


def _sentence(error: OnrecordError) -> str:
    """The error as a sentence: capital letter, full stop."""
    says = str(error)
    return says[:1].upper() + says[1:] + ("" if says.endswith((".", "?", "!")) else ".")
