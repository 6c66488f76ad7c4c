"""What answers: the assistant in this process, or a server that may be busy, shy, broken or gone."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from corpus.errors import UsageError
from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from rag.answer import Turn
from rag.evals.cases.case import Case
from rag.evals.run import run
from rag.evals.target import LocalTarget, ServerTarget, TargetError, TextWithheld
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words
from tests.rag.evals.fakes import ARTICLES, CASES, FakeTarget

Reply = tuple[int, dict[str, str], bytes]


def reply(content: object, status: int = 200, **headers: str) -> Reply:
    return (
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        json.dumps(content).encode(),
    )


class Served:
    """A scripted server: `respond` gets path and body; `requests` lists them."""

    def __init__(self, respond: Callable[[str, Any], Reply]) -> None:
        self.respond = respond
        self.requests: list[tuple[str, Any]] = []
        self.url = ""


@contextmanager
def served(respond: Callable[[str, Any], Reply]) -> Iterator[Served]:
    script = Served(respond)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            script.requests.append((self.path, body))
            status, headers, content = script.respond(self.path, body)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST

        def log_message(self, format: str, *values: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()


def like_onrecord(path: str, body: Any) -> Reply:
    """What a server over the fake's two articles replies."""
    if path == "/api/ask":
        return reply(dict(FakeTarget().ask(Case("x", body["question"]))))
    if path == "/readyz":
        return reply({"articles": 2})
    identity = unquote(urlsplit(path).path.removeprefix("/api/articles/"))
    assert parse_qs(urlsplit(path).query) == {"revision": ["r1"]}
    if identity not in ARTICLES:
        return reply({"error": {"message": "There is no article with this id."}}, 404)
    return reply({"text": ARTICLES[identity]})


def target_of(script: Served, **options: Any) -> ServerTarget:
    return ServerTarget(script.url, **options)


def test_a_server_is_asked_what_the_case_asks() -> None:
    case = Case(
        "a", "Who?", (Turn("user", "Hello"),), where=Filter(("Wire",), "2019-10-01", None, "2019-10-15")
    )
    with served(like_onrecord) as script, target_of(script) as target:
        assert target.ask(case)["status"] == "not_in_archive"
        assert script.requests == [
            (
                "/api/ask",
                {
                    "id": "a",
                    "question": "Who?",
                    "history": [{"role": "user", "content": "Hello"}],
                    "source": ["Wire"],
                    "after": "2019-10-01",
                    "before": None,
                    "as_of": "2019-10-15",
                },
            )
        ]


def test_a_run_over_a_server_is_graded_like_one_over_the_fake(tmp_path: Path) -> None:
    with served(like_onrecord) as script, target_of(script) as target:
        over_http = list(run(CASES, target, out=tmp_path / "http", workers=2))
        texts = [path for path, _ in script.requests if path.startswith("/api/articles/")]
    local = {record.case.id: record for record in run(CASES, FakeTarget(), out=tmp_path / "local")}
    assert {record.case.id: record.failures for record in over_http} == {
        name: record.failures for name, record in local.items()
    }
    assert {record.scores.get("quote_fidelity") for record in over_http} == {1.0, None}
    assert len(texts) <= 4  # Each article once, or twice when two workers need it at the same time.


def test_a_busy_server_is_waited_for() -> None:
    slept: list[float] = []

    def busy_twice(path: str, body: Any) -> Reply:
        if len(slept) < 2:
            return reply({"error": {"message": "Busy."}}, 429, Retry_After="2")
        return like_onrecord(path, body)

    with served(busy_twice) as script, target_of(script, sleep=slept.append) as target:
        assert target.ask(CASES[0])["status"] == "answered"
    assert slept == [2.0, 2.0]


def test_the_wait_for_a_busy_server_has_an_end() -> None:
    slept: list[float] = []
    busy = reply({"error": {"message": "Too many are asking."}}, 429, Retry_After="25")
    with (
        served(lambda path, body: busy) as script,
        target_of(script, sleep=slept.append) as target,
        pytest.raises(TargetError, match=r"refused \(429\): Too many are asking\."),
    ):
        target.ask(CASES[0])
    assert slept == [25.0, 25.0]


@pytest.mark.parametrize(
    ("replied", "says"),
    [
        (reply({"error": {"message": "The question is empty."}}, 400), r"\(400\): The question is empty"),
        ((500, {}, b"<html>"), r"\(500\): without saying why"),
        ((200, {}, b"<html>"), "did not answer with JSON"),
        (reply([1]), "did not answer with an object"),
        (reply({"detail": "hello"}), "answered without a status"),
    ],
)
def test_a_server_that_does_not_answer_as_agreed_is_one_sentence(replied: Reply, says: str) -> None:
    with (
        served(lambda path, body: replied) as script,
        target_of(script) as target,
        pytest.raises(TargetError, match=says) as raised,
    ):
        target.ask(CASES[0])
    assert "\n" not in str(raised.value)


def test_no_server_is_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with ServerTarget(url) as target, pytest.raises(TargetError, match="check that onrecord serve runs"):
            target.ask(CASES[0])


def test_what_is_no_address_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="--url must begin with"):
        ServerTarget("localhost:7860")


def test_without_whole_articles_quotes_are_compared_with_the_passages(tmp_path: Path) -> None:
    def shy(path: str, body: Any) -> Reply:
        return reply({"text": None}) if path.startswith("/api/articles/") else like_onrecord(path, body)

    with served(shy) as script, target_of(script) as target:
        with pytest.raises(TextWithheld):
            target.article_text("quake", "r1")
        (record,) = run(CASES[:1], target, out=tmp_path / "out")
    assert record.passed and record.scores["quote_fidelity"] == 1.0


def test_the_assistant_in_this_process_answers_with_the_same_object(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for name, text in ARTICLES.items():
        (tmp_path / "news" / f"{name}.txt").write_text(f"{name.title()}\n\n{text}\n")
    sync([tmp_path / "news"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        target = LocalTarget(assistant_over_words(tmp_path, store), store, {"language_model": None})
        answer = target.ask(CASES[0])
        citation = answer["citations"][0]
        held = target.article_text(citation["article_id"], citation["revision"])
        assert held is not None and held[citation["start"] : citation["end"]] == citation["quote"]
        assert target.article_text("nothing", "r") is None
        assert answer["id"] == "cuts" and json.loads(json.dumps(answer)) == answer
        first = target.settings()
        assert first == target.settings() != LocalTarget(target, store, {"language_model": "x"}).settings()  # type: ignore[arg-type]
        (record,) = run(CASES[:1], target, out=tmp_path / "out")
        assert record.error is None and record.scores["quote_fidelity"] == 1.0
