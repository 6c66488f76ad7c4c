"""Examining a store: whether what answering reads of it can be read, and whether its file is sound."""

import os
import random
from pathlib import Path

from corpus.errors import StoreDamaged
from index.store.schema import FILE_NAME, connect_to_read, translated
from index.store.store import Passage, Store

SAMPLED = 20
"""Passages that are read for a look: about as many as one question reads."""


def sample(store: Store, most: int = SAMPLED) -> list[Passage]:
    """Some passages beside each other, at a place that differs from call to call."""
    last = store.rows("SELECT max(id) FROM passages")[0][0] or 0
    sql = "SELECT id FROM passages WHERE id >= ? ORDER BY id LIMIT ?"
    begin = random.randint(1, max(1, last - most + 1))
    return store.passages(row[0] for row in store.rows(sql, (begin, most)))


def check_sample(store: Store, passages: list[Passage]) -> None:
    """Read all that answering reads of these passages. Raises StoreDamaged and the other StoreErrors.

    What is not as the writer leaves it may raise anything else. Passages that were removed meanwhile are no
    fault.
    """
    store.archive()
    store.sources()
    store.passage_count()
    ids = [passage.id for passage in passages]
    store.preceding(passages)
    store.analyses(passages)
    store.stories(ids)
    named = {(passage.article_id, passage.revision) for passage in passages}
    texts = {name: stored.article.text for name in named if (stored := store.article(*name)) is not None}
    for passage in passages:
        text = texts.get((passage.article_id, passage.revision))
        if text is not None and text[passage.start : passage.end] != passage.text:
            raise StoreDamaged(f"passage {passage.id} of {store.path} is not in its article")


def check_file(folder: Path) -> None:
    """Read the whole file (about 200 MB a second): its pages, and the size of the vectors.

    Raises StoreDamaged and the other StoreErrors.
    """
    connection = connect_to_read(folder)
    try:
        with translated(folder):
            found = connection.execute("PRAGMA quick_check (1)").fetchone()[0]
            if found != "ok":
                raise StoreDamaged(f"{folder / FILE_NAME} is damaged ({found})")
            sizes = "SELECT count(DISTINCT length(vector)), max(length(vector) % 4) FROM vectors"
            kinds, uneven = connection.execute(sizes).fetchone()
            if kinds > 1 or uneven:
                raise StoreDamaged(f"the vectors of {folder / FILE_NAME} are not of one size")
    finally:
        connection.close()


def inode(folder: Path) -> tuple[int, int]:
    """Which file the store is, as the system numbers files. Raises StoreUnwritable where there is none."""
    with translated(folder):
        found = os.stat(folder / FILE_NAME)
    return found.st_dev, found.st_ino
