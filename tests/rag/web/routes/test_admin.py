"""Changing the archive over HTTP: who may, what is taken, and that everybody sees it at once."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from corpus.errors import StoreUnreachable
from index.store.lock import LockHolder, make_token
from rag.terminal import remote
from rag.terminal.remote import Remote
from rag.web.settings import WebSettings
from tests.corpus.documents import docx, pdf
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import FERRY, long_text
from tests.rag.web.conftest import ANSWERED, app_over, indexed, running

ADMIN, OWNER = "an admin token of ours", "an owner token of ours"
SETTINGS = WebSettings(admin_token=ADMIN, owner_token=OWNER)
BALLOON = "The balloon landed in Marrakesh on Friday. Pilot Nan Okafor flew the balloon alone."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store of its own."""
    return indexed(tmp_path)


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with running(app_over(folder, SETTINGS)) as made:
        yield made


@pytest.fixture
def admin(url: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with httpx.Client(base_url=url, timeout=300, trust_env=False, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server for requests that are refused: its archive stays as it is."""
    folder = indexed(tmp_path_factory.mktemp("unchanged"))
    with running(app_over(folder, SETTINGS)) as url:
        yield url
        assert httpx.get(f"{url}/readyz", trust_env=False).json()["articles"] == 3


def ask(client: httpx.Client, question: str) -> Any:
    """The answer's object."""
    answer = client.post("/api/ask", json={"question": question})
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(client: httpx.Client, **request: Any) -> list[tuple[str, Any]]:
    """The events of a request that asks for them."""
    found, kind = [], ""
    with client.stream("POST", "/api/articles", headers={"Accept": "text/event-stream"}, **request) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((kind, json.loads(line.removeprefix("data: "))))
    return found


def test_an_article_that_is_posted_is_cited_at_once_and_posting_it_again_is_no_news(
    admin: httpx.Client,
) -> None:
    article = {
        "id": "balloon",
        "title": "Balloon lands",
        "text": BALLOON,
        "source": "Sky",
        "published_at": "2024-03-01",
    }
    report = admin.post("/api/articles", json=article)
    assert report.status_code == 200
    assert report.json() | {"seconds": 0} == {
        **{"schema": 1, "added": 1, "updated": 0, "unchanged": 0, "removed": 0, "failed": []},
        **{"articles": 4, "passages": 4, "seconds": 0, "notices": []},
    }
    answer = ask(admin, "Who flew the balloon?")
    assert {one["article_id"] for one in answer["citations"]} == {"balloon"}
    assert answer["archive"]["through"] == "2024-03-01"
    again = admin.post("/api/articles", json={"articles": [article]}).json()
    assert (again["added"], again["unchanged"]) == (0, 1)
    changed = admin.post("/api/articles", json=article | {"text": BALLOON.replace("Friday", "Sunday")}).json()
    assert changed["updated"] == 1
    revisions = admin.get("/api/articles/balloon").json()["revisions"]
    assert [one["cause"] for one in revisions] == ["added", "changed"]


def test_files_are_read_by_their_format_and_bad_ones_are_told(admin: httpx.Client) -> None:
    files = [
        ("files", ("../../etc/notes.txt", f"{FERRY} Notes.".encode())),
        ("files", ("report.pdf", pdf([["The mill burned down on Sunday, the owner said to the paper."]]))),
        ("files", ("minutes.docx", docx("Minutes", "The council met on Monday and voted for the bridge."))),
        ("files", ("broken.pdf", b"%PDF-1.4 broken")),
    ]
    report = admin.post("/api/articles", files=files).json()
    assert report["added"] == 3 and [one["path"] for one in report["failed"]] == ["broken.pdf"]
    assert admin.get("/api/articles/uploads/notes.txt").json()["text"].endswith("Notes.")
    assert admin.get("/api/articles/uploads/report.pdf").status_code == 200


def test_progress_comes_before_the_report(admin: httpx.Client) -> None:
    articles = [{"id": f"a{n}", "text": f"Report {n}. {long_text(f'bridge {n}')}"} for n in range(12)]
    *progress, (last, report) = events(admin, json={"articles": articles})
    assert last == "done" and report["added"] == 12
    assert {kind for kind, _ in progress} == {"progress"}
    assert max(one["passages"] for _, one in progress) > 0


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", f"Basic {ADMIN}", f"Bearer {OWNER}", "Bearer", "Bearer ä"]
)
def test_only_the_admin_token_lets_anybody_in(unchanged: str, header: str | None) -> None:
    headers = {b"Authorization": header.encode()} if header else {}
    for method, path in (
        ("POST", "/api/articles"),
        ("DELETE", "/api/articles/ferry"),
        ("POST", "/api/restore"),
    ):
        answer = httpx.request(
            method, unchanged + path, json={"ids": ["x"], "text": "x"}, headers=headers, trust_env=False
        )
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "token"


def test_the_admin_token_does_not_open_what_reads_paths_of_the_server(admin: httpx.Client) -> None:
    for path in ("index", "remove", "restore"):
        assert (
            admin.post(f"/api/owner/{path}", json={"sources": ["/etc"], "ids": ["ferry"]}).status_code == 401
        )


def test_without_tokens_there_is_nothing_to_open(folder: Path) -> None:
    with running(app_over(folder, WebSettings(owner_token=OWNER))) as url:
        refused = httpx.post(f"{url}/api/articles", json={"text": "x"}, trust_env=False)
        assert refused.status_code == 403 and "ONRECORD_ADMIN_TOKEN" in refused.json()["error"]["message"]
    with running(app_over(folder)) as url:
        assert httpx.post(f"{url}/api/articles", json={"text": "x"}, trust_env=False).status_code in (
            404,
            405,
        )


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": "text"}, 422),
        ({"json": {"urls": "x"}}, 422),
        ({"json": {"url": "file:///etc/passwd"}}, 422),
        ({"json": []}, 422),
        ({"data": {"other": "x"}, "files": {}}, 415),
        ({"files": {"files": ("a.exe", b"MZ")}}, 415),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"content": b"x" * (65 << 20), "headers": {"Content-Type": "application/json"}}, 413),
    ],
)
def test_what_cannot_be_taken_is_one_sentence(unchanged: str, request_: dict[str, Any], status: int) -> None:
    bearer = {"Authorization": f"Bearer {ADMIN}"}
    with httpx.Client(base_url=unchanged, timeout=300, trust_env=False, headers=bearer) as admin:
        answer = admin.post("/api/articles", **request_)
        assert answer.status_code == status and answer.json()["error"]["message"]
        assert admin.get("/readyz").json()["articles"] == 3


def test_an_address_into_this_machine_is_not_fetched_for_anybody(admin: httpx.Client, url: str) -> None:
    report = admin.post("/api/articles", json={"url": f"{url}/articles/ferry"}).json()
    assert report["added"] == 0 and "is not on the public internet" in report["failed"][0]["reason"]


def test_a_takedown_reaches_everything_that_the_server_says(admin: httpx.Client, folder: Path) -> None:
    answer = ask(admin, ANSWERED)
    [cited] = answer["citations"]
    revision = cited["revision"]
    admin.post("/api/feedback", json={"verdict": "up", "question": ANSWERED, "citations": [cited]})
    taken = admin.delete("/api/articles/ferry")
    assert taken.json()["removed"] == ["ferry"]
    assert not [one for one in ask(admin, ANSWERED)["passages"] if one["article_id"] == "ferry"]
    found = admin.post("/api/search", json={"query": "captain Grace Hopper ferry"}).json()["passages"]
    assert "ferry" not in {one["article_id"] for one in found}
    for path in ("/api/articles/ferry", f"/api/articles/ferry?revision={revision}", "/articles/ferry"):
        assert admin.get(path).status_code == 404
    assert not [path for path in folder.rglob("*") if path.is_file() and b"Grace Hopper" in path.read_bytes()]
    assert admin.delete("/api/articles/nobody").status_code == 404
    article = {"id": "ferry", "text": "The ferry is back."}
    assert admin.post("/api/articles", json=article).json()["added"] == 0
    assert admin.post("/api/restore", json={"ids": ["ferry"]}).json()["restored"] == ["ferry"]
    assert admin.post("/api/articles", json=article).json()["added"] == 1


def test_questions_are_answered_while_articles_come_in(admin: httpx.Client) -> None:
    articles = [{"id": f"a{n}", "text": f"Report {n}. {long_text(f'bridge {n}')}"} for n in range(12)]
    writers = [
        threading.Thread(
            target=lambda part=part: reports.append(admin.post("/api/articles", json=part).json())
        )
        for part in (articles[:6], articles[6:])
    ]
    reports: list[Any] = []
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert {one["article_id"] for one in ask(admin, ANSWERED)["citations"]} == {"ferry"}
    assert sorted(one["added"] for one in reports) == [6, 6]
    assert admin.get("/readyz").json()["articles"] == 15


def test_a_client_that_leaves_stops_its_run_and_what_was_committed_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedding, going_on = threading.Event(), threading.Event()

    def slow() -> WordOverlapEmbedding:
        def wait() -> None:
            embedding.set()
            assert going_on.wait(300)

        return WordOverlapEmbedding(wait)

    monkeypatch.setattr("tests.rag.web.conftest.WordOverlapEmbedding", slow)
    lines = [{"id": f"a{n}", "text": f"Report {n}. {long_text(f'bridge {n}')}"} for n in range(200)]
    with running(app_over(folder, SETTINGS)) as url:
        headers = {"Authorization": f"Bearer {ADMIN}", "Accept": "text/event-stream"}
        with httpx.stream("POST", f"{url}/api/articles", json=lines, headers=headers, trust_env=False):
            assert embedding.wait(300)
        going_on.set()
        report = httpx.post(
            f"{url}/api/articles",
            json=lines[:1],
            headers={"Authorization": f"Bearer {ADMIN}"},
            timeout=300,
            trust_env=False,
        )
        assert report.status_code == 200 and report.json()["articles"] < 203


def test_the_command_line_writes_through_the_owner(
    folder: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "lock_holder", lambda path: LockHolder(1, url, None))
    monkeypatch.setattr(remote, "read_token", lambda path: OWNER)
    server = Remote.of(folder)
    assert server is not None
    (tmp_path / "news").mkdir()
    path = tmp_path / "news" / "balloon.txt"
    path.write_text(BALLOON)
    told: list[str] = []
    report = server.index([path.parent], progress=lambda progress: told.append(progress.stage))
    assert (report.added, report.articles) == (1, 4) and told[-1] == "done"
    path.unlink()
    assert server.index([path.parent], prune=True, progress=lambda progress: None).removed == 1
    assert server.take_down("remove", ["ferry", "nobody"]).unknown == ("nobody",)
    assert server.take_down("restore", ["ferry"]).changed == ("ferry",)


def test_who_may_not_read_the_token_is_told(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "lock_holder", lambda path: LockHolder(1, url, None))
    assert Remote.of(folder) is None
    token = make_token(folder)
    assert (folder / "owner.token").stat().st_mode & 0o777 == 0o600 and len(token) >= 32
    server = Remote.of(folder)
    assert server is not None
    with pytest.raises(StoreUnreachable, match="lets nobody write"):
        server.take_down("remove", ["ferry"])
    with pytest.raises(StoreUnreachable, match="does not answer"):
        Remote("http://127.0.0.1:9", token).take_down("remove", ["ferry"])
