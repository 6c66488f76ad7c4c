"""Feedback around a takedown: what quoted the article goes, and an open page brings nothing back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.feedback import FeedbackStore
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, app_over, indexed, running

ADMIN = "an admin token of ours"
WRONG = [{"article_id": "ferry", "revision": "another", "start": 0, "end": 9}]
QUOTE = "Captain Grace Hopper steered the ferry."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of this module's own."""
    return indexed(tmp_path_factory.mktemp("takedown"))


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with (
        running(app_over(folder, WebSettings(admin_token=ADMIN))) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False, headers=headers) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def stale(client: httpx.Client, folder: Path) -> dict[str, Any]:
    """An answer that was given, and marked in several ways, before its article was taken down."""
    answer = client.post("/api/ask", json={"question": ANSWERED}).json()
    assert answer["answer"] and answer["citations"][0]["quote"] == QUOTE
    for body in bodies(answer):
        if body.get("citations") != WRONG:  # Of a citation that is not in the store nothing is kept.
            assert send(client, **body).status_code == 200
    assert send(client, question="What else?").status_code == 200
    assert client.delete("/api/articles/ferry").json()["notices"] == []
    left = list(FeedbackStore(folder).rows())
    assert [row.question for row in left] == ["Who?", "What else?"]
    assert [turn.role for turn in left[0].history] == ["user"], "the earlier answer is gone"
    return dict(answer)


def bodies(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Feedback that has words of the answer's article, each in another place."""
    said = [{"role": "user", "content": ANSWERED}, {"role": "assistant", "content": answer["answer"]}]
    return [
        {"answer": answer["answer"], "citations": answer["citations"]},
        {"citations": WRONG},
        {"answer": answer["answer"]},
        {"comment": f"It says: {QUOTE.upper()}"},
        {"question": f"Is it so that “{QUOTE}”?"},
        {"history": said},
        {"reader": QUOTE},
        {"source": QUOTE},
    ]


def send(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("/api/feedback", json={"verdict": "up", "question": "Who?"} | body)


@pytest.mark.parametrize("number", range(8))
def test_a_page_that_is_still_open_does_not_bring_the_words_back(
    client: httpx.Client, folder: Path, stale: dict[str, Any], number: int
) -> None:
    refused = send(client, **bodies(stale)[number])
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert error["code"] == "removed" and error["message"].endswith("removed from the archive.")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"grace hopper" in path.read_bytes().lower()]


def test_other_feedback_is_kept_as_before(client: httpx.Client, stale: dict[str, Any]) -> None:
    asked = client.post("/api/ask", json={"question": "Who painted the lighthouse?"}).json()
    sent = {name: asked[name] for name in ("question", "answer", "citations", "status")}
    assert send(client, **sent, comment="Good.").status_code == 200
