from pathlib import Path

import httpx
import pytest

from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, app_over, indexed, running


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
    monkeypatch.setattr("rag.web.desk.PATIENCE", 0)
    app = app_over(tmp_path / "store")
    with running(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
        told = client.get("/readyz")
        assert told.status_code == 503 and "onrecord index" in told.json()["error"]["message"]
        asked = client.post("/api/ask", json={"question": ANSWERED})
        assert asked.status_code == 503 and asked.headers["retry-after"]
        assert client.get("/healthz").status_code == 200
        indexed(tmp_path)
        assert client.get("/readyz").status_code == 200


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
