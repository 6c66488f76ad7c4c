"""Visitors of a server, honest and hostile, each with an address of its own; light, as they run beside it."""

import asyncio
import contextlib
import itertools
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

QUESTIONS = (
    "Who is Russia's envoy for Syria?",
    "How many people were displaced by the offensive?",
    "When did the Ever Given come off the bank?",
    "Which ship blocked the Suez Canal?",
    "What did the council say about the canal partnership?",
    "How much compensation did the authority demand?",
    "Why was the second launch attempt called off?",
    "Which company owned the ship?",
)
HOST = "127.0.0.1"
LINES = 1 << 22
"""Bytes of the longest line of a stream that is read."""
_numbers = itertools.count(1)


def address(room: int) -> str:
    """An address of loopback that nobody has used: the honest live in room 10, the hostile in room 66."""
    number = next(_numbers)
    return f"127.{room}.{number // 250}.{1 + number % 250}"


@dataclass
class Asked:
    """One question: its status, its events, when its first sentence came, and how it ended.

    `ending` is "done", "error", "refused" (a response in the error envelope), or "broken": anything else.
    """

    status: int = 0
    ending: str = "broken"
    events: list[str] = field(default_factory=list)
    code: str | None = None
    first_sentence: float | None = None
    said: str = ""
    begun: float = field(default_factory=time.monotonic)


@dataclass
class Tally:
    """What the visitors of a run met."""

    honest: list[Asked] = field(default_factory=list)
    hostile: Counter[str] = field(default_factory=Counter)

    @property
    def answered(self) -> list[Asked]:
        """Questions of honest visitors whose stream ended with an answer."""
        return [one for one in self.honest if one.ending == "done"]

    def endings(self) -> Counter[str]:
        """How the questions of honest visitors ended, with the status and code of refusals."""
        return Counter(f"{one.ending} {one.status} {one.code or ''}".strip() for one in self.honest)


@contextlib.asynccontextmanager
async def connected(
    port: int, source: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection from an address, cut off at the end."""
    reader, writer = await asyncio.open_connection(HOST, port, local_addr=(source, 0), limit=LINES)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def request(method: str, path: str, *lines: str, body: bytes = b"", length: int | None = None) -> bytes:
    """A request as bytes."""
    head = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *lines]
    if body or length is not None:
        head += [
            "Content-Type: application/json",
            f"Content-Length: {len(body) if length is None else length}",
        ]
    return "\r\n".join([*head, "", ""]).encode() + body


def question_bytes(question: str, *lines: str) -> bytes:
    """A question as a request for events."""
    return request(
        "POST",
        "/api/ask",
        "Accept: text/event-stream",
        *lines,
        body=json.dumps({"question": question}).encode(),
    )


async def ask(port: int, source: str, question: str) -> Asked:
    """Ask as the widget does, and read the events to their end."""
    asked, started, data = Asked(), time.monotonic(), ""
    try:
        async with connected(port, source) as (reader, writer):
            writer.write(question_bytes(question, "Connection: close"))
            status = await reader.readline()
            asked.status = int(status.split()[1]) if status else 0
            async for raw in reader:
                line = raw.decode("utf-8", "replace").strip()
                if line.startswith("event: "):
                    asked.events.append(line[7:])
                    if line == "event: sentence" and asked.first_sentence is None:
                        asked.first_sentence = time.monotonic() - started
                elif line.startswith(("data: ", "{")):
                    data = line.removeprefix("data: ")
    except (OSError, ValueError) as error:
        asked.said = repr(error)
    _judge(asked, data)
    return asked


def _judge(asked: Asked, data: str) -> None:
    try:
        last = json.loads(data)
    except ValueError:
        asked.said = asked.said or data[:200]
        return
    error = last.get("error") or {}
    asked.code = error.get("code")
    if asked.status != 200:
        asked.ending = "refused" if error.get("message") else "broken"
    elif asked.events.count("done") + asked.events.count("error") == 1 and asked.events[-1] in (
        "done",
        "error",
    ):
        asked.ending = asked.events[-1]
        if asked.ending == "done" and not (last.get("answer") and last.get("schema") == 1):
            asked.ending = "broken"


async def honest(port: int, tally: Tally, number: int, until: float) -> None:
    """Asks one question at a time, and the next one when it is answered."""
    source = address(10)
    for question in itertools.islice(itertools.cycle(QUESTIONS), number, None):
        if time.monotonic() >= until:
            return
        tally.honest.append(await ask(port, source, question))
        await asyncio.sleep(0.2)


async def slow_headers(port: int, tally: Tally, source: str) -> None:
    """A byte of a header a second."""
    async with connected(port, source) as (reader, writer):
        writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())
        await _drip(reader, writer, b"y")
    tally.hostile["slow headers ended"] += 1


async def slow_body(port: int, tally: Tally, source: str) -> None:
    """A byte of a body a second."""
    async with connected(port, source) as (reader, writer):
        writer.write(request("POST", "/api/ask", length=100_000))
        await _drip(reader, writer, b" ")
    tally.hostile["slow bodies ended"] += 1


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                if not await reader.read(1 << 16):
                    return


async def reads_nothing(port: int, tally: Tally, source: str) -> None:
    """Questions in a row on one connection, whose answers are never read."""
    async with connected(port, source) as (_, writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(50):
            writer.write(question_bytes(QUESTIONS[0]))
        await asyncio.sleep(10)
    tally.hostile["unread connections"] += 1


async def giant_body(port: int, tally: Tally, source: str) -> None:
    """Bodies larger than any question, to our routes and to the page's queue."""
    for path in ("/api/ask", "/gradio_api/queue/join", "/api/feedback", "/api/share", "/api/answers"):
        async with connected(port, source) as (reader, writer):
            writer.write(request("POST", path, length=50 << 20))
            with contextlib.suppress(OSError):
                for _ in range(64):
                    writer.write(b"x" * (1 << 16))
                    await writer.drain()
            status = await _status(reader)
            tally.hostile[f"giant body: {status}"] += 1
    await asyncio.sleep(0.5)


async def sixty_at_once(port: int, tally: Tally, source: str) -> None:
    """Sixty questions at once from one address."""

    async def one() -> None:
        asked = await ask(port, source, QUESTIONS[0])
        tally.hostile[f"sixty at once: {asked.ending} {asked.status}"] += 1

    await asyncio.gather(*(one() for _ in range(60)))
    await asyncio.sleep(1)


async def endless_sessions(port: int, tally: Tally, source: str) -> None:
    """New sessions of the page's queue without end, with questions that nobody reads the answers of."""
    async with connected(port, source) as (reader, writer):
        writer.write(request("GET", "/config", "Connection: close"))
        _, _, config = (await reader.read()).partition(b"\r\n\r\n")
    event = next(one["id"] for one in json.loads(config)["dependencies"] if one["inputs"] and one["outputs"])
    for _ in range(20):
        number = next(_numbers)
        data = [json.dumps({"mark": "m1", "question": "x" * (60_000 if number % 2 else 20)})]
        body = json.dumps({"data": data, "fn_index": event, "session_hash": f"endless{number}"}).encode()
        async with connected(port, source) as (reader, writer):
            writer.write(request("POST", "/gradio_api/queue/join", "Connection: close", body=body))
            tally.hostile[f"sessions: {await _status(reader)}"] += 1


async def half_open(port: int, tally: Tally, source: str) -> None:
    """Connections that never ask."""
    async with contextlib.AsyncExitStack() as held:
        for _ in range(30):
            with contextlib.suppress(OSError):
                await held.enter_async_context(connected(port, source))
        tally.hostile["half-open connections"] += 30
        await asyncio.sleep(10)


async def guesses(port: int, tally: Tally, source: str) -> None:
    """Guesses of the admin token and of an API key."""
    methods = {"/api/articles": "POST", "/api/restore": "POST", "/shared/aaaaaaaaaaaaaaaaaaaaaa": "DELETE"}
    for path in ("/api/token", "/v1/models", *methods):
        async with connected(port, source) as (reader, writer):
            guess = f"Authorization: Bearer guess-{next(_numbers)}"
            method = methods.get(path, "GET")
            writer.write(
                request(method, path, guess, "Connection: close", body=b"{}" if method == "POST" else b"")
            )
            tally.hostile[f"guess: {await _status(reader)}"] += 1


class Client:
    """A stranger whose requests are counted by the beginning of their path and their status."""

    def __init__(self, port: int, tally: Tally, source: str) -> None:
        self._port, self._tally, self._source = port, tally, source

    async def get(self, path: str) -> None:
        """Ask for a page."""
        await self._send(path, request("GET", path, "Accept: text/html", "Connection: close"))

    async def post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        """Send a JSON body. Returns the one of the response."""
        sent = request("POST", path, "Connection: close", body=json.dumps(body).encode())
        return dict(json.loads(await self._send(path, sent) or b"{}"))

    async def _send(self, path: str, sent: bytes) -> bytes:
        async with connected(self._port, self._source) as (reader, writer):
            writer.write(sent)
            head, _, content = (await reader.read()).partition(b"\r\n\r\n")
            kind = "/".join(path.partition("?")[0].split("/")[:3])
            kind = kind if path.startswith("/api/") else kind.split("/")[1]
            self._tally.hostile[f"{kind}: {head.split()[1].decode() if head else 'closed'}"] += 1
            return content


async def shares(port: int, tally: Tally, source: str) -> None:
    """Shares an answer, reads it and draws it again many times, and shares answers that nobody gave."""
    client = Client(port, tally, source)
    answer = await client.post("/api/ask", {"question": f"{QUESTIONS[0]} {next(_numbers)}"})
    shared = await client.post("/api/share", answer)
    await client.post("/api/share", {**answer, "question": "Who?"})
    for _ in range(10):
        await client.post("/api/answers", {"answers": [answer] * 20})
        await client.get(f"/shared/{shared.get('id', next(_numbers))}")


ARTICLE = "https://meridianwire.example/business/2021/03/24/suez-canal-blocked"


async def frames(port: int, tally: Tally, source: str) -> None:
    """Frames of pages that are articles and of pages that are none, thirty questions about them at once."""
    client = Client(port, tally, source)
    addresses = [ARTICLE, *(f"https://paper.example/{next(_numbers)}" for _ in range(5))]
    for address in addresses:
        await client.get(f"/embed?about={address}&title={'x' * 1_000}&examples={'|'.join('abcdefghi')}")
    await asyncio.gather(*(client.get(f"/embed/questions?about={one}") for one in addresses * 5))


async def searches(port: int, tally: Tally, source: str) -> None:
    """Searches, articles, their pages and verdicts, one after the other."""
    client = Client(port, tally, source)
    for number in range(10):
        found = await client.post(
            "/api/search", {"query": f"{QUESTIONS[number % len(QUESTIONS)]} {number}", "k": 50}
        )
        for passage in found.get("passages", [])[:5]:
            await client.get(str(passage["href"]).partition("#")[0])
            await client.get(f"/api/articles/{passage['article_id']}")
        await client.post(
            "/api/feedback", {"verdict": "down", "question": QUESTIONS[0], "comment": "x" * 900}
        )
        await client.get("/articles/nothing?start=0&end=99999")
        await client.get("/api/archive")


async def _status(reader: asyncio.StreamReader) -> str:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(30):
            line = (await reader.readline()).split()
            return line[1].decode() if len(line) > 1 else "closed"
    return "closed"


Kind = Callable[[int, Tally, str], Coroutine[object, object, None]]
HOSTILE: tuple[Kind, ...] = (
    *(
        slow_headers,
        slow_body,
        reads_nothing,
        giant_body,
        sixty_at_once,
        endless_sessions,
        half_open,
        guesses,
        shares,
        frames,
        searches,
    ),
)


async def hostile(port: int, tally: Tally, number: int, until: float) -> None:
    """Attacks in one way again and again, from one address."""
    attack, source = HOSTILE[number % len(HOSTILE)], address(66)
    while (left := until - time.monotonic()) > 0:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(left):
                await attack(port, tally, source)
        await asyncio.sleep(0.1)


async def visit(
    port: int, seconds: float, kind: Callable[[int], bool], streams: int = 50, tally: Tally | None = None
) -> Tally:
    """So many streams for so many seconds; `kind` tells whether a stream of this number is hostile."""
    tally, until = tally or Tally(), time.monotonic() + seconds
    visits = [(hostile if kind(n) else honest)(port, tally, n // 2, until) for n in range(streams)]
    await asyncio.gather(*visits)
    return tally


def half(number: int) -> bool:
    """Every other stream is hostile."""
    return number % 2 == 1


def nobody(number: int) -> bool:
    """No stream is hostile."""
    return False
