"""No key, token or path of the server in any answer, page, log, error or report; the log stays small."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import fresh_address
from tests.attack.target import API_KEY, GUARD, TOKEN, Target, copy_store, serving
from tests.conftest import ROOT
from tests.scripted import ScriptedModel, error, page

pytestmark = pytest.mark.attack

MODEL_KEY = "sk-the-key-of-the-language-model"
OTHER_KEY = "sk-the-key-of-another-provider"
SECRETS = (TOKEN, API_KEY, MODEL_KEY, OTHER_KEY)
ROUTES = (
    *(
        "/",
        "/config",
        "/embed",
        "/add",
        "/api/openapi.json",
        "/metrics",
        "/readyz",
        "/healthz",
        "/api/archive",
        "/api/token",
    ),
    *(
        "/articles/plain",
        "/api/articles/plain",
        "/v1/models",
        "/widget.js",
        "/static/add.js",
        "/gradio_api/info",
        "/nothing",
    ),
    *(
        "/gradio_api/startup-events",
        "/gradio_api/app_id",
        "/theme.css",
        "/robots.txt",
        "/monitoring",
        "/gradio_api/config",
    ),
)


@pytest.fixture(scope="module")
def with_keys(
    hostile_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Target, ScriptedModel]]:
    """A server with a language model that fails in many ways, and every kind of secret."""
    folder = copy_store(hostile_store / "store", tmp_path_factory.mktemp("with-keys"))
    replies = (
        error(401, f"Incorrect API key provided: {MODEL_KEY}"),
        error(500, MODEL_KEY),
        error(400, MODEL_KEY),
        page(MODEL_KEY),
    )
    with ScriptedModel(*replies) as model:
        environment = {
            "ONRECORD_LLM_MODEL": "scripted",
            "ONRECORD_LLM_BASE_URL": model.base_url,
            "ONRECORD_LLM_API_KEY": MODEL_KEY,
            "OPENAI_API_KEY": OTHER_KEY,
        }
        with serving(folder, environment=environment) as target:
            yield target, model


def said(reply: httpx.Response) -> str:
    """Headers and body of a response."""
    return str(dict(reply.headers)) + reply.text


def test_no_route_gives_a_secret_away(with_keys: tuple[Target, ScriptedModel]) -> None:
    target, model = with_keys
    owner = (target.store / "owner.token").read_text().strip()
    with target.client(fresh_address()) as client:
        for route in ROUTES:
            for headers in ({}, {"Accept": "text/html"}, {"Authorization": "Bearer guess"}):
                text = said(client.get(route, headers=headers))
                assert not [secret for secret in (*SECRETS, owner) if secret in text], route
    del model


def test_no_answer_error_or_log_holds_a_key_however_the_model_fails(
    with_keys: tuple[Target, ScriptedModel],
) -> None:
    target, model = with_keys
    with target.client(fresh_address()) as client:
        for question in (
            "Who steered the ferry?",
            "How many people stood on the pier?",
            "Who waved?",
            "x" * 5_000,
        ):
            bearer = {"Authorization": f"Bearer {API_KEY}"}
            for reply in (
                client.post("/api/ask", json={"question": question}),
                client.post("/api/ask", json={"question": question}, headers={"Accept": "text/event-stream"}),
                client.post(
                    "/v1/chat/completions",
                    json={"messages": [{"role": "user", "content": question}]},
                    headers=bearer,
                ),
            ):
                assert not [secret for secret in SECRETS if secret in said(reply)]
    assert model.requests, "the language model was never asked"
    assert all(asked.headers["authorization"] == f"Bearer {MODEL_KEY}" for asked in model.requests)
    assert not [secret for secret in SECRETS if secret in target.log()]


def test_neither_log_nor_metrics_nor_doctor_hold_what_visitors_asked_or_a_key(
    with_keys: tuple[Target, ScriptedModel],
) -> None:
    target, model = with_keys
    with target.client(fresh_address()) as client:
        client.post("/api/ask", json={"question": "Is the unmistakable quokka in the archive?"})
        metrics = client.get("/metrics").text
    variables = {
        **os.environ,
        "ONRECORD_LLM_MODEL": "scripted",
        "ONRECORD_LLM_BASE_URL": model.base_url,
        "ONRECORD_LLM_API_KEY": MODEL_KEY,
        "OPENAI_API_KEY": OTHER_KEY,
        "ONRECORD_ADMIN_TOKEN": TOKEN,
        "ONRECORD_API_KEYS": API_KEY,
    }
    for more in ([], ["--json"]):
        command = [sys.executable, str(ROOT / "app.py"), "doctor", "--store", str(target.store), *more]
        done = subprocess.run(
            command, cwd=target.folder / "home", env=variables, capture_output=True, text=True, timeout=GUARD
        )
        assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
    assert "quokka" not in metrics + target.log()


def test_paths_and_addresses_in_memory_are_not_told(client: httpx.Client, target: Target) -> None:
    bodies: tuple[object, ...] = (
        [],
        {},
        {"question": {}},
        {"question": "x", "history": [{"role": "x"}]},
        {"question": "x", "as_of": "x"},
    )
    replies = [client.get(route) for route in ROUTES]
    replies += [
        client.post("/api/ask", content=json.dumps(body), headers={"Content-Type": "application/json"})
        for body in bodies
    ]
    replies += [client.post("/gradio_api/queue/join", json=body) for body in bodies]
    for reply in replies:
        text = said(reply)
        assert str(target.folder) not in text and "site-packages" not in text, reply.url
        assert " object at 0x" not in text and "Traceback" not in text, reply.url


def test_a_hostile_request_writes_little_into_the_log(client: httpx.Client, target: Target) -> None:
    before = len(target.log())
    huge = "x" * 900_000
    for _ in range(5):
        client.post("/api/ask", json={"question": huge})
        client.post("/api/ask", json={"question": "x", "history": [{"role": huge, "content": "x"}]})
        client.post("/gradio_api/queue/join", json={"data": [huge], "fn_index": 0, "session_hash": "x"})
        client.post("/gradio_api/queue/join", json={"data": huge, "fn_index": huge, "session_hash": {}})
        client.get("/articles/" + "x" * 8_000)
    assert len(target.log()) - before < 50_000
