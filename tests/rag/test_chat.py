"""The endpoint: answers, and every way to fail as one sentence that names the host and never the key."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing

import pytest

from rag.chat import Finish, Message, ModelFailure, OpenAIChat, tried
from tests.scripted import Reply, Script, ScriptedModel, error, page

KEY = "sk-very-secret"
ASKED: list[Message] = [{"role": "user", "content": "Why?"}]
Serve = Callable[..., ScriptedModel]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts scripted servers and closes them after the test."""
    running: list[ScriptedModel] = []

    def start(*replies: Script) -> ScriptedModel:
        server = ScriptedModel(*replies)
        running.append(server.__enter__())
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)


def chat_with(server: ScriptedModel, **settings: float) -> OpenAIChat:
    """A chat model that waits longer than any test may take, unless `settings` say otherwise."""
    patient = {"connect": 600, "first": 600, "read": 600}
    return OpenAIChat(server.base_url, "scripted", KEY, **(patient | settings))  # type: ignore[arg-type]


async def pieces(chat: OpenAIChat) -> list[str | Finish]:
    """Everything that a model says."""
    return [piece async for piece in chat.stream(ASKED, max_tokens=50)]


def said(chat: OpenAIChat) -> list[str | Finish]:
    """The same, from outside an event loop."""
    return asyncio.run(pieces(chat))


def failure_of(chat: OpenAIChat) -> str:
    """The sentence of a model that fails."""
    with pytest.raises(ModelFailure) as caught:
        said(chat)
    sentence = str(caught.value)
    assert KEY not in sentence and "\n" not in sentence and sentence.endswith(".")
    return sentence


def test_an_answer_comes_in_pieces_and_ends_with_its_reason_and_counts(serve: Serve) -> None:
    server = serve("The bridge opened.")
    assert said(chat_with(server)) == ["The ", "bridge ", "opened.", Finish("stop", 11, 7)]
    asked = server.requests[0]
    assert asked.path == "/v1/chat/completions" and asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["temperature"] == 0 and asked.body["max_tokens"] == 50 and asked.messages == ASKED


def test_one_chat_model_serves_several_event_loops(serve: Serve) -> None:
    chat = chat_with(serve("Yes."))
    assert said(chat) == said(chat)


def test_the_sdks_environment_has_no_effect(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "of-another-account")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: of-another-account")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://203.0.113.1/v1")
    server = serve("Yes.")
    said(OpenAIChat(server.base_url, "scripted"))
    assert "of-another-account" not in " ".join(server.requests[0].headers.values())


def test_an_endpoint_that_refuses_stream_options_is_asked_without_and_from_then_on(serve: Serve) -> None:
    def particular(asked: object) -> str | Reply:
        return error(400) if "stream_options" in server.requests[-1].body else "Yes."

    server = serve(particular)
    chat = chat_with(server)
    assert said(chat) == ["Yes.", Finish("stop")]
    assert said(chat) == ["Yes.", Finish("stop")]
    assert len(server.requests) == 3


def test_an_endpoint_that_refuses_max_tokens_is_asked_as_reasoning_models_want_it(serve: Serve) -> None:
    def particular(asked: object) -> str | Reply:
        return error(400) if "max_tokens" in server.requests[-1].body else "Yes."

    server = serve(particular)
    assert said(chat_with(server)) == ["Yes.", Finish("stop", 11, 7)]
    assert server.requests[-1].body["max_completion_tokens"] == 50


@pytest.mark.parametrize(
    "first", [error(429, retry_after="0.01"), error(500, retry_after="0.01"), error(503)]
)
def test_a_busy_endpoint_is_asked_again(serve: Serve, first: Reply) -> None:
    server = serve(first, "Yes.")
    assert said(chat_with(server))[0] == "Yes."
    assert len(server.requests) == 2


def test_retry_after_is_honoured(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("anyio.sleep", sleep)
    said(chat_with(serve(error(429, retry_after="7"), "Yes.")))
    assert waited == [7]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error(401, KEY), "refused the key (401); check ONRECORD_LLM_API_KEY."),
        (error(403, "<b>no</b>"), "refused the key (403)"),
        (error(404), "knows no model “scripted” at this address (404)"),
        (error(429, retry_after="0.01"), "too many requests or no quota left (429)"),
        (error(500, KEY, retry_after="0.01"), "has a fault of its own (500)"),
        (error(400, KEY), "did not accept the request (400)"),
        (page(), "not as a chat endpoint does; check ONRECORD_LLM_BASE_URL"),
        (page("<script>\ndata: {'account': 1}\n\n</script>"), "broke off"),
        (Reply(body="{}"), "not as a chat endpoint does"),
        (Reply(body=""), "not as a chat endpoint does"),
        (Reply("", finish=None, usage=None), "not as a chat endpoint does"),
        (Reply("The bridge opened.", finish=None), "broke off"),
        (Reply("The bridge opened.", finish=None, done=False), "broke off"),
        (Reply("The bridge opened in May.", break_after=2), "broke off"),
        (Reply(raw="data: {not json\n\n"), "broke off"),
        (Reply(raw="data: 5\n\ndata: [DONE]\n\n"), "broke off"),
        (Reply(raw=f'data: {{"error": {{"message": "{KEY}"}}}}\n\n'), "broke off"),
        (Reply(raw='data: {"choices": [{"delta": "odd"}]}\n\n'), "broke off"),
        (Reply(raw='data: {"choices": "odd"}\n\n'), "broke off"),
    ],
)
def test_every_failure_is_one_sentence_that_names_the_host(serve: Serve, reply: Reply, words: str) -> None:
    server = serve(reply)
    sentence = failure_of(chat_with(server))
    assert words in sentence and server.host in sentence and "<b>" not in sentence


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."),
        (400, "the request exceeds the available context size. try increasing the context size"),
        (422, "`inputs` tokens + `max_new_tokens` must be <= 4096; reduce the length of the messages"),
        (413, "Payload too large"),
    ],
)
def test_a_request_that_is_too_long_is_told_apart_and_made_once(serve: Serve, status: int, says: str) -> None:
    server = serve(error(status, says))
    with pytest.raises(ModelFailure) as caught:
        said(chat_with(server, retries=0))
    assert caught.value.is_too_long and not caught.value.was_read
    assert str(caught.value).startswith("The request is longer than model “scripted” can read; set ")
    assert len(server.requests) == 1 and "tokens." not in str(caught.value)


def test_another_refusal_is_none_of_length(serve: Serve) -> None:
    with pytest.raises(ModelFailure) as caught:
        said(chat_with(serve(error(400, "max_tokens must be positive")), retries=0))
    assert not caught.value.is_too_long


@pytest.mark.parametrize("after", [0, 2])
def test_a_model_that_falls_silent_is_given_up(serve: Serve, after: int) -> None:
    server = serve(Reply("The bridge opened.", stall_after=after))
    assert "did not answer in time" in failure_of(chat_with(server, first=0.5, read=0.1, retries=0))


def test_a_slow_first_word_is_waited_for(serve: Serve) -> None:
    begun = threading.Event()

    async def ask() -> list[str | Finish]:
        answer = asyncio.create_task(pieces(chat_with(server)))
        while not server.requests:
            await asyncio.sleep(0)
        assert not answer.done()
        begun.set()
        return await answer

    server = serve(Reply("Yes.", first=begun))
    assert asyncio.run(ask())[0] == "Yes."


def test_an_answer_is_complete_although_its_counts_never_come(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.chat._AFTER_FINISH", 0.05)
    assert said(chat_with(serve(Reply("Yes.", stall_after=2)))) == ["Yes.", Finish("stop")]


def test_no_connection_is_said() -> None:
    with ScriptedModel("") as server:
        address, host = server.base_url, server.host
    assert f"No connection to the model at {host}" in failure_of(OpenAIChat(address, "m", KEY, retries=0))


def test_a_key_that_no_header_can_hold_is_one_sentence(serve: Serve) -> None:
    chat = OpenAIChat(serve("Yes.").base_url, "m", "schlüssel")
    says = "ONRECORD_LLM_API_KEY holds a character that no key may hold; correct it."
    assert failure_of(chat) == says


def test_a_password_in_the_address_is_never_said() -> None:
    chat = OpenAIChat("http://user:secret@127.0.0.1:9/v1", "m", KEY, retries=0)
    assert "secret" not in failure_of(chat)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(serve: Serve, status: int) -> None:
    other = serve("Yes.")
    server = serve(Reply(status=status, headers={"location": f"{other.base_url}/chat/completions"}))
    assert f"did not accept the request ({status})" in failure_of(chat_with(server))
    assert not other.requests


@pytest.mark.parametrize("how", ["close", "cancel"])
def test_whoever_stops_listening_stops_the_model(serve: Serve, how: str) -> None:
    server = serve(Reply("The bridge opened.", stall_after=1))
    heard = asyncio.Event()

    async def listen() -> None:
        async with aclosing(chat_with(server).stream(ASKED, max_tokens=50)) as stream:
            async for _ in stream:
                heard.set()
                if how == "close":
                    return

    async def stop() -> None:
        listening = asyncio.create_task(listen())
        await heard.wait()
        if how == "cancel":
            listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert await asyncio.to_thread(server.left.wait, 30)

    asyncio.run(stop())


def test_a_model_can_be_tried_out(serve: Serve) -> None:
    assert asyncio.run(tried(chat_with(serve("ready")))) is None
    assert "refused the key" in (asyncio.run(tried(chat_with(serve(error(401))))) or "")
    slow = chat_with(serve(Reply("ready", stall_after=0)))
    assert "did not finish one word" in (asyncio.run(tried(slow, deadline=0.1)) or "")
