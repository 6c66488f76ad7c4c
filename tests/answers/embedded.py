"""Archives that are indexed once: an embedding model whose vectors are kept in a file between runs.

The store itself is made anew by every run, with the code of that run; only what the model made of each text
is kept, and a text that changed is embedded again.
"""

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index.models.embedder import Embedder

FOLDER = "VECTORS"
"""The environment variable that names the folder of the kept vectors."""


def folder() -> Path:
    """Where vectors are kept: the folder of `VECTORS`, or one in the user's cache folder."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get(FOLDER) or caches / "onrecord-tests")


class Remembered:
    """`embedder`, but for texts that it embedded before: their vectors are in a SQLite file in `kept`.

    A file belongs to one model. It may be deleted at any time, and several processes may write to it.
    """

    def __init__(self, embedder: Embedder, kept: Path) -> None:
        self._embedder, self._lock = embedder, Lock()
        self.embedder_id = embedder.embedder_id
        kept.mkdir(parents=True, exist_ok=True)
        name = "".join(c if c.isalnum() or c in "-." else "-" for c in self.embedder_id)
        self._file = sqlite3.connect(kept / f"{name}.sqlite", timeout=60, check_same_thread=False)
        with self._file:
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS vectors (sha256 BLOB PRIMARY KEY, vector BLOB NOT NULL)"
            )

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `Embedder.texts`: only those that the file does not hold are embedded."""
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        with self._lock:
            known = {key: vector for key in keys if (vector := self._held(key)) is not None}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            made = dict(zip(new, self._embedder.texts([*new.values()]), strict=True))
            with self._lock, self._file:
                rows = [(key, vector.astype("<f4").tobytes()) for key, vector in made.items()]
                self._file.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
            known |= made
        return np.array([known[key] for key in keys], dtype=np.float32)

    def query(self, text: str) -> NDArray[np.float32]:
        """As `Embedder.query`; questions are embedded every time."""
        return self._embedder.query(text)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _held(self, key: bytes) -> NDArray[np.float32] | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE sha256 = ?", (key,)).fetchone()
        return None if row is None else np.frombuffer(row[0], dtype="<f4").astype(np.float32)
