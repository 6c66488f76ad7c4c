"""/v1: the assistant as an OpenAI-compatible model called "onrecord".

The last user message is the question, the user's and the assistant's messages before it are the history;
system, developer and tool messages are ignored, so that none of them changes what may be claimed. Of a list
of content parts the text is read and the rest ignored with a notice. Deltas of a stream are whole checked
sentences. The `ask` object is `onrecord` on the message and on the last chunk; since plain chat clients show
only the content, that ends with a list of sources and links to their article pages. The filters (`source`,
`after`, `before`, `as_of`) may stand beside `messages`; other keys are ignored.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from rag.answer import Answer, Citation, Done, Listed, Question, Released, Sentence, Turn, notices_to_json
from rag.render import byline, escape_markdown, to_markdown
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.guard import LOGIN
from rag.web.bounds.tokens import TokenGuesses
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import EITHER, Refusal, documented
from rag.web.events import EventStream, frame, while_connected
from rag.web.present import answer_view, article_path, citation_path
from rag.web.routes.api import answer_to
from rag.web.routes.bodies import ChatBody
from rag.web.settings import WebSettings

MODEL = "onrecord"
SOURCES = "\n\n**Sources**\n\n"
_MODEL_OBJECT = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}


@dataclass(frozen=True, slots=True)
class Asked:
    """One completion request; `base_url` is where its links lead, `notices` are added to the answer's."""

    question: Question
    viewer: Viewer
    base_url: str
    include_usage: bool = False
    notices: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))


def router(live: LiveArchive, settings: WebSettings, guesses: TokenGuesses) -> APIRouter:
    """The routes under /v1, all behind the API keys unless the API is open."""

    async def authorize(request: Request) -> None:
        if not settings.open_api and not guesses.right(request, *settings.api_keys):
            says = "Send one of this server's API keys as Authorization: Bearer KEY."
            if not settings.api_keys:
                says = "No API key is set here: set ONRECORD_API_KEYS, or serve with --open-api."
            raise Refusal(401, says, code="invalid_api_key", headers=LOGIN)

    routes = APIRouter(prefix="/v1", dependencies=[Depends(authorize)], responses=documented(401))

    @routes.get("/models")
    async def models() -> dict[str, object]:
        """The one model."""
        return {"object": "list", "data": [_MODEL_OBJECT]}

    @routes.get("/models/{model}")
    async def model(model: str) -> dict[str, object]:
        """The model by its name."""
        if model != MODEL:
            raise Refusal(404, f"The only model here is {MODEL}.", param="model", code="model_not_found")
        return dict(_MODEL_OBJECT)

    @routes.post("/chat/completions", responses=EITHER)
    async def complete(body: ChatBody, request: Request) -> Response:
        """A cited answer as a chat completion, whole or as a stream."""
        base_url = settings.public_origin or str(request.base_url).rstrip("/")
        usage = body.stream_options is not None and body.stream_options.include_usage
        viewer = live.viewer(visitor_of(request))
        asked = Asked(question_of(body), viewer, base_url, usage, notices_of(body))
        if body.stream:
            return EventStream(_chunks(live, asked), frame)
        answer = await while_connected(request.receive, answer_to(live, asked.question, asked.viewer))
        return JSONResponse(completion(asked, answer, await _view(asked, answer)))

    return routes


def question_of(body: ChatBody) -> Question:
    """The conversation as a question and its history. Raises Refusal without a user message."""
    turns: list[Turn] = []
    for message in body.messages:
        if message.role == "user":
            turns.append(Turn("user", message.text()))
        elif message.role == "assistant":
            turns.append(Turn("assistant", message.text().split(SOURCES)[0]))
    last = max((i for i, turn in enumerate(turns) if turn.role == "user"), default=None)
    if last is None:
        says = "The messages must hold one of the role user, the question."
        raise Refusal(422, says, param="messages", code="question")
    return Question(turns[last].content, tuple(turns[:last]), body.where())


def notices_of(body: ChatBody) -> tuple[str, ...]:
    """A notice about content parts that were ignored, if there were any."""
    read = [message for message in body.messages if message.role in ("user", "assistant")]
    types = sorted({part for message in read for part in message.ignored()})
    says = f"Only text is read; these parts of the messages were ignored: {', '.join(types)}."
    return (says,) if types else ()


def completion(asked: Asked, answer: Answer, view: dict[str, object]) -> dict[str, object]:
    """The chat.completion object; `view` is the `ask` object."""
    message = {
        "role": "assistant",
        "content": answer.text + below(answer, asked),
        "refusal": None,
        "onrecord": view,
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return _head(asked, "chat.completion") | {"choices": [choice], "usage": _usage(answer)}


def below(answer: Answer, asked: Asked) -> str:
    """What stands under the answer's text: its sources, the articles of a list, or questions to try."""
    lines = [_listed(one, asked) for one in answer.articles or ()]
    if answer.status == "help":
        lines += [f"- {escape_markdown(question)}" for question in answer.suggestions]
    listed = "\n\n" + "\n".join(lines) if lines else ""
    return listed + sources(answer.cited, asked)


def _listed(article: Listed, asked: Asked) -> str:
    where = escape_markdown(byline(article.source, article.published_at, article.id))
    link = f"<{asked.base_url}{article_path(article.id)}>"
    return f"- {escape_markdown(article.title)} ({where}): {link}"


def sources(citations: tuple[Citation, ...], asked: Asked) -> str:
    """The cited articles as a Markdown list under the answer, each linked to its marked words."""
    if not citations:
        return ""
    lines = []
    for one in citations:
        known = f" ({escape_markdown(byline(one.source, one.published_at, ''))})" if one.source else ""
        link = f"<{asked.base_url}{citation_path(one, asked.viewer)}>"
        lines.append(f"- [{one.n}] {escape_markdown(one.title)}{known}: {link}")
    return SOURCES + "\n".join(lines)


async def _view(asked: Asked, answer: Answer) -> dict[str, object]:
    """The `ask` object, with the notices about the request."""
    view = await asyncio.to_thread(answer_view, answer, asked.viewer)
    return view | notices_to_json([*answer.notices, *asked.notices])


async def _chunks(live: LiveArchive, asked: Asked) -> AsyncGenerator[str, None]:
    written: list[Sentence] = []
    sent: str | None = None
    async with aclosing(live.stream(asked.question, asked.viewer)) as events:
        async for event in events:
            if sent is None:
                yield _chunk(asked, {"role": "assistant", "content": ""})
                sent = ""
            if isinstance(event, Released):
                written.append(event.sentence)
                text = to_markdown(written)
                if len(text) > len(sent):
                    yield _chunk(asked, {"content": text[len(sent) :]})
                sent = text
            elif isinstance(event, Done):
                view = await _view(asked, event.answer)
                for last in _ending(asked, event.answer, view, sent):
                    yield last


def _ending(asked: Asked, answer: Answer, view: dict[str, object], sent: str) -> Iterator[str]:
    """The rest of the answer that was not sent yet, then the last chunks."""
    rest = answer.text.removeprefix(sent) if answer.text.startswith(sent) else ""
    rest += below(answer, asked)
    if rest:
        yield _chunk(asked, {"content": rest})
    yield _chunk(asked, {}, finish_reason="stop", onrecord=view)
    if asked.include_usage:
        whole = _head(asked) | {"choices": [], "usage": _usage(answer), "onrecord": view}
        yield frame(whole)
    yield "data: [DONE]\n\n"


def _chunk(asked: Asked, delta: dict[str, str], finish_reason: str | None = None, **more: object) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    usage = {"usage": None} if asked.include_usage else {}
    return frame(_head(asked) | {"choices": [choice]} | usage | more)


def _head(asked: Asked, kind: str = "chat.completion.chunk") -> dict[str, object]:
    return {"id": asked.id, "object": kind, "created": asked.created, "model": MODEL}


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
