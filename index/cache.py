"""Keeping the vector cache beside the store, for whoever has just written the store."""

from index import chroma_folder
from index.chroma import ChromaVectors, is_sound
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
    if folder is not None and not rebuild and is_sound(store, root):
        return None
    with ChromaVectors(store, root) as cache:
        done = cache.sync(rebuild=rebuild)
        if cache.problem:
            return cache.problem
    if folder is None or rebuild or done.rebuilt_because is None:
        return None
    return f"the vector cache {root} was made anew: {done.rebuilt_because}"


def discard_cache(store: Store) -> None:
    """Delete the cache with all that it keeps of deleted passages; the owner's next refresh makes it anew."""
    with translated(store.path):
        chroma_folder.discard(store.path / FOLDER)
