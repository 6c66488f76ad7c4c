"""What strangers may send as files, addresses and JSON, and that none of it does harm."""

import gzip
import json
import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.web.routes import uploads
from rag.web.routes.uploads import MOST_FILES, label_of
from rag.web.settings import WebSettings
from tests.rag.web.conftest import app_over, indexed, running

ADMIN = "an admin token of ours"
BEARER = {"Authorization": f"Bearer {ADMIN}"}
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)> **bold** [a](javascript:b) {{ 7 * 191 }}"


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Somebody with the token, at a server whose archive grows with the tests."""
    folder = indexed(tmp_path_factory.mktemp("uploads"))
    with (
        running(app_over(folder, WebSettings(admin_token=ADMIN))) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False, headers=BEARER) as client,
    ):
        yield client


def post(client: httpx.Client, **request: Any) -> httpx.Response:
    """An upload's answer, which is the report, or one sentence."""
    told = client.post("/api/articles", **request)
    assert told.headers["content-type"] == "application/json" and "Traceback" not in told.text
    if told.status_code != 200:
        assert told.status_code in (400, 413, 415, 422), told.text
        says = told.json()["error"]["message"]
        assert says.endswith((".", "?")) and "\n" not in says and len(says) < 300
    return told


def form(*parts: tuple[bytes, bytes]) -> dict[str, Any]:
    """A form as no browser would write it: what stands after `form-data; `, and the content."""
    written = b"".join(
        b"--b\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    return {"content": written + b"--b--\r\n", "headers": kind}


@given(st.text())
def test_a_files_label_is_one_short_line_without_a_path(name: str) -> None:
    label = label_of(name)
    assert len(label) <= 200 and label.isprintable() and "/" not in label and "\\" not in label
    assert label_of(label) == label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\Story.TXT", "Story.TXT"),
        ("two\nlines\r.txt", "two lines .txt"),
        ("nul\0 and \x1b[2J.txt", "nul and [2J.txt"),
        ("..", ".."),
        ("", ""),
        ("/", ""),
        ("a" * 10_000 + ".txt", "a" * 196 + ".txt"),
        ("‮txt.exe.pdf", "txt.exe.pdf"),
    ],
)
def test_a_label_is_what_people_see_of_a_name(name: str, label: str) -> None:
    assert label_of(name).split() == label.split()


@pytest.mark.parametrize(
    "name",
    [
        b"../../../tmp/x.txt",
        b"/etc/cron.d/x.txt",
        b"..\\..\\x.txt",
        b"a\tb\x07c.txt",
        b"a" * 1_000 + b".txt",
        b"\xff\xfe.txt",
        "‮\u2028é.txt".encode(),
        b"<script>alert(1)</script>.txt",
        b"..txt.txt",
        b"%2e%2e%2fx.txt",
        b"uploads/../ferry.txt",
    ],
)
def test_a_files_name_leads_nowhere(admin: httpx.Client, name: bytes) -> None:
    text = b"Report of " + str(hash(name)).encode() + b". The mill stands."
    report = post(admin, **form((b'name="files"; filename="' + name + b'"', text))).json()
    assert (report["added"] + report["updated"], report["failed"]) == (1, [])
    assert not Path("/tmp/x.txt").exists()
    assert admin.get("/api/articles/ferry").json()["title"] == "Ferry leaves the harbour"


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (b'name="files"; filename=""', b"x"),
        (b'name="files"; filename="x"', b"x"),
        (b'name="files"; filename=".."', b"x"),
        (b'name="files"; filename="' + b"a" * 10_000 + b'.txt"', b"x"),
        (b'filename="x.txt"', b"x"),
        (b'name="text"', b"  \n "),
        (b'name="text"', b"x" * (uploads.LONGEST_TEXT + 1)),
        (b'name="url"', b"gopher://example.org"),
        (b'name="url"', b"\xff\xfe"),
        (b"", b""),
    ],
)
def test_a_form_that_brings_nothing_readable_is_one_sentence(
    admin: httpx.Client, head: bytes, content: bytes
) -> None:
    assert post(admin, **form((head, content))).status_code != 200


def test_each_file_that_cannot_be_read_is_told_and_the_others_are_taken(admin: httpx.Client) -> None:
    files = [
        ("files", ("tool.exe", b"MZ")),
        ("files", ("README", b"x")),
        ("files", ("blank.txt", b" \n ")),
        ("files", ("twice.txt", b"The mill stands by the first river.")),
        ("files", ("twice.txt", b"The mill stands by the second river.")),
        ("files", ("broken.json", b"{")),
        ("files", ("many.jsonl", b'{"id": "m1", "text": "One mill."}\n{"text": 7}\n')),
    ]
    report = post(admin, files=files, data={"text": "A text by hand about a third river.", "title": "Rivers"})
    told = {one["path"]: one["reason"] for one in report.json()["failed"]}
    assert set(told) == {"tool.exe", "README", "blank.txt", "twice.txt", "broken.json", "many.jsonl"}
    assert ".exe files are not read; the formats are .txt" in told["tool.exe"]
    assert (
        "another file of this name" in told["twice.txt"] and '"text" must be a string' in told["many.jsonl"]
    )
    assert report.json()["added"] == 3
    assert "first river" in admin.get("/api/articles/uploads/twice.txt").json()["text"]


def test_a_packed_file_is_read_by_the_suffix_in_its_name(admin: httpx.Client) -> None:
    packed = gzip.compress(b"The lighthouse of Veldmark was painted on Friday.")
    told = post(admin, files=[("files", ("Lighthouse.txt.gz", packed)), ("files", ("a.odd name.gz", packed))])
    report = told.json()
    assert report["added"] == 1 and [one["path"] for one in report["failed"]] == ["a.odd name.gz"]


def test_a_text_by_hand_has_headline_outlet_and_date_and_is_no_news_twice(admin: httpx.Client) -> None:
    written = {
        "text": "The dam was inspected on Friday. Inspector Noor Haddad found a crack.",
        "title": "A crack in the dam",
        "source": "Valley Post",
        "published_at": "2019-11-02",
    }
    assert post(admin, data=written, files={"none": ("", b"")}).json()["added"] == 1
    assert post(admin, data=written, files={"none": ("", b"")}).json()["unchanged"] == 1
    answer = admin.post("/api/ask", json={"question": "Who found a crack?", "source": "Valley Post"}).json()
    assert [one["title"] for one in answer["citations"]] == ["A crack in the dam"]
    failed = post(admin, data=written | {"published_at": "soon"}, files={"none": ("", b"")}).json()["failed"]
    assert [one["path"] for one in failed] == ["The text"] and "soon" in failed[0]["reason"]


def test_more_files_than_are_taken_at_a_time_are_refused_as_a_whole(admin: httpx.Client) -> None:
    files = [("files", (f"{n}.txt", f"Number {n} of many.".encode())) for n in range(MOST_FILES + 1)]
    told = post(admin, files=files)
    assert told.status_code == 413 and f"At most {MOST_FILES} files" in told.json()["error"]["message"]
    urls = [f"https://example.org/{n}" for n in range(MOST_FILES + 1)]
    assert post(admin, json={"urls": urls}).status_code == 413
    assert post(admin, json=[{"text": "x"}] * (uploads.MOST_ARTICLES + 1)).status_code == 413
    assert admin.get("/api/articles/uploads/0.txt").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"7",
        b'"text"',
        b"",
        b"\xff\xfe",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"text": "x", "n": NaN}',
        b'{"text": "x", "n": -Infinity}',
        b'{"text": "x", "n": ' + b"9" * 5_000 + b"}",
        b'{"text": "x"',
        b'{"url": null}',
        b'{"urls": [7]}',
        b'{"urls": []}',
        b'{"url": "javascript:alert(1)"}',
        b"{}{}",
    ],
)
def test_json_that_holds_no_article_is_one_sentence(admin: httpx.Client, body: bytes) -> None:
    told = post(admin, content=body, headers={"Content-Type": "application/json"})
    assert told.status_code != 200 or told.json()["failed"]


@pytest.mark.parametrize(
    "article",
    [
        {},
        None,
        [],
        {"text": None},
        {"text": {"a": 1}},
        {"text": "\ud800 alone"},
        {"text": "x", "title": ["a"]},
        {"text": "x", "id": "a\nb"},
        {"text": "x", "id": "i" * 600},
        {"text": "x", "id": "\udfff"},
        {"text": "x", "published_at": "2019-13-45"},
        {"text": "x", "published_at": 10**30},
        {"text": "x", "authors": {"a": [None] * 2000}},
        {"text": "x", "deep": json.loads("[" * 400 + "]" * 400)},
        {"text": "x", "n": 10**4000, "id": "huge"},
        {"text": "x", "\ud800": 1, "id": "odd-key"},
        {"html": "<p>" * 5_000, "id": "deep"},
        {"text": "x\0y", "url": "https://example.org/\ud800", "id": "odd-url"},
    ],
)
def test_an_article_of_any_shape_is_added_or_told_by_name(admin: httpx.Client, article: object) -> None:
    beside = {"id": "beside", "text": "The mill beside the odd one."}
    written = json.dumps({"articles": [article, beside]}).encode()
    report = post(admin, content=written, headers={"Content-Type": "application/json"}).json()
    assert all(one["path"] in ("Article 1", "Article 2") and one["reason"] for one in report["failed"])
    assert admin.get("/api/articles/beside").status_code == 200
    assert admin.get("/readyz").status_code == 200


def test_an_id_that_a_file_holds_stays_the_files(admin: httpx.Client) -> None:
    report = post(admin, json={"id": "ferry", "title": "Mine now", "text": "The ferry is mine."}).json()
    (failed,) = report["failed"]
    assert report["updated"] == 0 and failed["path"] == "The article" and "feed.jsonl" in failed["reason"]
    assert "'ferry'" in failed["reason"] and "already held" in failed["reason"]
    assert admin.get("/api/articles/ferry").json()["title"] == "Ferry leaves the harbour"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost:7860/x",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://0/",
        "http://[::ffff:127.0.0.1]/",
        "http://user:word@127.0.0.1/",
        "http://",
        "http://\ud800/",
        "https://example.org:22/",
    ],
)
def test_an_address_that_may_not_be_fetched_is_told_and_not_fetched(
    admin: httpx.Client, address: str
) -> None:
    written = json.dumps({"url": address}).encode()
    told = post(admin, content=written, headers={"Content-Type": "application/json"})
    if told.status_code == 200:
        (failed,) = told.json()["failed"]
        assert told.json()["added"] == 0 and failed["reason"] and "--allow-private" not in failed["reason"]


def test_nothing_of_an_upload_becomes_markup(admin: httpx.Client) -> None:
    article = {"id": f"m/{MARKUP}", "title": MARKUP, "source": MARKUP, "authors": [MARKUP], "text": MARKUP}
    report = post(admin, json={"articles": [article | {"url": "javascript:alert(1)"}, {"title": MARKUP}]})
    assert report.json()["added"] == 1 and report.headers["content-type"] == "application/json"
    report = post(admin, files={"files": (f"{MARKUP}.pdf", b"no pdf")})
    path = httpx.URL(f"/articles/m%2F{httpx.QueryParams({'x': MARKUP})!s}").path.removeprefix(
        "/articles/m/x="
    )
    assert path
    first = admin.get("/api/articles/" + quoted(str(article["id"]))).json()
    post(admin, json=article | {"text": f"{MARKUP} and more", "title": f"More {MARKUP}"})
    newest = admin.get("/api/articles/" + quoted(str(article["id"]))).json()
    assert newest["revision"] != first["revision"]
    for query in ("", f"?revision={first['revision']}", f"?since={first['revision']}"):
        page = admin.get(f"/articles/{quoted(str(article['id']))}{query}")
        assert page.status_code == 200
        assert not re.search(r"<script(?! src=\"/static/)|<img|href=\"javascript|1337", page.text)


def quoted(article_id: str) -> str:
    """An id as it stands in an address."""
    return quote(article_id, safe="")


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/json"])
def test_a_gigabyte_is_cut_off_early_and_leaves_nothing_on_the_disk(
    admin: httpx.Client, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("rag.web.bounds.guard.LARGEST_UPLOAD", 8 << 20)
    url = urlsplit(str(admin.base_url))
    head = f"POST /api/articles HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ADMIN}\r\n"
    begins = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x.txt"\r\n\r\n'
    sent, answer = 0, b""
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=300) as wire:
        wire.sendall(f"{head}Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        wire.sendall(b"%x\r\n%s\r\n" % (len(begins), begins))
        part = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        with suppress(ConnectionError):  # The answer comes before the connection is closed, or is lost.
            while sent < 1 << 30 and not select.select([wire], [], [], 0)[0]:
                wire.sendall(part)
                sent += 65_536
        with suppress(ConnectionError):  # Head and body may come in two pieces.
            while piece := wire.recv(65_536):
                answer += piece
    assert answer.startswith(b"HTTP/1.1 413 ") and b"larger than 8,388,608 bytes" in answer
    assert sent < 64 << 20 and not list(tmp_path.iterdir())
    assert admin.get("/healthz").status_code == 200


def test_a_form_that_stops_halfway_leaves_nothing_on_the_disk(
    admin: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    url = urlsplit(str(admin.base_url))
    head = f"POST /api/articles HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ADMIN}\r\n"
    begins = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x.txt"\r\n\r\nThe mill'
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=300) as wire:
        kind = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n"
        wire.sendall(f"{head}{kind}".encode() + begins)
        wait_until(lambda: any(tmp_path.iterdir()))
    wait_until(lambda: not any(tmp_path.iterdir()))
    assert post(admin, json={"id": "afterwards", "text": "The mill stands."}).status_code == 200


def wait_until(true: Callable[[], bool]) -> None:
    """Look again and again, for five minutes at most."""
    deadline = time.monotonic() + 300
    while not true():
        assert time.monotonic() < deadline
