"""The examples of docs/operations.md as they stand there: nginx under a path, backup under writes, a unit."""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import fresh_address
from tests.attack.page import Tab
from tests.attack.target import GUARD, TOKEN, Target, copy_store, eventually, serving
from tests.chroma_process import port_of_nobody
from tests.conftest import ROOT

pytestmark = pytest.mark.attack

QUESTION = {"question": "Who steered the ferry?"}


def example(kind: str) -> str:
    """The first example of that kind on the page."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(rf"^```{kind}\n(.*?)^```", page, re.M | re.S)
    assert found
    return found[1]


def needed(program: str) -> str:
    """The program; the test is skipped without it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"needs {program}")
    return found


class Front:
    """nginx before a server: where people reach it, and the server."""

    def __init__(self, port: int, certificate: Path, target: Target) -> None:
        self.url = f"https://localhost:{port}/archive"
        self.target = target
        self._trusted = ssl.create_default_context(cafile=str(certificate))

    def client(self, source: str | None = None, **more: object) -> httpx.Client:
        """A client that asks through nginx from an address."""
        transport = httpx.HTTPTransport(local_address=source or fresh_address(), verify=self._trusted)
        return httpx.Client(base_url=self.url, transport=transport, timeout=GUARD, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def front(hostile_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The example of the page, with a port, a certificate and folders of the test's own."""
    nginx, openssl = needed("nginx"), needed("openssl")
    folder = tmp_path_factory.mktemp("front")
    with port_of_nobody() as port:
        pass
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    environment = {
        "ONRECORD_PUBLIC_URL": f"https://localhost:{port}/archive",
        "ONRECORD_TRUSTED_PROXIES": "127.0.0.1",
    }
    served = copy_store(hostile_store / "store", tmp_path_factory.mktemp("behind"))
    with serving(served, environment=environment) as target:
        site = example("nginx").replace("127.0.0.1:7860", f"127.0.0.1:{target.port}")
        site = site.replace("listen 443", f"listen {port}").replace("paper.example;", "localhost;")
        site = site.replace("/etc/ssl/paper.example", str(folder))
        places = "".join(
            f"{one}_temp_path {folder};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.getuid() == 0 else ""
        top = f"{user} worker_processes 1; pid {folder}/pid; error_log {folder}/log; daemon off;"
        (folder / "nginx.conf").write_text(f"{top} events {{}} http {{ access_log off; {places}\n{site}\n}}")
        process = subprocess.Popen(
            [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]
        )
        found = Front(port, certificate, target)
        try:
            assert eventually(lambda: _answers(found)), (folder / "log").read_text()
            yield found
        finally:
            process.terminate()
            process.wait(timeout=GUARD)


def _answers(front: Front) -> bool:
    try:
        with front.client() as client:
            return client.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def test_page_widget_api_and_links_work_under_the_path(front: Front) -> None:
    with front.client() as client:
        page = client.get("/")
        assert page.status_code == 200 and "/archive/static/page.js" in page.text
        assert f'"root":"{front.url}"' in page.text
        for script in re.findall(r'(?:src|href)="(/archive/static/[^"]+)"', page.text):
            assert client.get(script.removeprefix("/archive")).status_code == 200
        assert "/archive/static/embed.js" in client.get("/embed").text
        assert client.get("/widget.js").status_code == 200
        answer = client.post(
            "/api/ask", json=QUESTION, headers={"Origin": front.url.removesuffix("/archive")}
        )
        assert answer.status_code == 200
        citation = answer.json()["citations"][0]
        assert citation["href"].startswith("/archive/articles/")
        assert "<mark" in client.get(citation["href"].removeprefix("/archive").partition("#")[0]).text
        shown = "".join(Tab(client).ask(QUESTION["question"]))
        assert "/archive/articles/" in shown and '"/articles/' not in shown


def test_the_path_without_a_slash_leads_to_the_page(front: Front) -> None:
    with front.client(follow_redirects=True) as client:
        reply = client.get(front.url)
        assert reply.status_code == 200 and str(reply.url) == f"{front.url}/"


def test_events_come_as_they_happen(front: Front) -> None:
    with (
        front.client() as client,
        client.stream("POST", "/api/ask", json=QUESTION, headers={"Accept": "text/event-stream"}) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = [line for line in stream.iter_lines() if line.startswith("event:")]
    assert events[0] == "event: status" and events[-1] == "event: done"


def test_each_visitor_behind_the_proxy_counts_alone_whatever_they_claim(front: Front) -> None:
    greedy = fresh_address()

    def ask(number: int) -> int:
        claimed = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
        with front.client(greedy, headers=claimed) as client:
            return client.post("/api/ask", json=QUESTION).status_code

    with ThreadPoolExecutor(60) as pool:
        many = [pool.submit(ask, number) for number in range(60)]
        with front.client() as client:
            assert client.post("/api/ask", json=QUESTION).status_code == 200
        statuses = {one.result() for one in many}
    assert statuses == {200, 429}


def test_large_bodies_end_at_the_proxy_and_uploads_pass(front: Front) -> None:
    with front.client(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        assert client.post("/api/ask", json={"question": "x" * (2 << 20)}).status_code == 413
        text = "The mayor opened the bridge on Sunday. " * 100_000
        files = [
            ("files", ("large.txt", text.encode())),
            ("files", ("small.txt", b"A mayor spoke on Sunday.")),
        ]
        reply = client.post("/api/articles", files=files)
        assert reply.status_code == 200 and reply.json()["added"] >= 1, reply.text


def test_another_name_gets_nothing_and_numbers_stay_inside(front: Front) -> None:
    with front.client() as client:
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/metrics").status_code == 404
        reply = client.get(
            "/config", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
        )
        assert "evil.example" not in reply.text and "gopher" not in reply.text


def test_a_backup_made_under_writes_is_a_store_that_answers(hostile_store: Path, tmp_path: Path) -> None:
    needed("sqlite3")
    folder, over = copy_store(hostile_store / "store", tmp_path / "served"), threading.Event()
    with serving(folder) as target:

        def write() -> int:
            written = 0
            with target.client(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
                while not over.is_set():
                    article = {
                        "id": f"written-{written}",
                        "text": f"Councillor Lind opened bridge {written} on Sunday.",
                    }
                    written += client.post("/api/articles", json=article).json()["added"]
            return written

        with target.client() as client:
            assert client.post("/api/feedback", json={"verdict": "up", **QUESTION}).status_code == 200
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            try:
                for number in range(3):
                    backup(target.store, tmp_path / f"backup-{number}")
            finally:
                over.set()
            assert writing.result() > 0
    for number in range(3):
        check(tmp_path / f"backup-{number}")
    assert (tmp_path / "backup-0").stat().st_mode & 0o077 == 0


def backup(store: Path, folder: Path) -> None:
    """Run the example of the page, with these folders."""
    script = re.sub(r"^STORE=.*$", f"STORE={store}", example("sh"), flags=re.M)
    script = re.sub(r"^BACKUP=.*$", f"BACKUP={folder}", script, flags=re.M)
    subprocess.run(["sh", "-eu", "-c", script], check=True, capture_output=True, timeout=GUARD)


def check(folder: Path) -> None:
    """Ask the backup, look at its feedback, let `doctor` look at it, and serve it."""
    names = {path.name for path in folder.iterdir()}
    assert {"onrecord.sqlite", "feedback.sqlite"} <= names and not {
        "owner.lock",
        "owner.token",
        "chroma",
    } & names
    said = {}
    for words in (["doctor", "--json"], ["ask", QUESTION["question"], "--json"]):
        command = [sys.executable, str(ROOT / "app.py"), *words, "--store", str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=GUARD)
        assert done.returncode == 0, done.stdout + done.stderr
        said[words[0]] = json.loads(done.stdout)
    assert said["ask"]["status"] == "answered"
    query = ["sqlite3", str(folder / "feedback.sqlite"), "SELECT count(*) FROM feedback"]
    assert subprocess.run(query, capture_output=True, text=True, check=True).stdout == "1\n"


def test_the_service_is_one_that_systemd_understands(tmp_path: Path) -> None:
    program = needed("systemd-analyze")
    unit = tmp_path / "onrecord.service"
    unit.write_text(example("ini").replace("/opt/onrecord/bin/onrecord", sys.executable))
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, timeout=GUARD)
    assert "onrecord.service" not in done.stderr, done.stderr
