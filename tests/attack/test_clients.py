"""Slow, greedy and absent visitors: each is ended or told to wait, and nobody else notices."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import fresh_address
from tests.attack.page import JOIN, Tab
from tests.attack.target import MEBIBYTE, TOKEN, Target, copy_store, eventually, serving

pytestmark = pytest.mark.attack

PATIENCE = 150
"""Seconds after which a slow visitor should have been ended; the server's own deadlines are shorter."""
PAUSE = 1.0
"""Seconds between two bytes of a slow visitor."""
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /api/ask HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
QUESTION = {"question": "Who steered the ferry?"}
UPLOAD = (
    b"POST /api/articles HTTP/1.1\r\n"
    + HOST
    + b"Authorization: Bearer a-guess\r\n"
    + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 60000000\r\n\r\n--x\r\n"
)
TO_PAGE = b"POST " + JOIN.encode() + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 3000000\r\n\r\n"
SLOW: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "a request line": (b"GET /", b"a"),
    "headers": (b"GET /healthz HTTP/1.1\r\n" + HOST, b"X: y\r\n"),
    "one header": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: ", b"y"),
    "a body": (POST + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the end of a body": (POST + b"Content-Length: 100000\r\n\r\n" + b" " * 50_000, b""),
    "a body of the page": (TO_PAGE, b" "),
    "an upload": (UPLOAD, b"-"),
    "a body that is not read": (
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n",
        b" ",
    ),
}


def drip(target: Target, first: bytes, again: bytes, source: str) -> bool:
    """Whether the server ends a connection that sends `first` and then a little `again` and again."""
    with target.connect(source) as connection:
        connection.settimeout(PAUSE)

        def is_over() -> bool:
            try:
                connection.sendall(again)
                return not connection.recv(1 << 16)
            except TimeoutError:
                return False
            except OSError:
                return True

        connection.sendall(first)
        return eventually(is_over, PATIENCE)


def test_a_slow_visitor_is_ended_whatever_is_slow(target: Target) -> None:
    def end(kind: str) -> str | None:
        return None if drip(target, *SLOW[kind], fresh_address()) else kind

    with ThreadPoolExecutor(len(SLOW)) as pool:
        left = [kind for kind in pool.map(end, SLOW) if kind]
    assert not left


def test_a_visitor_who_reads_nothing_holds_no_place(target: Target) -> None:
    body = json.dumps(QUESTION).encode()
    ask = POST + b"Accept: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    held = []
    for _ in range(40):
        connection = target.connect(fresh_address())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.sendall(ask)
        held.append(connection)
    try:
        with target.client(fresh_address()) as client:
            assert client.post("/api/ask", json=QUESTION).status_code == 200
    finally:
        for connection in held:
            connection.close()


def test_a_visitor_who_asks_sixty_times_at_once_waits_and_nobody_else(target: Target) -> None:
    greedy, others = fresh_address(), [fresh_address() for _ in range(5)]

    def ask(source: str) -> httpx.Response:
        with target.client(source) as client:
            return client.post("/api/ask", json=QUESTION)

    with ThreadPoolExecutor(70) as pool:
        many = [pool.submit(ask, greedy) for _ in range(60)]
        honest = [pool.submit(ask, source).result() for source in others]
        replies = [one.result() for one in many]
    assert {reply.status_code for reply in honest} == {200}
    refused = [reply for reply in replies if reply.status_code != 200]
    assert refused and len(refused) < 60
    for reply in refused:
        assert reply.status_code == 429 and int(reply.headers["retry-after"]) >= 1
        assert reply.json()["error"]["type"] == "rate_limit_error"


def test_an_evaluation_run_of_fifty_questions_in_parallel_gets_its_answers_by_trying_again(
    target: Target,
) -> None:
    source = fresh_address()

    def ask(number: int) -> int:
        with target.client(source) as client:
            statuses: list[int] = []

            def answered() -> bool:
                statuses.append(client.post("/api/ask", json=QUESTION | {"id": number}).status_code)
                return statuses[-1] != 429

            assert eventually(answered)
            return statuses[-1]

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, range(50))) == {200}


def refusals(times: int, ask: Callable[[], httpx.Response]) -> tuple[list[int], list[httpx.Response]]:
    """The statuses of so many requests, and those that were told to wait."""
    replies = [ask() for _ in range(times)]
    return [reply.status_code for reply in replies], [reply for reply in replies if reply.status_code == 429]


def test_guesses_of_a_token_or_key_are_counted_by_visitor(target: Target) -> None:
    asked: tuple[tuple[str, str, str], ...] = (
        ("POST", "/api/articles", "the-admin-token"),
        ("GET", "/api/token", "the-admin-token"),
        ("GET", "/v1/models", "a-key"),
        ("POST", "/api/owner/index", "the-owner"),
        ("POST", "/api/owner/remove", "the-owner"),
        ("POST", "/api/owner/restore", "the-owner"),
        ("DELETE", "/shared/aaaaaaaaaaaaaaaaaaaaaa", "the-admin-token"),
    )
    for method, route, guess in asked:
        with target.client(fresh_address()) as client:
            statuses, told = refusals(
                120,
                lambda: client.request(method, route, json={}, headers={"Authorization": f"Bearer {guess}"}),  # noqa: B023
            )
            assert told and int(told[0].headers["retry-after"]) >= 1, (route, set(statuses))
    with target.client(fresh_address(), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for _ in range(60):
            assert client.get("/api/token").json()["valid"] is True


def test_feedback_is_counted_by_visitor(target: Target) -> None:
    mark = {"verdict": "up", "question": "Who steered the ferry?"}
    with target.client(fresh_address()) as client:
        statuses, told = refusals(200, lambda: client.post("/api/feedback", json=mark))
        assert told and set(statuses) == {200, 429}
    with target.client(fresh_address()) as client:
        assert client.post("/api/feedback", json=mark).status_code == 200


def test_answers_drawn_again_are_counted_by_visitor_and_forged_ones_are_not_shared(target: Target) -> None:
    with target.client(fresh_address()) as client:
        answer = client.post("/api/ask", json={"question": "Who steered the ferry?"}).json()
        forged = [client.post("/api/share", json={**answer, "question": f"{n}?"}) for n in range(200)]
        assert {one.status_code for one in forged} == {422}
        again, told = refusals(60, lambda: client.post("/api/answers", json={"answers": [answer] * 50}))
        assert told and set(again) == {200, 429}
    with target.client(fresh_address()) as client:
        assert client.post("/api/share", json=answer).status_code == 201
        assert client.post("/api/answers", json={"answers": [answer]}).status_code == 200


def test_a_question_to_the_page_is_measured_before_it_is_kept(target: Target) -> None:
    before = target.resident()

    def join(number: int) -> int:
        with target.client(fresh_address()) as client:
            return Tab(client).join(f"{number}" + "x" * 3_900_000).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(join, range(50)))
    assert all(400 <= status < 500 for status in statuses), statuses
    assert target.resident() - before < 150 * MEBIBYTE


def test_a_visitor_who_opens_sessions_without_end_keeps_nobody_else_from_an_answer(target: Target) -> None:
    reader, greedy = fresh_address(), fresh_address()
    with target.client(reader) as client:
        tab = Tab(client)
        tab.ask("Who steered the ferry?")
        with target.client(greedy) as other:
            event, statuses = tab.event(), set()
            for number in range(700):
                body = {"data": [""], "fn_index": event, "session_hash": f"greedy{number}"}
                statuses.add(other.post(JOIN, json=body).status_code)
        assert not [status for status in statuses if status >= 500]
        shown = "".join(tab.ask("How many people stood on the pier?"))
        assert 'class="status' in shown


@pytest.mark.parametrize("without_end", ["headers", "one header", "request line"])
def test_headers_without_end_are_cut_off(target: Target, without_end: str) -> None:
    start = {
        "headers": b"GET / HTTP/1.1\r\n",
        "one header": b"GET / HTTP/1.1\r\nX: ",
        "request line": b"GET /",
    }[without_end]
    again = (b"X-Long: " + b"y" * 1_000 + b"\r\n") * 64 if without_end == "headers" else b"y" * 65_536
    before, sent = target.resident(), 0
    with target.connect(fresh_address()) as connection:
        connection.settimeout(20)
        try:
            connection.sendall(start)
            while sent < 400 * MEBIBYTE:
                connection.sendall(again)
                sent += len(again)
        except OSError:
            pass
    assert sent < 64 * MEBIBYTE
    assert target.resident() - before < 100 * MEBIBYTE


@pytest.fixture(scope="module")
def narrow(hostile_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server that may have 128 files and connections open."""
    folder = copy_store(hostile_store / "store", tmp_path_factory.mktemp("narrow"))
    with serving(folder, descriptors=128) as target:
        yield target


@pytest.mark.parametrize("many", [False, True], ids=["one address", "many addresses"])
def test_half_open_connections_do_not_use_the_server_up(narrow: Target, many: bool) -> None:
    same, held = fresh_address(), []
    for _ in range(300):
        connection = socket.socket()
        connection.bind((fresh_address() if many else same, 0))
        connection.settimeout(5)
        try:
            connection.connect(("127.0.0.1", narrow.port))
        except OSError:
            connection.close()
            break
        held.append(connection)

    def answers() -> bool:
        try:
            with httpx.Client(
                transport=httpx.HTTPTransport(local_address=fresh_address()), timeout=5
            ) as client:
                return client.get(f"{narrow.url}/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    try:
        assert eventually(answers, PATIENCE), narrow.log()[-2_000:]
        assert narrow.process.poll() is None
    finally:
        for connection in held:
            connection.close()
    assert eventually(answers, PATIENCE)
    assert len(narrow.log()) < 100_000


def test_visitors_who_leave_leave_nothing_behind(target: Target) -> None:
    assert eventually(lambda: target.threads() > 0)
    with target.client(fresh_address()) as client:
        client.post("/api/ask", json=QUESTION)
    before = target.descriptors()

    def leave(_: int) -> None:
        body = json.dumps(QUESTION).encode()
        with target.connect(fresh_address()) as connection:
            connection.sendall(
                POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[: threading.get_ident() % len(body)]
            )

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(leave, range(100)))
    assert eventually(lambda: target.descriptors() <= before + 10, 60), target.descriptors()
