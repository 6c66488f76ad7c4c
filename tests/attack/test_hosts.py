"""Who may ask under which name: rebound names, several Host headers, forwarded names, origins and forms."""

import json

import httpx
import pytest

from tests.attack.target import TOKEN, Target

pytestmark = pytest.mark.attack

REBOUND = (
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:7860",
    "user@127.0.0.1",
    "127.0.0.1@evil.example",
    "evil.example.",
    "[::1].evil.example",
    "127.0.0.1%00.evil.example",
    "127.0.0.1, evil.example",
    "127.0.0.1\tevil.example",
    "",
)
ROUTES = (
    *("/", "/embed", "/embed/questions", "/api/archive", "/articles/plain", "/widget.js", "/config"),
    *("/healthz", "/metrics"),
)
ASK = json.dumps({"question": "Who steered the ferry?"}).encode()
FOREIGN = (
    "null",
    "https://evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1:1",
    "file://",
    "https://127.0.0.1",
)


def request(method: str, target: str, *lines: str, body: bytes = b"") -> bytes:
    """A request as bytes; nothing is added but the length of its body, and that the connection ends."""
    sized = [*lines, "Connection: close", *([f"Content-Length: {len(body)}"] if body else [])]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *sized, "", ""]).encode("latin-1") + body


@pytest.mark.parametrize("name", REBOUND)
def test_a_name_that_is_not_ours_gets_nothing(target: Target, source: str, name: str) -> None:
    for route in ROUTES:
        reply = target.send(request("GET", route, f"Host: {name}"), source)
        assert reply.status == 400, (route, reply.status)
        assert b"evil.example" not in reply.body


def test_no_host_or_several_are_refused(target: Target, source: str) -> None:
    ours, theirs = f"Host: 127.0.0.1:{target.port}", "Host: evil.example"
    for lines in ([], [ours, theirs], [theirs, ours], [ours, ours.lower()], [ours, "Host: localhost"]):
        reply = target.send(request("GET", "/api/archive", *lines), source)
        assert reply.status == 400, lines
        assert b"evil" not in reply.body


def test_an_absolute_target_counts_as_its_host(target: Target, source: str) -> None:
    ours = f"Host: 127.0.0.1:{target.port}"
    for absolute in ("http://evil.example/", "https://evil.example/config", "http://evil.example/embed"):
        reply = target.send(request("GET", absolute, ours), source)
        assert b"evil.example" not in reply.body, absolute
        assert reply.status < 500


@pytest.mark.parametrize(
    "route", ["/", "/config", "/embed", "/api/archive", "/gradio_api/info", "/theme.css", "/manifest.json"]
)
def test_forwarded_names_are_not_reflected_by_visitors_who_are_no_proxy(
    client: httpx.Client, route: str
) -> None:
    forwarded = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Server": "evil.example",
        "X-Forwarded-Prefix": "/evil-prefix",
        "X-Original-URL": "/evil-prefix",
        "X-Rewrite-URL": "/evil-prefix",
        "X-Host": "evil.example",
        "Forwarded": "host=evil.example;proto=https",
        "X-Forwarded-Port": "6666",
    }
    reply = client.get(route, headers=forwarded)
    said = reply.text + str(dict(reply.headers))
    assert reply.status_code < 500 and "evil" not in said and ":6666" not in said


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_of_other_origins_may_neither_ask_nor_change_nor_read(
    target: Target, source: str, origin: str
) -> None:
    with target.client(source, headers={"Origin": origin}) as client:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        replies = [
            client.post("/api/ask", json={"question": "Who steered the ferry?"}),
            client.post("/api/feedback", json={"verdict": "up", "question": "Who?"}),
            client.post("/api/answers", json={"answers": []}),
            client.post("/api/share", json={}),
            client.post("/api/articles", json={"text": "A mayor spoke."}, headers=bearer),
            client.delete("/api/articles/plain", headers=bearer),
            client.delete("/shared/aaaaaaaaaaaaaaaaaaaaaa", headers=bearer),
            client.post("/v1/chat/completions", json={"messages": []}),
            client.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0, "session_hash": "x"}),
        ]
        assert {reply.status_code for reply in replies} == {403}
        for reply in (*replies, client.get("/api/archive"), client.get("/config"), client.get("/")):
            assert "access-control-allow-origin" not in reply.headers
            assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    "route",
    [
        *("/api/ask", "/api/feedback", "/api/search", "/api/answers", "/api/share", "/api/restore"),
        "/v1/chat/completions",
    ],
)
def test_a_form_of_another_site_sends_nothing_that_is_read(target: Target, source: str, route: str) -> None:
    kinds = (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/json",
        "application/jsonx",
    )
    with target.client(source, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for kind in kinds:
            reply = client.post(route, content=ASK, headers={"Content-Type": kind} if kind else {})
            assert reply.status_code == 415, kind


def test_a_preflight_of_another_site_is_not_granted(client: httpx.Client) -> None:
    for route in ("/api/ask", "/api/articles", "/v1/chat/completions", "/gradio_api/queue/join"):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        reply = client.options(route, headers=asked)
        assert reply.status_code < 500 and "access-control-allow-origin" not in reply.headers
