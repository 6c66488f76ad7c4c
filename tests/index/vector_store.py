"""A store of vectors in memory, for tests of vector search."""

from pathlib import Path

import numpy as np

from index.store.filters import Filter
from index.store.store import Store
from index.vectors.exact import Ids, Matrix


def random_units(rows: int, dimensions: int, seed: int = 0) -> Matrix:
    """Unit vectors in random directions."""
    matrix = np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def clustered_units(rows: int, dimensions: int, seed: int = 0) -> Matrix:
    """Unit vectors around 30 subjects, as the vectors of texts are; the subjects are always the same."""
    subjects = random_units(30, dimensions, seed=1)
    random = np.random.default_rng(seed)
    matrix = subjects[random.integers(0, 30, rows)]
    matrix = matrix + random.normal(size=(rows, dimensions)) / (2 * np.sqrt(dimensions))
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def fake_store(path: Path, matrix: Matrix) -> "FakeStore":
    """A store of these vectors, in a folder where a vector cache may be recorded."""
    Store.open(path, write=True).close()
    return FakeStore(matrix, path)


class FakeStore:
    """Passages 1 to n, all of 2 February 2020; the outlet `even` holds those of even id."""

    def __init__(self, matrix: Matrix, path: Path = Path("store")) -> None:
        self.path = path
        self.generation = 1
        self.lineage: tuple[str | None, int] = ("model 1", 1)
        self.readings = 0
        self.fetched: list[int] = []
        self.filterings = 0
        self._dimensions = matrix.shape[1]
        self._next = len(matrix) + 1
        self._vectors = dict(enumerate(matrix, start=1))

    def vectors(self, where: Filter | None = None) -> tuple[Ids, Matrix]:
        """As `VectorSource.vectors`."""
        self.readings += 1
        ids = self._passing(where or Filter())
        rows = [self._vectors[int(passage)] for passage in ids]
        return ids, np.array(rows, dtype=np.float32).reshape(len(rows), self._dimensions)

    def vectors_of(self, ids: Ids) -> tuple[Ids, Matrix]:
        """As `VectorSource.vectors_of`."""
        self.fetched += ids.tolist()
        there = np.array([one for one in ids.tolist() if one in self._vectors], dtype=np.int64)
        rows = [self._vectors[one] for one in there.tolist()]
        return there, np.array(rows, dtype=np.float32).reshape(len(rows), self._dimensions)

    def passage_ids(self, where: Filter) -> Ids:
        """As `VectorSource.passage_ids`."""
        self.filterings += not where.is_empty
        return self._passing(where)

    def add(self, vector: Matrix) -> int:
        """A new passage; its id."""
        self._vectors[self._next] = vector
        self._next += 1
        self.generation += 1
        return self._next - 1

    def remove(self, *passages: int) -> None:
        """Passages that are gone for good."""
        for passage in passages:
            del self._vectors[passage]
        self.generation += 1

    def replace(self, matrix: Matrix) -> None:
        """Another store under the same path, or another embedding model: ids begin again."""
        self._dimensions = matrix.shape[1]
        self._vectors = dict(enumerate(matrix, start=1))
        self.generation += 1
        self.lineage = (f"model {self.lineage[1] + 1}", self.lineage[1] + 1)

    def _passing(self, where: Filter) -> Ids:
        dated = (where.after or "") <= "2020-02-02" < (where.before or "9")
        return np.array(
            [
                passage
                for passage in sorted(self._vectors)
                if dated and (not where.sources or ("even" in where.sources and passage % 2 == 0))
            ],
            dtype=np.int64,
        )
