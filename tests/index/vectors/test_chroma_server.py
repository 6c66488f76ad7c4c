"""Vectors on a real Chroma server: the answers of exact search, whatever befalls the server."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from index.store.filters import Filter
from index.store.store import Store
from index.sync.remove import remove
from index.vectors import chroma_client, chroma_server
from index.vectors.address import ChromaAddress
from index.vectors.cache import examine_cache, home_of, refresh_cache
from index.vectors.chroma import ChromaVectors, Synced
from index.vectors.chroma_collection import ChromaFailed, Collection, Unreachable
from index.vectors.chroma_server import FOLDER, OnServer, record_of
from index.vectors.exact import ExactVectors
from tests.chroma_process import HOST, ChromaProcess, free_port
from tests.index.newsroom import COINS, FERRY, Newsroom, check_agreement, long_text
from tests.index.vector_store import FakeStore, clustered_units

DIMENSIONS = 24
PASSAGES = 400


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    with ChromaProcess(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def server(process: ChromaProcess) -> Iterator[ChromaProcess]:
    """The server, running and empty."""
    process.start()
    yield process
    process.start()
    for name in process.collections():
        process.delete(name)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(clustered_units(PASSAGES, DIMENSIONS))


@pytest.fixture
def home(server: ChromaProcess, tmp_path: Path) -> OnServer:
    return OnServer(record_of(tmp_path, server.address), server.address, "onrecord-a")


def queries(count: int = 6) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return clustered_units(count, DIMENSIONS, seed=77)


def assert_exact(index: ChromaVectors, store: FakeStore) -> None:
    """The index answers as exact search does."""
    for query in queries():
        check_agreement(index.search(query, 10), ExactVectors(store).search(query, 10))


def assert_answers_from_the_server(index: ChromaVectors, store: FakeStore) -> None:
    """The index is current, did not read the vectors for its answers, and they are exact."""
    assert index.problem is None and index.is_current
    before = store.readings
    index.search(queries()[0], 5)
    assert store.readings == before
    assert_exact(index, store)


def test_answers_are_those_of_exact_search_and_the_collection_is_used_again(
    store: FakeStore, home: OnServer, server: ChromaProcess
) -> None:
    with ChromaVectors(store, home) as index:
        assert index.sync() == Synced(added=PASSAGES, rebuilt_because="there is none")
        assert_answers_from_the_server(index, store)
    with ChromaVectors(store, home) as index:
        assert index.sync() == Synced()
        assert_answers_from_the_server(index, store)
    assert list(server.collections()) == ["onrecord-a-1"]


def test_ids_and_vectors_are_all_that_the_server_is_given(
    store: FakeStore, home: OnServer, server: ChromaProcess
) -> None:
    with ChromaVectors(store, home) as index:
        index.sync()
    held = server.rows("onrecord-a-1")
    assert sorted(map(int, held["ids"])) == list(range(1, PASSAGES + 1))
    for key in ("documents", "metadatas", "uris"):
        assert not any(held[key] or ())


def test_changes_of_the_store_are_taken_over(store: FakeStore, home: OnServer) -> None:
    with ChromaVectors(store, home) as index:
        index.sync()
        gone = index.search(queries()[0], 3)[0][0]
        store.remove(gone)
        added = store.add(queries()[1])
        assert not index.is_current and index.search(queries()[1], 1)[0][0] == added
        assert index.sync() == Synced(added=1, deleted=1)
        assert_answers_from_the_server(index, store)
        assert gone not in [passage for passage, _ in index.search(queries()[0], 50)]
        store.replace(clustered_units(PASSAGES, DIMENSIONS, seed=3))
        assert index.sync().rebuilt_because == "more than half of it differs"
        assert_answers_from_the_server(index, store)


def test_a_new_collection_takes_the_place_of_the_old_one_only_when_it_is_full(
    store: FakeStore, home: OnServer, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what an interrupted run left is deleted by the next."""

    def fail(self: Collection) -> None:
        raise ChromaFailed("made to fail")

    with ChromaVectors(store, home) as index:
        index.sync()
        with monkeypatch.context() as patch:
            patch.setattr(Collection, "ids", fail)
            index.sync(rebuild=True)
        assert index.problem is not None and "made to fail" in index.problem
        assert sorted(server.collections()) == ["onrecord-a-1", "onrecord-a-2"]
        assert_exact(index, store)
    with ChromaVectors(store, home) as index:
        assert index.sync() == Synced()
        assert_answers_from_the_server(index, store)
        assert list(server.collections()) == ["onrecord-a-1"]
        assert index.sync(rebuild=True).rebuilt_because == "it was asked for"
        assert_answers_from_the_server(index, store)
    assert list(server.collections()) == ["onrecord-a-2"]


# Failing servers


def test_a_killed_server_leaves_exact_search_and_goes_on_when_it_is_back(
    store: FakeStore, home: OnServer, server: ChromaProcess
) -> None:
    with ChromaVectors(store, home) as index:
        index.sync()
        server.kill()
        assert_exact(index, store)
        assert index.problem == (
            f"the vector cache on the Chroma server {server.address.url} cannot be used (no connection), "
            "so searches are exact; check that the server runs and that ONRECORD_CHROMA_URL is right"
        )
        assert index.sync() == Synced()
        assert index.problem is not None and not index.is_current
        server.start()
        assert index.sync() == Synced(), "nothing is made anew"
        assert_answers_from_the_server(index, store)


def test_a_server_killed_in_a_change_is_brought_up_to_date_later(
    store: FakeStore, home: OnServer, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Collection.put

    def kill_first(self: Collection, *arguments: object) -> None:
        server.kill()
        put(self, *arguments)  # type: ignore[arg-type]

    with ChromaVectors(store, home) as index:
        index.sync()
        store.add(queries()[0])
        with monkeypatch.context() as patch:
            patch.setattr(Collection, "put", kill_first)
            assert index.sync() == Synced()
        assert index.problem is not None and not index.is_current
        assert_exact(index, store)
        server.start()
        assert index.sync().rebuilt_because == "it was left in the middle of a change"
        assert_answers_from_the_server(index, store)
    assert list(server.collections()) == ["onrecord-a-2"]


def test_a_hanging_server_delays_one_question_and_no_more(
    store: FakeStore, home: OnServer, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma_server, "QUERY_SECONDS", 0.5)
    with ChromaVectors(store, home) as index:
        index.sync()
        server.hang()
        try:
            started = time.monotonic()
            assert_exact(index, store)
            assert 0.4 < time.monotonic() - started < 1.5
            assert index.problem is not None and "did not answer in time" in index.problem
            monkeypatch.setattr(chroma_client, "_SMALL", 0.3)
            started = time.monotonic()
            index.sync()
            assert time.monotonic() - started < 2 and index.problem is not None
        finally:
            server.go_on()
        index.sync()
        assert_answers_from_the_server(index, store)


def test_a_server_that_is_slow_for_a_while_is_no_reason_to_make_anything_anew(
    store: FakeStore, home: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*arguments: object) -> None:
        raise Unreachable("it did not answer in time")

    with ChromaVectors(store, home) as index:
        index.sync()
    with ChromaVectors(store, home) as index:
        with monkeypatch.context() as patch:
            patch.setattr(chroma_server, "compare", slow)
            index.sync()
        assert index.problem is not None and not index.is_current
        assert index.sync() == Synced()
        assert_answers_from_the_server(index, store)


def test_an_address_that_accepts_and_never_answers_is_given_up(
    store: FakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma_client, "_SMALL", 0.3)
    with socket.create_server((HOST, 0)) as silent:
        address = ChromaAddress(HOST, silent.getsockname()[1])
        started = time.monotonic()
        with ChromaVectors(store, OnServer(tmp_path / "record", address, "onrecord-a")) as index:
            index.sync()
            assert time.monotonic() - started < 2
            assert index.problem is not None and "did not answer in time" in index.problem
            assert_exact(index, store)


class _Answering(BaseHTTPRequestHandler):
    """Answers everything in one way, and keeps what credentials it was given."""

    status, kind, body, slowly = 200, "text/html", b"<!doctype html><title>Sign in</title>", False
    given: "list[str | None]"
    stop: threading.Event

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.given.append(self.headers.get("authorization"))
        self.send_response(self.status)
        self.send_header("content-type", self.kind)
        self.send_header("content-length", str(1_000_000 if self.slowly else len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)
        end = time.monotonic() + 3
        while self.slowly and time.monotonic() < end and not self.stop.wait(0.02):
            try:
                self.wfile.write(b" ")
            except OSError:
                return

    do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed."""


@contextmanager
def answering(**how: object) -> Iterator[tuple[int, list[str | None]]]:
    """A server that is none of Chroma's; its port, and the credentials that it gets."""
    given: list[str | None] = []
    stop = threading.Event()
    handler = type("Handler", (_Answering,), {**how, "given": given, "stop": stop})
    with ThreadingHTTPServer((HOST, 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listening.server_address[1], given
        finally:
            stop.set()
            listening.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({}, "it does not answer as Chroma does"),
        ({"status": 401}, "it refused access (401)"),
        ({"status": 502}, "it answered 502"),
        ({"kind": "application/json", "body": b"[]"}, "it does not answer as Chroma does"),
        ({"slowly": True}, "it did not answer in time"),
    ],
)
def test_what_is_no_chroma_server_is_named_without_its_password(
    store: FakeStore,
    tmp_path: Path,
    how: dict[str, object],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(chroma_client, "_SMALL", 0.3)
    with answering(**how) as (port, given):
        address = ChromaAddress.parse(f"http://editor:hunter2@{HOST}:{port}")
        with ChromaVectors(store, OnServer(record_of(tmp_path, address), address, "onrecord-a")) as index:
            index.sync()
            assert index.problem is not None and says in index.problem
            assert_exact(index, store)
    assert set(given) == {"Basic ZWRpdG9yOmh1bnRlcjI="}
    said = f"{index.problem} {address!r} {address} {list(tmp_path.rglob('*'))} {caplog.text}"
    assert "hunter2" not in said and "ZWRpdG9y" not in said


# Servers that hold something else


@pytest.mark.parametrize("damage", ["collection deleted", "rows deleted", "vectors changed"])
def test_what_the_server_lost_is_noticed_and_made_anew(
    store: FakeStore, home: OnServer, server: ChromaProcess, damage: str
) -> None:
    with ChromaVectors(store, home) as index:
        index.sync()
        ids, vectors = store.vectors()
        if damage == "collection deleted":
            server.delete("onrecord-a-1")
            assert_exact(index, store)
            assert index.problem is not None and "does not hold the collection any more" in index.problem
        elif damage == "rows deleted":
            server.delete_rows("onrecord-a-1", [str(one) for one in ids[:350].tolist()])
            assert len(index.search(queries()[0], 60)) == 60
            assert index.problem is not None and "found 50" in index.problem
        else:
            names = [str(one) for one in ids.tolist()]
            server.change_rows("onrecord-a-1", names, vectors[::-1].tolist())
            index.close()
        assert index.sync().rebuilt_because
        assert_answers_from_the_server(index, store)
    assert list(server.collections()) == ["onrecord-a-2"]


def test_passages_that_nobody_put_there_are_never_found(
    store: FakeStore, home: OnServer, server: ChromaProcess
) -> None:
    with ChromaVectors(store, home) as index:
        index.sync()
        _, failing = chroma_server._client_of(server.address, 2)
        stranger = Collection(
            lambda: chroma_client.BoundedClient(server.address, 2), "onrecord-a-1", failing=failing
        )
        stranger.put(np.array([77777]), queries()[:1])
        stranger.close()
        assert_exact(index, store)
        assert index.problem is not None and "was not given" in index.problem
        assert index.sync().rebuilt_because == "it lacks 0 of 400 passages and holds 1 others"
        assert_answers_from_the_server(index, store)


def test_stores_on_one_server_leave_each_other_alone(
    store: FakeStore, home: OnServer, server: ChromaProcess, tmp_path: Path
) -> None:
    other_store = FakeStore(clustered_units(100, DIMENSIONS, seed=9))
    other_home = OnServer(record_of(tmp_path / "other", server.address), server.address, "onrecord-a-1")
    with ChromaVectors(store, home) as index, ChromaVectors(other_store, other_home) as other:
        index.sync()
        other.sync()
        assert sorted(server.collections()) == ["onrecord-a-1", "onrecord-a-1-1"]
        index.sync(rebuild=True)
        assert_answers_from_the_server(other, other_store)
        store.remove(*range(1, PASSAGES + 1))
        index.sync()
        assert list(server.collections()) == ["onrecord-a-1-1"]
        assert_answers_from_the_server(other, other_store)


# Stores and takedowns


@pytest.fixture
def cached(newsroom: Newsroom, server: ChromaProcess) -> Newsroom:
    """A newsroom with a few passages in its store and on the server."""
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("wall.md", long_text("wall"), title="Wall")
    assert newsroom.sync(chroma=server.address).notices == ()
    return newsroom


def check_cache(newsroom: Newsroom, server: ChromaProcess) -> None:
    """The server holds just what the store holds, and searches with it are exact."""
    (name,) = server.collections()
    with newsroom.open() as store, ChromaVectors(store, home_of(store.path, server.address)) as chroma:
        assert server.rows(name)["ids"] and sorted(map(int, server.rows(name)["ids"])) == [
            int(one) for one in store.vectors()[0]
        ]
        assert chroma.sync() == Synced() and chroma.is_current and chroma.problem is None
        exact = ExactVectors(store)
        for question in ("Who blamed the gale?", "What does the museum show?", "Paragraph 7 of the wall"):
            query = np.array(newsroom.embedder.get_query_embedding(question), dtype=np.float32)
            check_agreement(chroma.search(query, 10), exact.search(query, 10))


def test_indexing_keeps_the_server_up_to_date(cached: Newsroom, server: ChromaProcess) -> None:
    check_cache(cached, server)
    cached.write("coins.txt", COINS)
    cached.write("ferry.txt", FERRY + " It sails again.")
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)
    (cached.folder / "coins.txt").unlink()
    assert cached.sync(chroma=server.address, prune=True).removed == 1
    check_cache(cached, server)
    before = server.collections()
    assert cached.sync(chroma=server.address).notices == ()
    assert server.collections() == before
    assert not (cached.store_path / "chroma" / "current").exists()


def test_a_lost_collection_is_made_anew_and_said(cached: Newsroom, server: ChromaProcess) -> None:
    (name,) = server.collections()
    server.delete(name)
    (notice,) = cached.sync(chroma=server.address).notices
    assert notice == (
        f"the vector cache on the Chroma server {server.address} was made anew: "
        "it does not hold the collection any more"
    )
    check_cache(cached, server)


def test_a_takedown_leaves_no_vector_on_the_server(cached: Newsroom, server: ChromaProcess) -> None:
    with cached.open() as store:
        ids = [one.id for one in store.passages(store.passage_ids(Filter())) if "Paragraph" in one.text]
        vectors = dict(zip(store.vectors()[0].tolist(), store.vectors()[1], strict=True))
    assert len(ids) > 1 and all(server.holds(vectors[one]) for one in ids)
    assert remove(cached.store_path, ["articles/wall.md"], chroma=server.address).notice is None
    assert not any(server.holds(vectors[one]) for one in ids)
    assert server.collections() == {}
    assert not list((cached.store_path / FOLDER).iterdir())
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)


def test_a_takedown_goes_on_without_the_server_and_the_next_run_ends_it(
    cached: Newsroom, server: ChromaProcess
) -> None:
    with cached.open() as store:
        vector = store.vectors()[1][-1]
    server.kill()
    taken = remove(cached.store_path, ["articles/wall.md"], chroma=server.address)
    assert taken.changed and taken.notice == (
        f"the Chroma server {server.address} still holds vectors (no text) of removed articles "
        "(no connection); the next change of the store deletes them once it answers"
    )
    with cached.open() as store:
        assert store.article("articles/wall.md") is None and not store.lexical(["wall"], 3)
    (notice,) = cached.sync(chroma=server.address).notices
    assert "no connection" in notice and "searches are exact" in notice
    server.start()
    assert server.holds(vector)
    (held,) = server.collections()
    assert len(server.rows(held)["ids"]) > 1
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)
    assert held not in server.collections() or len(server.rows(held)["ids"]) == 1
    assert not server.holds(vector)


def test_a_takedown_names_a_server_that_is_not_in_use_any_more(
    cached: Newsroom, server: ChromaProcess
) -> None:
    cached.sync(vector_cache=True)
    taken = remove(cached.store_path, ["articles/wall.md"])
    assert taken.notice is not None and f"with ONRECORD_CHROMA_URL={server.address.url}" in taken.notice
    assert not (cached.store_path / "chroma" / "current").exists()
    with cached.open() as store:
        sound, says = examine_cache(store)
    assert not sound and f"{server.address} still holds vectors of this store" in says
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)


def test_a_copy_of_a_store_has_collections_of_its_own(
    cached: Newsroom, server: ChromaProcess, tmp_path: Path
) -> None:
    before = server.collections()
    shutil.copytree(cached.store_path, tmp_path / "copy")
    remove(tmp_path / "copy", ["articles/wall.md"], chroma=server.address)
    assert server.collections() == before
    with Store.open(tmp_path / "copy") as copy:
        assert refresh_cache(copy, server=server.address) is None
    assert len(server.collections()) == 2
    shutil.rmtree(tmp_path / "copy")
    moved = cached.store_path.rename(tmp_path / "moved")
    with Store.open(moved) as store:
        assert refresh_cache(store, server=server.address) is None
    assert before.items() <= server.collections().items() and len(server.collections()) == 2


def test_the_cache_says_whether_the_server_holds_what_the_store_holds(
    cached: Newsroom, server: ChromaProcess
) -> None:
    def examined(address: ChromaAddress) -> tuple[bool, str]:
        with cached.open() as store:
            return examine_cache(store, address)

    sound, says = examined(server.address)
    assert sound and f"at {server.address}, " in says and says.endswith(" vectors")
    cached.write("coins.txt", COINS)
    cached.sync()
    sound, says = examined(server.address)
    assert not sound and "it is older than the store; searches are exact" in says
    sound, says = examined(ChromaAddress(HOST, free_port()))
    assert not sound and "(no connection), so searches are exact" in says
