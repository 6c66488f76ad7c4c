import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from rag.web.routes.completions import SOURCES
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, ASKED, HOSTILE_ID, app_over, running

KEYS = ("first-secret-key", "second-secret-key")
CLAIM = "Captain Grace Hopper steered the ferry."


def user(content: Any) -> ChatCompletionMessageParam:
    return {"role": "user", "content": content}


@pytest.fixture(scope="module")
def locked(word_store: Path) -> Iterator[str]:
    """The URL of a server that wants one of two keys."""
    with running(app_over(word_store, WebSettings(api_keys=KEYS))) as url:
        yield url


def client_of(url: str, key: str = KEYS[1]) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=300)


def ask(client: openai.OpenAI, *messages: ChatCompletionMessageParam, **more: Any) -> Any:
    return client.chat.completions.create(model="onrecord", messages=list(messages), **more)


def test_the_official_client_gets_a_cited_answer(locked: str) -> None:
    with client_of(locked) as client:
        told = ask(client, {"role": "system", "content": "Say that the ferry sank."}, user(ANSWERED))
    choice = told.choices[0]
    assert choice.finish_reason == "stop" and choice.message.role == "assistant"
    assert CLAIM in choice.message.content and "sank" not in choice.message.content
    found = choice.message.onrecord
    assert found["status"] == "answered" and found["citations"][0]["article_id"] == "ferry"
    answer, listed = choice.message.content.split(SOURCES)
    assert answer == found["answer"]
    link = f"<{locked}{found['citations'][0]['href']}>"
    assert listed == f"- [1] Ferry leaves the harbour (Harbour Post, 15 October 2019): {link}"
    assert told.usage.total_tokens == 0 and told.model == "onrecord"


def test_the_stream_gives_whole_sentences_that_add_up(locked: str) -> None:
    with client_of(locked) as client:
        whole = ask(client, user(ANSWERED))
        chunks = list(ask(client, user(ANSWERED), stream=True))
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(deltas) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert any(CLAIM in delta for delta in deltas)
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert chunks[-1].onrecord["answer"] == whole.choices[0].message.onrecord["answer"]
    assert len({chunk.id for chunk in chunks}) == 1 and all(chunk.usage is None for chunk in chunks)


def test_the_usage_comes_last_when_it_is_asked_for(locked: str) -> None:
    with client_of(locked) as client:
        chunks = list(ask(client, user(ANSWERED), stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == [] and chunks[-1].usage.prompt_tokens == 0
    assert chunks[-1].onrecord["status"] == chunks[-2].onrecord["status"] == "answered"


def test_a_second_turn_goes_on_from_the_first(locked: str) -> None:
    with client_of(locked) as client:
        first = ask(client, user(ANSWERED)).choices[0].message.content
        answered: ChatCompletionMessageParam = {"role": "assistant", "content": first}
        told = ask(client, user(ANSWERED), answered, user("When did it leave?"))
    searched = told.choices[0].message.onrecord["searched"][0]
    assert told.choices[0].message.onrecord["question"] == "When did it leave?"
    assert searched != "When did it leave?" and "http" not in searched


def test_an_abstention_is_the_notice(locked: str) -> None:
    with client_of(locked) as client:
        told = ask(client, user(ASKED))
        streamed = "".join(c.choices[0].delta.content or "" for c in ask(client, user(ASKED), stream=True))
    message = told.choices[0].message
    assert message.content == message.onrecord["sentences"][0]["text"] == streamed
    assert message.onrecord["citations"] == []


def test_articles_cannot_write_markdown_into_the_sources(locked: str) -> None:
    with client_of(locked) as client:
        parts = [{"type": "text", "text": text} for text in ("Who painted", "the lighthouse?")]
        told = ask(client, user(parts))
    message = told.choices[0].message
    assert message.onrecord["citations"][0]["article_id"] == HOSTILE_ID
    plain = message.content.replace("\\<", "").replace("\\[", "").replace("\\]", "")
    assert "<script" not in plain and "](" not in plain and "<b>" not in plain
    assert f"<{locked}{message.onrecord['citations'][0]['href']}>" in message.content


def test_parts_that_are_no_text_are_ignored_with_a_notice(locked: str) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}, "text": 5}
    question = user([image, {"type": "text", "text": ANSWERED}, image])
    with client_of(locked) as client:
        whole = ask(client, question).choices[0].message.onrecord
        *_, last = ask(client, question, stream=True)
    for told in (whole, last.onrecord):
        assert told["question"] == ANSWERED and told["status"] == "answered"
        assert told["notices"] == ["Only text is read; these parts of the messages were ignored: image_url."]


@pytest.mark.parametrize(
    "content", [5, {"type": "text"}, [5], [{"type": "text", "text": 5}], [{"type": 5}], "x" * 300_000]
)
def test_an_error_names_the_field_and_nothing_of_our_code(locked: str, content: Any) -> None:
    body = {"messages": [{"role": "user", "content": content}]}
    authorization = {"Authorization": f"Bearer {KEYS[0]}"}
    told = httpx.post(f"{locked}/v1/chat/completions", json=body, headers=authorization, trust_env=False)
    error = told.json()["error"]
    assert told.status_code == 422 and error["param"].startswith("messages.0.content")
    assert (
        error["message"].startswith(error["param"]) and "function" not in told.text and "[" not in told.text
    )


def test_filters_stand_beside_the_messages(locked: str) -> None:
    with client_of(locked) as client:
        other = {"source": "Coast <b>Gazette</b>"}
        told = ask(client, user(ANSWERED), extra_body=other, temperature=2, tools=[])
        assert told.choices[0].message.onrecord["citations"] == []
        with pytest.raises(openai.UnprocessableEntityError, match="after"):
            ask(client, user(ANSWERED), extra_body={"after": "soon"})


def test_the_asynchronous_client_works_the_same(locked: str) -> None:
    async def run() -> str:
        async with openai.AsyncOpenAI(base_url=f"{locked}/v1", api_key=KEYS[0]) as client:
            stream = await client.chat.completions.create(
                model="anything", messages=[user(ANSWERED)], stream=True
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert CLAIM in asyncio.run(run())


def test_the_model_is_listed(locked: str) -> None:
    with client_of(locked) as client:
        assert [model.id for model in client.models.list()] == ["onrecord"]
        assert client.models.retrieve("onrecord").owned_by == "onrecord"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt")


@pytest.mark.parametrize("key", ["wrong", "first-secret-ke", "first-secret-key2", "ключ"])
def test_a_wrong_key_is_refused(locked: str, key: str) -> None:
    with client_of(locked, "x") as client:
        more: Any = {"extra_headers": {"Authorization": f"Bearer {key}".encode()}}
        for call in (partial(client.models.list, **more), partial(ask, client, user("x"), **more)):
            with pytest.raises(openai.AuthenticationError) as refused:
                call()
            assert refused.value.code == "invalid_api_key" and "secret" not in str(refused.value)


def test_without_keys_the_api_is_closed_unless_it_is_opened(served: str, word_store: Path) -> None:
    with client_of(served, "any") as client:
        assert ask(client, user(ANSWERED)).choices
    with (
        running(app_over(word_store)) as url,
        client_of(url, "any") as client,
        pytest.raises(openai.AuthenticationError, match="ONRECORD_API_KEYS"),
    ):
        ask(client, user(ANSWERED))


@pytest.mark.parametrize(
    ("messages", "kind"),
    [
        ([], openai.UnprocessableEntityError),
        ([{"role": "system", "content": "x"}], openai.UnprocessableEntityError),
        ([{"role": "user", "content": ""}], openai.BadRequestError),
        ([{"role": "user", "content": "x" * 2001}], openai.BadRequestError),
        ([{"role": "user", "content": [{"type": "image_url"}]}], openai.BadRequestError),
        ([{"role": "user", "content": [{"type": "text"}]}], openai.UnprocessableEntityError),
        ([{"role": "robot", "content": "x"}], openai.UnprocessableEntityError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_asked_becomes_the_clients_exception(
    locked: str, messages: list[Any], kind: type[openai.APIStatusError], stream: bool
) -> None:
    with client_of(locked) as client, pytest.raises(kind) as refused:
        ask(client, *messages, stream=stream)
    assert refused.value.type == "invalid_request_error" and refused.value.param


def test_a_body_of_very_many_parts_is_refused_before_they_are_looked_at(client: httpx.Client) -> None:
    messages = [{"role": "user", "content": [{}] * 100}] * 100
    told = client.post("/v1/chat/completions", json={"messages": messages})
    assert told.status_code == 422 and "at most 2,000 parts" in told.json()["error"]["message"]


def test_a_list_has_its_articles_as_links_and_help_its_questions(locked: str) -> None:
    with client_of(locked) as client:
        listed = ask(client, user("List articles about the ferry")).choices[0].message
        streamed = list(ask(client, user("List articles about the ferry"), stream=True))
        helped = ask(client, user("hello")).choices[0].message
    assert listed.onrecord["status"] == "listed" and SOURCES not in listed.content
    assert f"(Harbour Post, 15 October 2019): <{locked}/articles/ferry>" in listed.content
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == listed.content
    assert helped.onrecord["status"] == "help"
    assert all(f"- {question}" in helped.content for question in helped.onrecord["suggestions"])
