"""Taking articles down, and allowing them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from index.cache import discard_cache
from index.owner import own
from index.store import Store
from index.write import Writer, now


@dataclass(frozen=True, slots=True)
class Takedown:
    """Which of the ids changed their state, which were in it already, and which nobody knows."""

    changed: tuple[str, ...]
    already: tuple[str, ...]
    unknown: tuple[str, ...]


def remove(store_path: Path, ids: Iterable[str], *, vector_cache: bool = True) -> Takedown:
    """Delete articles with all their texts, passages, postings and vectors, and overwrite what they leave.

    A tombstone keeps indexing from bringing them back. `vector_cache` is to be unset by a process that has
    the store's `ChromaVectors` open, and refreshes it. Raises StoreMissing, StoreOwned, StoreUnwritable.
    """
    Store.open(store_path).close()
    with own(store_path) as owner, owner.turn, Store.open(store_path, write=True) as store:
        done, already, unknown = _sorted_out(store, ids)
        if done:
            writer = Writer(store)
            with writer.transaction():
                for article_id in done:
                    writer.execute(
                        "INSERT OR REPLACE INTO tombstones SELECT id, origin, line, ?, NULL FROM articles"
                        " WHERE id = ?",
                        (now(), article_id),
                    )
                writer.delete_articles(done)
            writer.purge()
            if vector_cache:
                discard_cache(store)
    return Takedown(done, already, unknown)


def restore(store_path: Path, ids: Iterable[str]) -> Takedown:
    """Let the next indexing run bring these removed articles back. Raises as `remove` does."""
    Store.open(store_path).close()
    with own(store_path) as owner, owner.turn, Store.open(store_path, write=True) as store:
        already, done, unknown = _sorted_out(store, ids)
        if done:
            writer = Writer(store)
            with writer.transaction():
                for article_id in done:
                    writer.execute("UPDATE tombstones SET restored_at = ? WHERE id = ?", (now(), article_id))
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
