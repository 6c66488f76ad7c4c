"""Keeping the vector cache beside the store, for whoever has just written the store."""

from pathlib import Path

import numpy as np

from index import chroma_folder
from index.chroma import ChromaVectors
from index.chroma_check import SAMPLES, check
from index.chroma_folder import Rows
from index.schema import translated
from index.store import Store

FOLDER = "chroma"


def refresh_cache(store: Store, *, rebuild: bool = False) -> str | None:
    """Bring the cache of a store that this process owns up to date; what a user should know of it, or None.

    A cache that holds what the store holds is tried out in a child process, and Chroma is not loaded here.
    A cache that fails is no error: searches are exact without it.
    """
    root = store.path / FOLDER
    folder = chroma_folder.current(root)
    if folder is not None and not rebuild and _is_sound(store, folder):
        return None
    with ChromaVectors(store, root) as cache:
        done = cache.sync(rebuild=rebuild)
        if cache.problem:
            return cache.problem
    if folder is None or rebuild or done.rebuilt_because is None:
        return None
    return f"the vector cache {root} was made anew: {done.rebuilt_because}"


def _is_sound(store: Store, folder: Path) -> bool:
    rows = chroma_folder.read_rows(folder)
    if rows is None or not len(rows.ids):
        return False
    ids, vectors = store.vectors()
    wanted = Rows.of(ids, vectors)
    if not np.array_equal(rows.ids, ids) or not np.array_equal(rows.checksums, wanted.checksums):
        return False
    sample = np.unique(np.linspace(0, len(ids) - 1, SAMPLES).astype(np.intp))
    return check(folder, ids, ids[sample], vectors[sample]) is None


def discard_cache(store: Store) -> None:
    """Delete the cache with all that it keeps of deleted passages; the owner's next refresh makes it anew."""
    with translated(store.path):
        chroma_folder.discard(store.path / FOLDER)
