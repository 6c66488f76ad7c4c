"""POST /api/feedback: what is kept, what is cut from the store, and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.store.filters import Filter
from rag.answer import Turn
from rag.feedback import Feedback, FeedbackStore
from rag.web.routes import feedback as module
from tests.rag.web.conftest import ANSWERED, HOSTILE_ID, app_over, indexed, running

XSS = "</span><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of this module's own, for feedback is written beside it."""
    return indexed(tmp_path_factory.mktemp("feedback"))


@pytest.fixture(scope="module")
def client(store: Path) -> Iterator[httpx.Client]:
    """A client of a server over it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "MOST_PER_MINUTE", 10_000)
        patched.setattr(module, "MOST_PER_DAY", 100_000)
        app = app_over(store)
    with running(app) as url, httpx.Client(base_url=url, timeout=300, trust_env=False) as client:
        yield client


def kept(store: Path) -> Feedback:
    """The latest row."""
    *_, latest = FeedbackStore(store).rows()
    return latest


def send(client: httpx.Client, **body: object) -> httpx.Response:
    return client.post("/api/feedback", json={"verdict": "up", "question": ANSWERED} | body)


def assert_refused(response: httpx.Response, status: int, param: str | None = None) -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["message"].endswith(".") and "\n" not in error["message"]
    assert param is None or error["param"] == param


def test_an_answer_that_was_given_can_be_marked(client: httpx.Client, store: Path) -> None:
    told = client.post("/api/ask", json={"question": ANSWERED}).json()
    sent = {name: told[name] for name in ("status", "answer", "citations", "reader")}
    history = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Nobody."}]
    response = send(
        client, **sent, comment=" Good. ", history=history, source="Harbour Post", as_of="2020-01-01"
    )
    row = kept(store)
    assert response.json() == {"schema": 1, "id": row.id}
    assert (row.verdict, row.question, row.comment) == ("up", ANSWERED, "Good.")
    assert row.history == (Turn("user", "Who?"), Turn("assistant", "Nobody."))
    assert row.where == Filter(("Harbour Post",), as_of="2020-01-01")
    assert (row.status, row.answer, row.reader) == ("answered", told["answer"], told["reader"])
    assert [one.quote for one in row.citations] == ["Captain Grace Hopper steered the ferry."]


def test_words_of_articles_come_from_the_store_alone(client: httpx.Client, store: Path) -> None:
    revision = client.get("/api/articles/ferry").json()["revision"]
    hostile = client.get(f"/api/articles/{quote(HOSTILE_ID, safe='')}").json()["revision"]
    span = {"article_id": "ferry", "revision": revision, "start": 0, "end": 22}
    spans = [
        span | {"quote": "The harbour was on fire."},
        span,
        {"article_id": HOSTILE_ID, "revision": hostile, "start": 4, "end": 14},
        span | {"article_id": "nowhere"},
        span | {"revision": "000000000000"},
        span | {"start": 22, "end": 22},
        span | {"start": 30, "end": 20},
        span | {"end": 1_000_000},
    ]
    assert send(client, citations=spans).status_code == 200
    assert [one.quote for one in kept(store).citations] == ["The harbour was quiet.", "lighthouse"]


def test_markup_is_kept_as_text_and_never_sent_back(client: httpx.Client, store: Path) -> None:
    response = send(
        client, question=f"Who? {XSS}", comment=f"{XSS} \ud800".replace("\ud800", "?"), answer=XSS
    )
    assert response.headers["content-type"] == "application/json" and "script" not in response.text
    row = kept(store)
    assert (row.question, row.comment, row.answer) == (f"Who? {XSS}", f"{XSS} ?", XSS)


def test_halves_of_characters_are_cleaned(client: httpx.Client, store: Path) -> None:
    body = b'{"verdict": "down", "question": "Who \\ud800?", "comment": "\\udfff"}'
    response = client.post("/api/feedback", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert (kept(store).question, kept(store).comment) == ("Who ??", "?")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"verdict": "sideways"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"verdict": ["up"]}, "verdict"),
        ({"question": ""}, "question"),
        ({"question": "   "}, "question"),
        ({"question": "x" * 2_001}, "question"),
        ({"question": {"$ne": 1}}, "question"),
        ({"comment": "x" * 2_001}, "comment"),
        ({"comment": 7}, "comment"),
        ({"history": [{"role": "system", "content": "x"}]}, "history.0.role"),
        ({"citations": [{"article_id": "ferry"}]}, None),
        ({"citations": [{"article_id": "ferry", "revision": "x", "start": -1, "end": 2}]}, None),
        ({"citations": [{"article_id": "ferry", "revision": "x", "start": "0", "end": 2}]}, None),
        ({"citations": "ferry"}, "citations"),
        ({"after": "someday"}, "after"),
    ],
)
def test_what_is_no_feedback_is_refused(
    client: httpx.Client, store: Path, body: dict[str, object], param: str | None
) -> None:
    before = sum(1 for _ in FeedbackStore(store).rows())
    assert_refused(send(client, **body), 422, param)
    assert sum(1 for _ in FeedbackStore(store).rows()) == before


def test_strangers_and_giants_are_turned_away(client: httpx.Client) -> None:
    body = {"verdict": "up", "question": ANSWERED}
    assert_refused(client.post("/api/feedback", json=body, headers={"Origin": "https://evil.example"}), 403)
    assert_refused(client.post("/api/feedback", data=body), 415)
    assert_refused(client.post("/api/feedback", json=body | {"answer": "x" * (1 << 20)}), 413)
    assert_refused(client.get("/api/feedback"), 405)
    own = client.post("/api/feedback", json=body, headers={"Origin": str(client.base_url).rstrip("/")})
    assert own.status_code == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["verdict", "question", "comment", "history", "citations", "status", "source", "as_of"]
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, json_values))
def test_no_body_is_a_failure_of_the_server(client: httpx.Client, body: dict[str, Any]) -> None:
    assert client.post("/api/feedback", json=body).status_code in (200, 422)


def test_without_an_archive_nothing_is_kept(tmp_path: Path) -> None:
    with running(app_over(tmp_path / "none")) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert_refused(send(client), 503)
    assert not (tmp_path / "none").exists()


def test_what_one_visitor_used_up_is_left_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PER_MINUTE", 2)
    visitors = iter(["192.0.2.7"] * 3 + ["192.0.2.8"] * 2)
    monkeypatch.setattr(module, "visitor_of", lambda scope: next(visitors))
    with running(app_over(indexed(tmp_path))) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert [send(client).status_code for _ in range(5)] == [200, 200, 429, 200, 200]


def test_one_visitor_does_not_fill_the_file_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PER_DAY", 4)
    folder = indexed(tmp_path)
    with running(app_over(folder)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert send(client).status_code == 200
        assert send(client, answer="ж" * 20_000).status_code == 200, "three parts of 16 KiB"
        refused = send(client)
        assert_refused(refused, 429)
        assert 80_000 < int(refused.headers["retry-after"]) <= 86_401
    assert sum(1 for _ in FeedbackStore(folder).rows()) == 2


def test_too_many_and_too_much_are_said_in_the_envelope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MOST_PER_MINUTE", 2)
    folder = indexed(tmp_path)
    monkeypatch.setattr(module, "FeedbackStore", lambda path: FeedbackStore(path, most_rows=1))
    with running(app_over(folder)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert send(client).status_code == 200
        full = send(client)
        assert_refused(full, 503)
        assert full.json()["error"]["code"] == "full" and "onrecord" not in full.text
        assert "--from-feedback" in caplog.text
        again = send(client)
        assert_refused(again, 429)
        assert 1 <= int(again.headers["Retry-After"]) <= 60
