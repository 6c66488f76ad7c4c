"""The server's writer and the vectors: up to date after each change, tried again when they failed."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import pytest

from index.store.schema import FILE_NAME
from index.store.store import Store
from index.store.write import Writer
from index.vectors.address import ChromaAddress
from index.vectors.chroma import ChromaVectors
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.settings import WebSettings
from rag.web.writer import BackgroundWriter
from tests.chroma_process import ChromaProcess
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import SharedWords
from tests.rag.web.conftest import indexed, opener

Made = Callable[[Store], ChromaVectors]


def opened_archive(folder: Path, vectors_of: Made) -> LiveArchive:
    """A live archive over the store in that folder, open, whose searches use these vectors."""
    store = Store.open(folder)
    vectors, scorer = vectors_of(store), SharedWords()
    retriever = Retriever(store, vectors, WordOverlapEmbedding(), scorer)
    archive = OpenArchive(store, Assistant(store, retriever, ExtractiveReader(scorer)), retriever, vectors)
    live = LiveArchive(lambda: archive, settings=WebSettings())
    assert live.opened is archive
    return live


class Failing:
    """Vectors that cannot be used until they are tried for the third time."""

    def __init__(self) -> None:
        self.problem: str | None = "made to fail"
        self.tries = 0
        self.works = threading.Event()

    def sync(self) -> None:
        """One more try."""
        self.tries += 1
        if self.tries == 3:
            self.problem = None
            self.works.set()


def test_vectors_that_failed_are_tried_again_until_they_work(tmp_path: Path) -> None:
    vectors = Failing()
    live = opened_archive(indexed(tmp_path), lambda _: cast(ChromaVectors, vectors))
    writer = BackgroundWriter(live, tmp_path / "store", WordOverlapEmbedding, look_again=0.01)
    assert vectors.works.wait(300)
    writer.close()
    live.close()
    assert vectors.tries == 3


def test_a_takedown_reaches_the_chroma_server_which_is_then_filled_anew(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    folder = indexed(tmp_path)
    with ChromaProcess(tmp_path / "server") as server, ExitStack() as held:
        live = opened_archive(folder, lambda store: made(held, store, server.address))
        writer = BackgroundWriter(live, folder, WordOverlapEmbedding, chroma=server.address)
        held.callback(live.close)
        held.callback(writer.close)
        vectors = live.vectors
        assert vectors is not None and vectors.is_current
        (before,) = server.collections().values()
        taken = asyncio.run(writer.remove(["ferry"]))
        assert taken.changed == ("ferry",) and taken.notice is None
        assert before not in server.collections().values()
        asyncio.run(writer.restore(["nothing"]))  # After the vectors were brought up to date.
        assert vectors.is_current and vectors.problem is None
        (name,) = server.collections()
        with Store.open(folder) as store:
            assert sorted(map(int, server.rows(name)["ids"])) == store.vectors()[0].tolist()


def made(held: ExitStack, store: Store, address: ChromaAddress) -> ChromaVectors:
    """Vectors on that server, up to date."""
    vectors = held.enter_context(ChromaVectors(store, address, fewest=0))
    vectors.sync()
    return vectors


def test_missing_analyses_are_made_in_parts_from_the_start_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.sync.rebuild._ANALYSED_AT_A_TIME", 1)
    parts: list[int] = []
    put = Writer.put_analyses

    def counted(writer: Writer, analyses: Iterable[tuple[int, bytes]]) -> None:
        made = list(analyses)
        parts.append(len(made))
        put(writer, made)

    monkeypatch.setattr(Writer, "put_analyses", counted)
    folder = indexed(tmp_path)
    parts.clear()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("DROP TABLE analyses")
    live = LiveArchive(opener(folder), settings=WebSettings())
    assert live.opened is not None
    store = live.opened.store
    left = store.unanalysed()
    assert left == store.passage_count() > 2

    def embedder() -> WordOverlapEmbedding:
        raise AssertionError("nothing is embedded")

    writer = BackgroundWriter(live, folder, embedder)
    while store.unanalysed():  # Each change waits for the part that is at work.
        asyncio.run(writer.restore(["nothing"]))
    assert len(parts) > 1 and sum(parts) == left
    writer.close()
    live.close()


def test_analyses_are_made_although_questions_never_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = indexed(tmp_path)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("DELETE FROM analyses")
    monkeypatch.setattr("rag.web.writer.LOOK", 0.001)
    monkeypatch.setattr("rag.request_queue.RequestQueue.running", 1)
    live = LiveArchive(opener(folder), settings=WebSettings())
    writer = BackgroundWriter(live, folder, WordOverlapEmbedding)
    with Store.open(folder) as store:
        for _ in range(1_000):  # A part needs some 40 looks.
            if not store.unanalysed():
                break
            asyncio.run(writer.restore(["nothing"]))
        assert not store.unanalysed()
    writer.close()
    live.close()
