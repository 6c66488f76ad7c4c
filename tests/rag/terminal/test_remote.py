"""`onrecord index` beside a server: an interrupt reaches the run there, and who may not write is told."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from corpus.errors import StoreUnreachable
from index.store.lock import TOKEN_FILE, drop_token, locked, make_token
from index.store.store import Store
from rag.terminal.remote import Remote
from rag.web.settings import WebSettings
from tests.conftest import ROOT
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import check_whole, long_text
from tests.rag.web.conftest import app_over, indexed, running


@dataclass
class Owned:
    """A server in this process that owns a store; its embedder waits before each batch but the first."""

    url: str
    store: Path
    embedding: threading.Event
    going_on: threading.Event

    def index(self, path: Path) -> "subprocess.Popen[str]":
        """The command in a process of its own."""
        command = [sys.executable, "-m", "app", "index", str(path), "--store", str(self.store)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def owned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Owned]:
    folder = indexed(tmp_path)
    embedding, going_on = threading.Event(), threading.Event()
    batches = 0

    def slow() -> WordOverlapEmbedding:
        def wait() -> None:
            nonlocal batches
            batches += 1
            if batches > 1:
                embedding.set()
                assert going_on.wait(300)

        return WordOverlapEmbedding(wait)

    monkeypatch.setattr("tests.rag.web.conftest.WordOverlapEmbedding", slow)
    with locked(folder) as lock:
        settings = WebSettings(owner_token=make_token(folder))
        with running(app_over(folder, settings)) as url:
            lock.announce(url)
            try:
                yield Owned(url, folder, embedding, going_on)
            finally:
                going_on.set()
        drop_token(folder)


def test_an_interrupt_stops_the_run_at_the_server_and_says_what_stands(owned: Owned, tmp_path: Path) -> None:
    feed = tmp_path / "many.jsonl"
    lines = [{"id": f"a{n}", "text": f"Report {n}. {long_text(f'bridge {n}')}"} for n in range(600)]
    feed.write_text("\n".join(map(json.dumps, lines)))
    with owned.index(feed) as client:
        assert owned.embedding.wait(300)
        client.send_signal(signal.SIGINT)
        said, complained = client.communicate(timeout=300)
    assert client.returncode == 130 and said == ""
    assert "the same command goes on from there" in complained and "Traceback" not in complained
    owned.going_on.set()
    (tmp_path / "one.txt").write_text("The mill was sold on Friday.")
    with owned.index(tmp_path / "one.txt") as client:
        said, complained = client.communicate(timeout=300)
    assert client.returncode == 0 and said.startswith("1 added"), complained
    held = httpx.get(f"{owned.url}/api/archive", trust_env=False).json()["says"]
    with Store.open(owned.store) as store:
        articles = store.archive().articles
        check_whole(store)
    assert 4 <= articles < 604 and held.startswith(f"{articles} articles, ")


def test_what_the_command_adds_is_seen_by_open_pages_as_soon_as_it_ends(owned: Owned, tmp_path: Path) -> None:
    owned.going_on.set()
    before = httpx.get(f"{owned.url}/api/archive", trust_env=False).json()
    (tmp_path / "one.md").write_text("---\npublished_at: 2021-05-06\n---\nThe mill was sold on Friday.")
    with owned.index(tmp_path / "one.md") as client:
        assert client.wait(300) == 0
    after = httpx.get(f"{owned.url}/api/archive", trust_env=False).json()
    assert after["generation"] != before["generation"]
    assert after["says"] == "4 articles, 15 Oct 2019 to 6 May 2021"


def test_who_cannot_read_the_servers_token_is_told_in_one_sentence(owned: Owned, tmp_path: Path) -> None:
    (owned.store / TOKEN_FILE).unlink()
    (tmp_path / "one.txt").write_text("The mill was sold on Friday.")
    with owned.index(tmp_path / "one.txt") as client:
        said, complained = client.communicate(timeout=300)
    assert client.returncode == 1 and said == "" and complained.count("\n") == 1
    for part in (f"held for writing by process {os.getpid()}", owned.url, "stop it and try again"):
        assert part in complained


@pytest.mark.parametrize(
    "address", ["http://203.0.113.1:7860", "http://onrecord.example", "https://203.0.113.1"]
)
def test_the_token_is_sent_to_no_other_machine(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    sent: list[object] = []
    monkeypatch.setattr(httpx, "stream", lambda *given, **named: sent.append(named))
    with pytest.raises(StoreUnreachable, match="is not on this machine; run the command there"):
        Remote(address, "token").take_down("remove", ["ferry"])
    assert not sent


def test_the_token_is_sent_to_an_address_of_this_machine_other_than_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reached(*given: object, **named: object) -> None:
        raise httpx.ConnectError("reached")

    monkeypatch.setattr(httpx, "stream", reached)
    monkeypatch.setattr("rag.terminal.remote.is_this_machine", lambda host: host == "192.0.2.7")
    with pytest.raises(StoreUnreachable, match="does not answer"):
        Remote("http://192.0.2.7:7860", "token").take_down("remove", ["ferry"])
