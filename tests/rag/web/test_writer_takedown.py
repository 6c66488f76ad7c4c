"""Takedowns beside an indexing run that takes long or hangs, and the writer's end."""

import asyncio
import json
import threading
from collections.abc import Callable, Container, Iterator
from pathlib import Path

import pytest

import corpus.read
from corpus.article import Article, Failure
from corpus.errors import Busy, StoreMissing
from index.models.embedder import Embedder
from index.passages.split import NewPassage, new_passages
from index.store.store import Store
from rag.web.archive import LiveArchive
from rag.web.settings import WebSettings
from rag.web.writer import MOST_WAITING, BackgroundWriter
from tests.fakes import WordOverlapEmbedding
from tests.rag.web.conftest import indexed, opener

GUARD = 60.0
"""Seconds after which a test that hangs fails."""


class Gate:
    """A place where work waits: `reached` once it is there, until `open` is set."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        self.open.wait(GUARD)

    async def is_reached(self) -> None:
        """Wait until work waits there."""
        assert await asyncio.to_thread(self.reached.wait, GUARD)


class Desk:
    """A writer over a live archive of three articles, and a file with one more to index."""

    def __init__(self, folder: Path, embedder: Callable[[], Embedder]) -> None:
        self.folder = indexed(folder)
        self.live = LiveArchive(opener(self.folder), settings=WebSettings())
        assert self.live.opened is not None
        self.store = self.live.opened.store
        self.writer = BackgroundWriter(self.live, self.folder, embedder)
        self.file = folder / "new.jsonl"
        self.file.write_text(json.dumps({"id": "tug", "title": "Tug", "text": "The tug sank on Friday."}))

    def stored(self) -> list[str]:
        """The ids of the articles that are in the store's file."""
        with Store.open(self.folder) as store:
            return [one.id for one in store.articles() if one.state == "live"]


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A gate that is open at the end, so that no thread stays."""
    made = Gate()
    yield made
    made.open.set()


def hung_reading(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the first reading of a source wait at the gate, as one of a hostile page or a slow site would."""
    read = corpus.read.read

    def first(path: Path, *more: object) -> Iterator[Article | Failure]:
        monkeypatch.setattr("index.sync.run.read", read)
        gate()
        yield from ()

    monkeypatch.setattr("index.sync.run.read", first)


@pytest.mark.parametrize("where", ["reading", "cutting", "embedding"])
def test_a_takedown_interrupts_a_run_within_an_article_and_the_run_goes_on(
    where: str, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = iter([gate])
    embedding = WordOverlapEmbedding(lambda: next(hangs, lambda: None)() if where == "embedding" else None)
    desk = Desk(tmp_path, lambda: embedding)
    if where == "reading":
        hung_reading(gate, monkeypatch)
    elif where == "cutting":

        def hung(article: Article, left_out: Container[int] = ()) -> list[NewPassage]:
            next(hangs, lambda: None)()
            return new_passages(article, left_out)

        monkeypatch.setattr("index.sync.batch.new_passages", hung)

    async def work() -> None:
        running = asyncio.create_task(desk.writer.index([desk.file]))
        await gate.is_reached()
        taken = await asyncio.wait_for(desk.writer.remove(["ferry"]), GUARD)
        assert taken.changed == ("ferry",)
        assert not gate.open.is_set() and "ferry" not in desk.stored()
        report = await asyncio.wait_for(running, GUARD)
        assert report.added == 1 and not report.was_stopped and not report.failed
        assert not gate.open.is_set() and "tug" in desk.stored()

    asyncio.run(work())
    desk.writer.close()
    desk.live.close()


def loading_at(gate: Gate) -> Callable[[], Embedder]:
    """Loads a model, and waits at the gate before it does."""

    def loading() -> Embedder:
        gate()
        return WordOverlapEmbedding()

    return loading


def test_an_article_is_hidden_before_its_takedown_has_begun(gate: Gate, tmp_path: Path) -> None:
    desk = Desk(tmp_path, loading_at(gate))

    async def work() -> None:
        running = asyncio.create_task(desk.writer.index([desk.file]))
        await gate.is_reached()
        removing = asyncio.create_task(desk.writer.remove(["ferry", "nobody"]))
        while "ferry" not in desk.live.withdrawn:
            await asyncio.sleep(0)
        assert "ferry" in desk.stored()
        assert desk.store.article("ferry") is None and desk.store.dropped("ferry") is None
        assert [one.state for one in desk.store.articles() if one.id == "ferry"] == ["removed"]
        opened = desk.live.opened
        assert opened is not None
        found = opened.retriever.retrieve("Who steered the ferry?")
        assert all(one.passage.article_id != "ferry" for one in found.passages)
        gate.open.set()
        assert (await removing).unknown == ("nobody",)
        await running
        assert desk.live.withdrawn == {"ferry"}

    asyncio.run(work())
    desk.writer.close()
    desk.live.close()


def test_a_takedown_is_taken_however_many_runs_wait_and_is_done_if_its_caller_leaves(
    gate: Gate, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, lambda: WordOverlapEmbedding(gate))

    async def work() -> None:
        running = [asyncio.create_task(desk.writer.index([desk.file])) for _ in range(MOST_WAITING)]
        await gate.is_reached()
        with pytest.raises(Busy):
            await desk.writer.index([desk.file])
        removing = asyncio.create_task(desk.writer.remove(["ferry"]))
        await asyncio.sleep(0)
        removing.cancel()
        while "ferry" in await asyncio.to_thread(desk.stored):
            await asyncio.sleep(0.01)
        gate.open.set()
        await asyncio.wait_for(asyncio.gather(*running), GUARD)

    asyncio.run(work())
    desk.writer.close()
    desk.live.close()


def test_closing_leaves_a_run_that_hangs_behind_and_what_was_committed_stays(
    gate: Gate, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, loading_at(gate))

    async def work() -> None:
        running = asyncio.create_task(desk.writer.index([desk.file]))
        await gate.is_reached()
        desk.writer.close(patience=0.05)
        with pytest.raises(StoreMissing, match="stopping"):
            await desk.writer.remove(["ferry"])
        assert desk.live.withdrawn == frozenset() and "ferry" in desk.stored()
        gate.open.set()
        report = await asyncio.wait_for(running, GUARD)
        assert report.was_stopped and report.added == 0

    asyncio.run(work())
    desk.live.close()


def test_a_run_that_the_server_stops_within_an_article_says_so(gate: Gate, tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda: WordOverlapEmbedding(gate))

    async def work() -> None:
        running = asyncio.create_task(desk.writer.index([desk.file]))
        await gate.is_reached()
        desk.writer.stop()
        report = await asyncio.wait_for(running, GUARD)
        assert not gate.open.is_set() and report.was_stopped
        assert len(desk.stored()) == 3

    asyncio.run(work())
    desk.writer.close()
    desk.live.close()
