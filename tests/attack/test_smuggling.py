"""One request is one request: lengths that disagree, odd chunks and line ends never hide a second one."""

import pytest

from tests.attack.target import Target

pytestmark = pytest.mark.attack

HIDDEN = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Hidden: "
ASK = b'{"question": "Who steered the ferry?"}'
SIZE = f"{len(ASK):x}".encode()

HEADERS = (
    "Content-Length: 4\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 4",
    "Content-Length: 6\r\nContent-Length: 5",
    "Content-Length: 5, 6",
    "Content-Length: +5",
    "Content-Length: -1",
    "Content-Length: 0x5",
    "Content-Length: 5 5",
    "Content-Length: 99999999999999999999999",
    "Content-Length: \u0665",
    "Content-Length : 5",
    " Content-Length: 5",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding:\x0bchunked",
    "Transfer-Encoding: \x00chunked",
    "Transfer-Encoding\x00: chunked",
    "Transfer-Encoding:\r\n chunked",
    "X: y\rTransfer-Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\r\n\tTransfer-Encoding: chunked",
    "Transfer_Encoding: chunked",
    "Content-Length: 5\r\nExpect: 100-continue",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    "Connection: Content-Length\r\nContent-Length: 5",
)
CHUNKS = (
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"-1\r\n",
    b"+2\r\nab\r\n0\r\n\r\n",
    b"0x2\r\nab\r\n0\r\n\r\n",
    b"2 \r\nab\r\n0\r\n\r\n",
    b"2;" + b"x" * 200_000 + b"\r\nab\r\n0\r\n\r\n",
    b"2\r\nabc\r\n0\r\n\r\n",
    b"2\nab\n0\n\n",
    b"2\r\nab0\r\n\r\n",
    b"\r\n2\r\nab\r\n0\r\n\r\n",
    b"0\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\n",
    b"0\r\nHost: evil.example\r\nContent-Length: 9\r\n\r\n",
    b"1\r\na\r\n" * 100_000,
)


def head(method: str, path: str, *lines: str) -> bytes:
    """The head of a request for our own name."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode("utf-8")


@pytest.mark.parametrize("lines", HEADERS)
def test_lengths_that_disagree_hide_no_request(target: Target, source: str, lines: str) -> None:
    for body in (f"0\r\n\r\n{HIDDEN}", HIDDEN):
        sent = head("POST", "/api/ask", "Content-Type: application/json", lines) + body.encode()
        reply = target.send(sent, source, wait=3)
        assert reply.responses <= 1, reply.raw[:2_000]
        assert reply.status < 500 and b'"status": "ok"' not in reply.raw and b'"status":"ok"' not in reply.raw


def test_a_body_with_two_lengths_is_refused(target: Target, source: str) -> None:
    lines = ("Content-Type: application/json", f"Content-Length: {len(ASK)}", "Transfer-Encoding: chunked")
    chunks = SIZE + b"\r\n" + ASK + b"\r\n0\r\n\r\n"
    assert target.send(head("POST", "/api/ask", *lines, "Connection: close") + chunks, source).status == 400


@pytest.mark.parametrize("number", range(len(CHUNKS)))
def test_odd_chunks_hide_no_request(target: Target, source: str, number: int) -> None:
    lines = ("Content-Type: application/json", "Transfer-Encoding: chunked")
    reply = target.send(head("POST", "/api/ask", *lines) + CHUNKS[number] + HIDDEN.encode(), source, wait=3)
    assert reply.responses <= 1 and reply.status < 500, reply.raw[:2_000]


def test_chunks_that_are_right_are_read(target: Target, source: str) -> None:
    lines = ("Content-Type: application/json", "Transfer-Encoding: chunked", "Connection: close")
    reply = target.send(head("POST", "/api/ask", *lines) + SIZE + b"\r\n" + ASK + b"\r\n0\r\n\r\n", source)
    assert reply.status == 200 and b'"schema"' in reply.raw


@pytest.mark.parametrize(
    "first",
    [
        b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET  /healthz  HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz HTTP/1.1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 100,
        b"\x00" * 100_000,
        b"\r\n" * 50_000 + b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"A" * 200_000,
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Secret: unmistakable\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET ? HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /articles/\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /articles/%ff%fe%00%ed%a0%80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-\x00: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \x00\x01\x02\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \xff\xfe\r\nAccept: \xff\xfe\r\n\r\n",
    ],
)
def test_a_request_that_is_none_is_refused_without_an_echo(target: Target, source: str, first: bytes) -> None:
    reply = target.send(first, source, wait=3)
    assert reply.status < 500, reply.raw[:500]
    assert b"unmistakable" not in reply.raw and b"evil.example" not in reply.raw
    assert b"Traceback" not in reply.raw


def test_requests_in_a_row_are_answered_in_order_and_their_number_is_no_burden(
    target: Target, source: str
) -> None:
    requests = head("GET", "/healthz") * 500 + head("GET", "/api/archive", "Connection: close")
    reply = target.send(requests, source)
    assert reply.raw.count(b" 200 OK") >= 1 and b" 500 " not in reply.raw
