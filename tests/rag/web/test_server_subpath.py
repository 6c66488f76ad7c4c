"""The application under a path, as behind a proxy that serves it at https://paper.example/archive/."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, HOSTILE_ID, app_over, running

PUBLIC = "https://paper.example"
SETTINGS = WebSettings(public_url=f"{PUBLIC}/archive", open_api=True, admin_token="the-admin-token-of-tests")


@pytest.fixture(scope="module")
def under(word_store: Path) -> Iterator[httpx.Client]:
    """A client of the application with the chat page, under the name that people use."""
    with (
        running(app_over(word_store, SETTINGS, page=True)) as url,
        httpx.Client(base_url=url, headers={"Host": "paper.example"}, timeout=300, trust_env=False) as client,
    ):
        yield client


def linked(html: str) -> set[str]:
    """The addresses that a page links or loads, without anchors and other hosts."""
    found = re.findall(r'(?:href|src)="([^"#][^"]*)"', html)
    return {
        address.replace("&amp;", "&")
        for address in found
        if "://" not in address and not address.startswith("data:")
    }


@pytest.mark.parametrize(
    "page",
    ["/archive/", "/archive/embed?accent=123456", "/archive/add", "/archive/articles/ferry", "/archive/x/y"],
)
def test_what_a_page_links_lies_under_the_path_and_is_there(under: httpx.Client, page: str) -> None:
    html = under.get(page, headers={"Accept": "text/html"}).text
    found = {urljoin(page, address) for address in linked(html)}
    assert found and all(address.startswith("/archive/") for address in found), found
    for address in found:
        assert under.get(address).status_code == 200, address


def test_links_of_answers_lie_under_the_path(under: httpx.Client) -> None:
    citation = under.post("/archive/api/ask", json={"question": ANSWERED}).json()["citations"][0]
    assert citation["href"].startswith("/archive/articles/ferry?")
    assert "<mark" in under.get(citation["href"].partition("#")[0]).text
    asked = {"messages": [{"role": "user", "content": ANSWERED}]}
    message = under.post("/archive/v1/chat/completions", json=asked).json()["choices"][0]["message"]
    assert f"<{PUBLIC}/archive/articles/ferry?" in message["content"]


def test_the_pages_own_requests_go_under_the_path(under: httpx.Client) -> None:
    config = under.get("/archive/config").json()
    assert config["root"].endswith("/archive") and config["api_prefix"] == "/gradio_api"
    event = next(one["id"] for one in config["dependencies"] if one["inputs"] and one["outputs"])
    sent = json.dumps({"mark": "m1", "question": ANSWERED})
    body = {"data": [sent], "fn_index": event, "session_hash": "under"}
    assert under.post("/archive/gradio_api/queue/join", json=body).status_code == 200
    with under.stream("GET", "/archive/gradio_api/queue/data", params={"session_hash": "under"}) as events:
        shown = next(line for line in events.iter_lines() if "process_completed" in line)
    assert "/archive/articles/ferry?" in shown and '\\"/articles/' not in shown


def test_the_path_without_a_slash_leads_to_the_page(under: httpx.Client) -> None:
    reply = under.get("/archive")
    assert (reply.status_code, reply.headers["location"]) == (308, "/archive/")
    assert under.get("/archived/embed").status_code == 404


def test_a_proxy_that_takes_the_path_away_is_served_too(under: httpx.Client) -> None:
    assert "/archive/static/embed.js" in under.get("/embed").text
    assert under.get("/healthz").status_code == 200


def test_odd_ids_are_found_under_the_path(under: httpx.Client) -> None:
    found = under.post("/archive/api/search", json={"query": "lighthouse painted white"}).json()["passages"]
    (href,) = {one["href"].partition("#")[0] for one in found if one["article_id"] == HOSTILE_ID}
    assert href.startswith("/archive/articles/") and under.get(href).status_code == 200


def test_pages_of_the_public_origin_may_ask_and_others_may_not(under: httpx.Client) -> None:
    for origin, status in ((PUBLIC, 200), (f"{PUBLIC}/archive", 403), ("https://evil.example", 403)):
        reply = under.post("/archive/api/ask", json={"question": ANSWERED}, headers={"Origin": origin})
        assert reply.status_code == status
