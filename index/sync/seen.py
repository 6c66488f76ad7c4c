"""Records of the files and addresses a store has read, so that unchanged ones are not read again."""

import json
import os
import time
from dataclasses import dataclass

from corpus.read import READER_VERSION
from corpus.sources import SeenAddress, Validators, Visit, is_web
from index.store.store import Store
from index.store.write import Writer, now

_SETTLED_NANOSECONDS = 2_000_000_000
"""A file changed more recently than this may change again without its times showing it."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that was read to its end: hash of its content, stamp before reading, number of its articles.

    `stamp` is None where the file was changed a moment before, or did not read without failures; `entries`
    for an archive of the web, whose captures may belong to articles of another file: then those that have it
    as their origin are counted.
    """

    origin: str
    sha256: bytes
    stamp: str | None
    entries: int | None


def stamp_of(origin: str) -> str | None:
    """What changes with a file's content: size, times and inode; None if that proves nothing (yet)."""
    try:
        status = os.stat(origin)
    except (OSError, ValueError):
        return None
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _SETTLED_NANOSECONDS:
        return None
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino} {status.st_dev}"


class SeenSources:
    """The files and addresses that a store has read; nothing of it is lost when a run is stopped."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def is_untouched(self, origin: str) -> bool:
        """Whether the file is what it was when this reader last read it, and the store holds what it gave.

        Articles that were taken down count as held; restored ones do not.
        """
        name = os.fsencode(origin)
        rows = self._store.rows("SELECT stamp, reader, entries FROM files WHERE origin = ?", (name,))
        if not rows or rows[0][0] is None or rows[0][1] != READER_VERSION:
            return False
        stamp, _, entries = rows[0]
        return bool(entries == len(self.ids_from(origin)) and stamp == stamp_of(origin))

    def ids_from(self, origin: str) -> list[str]:
        """The ids of the articles that came from this file or address, removed ones included."""
        sql = "SELECT id FROM articles WHERE origin = ?1 UNION ALL"
        sql += " SELECT id FROM tombstones WHERE origin = ?1 AND restored_at IS NULL"
        return [row[0] for row in self._store.rows(sql, (os.fsencode(origin),))]

    def has_content(self, origin: str, sha256: bytes) -> bool:
        """Whether this was the file's content when it was last read to its end."""
        rows = self._store.rows("SELECT sha256 FROM files WHERE origin = ?", (os.fsencode(origin),))
        return bool(rows) and rows[0][0] == sha256

    def was_read_otherwise(self, url: str) -> bool:
        """Whether the address was last read by another version of the reader."""
        rows = self._store.rows("SELECT reader FROM addresses WHERE url = ?", (url,))
        return bool(rows) and rows[0][0] not in (None, READER_VERSION)

    def known(self, url: str) -> SeenAddress | None:
        """The address as `corpus.sources.SeenLookup` asks for it.

        None where it has to be read in any case: another version of the reader read it, or an article read
        from it is neither stored nor taken down.
        """
        rows = self._store.rows(
            "SELECT kind, etag, last_modified, checked_at, article_ids, succeeded_at FROM addresses"
            " WHERE url = ? AND reader = ?",
            (url, READER_VERSION),
        )
        if not rows:
            return None
        kind, etag, last_modified, checked_at, listed, succeeded_at = rows[0]
        ids = tuple(json.loads(listed))
        if any(self._is_lost(article_id) for article_id in ids):
            return None
        return SeenAddress(kind, Validators(etag, last_modified), checked_at, ids, succeeded_at)

    def stored(self, url: str) -> tuple[str, str] | None:
        """Title and text of the article last read from an address, by whichever version of the reader."""
        listed = self._store.rows("SELECT article_ids FROM addresses WHERE url = ?", (url,))
        ids = [url, *(json.loads(listed[0][0]) if listed else [])]
        sql = (
            "SELECT r.title, r.text FROM articles a JOIN revisions r ON r.article_key = a.key"
            " AND r.revision = a.revision WHERE a.id = ? OR a.origin = ? ORDER BY a.id != ? LIMIT 1"
        )
        for article_id in ids[:2]:
            if rows := self._store.rows(sql, (article_id, os.fsencode(article_id), article_id)):
                return str(rows[0][0]), str(rows[0][1])
        return None

    def _is_lost(self, article_id: str) -> bool:
        """Whether the article is neither stored nor taken down."""
        held = "SELECT 1 FROM articles WHERE id = ?1 UNION ALL"
        held += " SELECT 1 FROM tombstones WHERE id = ?1 AND restored_at IS NULL"
        return not self._store.rows(held, (article_id,))


def record_file(writer: Writer, read: FileRead) -> None:
    """Record a file, within the caller's transaction."""
    entries = len(SeenSources(writer.store).ids_from(read.origin)) if read.entries is None else read.entries
    values = (os.fsencode(read.origin), read.sha256, read.stamp, READER_VERSION, entries)
    writer.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", values)


def record_visit(writer: Writer, visit: Visit) -> None:
    """Record a visit to an address, within the caller's transaction.

    A failed visit keeps what is known of the last success, and the time since which visits have failed.
    """
    at = now()
    if visit.problem is not None:
        writer.execute(
            "INSERT INTO addresses (url, kind, article_ids, checked_at, failing_since, problem)"
            " VALUES (?1, ?2, '[]', ?3, ?3, ?4) ON CONFLICT (url) DO UPDATE SET checked_at = ?3,"
            " failing_since = coalesce(failing_since, ?3), problem = ?4",
            (visit.url, visit.kind, at, visit.problem),
        )
        return
    if visit.unchanged:
        writer.execute(
            "UPDATE addresses SET checked_at = ?, succeeded_at = ?, failing_since = NULL, problem = NULL"
            " WHERE url = ?",
            (at, at, visit.url),
        )
        return
    validators = visit.validators
    ids = json.dumps(visit.article_ids)
    row = (visit.url, visit.kind, validators.etag, validators.last_modified, READER_VERSION, ids, at, at)
    writer.execute(
        "INSERT OR REPLACE INTO addresses (url, kind, etag, last_modified, reader, article_ids, checked_at,"
        " succeeded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )


def exists(origin: str) -> bool:
    """Whether an article's origin is a path that is still there; an address or an upload is none."""
    return not is_web(origin) and os.path.exists(origin)
