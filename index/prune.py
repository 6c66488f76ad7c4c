"""Deleting what came from files that are not there any more."""

import os
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from corpus.article import Failure
from index.remove import delete, note_deletion
from index.store import Store
from index.write import Writer


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
