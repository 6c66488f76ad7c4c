"""Vectors on a real Chroma server: the answers of exact search, whatever befalls the server."""

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.store.filters import Filter
from index.store.store import Store
from index.store.write import writing
from index.sync.remove import remove
from index.vectors import chroma
from index.vectors.address import ChromaAddress
from index.vectors.chroma import ChromaFailed, ChromaVectors, Collection, Synced
from index.vectors.exact import ExactVectors, VectorSource
from tests.chroma_process import HOST, ChromaProcess, port_of_nobody
from tests.index.newsroom import COINS, FERRY, Newsroom, check_agreement, long_text
from tests.index.vector_store import FakeStore, clustered_units, fake_store

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
def store(tmp_path: Path) -> FakeStore:
    return fake_store(tmp_path / "store", clustered_units(PASSAGES, DIMENSIONS))


def vectors_on(address: ChromaAddress, store: VectorSource) -> ChromaVectors:
    """The store's vectors on that server, which is asked however few they are."""
    return ChromaVectors(store, address, fewest=0)


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


def only(server: ChromaProcess) -> str:
    """The name of the one collection."""
    (name,) = server.collections()
    return name


def test_a_collection_that_is_whole_is_used_again(store: FakeStore, server: ChromaProcess) -> None:
    with vectors_on(server.address, store) as index:
        assert index.sync() == Synced(added=PASSAGES, rebuilt_because="there is none")
        assert_answers_from_the_server(index, store)
    name = only(server)
    with vectors_on(server.address, store) as index:
        assert index.sync() == Synced()
        assert_answers_from_the_server(index, store)
    assert only(server) == name


def test_ids_and_vectors_are_all_that_the_server_is_given(store: FakeStore, server: ChromaProcess) -> None:
    with vectors_on(server.address, store) as index:
        index.sync()
    held = server.rows(only(server))
    assert sorted(map(int, held["ids"])) == list(range(1, PASSAGES + 1))
    for key in ("documents", "metadatas", "uris"):
        assert not any(held[key] or ())


def test_what_a_run_that_failed_left_is_deleted_by_the_next(
    store: FakeStore, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Collection) -> None:
        raise ChromaFailed("made to fail")

    with vectors_on(server.address, store) as index:
        index.sync()
        with monkeypatch.context() as patch:
            patch.setattr(Collection, "ids", fail)
            index.discard()
            index.sync()
        assert index.problem is not None and "made to fail" in index.problem
        assert_exact(index, store)
    with vectors_on(server.address, store) as index:
        index.sync()
        assert_answers_from_the_server(index, store)
        name = only(server)
        assert index.discard() is None and index.sync().added == PASSAGES
        assert_answers_from_the_server(index, store)
    assert only(server) != name


# Failing servers


def test_a_killed_server_leaves_exact_search_and_goes_on_when_it_is_back(
    store: FakeStore, server: ChromaProcess
) -> None:
    with vectors_on(server.address, store) as index:
        index.sync()
        server.kill()
        assert_exact(index, store)
        assert index.problem == (
            f"the vector cache on the Chroma server {server.address} cannot be used "
            "(ConnectError: [Errno 111] Connection refused), so searches are exact; "
            "check that the server runs and that ONRECORD_CHROMA_URL is right"
        )
        assert index.sync() == Synced()
        assert index.problem is not None and not index.is_current
        server.start()
        assert index.sync() == Synced(), "nothing is made anew"
        assert_answers_from_the_server(index, store)


def test_a_server_killed_in_a_change_is_brought_up_to_date_later(
    store: FakeStore, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: Callable[..., None] = Collection.put

    def kill_first(self: Collection, *arguments: object) -> None:
        server.kill()
        put(self, *arguments)

    with vectors_on(server.address, store) as index:
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
    assert only(server)


def test_a_hanging_server_is_asked_by_one_question_and_no_more(
    store: FakeStore, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest, asked = Collection.nearest, []

    def counted(self: Collection, *arguments: Any) -> Any:
        asked.append(arguments)
        return nearest(self, *arguments)

    with vectors_on(server.address, store) as index:
        index.sync()
        server.hang()
        try:
            with monkeypatch.context() as patch:
                patch.setattr(chroma, "QUERY_SECONDS", 0.2)
                patch.setattr(chroma, "CONNECT_SECONDS", 0.2)
                patch.setattr(Collection, "nearest", counted)
                assert_exact(index, store)
                assert len(asked) == 1
                assert index.problem is not None and "did not answer in time" in index.problem
                index.sync()
                assert index.problem is not None and len(asked) == 1
        finally:
            server.go_on()
        index.sync()
        assert_answers_from_the_server(index, store)


def test_a_server_that_is_slow_for_a_while_is_no_reason_to_make_anything_anew(
    store: FakeStore, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*arguments: object) -> None:
        raise OSError("it did not answer in time")

    with vectors_on(server.address, store) as index:
        index.sync()
    with vectors_on(server.address, store) as index:
        with monkeypatch.context() as patch:
            patch.setattr(Collection, "ids", slow)
            index.sync()
        assert index.problem is not None and not index.is_current
        assert index.sync() == Synced()
        assert_answers_from_the_server(index, store)


def test_an_address_that_accepts_and_never_answers_is_given_up(
    store: FakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma, "CONNECT_SECONDS", 0.3)
    with socket.create_server((HOST, 0)) as silent:
        address = ChromaAddress(HOST, silent.getsockname()[1])
        with vectors_on(address, store) as index:
            index.sync()
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
        while self.slowly and not self.stop.wait(0.02):
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
        ({}, "cannot be used ("),
        ({"status": 401}, "401 Unauthorized"),
        ({"status": 502}, "502 Bad Gateway"),
        ({"kind": "application/json", "body": b"[]"}, "cannot be used ("),
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
    monkeypatch.setattr(chroma, "CONNECT_SECONDS", 2.0)
    with answering(**how) as (port, given):
        address = ChromaAddress.parse(f"http://editor:hunter2@{HOST}:{port}")
        with vectors_on(address, store) as index:
            index.sync()
            assert index.problem is not None and says in index.problem
            assert_exact(index, store)
    assert set(given) == {"Basic ZWRpdG9yOmh1bnRlcjI="}
    said = f"{index.problem} {address!r} {address} {list(tmp_path.rglob('*'))} {caplog.text}"
    assert "hunter2" not in said and "ZWRpdG9y" not in said


# Servers that hold something else


@pytest.mark.parametrize(
    "damage", ["collection deleted", "rows deleted", "vectors changed", "passages added"]
)
def test_what_is_wrong_on_the_server_is_noticed_and_made_anew(
    store: FakeStore, server: ChromaProcess, damage: str
) -> None:
    with vectors_on(server.address, store) as index:
        index.sync()
        ids, vectors = store.vectors()
        name = only(server)
        if damage == "collection deleted":
            server.delete(name)
            assert_exact(index, store)
            assert index.problem is not None and "does not exist" in index.problem
        elif damage == "rows deleted":
            server.delete_rows(name, [str(one) for one in ids[:350].tolist()])
            assert len(index.search(queries()[0], 60)) == 60
            assert index.problem is not None and "too few" in index.problem
        elif damage == "vectors changed":
            names = [str(one) for one in ids.tolist()]
            server.change_rows(name, names, vectors[::-1].tolist())
            index.close()
        else:
            with closing(Collection(server.address, name)) as stranger:
                stranger.put(np.array([77777]), queries()[:1])
            assert_exact(index, store)
            assert index.problem is not None and "than it was given" in index.problem
        assert index.sync().rebuilt_because
        assert_answers_from_the_server(index, store)
    assert only(server) != name


def test_a_collection_that_cannot_be_overwritten_is_deleted_all_the_same(
    store: FakeStore, server: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ChromaFailed("made to fail")

    with vectors_on(server.address, store) as index:
        index.sync()
    store.remove(1)
    monkeypatch.setattr(Collection, "put", fail)
    assert vectors_on(server.address, store).discard() is None
    assert server.collections() == {}


def test_stores_on_one_server_leave_each_other_alone(
    store: FakeStore, server: ChromaProcess, tmp_path: Path
) -> None:
    other_store = fake_store(tmp_path / "other", clustered_units(100, DIMENSIONS, seed=9))
    with vectors_on(server.address, store) as index, vectors_on(server.address, other_store) as other:
        index.sync()
        (mine,) = server.collections()
        other.sync()
        (theirs,) = server.collections().keys() - {mine}
        index.discard()
        index.sync()
        assert_answers_from_the_server(other, other_store)
        store.remove(*range(1, PASSAGES + 1))
        index.sync()
        assert only(server) == theirs
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
    with newsroom.open() as store, vectors_on(server.address, store) as chroma:
        assert server.rows(name)["ids"] and sorted(map(int, server.rows(name)["ids"])) == [
            int(one) for one in store.vectors()[0]
        ]
        assert chroma.sync() == Synced() and chroma.is_current and chroma.problem is None
        exact = ExactVectors(store)
        for question in ("Who blamed the gale?", "What does the museum show?", "Paragraph 7 of the wall"):
            query = newsroom.embedder.query(question)
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
    assert not list((cached.store_path / "chroma").glob("*"))


def test_a_lost_collection_is_made_anew_and_said(cached: Newsroom, server: ChromaProcess) -> None:
    (name,) = server.collections()
    server.delete(name)
    (notice,) = cached.sync(chroma=server.address).notices
    assert notice == (
        f"the vector cache on the Chroma server {server.address} was made anew: "
        "it holds other passages than it was given"
    )
    check_cache(cached, server)


def test_a_takedown_leaves_no_vector_on_the_server(cached: Newsroom, server: ChromaProcess) -> None:
    # Words that no other test has: the server's files hold vectors of collections that were deleted before.
    cached.write("wall.md", long_text("taken wall"), title="Taken")
    assert cached.sync(chroma=server.address).notices == ()
    with cached.open() as store:
        ids = [one.id for one in store.passages(store.passage_ids(Filter())) if "Paragraph" in one.text]
        vectors = dict(zip(store.vectors()[0].tolist(), store.vectors()[1], strict=True))
    assert len(ids) > 1 and all(server.holds(vectors[one]) for one in ids)
    assert remove(cached.store_path, ["articles/wall.md"], chroma=server.address).notice is None
    assert not any(server.holds(vectors[one]) for one in ids)
    assert server.collections() == {}
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)


def test_a_takedown_goes_on_without_the_server_and_the_next_run_ends_it(
    cached: Newsroom, server: ChromaProcess
) -> None:
    server.kill()
    taken = remove(cached.store_path, ["articles/wall.md"], chroma=server.address)
    assert taken.changed and taken.notice is not None
    assert f"{server.address} still holds vectors (no text) of removed articles" in taken.notice
    assert "Connection refused" in taken.notice
    with cached.open() as store:
        assert store.article("articles/wall.md") is None and not store.lexical(["wall"], 3)
    (notice,) = cached.sync(chroma=server.address).notices
    assert "Connection refused" in notice and "searches are exact" in notice
    server.start()
    (held,) = server.collections()
    assert len(server.rows(held)["ids"]) > 1
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)
    assert held not in server.collections() or len(server.rows(held)["ids"]) == 1


def test_a_takedown_reaches_a_server_that_is_not_in_use_any_more(
    cached: Newsroom, server: ChromaProcess
) -> None:
    assert remove(cached.store_path, ["articles/ferry.txt"]).notice is None
    assert server.collections() == {}
    assert cached.sync(vector_cache=True).notices == ()
    assert cached.sync(chroma=server.address).notices == ()
    check_cache(cached, server)


def test_a_server_that_is_not_in_use_any_more_and_does_not_answer_is_named(
    cached: Newsroom, server: ChromaProcess
) -> None:
    name = only(server)
    server.kill()
    taken = remove(cached.store_path, ["articles/ferry.txt"])
    assert taken.notice is not None and f"{server.address} still holds vectors" in taken.notice
    (notice,) = cached.sync(vector_cache=True).notices
    assert f"{server.address} was used before and still has {name}" in notice
    assert cached.sync(vector_cache=True).notices == ()


def test_the_record_of_an_earlier_onrecord_still_counts(cached: Newsroom, server: ChromaProcess) -> None:
    """It did not say where the store was."""
    before = server.collections()
    with writing(cached.store_path) as writer, writer.transaction(articles=False):
        record = json.loads(writer.store.meta("vector_cache") or "")
        writer.set_meta("vector_cache", json.dumps(record[:6]))
    assert cached.sync(chroma=server.address).notices == ()
    assert server.collections() == before
    check_cache(cached, server)


def test_a_copy_of_a_store_has_collections_of_its_own(
    cached: Newsroom, server: ChromaProcess, tmp_path: Path
) -> None:
    before = server.collections()
    shutil.copytree(cached.store_path, tmp_path / "copy")
    remove(tmp_path / "copy", ["articles/wall.md"], chroma=server.address)
    assert server.collections() == before
    with Store.open(tmp_path / "copy") as copy:
        assert ChromaVectors(copy, server.address).sync().added
    assert len(server.collections()) == 2
    moved = cached.store_path.rename(tmp_path / "moved")
    with Store.open(moved) as store:
        assert ChromaVectors(store, server.address).sync() == Synced()
    (tmp_path / "copy").rename(tmp_path / "backup")
    shutil.copytree(tmp_path / "backup", tmp_path / "copy")  # Back in its place, in another file.
    with Store.open(tmp_path / "copy") as copy:
        assert ChromaVectors(copy, server.address).sync() == Synced()
    assert before.items() <= server.collections().items() and len(server.collections()) == 2


def test_the_cache_says_whether_the_server_holds_what_the_store_holds(
    cached: Newsroom, server: ChromaProcess
) -> None:
    def examined(address: ChromaAddress) -> str | None:
        with cached.open() as store:
            return ChromaVectors(store, address).examine()

    assert examined(server.address) is None
    cached.write("coins.txt", COINS)
    cached.sync()
    assert examined(server.address) == "it is not up to date"
    with port_of_nobody() as port:
        assert "Connection refused" in str(examined(ChromaAddress(HOST, port)))
