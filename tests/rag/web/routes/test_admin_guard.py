"""Who may change the archive, from where, and how many at a time."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from index.store.store import Store
from rag.web.bounds.tokens import MOST_GUESSES
from rag.web.settings import WebSettings
from rag.web.writer import MOST_WAITING
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import check_whole, long_text
from tests.rag.web.conftest import app_over, indexed, running

ADMIN = "an admin token of ours"
BEARER = {"Authorization": f"Bearer {ADMIN}"}
EVENTS = BEARER | {"Accept": "text/event-stream"}
STRANGE = "https://strange.example"
CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/articles", {"json": {"id": "x", "text": "The mill stands."}}),
    ("POST", "/api/articles", {"files": {"files": ("x.txt", b"The mill stands.")}}),
    ("POST", "/api/articles", {"data": {"text": "The mill stands."}, "files": {"none": ("", b"")}}),
    ("DELETE", "/api/articles/ferry", {}),
    ("POST", "/api/restore", {"json": {"ids": ["ferry"]}}),
    ("POST", "/api/owner/index", {"json": {"sources": ["/etc"]}}),
    ("POST", "/api/owner/remove", {"json": {"ids": ["ferry"]}}),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = indexed(tmp_path_factory.mktemp("guarded"))
    settings = WebSettings(admin_token=ADMIN, owner_token="an owner token", allowed_origins=(STRANGE,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("rag.web.bounds.tokens.MOST_GUESSES", 10_000)
        app = app_over(folder, settings)
    with running(app) as url:
        yield url
        with Store.open(folder) as store:
            assert store.archive().articles == 3, "a refused request changed the archive"


def ask_for(url: str, method: str, path: str, **request: Any) -> httpx.Response:
    return httpx.request(method, url + path, timeout=300, trust_env=False, **request)


@pytest.mark.parametrize(("method", "path", "request_"), CHANGES)
def test_a_token_counts_only_in_its_header(
    served: str, method: str, path: str, request_: dict[str, Any]
) -> None:
    for query in (f"?token={ADMIN}", f"?authorization=Bearer+{ADMIN}", f"?access_token={ADMIN}"):
        told = ask_for(served, method, path + query, cookies={"token": ADMIN}, **request_)
        assert told.status_code == 401 and told.headers["www-authenticate"] == "Bearer"
        assert told.json()["error"]["message"] == "The token is missing or wrong."
    for given in (f" {ADMIN[:-1]}", f" {ADMIN}x", f" {ADMIN.upper()}", "", f" {ADMIN}, Bearer x"):
        headers = {"Authorization": f"Bearer{given}"}
        assert ask_for(served, method, path, headers=headers, **request_).status_code == 401


def test_tokens_cannot_be_guessed_without_end_on_any_route(tmp_path: Path) -> None:
    settings = WebSettings(admin_token=ADMIN, owner_token="an owner token", api_keys=("a key of ours",))
    others: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/v1/models", {}),
        ("POST", "/v1/chat/completions", {"json": {}}),
    ]
    with running(app_over(tmp_path / "none", settings)) as url:
        for n in range(MOST_GUESSES):
            guess = {"Authorization": f"Bearer guess {n}"}
            assert ask_for(url, "GET", "/v1/models", headers=guess).status_code == 401
        for method, path, request_ in [*CHANGES, *others, ("GET", "/api/token", {})]:
            told = ask_for(url, method, path, headers={"Authorization": "Bearer guess"}, **request_)
            assert told.status_code == 429 and told.headers["retry-after"]
            assert told.json()["error"]["type"] == "rate_limit_error"


def test_how_far_a_token_agrees_is_not_compared_letter_by_letter(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr("rag.web.bounds.guard.secrets.compare_digest", compare)
    assert ask_for(served, "GET", "/api/token", headers=BEARER).json() == {"schema": 1, "valid": False}
    assert compared == [(ADMIN.encode(), ADMIN.encode())]


def test_a_page_may_ask_whether_it_has_the_token(served: str) -> None:
    told = [
        ask_for(served, "GET", "/api/token", headers=headers).json()["valid"]
        for headers in (BEARER, {}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer"})
    ]
    assert told == [True, False, False, False]


@pytest.mark.parametrize(("method", "path", "request_"), CHANGES)
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1", "file://"])
def test_another_sites_page_changes_nothing_even_with_the_token(
    served: str, method: str, path: str, request_: dict[str, Any], origin: str
) -> None:
    told = ask_for(served, method, path, headers=BEARER | {"Origin": origin}, **request_)
    assert told.status_code == 403 and told.json()["error"]["code"] == "origin"
    assert "access-control-allow-origin" not in told.headers


def test_no_form_of_another_site_can_send_the_token(served: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": kind, "Origin": "https://elsewhere.example"}
        told = ask_for(served, "POST", "/api/articles", headers=headers, content=b"text=The+mill")
        assert told.status_code in (403, 415)
    preflight = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    for origin in ("https://elsewhere.example", STRANGE):
        told = ask_for(served, "OPTIONS", "/api/articles/ferry", headers=preflight | {"Origin": origin})
        assert told.status_code == 400 and "DELETE" not in told.headers.get(
            "access-control-allow-methods", ""
        )


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "a@127.0.0.1", ""])
def test_a_name_that_is_not_ours_opens_nothing(served: str, host: str) -> None:
    for method, path, request_ in CHANGES:
        told = ask_for(served, method, path, headers=BEARER | {"Host": host}, **request_)
        assert told.status_code == 400 and told.json()["error"]["code"] == "host"
    assert ask_for(served, "GET", "/add", headers={"Host": host}).status_code == 400


def test_the_page_that_takes_articles_is_there_with_a_token_only_and_runs_nothing_else(served: str) -> None:
    page = ask_for(served, "GET", "/add")
    assert page.status_code == 200 and ADMIN not in page.text and "noindex" in page.headers["x-robots-tag"]
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'")
    assert policy.endswith("connect-src 'self'; frame-ancestors 'none'") and "unsafe" not in policy
    assert ask_for(served, "HEAD", "/add").status_code == 200
    assert ask_for(served, "POST", "/add").status_code == 405


def test_without_a_token_there_is_no_such_page(word_store: Path) -> None:
    with running(app_over(word_store, WebSettings(owner_token="an owner token"))) as url:
        assert ask_for(url, "GET", "/add").status_code == 404
        assert ask_for(url, "GET", "/api/token", headers={"Authorization": "Bearer"}).json()["valid"] is False


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path, threading.Event]]:
    """A server whose embedder waits: its address, its store, and what lets the embedder go on."""
    folder, going_on = indexed(tmp_path), threading.Event()

    def slow() -> WordOverlapEmbedding:
        def wait() -> None:
            assert going_on.wait(300)

        return WordOverlapEmbedding(wait)

    monkeypatch.setattr("tests.rag.web.conftest.WordOverlapEmbedding", slow)
    with running(app_over(folder, WebSettings(admin_token=ADMIN))) as url:
        try:
            yield url, folder, going_on
        finally:
            going_on.set()


def test_sixteen_may_write_at_once_and_the_next_is_told_when_to_come_back(
    held: tuple[str, Path, threading.Event],
) -> None:
    url, folder, going_on = held
    waiting, told = threading.Semaphore(0), []

    def write(number: int) -> None:
        article = {
            "id": f"a{number}",
            "text": f"Report {number} of the mill. {long_text(f'mill {number}', 4)}",
        }
        with httpx.stream("POST", f"{url}/api/articles", json=article, headers=EVENTS, timeout=300) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "event: progress"
            waiting.release()
            told.append([line for line in lines if line.startswith("event: ")][-1])

    writers = [threading.Thread(target=write, args=(number,)) for number in range(MOST_WAITING)]
    for writer in writers:
        writer.start()
    for _ in writers:
        assert waiting.acquire(timeout=300)
    for headers in (BEARER, EVENTS):
        late = ask_for(
            url, "POST", "/api/articles", json={"id": "late", "text": "The mill."}, headers=headers
        )
        assert late.status_code == 429 and late.headers["retry-after"].isdecimal()
        assert "waiting" in late.json()["error"]["message"]
    asked = ask_for(url, "POST", "/api/ask", json={"question": "Who steered the ferry?"})
    assert asked.json()["status"] == "answered"
    going_on.set()
    for writer in writers:
        writer.join(60)
    assert told == ["event: done"] * MOST_WAITING
    late = ask_for(url, "POST", "/api/articles", json={"id": "late", "text": "The mill."}, headers=BEARER)
    assert late.status_code == 200 and late.json()["articles"] == 3 + MOST_WAITING + 1
    with Store.open(folder) as store:
        check_whole(store)


def test_who_leaves_before_the_turn_comes_gives_the_place_back(
    held: tuple[str, Path, threading.Event],
) -> None:
    url, _, going_on = held
    article = {"id": "left", "text": "The mill is for sale."}
    for _ in range(MOST_WAITING + 4):
        with httpx.stream("POST", f"{url}/api/articles", json=article, headers=EVENTS, timeout=300) as answer:
            if answer.status_code == 429:
                break
            assert next(answer.iter_lines()) == "event: progress"
    going_on.set()
    deadline = time.monotonic() + 300
    while (last := ask_for(url, "POST", "/api/articles", json=article, headers=BEARER)).status_code == 429:
        assert time.monotonic() < deadline
    assert last.status_code == 200 and last.json()["articles"] == 4


def test_a_server_that_stops_amid_uploads_says_so_and_keeps_what_was_committed(
    tmp_path: Path,
) -> None:
    folder, stored, seen = indexed(tmp_path), threading.Event(), []
    lines = [{"id": f"a{n}", "text": f"Report {n}. {long_text(f'bridge {n}')}"} for n in range(2000)]

    def upload(url: str) -> None:
        with httpx.stream("POST", f"{url}/api/articles", json=lines, headers=EVENTS, timeout=300) as answer:
            for line in answer.iter_lines():
                seen.append(line)
                if line.startswith("data: ") and '"passages":0' not in line:
                    stored.set()

    with ExitStack() as serving:
        url = serving.enter_context(running(app_over(folder, WebSettings(admin_token=ADMIN))))
        where = urlsplit(url)
        half = serving.enter_context(socket.create_connection((where.hostname or "", where.port or 0)))
        head = f"POST /api/articles HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ADMIN}\r\n"
        half.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 900\r\n\r\n[".encode())
        sending = threading.Thread(target=upload, args=(url,))
        sending.start()
        assert stored.wait(60)
        serving.pop_all().close()
        sending.join(60)
    assert "stopping" in seen[-2] or "stopping" in seen[-3], seen[-5:]
    with Store.open(folder) as store:
        check_whole(store)
        assert 3 < store.archive().articles < 2003
