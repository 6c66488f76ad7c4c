"""A written answer as settings build it: every call is bounded, counted, and goes where it should."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest

from app import run
from index.store.store import Store
from rag.answer import Answer, Question
from rag.check.meaning import MeaningCheck
from rag.terminal.arguments import parse
from rag.terminal.build import build_assistant, build_model_calls
from rag.terminal.settings import Settings
from tests.rag.conftest import assistant_over_words
from tests.rag.web.conftest import indexed
from tests.scripted import Asked, Reply, ScriptedModel, error

pytest.importorskip("rag.check.model_check", reason="the check of meaning by a model is not here yet")

ASKED = "Who steered the ferry Linden?"
ARTICLES: list[dict[str, object]] = [
    {
        "id": "ferry",
        "title": "The ferry Linden",
        "source": "Harbour Wire",
        "published_at": "2020-01-02",
        "text": "Grace Hopper steered the ferry Linden on Monday. The harbour was quiet that day.",
    },
    {
        "id": "tickets",
        "title": "The harbour office",
        "source": "Coast Post",
        "published_at": "2020-03-05",
        "text": "Ada Byron sold tickets at the kiosk. She wore a green coat.",
    },
]
PLAN = "QUESTION: Who steered the ferry Linden?\nSEARCH: tickets sold at the kiosk\nKIND: question"
WRITTEN = "The one who steered the ferry Linden on Monday was Grace Hopper [1]."


def reply(asked: Asked) -> Reply:
    """What a model answers to each kind of call."""
    told = asked.messages[0]["content"]
    if told.startswith("You plan"):
        return Reply(PLAN, usage=(100, 10))
    if "desk editor" in told:
        return Reply(WRITTEN, usage=(1_000, 20))
    verdict = "WHOLLY" if "<answer" in asked.messages[1]["content"] else "SUPPORTED"
    numbers = re.findall(r"^(\d+):$", asked.messages[1]["content"], re.MULTILINE)
    return Reply("\n".join(f"{number}: {verdict}" for number in numbers), usage=(200, 5))


Ask = Callable[..., tuple[Answer, Settings]]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Asks an assistant that is built from these settings, over two articles."""
    store = indexed(tmp_path, ARTICLES)
    with ExitStack() as opened:

        def asked(**environment: str) -> tuple[Answer, Settings]:
            named = {f"ONRECORD_{name}": value for name, value in environment.items()}
            settings = Settings.read({"ONRECORD_STORE": str(store), **named}, tmp_path)
            reading = opened.enter_context(Store.open(store))
            retriever = assistant_over_words(store, reading).retriever
            return build_assistant(settings, reading, retriever).ask(Question(ASKED)), settings

        yield asked


def model(server: ScriptedModel) -> dict[str, str]:
    return {"LLM_MODEL": "scripted", "LLM_BASE_URL": server.base_url, "LLM_API_KEY": "own"}


def patient() -> dict[str, str]:
    """No call is late on a busy machine."""
    return {f"{kind}_SECONDS": "600" for kind in ("PLAN", "LLM", "CHECK", "REPAIR")}


def test_every_call_of_an_answer_is_bounded_and_counted(ask: Ask) -> None:
    with ScriptedModel(reply) as server:
        answer, settings = ask(**model(server), **patient())
        calls = build_model_calls(settings)
        assert calls.made == len(server.requests) and calls.running == 0
        assert {asked.headers["authorization"] for asked in server.requests} == {"Bearer own"}
    assert answer.reader == "llm:scripted" and "Grace Hopper" in answer.text
    assert answer.searched == (ASKED, "tickets sold at the kiosk")
    kinds = {kind: tokens.calls for kind, tokens in answer.usage.by_kind.items()}
    assert kinds["plan"] == kinds["write"] == 1 and kinds["check"] >= 1
    assert sum(kinds.values()) == calls.made
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (
        calls.prompt_tokens,
        calls.completion_tokens,
    )


def test_what_is_switched_off_is_not_asked_for(ask: Ask) -> None:
    with ScriptedModel(reply) as server:
        answer, _ = ask(**model(server), **patient(), PLAN="off", CHECK="off", REPAIR="off")
        assert len(server.requests) == 1 and "desk editor" in server.requests[0].prompt
    assert answer.reader == "llm:scripted" and answer.searched == (ASKED,)


def test_another_model_checks_with_its_own_key(ask: Ask) -> None:
    with ScriptedModel(reply) as server, ScriptedModel(reply) as checking:
        other = {"CHECK_MODEL": "checking", "CHECK_BASE_URL": checking.base_url, "CHECK_API_KEY": "second"}
        answer, settings = ask(**model(server), **patient(), **other)
        assert len(server.requests) == 2 and checking.requests
        assert {asked.headers["authorization"] for asked in checking.requests} == {"Bearer second"}
        assert {asked.body["model"] for asked in checking.requests} == {"checking"}
        assert build_model_calls(settings).made == len(server.requests) + len(checking.requests)
    assert answer.draft and answer.draft.answers == "wholly" and not answer.draft.notices


def test_a_budget_that_is_used_up_ends_every_call(ask: Ask) -> None:
    with ScriptedModel(reply) as server:
        answer, settings = ask(**model(server), **patient(), LLM_DAILY_TOKENS="100")
        assert not server.requests and build_model_calls(settings).without_tokens >= 2
    assert answer.reader == "extractive" and "Grace Hopper" in answer.text
    assert any("daily budget" in notice for notice in answer.notices)


def test_a_request_that_is_too_long_is_made_again_with_half_the_articles(ask: Ask) -> None:
    def short(asked: Asked) -> Reply:
        is_long = "desk editor" in asked.prompt and len(lengths) < 1
        if is_long:
            lengths.append(len(asked.prompt))
            return error(400, "This model's maximum context length is 4096 tokens.")
        return reply(asked)

    lengths: list[int] = []
    with ScriptedModel(short) as server:
        answer, _ = ask(**model(server), **patient(), PLAN="off", CHECK="off")
        assert len(server.requests) == 2
    assert answer.reader == "llm:scripted" and answer.status == "answered" and lengths


def test_the_model_may_have_something_else_searched_once(ask: Ask) -> None:
    def wishing(asked: Asked) -> Reply:
        if "desk editor" in asked.prompt and "Searches left: 1" in asked.prompt:
            return Reply("SEARCH: tickets sold at the kiosk")
        return reply(asked)

    with ScriptedModel(wishing) as server:
        answer, _ = ask(**model(server), **patient(), PLAN="off", CHECK="off")
        assert len(server.requests) == 2 and "Searches left: 0" in server.requests[1].prompt
    assert answer.searched == (ASKED, "tickets sold at the kiosk") and answer.reader == "llm:scripted"
    assert answer.usage.by_kind["write"].calls == 2


def test_a_plan_that_never_comes_is_not_waited_for_and_its_connection_is_closed(ask: Ask) -> None:
    def is_plan(asked: Asked) -> bool:
        return asked.messages[0]["content"].startswith("You plan")

    def hanging(asked: Asked) -> Reply:
        return Reply("", hangs=True) if is_plan(asked) else reply(asked)

    with ScriptedModel(hanging) as server:
        answer, settings = ask(**model(server), **(patient() | {"PLAN_SECONDS": "2"}), CHECK="off")
        # On a busy machine the time may be over before the request is sent.
        assert not any(map(is_plan, server.requests)) or server.left.wait(300)
        assert build_model_calls(settings).running == 0
    assert answer.reader == "llm:scripted" and answer.searched == (ASKED,)
    assert answer.draft and answer.draft.fallbacks == 1 and not answer.notices


def test_doctor_and_serve_are_told_of_what_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, tuple[object, ...]] = {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rag.terminal.doctor.doctor", lambda *given: told.update(doctor=given) or 0)
    monkeypatch.setattr("rag.terminal.serve.serve", lambda *given: told.update(serve=given) or 0)
    monkeypatch.setenv("ONRECORD_LLM_MODEL", "writing")
    monkeypatch.setenv("ONRECORD_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ONRECORD_CHECK_MODEL", "checking")
    monkeypatch.setenv("ONRECORD_STORE", str(tmp_path / "store"))
    for command in ("doctor", "serve"):
        assert run(parse([command])) == 0
    check, key = cast(tuple[MeaningCheck, str], told["doctor"][-1])
    assert (check.name, check.is_trusted) == ("checking", False) and "checking at 127.0.0.1:9" in key
    settings = cast(Settings, told["serve"][1])
    assert "checking" in (cast(Callable[[Settings], str | None], told["serve"][-1])(settings) or "")
