"""Changing a store: articles with their passages, vectors and postings, whole or not at all."""

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Dropped
from corpus.dates import day_of, instant_of
from index.language.analysis import VERSION
from index.passages.split import NewPassage
from index.store.filters import source_key
from index.store.forms import odd_words
from index.store.lock import locked
from index.store.schema import BUSY_SECONDS, translated
from index.store.store import Store

_PATIENCE = 10.0
"""Seconds that a takedown waits for readers to finish; a read takes a few milliseconds."""


class Writer:
    """Writes to a store that was opened with `write=True`, in the thread that opened it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._connection = store.connection()

    @contextmanager
    def transaction(self, *, articles: bool = True) -> Iterator[None]:
        """A transaction: all that the block writes is committed together, or nothing.

        `generation` is raised, unless the block leaves the `articles` alone.
        """
        with translated(self.store.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                if articles:
                    self._connection.execute(
                        "INSERT INTO meta VALUES ('generation', 1)"
                        " ON CONFLICT DO UPDATE SET value = value + 1"
                    )
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def set_meta(self, name: str, value: str | int) -> None:
        """Record a value of the store's own table."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def put_article(self, article: Article, cause: str | None, build: int) -> int:
        """Write the article's row, and its text as a new revision if there is a cause; its key."""
        values = {"id": article.id, "build": build, **article_columns(article)}
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        sql = f"INSERT INTO articles ({names}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {changes}"
        self._connection.execute(sql, tuple(values.values()))
        found = self._connection.execute("SELECT key FROM articles WHERE id = ?", (article.id,)).fetchone()
        key = int(found[0])
        if cause is not None:
            self.put_revision(key, article, cause)
        return key

    def put_revision(self, key: int, article: Article, cause: str) -> None:
        """Write a revision of the article with this key, which may be older than the newest."""
        values = (key, article.revision, article.title, article.text, article.seen_at or now(), cause)
        self._connection.execute(
            "INSERT INTO revisions (article_key, revision, title, text, seen_at, cause)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )

    def put_dropped(self, key: int, dropped: Iterable[Dropped]) -> None:
        """Write which blocks of the article's page are not in its text."""
        blocks = json.dumps([(one.text, one.reason) for one in dropped], ensure_ascii=False)
        self._connection.execute("INSERT OR REPLACE INTO dropped VALUES (?, ?)", (key, blocks))

    def put_passages(
        self,
        key: int,
        title: str,
        passages: Sequence[NewPassage],
        vectors: Sequence[NDArray[np.float32]],
        analyses: Sequence[bytes],
    ) -> None:
        """Put these passages, under new ids, in the place of those that the article has.

        `analyses` are as `index.store.analyses.encode` makes them.
        """
        self._connection.execute("DELETE FROM passages WHERE article_key = ?", (key,))
        for passage, vector, analysis in zip(passages, vectors, analyses, strict=True):
            span = passage.span
            sentences = np.array(span.sentences, dtype="<i4").tobytes()
            added = self._connection.execute(
                "INSERT INTO passages (article_key, begins, ends, sentences, title, text, sha256)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, span.start, span.end, sentences, title, passage.text, passage.sha256),
            )
            self._connection.execute(
                "INSERT INTO vectors VALUES (?, ?)", (added.lastrowid, vector.astype("<f4").tobytes())
            )
            self._connection.execute(
                "INSERT INTO analyses VALUES (?, ?, ?)", (added.lastrowid, VERSION, analysis)
            )
            odd = odd_words(f"{title}\n{passage.text}")
            rows = [(stem, added.lastrowid, written) for stem, written in odd.items()]
            self._connection.executemany("INSERT INTO forms VALUES (?, ?, ?)", rows)

    def put_analyses(self, analyses: Iterable[tuple[int, bytes]]) -> None:
        """Put analyses of the present version, by the ids of their passages, in the place of older ones."""
        rows = ((passage_id, VERSION, data) for passage_id, data in analyses)
        self.executemany("INSERT OR REPLACE INTO analyses VALUES (?, ?, ?)", rows)

    def known_vectors(self, hashes: Iterable[bytes], since_build: int) -> dict[bytes, NDArray[np.float32]]:
        """Vectors of passages with the same embedded text, so that it is not embedded again."""
        sql = f"""
            SELECT p.sha256, v.vector FROM passages p JOIN vectors v ON v.passage_id = p.id
            JOIN articles a ON a.key = p.article_key WHERE p.sha256 IN ({{}}) AND a.build >= {since_build}
        """
        rows = self.store.rows_among(sql, list(dict.fromkeys(hashes)))
        return {row[0]: np.frombuffer(row[1], dtype="<f4") for row in rows}

    def delete_articles(self, ids: Iterable[str]) -> None:
        """Delete articles with all their revisions, passages, vectors and postings."""
        for article_id in ids:
            key = "(SELECT key FROM articles WHERE id = ?)"
            self._connection.execute(f"DELETE FROM passages WHERE article_key = {key}", (article_id,))
            self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    def purge(self, *, anew: bool) -> bool:
        """Overwrite what deleted articles left in the postings and in the log; False if readers prevent it.

        `anew`: write the whole file anew (1.3 s for 18,000 passages), as after a takedown. secure_delete
        overwrites what is deleted, but not what a page still has of a row that it handed to its neighbour.
        """
        self.execute("INSERT INTO passages_fts (passages_fts) VALUES ('optimize')")
        if anew:
            self.execute("VACUUM")
        return self.checkpoint(_PATIENCE)

    def checkpoint(self, patience: float = 1.0) -> bool:
        """Bring the log's changes into the file and empty it; False if readers prevent it for too long."""
        self.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
        try:
            busy = self.execute("PRAGMA wal_checkpoint (TRUNCATE)").fetchone()[0]
        finally:
            self.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        return not busy

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one statement, for modules that know the schema."""
        with translated(self.store.path):
            return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for each of the rows."""
        with translated(self.store.path):
            self._connection.executemany(sql, rows)


@contextmanager
def writing(store_path: Path) -> Iterator[Writer]:
    """A writer of the store while the block runs, in which this thread holds its lock; made when missing."""
    with locked(store_path) as lock, lock.writing, Store.open(store_path, write=True) as store:
        yield Writer(store)


def article_columns(article: Article) -> Mapping[str, object]:
    """An article's fields as they are stored, but for its id and text; equal exactly if the fields are."""
    published = article.published_at
    return {
        "revision": article.revision,
        "title": article.title,
        "source": article.source,
        "source_key": None if article.source is None else source_key(article.source),
        "authors": json.dumps(article.authors),
        "url": article.url,
        "published_at": published,
        "published_day": None if published is None else day_of(published),
        "published_instant": None if published is None else instant_of(published),
        "updated_at": article.updated_at,
        "metadata": json.dumps(dict(article.metadata), sort_keys=True),
        "origin": os.fsencode(article.origin),
        "line": article.line,
        "host": article.host,
    }


def now() -> str:
    """This moment in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
