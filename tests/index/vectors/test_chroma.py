"""Vector search with Chroma in a folder: the answers of exact search, whatever befalls the cache."""

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.store.filters import Filter
from index.vectors import chroma
from index.vectors.chroma import FOLDER, ChromaFailed, ChromaVectors, Collection, Synced
from index.vectors.exact import ExactVectors, Matrix
from tests.index.vector_store import FakeStore, clustered_units, fake_store

DIMENSIONS = 24
PASSAGES = 1200
"""More than the 1,000 rows after which Chroma saves its index."""


def queries(count: int = 12) -> Matrix:
    """Queries that are near to some passages of the stores below."""
    return clustered_units(count, DIMENSIONS, seed=77)


def assert_exact(index: ChromaVectors, store: FakeStore) -> None:
    """The index answers as exact search does."""
    exact = ExactVectors(store)
    for query in queries():
        for k in (1, 10):
            found, expected = index.search(query, k), exact.search(query, k)
            assert [passage for passage, _ in found] == [passage for passage, _ in expected]
            assert np.allclose([score for _, score in found], [score for _, score in expected], atol=2e-6)


def assert_answers_from_chroma(index: ChromaVectors, store: FakeStore) -> None:
    """The index is current, did not read the vectors for these answers, and they are exact."""
    assert index.problem is None and index.is_current
    before = store.readings
    index.search(queries()[0], 5)
    assert store.readings == before
    assert_exact(index, store)


def opened(store: FakeStore) -> ChromaVectors:
    """The store's vectors in its folder; Chroma is asked however few they are."""
    return ChromaVectors(store, fewest=0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its cache, closed; to be copied."""
    path = tmp_path_factory.mktemp("made") / "store"
    with opened(fake_store(path, clustered_units(PASSAGES, DIMENSIONS))) as index:
        index.sync()
    return path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> FakeStore:
    """The store with its cache, whole."""
    path = Path(shutil.copytree(made, tmp_path / "store"))
    return FakeStore(clustered_units(PASSAGES, DIMENSIONS), path)


@pytest.fixture
def bare(tmp_path: Path) -> FakeStore:
    """A store without a cache."""
    return fake_store(tmp_path / "bare", clustered_units(PASSAGES, DIMENSIONS))


def folders(store: FakeStore) -> list[str]:
    """What is in the cache's folder."""
    return sorted(path.name for path in (store.path / FOLDER).glob("*"))


def test_before_the_first_sync_searches_are_exact_and_touch_nothing(bare: FakeStore) -> None:
    index = opened(bare)
    assert not index.is_current
    assert_exact(index, bare)
    assert not (bare.path / FOLDER).exists()


def test_the_first_sync_makes_the_cache_and_the_second_does_nothing(bare: FakeStore) -> None:
    with opened(bare) as index:
        assert index.sync() == Synced(added=PASSAGES, rebuilt_because="there is none")
        assert_answers_from_chroma(index, bare)
        before = bare.readings
        assert index.sync() == Synced()
        assert bare.readings == before
    assert len(folders(bare)) == 1


def test_a_cache_that_is_whole_is_used_again(store: FakeStore) -> None:
    before = folders(store)
    for _ in range(2):
        with opened(store) as index:
            assert index.sync() == Synced()
            assert_answers_from_chroma(index, store)
    assert folders(store) == before


def test_in_a_small_archive_and_under_a_filter_chroma_is_not_asked(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    nearest: Callable[..., object] = Collection.nearest

    def counted(self: Collection, query: Matrix, k: int, *seconds: float) -> object:
        asked.append(k)
        return nearest(self, query, k, *seconds)

    monkeypatch.setattr(Collection, "nearest", counted)
    with opened(store) as index:
        index.sync()
        asked.clear()
        index.search(queries()[0], 10, Filter(sources=("even",)))
        index.search(queries()[0], 1000)
        assert asked == []
        index.search(queries()[0], 10, Filter())
        assert len(asked) == 1
    with ChromaVectors(store) as index:
        index.sync()
        asked.clear()
        assert_exact(index, store)
        assert asked == [] and index.is_current


def test_what_differs_is_added_and_deleted_and_no_more(store: FakeStore) -> None:
    before = folders(store)
    store.remove(*range(1, 100))
    for query in queries():
        store.add(query)
    with opened(store) as index:
        assert index.sync() == Synced(added=12, deleted=99)
        assert_answers_from_chroma(index, store)
    assert folders(store) == before


def test_of_equal_vectors_one_is_held(store: FakeStore) -> None:
    (vector,) = store.vectors()[1][:1]
    copy = store.add(vector)
    with opened(store) as index:
        assert index.sync() == Synced()
        assert [passage for passage, _ in index.search(vector, 2)] == [1, copy]
        store.remove(1)
        assert index.sync() == Synced(added=1, deleted=1)
        assert index.search(vector, 1)[0][0] == copy
        assert_answers_from_chroma(index, store)


def test_ids_that_stand_for_other_vectors_are_never_mixed_up(store: FakeStore) -> None:
    matrix = store.vectors()[1].copy()
    matrix[100] = queries()[0]
    store.replace(matrix)
    with opened(store) as index:
        assert index.sync().rebuilt_because == "most of it differs"
        assert_answers_from_chroma(index, store)
        assert index.search(queries()[0], 1)[0][0] == 101


def test_deleted_rows_add_up_until_the_cache_is_made_anew(store: FakeStore) -> None:
    with opened(store) as index:
        index.sync()
        store.remove(*range(1, 300))
        assert index.sync() == Synced(deleted=299)
    with opened(store) as index:
        index.sync()
        store.remove(*range(300, 600))
        assert index.sync().rebuilt_because == "most of it differs"
        assert_answers_from_chroma(index, store)


def test_a_cache_that_was_discarded_is_made_anew(store: FakeStore) -> None:
    before = folders(store)
    with opened(store) as index:
        index.sync()
        assert index.discard() is None
        assert folders(store) == [] and not index.is_current
        assert index.sync() == Synced(added=PASSAGES, rebuilt_because="there is none")
        assert_answers_from_chroma(index, store)
    assert len(folders(store)) == 1 and folders(store) != before


def test_an_emptied_store_leaves_no_vectors_on_disk(store: FakeStore) -> None:
    with opened(store) as index:
        index.sync()
        store.remove(*range(1, PASSAGES + 1))
        assert index.sync() == Synced()
    assert folders(store) == []


def test_more_rows_than_one_batch_holds_are_all_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma, "_BATCH", 100)
    with closing(Collection(tmp_path / "c", "passages")) as collection:
        ids = np.arange(1, 251)
        collection.put(ids, clustered_units(250, 8))
        assert np.array_equal(collection.ids(), ids)
        collection.delete(ids[:120])
        assert np.array_equal(collection.ids(), ids[120:])


# Damage


Damage = Callable[[Path], None]


def file(root: Path, name: str) -> Path:
    """One of Chroma's files."""
    return next(root.rglob(name))


def lost_segment(root: Path) -> None:
    """`count()` is still right after this, and Chroma opens it."""
    shutil.rmtree(file(root, "header.bin").parent)


def truncated(name: str) -> Damage:
    def damage(root: Path) -> None:
        path = file(root, name)
        os.truncate(path, path.stat().st_size // 2)

    return damage


def emptied(name: str) -> Damage:
    return lambda root: os.truncate(file(root, name), 0)


def garbage(name: str) -> Damage:
    def damage(root: Path) -> None:
        path = file(root, name)
        path.write_bytes(random.Random(name).randbytes(path.stat().st_size))

    return damage


def deleted(name: str) -> Damage:
    return lambda root: file(root, name).unlink()


def only(root: Path) -> Path:
    """The folder of the collection."""
    (folder,) = root.iterdir()
    return folder


def another_collection(root: Path) -> None:
    """A folder that Chroma can open and that holds nothing."""
    folder = only(root)
    shutil.rmtree(folder)
    Collection(folder, folder.name).close()


def other_vectors(root: Path) -> None:
    """Right ids, wrong vectors, in an index that was not touched: all is in Chroma's SQLite file."""
    with closing(Collection(only(root), only(root).name)) as collection:
        ids = collection.ids()
        collection.put(ids[:900], clustered_units(900, DIMENSIONS, seed=8))


def one_row_too_few(root: Path) -> None:
    with closing(Collection(only(root), only(root).name)) as collection:
        collection.delete(collection.ids()[600:601])


def a_file_in_its_place(root: Path) -> None:
    folder = only(root)
    shutil.rmtree(folder)
    folder.write_bytes(b"x")


HNSW = ("header.bin", "data_level0.bin", "length.bin", "link_lists.bin", "index_metadata.pickle")
DAMAGES: dict[str, Damage] = {
    "segment folder deleted": lost_segment,
    "database deleted": deleted("chroma.sqlite3"),
    "database truncated": truncated("chroma.sqlite3"),
    "database of garbage": garbage("chroma.sqlite3"),
    "database emptied": emptied("chroma.sqlite3"),
    "header of garbage": garbage("header.bin"),
    "header emptied": emptied("header.bin"),
    "vectors of garbage": garbage("data_level0.bin"),
    "vectors truncated": truncated("data_level0.bin"),
    "vectors deleted": deleted("data_level0.bin"),
    "metadata truncated": truncated("index_metadata.pickle"),
    "metadata of garbage": garbage("index_metadata.pickle"),
    "another collection": another_collection,
    "other vectors": other_vectors,
    "one row too few": one_row_too_few,
    "a file in its place": a_file_in_its_place,
}


OFTEN = ("segment folder deleted", "database truncated", "vectors truncated", "other vectors")


@pytest.fixture(
    params=[pytest.param(name, marks=() if name in OFTEN else pytest.mark.storm) for name in DAMAGES]
)
def damage(request: pytest.FixtureRequest) -> Damage:
    return DAMAGES[request.param]


def test_every_kind_of_damage_leads_to_a_new_cache(store: FakeStore, damage: Damage) -> None:
    before = folders(store)
    damage(store.path / FOLDER)
    with opened(store) as index:
        assert index.sync().rebuilt_because
        assert_answers_from_chroma(index, store)
    assert len(folders(store)) == 1 and folders(store) != before


def test_the_folders_of_an_earlier_onrecord_are_deleted(bare: FakeStore) -> None:
    root = bare.path / FOLDER
    for name in ("2", "11"):
        (root / name).mkdir(parents=True)
        (root / name / "header.bin").write_bytes(b"2")
    (root / "current").write_bytes(b"2")
    (root / "13").symlink_to(root.parent)
    with opened(bare) as index:
        index.sync()
        assert_answers_from_chroma(index, bare)
    assert len(folders(bare)) == 1 and root.parent.exists()


# Failures that no rebuild can help


def fail(*arguments: object) -> None:
    """What a broken Chroma does."""
    raise ChromaFailed("made to fail")


@pytest.mark.parametrize("method", ["put", "ids", "nearest"])
def test_a_cache_that_cannot_be_made_leaves_exact_search_and_says_so(
    bare: FakeStore, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    with opened(bare) as index:
        with monkeypatch.context() as patch:
            patch.setattr(Collection, method, fail)
            assert index.sync() == Synced()
        assert index.problem is not None and "made to fail" in index.problem and "exact" in index.problem
        assert not index.is_current
        assert_exact(index, bare)
        assert folders(bare) == []
        index.sync()
        assert_answers_from_chroma(index, bare)


def test_a_change_that_fails_half_way_leads_to_a_new_cache(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: Callable[..., None] = Collection.put

    def fail_once(self: Collection, *arguments: object) -> None:
        monkeypatch.setattr(Collection, "put", put)
        fail()

    with opened(store) as index:
        index.sync()
        store.remove(1, 2, 3)
        monkeypatch.setattr(Collection, "put", fail_once)
        assert index.sync().rebuilt_because == "made to fail"
        assert_answers_from_chroma(index, store)


def test_a_query_that_fails_or_takes_too_long_is_answered_exactly(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(*arguments: object, **named: object) -> None:
        released.wait(60)

    with opened(store) as index:
        for late in (False, True):
            released.clear()
            index.sync()
            with monkeypatch.context() as patch:
                if late:
                    assert index._collection is not None
                    patch.setattr(chroma, "QUERY_SECONDS", 0.05)
                    patch.setattr(index._collection, "_rows", Hanging(hang))
                else:
                    patch.setattr(Collection, "nearest", fail)
                assert_exact(index, store)
                says = "did not answer in time" if late else "made to fail"
                assert index.problem is not None and says in index.problem and not index.is_current
            released.set()
            assert index.sync() == Synced()
            assert_answers_from_chroma(index, store)


class Hanging:
    """Rows of a collection whose queries do not come back."""

    def __init__(self, query: Callable[..., None]) -> None:
        self.query = query


def test_a_call_that_hangs_is_left_behind() -> None:
    released = threading.Event()
    with pytest.raises(OSError, match="did not answer in time"):
        chroma.call(0.01, released.wait, 60)
    released.set()


def test_a_file_where_the_folders_should_be_is_said_so(bare: FakeStore) -> None:
    (bare.path / FOLDER).write_bytes(b"no folder")
    with opened(bare) as index:
        index.sync()
        assert index.problem is not None and "cannot be used" in index.problem
        assert_exact(index, bare)


FULL = """
import resource, sys
from pathlib import Path
from index.vectors.chroma import ChromaVectors
from tests.index.vector_store import FakeStore, clustered_units
store = FakeStore(clustered_units(1200, 24), Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
with ChromaVectors(store, fewest=0) as index:
    index.sync()
    print(index.problem)
    print(index.search(store.vectors()[1][7], 1))
"""


@pytest.mark.parametrize(
    "most",
    [250_000, pytest.param(2_000, marks=pytest.mark.storm), pytest.param(60_000, marks=pytest.mark.storm)],
)
def test_a_disk_that_fills_up_leaves_exact_search_and_says_so(bare: FakeStore, most: int) -> None:
    command = [sys.executable, "-c", FULL, str(bare.path), str(most)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert "cannot be used" in said.stdout.splitlines()[0], said.stderr
    assert said.stdout.splitlines()[1] == "[(8, 1.0)]"
    with opened(bare) as index:
        index.sync()
        assert_answers_from_chroma(index, bare)
    assert len(folders(bare)) == 1


# Killed


KILLED = """
import sys
from pathlib import Path
from index.vectors.chroma import ChromaVectors
from tests.index.vector_store import FakeStore, clustered_units
store = FakeStore(clustered_units(1200, 24), Path(sys.argv[1]))
index = ChromaVectors(store, fewest=0)
index.sync()
print("begin", flush=True)
while sys.argv[2] == "change":
    for vector in clustered_units(100, 24, seed=6):
        store.add(vector)
    index.sync()
    store.remove(*[int(passage) for passage in store.vectors()[0][-100:]])
    index.sync()
while True:
    index.discard()
    index.sync()
"""


@pytest.mark.storm
@pytest.mark.parametrize("what", ["change", "make"])
@pytest.mark.parametrize("seed", range(10))
def test_a_process_killed_while_writing_leaves_a_cache_that_is_used_or_made_anew(
    store: FakeStore, what: str, seed: int
) -> None:
    command = [sys.executable, "-c", KILLED, str(store.path), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "begin\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(random.Random(seed).uniform(0, 2.5))
        process.kill()
    with opened(store) as index:
        index.sync()
        assert_answers_from_chroma(index, store)
    assert len(folders(store)) == 1


@pytest.mark.parametrize("moment", ["delete", "put", "ids", "nearest"])
def test_a_process_killed_in_a_change_leaves_a_cache_that_is_not_opened(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """At whatever step of the change the process ends."""

    class Killed(BaseException):
        pass

    steps: list[str] = []

    def step(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            steps.append(name)
            if name == moment and "delete" in steps:
                raise Killed
            return real(*arguments)

        return run

    before = folders(store)
    index = opened(store)
    index.sync()
    store.remove(1)
    store.add(queries()[0])
    with monkeypatch.context() as patch, pytest.raises(Killed):
        for name in ("delete", "put", "ids", "nearest"):
            patch.setattr(Collection, name, step(name, getattr(Collection, name)))
        index.sync()
    index.close()
    with opened(store) as again:
        assert again.examine() == "it is not up to date"
        assert again.sync().rebuilt_because == "it was left in the middle of a change"
        assert_answers_from_chroma(again, store)
    assert folders(store) != before and len(folders(store)) == 1


# Chroma's own habits


def test_neither_the_environment_nor_a_file_sets_chroma(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALLOW_RESET=true\nCHROMA_API_IMPL=none.such\nPERSIST_DIRECTORY=/none\n")
    code = (
        "from index.vectors.chroma import Collection; from pathlib import Path\n"
        "opened = Collection(Path('c').absolute(), None)\n"
        "settings = opened._client.get_settings()\n"
        "print(settings.allow_reset, settings.anonymized_telemetry)\n"
        "opened.close()"
    )
    environment = os.environ | {"TENANT_ID": "x", "PERSIST_DIRECTORY": "/none", "IS_PERSISTENT": "0"}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "ANONYMIZED_TELEMETRY": "True"}
    said = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (said.stdout, said.stderr) == ("False False\n", "")
    assert (tmp_path / "c" / "chroma.sqlite3").exists()


def test_importing_the_cache_does_not_import_chroma() -> None:
    code = "import index.vectors.chroma, sys; print('chromadb' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
