import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from corpus.errors import UsageError
from rag.web.listening import bound
from rag.web.settings import WebSettings
from tests.conftest import ROOT
from tests.rag.web.conftest import ANSWERED, app_over, running
from tests.rag.web.test_events import EVENTS, scripted, silent

SERVE = """
import sys
from pathlib import Path
from app import guard_environment
guard_environment()
from rag.web.server import create_app, run
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.listening import bound
from rag.web.settings import WebSettings
from tests.rag.web.conftest import opener
from tests.rag.web.test_events import Scripted, never_ending
opened = opener(Path(sys.argv[1]))()
settings = WebSettings(port=0)
scripted = OpenArchive(opened.store, Scripted(opened, never_ending), opened.retriever)
live = LiveArchive(lambda: scripted, settings=settings)
with bound(settings) as listening:
    run(create_app(live, settings), settings, listening, lambda actual: print(actual.url, flush=True))
print("open" if live.opened else "closed", flush=True)
"""


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with bound(WebSettings(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 cannot be used .*--port"):
            bound(WebSettings(port=port)).__enter__()
    with bound(WebSettings(port=port)) as free:
        assert free.getsockname()[1] == port


def test_a_host_that_is_not_here_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"203\.0\.113\.1"):
        bound(WebSettings(host="203.0.113.1", port=0)).__enter__()


@contextmanager
def people(app: FastAPI, count: int = 30) -> Iterator[Callable[[int], list[httpx.Response]]]:
    """A server of the app, and `count` people who ask it so many questions, all at once."""
    with (
        running(app) as url,
        httpx.Client(
            base_url=url, timeout=300, trust_env=False, limits=httpx.Limits(max_connections=count)
        ) as client,
        ThreadPoolExecutor(count) as pool,
    ):

        def ask(_: int) -> httpx.Response:
            return client.post("/api/ask", json={"question": ANSWERED})

        yield lambda questions: list(pool.map(ask, range(questions)))


def test_thirty_people_at_once_are_all_served(word_store: Path) -> None:
    with people(app_over(word_store)) as ask:
        told = ask(30)
    assert {response.status_code for response in told} == {200}
    assert {response.json()["status"] for response in told} == {"answered"}


def test_more_people_than_the_line_holds_are_told_when_to_come_back(word_store: Path) -> None:
    with people(app_over(word_store, at_once=1, waiting=3)) as ask:
        told = ask(30)
        assert ask(1)[0].status_code == 200
    refused = [response for response in told if response.status_code == 429]
    assert {response.status_code for response in told} == {200, 429}
    assert all(response.headers["retry-after"].isdecimal() for response in refused)
    assert refused[0].json()["error"]["type"] == "rate_limit_error"


@pytest.mark.load  # What an allocator gives back is promised by nobody.
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the process's memory from /proc")
def test_memory_stays_flat_over_many_questions(word_store: Path) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    with people(app_over(word_store)) as ask:
        ask(120)
        before = resident()
        ask(300)
        grown = resident() - before
    assert grown < 16 << 20


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_question_that_the_server_cannot_finish_gets_a_503(
    word_store: Path, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    monkeypatch.setattr("rag.web.server.PATIENCE_AT_THE_END", 0.6)
    with ThreadPoolExecutor(1) as pool:
        with scripted(word_store, silent) as (url, assistant):
            asked = pool.submit(
                httpx.post, f"{url}/api/ask", json={"question": "x"}, headers={"Accept": accept}, timeout=300
            )
            assert assistant.begun.wait(60)
        told = asked.result()
    assert told.status_code == 503 and told.headers["retry-after"]
    assert told.json()["error"] == {
        "type": "server_error",
        "message": "The server is stopping.",
        "param": None,
        "code": "stopping",
    }
    assert told.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.processes)])
def test_a_signal_ends_it_cleanly_with_streams_open(word_store: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(word_store)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        with (
            httpx.Client(trust_env=False) as client,
            client.stream("POST", f"{url}/api/ask", json={"question": "x"}, headers=EVENTS) as stream,
            client.stream("GET", f"{url}/gradio_api/heartbeat/abc"),
        ):
            lines = stream.iter_lines()
            assert next(lines)
            process.send_signal(number)
            assert "event: error" in list(lines)
            said, complained = process.communicate(timeout=300)
        assert process.returncode == 0 and said == "closed\n" and not complained, complained
    finally:
        process.kill()
        process.wait()
