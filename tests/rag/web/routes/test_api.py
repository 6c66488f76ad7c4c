import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from index.store.store import Store, StoredArticle
from rag.web.settings import Exposure, WebSettings
from tests.rag.web.conftest import ANSWERED, ASKED, HOSTILE_ID, app_over, indexed, running

EVENTS = {"Accept": "text/event-stream"}
JSON = {"Content-Type": "application/json"}


def events(response: httpx.Response) -> list[tuple[str, dict[str, object]]]:
    """The events of a finished stream: name and data."""
    parsed = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            parsed.append((fields["event"], json.loads(fields["data"])))
    return parsed


def assert_envelope(response: httpx.Response, status: int, param: str | None = None) -> None:
    """An error as the contract has it, in one sentence."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"type", "message", "param", "code"}
    assert (
        error["message"].endswith(".") and "\n" not in error["message"] and "Traceback" not in response.text
    )
    assert param is None or error["param"] == param


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59"])
@pytest.mark.parametrize("when", ["yesterday", "tomorrow", "last year"])
def test_the_ends_of_the_calendar_are_no_error(client: httpx.Client, as_of: str, when: str) -> None:
    body = {"question": f"Who steered the ferry {when}?", "as_of": as_of}
    assert client.post("/api/ask", json=body).json()["status"] == "outside_coverage"
    chat = {"messages": [{"role": "user", "content": body["question"]}], "as_of": as_of}
    assert client.post("/v1/chat/completions", json=chat).status_code == 200
    assert client.post("/api/search", json=body).status_code == 200


def test_an_answer_is_the_ask_object_with_what_people_see(client: httpx.Client) -> None:
    told = client.post("/api/ask", json={"id": "q1", "question": ANSWERED}).json()
    assert told["schema"] == 1 and told["id"] == "q1" and told["status"] == "answered"
    assert "Captain Grace Hopper steered the ferry." in told["answer"]
    cited = told["citations"][0]
    article = client.get("/api/articles/ferry", params={"revision": cited["revision"]}).json()
    assert article["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert cited["before"] and cited["after"] and cited["date"] == "15 October 2019"
    assert client.get(cited["href"].split("#")[0]).status_code == 200
    for sentence in told["sentences"]:
        assert "".join(piece["text"] for piece in sentence["segments"]) == sentence["text"]


@pytest.mark.parametrize("headers", [{}, EVENTS])
def test_an_answer_reads_each_article_that_it_cites_once(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    read: list[str] = []
    article = Store.article

    def counted(self: Store, article_id: str, revision: str | None = None) -> StoredArticle | None:
        read.append(article_id)
        return article(self, article_id, revision)

    monkeypatch.setattr(Store, "article", counted)
    assert client.post("/api/ask", json={"question": ANSWERED}, headers=headers).status_code == 200
    assert read == ["ferry"]


def test_the_stream_tells_the_same_answer_in_parts(client: httpx.Client) -> None:
    whole = client.post("/api/ask", json={"question": ANSWERED}).json()
    response = client.post("/api/ask", json={"question": ANSWERED, "id": 7}, headers=EVENTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache" and response.headers["x-accel-buffering"] == "no"
    told = events(response)
    names = [name for name, _ in told]
    assert names[0] == "status" and names.count("done") == 1 and names[-1] == "done" and "error" not in names
    assert all(set(data) == {"stage", "says"} for name, data in told if name == "status")
    done = told[-1][1]
    assert done["id"] == 7
    changing = {"timing_ms": 0, "id": 0, "asked_at": "", "seal": ""}
    assert done | changing == whole | changing
    parts = [data for name, data in told if name == "sentence"]
    new = [citation for part in parts for citation in part.pop("new_citations")]  # type: ignore[attr-defined]
    assert parts == whole["sentences"] and new == whole["citations"]


def test_an_abstention_says_why_and_claims_nothing(client: httpx.Client) -> None:
    told = client.post("/api/ask", json={"question": ASKED}).json()
    assert told["status"] not in ("answered", "partial") and told["citations"] == [] and told["passages"]
    assert [sentence["role"] for sentence in told["sentences"]] == ["notice"]


def test_filters_and_history_are_heard(client: httpx.Client) -> None:
    def ask(**more: object) -> dict[str, object]:
        told: dict[str, object] = client.post("/api/ask", json={"question": ANSWERED} | more).json()
        return told

    assert ask(source="HARBOUR post", after="2019-10-15", before="2019-10-16")["status"] == "answered"
    assert ask(source=["Coast <b>Gazette</b>"])["citations"] == []
    assert ask(before="2019-10-15")["citations"] == []
    assert ask(as_of="2019-10-14T00:00:00Z")["as_of"] == "2019-10-14T00:00:00Z"
    assert ask(history=[{"role": "user", "content": "x"}] * 3 + [{"role": "assistant", "content": "y"}])
    assert ask(history=None, source=None, unknown={"a": 1}, id=None)["status"] == "answered"
    assert client.post("/api/ask", json={"query": ANSWERED}).json()["question"] == ANSWERED


def test_a_search_is_the_search_object(client: httpx.Client) -> None:
    told = client.post("/api/search", json={"query": "the  lighthouse", "k": 1, "id": "s"}).json()
    assert told["schema"] == 1 and told["id"] == "s" and told["query"] == "the  lighthouse"
    assert told["searched"] == ["the lighthouse"] and set(told["timing_ms"]) == {"retrieve", "total"}
    assert [passage["article_id"] for passage in told["passages"]] == [HOSTILE_ID]
    assert "id" not in client.post("/api/search", json={"question": "ferry"}).json()


def test_an_article_is_found_by_any_id(client: httpx.Client) -> None:
    for path in (quote(HOSTILE_ID, safe=""), quote(HOSTILE_ID, safe="/").replace("/../", "/..%2F")):
        told = client.get(f"/api/articles/{path}")
        assert told.status_code == 200 and told.json()["id"] == HOSTILE_ID
    assert told.json()["text"].startswith("The lighthouse was painted <img")
    assert_envelope(client.get("/api/articles/none"), 404, "id")
    assert_envelope(client.get("/api/articles/"), 404)
    assert_envelope(client.get("/api/articles/ferry?revision=none"), 404, "revision")


@pytest.mark.parametrize(
    "id", ["x" * 512, "a//b", "./.", "..", "/leading", "trailing/", "100%25", "a%2Fb", "~!$'()*;,=:@"]
)
def test_odd_ids_survive_the_address(tmp_path: Path, id: str) -> None:
    store = indexed(tmp_path, [{"id": id, "text": "The ferry left."}])
    with running(app_over(store)) as url:
        told = httpx.get(f"{url}/api/articles/{quote(id, safe='').replace('.', '%2E')}", trust_env=False)
    assert told.status_code == 200 and told.json()["id"] == id


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (b"", 422, None),
        (b"{", 400, None),
        (b"null", 422, None),
        (b"[]", 422, None),
        (b'"question"', 422, None),
        (b"\xff\xfe{}", 400, None),
        (b"[" * 200_000, 400, None),
        (b'{"question": "x", "more": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", 400, None),
        (b'{"question": "x", "id": ' + b"9" * 5000 + b"}", 400, None),
        (b"{}", 422, "question"),
        (b'{"question": null}', 422, "question"),
        (b'{"question": 5}', 422, "question"),
        (b'{"question": ["x"]}', 422, "question"),
        (b'{"question": " \\n "}', 400, "question"),
        (b'{"question": "' + b"x" * 2001 + b'"}', 400, "question"),
        (b'{"question": "' + b"x" * 300_000 + b'"}', 422, "question"),
        (b'{"question": "x", "history": "y"}', 422, "history"),
        (b'{"question": "x", "history": [{"role": "system", "content": "y"}]}', 422, "history.0.role"),
        (b'{"question": "x", "history": [{"role": "user"}]}', 422, "history.0.content"),
        (b'{"question": "x", "source": 5}', 422, "source"),
        (b'{"question": "x", "source": ""}', 422, "source"),
        (b'{"question": "x", "source": ["a", " "]}', 422, "source"),
        (b'{"question": "x", "after": "yesterday"}', 422, "after"),
        (b'{"question": "x", "after": 2019}', 422, "after"),
        (b'{"question": "x", "as_of": "2019-13-45"}', 422, "as_of"),
        (b'{"question": "x", "after": "2020-01-02", "before": "2020-01-01"}', 422, None),
        (b'{"question": "x", "id": {}}', 422, "id"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_bad_question_is_refused_with_its_status(
    client: httpx.Client, body: bytes, status: int, param: str | None, accept: str
) -> None:
    response = client.post("/api/ask", content=body, headers=JSON | {"Accept": accept})
    assert_envelope(response, status, param)


@pytest.mark.parametrize("k", [0, 1001, "5", 1.5, True, -1])
def test_a_number_of_passages_is_a_number(client: httpx.Client, k: object) -> None:
    assert_envelope(client.post("/api/search", json={"query": "ferry", "k": k}), 422, "k")


def test_halves_of_characters_and_nul_do_no_harm(client: httpx.Client) -> None:
    body = rb'{"question": "Who steered\u0000 the \ud800 ferry\udfff?", "id": "\ud83d", "source": ["\ud800"],'
    body += rb' "history": [{"role": "user", "content": "\udead"}]}'
    for path in ("/api/ask", "/api/search"):
        told = client.post(path, content=body, headers=JSON)
        assert told.status_code == 200 and told.json()["id"] == "?"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["question", "query", "history", "source", "after", "before", "as_of", "id", "k", "messages"]
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(KEYS, ANYTHING, max_size=6),
    st.sampled_from(["/api/ask", "/api/search", "/v1/chat/completions"]),
)
def test_no_body_breaks_the_server(served: str, body: dict[str, object], path: str) -> None:
    content = json.dumps(body)
    told = httpx.post(served + path, content=content, headers=JSON, trust_env=False)
    assert told.status_code in (200, 400, 422), told.text
    assert told.status_code == 200 or set(told.json()["error"]) == {"type", "message", "param", "code"}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_no_address_breaks_the_server(served: str, id: str) -> None:
    for path in ("/api/articles/", "/articles/", "/"):
        told = httpx.get(served + path + quote(id, safe=""), trust_env=False)
        assert told.status_code < 500, (path, id, told.text)


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/v1/nothing", "/nothing", "/docs", "/redoc"]
)
def test_an_address_that_is_none_is_a_404(client: httpx.Client, path: str) -> None:
    assert (
        client.get(path).status_code == 404 and client.get(path).json()["error"]["type"] == "not_found_error"
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/ask", "POST"),
        ("DELETE", "/api/articles/ferry", "GET"),
        ("GET", "/v1/chat/completions", "POST"),
        ("PUT", "/healthz", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_one(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    told = client.request(method, path, json={})
    assert_envelope(told, 405)
    assert told.headers["allow"] == allowed


@pytest.fixture(scope="module", params=["excerpt", "link"])
def withheld(request: pytest.FixtureRequest, word_store: Path) -> Iterator[tuple[str, httpx.Client]]:
    """A server that shows less of its articles: how much, and a client of it."""
    with (
        running(app_over(word_store, WebSettings(exposure=request.param))) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False) as client,
    ):
        yield request.param, client


def test_a_server_that_shows_less_gives_no_article_away(withheld: tuple[str, httpx.Client]) -> None:
    amount, client = withheld
    article = client.get("/api/articles/ferry").json()
    assert article["text"] is None and article["reader"] == amount and article["title"]
    told = client.post("/api/ask", json={"question": ANSWERED})
    found = client.post("/api/search", json={"query": ANSWERED})
    streamed = client.post("/api/ask", json={"question": ANSWERED}, headers=EVENTS)
    assert told.json()["status"] == "answered" and told.json()["citations"][0]["quote"]
    assert "Forty people stood" not in found.text, "it is the fourth sentence of its passage"
    for response in (told, streamed):
        assert "Forty people stood" not in response.text, "of four sentences half is left to quotes"
    shown = {passage["article_id"]: passage["text"] for passage in found.json()["passages"]}
    assert shown["ferry"].count(".") == 3 if amount == "excerpt" else not shown["ferry"]
    assert all(shown.values()) if amount == "excerpt" else not any(shown.values())


@pytest.mark.parametrize("amount", ["full", "excerpt", "link"])
def test_quotations_are_given_where_the_whole_text_is(tmp_path: Path, amount: Exposure) -> None:
    text = "The boat is late. “It will sail at noon,” Grace Hopper said."
    folder = indexed(tmp_path, [{"id": "boat", "title": "A boat", "text": text}])
    with TestClient(app_over(folder, WebSettings(exposure=amount)), base_url="http://127.0.0.1") as client:
        told = client.get("/api/articles/boat").json()["quotations"]
    start = text.index("It will")
    whole = {"start": start, "end": start + len("It will sail at noon,"), "direct": True}
    assert told == ([whole | {"speaker": "Grace Hopper", "verb": "said"}] if amount == "full" else [])
