import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from rag.web.bounds.guard import LARGEST_BODY, LARGEST_UPLOAD, MOST_OF_BODIES, Admission
from rag.web.errors import Refusal
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, app_over, running

ALLOWED = "https://paper.example"
STRANGE = "https://strange.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
PAGE_ROUTES = ("/gradio_api/queue/join", "/gradio_api/info", "/config", "/")


@pytest.fixture(scope="module")
def framed(word_store: Path) -> Iterator[httpx.Client]:
    """A client of a server that lets one origin in and is known by a public address."""
    settings = WebSettings(allowed_origins=(ALLOWED,), public_url="https://archive.example")
    with (
        running(app_over(word_store, settings)) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False) as client,
    ):
        yield client


def ask(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.post("/api/ask", json={"question": ANSWERED}, headers=headers)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:7860", "127.0.0.1:1", "[::1]:7860", "192.168.0.7", "ARCHIVE.example."]
)
def test_names_of_ours_and_addresses_are_served(framed: httpx.Client, host: str) -> None:
    assert framed.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("strange.example", "localhost.strange.example", "a@localhost", "localhost:x", "", "local host"),
        *("[::1].strange.example", "[::1]x", "[::1]:x", "x[::1]"),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/", "/config"])
def test_a_host_that_is_not_ours_is_refused(framed: httpx.Client, host: str, path: str) -> None:
    told = framed.get(path, headers={"Host": host})
    assert told.status_code == 400 and told.json()["error"]["code"] == "host"


def test_an_allowed_site_may_ask_and_read_the_answer(framed: httpx.Client) -> None:
    told = ask(framed, origin=ALLOWED)
    assert told.status_code == 200 and told.headers["access-control-allow-origin"] == ALLOWED
    assert "access-control-allow-credentials" not in told.headers and "Origin" in told.headers["vary"]
    preflight = framed.options("/api/ask", headers=PREFLIGHT | {"Origin": ALLOWED})
    assert preflight.status_code == 200 and preflight.headers["access-control-allow-origin"] == ALLOWED


@pytest.mark.parametrize("origin", [STRANGE, "null", "https://paper.example.strange.example", "x", ""])
def test_another_site_may_neither_ask_nor_read(framed: httpx.Client, origin: str) -> None:
    told = ask(framed, origin=origin)
    assert told.status_code == 403 and told.json()["error"]["code"] == "origin"
    assert "access-control-allow-origin" not in told.headers


@pytest.mark.parametrize("path", PAGE_ROUTES)
def test_no_route_of_the_page_reflects_an_origin(page_client: httpx.Client, path: str) -> None:
    for told in (
        page_client.get(path, headers={"Origin": STRANGE}),
        page_client.options(path, headers=PREFLIGHT | {"Origin": STRANGE}),
        page_client.post(path, json={}, headers={"Origin": STRANGE}),
    ):
        assert "access-control-allow-origin" not in told.headers
        assert "access-control-allow-credentials" not in told.headers
    assert page_client.post(path, json={}, headers={"Origin": STRANGE}).status_code == 403


def test_the_pages_own_origin_may_ask(framed: httpx.Client) -> None:
    own = str(framed.base_url).rstrip("/")
    assert ask(framed, origin=own).status_code == 200
    assert ask(framed, origin="https://archive.example").status_code == 200
    assert ask(framed, host="archive.example", origin="https://archive.example").status_code == 200
    port = urlsplit(own).port or 0
    assert ask(framed, origin=f"http://127.0.0.1:{port + 1}").status_code == 403


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_form_cannot_ask(client: httpx.Client, kind: str) -> None:
    told = client.post("/api/ask", content=b'{"question": "x"}', headers={"Content-Type": kind})
    assert told.status_code == 415 and told.json()["error"]["code"] == "content_type"


def test_json_may_be_sent_with_a_charset(client: httpx.Client) -> None:
    body = b'{"question": "ferry"}'
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/ld+json"):
        assert client.post("/api/ask", content=body, headers={"Content-Type": kind}).status_code == 200


@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions", "/gradio_api/queue/join"])
def test_a_body_that_is_too_large_is_refused_from_its_header(client: httpx.Client, path: str) -> None:
    told = client.post(path, content=b" " * (5 << 20), headers={"Content-Type": "application/json"})
    assert told.status_code == 413 and told.json()["error"]["code"] == "too_large"


def test_a_body_without_a_length_is_counted_as_it_arrives(client: httpx.Client) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 << 20:
            sent += 1 << 16
            yield b" " * (1 << 16)

    try:
        told = client.post("/api/ask", content=endless(), headers={"Content-Type": "application/json"})
        assert told.status_code == 413 and told.json()["error"]["code"] == "too_large"
    except httpx.WriteError:
        pass  # the server closed the connection before all was sent
    assert sent < 32 << 20, "the server read on"
    assert client.get("/healthz").status_code == 200


def test_a_body_at_the_limit_is_read(client: httpx.Client) -> None:
    body = b'{"question": "ferry", "more": "' + b"x" * (LARGEST_BODY - 33) + b'"}'
    assert len(body) == LARGEST_BODY
    assert (
        client.post("/api/ask", content=body, headers={"Content-Type": "application/json"}).status_code == 200
    )


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/api/nothing", "/config", "/articles/ferry", "/articles/none", "/embed", "/widget.js"],
)
def test_every_response_has_its_security_headers(page_client: httpx.Client, path: str) -> None:
    headers = page_client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] and "frame-ancestors" in headers["content-security-policy"]
    assert "set-cookie" not in headers and "server" not in headers


def test_the_page_may_load_nothing_from_elsewhere(page_client: httpx.Client) -> None:
    policy = page_client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "http" not in policy


def test_scripts_of_the_page_live_under_a_policy_too(page_client: httpx.Client) -> None:
    found = re.search(r'src="\.?(/[^"]+\.js)"', page_client.get("/").text)
    assert found
    script = page_client.get(found[1])
    assert script.status_code == 200 and "javascript" in script.headers["content-type"]
    assert script.headers["content-security-policy"].startswith("default-src 'self';")


def test_no_file_goes_in_or_out_through_the_page(page_client: httpx.Client) -> None:
    assert page_client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404
    assert page_client.get("/gradio_api/proxy=https://strange.example/").status_code == 404
    for path in ("/etc/passwd", str(Path(__file__)), "https://strange.example/"):
        told = page_client.get(f"/gradio_api/file={path}")
        assert told.status_code in (403, 404) and told.json()["error"]["message"]


HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/nothing/<script>", 404),
        ("GET", "/static/none.css", 404),
        ("POST", "/embed", 405),
        ("DELETE", "/articles/ferry", 405),
        ("GET", "/apiary", 404),
    ],
)
def test_a_person_gets_an_error_as_a_page(
    client: httpx.Client, page_client: httpx.Client, method: str, path: str, status: int
) -> None:
    for one in (client, page_client):
        told = one.request(method, path, headers=HTML)
        assert told.status_code == status and told.headers["content-type"].startswith("text/html")
        assert "<h1>" in told.text and "<script>" not in told.text and "{" not in told.text
        assert int(told.headers["content-length"]) == len(told.content)
        assert "style-src 'self'" in told.headers["content-security-policy"]
        assert ("allow" in told.headers) is (status == 405)
        assert one.request(method, path).json()["error"]["message"] in told.text


@pytest.mark.parametrize("path", ["/api/nothing", "/v1/nothing", "/api", "/v1"])
def test_the_api_answers_in_json_whatever_is_accepted(page_client: httpx.Client, path: str) -> None:
    told = page_client.get(path, headers=HTML)
    assert told.status_code == 404 and told.json()["error"]["type"] == "not_found_error"


def test_a_stranger_on_the_wire_gets_an_error_and_nobody_else_notices(client: httpx.Client) -> None:
    url = urlsplit(str(client.base_url))
    for noise in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /api/ask HTTP/1.1\r\nHost: x\r\n",
    ):
        with socket.create_connection((url.hostname or "", url.port or 0), timeout=300) as wire:
            wire.sendall(noise)
    assert client.get("/healthz").status_code == 200


def admitted(receive: Receive, patience: float = 30.0, **scope: object) -> Scope:
    """The scope of a request whose body an app reads to its end. Raises what reading it raises."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        seen.append(scope)

    async def send(message: Message) -> None:
        raise Refused(message)

    async def run() -> None:
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        plain = {"type": "http", "path": "/", "method": "POST", "headers": headers}
        await Admission(app, WebSettings(), patience=patience)(plain | scope, receive, send)

    asyncio.run(run())
    return seen[0]


class Refused(Exception):
    """The first message of a refusal."""


async def empty() -> Message:
    return {"type": "http.request", "body": b""}


def test_bodies_of_one_visitor_are_bounded_together_and_refuse_nobody_else() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await answered.wait()

    async def send(message: Message) -> None:
        raise Refused(message)

    def asking(visitor: str, size: int) -> asyncio.Task[None]:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"x" * size}

        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope = {
            "type": "http",
            "path": "/api/ask",
            "method": "POST",
            "client": (visitor, 1),
            "headers": headers,
        }
        return asyncio.create_task(admission(scope, receive, send))

    async def run() -> None:
        greedy = [asking(f"192.0.2.{n % 4}", LARGEST_BODY) for n in range(40)]
        honest = [asking("198.51.100.1", 1 << 10) for _ in range(50)]
        await asyncio.sleep(0.01)
        refused = [one.exception() for one in greedy if one.done()]
        assert len(greedy) - len(refused) <= MOST_OF_BODIES // LARGEST_BODY
        assert all(isinstance(one, Refusal) and one.status_code == 429 for one in refused)
        assert not any(one.done() for one in honest)
        answered.set()
        await asyncio.wait({*greedy, *honest})
        await asking("192.0.2.1", LARGEST_BODY)  # What is answered counts no longer.

    answered = asyncio.Event()
    admission = Admission(app, WebSettings())
    asyncio.run(run())


def test_a_body_that_stops_coming_is_given_up_on() -> None:
    arriving = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Message:
        for message in arriving:
            return message
        await asyncio.Event().wait()
        return {}

    with pytest.raises(Refusal) as refused:
        admitted(receive, patience=0.01)
    assert refused.value.status_code == 408


@pytest.mark.parametrize(
    ("path", "bytes_a_second", "arrives"),
    [
        ("/api/ask", 0.33, False),
        ("/api/ask", 64 << 10, True),
        ("/api/articles", 1 << 10, False),
        ("/api/articles", 40 << 10, True),  # A whole upload takes 27 minutes.
    ],
)
def test_a_body_has_a_deadline_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, path: str, bytes_a_second: float, arrives: bool
) -> None:
    now, given = 0.0, 0
    piece = max(1, int(bytes_a_second * 3))
    largest = LARGEST_UPLOAD if path == "/api/articles" else LARGEST_BODY

    async def receive() -> Message:
        nonlocal now, given
        now += piece / bytes_a_second
        if now > 1e5:  # A day and more.
            raise AssertionError("it is waited for for ever")
        given += piece
        return {"type": "http.request", "body": b"x" * piece, "more_body": given + piece <= largest}

    monkeypatch.setattr("rag.web.bounds.guard._now", lambda: now)
    if arrives:
        admitted(receive, path=path)
        return
    with pytest.raises(Refusal, match="in time"):
        admitted(receive, path=path)


@pytest.mark.parametrize("hosts", [[b"localhost", b"strange.example"], [b"localhost", b"localhost"], []])
def test_a_request_has_exactly_one_host(hosts: list[bytes]) -> None:
    with pytest.raises(Refused, match="400"):
        admitted(empty, headers=[(b"host", host) for host in hosts])


def test_an_address_has_a_bounded_length() -> None:
    with pytest.raises(Refused, match="414"):
        admitted(empty, query_string=b"q" * (9 << 10))


def test_a_host_that_a_client_says_was_forwarded_goes_nowhere() -> None:
    named = [(b"host", b"localhost"), (b"x-forwarded-host", b"strange.example"), (b"accept", b"*/*")]
    assert admitted(empty, headers=named)["headers"] == [named[0], named[2]]


def test_a_page_behind_a_proxy_has_the_scheme_that_people_use() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        schemes.append(scope["scheme"])

    async def send(message: Message) -> None: ...

    schemes: list[str] = []
    admission = Admission(app, WebSettings(public_url="https://archive.example"))
    for host in (b"Archive.example", b"127.0.0.1", b"archive.example:7860"):
        scope = {"type": "http", "path": "/", "method": "GET", "scheme": "http", "headers": [(b"host", host)]}
        asyncio.run(admission(scope, empty, send))
    assert schemes == ["https", "http", "http"]
