"""The files of the Chroma cache: numbered folders, a pointer to the one in use, a record of its rows.

    STORE/chroma/current     the number of the folder in use; replaced in one step
    STORE/chroma/7/          that folder, Chroma's own files (unless a server has them)
    STORE/chroma/7/rows.npz  which passages it holds; missing while it is being changed

All of it can be deleted at any time; it is made anew from the store. Nothing here imports Chroma.
"""

import hashlib
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from index.vectors.exact import Ids, Matrix

_POINTER = "current"
_ROWS = "rows.npz"
_AT_A_TIME = 4096
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zlib.error, BadZipFile)


@dataclass(frozen=True, slots=True)
class Rows:
    """Passages, ascending, and what their vectors hash to."""

    ids: Ids
    checksums: NDArray[np.uint64]
    deleted: int = 0
    """Rows that were deleted since the folder was made; Chroma keeps their places."""

    @classmethod
    def of(cls, ids: Ids, vectors: Matrix) -> "Rows":
        """The rows of these vectors.

        A checksum is the sum of a vector's 32-bit words, each times an odd number of its own, modulo 2**64
        (multilinear hashing; Lemire and Kaser, The Computer Journal 57, 2014): 100,000 take 0.1 s, a digest
        of each 0.3 s.
        """
        words = np.ascontiguousarray(vectors, dtype="<f4").view("<u4")
        drawn = hashlib.shake_256(b"onrecord").digest(8 * words.shape[1])
        odd = np.frombuffer(drawn, dtype="<u8") | np.uint64(1)
        sums = [
            words[first : first + _AT_A_TIME].astype(np.uint64) @ odd
            for first in range(0, len(words), _AT_A_TIME)
        ]
        return cls(ids, np.concatenate([np.zeros(0, dtype=np.uint64), *sums]))

    def distinct(self) -> tuple["Rows", Mapping[int, Ids]]:
        """The first passage of each vector, and for those that have copies the ids of all of them."""
        _, first, group, counts = np.unique(
            self.checksums, return_index=True, return_inverse=True, return_counts=True
        )
        together = self.ids[np.argsort(group, kind="stable")]
        ends = np.cumsum(counts)
        several = np.flatnonzero(counts > 1)
        equal = [together[ends[one] - counts[one] : ends[one]] for one in several]
        copies = {int(ids[0]): ids for ids in equal}
        rows = np.sort(first)
        return Rows(self.ids[rows], self.checksums[rows]), copies

    def kept(self, other: "Rows") -> Ids:
        """The passages, ascending, that have the same vector here and there."""
        ids, here, there = np.intersect1d(self.ids, other.ids, assume_unique=True, return_indices=True)
        kept: Ids = ids[self.checksums[here] == other.checksums[there]]
        return kept


def current(root: Path) -> Path | None:
    """The folder in use; None if there is none."""
    try:
        name = (root / _POINTER).read_bytes()[:20].decode("ascii").strip()
    except (OSError, ValueError):
        return None
    folder = root / name
    return folder if name.isdecimal() and folder.is_dir() and not folder.is_symlink() else None


def make_next(root: Path) -> Path:
    """A new, empty folder, numbered after all others. Raises OSError."""
    root.mkdir(parents=True, exist_ok=True)
    folder = root / str(1 + max((int(entry.name) for entry in _numbered(root)), default=0))
    folder.mkdir()
    return folder


def point_to(folder: Path) -> None:
    """Put this folder to use, in one step that a crash leaves done or undone. Raises OSError."""
    _write(folder.parent / _POINTER, f"{folder.name}\n".encode("ascii"))


def point_to_none(root: Path) -> None:
    """Put no folder to use. Raises OSError."""
    (root / _POINTER).unlink(missing_ok=True)


def remove_leftovers(root: Path, keep: Path | None) -> None:
    """Delete what earlier runs left, all folders but one; files of others are left alone."""
    for entry in _numbered(root):
        if entry != keep:
            remove(entry)
    for entry in root.glob("*.new"):
        entry.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Delete a numbered folder, whatever stands in its place; what cannot be deleted waits for next time."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def read_rows(folder: Path) -> Rows | None:
    """The record of the folder's rows; None if it was being changed, or is damaged."""
    try:
        content = BytesIO((folder / _ROWS).read_bytes())
        with np.load(content, allow_pickle=False) as record:
            rows = Rows(record["ids"], record["checksums"], int(record["deleted"]))
    except _UNREADABLE:
        return None
    sound = rows.ids.ndim == 1 and rows.ids.shape == rows.checksums.shape
    sound = sound and rows.ids.dtype == np.int64 and rows.checksums.dtype == np.uint64
    return rows if sound and bool(np.all(np.diff(rows.ids) > 0)) else None


def write_rows(folder: Path, rows: Rows) -> None:
    """Record that the folder holds these rows and is whole. Raises OSError."""
    record = BytesIO()
    np.savez(record, ids=rows.ids, checksums=rows.checksums, deleted=np.int64(rows.deleted))
    _write(folder / _ROWS, record.getvalue())


def begin_change(folder: Path) -> None:
    """Record, before the first change, that the folder is not whole. Raises OSError."""
    (folder / _ROWS).unlink(missing_ok=True)
    _flush(folder)


def largest_file(folder: Path) -> int:
    """The size in bytes of the folder's largest file."""
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:
            continue
    return max(sizes)


def _numbered(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return [entry for entry in root.iterdir() if entry.name.isascii() and entry.name.isdecimal()]


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that after a crash it is the old one or the new one, whole."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
