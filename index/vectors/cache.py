"""Keeping the vector cache beside the store, in a folder of its own or on a Chroma server, for its owner."""

import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from index.store.filters import Filter
from index.store.lock import own
from index.store.schema import FILE_NAME, translated
from index.store.store import Store
from index.store.write import Writer
from index.vectors import chroma_folder
from index.vectors.address import ChromaAddress
from index.vectors.chroma import ChromaVectors, examine
from index.vectors.chroma_collection import ChromaFailed
from index.vectors.chroma_home import Home, InFolder, discard
from index.vectors.chroma_server import FOLDER as SERVERS
from index.vectors.chroma_server import OnServer, record_of, recorded
from index.vectors.exact import Ids

FOLDER = "chroma"
_NAME, _PLACE = "chroma_name", "chroma_place"
"""Values of the store's own: how its collections' names begin on a server, and where the store then was."""

_log = logging.getLogger(__name__)


def home_of(store_path: Path, server: ChromaAddress | None = None) -> Home:
    """Where the vector cache of a store that this process owns lives.

    With a server, the embedded cache is deleted: nobody would keep it up to date. Raises StoreErrors.
    """
    if server is None:
        return InFolder(store_path / FOLDER)
    with translated(store_path):
        discard(InFolder(store_path / FOLDER))
    return _on_server(store_path, server, _name_on_servers(store_path))


def refresh_cache(store: Store, *, server: ChromaAddress | None = None, rebuild: bool = False) -> str | None:
    """Bring the cache of a store that this process owns up to date; what a user should know of it, or None.

    A folder that holds what the store holds is tried out in a child process, and Chroma is not loaded here.
    A cache that fails is no error: searches are exact without it.
    """
    home = home_of(store.path, server)
    before = chroma_folder.current(home.root)
    with suppress(ChromaFailed):
        if before is not None and not rebuild and examine(store, home) is None:
            return None
    with ChromaVectors(store, home) as cache:
        done = cache.sync(rebuild=rebuild)
        if cache.problem:
            return cache.problem
    if before is None or rebuild or done.rebuilt_because is None:
        return None
    return f"{home.name} was made anew: {done.rebuilt_because}"


def discard_cache(store: Store, server: ChromaAddress | None = None) -> str | None:
    """Delete the cache, wherever it is, with all that it keeps of deleted passages; what is left, or None.

    The owner's next refresh makes it anew, and deletes what a server that did not answer still holds.
    """
    with translated(store.path):
        discard(InFolder(store.path / FOLDER))
        left = list(_discarded_on_servers(store, server))
    return "; ".join(left) or None


def examine_cache(store: Store, server: ChromaAddress | None = None) -> tuple[bool, str]:
    """Whether the cache is as it should be, and what it is, for people; nothing is changed.

    What is in a folder is opened only while this process owns the store: two that have it open lose vectors.
    Raises StoreOwned where another process does, and what `store` raises.
    """
    idle = [f"{url} still holds vectors of this store" for url in recorded(store.path) if url != str(server)]
    try:
        if server is None:
            with own(store.path):
                home: Home = InFolder(store.path / FOLDER)
                library, problem = f"Chroma {version('chromadb')}", examine(store, home)
        else:
            home = _on_server(store.path, server, store.meta(_NAME) or "")
            library, problem = f"Chroma {home.version()} at {server}", examine(store, home)
    except ChromaFailed as error:
        says = f"{home.name} cannot be used ({error}), so searches are exact; {home.advice}"
        return False, "; ".join([says, *idle])
    if problem is None:
        says = f"{library}, {store.passage_count():,} vectors"
    else:
        says = f"{library}: {problem}; searches are exact until the next onrecord index makes it anew"
    return problem is None and not idle, "; ".join([says, *idle])


def _discarded_on_servers(store: Store, server: ChromaAddress | None) -> Iterator[str]:
    if not recorded(store.path):
        return
    prefix = _name_on_servers(store.path)  # First: a copy has no part in what its records speak of.
    for url, record in recorded(store.path).items():
        holds = f"the Chroma server {url} still holds vectors (no text) of removed articles"
        if server is None or url != server.url:
            chroma_folder.point_to_none(record)
            yield (
                f"{holds}, and is not in use; run onrecord index once with ONRECORD_CHROMA_URL={url}, "
                f"or delete its collections {prefix}-* and the folder {record}"
            )
            continue
        try:
            discard(_on_server(store.path, server, prefix))
        except ChromaFailed as error:
            yield f"{holds} ({error}); the next change of the store deletes them once it answers"


def _on_server(store_path: Path, server: ChromaAddress, prefix: str) -> OnServer:
    def live() -> Ids:
        with Store.open(store_path) as store:
            return store.passage_ids(Filter())

    return OnServer(record_of(store_path, server), server, prefix, live)


def _name_on_servers(store_path: Path) -> str:
    """How the names of this store's collections begin; a store that is a copy of another gets its own.

    It is one if both its path and its file are others than when the name was given: a store that was moved,
    or restored in its place, keeps its collections.
    """
    here = {"path": os.path.realpath(store_path), "inode": (store_path / FILE_NAME).stat().st_ino}
    with Store.open(store_path) as store:
        name, was = _named(store)
        if name and was == here:
            return name
    # Not in the owner's turn: whoever opens the archive need not wait for a long run to end.
    with own(store_path), Store.open(store_path, write=True) as store:
        writer = Writer(store)
        with writer.transaction(articles=False):
            name, was = _named(store)
            copied = was.get("path") != here["path"] and was.get("inode") != here["inode"]
            if copied:
                if name:
                    _log.warning(
                        "the store %s was copied from %s: its vectors go to new collections; if that store "
                        "is gone, delete the collections %s-* on its Chroma server",
                        *(store_path, was.get("path"), name),
                    )
                shutil.rmtree(store_path / SERVERS, ignore_errors=True)  # Speaks of the other's collections.
                name = f"onrecord-{secrets.token_hex(8)}"
            writer.set_meta(_NAME, name)
            writer.set_meta(_PLACE, json.dumps(here))
        return name


def _named(store: Store) -> tuple[str, dict[str, object]]:
    """The name that the store's collections have, "" if none, and where it was when it was named."""
    return store.meta(_NAME) or "", json.loads(store.meta(_PLACE) or "{}")
