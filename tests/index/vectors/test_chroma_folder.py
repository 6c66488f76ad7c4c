"""What is recorded of the rows of a vector cache."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.vectors.chroma_folder import Rows
from tests.index.vector_store import random_units


@given(row=st.integers(0, 4999), column=st.integers(0, 15), bit=st.integers(0, 31))
def test_a_checksum_changes_with_any_bit_of_its_vector_and_with_no_other(
    row: int, column: int, bit: int
) -> None:
    ids, vectors = np.arange(5000), random_units(5000, 16)
    before = Rows.of(ids, vectors)
    words = vectors.view(np.uint32)
    words[row, column] ^= np.uint32(1 << bit)
    after = Rows.of(ids, vectors)
    assert np.flatnonzero(before.checksums != after.checksums).tolist() == [row]
    assert after.kept(before).tolist() == [other for other in range(5000) if other != row]


def test_numbers_that_change_places_change_the_checksum() -> None:
    vectors = random_units(1, 16)
    assert Rows.of(np.array([1]), vectors).checksums != Rows.of(np.array([1]), vectors[:, ::-1]).checksums


def test_each_vector_is_kept_once_under_its_first_passage() -> None:
    vectors = random_units(4, 16)[[0, 1, 0, 2, 1, 0]]
    rows, copies = Rows.of(np.array([3, 5, 8, 9, 12, 13]), vectors).distinct()
    assert rows.ids.tolist() == [3, 5, 9]
    assert {first: ids.tolist() for first, ids in copies.items()} == {3: [3, 8, 13], 5: [5, 12]}


def test_no_vectors_are_no_rows() -> None:
    rows, copies = Rows.of(np.zeros(0, np.int64), np.zeros((0, 16), np.float32)).distinct()
    assert not len(rows.ids) and not len(rows.checksums) and not copies
