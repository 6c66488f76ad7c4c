"""No address leads to a file: traversal by every route, encoded once and twice, with NULs, through Gradio."""

from pathlib import Path

import httpx
import pytest

from tests.attack.target import Target

pytestmark = pytest.mark.attack

FILES = ("etc/passwd", "proc/self/environ")
CLIMBS = (
    "../../../../../../../../{}",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f{}",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/{}",
    "..%252f..%252f..%252f..%252f..%252f..%252f..%252f{}",
    "%252e%252e%252f%252e%252e%252f%252e%252e%252f%252e%252e%252f{}",
    "..%5c..%5c..%5c..%5c..%5c..%5c..%5c{}",
    "....//....//....//....//....//....//{}",
    "..;/..;/..;/..;/..;/..;/{}",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/%c0%ae%c0%ae/%c0%ae%c0%ae/{}",
    "/{}",
    "%2f{}",
    "//{}",
    "file:///{}",
    "{}%00.css",
    "..%2f..%2f..%2f..%2f..%2f..%2f{}%00",
    "x/../../../../../../../../../../{}",
)
ROOMS = (
    *("/", "/static/", "/articles/", "/api/articles/", "/v1/models/", "/embed/", "/api/", "/shared/"),
    *(
        "/assets/",
        "/theme/",
        "/file=",
        "/file/",
        "/gradio_api/file=",
        "/gradio_api/file/",
        "/gradio_api/",
        "/svelte/",
    ),
    *(
        "/static/img/",
        "/static/fonts/",
        "/gradio_api/custom_component/",
        "/custom_component/x/client/",
        "/proxy=",
    ),
    *(
        "/gradio_api/proxy=",
        "/gradio_api/stream/",
        "/gradio_api/upload_progress/",
        "/deep_link/",
        "/gradio_api/deep_link/",
    ),
)
MARKS = (b"root:x:", b"root:*:", b"PATH=", b"HOME=")


@pytest.mark.parametrize("room", ROOMS)
def test_no_address_leads_out_of_its_room(target: Target, source: str, room: str) -> None:
    for number, climb in enumerate(CLIMBS):
        path = room + climb.format(FILES[number % 2])
        host = f"Host: 127.0.0.1:{target.port}\r\nConnection: close\r\n\r\n"
        reply = target.send(f"GET {path} HTTP/1.1\r\n{host}".encode("latin-1"), source)
        assert not any(mark in reply.body for mark in MARKS), path
        assert 200 <= reply.status < 500, (path, reply.status)


@pytest.mark.parametrize(
    "room", ["/file=", "/gradio_api/file=", "/gradio_api/proxy=", "/static/", "/gradio_api/stream/"]
)
def test_the_files_of_the_store_are_not_served(target: Target, source: str, room: str) -> None:
    with target.client(source) as client:
        for name in ("onrecord.sqlite", "owner.token", "owner.lock", "feedback.sqlite"):
            for path in (target.store / name, target.folder / "log", target.temporary):
                reply = client.get(f"{room}{path}")
                assert reply.status_code in (400, 403, 404), (room, path)


def test_an_uploaded_name_is_a_name_and_no_path(target: Target, admin: httpx.Client) -> None:
    names = (
        "../../../escaped.txt",
        "/tmp/escaped.txt",
        "..\\..\\escaped.txt",
        "a/../../escaped.txt",
        "%2e%2e/escaped.txt",
    )
    text = b"The mayor opened the bridge on Sunday, the council said."
    reply = admin.post("/api/articles", files=[("files", (name, text)) for name in names])
    assert reply.status_code == 200, reply.text
    assert not list(target.folder.rglob("*escaped*")) and not Path("/tmp/escaped.txt").exists()


def test_an_address_that_is_given_is_no_path_of_this_machine(admin: httpx.Client) -> None:
    for address in (
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1:70/x",
        "C:\\x",
    ):
        report = admin.post("/api/articles", json={"urls": [address]})
        assert report.status_code in (200, 422) and "root:" not in report.text
        assert report.status_code == 422 or report.json()["failed"], address
