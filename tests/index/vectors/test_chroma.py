"""Vector search with Chroma: the answers of exact search, whatever befalls the cache."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import StoreMismatch
from index.store.filters import Filter
from index.vectors import chroma_check, chroma_collection, chroma_folder, chroma_home
from index.vectors.chroma import ChromaVectors, Synced, examine
from index.vectors.chroma_collection import ChromaFailed, Collection, in_folder
from index.vectors.chroma_home import InFolder, discard
from index.vectors.exact import ExactVectors, Ids, Matrix, VectorIndex
from tests.index.vector_store import FakeStore, clustered_units

DIMENSIONS = 24
PASSAGES = 1200
"""More than the 1,000 rows after which Chroma writes its index files."""


def queries(count: int = 12) -> Matrix:
    """Queries that are near to some passages of the stores below."""
    return clustered_units(count, DIMENSIONS, seed=77)


def assert_exact(index: VectorIndex, store: FakeStore, where: Filter | None = None) -> None:
    """The index answers as exact search does."""
    exact = ExactVectors(store)
    for query in queries():
        for k in (1, 10):
            found, expected = index.search(query, k, where), exact.search(query, k, where)
            assert [passage for passage, _ in found] == [passage for passage, _ in expected]
            assert np.allclose([score for _, score in found], [score for _, score in expected], atol=2e-6)


def assert_answers_from_chroma(index: ChromaVectors, store: FakeStore) -> None:
    """The index is current, did not read the vectors for these answers, and they are exact."""
    assert index.problem is None and index.is_current
    before = store.readings
    index.search(queries()[0], 5)
    assert store.readings == before
    assert_exact(index, store)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(clustered_units(PASSAGES, DIMENSIONS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the store above, closed; to be copied."""
    root = tmp_path_factory.mktemp("made") / "chroma"
    with ChromaVectors(FakeStore(clustered_units(PASSAGES, DIMENSIONS)), InFolder(root)) as index:
        index.sync()
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "chroma"))


@pytest.fixture
def quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of a folder that is known to be sound, in this process: a child takes a second to start."""

    def check_here(folder: Path, ids: Ids, sample: Ids, vectors: Matrix) -> str | None:
        with in_folder(folder) as collection:
            return chroma_check.compare(collection, ids, sample, vectors)

    monkeypatch.setattr(chroma_home, "check", check_here)


quick = pytest.mark.usefixtures("quick_check")


def folders(root: Path) -> list[str]:
    """What stands beside the pointer."""
    return sorted(path.name for path in root.iterdir() if path.name != "current")


def test_before_the_first_sync_searches_are_exact_and_touch_nothing(store: FakeStore, tmp_path: Path) -> None:
    index = ChromaVectors(store, InFolder(tmp_path / "chroma"))
    assert not index.is_current
    assert_exact(index, store)
    assert not (tmp_path / "chroma").exists()


def test_the_first_sync_makes_the_cache_and_the_second_does_nothing(store: FakeStore, tmp_path: Path) -> None:
    with ChromaVectors(store, InFolder(tmp_path / "chroma")) as index:
        assert index.sync() == Synced(added=PASSAGES, rebuilt_because="there is none")
        assert_answers_from_chroma(index, store)
        before = store.readings
        assert index.sync() == Synced()
        assert store.readings == before
    assert folders(tmp_path / "chroma") == ["1"]


def test_a_cache_that_is_whole_is_used_again(store: FakeStore, root: Path) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync() == Synced()
        assert_answers_from_chroma(index, store)
    assert folders(root) == ["1"]


@quick
def test_filtered_answers_are_those_of_exact_search(store: FakeStore, root: Path) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        for where in (
            Filter(sources=("even",)),
            Filter(after="2020-02-02", before="2020-02-03"),
            Filter(as_of="2020-02-02T10:00:00+02:00"),
            Filter(sources=("nobody",)),
        ):
            assert_exact(index, store, where)


@quick
def test_a_change_of_the_store_is_seen_at_once_and_taken_over_by_sync(store: FakeStore, root: Path) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        gone = index.search(queries()[0], 3)[0][0]
        store.remove(gone)
        added = store.add(queries()[1])
        assert not index.is_current
        assert gone not in [passage for passage, _ in index.search(queries()[0], 50)]
        assert index.search(queries()[1], 1)[0][0] == added
        assert index.sync() == Synced(added=1, deleted=1)
        assert_answers_from_chroma(index, store)
        assert gone not in [passage for passage, _ in index.search(queries()[0], 50)]


@quick
def test_what_changed_while_no_process_had_the_cache_is_taken_over(store: FakeStore, root: Path) -> None:
    store.remove(*range(1, 100))
    for query in queries():
        store.add(query)
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync() == Synced(added=12, deleted=99)
        assert_answers_from_chroma(index, store)
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync() == Synced()
        assert_answers_from_chroma(index, store)


@quick
def test_ids_that_stand_for_other_vectors_are_noticed(store: FakeStore, root: Path) -> None:
    matrix = store.vectors()[1].copy()
    matrix[100] = queries()[0]
    store.replace(matrix)
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync() == Synced(added=1, deleted=1)
        assert_answers_from_chroma(index, store)
        assert index.search(queries()[0], 1)[0][0] == 101


@quick
@pytest.mark.parametrize("is_open", [False, True])
def test_where_more_than_half_differs_the_cache_is_made_anew(
    store: FakeStore, root: Path, is_open: bool
) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        if is_open:
            index.sync()
        store.remove(*range(1, 700))
        assert index.sync().rebuilt_because == "more than half of it differs"
        assert_answers_from_chroma(index, store)
    assert folders(root) == ["2"]


@quick
def test_deleted_rows_add_up_until_the_cache_is_made_anew(store: FakeStore, root: Path) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        store.remove(*range(1, 300))
        assert index.sync() == Synced(deleted=299)
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        store.remove(*range(300, 600))
        assert index.sync().rebuilt_because == "more than half of it differs"
        assert_answers_from_chroma(index, store)


@quick
@pytest.mark.parametrize("dimensions", [DIMENSIONS, 16])
def test_vectors_of_another_embedding_model_replace_the_old_ones(
    store: FakeStore, root: Path, dimensions: int
) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        store.replace(clustered_units(PASSAGES, dimensions, seed=3))
        assert index.sync().rebuilt_because == "more than half of it differs"
        assert index.is_current
        query = clustered_units(1, dimensions, seed=4)[0]
        found, expected = index.search(query, 5), ExactVectors(store).search(query, 5)
        assert [passage for passage, _ in found] == [passage for passage, _ in expected]
        if dimensions != DIMENSIONS:
            with pytest.raises(StoreMismatch, match="have 16"):
                index.search(queries()[0], 5)


@quick
def test_the_cache_is_made_anew_when_asked_for(store: FakeStore, root: Path) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        assert index.sync(rebuild=True) == Synced(added=PASSAGES, rebuilt_because="it was asked for")
        assert_answers_from_chroma(index, store)
    assert folders(root) == ["2"]


@quick
def test_an_emptied_store_leaves_no_vectors_on_disk(store: FakeStore, root: Path) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        store.remove(*range(1, PASSAGES + 1))
        assert index.sync() == Synced()
        assert index.search(queries()[0], 5) == []
    assert list(root.iterdir()) == []
    store.add(queries()[0])
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync().added == 1
        assert index.search(queries()[0], 5) == [(PASSAGES + 1, 1.0)]


def test_a_discarded_cache_is_gone_from_disk_and_made_anew(store: FakeStore, root: Path) -> None:
    discard(InFolder(root / "none"))
    (root / "notes.txt").write_text("not ours")
    discard(InFolder(root))
    assert [path.name for path in root.iterdir()] == ["notes.txt"]
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync().rebuilt_because == "there is none"
        assert_answers_from_chroma(index, store)


# Ties, and questions that are no ordinary ones


@quick
def test_copies_stand_in_the_order_of_their_ids_and_hide_nothing(tmp_path: Path) -> None:
    """A fifth of the store are copies of ten passages, and a third of one."""
    matrix = clustered_units(PASSAGES, DIMENSIONS)
    rows = np.random.default_rng(2).permutation(PASSAGES)
    for first in range(10):
        matrix[rows[first * 24 : first * 24 + 24]] = matrix[rows[first * 24]]
    matrix[rows[300:700]] = queries()[0]
    store = FakeStore(matrix)
    copies = sorted((rows[300:700] + 1).tolist())
    with ChromaVectors(store, InFolder(tmp_path / "chroma")) as index:
        assert index.sync().added == PASSAGES - 230 - 399
        assert [passage for passage, _ in index.search(queries()[0], 10)] == copies[:10]
        assert [passage for passage, _ in index.search(queries()[0], 450)][:400] == copies
        assert_answers_from_chroma(index, store)
        store.remove(*copies[:3])
        assert index.sync() == Synced(added=1, deleted=1)
        assert [passage for passage, _ in index.search(queries()[0], 10)] == copies[3:13]
        assert_answers_from_chroma(index, store)
        store.add(queries()[0])
        assert index.sync() == Synced()
        assert_answers_from_chroma(index, store)
    with ChromaVectors(store, InFolder(tmp_path / "chroma")) as index:
        assert index.sync() == Synced()
        assert_answers_from_chroma(index, store)


@quick
def test_a_vector_of_zeros_is_held_and_asked_for(tmp_path: Path) -> None:
    matrix = clustered_units(100, DIMENSIONS)
    matrix[[0, 50, 99]] = 0
    store = FakeStore(matrix)
    for _ in range(2):
        with ChromaVectors(store, InFolder(tmp_path / "chroma")) as index:
            index.sync()
            assert_answers_from_chroma(index, store)
            zeros = index.search(np.zeros(DIMENSIONS, np.float32), 2)
            assert zeros == [(1, 0.0), (2, 0.0)]
    assert folders(tmp_path / "chroma") == ["1"]


@quick
@pytest.mark.parametrize("k", [0, -1, 1, PASSAGES - 10, PASSAGES, 5 * PASSAGES])
def test_any_number_of_passages_may_be_asked_for(store: FakeStore, root: Path, k: int) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        found = index.search(queries()[0], k)
        assert len(found) == max(0, min(k, PASSAGES))
        assert {p for p, _ in found} == {p for p, _ in ExactVectors(store).search(queries()[0], k)}


def test_more_rows_than_one_batch_holds_are_all_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_folder(tmp_path / "c", create=True) as collection:
        assert collection._largest_batch > 1000
        collection._largest_batch = 100
        ids = np.arange(1, 251)
        collection.put(ids, clustered_units(250, 8))
        assert np.array_equal(collection.ids(), ids)
        collection.delete(ids[:120])
        assert np.array_equal(collection.ids(), ids[120:])


def test_a_folder_is_tried_out_without_loading_chroma(store: FakeStore, root: Path) -> None:
    assert examine(store, InFolder(root)) is None
    (vector,) = store.vectors()[1][:1]
    store.add(vector)
    assert examine(store, InFolder(root)) is None, "a copy of a passage is no other vector"
    lost_segment(root)
    assert examine(store, InFolder(root))
    store.remove(700)
    assert examine(store, InFolder(root))
    assert examine(store, InFolder(root / "none")) == "there is none"


# Damage


def test_every_kind_of_damage_leads_to_a_new_cache(store: FakeStore, root: Path, damage: "Damage") -> None:
    damage(root)
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync().rebuilt_because
        assert_answers_from_chroma(index, store)
        folder = chroma_folder.current(root)
    assert folder is not None and folders(root) == [folder.name]


Damage = Callable[[Path], None]


def file(root: Path, name: str) -> Path:
    """One of Chroma's files."""
    return next((root / "1").rglob(name))


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


def written(name: str, content: bytes) -> Damage:
    def damage(root: Path) -> None:
        (root / name).write_bytes(content)

    return damage


def another_collection(root: Path) -> None:
    """A folder that Chroma can open and that holds nothing."""
    record = (root / "1" / "rows.npz").read_bytes()
    shutil.rmtree(root / "1")
    (root / "1").mkdir()
    in_folder(root / "1", create=True).close()
    (root / "1" / "rows.npz").write_bytes(record)


def other_vectors(root: Path) -> None:
    """Right ids and a right record, wrong vectors."""
    with in_folder(root / "1") as collection:
        ids = collection.ids()
        collection.put(ids, clustered_units(len(ids), DIMENSIONS, seed=8))


def one_row_too_few(root: Path) -> None:
    with in_folder(root / "1") as collection:
        collection.delete(collection.ids()[600:601])


def a_file_in_its_place(root: Path) -> None:
    shutil.rmtree(root / "1")
    (root / "1").write_bytes(b"x")


def a_link_in_its_place(root: Path) -> None:
    shutil.move(root / "1", root.parent / "elsewhere")
    (root / "1").symlink_to(root.parent / "elsewhere")


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
    "record deleted": deleted("rows.npz"),
    "record truncated": truncated("rows.npz"),
    "record of garbage": garbage("rows.npz"),
    "pointer of garbage": written("current", b"\xff\x00../../etc"),
    "pointer to another folder": written("current", b"../elsewhere"),
    "pointer to nothing": written("current", b"77\n"),
    "pointer emptied": written("current", b""),
    "another collection": another_collection,
    "other vectors": other_vectors,
    "one row too few": one_row_too_few,
    "a file in its place": a_file_in_its_place,
    "a link in its place": a_link_in_its_place,
}


OFTEN = (
    "segment folder deleted",
    "database truncated",
    "record deleted",
    "pointer of garbage",
    "other vectors",
)


@pytest.fixture(
    params=[pytest.param(name, marks=() if name in OFTEN else pytest.mark.storm) for name in DAMAGES]
)
def damage(request: pytest.FixtureRequest) -> Damage:
    return DAMAGES[request.param]


def test_leftovers_of_a_crash_are_deleted(store: FakeStore, root: Path) -> None:
    for name in ("2", "11"):
        shutil.copytree(root / "1", root / name)
    (root / "current.new").write_bytes(b"1")
    (root / "12").write_bytes(b"")
    (root / "13").symlink_to(root.parent)
    (root / "notes.txt").write_text("not ours")
    with ChromaVectors(store, InFolder(root)) as index:
        assert index.sync() == Synced()
        assert_answers_from_chroma(index, store)
    assert folders(root) == ["1", "notes.txt"]
    assert root.parent.exists()


# The child that tries a folder out


def sample(store: FakeStore) -> tuple[Ids, Ids, Matrix]:
    """What `check` is told of a sound folder."""
    ids, vectors = store.vectors()
    return ids, ids[::100], vectors[::100]


def test_a_folder_that_hangs_is_given_up(store: FakeStore, root: Path) -> None:
    assert chroma_check.check(root / "1", *sample(store), seconds=0.01) == "it did not open within 0 seconds"


def test_a_child_whose_parent_was_killed_ends_by_itself(store: FakeStore, root: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "index.vectors.chroma_check",
        str(root / "1"),
        "100000",
        "8000000000",
        "1",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.wait(timeout=30) == -signal.SIGALRM


def test_a_child_may_not_fill_the_disk(root: Path) -> None:
    code = (
        "import sys; from index.vectors.chroma_check import _limit; _limit(1_000_000, 8 << 30, 30)\n"
        "with open(sys.argv[1], 'wb') as file:\n    file.write(b'x' * 2_000_000)"
    )
    child = subprocess.run([sys.executable, "-c", code, str(root / "big")], stderr=subprocess.PIPE)
    assert b"File too large" in child.stderr
    assert (root / "big").stat().st_size <= 1_000_000


def test_a_child_that_crashes_says_so(
    store: FakeStore, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crash = tmp_path / "python"
    crash.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crash.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crash))
    assert chroma_check.check(root / "1", *sample(store)) == "opening it ended with signal 11"
    crash.write_text("#!/bin/sh\nexit 0\n")
    assert chroma_check.check(root / "1", *sample(store)) == "opening it ended with status 0"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    wrong = chroma_check.check(root / "1", *sample(store))
    assert wrong is not None and "could not be tried out" in wrong


def test_a_sound_folder_passes_and_the_child_names_what_is_missing(store: FakeStore, root: Path) -> None:
    ids, some, vectors = sample(store)
    assert chroma_check.check(root / "1", ids, some, vectors) is None
    wrong = chroma_check.check(root / "1", np.append(ids, [5000, 5001]), some, vectors)
    assert wrong == "it lacks 2 of 1202 passages and holds 0 others"


# Failures that no rebuild can help


class Failing(Collection):
    """A collection that fails in one of its methods."""

    method = ""

    def __getattribute__(self, name: str) -> object:
        if name == Failing.method:
            raise ChromaFailed("made to fail")
        return super().__getattribute__(name)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Failing]]:
    monkeypatch.setattr(chroma_collection, "Collection", Failing)
    yield Failing
    Failing.method = ""


@quick
@pytest.mark.parametrize("method", ["put", "ids"])
def test_a_cache_that_cannot_be_made_leaves_exact_search_and_says_so(
    store: FakeStore, tmp_path: Path, failing: type[Failing], method: str
) -> None:
    failing.method = method
    with ChromaVectors(store, InFolder(tmp_path / "chroma")) as index:
        assert index.sync() == Synced()
        assert index.problem is not None and "made to fail" in index.problem and "exact" in index.problem
        assert not index.is_current
        assert_exact(index, store)
        assert folders(tmp_path / "chroma") == []
        failing.method = ""
        index.sync()
        assert_answers_from_chroma(index, store)


@quick
def test_a_change_that_fails_half_way_leads_to_a_new_cache(
    store: FakeStore, root: Path, failing: type[Failing], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        store.remove(1, 2, 3)
        failing.method = "delete"
        assert index.sync().rebuilt_because == "made to fail"
        failing.method = ""
        assert_answers_from_chroma(index, store)


@quick
def test_a_query_that_fails_is_answered_exactly(store: FakeStore, root: Path, failing: type[Failing]) -> None:
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        failing.method = "nearest"
        assert_exact(index, store)
        assert index.problem is not None and not index.is_current
        failing.method = ""
        assert index.sync() == Synced()
        assert_answers_from_chroma(index, store)


def test_a_file_where_the_folders_should_be_is_said_so(store: FakeStore, tmp_path: Path) -> None:
    (tmp_path / "chroma").write_bytes(b"no folder")
    with ChromaVectors(store, InFolder(tmp_path / "chroma")) as index:
        index.sync()
        assert index.problem is not None and "cannot be used" in index.problem
        assert_exact(index, store)


FULL = """
import resource, sys
from pathlib import Path
from index.vectors.chroma import ChromaVectors
from index.vectors.chroma_home import InFolder
from tests.index.vector_store import FakeStore, clustered_units
store = FakeStore(clustered_units(1200, 24))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
with ChromaVectors(store, InFolder(Path(sys.argv[1]))) as index:
    index.sync()
    print(index.problem)
    print(index.search(store.vectors()[1][7], 1))
"""


@pytest.mark.parametrize(
    "most",
    [250_000, pytest.param(2_000, marks=pytest.mark.storm), pytest.param(60_000, marks=pytest.mark.storm)],
)
def test_a_disk_that_fills_up_leaves_exact_search_and_says_so(tmp_path: Path, most: int) -> None:
    root = tmp_path / "chroma"
    said = subprocess.run(
        [sys.executable, "-c", FULL, str(root), str(most)], capture_output=True, text=True, timeout=60
    )
    assert "cannot be used" in said.stdout.splitlines()[0]
    assert said.stdout.splitlines()[1] == "[(8, 1.0)]"
    assert folders(root) == []


@quick
def test_threads_search_while_the_store_changes(store: FakeStore, root: Path) -> None:
    """Whatever they meet, they find what was there all along and never what is long gone."""
    query = queries()[0]
    store.add(query)
    kept, gone = PASSAGES + 1, ExactVectors(store).search(query, 2)[1][0]
    wrong: list[object] = []
    stop = threading.Event()

    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        store.remove(gone)

        def ask() -> None:
            while not stop.is_set():
                found = [passage for passage, _ in index.search(query, 10)]
                if found[0] != kept or gone in found:
                    wrong.append(found)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for rebuild in (False, False, True, False):
            added = [store.add(vector) for vector in clustered_units(40, DIMENSIONS, seed=5)]
            index.sync(rebuild=rebuild)
            store.remove(*added)
            index.sync()
        stop.set()
        for thread in threads:
            thread.join()
        assert not wrong
        assert_answers_from_chroma(index, store)


# Killed


KILLED = """
import sys
from pathlib import Path
from index.vectors.chroma import ChromaVectors
from index.vectors.chroma_home import InFolder
from tests.index.vector_store import FakeStore, clustered_units
store = FakeStore(clustered_units(1200, 24))
if sys.argv[2] == "change":
    index = ChromaVectors(store, InFolder(Path(sys.argv[1])))
    index.sync()
    print("begin", flush=True)
    while True:
        for vector in clustered_units(100, 24, seed=6):
            store.add(vector)
        index.sync()
        store.remove(*[int(passage) for passage in store.vectors()[0][-100:]])
        index.sync()
else:
    print("begin", flush=True)
    while True:
        with ChromaVectors(store, InFolder(Path(sys.argv[1]))) as index:
            index.sync(rebuild=True)
"""


@pytest.mark.storm
@pytest.mark.parametrize("what", ["change", "make"])
@pytest.mark.parametrize("seed", range(10))
def test_a_process_killed_while_writing_leaves_a_cache_that_is_used_or_made_anew(
    store: FakeStore, root: Path, tmp_path: Path, what: str, seed: int
) -> None:
    command = [sys.executable, "-c", KILLED, str(root), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "begin\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(random.Random(seed).uniform(0, 2.5))
        process.kill()
    with ChromaVectors(store, InFolder(root)) as index:
        index.sync()
        assert_answers_from_chroma(index, store)
    folder = chroma_folder.current(root)
    assert folder is not None and folders(root) == [folder.name]


# Chroma's own habits


def test_neither_the_environment_nor_a_file_sets_chroma(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALLOW_RESET=true\nCHROMA_API_IMPL=none.such\nPERSIST_DIRECTORY=/none\n")
    code = (
        "from index.vectors.chroma_collection import in_folder, settings; from pathlib import Path\n"
        "print(settings().allow_reset, settings().anonymized_telemetry)\n"
        "in_folder(Path('c').absolute(), create=True).close()"
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
