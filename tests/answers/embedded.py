"""Models asked once for a text: what the embedding model or the cross-encoder made of it is kept in a file.

Stores and rankings are made anew by every run, with the code of that run; only what a model made of each text
is kept, and a text that changed is put to it again.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index.models.cross_encoder import PairScorer
from index.models.embedder import Embedder

_AT_A_TIME = 256
"""Texts embedded before they are kept: a run that is stopped has not embedded for nothing."""
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
        waiting = list(new)
        for part in (waiting[first : first + _AT_A_TIME] for first in range(0, len(waiting), _AT_A_TIME)):
            made = dict(zip(part, self._embedder.texts([new[key] for key in part]), strict=True))
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


class RememberedPairs(PairScorer):
    """`scorer`, but for pairs that it scored before: their logits are in a SQLite file in `kept`.

    Pairs are scored in other batches than without it, which changes the last digits.
    """

    def __init__(self, scorer: PairScorer, kept: Path) -> None:
        self._scorer, self._lock = scorer, Lock()
        kept.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(kept / "pairs.sqlite", timeout=60, check_same_thread=False)
        with self._file:
            self._file.execute("CREATE TABLE IF NOT EXISTS pairs (sha256 BLOB PRIMARY KEY, logit REAL)")

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """As `PairScorer.scores`: only pairs that the file does not hold are scored."""
        return self._of(self._scorer.scores, "", query, texts)

    def answering(self, query: str, texts: Sequence[str]) -> list[float]:
        """As `PairScorer.answering`, likewise."""
        return self._of(self._scorer.answering, "answering\0", query, texts)

    def _of(
        self, score: Callable[[str, Sequence[str]], list[float]], kind: str, query: str, texts: Sequence[str]
    ) -> list[float]:
        told = (f"{kind}{query}\0{text}" for text in texts)
        keys = [hashlib.sha256(each.encode("utf-8", "replace")).digest() for each in told]
        sql = "SELECT logit FROM pairs WHERE sha256 = ?"
        with self._lock:
            rows = {key: self._file.execute(sql, (key,)).fetchone() for key in keys}
        known = {key: float(row[0]) for key, row in rows.items() if row}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            made = dict(zip(new, score(query, [*new.values()]), strict=True))
            with self._lock, self._file:
                self._file.executemany("INSERT OR IGNORE INTO pairs VALUES (?, ?)", made.items())
            known |= made
        return [known[key] for key in keys]
