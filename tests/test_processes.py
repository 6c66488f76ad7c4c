"""What only a process of its own can show: cold starts, pipes, interrupts, terminals.

The slowest are left to `make processes`; cheaper tests of the same are in tests/rag/web and
tests/rag/terminal.
"""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from corpus.errors import StoreMissing
from index.store.store import Store
from tests.conftest import ROOT

HEAVY = (
    "chromadb",
    "trafilatura",
    "nltk",
    "llama_index",
    "gradio",
    "openai",
    "tiktoken",
    "httpx",
    "pydantic",
)


GUARD = 300
"""Seconds after which a process counts as hanging, however busy the machine is; no test judges them."""


@pytest.fixture(scope="module")
def asked(prepared: Path) -> Path:
    """A store of two articles; nobody writes to it."""
    return prepared / "store"


def onrecord(*words: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the installed command to its end."""
    command = [str(Path(sys.executable).with_name("onrecord")), *words]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=GUARD)


def imported_by(*words: str) -> set[str]:
    """The top-level packages that a command has imported when it ends."""
    script = "import sys, app; app.main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=GUARD
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stderr.split()}


def test_asking_imports_nothing_heavy_that_it_does_not_use(asked: Path) -> None:
    imported = imported_by("ask", "How many people were treated for cuts?", "--store", str(asked), "--json")
    assert not imported & set(HEAVY)
    assert {"onnxruntime", "numpy"} <= imported


def test_listing_articles_loads_no_model(asked: Path) -> None:
    assert not imported_by("articles", "list", "--store", str(asked)) & {*HEAVY, "onnxruntime", "tokenizers"}


def test_help_loads_next_to_nothing() -> None:
    script = (
        "import sys, app\ntry: app.main(['--help'])\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=GUARD)
    imported = {name.split(".")[0] for name in done.stderr.split()}
    assert not imported & {*HEAVY, "onnxruntime", "tokenizers", "numpy", "sqlite3", "platformdirs", "dotenv"}


def test_a_reader_that_goes_away_is_no_error(asked: Path) -> None:
    command = f"{sys.executable} -m app articles list --store {asked} | head -c 0; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=GUARD)
    assert done.stderr == "" and done.stdout.strip() in ("0", "141")


def test_a_batch_is_answered_line_by_line(asked: Path) -> None:
    command = [sys.executable, "-m", "app", "search", "-", "--store", str(asked), "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as batch:
        assert batch.stdin is not None and batch.stdout is not None
        for n in range(2):
            print(json.dumps({"id": n, "query": "earthquake"}), file=batch.stdin, flush=True)
            assert json.loads(batch.stdout.readline())["id"] == n
        batch.stdin.close()
        assert batch.wait(timeout=GUARD) == 0


@pytest.mark.processes
def test_an_interrupt_is_one_line_and_130(asked: Path) -> None:
    command = [sys.executable, "-m", "app", "search", "-", "--store", str(asked), "--json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as batch:  # type: ignore[call-overload]
        print('{"query": "earthquake"}', file=batch.stdin, flush=True)
        batch.stdout.readline()
        batch.send_signal(signal.SIGINT)
        _, said = batch.communicate(timeout=GUARD)
    assert (batch.returncode, said) == (130, "onrecord: stopped\n")


@pytest.mark.processes
def test_an_interrupted_indexing_says_what_stands_and_goes_on(tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    text = "The council met on Monday to discuss item {n} of the harbour plan. Nobody objected to it. "
    lines = [json.dumps({"id": str(n), "text": text.format(n=n) * 2}) for n in range(2000)]
    feed.write_text("\n".join(lines))
    command = [sys.executable, "-m", "app", "index", str(feed), "--store", str(tmp_path / "store")]
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=slave) as run:
        os.close(slave)
        shown = b""
        while not re.search(rb"[1-9]\d* passages", shown):
            shown += os.read(master, 4096)
        run.send_signal(signal.SIGINT)
        rest = read_all(master)
        assert run.wait(timeout=GUARD) == 130
    assert b"\r\x1b[KIndexing: " in shown
    assert "the same command goes on from there" in rest
    stored = json.loads(onrecord("articles", "list", "--store", str(tmp_path / "store"), "--json").stdout)[
        "articles"
    ]
    assert 0 < len(stored) < 2000


def read_all(terminal: int) -> str:
    """What a terminal shows until nobody writes to it."""
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # how Linux says that the other side is closed
        pass
    finally:
        os.close(terminal)
    return shown.decode()


@dataclass(frozen=True)
class Serving:
    """A server of the sample articles: its process, its address, its folder and its user's."""

    process: subprocess.Popen[str]
    url: str
    folder: Path
    home: Path

    def get(self, path: str) -> httpx.Response:
        """The answer to a request."""
        return httpx.get(self.url + path, timeout=GUARD)

    def ask(self, question: str) -> Any:
        """The object that answers a question."""
        return httpx.post(f"{self.url}/api/ask", json={"question": question}, timeout=GUARD).json()


@contextmanager
def serving(folder: Path, home: Path, *words: str) -> Iterator[Serving]:
    """A server in a folder, from its first word on stdout until it is told to stop."""
    environment = os.environ | {"HOME": str(home), "XDG_DATA_HOME": "", "XDG_CACHE_HOME": ""}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    command = [sys.executable, str(ROOT / "app.py"), *words]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=PIPE, stderr=PIPE, text=True
    ) as process:
        assert process.stdout and process.stderr
        try:
            said = ""
            while (found := re.search(r"Serving .* at (http://\S+)", said)) is None:
                line = process.stdout.readline()
                assert line, process.stderr.read()
                said += line
            yield Serving(process, found[1], folder, home)
        finally:
            process.terminate()
            process.wait(timeout=GUARD)


@pytest.fixture(scope="module")
def samples(samples_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server of the sample articles, which finds them indexed."""
    folder, home = tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("home")
    shutil.copytree(samples_folder, folder / ".samples-store")
    with serving(folder, home, "serve", "--samples", "--port", "0") as server:
        yield server


def test_the_samples_are_served_with_citations(samples: Serving) -> None:
    assert samples.get("/readyz").json()["articles"] == 38
    answer = samples.ask("Who is Russia's envoy for Syria?")
    assert answer["status"] == "answered" and "Lavrentyev" in answer["answer"]
    citation = answer["citations"][0]
    shown = samples.get(f"/api/articles/{quote(citation['article_id'])}").json()
    assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]
    reader = samples.get(citation["href"].split("#")[0])
    assert reader.status_code == 200 and "<mark" in reader.text
    assert "onrecord samples" in samples.get("/").text


def test_a_server_writes_into_its_store_and_nowhere_else(samples: Serving) -> None:
    assert [path.name for path in samples.folder.iterdir()] == [".samples-store"]
    assert not any(samples.home.iterdir())


def test_a_server_is_the_owner_of_its_store_and_others_may_ask(samples: Serving) -> None:
    store = str(samples.folder / ".samples-store")
    found = onrecord("search", "Russia's envoy for Syria", "--store", store, "--source", "Meridian Wire")
    assert found.returncode == 0 and "Lavrentyev" in found.stdout


@pytest.mark.processes
def test_a_store_that_is_made_beside_a_server_is_served_and_its_changes_reach_the_next_question(
    tmp_path: Path,
) -> None:
    (tmp_path / "home").mkdir()
    news, store = tmp_path / "news", str(tmp_path / "later")
    news.mkdir()
    (news / "balloon.txt").write_text(
        "The balloon landed in Marrakesh. Pilot Nan Okafor flew the balloon alone."
    )
    with serving(tmp_path, tmp_path / "home", "serve", "--port", "0", "--store", "later") as server:
        assert server.get("/readyz").status_code == 503
        assert "onrecord index" in server.ask("Who left?")["error"]["message"]
        for added in (1, 0):
            done = onrecord("index", str(news), "--store", store, "--json")
            assert done.returncode == 0 and json.loads(done.stdout)["added"] == added, done.stderr
        deadline = time.monotonic() + GUARD
        while server.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
        assert "Okafor" in server.ask("Who flew the balloon?")["answer"]
        (news / "mill.txt").write_text(
            "The mill burned down on Sunday. Nobody was hurt in the mill, Ann Lee said."
        )
        assert onrecord("index", str(news), "--store", store).returncode == 0
        answer = server.ask("When did the mill burn down?")
        assert {one["article_id"] for one in answer["citations"]} == {"news/mill.txt"}
        removed = onrecord("articles", "remove", "news/mill.txt", "--store", store, "--json")
        assert json.loads(removed.stdout)["removed"] == ["news/mill.txt"]
        assert "news/mill.txt" not in json.dumps(server.ask("When did the mill burn down?"))
        files = [path for path in Path(store).rglob("*") if path.is_file()]
        assert not [path for path in files if b"mill burned" in path.read_bytes()]
        failed = onrecord("index", str(tmp_path / "nowhere"), "--store", store)
        assert failed.returncode == 1 and "no file or folder" in failed.stderr
        assert onrecord("articles", "remove", "nobody", "--store", store).returncode == 1
    assert not (Path(store) / "owner.token").exists()


@pytest.mark.storm
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_ends_while_it_indexes_leaves_what_it_committed(
    tmp_path: Path, how: signal.Signals
) -> None:
    (tmp_path / "home").mkdir()
    lines = tmp_path / "feed.jsonl"
    with lines.open("w") as written:
        for number in range(3000):
            text = (
                f"Report {number}. "
                + f"The council of town {number} met on Monday and voted for its bridge. " * 30
            )
            written.write(json.dumps({"id": f"a{number}", "text": text}) + "\n")
    command = [sys.executable, str(ROOT / "app.py"), "index", str(lines), "--store", "store"]
    with (
        serving(tmp_path, tmp_path / "home", "serve", "--port", "0", "--store", "store") as server,
        subprocess.Popen(command, cwd=tmp_path, stdout=PIPE, stderr=PIPE, text=True) as indexing,
    ):
        deadline = time.monotonic() + GUARD
        while (articles := stored(tmp_path / "store")) == 0:
            assert time.monotonic() < deadline and indexing.poll() is None
        server.process.send_signal(how)
        server.process.wait(timeout=GUARD)
        _, said = indexing.communicate(timeout=GUARD)
        assert indexing.returncode == 1 and said.count("\n") == 1 and "Traceback" not in said
    kept = stored(tmp_path / "store")
    assert articles <= kept < 3000
    with lines.open("w") as written:
        written.write(json.dumps({"id": "one", "text": "One more report."}) + "\n")
    done = onrecord("index", str(lines), "--store", str(tmp_path / "store"), "--json")
    assert json.loads(done.stdout)["articles"] == kept + 1


@pytest.mark.attack
@pytest.mark.parametrize("unit", ["? ", "A. B. ", "word "])
def test_a_hostile_article_holds_up_neither_a_takedown_nor_the_end_of_the_server(
    tmp_path: Path, unit: str
) -> None:
    (tmp_path / "home").mkdir()
    first, hostile = tmp_path / "first.jsonl", tmp_path / "hostile.txt"
    first.write_text(json.dumps({"id": "mill", "text": "The mill burned down on Sunday, Ann Lee said."}))
    hostile.write_text(f"The harbour was quiet. {unit * (1_900_000 // len(unit))}")
    store = str(tmp_path / "store")
    command = [sys.executable, str(ROOT / "app.py"), "index", str(hostile), "--store", store]
    with serving(tmp_path, tmp_path / "home", "serve", "--port", "0", "--store", "store") as server:
        assert onrecord("index", str(first), "--store", store).returncode == 0
        with subprocess.Popen(command, cwd=tmp_path, stdout=PIPE, stderr=PIPE, text=True) as indexing:
            removed = onrecord("articles", "remove", "mill", "--store", store, "--json")
            assert json.loads(removed.stdout)["removed"] == ["mill"]
            server.process.send_signal(signal.SIGTERM)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(timeout=GUARD) == 0
            _, said = indexing.communicate(timeout=GUARD)
            assert "Traceback" not in said
    # Where the commands are slow to start it may have been indexed to its end.
    assert (indexing.returncode, stored(tmp_path / "store")) in ((1, 0), (0, 1))
    again = onrecord("index", str(first), "--store", store, "--json")
    assert json.loads(again.stdout)["unchanged"] == 1


def stored(folder: Path) -> int:
    """How many articles are committed."""
    try:
        with Store.open(folder) as store:
            return store.archive().articles
    except StoreMissing:
        return 0


def test_a_port_in_use_is_one_sentence(samples: Serving, tmp_path: Path) -> None:
    port = samples.url.rsplit(":", 1)[1]
    refused = onrecord("serve", "--port", port, "--store", str(tmp_path / "none"))
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    assert f"port {port}" in refused.stderr and "--port" in refused.stderr


@pytest.mark.processes
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_stops_whoever_is_connected(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "home").mkdir()
    words = ("serve", "--port", "0", "--store", "store")
    with serving(tmp_path, tmp_path / "home", *words) as server, httpx.Client() as tab:
        begun = tab.post(f"{server.url}/gradio_api/queue/join", json={})
        assert begun.status_code < 500
        with tab.stream("GET", f"{server.url}/gradio_api/heartbeat/abc", timeout=GUARD) as open_stream:
            assert open_stream.status_code == 200
            server.process.send_signal(how)
            assert server.process.wait(timeout=GUARD) == 0
        assert server.process.stderr and server.process.stderr.read() == ""
