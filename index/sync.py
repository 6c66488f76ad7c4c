"""Bringing a store up to date with files: what is new is embedded, what is unchanged is left alone."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.read import read
from index.ahead import EmbedAhead, Vectors
from index.batch import Batch
from index.build import Build, begin_build
from index.cache import refresh_cache
from index.compare import Change, Comparison, Held
from index.owner import own
from index.prune import prune as delete_what_is_gone
from index.records import Progress, SyncReport
from index.schema import FILE_NAME
from index.store import Store
from index.write import Writer

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

__all__ = ["Progress", "SyncReport", "sync"]

_SECONDS_BETWEEN_REPORTS = 0.1


def sync(
    paths: Sequence[Path],
    store_path: Path,
    embed_model: "BaseEmbedding",
    *,
    prune: bool = False,
    rebuild: bool = False,
    progress: Callable[[Progress], None] | None = None,
    vector_cache: bool = True,
) -> SyncReport:
    """Read these files and folders into the store, which is made when missing.

    What cannot be read is in the report, and the rest goes on. Each small group of articles is committed by
    itself, so that a run that was stopped is taken up by the next. `prune` deletes articles that came from
    under the given paths and are not there any more; `rebuild` splits and embeds all stored texts anew.
    `vector_cache` is to be unset by a process that has the store's `ChromaVectors` open, and refreshes it.

    Raises StoreOwned, StoreMismatch (another embedding model, without `rebuild`), StoreUnwritable,
    StoreDamaged, ModelError; ReadError if there is no store yet and none of the paths exists.
    """
    from index.embed import embedder_id

    if not any(os.path.exists(path) for path in paths) and not (store_path / FILE_NAME).exists():
        read(paths[0])
    with own(store_path) as owner, owner.turn, Store.open(store_path, write=True) as store:
        writer = Writer(store)
        build = begin_build(writer, embedder_id(embed_model), anew=rebuild)
        run = _Run(writer, build, progress or (lambda _: None))
        with EmbedAhead(embed_model, run.write) as ahead:
            run.remake(ahead)
            for path in paths:
                run.read(path, ahead)
            run.flush(ahead)
            ahead.drain()
        if prune:
            run.prune(paths)
        run.tidy()
        if vector_cache:
            run.refresh_cache(rebuild=rebuild)
        return run.report()


class _Run:
    """The state of one run."""

    def __init__(self, writer: Writer, build: Build, progress: Callable[[Progress], None]) -> None:
        self._writer = writer
        self._store = writer.store
        self._build = build
        self._progress = progress
        self._comparison = Comparison(writer.store)
        self._batch = Batch()
        self._stage = "reading"
        self._counts: Counter[str] = Counter()
        self._failed: list[Failure] = []
        self._notices: list[str] = []
        self._seen: dict[str, _Entry] = {}
        self._file = _File("", b"", known=False, visit=0)
        self._started = self._reported = time.monotonic()

    # Reading

    def read(self, path: Path, ahead: "EmbedAhead[Batch]") -> None:
        """Read one of the given paths."""
        self._stage = "reading"
        try:
            entries = read(path)
        except ReadError as error:
            self._failed.append(Failure(str(path), str(error), os.path.abspath(path)))
            return
        for entry in entries:
            if isinstance(entry, Failure):
                self._failed.append(entry)
            else:
                self._enter_file(entry.origin)
                self._take(entry, ahead)
            self._tell(entry.origin)
        self._enter_file("")

    def _take(self, article: Article, ahead: "EmbedAhead[Batch]") -> None:
        article = self._comparison.known_as(article)
        entry = _Entry(self._file.origin, article.line, self._file.visit)
        first = self._seen.setdefault(article.id, entry)
        if first is not entry:
            again = first.visit != entry.visit and (first.origin, first.line) == (entry.origin, entry.line)
            if not again:  # Else it is read a second time, by another of the given paths.
                self._refuse(article, Held(first.origin, first.line))
            return
        change = self._comparison.change(article, same_file=self._file.known)
        if isinstance(change, Held):
            self._refuse(article, change)
            return
        self._counts[change.kind] += 1
        if change.writes:
            self._add(change, ahead)

    def _refuse(self, article: Article, held: Held) -> None:
        def place(origin: str, line: int | None) -> str:
            return origin if line is None else f"{origin}, line {line}"

        reason = (
            f"the id {article.id!r} of {place(article.origin, article.line)} is already held by "
            f"{place(held.origin, held.line)}; give one of them another id"
        )
        self._failed.append(Failure(article.origin, reason, article.origin))

    def _enter_file(self, origin: str) -> None:
        """Note the end of the file before, and the content of the one that begins."""
        if origin == self._file.origin:
            return
        if self._file.origin and not self._file.known:
            self._batch.files.append((self._file.origin, self._file.sha256))
        sha256 = _content(origin) if origin else b""
        rows = self._store.rows("SELECT sha256 FROM files WHERE origin = ?", (os.fsencode(origin),))
        known = bool(rows) and rows[0][0] == sha256
        self._file = _File(origin, sha256, known, self._file.visit + 1)

    def remake(self, ahead: "EmbedAhead[Batch]") -> None:
        """Make the passages anew that an older splitter, another model or a rebuild asks for."""
        self._stage = "rebuilding"
        for article in self._build.pending(self._store):
            self._add(Change(article, "remade", writes=True, splits=True), ahead)
            self._counts["remade"] += 1
            self._tell(article.origin)

    # Embedding and writing

    def _add(self, change: Change, ahead: "EmbedAhead[Batch]") -> None:
        self._batch.add(change, self._writer, self._build)
        if self._batch.is_full:
            self.flush(ahead)

    def flush(self, ahead: "EmbedAhead[Batch]") -> None:
        """Hand the open batch over, whatever is in it."""
        batch, self._batch = self._batch, Batch()
        if batch.changes or batch.files:
            ahead.submit(batch, list(batch.texts.values()))

    def write(self, batch: Batch, vectors: Vectors) -> None:
        """Commit a batch whose texts have been embedded."""
        batch.write(vectors, self._writer, self._build)
        self._counts["passages"] += batch.passages
        self._tell(batch.changes[-1][0].article.origin if batch.changes else "")

    # The end

    def prune(self, paths: Iterable[Path]) -> None:
        """Delete what came from under these paths and is not there any more."""
        self._counts["removed"] = delete_what_is_gone(self._writer, paths, self._seen, self._failed)

    def tidy(self) -> None:
        """Leave nothing of deleted articles in the store's file, and its log empty."""
        if self._counts["removed"]:
            self._writer.purge()
        self._writer.checkpoint()

    def refresh_cache(self, *, rebuild: bool) -> None:
        """Bring the vector cache up to date."""
        self._stage = "caching"
        self._tell("", at_once=True)
        if notice := refresh_cache(self._store, rebuild=rebuild):
            self._notices.append(notice)

    def _tell(self, current: str, *, at_once: bool = False) -> None:
        moment = time.monotonic()
        if not at_once and moment - self._reported < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported = moment
        articles = self._counts["remade"] if self._stage == "rebuilding" else len(self._seen)
        counts = (articles, self._counts["passages"], len(self._failed))
        self._progress(Progress(self._stage, *counts, moment - self._started, current))

    def report(self) -> SyncReport:
        """What was done."""
        self._stage = "done"
        self._tell("", at_once=True)
        return SyncReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            unchanged=self._counts["unchanged"],
            removed=self._counts["removed"],
            failed=tuple(self._failed),
            articles=self._store.archive().articles,
            passages=self._store.passage_count(),
            seconds=time.monotonic() - self._started,
            notices=tuple(self._notices),
        )


@dataclass(frozen=True)
class _File:
    """The file being read; `known` if its content is what it was when last read to its end."""

    origin: str
    sha256: bytes
    known: bool
    visit: int


class _Entry(NamedTuple):
    """Where in this run an id was first seen."""

    origin: str
    line: int | None
    visit: int


def _content(origin: str) -> bytes:
    try:
        with open(origin, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").digest()
    except OSError:
        return b""
