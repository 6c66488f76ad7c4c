"""What every vector search has to do: exact search, Chroma in a folder and a real Chroma server do it alike.

Another engine is held to it by one more name in `ENGINES` and one more branch in `Engine.index`.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import StoreMismatch
from index.store.filters import Filter
from index.vectors.chroma import ChromaVectors
from index.vectors.exact import ExactVectors, Matrix, VectorIndex
from tests.chroma_process import ChromaProcess
from tests.index.vector_store import FakeStore, clustered_units, fake_store

DIMENSIONS, PASSAGES = 24, 300
ENGINES = ("exact", "embedded", "server")
FILTERS = (
    Filter(sources=("even",)),
    Filter(after="2020-02-02", before="2020-02-03"),
    Filter(as_of="2020-02-02T10:00:00+02:00"),
    Filter(sources=("nobody",)),
    Filter(before="2020-02-02"),
)


def queries(count: int = 6) -> Matrix:
    """Queries that are near to some passages."""
    return clustered_units(count, DIMENSIONS, seed=77)


def by_hand(store: FakeStore, query: Matrix, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
    """The expected answer, computed here: cosines to six decimals, best first, ties by id."""
    ids, vectors = store.vectors(where)
    length = float(np.linalg.norm(query.astype(np.float64))) or 1.0
    scores = np.round(vectors.astype(np.float64) @ query.astype(np.float64) / length, 6)
    ranked = sorted(zip((-scores).tolist(), ids.tolist(), strict=True))
    return [(passage, -score) for score, passage in ranked[: max(k, 0)]]


class Engine:
    """One engine over one store, which it can be opened for again."""

    def __init__(self, kind: str, store: FakeStore, server: ChromaProcess | None) -> None:
        self.store = store
        self._kind = kind
        self._address = server.address if server else None
        self._held = ExitStack()
        self.index = self._opened()

    def _opened(self) -> VectorIndex:
        if self._kind == "exact":
            return ExactVectors(self.store)
        return self._held.enter_context(ChromaVectors(self.store, self._address, fewest=0))

    def restart(self) -> None:
        """What the end of the process and another start do."""
        self.close()
        self.index = self._opened()

    def close(self) -> None:
        """Let go of it."""
        self._held.close()

    def sync(self) -> None:
        """Take over what the store holds; the engine itself has to answer from now on."""
        if isinstance(self.index, ChromaVectors):
            self.index.sync()
            assert self.index.problem is None and self.index.is_current
            before = self.store.readings
            self.index.search(queries()[0], 5)
            assert self.store.readings == before and self.index.is_current

    def check(self, where: Filter | None = None) -> None:
        """Its answers are those computed by hand."""
        for query in queries():
            for k in (1, 10):
                found, expected = self.index.search(query, k, where), by_hand(self.store, query, k, where)
                assert [passage for passage, _ in found] == [passage for passage, _ in expected]
                assert np.allclose([one for _, one in found], [one for _, one in expected], rtol=0, atol=2e-6)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    with ChromaProcess(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(params=ENGINES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> ChromaProcess | None:
    running: ChromaProcess | None = request.getfixturevalue("process") if kind == "server" else None
    return running


@pytest.fixture
def engine(kind: str, server: ChromaProcess | None, tmp_path: Path) -> Iterator[Engine]:
    """The engine over 300 passages, up to date."""
    made = Engine(kind, fake_store(tmp_path, clustered_units(PASSAGES, DIMENSIONS)), server)
    made.sync()
    yield made
    made.close()


def test_the_nearest_are_found_best_first(engine: Engine) -> None:
    engine.check()


def test_only_passages_that_pass_the_filter_are_found(engine: Engine) -> None:
    for where in FILTERS:
        engine.check(where)
        passing = set(engine.store.passage_ids(where).tolist())
        found = engine.index.search(queries()[0], 50, where)
        assert len(found) == min(50, len(passing)) and {passage for passage, _ in found} <= passing


def test_a_deleted_passage_is_not_found_from_then_on(engine: Engine) -> None:
    gone = [passage for passage, _ in engine.index.search(queries()[0], 3)]
    engine.store.remove(*gone)
    for _ in range(2):
        assert not set(gone) & {passage for passage, _ in engine.index.search(queries()[0], 50)}
        engine.check()
        engine.sync()


def test_an_added_passage_is_found_from_then_on(engine: Engine) -> None:
    added = engine.store.add(queries()[1])
    for _ in range(2):
        assert engine.index.search(queries()[1], 1) == [(added, 1.0)]
        engine.check()
        engine.sync()


def test_copies_stand_in_the_order_of_their_ids_and_hide_nothing(
    kind: str, server: ChromaProcess | None, tmp_path: Path
) -> None:
    """A fifth of the store are copies of ten passages, and a third of one."""
    matrix = clustered_units(PASSAGES, DIMENSIONS)
    rows = np.random.default_rng(2).permutation(PASSAGES)
    for first in range(10):
        matrix[rows[first * 6 : first * 6 + 6]] = matrix[rows[first * 6]]
    matrix[rows[100:200]] = queries()[0]
    copies = sorted((rows[100:200] + 1).tolist())
    engine = Engine(kind, fake_store(tmp_path, matrix), server)
    engine.sync()
    assert [passage for passage, _ in engine.index.search(queries()[0], 150)][:100] == copies
    engine.check()
    engine.store.remove(*copies[:3])
    engine.store.add(queries()[0])
    engine.sync()
    assert [passage for passage, _ in engine.index.search(queries()[0], 10)] == copies[3:13]
    engine.check()
    engine.restart()
    engine.sync()
    engine.check()
    engine.close()


def test_a_vector_of_zeros_is_held_and_asked_for(
    kind: str, server: ChromaProcess | None, tmp_path: Path
) -> None:
    matrix = clustered_units(100, DIMENSIONS)
    matrix[[0, 50, 99]] = 0
    engine = Engine(kind, fake_store(tmp_path, matrix), server)
    for _ in range(2):
        engine.sync()
        engine.check()
        assert engine.index.search(np.zeros(DIMENSIONS, np.float32), 2) == [(1, 0.0), (2, 0.0)]
        engine.restart()
    engine.close()


def test_any_number_of_passages_may_be_asked_for(engine: Engine) -> None:
    for k in (0, -1, 1, 200, PASSAGES - 10, PASSAGES, 5 * PASSAGES):
        found = engine.index.search(queries()[0], k)
        assert [passage for passage, _ in found] == [p for p, _ in by_hand(engine.store, queries()[0], k)]


def test_a_query_of_another_length_is_refused(engine: Engine) -> None:
    with pytest.raises(StoreMismatch, match=f"have {DIMENSIONS}"):
        engine.index.search(np.ones(16, np.float32), 5)
    engine.check()


def test_changes_are_there_after_a_restart(engine: Engine) -> None:
    engine.store.remove(*range(1, 50))
    for query in queries():
        engine.store.add(query)
    engine.restart()
    engine.check()
    engine.sync()
    engine.restart()
    engine.sync()
    engine.check()


def test_vectors_of_another_model_replace_the_old_ones(engine: Engine) -> None:
    engine.store.replace(clustered_units(PASSAGES, 16, seed=3))
    query = clustered_units(1, 16, seed=4)[0]
    assert engine.index.search(query, 5) == by_hand(engine.store, query, 5)
    if isinstance(engine.index, ChromaVectors):
        assert engine.index.sync().rebuilt_because and engine.index.is_current
    assert engine.index.search(query, 5) == by_hand(engine.store, query, 5)


def test_an_emptied_store_finds_nothing_and_can_be_filled_again(engine: Engine) -> None:
    engine.store.remove(*range(1, PASSAGES + 1))
    if isinstance(engine.index, ChromaVectors):
        engine.index.sync()
        assert engine.index.problem is None
    assert engine.index.search(queries()[0], 5) == []
    engine.store.add(queries()[0])
    engine.restart()
    engine.sync()
    assert engine.index.search(queries()[0], 5) == [(PASSAGES + 1, 1.0)]


def test_threads_search_while_the_store_changes(engine: Engine) -> None:
    """Whatever they meet, they find what was there all along and never what is long gone."""
    query = queries()[0]
    kept, gone = engine.store.add(query), by_hand(engine.store, query, 2)[1][0]
    engine.store.remove(gone)
    wrong: list[object] = []
    asked = threading.Semaphore(0)
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                found = [passage for passage, _ in engine.index.search(query, 10)]
            except Exception as error:
                wrong.append(error)
                raise
            if found[0] != kept or gone in found or len(found) != 10:
                wrong.append(found)
            asked.release()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            added = [engine.store.add(vector) for vector in clustered_units(15, DIMENSIONS, seed=5)]
            if isinstance(engine.index, ChromaVectors):
                engine.index.sync()
            assert all(asked.acquire(timeout=300) for _ in range(6))
            engine.store.remove(*added)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong
    engine.sync()
    engine.check()
