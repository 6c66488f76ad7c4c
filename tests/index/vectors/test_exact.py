"""Exact vector search: the k nearest, filtered, tied, and as new as the store."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from corpus.errors import StoreMismatch
from index.store.filters import Filter
from index.vectors.exact import ExactVectors, Matrix, VectorIndex, nearest
from tests.index.vector_store import FakeStore, random_units

EVEN = Filter(sources=("even",))


def one_by_one(store: FakeStore, query: Matrix, k: int, where: Filter) -> list[int]:
    """The same search, a passage at a time."""
    ids, vectors = store.vectors(where)
    query = query / np.linalg.norm(query)
    scored = [
        (-round(float(vector.astype(np.float64) @ query), 6), int(passage))
        for passage, vector in zip(ids, vectors, strict=True)
    ]
    return [passage for _, passage in sorted(scored)[:k]]


@pytest.mark.parametrize("where", [Filter(), EVEN])
@pytest.mark.parametrize("k", [1, 7, 60, 500])
def test_the_k_nearest_that_pass_are_found_best_first(where: Filter, k: int) -> None:
    store = FakeStore(random_units(120, 16))
    query = random_units(1, 16, seed=9)[0]
    found = ExactVectors(store).search(query, k, where)
    assert [passage for passage, _ in found] == one_by_one(store, query, k, where)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_a_score_is_the_cosine_whatever_the_length_of_the_query() -> None:
    store = FakeStore(np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32))
    found = ExactVectors(store).search(np.array([5, 0], dtype=np.float32), 3, Filter())
    assert found == [(1, 1.0), (2, 0.0), (3, -1.0)]


@given(
    copies=st.integers(2, 300),
    others=st.integers(0, 300),
    k=st.integers(1, 20),
    query=hnp.arrays(np.float32, 24, elements=st.floats(-1, 1, width=32)),
)
def test_equal_vectors_tie_and_stand_in_the_order_of_their_ids(
    copies: int, others: int, k: int, query: Matrix
) -> None:
    matrix = random_units(copies + others, 24)
    rows = np.random.default_rng(1).permutation(copies + others)[:copies]
    matrix[rows] = matrix[rows[0]]
    found = nearest(np.arange(copies + others), matrix, query, k)
    tied = [(passage, score) for passage, score in found if passage in set(rows.tolist())]
    assert len({score for _, score in tied}) <= 1
    assert [passage for passage, _ in tied] == sorted(rows.tolist())[: len(tied)]


def test_a_row_has_the_same_score_with_a_filter_and_without() -> None:
    store = FakeStore(random_units(1000, 64))
    query = random_units(1, 64, seed=5)[0]
    index = ExactVectors(store)
    everything = dict(index.search(query, 1000, Filter()))
    assert all(everything[passage] == score for passage, score in index.search(query, 50, EVEN))


def test_what_the_store_has_gained_and_lost_is_seen_at_once() -> None:
    store = FakeStore(random_units(20, 8))
    index = ExactVectors(store)
    query = store.vectors()[1][3]
    assert index.search(query, 1, Filter()) == [(4, 1.0)]
    assert index.search(query, 1, EVEN) == [(4, 1.0)]
    store.remove(4)
    assert index.search(query, 1, Filter())[0][0] != 4
    assert index.search(query, 1, EVEN)[0][0] != 4
    added = store.add(query)
    assert index.search(query, 1, Filter()) == [(added, 1.0)]


def test_vectors_are_read_once_for_a_generation_and_ids_once_for_a_filter() -> None:
    store = FakeStore(random_units(20, 8))
    index = ExactVectors(store)
    query = random_units(1, 8)[0]
    for _ in range(3):
        index.search(query, 2, Filter())
        index.search(query, 2, EVEN)
    assert (store.readings, store.filterings) == (1, 1)
    store.remove(1)
    index.search(query, 2, EVEN)
    assert (store.readings, store.filterings) == (1, 2)


@given(changes=st.lists(st.integers(-20, 3), max_size=8), k=st.integers(1, 30))
def test_after_any_changes_the_search_is_that_of_one_who_reads_everything(changes: list[int], k: int) -> None:
    store = FakeStore(random_units(20, 8))
    index = ExactVectors(store)
    query = random_units(1, 8, seed=3)[0]
    for number, change in enumerate(changes):
        index.search(query, k, EVEN if number % 3 else None)
        ids = store.passage_ids(Filter()).tolist()
        if change < 0 and ids:
            store.remove(ids[change % len(ids)])
        for vector in random_units(max(0, change), 8, seed=number):
            store.add(vector)
    assert index.search(query, k) == ExactVectors(store).search(query, k)
    assert index.search(query, k, EVEN) == ExactVectors(store).search(query, k, EVEN)


def test_only_vectors_that_are_new_are_read_after_a_change() -> None:
    store = FakeStore(random_units(20, 8))
    index = ExactVectors(store)
    query = random_units(1, 8, seed=3)[0]
    index.search(query, 2)
    added = store.add(query)
    store.remove(3, 7)
    assert index.search(query, 1) == [(added, 1.0)]
    assert (store.readings, store.fetched) == (1, [added])


def test_the_vectors_of_another_store_under_the_same_path_are_all_read() -> None:
    store = FakeStore(random_units(20, 8))
    index = ExactVectors(store)
    query = random_units(1, 8, seed=3)[0]
    index.search(query, 2)
    other = random_units(21, 8, seed=4)
    store.replace(other)
    assert index.search(other[0], 1) == [(1, 1.0)]


def test_many_filters_are_not_all_remembered() -> None:
    store = FakeStore(random_units(20, 8))
    index = ExactVectors(store)
    for day in range(1, 31):
        for month in ("01", "03"):
            index.search(random_units(1, 8)[0], 2, Filter(after=f"2020-{month}-{day:02}"))
    assert index._snapshot is not None and len(index._snapshot.rows) == 32


def test_nothing_to_find_is_nothing_found() -> None:
    query = random_units(1, 8)[0]
    assert ExactVectors(FakeStore(random_units(0, 8))).search(query, 5, Filter()) == []
    index = ExactVectors(FakeStore(random_units(3, 8)))
    assert index.search(query, 0, Filter()) == []
    assert index.search(query, 5, Filter(sources=("nobody",))) == []
    assert [score for _, score in index.search(np.zeros(8, np.float32), 3, Filter())] == [0.0, 0.0, 0.0]


def test_a_query_of_another_model_is_refused() -> None:
    with pytest.raises(StoreMismatch, match=r"16 numbers .* have 8"):
        ExactVectors(FakeStore(random_units(3, 8))).search(random_units(1, 16)[0], 5, Filter())


def test_threads_share_one_reading() -> None:
    store = FakeStore(random_units(500, 32))
    index: VectorIndex = ExactVectors(store)
    query = random_units(1, 32, seed=3)[0]
    expected = one_by_one(store, query, 10, Filter())
    store.readings = 0
    found: list[list[int]] = []

    def ask() -> None:
        found.extend([passage for passage, _ in index.search(query, 10, Filter())] for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 160
    assert store.readings == 1


def test_exact_search_does_not_import_chroma() -> None:
    code = "import index.vectors.exact, sys; print('chromadb' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
