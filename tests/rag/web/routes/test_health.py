"""Alive, ready or falling behind, and what the archive holds now."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from corpus.sources import Visit
from index.store.schema import FILE_NAME
from index.store.store import Store
from index.store.write import Writer
from index.sync.run import sync
from index.sync.seen import record_visit
from rag.web.routes import health
from rag.web.settings import WebSettings
from tests.fakes import WordOverlapEmbedding
from tests.rag.web.conftest import ANSWERED, app_over, indexed, running
from tests.rag.web.test_feeds import WIRE


def test_alive_says_nothing_but_that(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"schema": 1, "status": "ok"}
    assert client.head("/healthz").status_code == 200


def test_ready_says_what_the_archive_holds(client: httpx.Client) -> None:
    told = client.get("/readyz").json()
    assert told["status"] == "ready" and told["articles"] == 3 and told["undated"] == 1
    assert told["from"] == "2019-10-15" and told["through"] == "2020-02-29"


def test_a_server_without_articles_is_not_ready_until_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.web.archive.PATIENCE", 0)
    app = app_over(tmp_path / "store")
    with running(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
        told = client.get("/readyz")
        assert told.status_code == 503 and "onrecord index" in told.json()["error"]["message"]
        asked = client.post("/api/ask", json={"question": ANSWERED})
        assert asked.status_code == 503 and asked.headers["retry-after"]
        assert client.get("/healthz").status_code == 200
        told = client.get("/api/archive")
        assert told.status_code == 200 and told.json()["says"] == "" and told.json()["through"] is None
        indexed(tmp_path)
        assert client.get("/readyz").status_code == 200


def test_a_feed_that_fails_too_long_degrades_the_server_until_it_is_read(tmp_path: Path) -> None:
    folder = indexed(tmp_path)

    def look(*, ago: timedelta, problem: str | None) -> None:
        with Store.open(folder, write=True) as store:
            with Writer(store).transaction(articles=False):
                record_visit(Writer(store), Visit(WIRE, "feed", problem=problem))
            at = (datetime.now(UTC) - ago).isoformat()
            if problem:
                with Writer(store).transaction(articles=False):
                    Writer(store).execute("UPDATE addresses SET failing_since = ?", (at,))

    with running(app_over(folder)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        look(ago=timedelta(0), problem=None)
        assert client.get("/readyz").json()["status"] == "ready"
        look(ago=timedelta(hours=2), problem="it cannot be reached")
        assert client.get("/readyz").json()["status"] == "ready"
        assert client.get("/api/archive").json()["late"] == ""
        look(ago=timedelta(days=2), problem="it cannot be reached")
        told = client.get("/readyz")
        assert told.status_code == 200 and told.json()["status"] == "degraded"
        [one] = told.json()["feeds"]
        assert one["late"] and "secret" not in told.text and "hidden" not in told.text
        assert client.get("/api/archive").json()["late"].startswith("wire.example has not been read since")
        look(ago=timedelta(0), problem=None)
        assert client.get("/readyz").json()["status"] == "ready"
        assert client.get("/api/archive").json()["late"] == ""


def test_the_archive_is_told_as_it_is_now(tmp_path: Path) -> None:
    folder = indexed(tmp_path)
    with running(app_over(folder)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        before = client.get("/api/archive").json()
        assert before["says"] == "3 articles, 15 Oct 2019 to 29 Feb 2020"
        assert (before["from"], before["through"]) == ("2019-10-15", "2020-02-29")
        assert client.get("/api/archive").json() == before
        article = {"id": "new", "text": "The mill reopened.", "published_at": "2021-01-02"}
        (tmp_path / "new.json").write_text(json.dumps(article))
        sync([tmp_path / "new.json"], folder, WordOverlapEmbedding(), vector_cache=False)
        after = client.get("/api/archive").json()
        assert after["says"] == "4 articles, 15 Oct 2019 to 2 Jan 2021" and after["through"] == "2021-01-02"
        assert after["generation"] != before["generation"]
        assert client.head("/api/archive").status_code == 200


def test_metrics_count_questions_and_hold_none_of_their_words(word_store: Path) -> None:
    app = app_over(word_store, WebSettings())
    with running(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
        client.post("/api/ask", json={"question": "Who steered the ferry zanzibar?"})
        client.post("/api/ask", json={"question": " "})
        told = client.get("/metrics")
        assert told.headers["content-type"].startswith("text/plain")
        assert "onrecord_question_seconds_count 2.0" in told.text
        assert 'onrecord_questions_total{status="QuestionError"} 1.0' in told.text
        assert "onrecord_waiting 0.0" in told.text and "onrecord_at_work 0.0" in told.text
        assert "zanzibar" not in told.text


PROXIED = [
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Host": "archive.example"},
    {"x-forwarded-proto": "https"},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"Via": "1.1 proxy"},
    {"CF-Connecting-IP": "192.0.2.7"},
    {"Host": "archive.example"},
    {"Host": "192.0.2.1"},
]


@pytest.fixture(scope="module")
def guarded(word_store: Path) -> Iterator[str]:
    """The URL of a server with an admin token and a key, which people reach under another name."""
    settings = WebSettings(
        admin_token="an admin token of ours",
        api_keys=("a key of ours",),
        public_url="https://archive.example",
    )
    with running(app_over(word_store, settings)) as url:
        yield url


@pytest.mark.parametrize("headers", PROXIED)
def test_metrics_and_feeds_are_not_shown_through_a_proxy(guarded: str, headers: dict[str, str]) -> None:
    told = httpx.get(f"{guarded}/metrics", headers=headers, trust_env=False)
    assert told.status_code == 401 and told.headers["www-authenticate"] == "Bearer"
    assert told.json()["error"]["type"] == "authentication_error" and "onrecord_" not in told.text
    ready = httpx.get(f"{guarded}/readyz", headers=headers, trust_env=False).json()
    assert ready["status"] == "ready" and ready["through"] == "2020-02-29" and "feeds" not in ready


@pytest.mark.parametrize("token", ["an admin token of ours", "a key of ours"])
@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": "192.0.2.7"}])
def test_a_token_or_key_shows_metrics_and_feeds_anywhere(
    guarded: str, token: str, headers: dict[str, str]
) -> None:
    bearer = headers | {"Authorization": f"Bearer {token}"}
    assert "onrecord_waiting" in httpx.get(f"{guarded}/metrics", headers=bearer, trust_env=False).text
    assert httpx.get(f"{guarded}/readyz", headers=bearer, trust_env=False).json()["feeds"] == []


def test_without_any_token_metrics_are_for_this_machine_alone(client: httpx.Client) -> None:
    assert client.get("/metrics").status_code == 200
    told = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert told.status_code == 403 and told.json()["error"]["type"] == "permission_error"
    assert client.get("/readyz").json()["feeds"] == []


def test_a_damaged_store_is_not_ready_and_says_so_without_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REUSED", 0.0)
    folder = indexed(tmp_path)
    with running(app_over(folder)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/readyz").status_code == 200
        (folder / FILE_NAME).unlink()
        told = client.get("/readyz")
        assert told.status_code == 503 and told.headers["retry-after"] and str(tmp_path) not in told.text
        assert told.json()["error"]["message"] == health.GONE
        assert client.head("/readyz").status_code == 503 and client.get("/healthz").status_code == 200
