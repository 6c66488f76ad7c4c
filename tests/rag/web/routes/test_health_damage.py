"""Readiness over stores and models that are damaged: never ready while questions fail."""

import asyncio
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace as replace_in
from pathlib import Path

import pytest

from corpus.errors import ModelError
from index.store.schema import FILE_NAME
from index.store.store import Store
from index.store.write import Writer
from index.vectors.chroma import ChromaVectors
from rag.answer import Question
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.errors import Refusal
from rag.web.routes import health
from rag.web.routes.api import answer_to
from rag.web.routes.health import Readiness
from rag.web.settings import WebSettings
from tests.rag.web.conftest import ANSWERED, indexed, opener

PAGE = 4_096


@pytest.fixture
def folder(tmp_path: Path, word_store: Path) -> Path:
    """A store to be damaged."""
    return Path(shutil.copytree(word_store, tmp_path / "store"))


@pytest.fixture(autouse=True)
def nothing_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REUSED", 0.0)
    monkeypatch.setattr(health, "SHARE", 0.0)


@pytest.fixture
def live(folder: Path) -> Iterator[LiveArchive]:
    live = LiveArchive(opener(folder), settings=WebSettings())
    yield live
    live.close()


async def problem(live: LiveArchive, readiness: Readiness) -> str | None:
    """What a probe is told; None: ready."""
    try:
        await readiness.check(await live.archive())
    except Refusal as refused:
        assert refused.status_code == 503 and (refused.headers or {})["Retry-After"]
        return str(refused.detail)
    return None


async def fails(live: LiveArchive) -> bool:
    try:
        answer = await answer_to(live, Question(ANSWERED))
    except Exception:
        return True
    return answer.status != "answered"


def run(sql: str, *parameters: object) -> Callable[[Path], None]:
    """Damage by a statement, as another process would run it."""

    def damage(folder: Path) -> None:
        with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
            connection.execute(sql, parameters)

    return damage


def delete(folder: Path) -> None:
    (folder / FILE_NAME).unlink()


def replace(folder: Path) -> None:
    shutil.copy(folder / FILE_NAME, folder / "copy")
    os.replace(folder / "copy", folder / FILE_NAME)


def truncate(folder: Path) -> None:
    os.truncate(folder / FILE_NAME, 10 * PAGE)


def blank(folder: Path) -> None:
    os.truncate(folder / FILE_NAME, 0)


def overwrite_head(folder: Path) -> None:
    with (folder / FILE_NAME).open("r+b") as file:
        file.write(b"not a database " * 300)


def directory(folder: Path) -> None:
    (folder / FILE_NAME).unlink()
    (folder / FILE_NAME).mkdir()


DAMAGES = {
    "deleted": (delete, health.GONE),
    "replaced": (replace, health.GONE),
    "a folder": (directory, health.GONE),
    "truncated": (truncate, "damaged"),
    "empty": (blank, ""),
    "overwritten": (overwrite_head, "damaged"),
    "newer": (run("UPDATE meta SET value = 99 WHERE name = 'schema_version'"), "newer version"),
    "no vectors": (run("DELETE FROM vectors"), None),
    "short vectors": (run("UPDATE vectors SET vector = substr(vector, 1, 30)"), ""),
    "long vectors": (run("UPDATE vectors SET vector = vector || vector WHERE passage_id = 1"), "damaged"),
    "no postings": (run("DELETE FROM passages_fts_data"), "damaged"),
    "no table": (run("DROP TABLE copies"), ""),
    "other texts": (run("UPDATE revisions SET text = substr(text, 9)"), "damaged"),
    "sentences cut": (run("UPDATE passages SET sentences = x'00'"), ""),
    "text as bytes": (run("UPDATE revisions SET text = CAST(x'ff' AS TEXT)"), ""),
}


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("opened", [True, False])
def test_no_damage_is_ready_while_questions_fail(
    live: LiveArchive, folder: Path, name: str, opened: bool
) -> None:
    damage, told = DAMAGES[name]

    async def check() -> None:
        readiness = Readiness()
        if opened:
            assert not await fails(live) and await problem(live, readiness) is None
        await asyncio.to_thread(damage, folder)
        try:
            says = await problem(live, readiness)
        except Exception as error:  # There is nothing to open.
            says = str(error)
        assert says is not None or not await fails(live)
        if says is not None:
            assert str(folder) not in says and says.endswith(".")
        if opened and told is not None:
            assert says is not None and told in says

    asyncio.run(check())


@pytest.mark.parametrize("pages", [1, 3, 100])
def test_pages_overwritten_at_random_places_are_found(live: LiveArchive, folder: Path, pages: int) -> None:
    chance = random.Random(pages)

    async def check() -> None:
        readiness = Readiness()
        assert await problem(live, readiness) is None
        whole = (folder / FILE_NAME).read_bytes()
        for _ in range(5):
            with (folder / FILE_NAME).open("r+b") as file:
                for _ in range(pages):
                    file.seek(PAGE * chance.randrange(len(whole) // PAGE))
                    file.write(chance.randbytes(PAGE))
            assert await problem(live, readiness) is not None
            (folder / FILE_NAME).write_bytes(whole)
            assert await problem(live, readiness) is None

    asyncio.run(check())


def test_a_log_that_is_removed_with_changes_in_it_is_told(live: LiveArchive, folder: Path) -> None:
    async def check() -> None:
        readiness = Readiness()
        assert await problem(live, readiness) is None
        with Store.open(folder, write=True) as store:
            with Writer(store).transaction():
                Writer(store).set_meta("note", "kept in the log")
            (await live.archive()).store.archive()
            for ending in ("-wal", "-shm"):
                Path(f"{folder / FILE_NAME}{ending}").unlink()
            assert await problem(live, readiness) is not None

    asyncio.run(check())


class Failing:
    """A model that stopped working."""

    def query(self, text: str) -> None:
        raise ModelError("the file /secret/model.onnx is not what it should be")

    def scores(self, query: str, texts: object) -> None:
        raise RuntimeError("bad allocation at 0x7f00")


@pytest.mark.parametrize(
    ("part", "says"), [("_embedder", "A model that every question needs"), ("scorer", "cannot be searched")]
)
def test_a_model_that_fails_is_told_and_logged_once(
    live: LiveArchive, part: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def check() -> None:
        opened, readiness = await live.archive(), Readiness()
        works = getattr(opened.retriever, part)
        setattr(opened.retriever, part, Failing())
        for _ in range(3):
            found = await problem(live, readiness)
            assert found is not None and says in found and "secret" not in found and "0x7f" not in found
        assert len(caplog.messages) == 1
        setattr(opened.retriever, part, works)
        assert await problem(live, readiness) is None

    asyncio.run(check())


def test_one_look_serves_many_probes(live: LiveArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REUSED", 3_600.0)
    looks: list[OpenArchive] = []
    monkeypatch.setattr(Readiness, "_try", lambda self, opened: looks.append(opened))

    async def check() -> None:
        readiness = Readiness()
        assert set(await asyncio.gather(*(problem(live, readiness) for _ in range(200)))) == {None}
        assert await problem(live, readiness) is None

    asyncio.run(check())
    assert len(looks) == 1


def test_a_look_that_hangs_makes_the_archive_not_ready_unless_one_went_well_just_now(
    live: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(health, "GOOD_FOR", 0.0)

    async def check() -> None:
        going_on = asyncio.Event()

        async def hang(self: Readiness, opened: OpenArchive) -> None:
            await going_on.wait()

        readiness = Readiness()
        with monkeypatch.context() as patched:
            patched.setattr(Readiness, "_look_at", hang)
            assert await problem(live, readiness) == health.SLOW
            patched.setattr(health, "GOOD_FOR", 1e9)
            assert await problem(live, readiness) is None
        going_on.set()

    asyncio.run(check())


def test_a_store_that_cannot_be_opened_is_told_the_same_way_at_each_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rag.web.archive.PATIENCE", 0)
    folder = indexed(tmp_path)
    run("UPDATE vectors SET vector = x'00'")(folder)

    def broken() -> OpenArchive | None:
        with Store.open(folder) as store:
            store.vectors()
        return None

    live = LiveArchive(broken, settings=WebSettings())
    for _ in range(3):
        assert live.opened is None and str(folder) not in live.problem
        assert "cannot be opened" in live.problem
    assert len(caplog.messages) == 1


def test_a_vector_server_that_is_gone_is_a_notice_and_no_reason_not_to_be_ready(live: LiveArchive) -> None:
    async def check() -> None:
        opened = await live.archive()
        with ChromaVectors(opened.store) as vectors:
            vectors.problem = "the vector cache on http://chroma.internal cannot be used"
            cached = replace_in(opened, vectors=vectors)
            await Readiness().check(cached)
            view = health._ready_view(cached, opened.store.archive(), False)
        assert view["status"] == "ready" and "internal" not in str(view)
        assert view["notices"] == ["The vector cache cannot be used, so searches are exact."]

    asyncio.run(check())
