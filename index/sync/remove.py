"""Taking articles down and allowing them back, and deleting those whose files are gone (`--prune`)."""

import os
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Failure
from index.store.store import Store
from index.store.write import Writer, now, writing
from index.sync.copies import Copies
from index.sync.removed import OwnWords, erase_feedback, erase_shares, forget, remember
from index.vectors.address import ChromaAddress
from index.vectors.chroma import ChromaVectors

TRACES = "traces"
"""Key in the store's `meta` table: what deleted articles have left in its files, set by the deleting commit.

`text`: postings and log; `vectors`: after a takedown the vector cache and readers' feedback as well.
"""


@dataclass(frozen=True, slots=True)
class Takedown:
    """The ids that changed their state, those that already had it, and those that are unknown.

    `notice`: what is still to be done, one sentence, or None.
    """

    changed: tuple[str, ...]
    already: tuple[str, ...]
    unknown: tuple[str, ...]
    notice: str | None = None


def remove(
    store_path: Path,
    ids: Iterable[str],
    *,
    vector_cache: bool = True,
    chroma: ChromaAddress | None = None,
) -> Takedown:
    """Delete articles with all their texts, passages, postings and vectors, and overwrite what they leave.

    Their words in shared answers go in the same transaction, and after it readers' feedback that
    quotes them. A tombstone keeps indexing from bringing them back. If the process is killed in between, the
    next writer finishes it. With `vector_cache` the cache is deleted, in its folder and on the server
    `chroma`: whoever has the store's `ChromaVectors` open closes it before.
    Raises StoreMissing, StoreOwned, StoreUnwritable.
    """
    Store.open(store_path).close()
    with writing(store_path) as writer:
        done, already, unknown = _sorted_out(writer.store, ids)
        if done:
            with writer.transaction():
                remember(writer, done)
                own = OwnWords(writer.store, done)
                sql = (
                    "INSERT OR REPLACE INTO tombstones"
                    " SELECT id, origin, line, ?, NULL FROM articles WHERE id = ?"
                )
                writer.executemany(sql, [(now(), article_id) for article_id in done])
                sql = (
                    "INSERT OR REPLACE INTO removed_revisions SELECT id, revision FROM articles WHERE id = ?"
                )
                writer.executemany(sql, [(article_id,) for article_id in done])
                delete(writer, done)
                erase_shares(writer, frozenset(done), own)
                writer.set_meta(TRACES, "vectors")
        notice = wipe(writer, vector_cache=vector_cache, chroma=chroma)
        if already and not done:  # An earlier version may have left feedback behind.
            notice = notice or erase_feedback(writer.store)
    return Takedown(done, already, unknown, notice)


def delete(writer: Writer, ids: Sequence[str]) -> None:
    """Delete articles with all that is stored of them, within the caller's transaction."""
    copies = Copies(writer)
    keys = [row[0] for row in writer.store.rows_among("SELECT key FROM articles WHERE id IN ({})", ids)]
    others = copies.drop(keys)
    writer.delete_articles(ids)
    copies.tell_apart(others)


def wipe(writer: Writer, *, vector_cache: bool, chroma: ChromaAddress | None = None) -> str | None:
    """Overwrite what deleted articles left in the store's files; what is still to be done, or None.

    Does nothing where nothing is left. Without `vector_cache` the cache is left to the next writer.
    """
    store = writer.store
    left = store.meta(TRACES)
    if left is None:
        return None
    notices = []
    unread = erase_feedback(store) if left == "vectors" else None
    if left == "vectors" and vector_cache:
        notices.append(ChromaVectors(store, chroma).discard())
    if not writer.purge(anew=left == "vectors"):
        notices.append(
            f"the store {store.path} is being read, so that its log could not be emptied; "
            "the articles are removed, and the next change of the store empties it"
        )
    elif left == "text" or (vector_cache and unread is None):
        with writer.transaction(articles=False):
            writer.execute("DELETE FROM meta WHERE name = ?", (TRACES,))
        writer.checkpoint()
    return "; ".join(notice for notice in (unread, *notices) if notice) or None


def note_deletion(writer: Writer) -> None:
    """Note, within the caller's transaction, that articles are deleted; `wipe` then ends it."""
    if writer.store.meta(TRACES) is None:
        writer.set_meta(TRACES, "text")


def finish(store_path: Path, chroma: ChromaAddress | None = None) -> str | None:
    """Finish the takedowns of a killed process; returns what is still to be done. Raises as `remove`."""
    with writing(store_path) as writer:
        return wipe(writer, vector_cache=True, chroma=chroma)


def restore(
    store_path: Path,
    ids: Iterable[str],
    *,
    vector_cache: bool = True,
    chroma: ChromaAddress | None = None,
) -> Takedown:
    """Let the next indexing run bring these removed articles back. Raises as `remove` does."""
    Store.open(store_path).close()
    with writing(store_path) as writer:
        # What a killed takedown left goes first, while the tombstone still tells what it was.
        wipe(writer, vector_cache=vector_cache, chroma=chroma)
        already, done, unknown = _sorted_out(writer.store, ids)
        if done:
            with writer.transaction():
                sql = "UPDATE tombstones SET restored_at = ? WHERE id = ?"
                writer.executemany(sql, [(now(), article_id) for article_id in done])
                forget(writer, done)
    return Takedown(done, already, unknown)


def _sorted_out(store: Store, ids: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The ids that are live, those that are removed, and those that are neither; each once."""
    live, removed, unknown = [], [], []
    for article_id in dict.fromkeys(ids):
        if store.rows("SELECT 1 FROM articles WHERE id = ?", (article_id,)):
            live.append(article_id)
        elif store.rows("SELECT 1 FROM tombstones WHERE id = ? AND restored_at IS NULL", (article_id,)):
            removed.append(article_id)
        else:
            unknown.append(article_id)
    return tuple(live), tuple(removed), tuple(unknown)


def prune(writer: Writer, paths: Iterable[Path], seen: Container[str], failed: Sequence[Failure]) -> int:
    """Delete the articles that came from under these paths and were not `seen` there; how many.

    A path that does not exist deletes nothing, nor does a file or folder that could not be read.
    """
    gone: set[tuple[str, bytes]] = set()
    for path in paths:
        root = os.path.abspath(path)
        if os.path.exists(root):
            gone.update(row for row in _from_under(writer.store, root) if row[0] not in seen)
    lost = sorted(
        article_id
        for article_id, origin in gone
        if not any(_is_within(os.fsdecode(origin), failure.origin) for failure in failed)
    )
    if lost:
        with writer.transaction():
            delete(writer, lost)
            note_deletion(writer)
    return len(lost)


def _from_under(store: Store, root: str) -> list[tuple[str, bytes]]:
    name = os.fsencode(root)
    inside = name.rstrip(b"/") + b"/"
    after = inside[:-1] + b"0"  # "0" comes after "/".
    return store.rows(
        "SELECT id, origin FROM articles WHERE origin = ? OR (origin >= ? AND origin < ?)",
        (name, inside, after),
    )


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")
