"""POST /api/answers: answers that browsers kept are drawn anew, and nothing else is."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.web.answers.export import file_name
from rag.web.bounds.guard import LARGEST_BODY
from rag.web.routes import kept as module
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, ASKED, app_over, indexed, running
from tests.rag.web.routes.test_api import assert_envelope

ADMIN = "an admin token of ours"


def asked(client: httpx.Client, question: str = ANSWERED) -> dict[str, Any]:
    """The whole answer with its fragment."""
    body = {"question": question, "draw": {"lang": "en", "mark": "a1"}}
    return dict(client.post("/api/ask", json=body).json())


def drawn(client: httpx.Client, *answers: object, **more: object) -> list[dict[str, Any]]:
    response = client.post("/api/answers", json={"answers": answers, **more})
    assert response.status_code == 200 and response.json()["schema"] == 1, response.text
    return list(response.json()["answers"])


@pytest.mark.parametrize("question", [ANSWERED, ASKED, "What articles are there?"])
def test_an_answer_is_drawn_as_it_was(client: httpx.Client, question: str) -> None:
    answer = asked(client, question)
    [again] = drawn(client, answer, marks=["a1"])
    assert again["html"] == answer["html"]
    assert again["seal"] == answer["seal"] and not again["withdrawn"] and not again["corrected"]
    for sent in (again["given"] | {"seal": again["seal"]}, {name: again[name] for name in ("given", "seal")}):
        assert drawn(client, sent, marks=["a1"]) == [again], "what is kept is enough"


def test_marks_and_language_are_those_of_the_request(client: httpx.Client) -> None:
    answer = asked(client)
    first, second = drawn(client, answer, answer, marks=["one"], lang="de")
    assert 'id="source-one-1"' in first["html"] and 'id="source-2-1"' in second["html"]
    assert "Quelle" in first["html"]


@pytest.mark.parametrize(
    "change",
    [
        {"question": "Who sank it?"},
        {"sentences": []},
        {"seal": "0" * 64},
        {"seal": None},
        {"citations": [{"n": 1}]},
        {"citations": 3},
        {"archive": json.loads("[" * 200 + "]" * 200)},
    ],
)
def test_what_was_not_given_is_not_drawn_and_does_not_hinder_others(
    client: httpx.Client, change: dict[str, Any]
) -> None:
    answer = asked(client)
    forged, empty, honest = drawn(client, answer | change, {}, answer)
    for one in (forged, empty):
        assert one["html"] is None and one["given"] is None and one["problem"] == module.NOT_OURS
    assert "Hopper" in honest["html"] and honest["problem"] is None


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "answers"),
        ({"answers": 3}, "answers"),
        ({"answers": [3]}, "answers.0"),
        ({"answers": [{}] * (module.MOST_ANSWERS + 1)}, "answers"),
        ({"answers": [], "lang": "english"}, "lang"),
        ({"answers": [{}], "marks": ["<b>"]}, "marks.0"),
        ({"answers": [{}], "as": "pdf"}, "as"),
    ],
)
def test_bodies_that_cannot_be_used_are_refused(client: httpx.Client, body: object, param: str) -> None:
    assert_envelope(client.post("/api/answers", json=body), 422, param)


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    body = json.dumps({"answers": [{"question": "w" * LARGEST_BODY}]})
    assert_envelope(
        client.post("/api/answers", content=body, headers={"Content-Type": "application/json"}), 413
    )


def test_one_visitor_is_shown_so_many_in_a_minute(word_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PER_MINUTE", 2)
    with (
        running(app_over(word_store)) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False) as client,
    ):
        drawn(client, {}, {})
        response = client.post("/api/answers", json={"answers": [{}]})
        assert_envelope(response, 429)
        assert int(response.headers["retry-after"]) > 0


def test_a_takedown_reaches_what_browsers_kept(tmp_path: Path) -> None:
    settings = WebSettings(admin_token=ADMIN)
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with (
        running(app_over(indexed(tmp_path), settings)) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False, headers=headers) as client,
    ):
        answer = asked(client)
        assert client.delete("/api/articles/ferry").status_code == 200
        [again] = drawn(client, answer)
        assert again["withdrawn"] and "Withdrawn" in again["html"]
        assert "Hopper" not in json.dumps(again) and "Harbour Post" not in json.dumps(again)
        [later] = drawn(client, {name: again[name] for name in ("given", "seal")})
        assert later["given"] == again["given"] and later["withdrawn"]


def test_hostile_text_of_an_article_stays_text(client: httpx.Client) -> None:
    answer = asked(client, "Who painted the lighthouse?")
    [again] = drawn(client, answer, marks=["a1"])
    assert "lighthouse" in again["html"] and again["html"] == answer["html"]
    assert not [one for one in ("<script", "<img", 'href="javascript') if one in again["html"]]


def test_answers_are_saved_with_the_same_numbers(client: httpx.Client) -> None:
    answer, other = asked(client), asked(client, ASKED)
    first, second, forged = drawn(client, answer, other, answer | {"question": "?"}, **{"as": "markdown"})
    assert first["markdown"].startswith(f"# {ANSWERED}\n") and "steered the ferry. [1]" in first["markdown"]
    [source] = [line for line in first["markdown"].splitlines() if line.startswith("- [1] ")]
    assert str(client.base_url) in source and "“Captain Grace Hopper steered the ferry.”" in source
    assert "## The closest passages" in second["markdown"] and forged["markdown"] is None
    [french] = drawn(client, answer, lang="fr", **{"as": "markdown"})
    assert "Telle qu’elle a été donnée" in french["markdown"]
    [told] = drawn(client, answer, **{"as": "json"})
    assert told["json"]["citations"][0]["quote"] == answer["citations"][0]["quote"]
    assert told["json"]["seal"] == answer["seal"] and "html" not in told
    assert first["name"] == told["name"] == file_name(ANSWERED) and "name" not in drawn(client, answer)[0]
