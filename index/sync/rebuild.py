"""What a store's passages were made with, and making them anew where that has changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article
from corpus.errors import ModelError
from index.language.analysis import VERSION
from index.passages.split import SPLITTER_VERSION
from index.store.analyses import analysed, encode
from index.store.store import Store
from index.store.write import Writer

_AT_A_TIME = 200
_ANALYSED_AT_A_TIME = 64
"""Passages, at least, whose analyses are made and committed together: a tenth of a second's work or two."""


@dataclass(frozen=True, slots=True)
class Build:
    """Articles carry the number of the build that made their passages; those of an older one are pending.

    `reuse_from`: the first build whose vectors may serve again where a passage's text is the same.
    """

    number: int
    reuse_from: int
    embedder: str

    def pending(self, store: Store) -> Iterator[Article]:
        """The articles whose passages are to be made anew, while others may be written."""
        sql = "SELECT key, id FROM articles WHERE build < ? AND key > ? ORDER BY key LIMIT ?"
        last = 0
        while rows := store.rows(sql, (self.number, last, _AT_A_TIME)):
            for key, article_id in rows:
                last = key
                if stored := store.article(article_id):
                    yield stored.article

    def check_dimensions(self, writer: Writer, vectors: Sequence[NDArray[np.float32]]) -> None:
        """Record the vectors' length with the first of them; raise ModelError where it differs later."""
        expected = writer.store.dimensions
        for vector in vectors:
            if not expected:
                expected = len(vector)
                writer.set_meta("dimensions", expected)
            if len(vector) != expected:
                raise ModelError(
                    f"the embedding model {self.embedder} returned a vector of {len(vector)} numbers, not "
                    f"{expected}; make its vectors anew with: onrecord index PATH --rebuild"
                )


def begin_build(writer: Writer, embedder: str, *, anew: bool) -> Build:
    """Compare the store with the embedding model and the splitter at hand, and record them.

    Another splitter, or `anew`, begins a new build; articles become pending and keep their passages until
    theirs are ready. A build that was interrupted goes on. Raises StoreMismatch for another embedding model,
    unless `anew`: then its vectors are deleted, and until they are made only BM25 finds the passages.
    """
    store = writer.store
    number = int(store.meta("build") or 0)
    reuse_from = int(store.meta("reuse_from") or 0)
    has_vectors = bool(store.rows("SELECT 1 FROM vectors LIMIT 1"))
    if has_vectors and not anew:
        store.check_embedder(embedder)
    other_embedder = store.meta("embedder_id") != embedder
    other_splitter = store.meta("splitter_version") != str(SPLITTER_VERSION)
    if not (anew or other_embedder or other_splitter):
        return Build(number, reuse_from, embedder)
    number += 1
    if anew or other_embedder:
        reuse_from = number
    with writer.transaction():
        if other_embedder:
            writer.execute("DELETE FROM vectors")
            writer.execute("DELETE FROM meta WHERE name = 'dimensions'")
        writer.set_meta("embedder_id", embedder)
        writer.set_meta("splitter_version", SPLITTER_VERSION)
        writer.set_meta("build", number)
        writer.set_meta("reuse_from", reuse_from)
        if anew:
            writer.execute("INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')")
    return Build(number, reuse_from, embedder)


def older_analyses(store: Store, after: int = 0) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    """Analyses for the passages that have none of the present version, in parts, each to be committed alone.

    A part is the key of its last article (what comes after it is given by `after`), and what
    `Writer.put_analyses` takes.
    """
    made: list[tuple[int, bytes]] = []
    last = after
    while store.unanalysed() and (keys := _keys_to_analyse(store, last)):
        for last in keys:
            made += _analyses_of(store, last)
            if len(made) >= _ANALYSED_AT_A_TIME:
                yield last, made
                made = []
    if made:
        yield last, made


def _keys_to_analyse(store: Store, after: int) -> list[int]:
    """Keys of articles of which a passage has no analysis of the present version, ascending."""
    sql = """
        SELECT DISTINCT article_key FROM passages WHERE article_key > ? AND NOT EXISTS
        (SELECT 1 FROM analyses WHERE passage_id = passages.id AND version = ?)
        ORDER BY article_key LIMIT ?
    """
    return [row[0] for row in store.rows(sql, (after, VERSION, _AT_A_TIME))]


def _analyses_of(store: Store, key: int) -> Iterator[tuple[int, bytes]]:
    ids = store.rows("SELECT id FROM passages WHERE article_key = ? ORDER BY begins", (key,))
    passages = store.passages(row[0] for row in ids)
    if passages:
        texts = tuple(one.sentence_texts for one in passages)
        for one, analysis in zip(passages, analysed(texts, passages[0].published_at), strict=True):
            yield one.id, encode(analysis, one.text)
