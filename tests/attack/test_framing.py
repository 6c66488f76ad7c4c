"""Which pages another site may frame: none but the chat of the widget, and that only if it is allowed."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import fresh_address
from tests.attack.target import Target, copy_store, serving

pytestmark = pytest.mark.attack

PAGES = (
    *(
        "/",
        "/?q=x",
        "/embed",
        "/embed?title=x",
        "/embed?about=x&after=x",
        "/add",
        "/articles/plain",
        "/articles/unknown",
        "/articles/plain?since=x",
    ),
    *(
        "/nothing/here",
        "/static/nothing",
        "/%00",
        "/gradio_api/nothing",
        "/login",
        "/logout",
        "/docs",
        "/redoc",
    ),
)
ALLOWED = "https://paper.example"


def framed_by(reply: httpx.Response) -> set[str]:
    """Who may frame a response, by its content policy."""
    policies = reply.headers.get("content-security-policy", "")
    found = re.search(r"frame-ancestors ([^;]*)", policies)
    return set(found[1].split()) if found else {"*"}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_may_be_framed_by_another_site(client: httpx.Client, page: str) -> None:
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
        reply = client.request(method, page, headers={"Accept": "text/html"})
        assert framed_by(reply) <= {"'self'", "'none'"}, (method, page)


def test_the_form_of_the_admin_token_is_framed_by_nobody(client: httpx.Client) -> None:
    assert framed_by(client.get("/add")) == {"'none'"}


@pytest.fixture(scope="module")
def allowing(hostile_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server whose widget one other site may show."""
    folder = copy_store(hostile_store / "store", tmp_path_factory.mktemp("allowing"))
    with serving(folder, environment={"ONRECORD_ALLOWED_ORIGINS": ALLOWED}) as target:
        yield target


def test_a_site_that_is_allowed_frames_the_widget_and_nothing_else(allowing: Target) -> None:
    with allowing.client(fresh_address()) as client:
        assert framed_by(client.get("/embed")) == {"'self'", ALLOWED}
        for page in PAGES:
            if not page.startswith("/embed"):
                assert ALLOWED not in framed_by(client.get(page, headers={"Accept": "text/html"})), page


def test_a_site_that_is_allowed_reads_without_cookies_and_no_other_reads(allowing: Target) -> None:
    with allowing.client(fresh_address()) as client:
        granted = client.get("/api/archive", headers={"Origin": ALLOWED}).headers
        assert granted["access-control-allow-origin"] == ALLOWED
        assert "access-control-allow-credentials" not in granted
        for origin in (
            "https://paper.example.evil.example",
            "https://evilpaper.example",
            "http://paper.example",
            "null",
        ):
            refused = client.get("/api/archive", headers={"Origin": origin}).headers
            assert "access-control-allow-origin" not in refused, origin
