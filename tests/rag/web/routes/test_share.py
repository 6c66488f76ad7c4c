"""Shared answers over HTTP: kept when asked for, shown as given, without what was taken down, removable."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from index.store import shares
from index.sync.remove import remove
from rag.web.bounds.guard import LARGEST_BODY
from rag.web.bounds.visitors import Allowance, visitor_of
from rag.web.errors import Refusal
from rag.web.routes import share as module
from rag.web.settings import WebSettings
from rag.web.writer import BackgroundWriter
from tests.rag.web.conftest import ANSWERED, ARTICLES, ASKED, HOSTILE_ID, app_over, indexed, running
from tests.rag.web.routes.test_api import assert_envelope
from tests.rag.web.routes.test_kept import asked

ADMIN = "an admin token of ours"
BEARS = {"Authorization": f"Bearer {ADMIN}"}
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
WITH_TOKEN = WebSettings(admin_token=ADMIN)
NOTICE = "Correction: The ferry was steered by Ada Byron, not by Captain Grace Hopper."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of this module's own."""
    return indexed(tmp_path_factory.mktemp("shares"))


def client_of(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=300, trust_env=False)


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    with running(app_over(folder, WITH_TOKEN)) as url, client_of(url) as client:
        yield client


@pytest.fixture
def own(tmp_path: Path) -> Iterator[httpx.Client]:
    """A server over a store that a test may change."""
    with running(app_over(indexed(tmp_path), WITH_TOKEN)) as url, client_of(url) as client:
        yield client


def shared(client: httpx.Client, answer: dict[str, Any]) -> str:
    """The path of the answer, which is shared."""
    response = client.post("/api/share", json=answer)
    assert response.status_code == 201, response.text
    told = response.json()
    assert told["schema"] == 1 and re.fullmatch(r"[\w-]{22}", told["id"])
    assert told["url"] == f"{client.base_url}/shared/{told['id']}".replace("//shared", "/shared")
    assert response.headers["location"] == f"/shared/{told['id']}"
    return str(response.headers["location"])


@pytest.mark.parametrize("question", [ANSWERED, ASKED, "What articles are there?"])
def test_a_shared_answer_is_shown_as_it_was_given(client: httpx.Client, question: str) -> None:
    answer = asked(client, question)
    path = shared(client, answer)
    page = client.get(path, headers=PAGE)
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert page.headers["x-robots-tag"] == "noindex" and "Accept" in page.headers["vary"]
    assert f'<h1 dir="auto">{question}</h1>' in page.text
    assert "As it was given on" in page.text and "from an archive of 3 articles" in page.text
    told = client.get(path, headers=JSON).json()
    for name in ("question", "sentences", "answer", "status", "archive", "asked_at", "seal", "articles"):
        assert told.get(name) == answer.get(name), name
    assert (
        told["schema"] == 1 and path.endswith(told["id"]) and not told["withdrawn"] and not told["corrected"]
    )
    quotes = [(one["n"], one["quote"], one["title"]) for one in told["citations"]]
    assert quotes == [(one["n"], one["quote"], one["title"]) for one in answer["citations"]]


def test_the_same_answer_is_shared_once_in_whatever_form_it_is_sent(client: httpx.Client) -> None:
    answer = asked(client)
    [kept] = client.post("/api/answers", json={"answers": [answer]}).json()["answers"]
    forms = (answer, {**kept["given"], "seal": kept["seal"]}, {"given": kept["given"], "seal": kept["seal"]})
    paths = {shared(client, one) for one in forms}
    told = client.get(paths.pop(), headers=JSON).json()
    assert not paths and shared(client, told).endswith(told["id"])


@pytest.mark.parametrize(
    "change", [{"question": "Who?"}, {"seal": "0" * 64}, {"sentences": []}, {"seal": None}]
)
def test_what_this_archive_did_not_say_is_not_shared(client: httpx.Client, change: dict[str, Any]) -> None:
    response = client.post("/api/share", json=asked(client) | change)
    assert_envelope(response, 422, "seal")
    assert response.json()["error"]["code"] == "seal"


def test_bodies_that_are_no_answer_are_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for body in ("[]", "3", '"x"', "null"):
        assert_envelope(client.post("/api/share", content=body, headers=headers), 422)
    assert_envelope(client.post("/api/share", content="{", headers=headers), 400)
    assert_envelope(client.post("/api/share", content="x=1"), 415)
    assert_envelope(client.post("/api/share", json={"question": "w" * LARGEST_BODY}), 413)
    deep = '{"archive":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert client.post("/api/share", content=deep, headers=headers).status_code in (400, 422)


@pytest.mark.parametrize("id", ["x", "a" * 22, "%2e%2e%2fetc", "' OR 1=1 --", "a" * 5_000, "%00"])
def test_nothing_is_shared_at_any_other_address(client: httpx.Client, id: str) -> None:
    assert_envelope(client.get(f"/shared/{id}"), 404)
    page = client.get(f"/shared/{id}", headers=PAGE)
    assert page.status_code == 404 and "<h1>There is nothing here</h1>" in page.text
    assert client.head(f"/shared/{id}").status_code == 404


def test_head_tells_as_much_and_shows_nothing(client: httpx.Client) -> None:
    path = shared(client, asked(client))
    response = client.head(path)
    assert response.status_code == 200 and not response.content
    assert client.post(path, json={}).status_code == 405 and client.get("/shared/").status_code == 404


def test_an_answer_is_saved_with_the_same_numbers(client: httpx.Client) -> None:
    answer = asked(client)
    path = shared(client, answer)
    saved = client.get(path, params={"as": "markdown"})
    assert saved.headers["content-type"] == "text/markdown; charset=utf-8"
    assert saved.headers["content-disposition"] == 'attachment; filename="who-steered-the-ferry.md"'
    assert "Captain Grace Hopper steered the ferry. [1]" in saved.text and "\n- [1] " in saved.text
    told = client.get(path, params={"as": "json"})
    assert told.headers["content-disposition"].endswith('.json"')
    assert told.json() == client.get(path, headers=JSON).json()
    assert_envelope(client.get(path, params={"as": "pdf"}), 422, "as")
    assert_envelope(client.get(path, params={"lang": "<b>"}), 422, "lang")


def test_the_page_speaks_the_language_that_is_asked_for(client: httpx.Client) -> None:
    path = shared(client, asked(client))
    page = client.get(path, params={"lang": "de"}, headers=PAGE).text
    assert '<html lang="de">' in page and "So gegeben am" in page
    assert '<html lang="en">' in client.get(path, params={"lang": "xx"}, headers=PAGE).text


def test_filters_are_said_and_asked_again_with(client: httpx.Client) -> None:
    body = {"question": ANSWERED, "source": ["Harbour Post"], "before": "2021-01-01", "as_of": "2020-06-01"}
    path = shared(client, client.post("/api/ask", json=body).json())
    page = client.get(path, headers=PAGE).text
    assert "Filter: Harbour Post, before 1 January 2021, as of 1 June 2020." in page
    assert "source=Harbour+Post" in page and "before=2021-01-01" in page and "as_of=2020-06-01" in page


def test_hostile_text_stays_text(client: httpx.Client) -> None:
    asking = "Who painted the lighthouse? <script>alert(1)</script>"
    path = shared(client, asked(client, asking))
    page = client.get(path, headers=PAGE)
    assert "<script>alert" not in page.text and "<img src=x" not in page.text
    assert (
        'href="javascript' not in page.text and "script-src 'self'" in page.headers["content-security-policy"]
    )
    saved = client.get(path, params={"as": "markdown"}).text
    assert not re.search(r"(?<!\\)<(script|img|b)\b|(?<!\\)\]\(javascript", saved)
    assert HOSTILE_ID.split("/")[-1] in saved


def test_a_takedown_takes_its_words_from_shared_answers_for_good(own: httpx.Client, tmp_path: Path) -> None:
    answer = asked(own)
    path, near = shared(own, answer), shared(own, asked(own, ASKED))
    assert own.delete("/api/articles/ferry", headers=BEARS).json()["notices"] == []
    page = own.get(path, headers=PAGE).text
    assert "withdrawn" in page.lower() and "has been removed from the archive" in page
    told = own.get(path, headers=JSON).json()
    assert told["withdrawn"] and told["status"] == "withdrawn" and told["citations"] == []
    words = [b"hopper", b"ferry leaves", b"harbour post", b"the pier"]
    for shown in (
        page,
        json.dumps(told),
        own.get(near, headers=PAGE).text,
        own.get(path, params={"as": "markdown"}).text,
    ):
        assert not [one for one in words if one in shown.lower().encode()]
    files = [one for one in (tmp_path / "store").rglob("*") if one.is_file()]
    assert not [one.name for one in files if any(word in one.read_bytes().lower() for word in words)]
    assert_envelope(own.post("/api/share", json=answer), 422, "citations")


def test_a_takedown_that_is_not_done_yet_hides_the_words_already(own: httpx.Client) -> None:
    path = shared(own, asked(own))
    done = threading.Event()
    shown: list[str] = []

    def look() -> None:
        with client_of(str(own.base_url)) as other:
            while not done.is_set():
                shown.append(other.get(path, headers=PAGE).text)

    looking = threading.Thread(target=look)
    looking.start()
    own.delete("/api/articles/ferry", headers=BEARS)
    after = own.get(path, headers=PAGE).text
    done.set()
    looking.join(300)
    assert "Hopper" not in after and shown
    withdrawn = ["Hopper" not in page for page in shown]
    assert withdrawn == sorted(withdrawn), "what was withdrawn does not come back"


def test_a_corrected_article_is_told_beside_what_it_said(own: httpx.Client, tmp_path: Path) -> None:
    path = shared(own, asked(own))
    text = str(ARTICLES[0]["text"]).replace("Captain Grace Hopper", "Ada Byron")
    indexed(tmp_path, [{**ARTICLES[0], "text": f"{text}\n\n{NOTICE}"}, *ARTICLES[1:]])
    page = own.get(path, headers=PAGE).text
    assert "Captain Grace Hopper steered the ferry." in page and "has been corrected since" in page
    assert "Corrected since" in page and NOTICE in page
    told = own.get(path, headers=JSON).json()
    assert told["corrected"] and [one["text"] for one in told["citations"][0]["corrected_since"]] == [NOTICE]


def test_the_owner_removes_a_share(own: httpx.Client, tmp_path: Path) -> None:
    path = shared(own, asked(own))
    assert_envelope(own.delete(path), 401)
    assert_envelope(own.delete(path, headers={"Authorization": "Bearer another token of ours"}), 401)
    assert own.get(path).status_code == 200
    assert own.delete(path, headers=BEARS).json() == {"schema": 1, "removed": [path.split("/")[-1]]}
    assert_envelope(own.get(path), 404)
    assert_envelope(own.delete(path, headers=BEARS), 404)
    sqlite = (tmp_path / "store" / "onrecord.sqlite").read_bytes()
    assert ANSWERED.encode() not in sqlite
    assert shared(own, asked(own)) != path


def test_shares_outlast_the_server_and_are_read_by_another_process(tmp_path: Path) -> None:
    folder = indexed(tmp_path)
    with running(app_over(folder, WITH_TOKEN)) as url, client_of(url) as client:
        path = shared(client, asked(client))
        with running(app_over(folder)) as beside, client_of(beside) as reader:
            assert "Hopper" in reader.get(path, headers=PAGE).text
            assert_envelope(reader.post("/api/share", json=asked(reader, ASKED)), 403)
            assert_envelope(reader.delete(path, headers=BEARS), 403)
    with running(app_over(folder, WITH_TOKEN)) as url, client_of(url) as client:
        assert "Hopper" in client.get(path, headers=PAGE).text
        assert shared(client, client.get(path, headers=JSON).json()) == path, "the key of the seal is kept"
    remove(folder, ["ferry"])  # As the command line does while no server runs.
    with running(app_over(folder, WITH_TOKEN)) as url, client_of(url) as client:
        assert "Hopper" not in client.get(path, headers=PAGE).text


def test_one_visitor_shares_so_many_a_day_and_all_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PER_DAY", 2)
    monkeypatch.setattr(shares, "MOST", 1)
    with running(app_over(indexed(tmp_path), WITH_TOKEN)) as url, client_of(url) as client:
        answer = asked(client)
        path = shared(client, answer)
        full = client.post("/api/share", json=asked(client, ASKED))
        assert_envelope(full, 503)
        assert full.json()["error"]["code"] == "full"
        refused = client.post("/api/share", json=asked(client, "Who waved?"))
        assert_envelope(refused, 429)
        assert int(refused.headers["retry-after"]) > 3_600
        assert shared(client, answer) == path, "what is shared already may be asked for again"


def test_the_daily_limit_is_a_hundred_answers_or_three_megabytes_in_any_24_hours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_700_000_000 // 86_400 * 86_400 + 82_800.0  # 23:00 of some day
    monkeypatch.setattr(time, "time", lambda: now)
    shared: list[object] = []

    class Writer:
        async def share(self, answer: object, seal: str) -> str:
            shared.append(answer)
            return "id"

    room = Allowance(module.MOST_PER_DAY, module._DAY, module._SAYS)

    def share(visitor: str = "192.0.2.7", characters: int = 1_000) -> int:
        """Seconds until it may be tried again; 0 where it is kept."""
        answer = {"text": "w" * characters}
        try:
            asyncio.run(module._kept(cast(BackgroundWriter, Writer()), room, visitor, answer, "seal"))
        except Refusal as refused:
            assert refused.status_code == 429
            return int((refused.headers or {})["Retry-After"])
        return 0

    assert [share() for _ in range(100)] == [0] * 100
    assert share() == 24 * 3_600 and len(shared) == 100
    assert share("192.0.2.8") == 0, "another visitor has a day's worth of his own"
    now += 2 * 3_600  # past midnight: the limit is one of 24 hours, and not of a calendar day
    assert share() == 22 * 3_600
    now += 22 * 3_600 + 1
    assert share() == 0
    large = 33 * 32_768 - 100  # 33 parts of 32 KiB
    assert [share("192.0.2.9", large) for _ in range(3)] == [0, 0, 0]
    assert share("192.0.2.9") == 0 and share("192.0.2.9") > 0, "3 times 33 parts and one more"


@pytest.mark.parametrize(
    ("connection", "forwarded", "visitor"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),  # what a client wrote before our proxy did
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"),  # two proxies of ours
        ("10.0.0.1", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("203.0.113.5", "192.0.2.7", "203.0.113.5"),  # no proxy of ours: its word counts nothing
    ],
)
def test_readers_behind_a_trusted_proxy_have_a_limit_each_and_nobody_chooses_whose(
    connection: str, forwarded: str | None, visitor: str
) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(visitor_of(scope))

    trusting = cast(Any, ProxyHeadersMiddleware(app, trusted_hosts=["10.0.0.0/8"]))
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "scheme": "http", "client": (connection, 4711), "headers": headers}
    asyncio.run(trusting(scope, None, None))
    assert seen == [visitor]


def test_a_server_under_a_path_says_the_address_that_people_use(tmp_path: Path) -> None:
    settings = WebSettings(admin_token=ADMIN, public_url="https://news.example/archive")
    with running(app_over(indexed(tmp_path), settings)) as url, client_of(url) as client:
        told = client.post(
            "/archive/api/share", json=client.post("/archive/api/ask", json={"question": ANSWERED}).json()
        )
        assert told.status_code == 201
        assert told.json()["url"] == f"https://news.example/archive/shared/{told.json()['id']}"
        page = client.get(told.headers["location"], headers=PAGE).text
        assert 'href="/archive/?q=' in page and 'href="/archive/articles/ferry?' in page
        assert f'href="/archive/shared/{told.json()["id"]}?as=markdown"' in page


def test_a_visitor_of_excerpts_sees_of_a_share_what_is_left_to_them(tmp_path: Path) -> None:
    folder = indexed(tmp_path)
    with running(app_over(folder, WITH_TOKEN)) as url, client_of(url) as client:
        path = shared(client, asked(client))
    for exposure in ("excerpt", "link"):
        settings = WebSettings(admin_token=ADMIN, exposure=exposure)
        with running(app_over(folder, settings)) as url, client_of(url) as client:
            for _ in range(3):
                client.head(path)
            told = client.get(path, headers=JSON).json()
            [citation] = told["citations"]
            assert citation["quote"] == "Captain Grace Hopper steered the ferry."
            if exposure == "link":
                assert citation["before"] == citation["after"] == ""
