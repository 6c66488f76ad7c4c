"""Reading a store: passages, BM25, vectors, articles and their revisions.

Texts, passages and embeddings live in one SQLite file, the source of truth; `index.store.write` changes it.
"""

import json
import os
import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Dropped
from corpus.errors import StoreMismatch
from corpus.outlets import addresses_of
from index.language.analysis import VERSION, analyse
from index.language.quotations import whole
from index.language.sentence import Quotation, Sentence
from index.passages.sentences import sentence_spans
from index.store.analyses import WINDOW, Analysis, analysed_window, decode
from index.store.filters import Filter
from index.store.forms import forms, key_of
from index.store.records import Archive, ArticleSummary, FeedState, Passage, Revision, StoredArticle
from index.store.schema import FILE_NAME, connect_to_read, connect_to_write, translated

__all__ = ["Archive", "ArticleSummary", "Passage", "Revision", "Store", "StoredArticle"]

_MOST_TERMS = 64
"""Terms of one search; a question has fewer words that matter, and FTS5 refuses deep expressions."""
_MOST_PHRASES = 256
"""Phrases of one search, counting the forms of its terms."""
_AT_A_TIME = 500

_PASSAGE = """
    SELECT p.id, a.id, a.revision, p.begins, p.ends, p.text, p.sentences, p.title,
           a.source, a.published_at, a.url
    FROM passages p JOIN articles a ON a.key = p.article_key
"""


class Store:
    """A store opened for reading (or, by the holder of its lock, for writing); a context manager.

    May be shared between threads: each gets a connection of its own, as does a child made by fork. Readers
    take no lock and see every change as soon as it is committed.
    Methods raise StoreDamaged and the other StoreErrors of `index.store.schema`. `hidden` are ids of articles
    that are about to be removed: this object gives no text of theirs from the moment they are named there.
    """

    # Opening, closing, and the statements of other modules

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self.is_writable = write
        self.hidden: frozenset[str] = frozenset()
        self._local = threading.local()
        self._lock = threading.Lock()
        self._opened: weakref.WeakSet[_Opened] = weakref.WeakSet()
        self._process = os.getpid()
        self._outlets: tuple[int, tuple[str, ...]] | None = None

    @classmethod
    def open(cls, path: Path | str, *, write: bool = False) -> Self:
        """The store in that folder; with `write` (only under its lock) it is made or upgraded where needed.

        Raises StoreMissing, StoreMismatch (schema), StoreDamaged or StoreUnwritable.
        """
        store = cls(Path(path), write=write)
        store.connection()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all threads; a later call opens new ones."""
        with self._lock:
            for opened in list(self._opened):
                opened.close()
            self._forget()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if self._process != os.getpid():
            self._lock = threading.Lock()  # Another thread of the parent may have had it.
            self._forget()
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None:
            opened = _Opened((connect_to_write if self.is_writable else connect_to_read)(self.path))
            self._local.opened = opened
            with self._lock:
                self._opened.add(opened)
        return opened.connection

    def _forget(self) -> None:
        self._process = os.getpid()
        self._opened = weakref.WeakSet()
        self._local = threading.local()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows of one statement."""
        with translated(self.path):
            return self.connection().execute(sql, parameters).fetchall()

    def rows_among(self, sql: str, values: Sequence[Any]) -> Iterator[Any]:
        """All rows of a statement in which `{}` stands for the values; asked for a part of them at a time."""
        for first in range(0, len(values), _AT_A_TIME):
            part = values[first : first + _AT_A_TIME]
            yield from self.rows(sql.format(", ".join("?" * len(part))), part)

    # Passages: by id, beside another one, or all that pass a filter

    def passages(self, ids: Iterable[int]) -> list[Passage]:
        """The passages with these ids, in that order; one that has been removed meanwhile is left out."""
        wanted = [int(passage_id) for passage_id in ids]
        rows = self.rows_among(f"{_PASSAGE} WHERE p.id IN ({{}})", wanted)
        found = {row[0]: _passage(row) for row in rows}
        if self.hidden:
            found = {key: one for key, one in found.items() if one.article_id not in self.hidden}
        return [found[passage_id] for passage_id in wanted if passage_id in found]

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of an article's newest text, in order; none if it is not known or was removed."""
        sql = """
            SELECT p.id FROM passages p JOIN articles a ON a.key = p.article_key
            WHERE a.id = ? ORDER BY p.begins
        """
        hidden = article_id in self.hidden
        return [] if hidden else self.passages(row[0] for row in self.rows(sql, (article_id,)))

    def preceding(self, passages: Iterable[Passage]) -> dict[int, Passage]:
        """The passage right before each of these in its article, by the latter's id; none for a first one."""
        return self._beside(passages, "p.begins < n.begins ORDER BY p.begins DESC")

    def following(self, passages: Iterable[Passage]) -> dict[int, Passage]:
        """The passage right behind each of these in its article, by the latter's id; none for a last one."""
        return self._beside(passages, "p.begins > n.begins ORDER BY p.begins")

    def _beside(self, passages: Iterable[Passage], place: str) -> dict[int, Passage]:
        """The first passage at that place of the article of each of these, by the latter's id."""
        sql = f"""
            SELECT n.id, (SELECT p.id FROM passages p WHERE p.article_key = n.article_key AND {place} LIMIT 1)
            FROM passages n WHERE n.id IN ({{}})
        """
        beside = dict(self.rows_among(sql, [passage.id for passage in passages]))
        found = {one.id: one for one in self.passages(filter(None, beside.values()))}
        return {key: found[other] for key, other in beside.items() if other in found}

    def analyses(self, passages: Iterable[Passage]) -> dict[int, list[Sentence]]:
        """The analysis of each passage's sentences, in order, by its id.

        It is read where it is stored, in whatever version that can be decoded. Else the passage is analysed
        now, together with those of its article that it was or will be analysed with at indexing.
        """
        asked = {one.id: one for one in passages}
        found: dict[int, Analysis] = {}
        if self._has_analyses:
            rows = self.rows_among(
                "SELECT passage_id, CAST(data AS BLOB) FROM analyses WHERE passage_id IN ({})", list(asked)
            )
            for passage_id, data in rows:
                one = asked[passage_id]
                if (analysis := decode(data, one.text, one.sentence_texts)) is not None:
                    found[passage_id] = analysis
        for one in asked.values():
            if one.id not in found:
                together = self._analysed_with(one)
                texts = tuple(each.sentence_texts for each in together)
                made = zip(together, analysed_window(texts, one.published_at), strict=True)
                found |= {each.id: analysis for each, analysis in made if each.id in asked}
        return {passage_id: list(found[passage_id]) for passage_id in asked}

    def _analysed_with(self, passage: Passage) -> list[Passage]:
        """The passages of its article with which a passage is analysed; it alone if it is not stored."""
        sql = """
            SELECT id FROM passages WHERE article_key = (SELECT article_key FROM passages WHERE id = ?)
            ORDER BY begins
        """
        ids = [row[0] for row in self.rows(sql, (passage.id,))]
        first = ids.index(passage.id) // WINDOW * WINDOW if passage.id in ids else 0
        together = self.passages(ids[first : first + WINDOW])
        return together if passage in together else [passage]

    def unanalysed(self) -> int:
        """Of how many passages no analysis of the present version is stored."""
        if not self._has_analyses:
            return self.passage_count()
        sql = "SELECT (SELECT count(*) FROM passages) - (SELECT count(*) FROM analyses WHERE version = ?)"
        return int(self.rows(sql, (VERSION,))[0][0])

    @property
    def _has_analyses(self) -> bool:
        """Whether there is a table of analyses: none before the first writer that knows of them."""
        return bool(self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'analyses'"))

    def passage_count(self) -> int:
        """How many passages there are."""
        return int(self.rows("SELECT count(*) FROM passages")[0][0])

    def passage_ids(self, where: Filter) -> NDArray[np.int64]:
        """The ids of the passages whose article passes the filter, ascending."""
        condition, parameters = where.to_sql("a")
        # The rows are wide and the index is not; ordered by id, SQLite would read the rows.
        sql = "SELECT id FROM passages INDEXED BY passages_by_article"
        if not where.is_empty:
            joined = "articles a JOIN passages p ON p.article_key = a.key"
            sql = f"SELECT p.id FROM {joined} WHERE {condition}"
        return np.sort(np.array([row[0] for row in self.rows(sql, parameters)], dtype=np.int64))

    def leads(self, where: Filter, most: int, *, oldest: bool = False) -> list[int]:
        """The first passage of each of the newest articles that pass the filter, the newest first.

        With `oldest` of each of the oldest, the oldest first.
        """
        condition, parameters = where.to_sql("a")
        order = "ASC" if oldest else "DESC"
        sql = f"""
            SELECT (SELECT p.id FROM passages p WHERE p.article_key = n.key ORDER BY p.begins LIMIT 1) FROM (
                SELECT key FROM articles a WHERE {condition}
                ORDER BY published_instant IS NULL, published_instant {order}, id LIMIT ?
            ) n
        """
        return [row[0] for row in self.rows(sql, (*parameters, most)) if row[0] is not None]

    def openings(self, passages: Iterable[Passage]) -> list[Passage]:
        """The first passage of the article of each of these, each once, in their order."""
        return self.beginnings(list(dict.fromkeys(passage.article_id for passage in passages)))

    # Search by words

    def lexical(self, terms: Sequence[str], k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """The `k` best passages by BM25 for any of the terms: (id, score), higher is better, ties by id.

        Terms are words, never query syntax; they are stemmed (Porter) and lose case and accents, as the
        passages and their titles do. Each is searched in all its forms (`index.store.forms`).
        """
        phrases = [phrase for found in self._phrases(terms).values() for phrase in found]
        query = _any_of(phrases[:_MOST_PHRASES])
        if not query or k <= 0:
            return []
        where = where or Filter()
        condition, parameters = where.to_sql("a")
        if not where.is_empty:
            # The ids that pass are looked up once, not the article of each of some 10,000 matches; with the
            # bare column instead of `+` FTS5 would match anew for each id.
            passing = (
                f"SELECT p.id FROM articles a JOIN passages p ON p.article_key = a.key WHERE {condition}"
            )
            condition = f"+f.rowid IN ({passing})"
        sql = f"""
            SELECT f.rowid, -f.rank FROM passages_fts f
            WHERE passages_fts MATCH ? AND {condition} ORDER BY f.rank, f.rowid LIMIT ?
        """
        return [(row[0], row[1]) for row in self.rows(sql, (query, *parameters, k))]

    def holding_all(self, terms: Sequence[str], k: int, where: Filter) -> list[int]:
        """Ids of at most `k` passages that have every term, in its text or its title, best first by BM25.

        Terms as in `lexical`; none where nothing is worth a search.
        """
        query = " AND ".join(f"({_any_of(phrases)})" for phrases in self._phrases(terms).values())
        if not query:
            return []
        condition, parameters = where.to_sql("a")
        sql = f"""
            SELECT f.rowid FROM passages_fts f
            JOIN passages p ON p.id = f.rowid JOIN articles a ON a.key = p.article_key
            WHERE passages_fts MATCH ? AND {condition} ORDER BY f.rank, f.rowid LIMIT ?
        """
        return [row[0] for row in self.rows(sql, (query, *parameters, k))]

    def document_frequency(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs, analysed as in `lexical`."""
        sql = "SELECT count(*) FROM passages_fts WHERE passages_fts MATCH ?"
        return {term: int(self.rows(sql, (query,))[0][0]) for term, query in self.queries(terms).items()}

    def queries(self, terms: Iterable[str]) -> dict[str, str]:
        """For each term worth a search the full-text query for it in all its forms."""
        return {term: _any_of(phrases) for term, phrases in self._phrases(terms).items()}

    def _phrases(self, terms: Iterable[str]) -> dict[str, list[str]]:
        """Each term worth a search, with the phrases that find it."""
        found = {term: forms(term) for term in _worth_searching(terms)}
        keys = {key_of(phrase): term for term, phrases in found.items() for phrase in phrases}
        # A store that no writer of this version has opened has no such table yet.
        if self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'forms'"):
            sql = "SELECT DISTINCT key, written FROM forms WHERE key IN ({})"
            for key, written in self.rows_among(sql, list(keys)):
                found[keys[key]].append(written)
        return found

    # Vectors, as one matrix

    def vectors(self, where: Filter | None = None) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids, ascending, and unit vectors (one row each) of the passages that pass the filter."""
        where = where or Filter()
        condition, parameters = where.to_sql("a")
        sql = "SELECT passage_id, vector FROM vectors ORDER BY passage_id"
        if not where.is_empty:
            sql = f"""
                SELECT v.passage_id, v.vector FROM articles a
                JOIN passages p ON p.article_key = a.key JOIN vectors v ON v.passage_id = p.id
                WHERE {condition} ORDER BY v.passage_id
            """
        return self._matrix([(sql, parameters)])

    def vectors_of(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """As `vectors`, of the passages with these ids (ascending) that are there."""
        wanted = ids.tolist()
        parts = [wanted[first : first + _AT_A_TIME] for first in range(0, len(wanted), _AT_A_TIME)]
        sql = "SELECT passage_id, vector FROM vectors WHERE passage_id IN ({}) ORDER BY passage_id"
        return self._matrix((sql.format(", ".join("?" * len(part))), part) for part in parts)

    def _matrix(
        self, statements: Iterable[tuple[str, Sequence[Any]]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and vectors that these statements select, with no second copy of them in memory."""
        ids: list[int] = []
        flat = bytearray()
        for sql, parameters in statements:
            with translated(self.path):
                selected = self.connection().execute(sql, parameters)
                while rows := selected.fetchmany(_AT_A_TIME):
                    ids += [row[0] for row in rows]
                    flat += b"".join(row[1] for row in rows)
        matrix = np.frombuffer(flat, dtype="<f4").reshape(len(ids), -1 if ids else self.dimensions)
        return np.array(ids, dtype=np.int64), matrix

    # Articles, their revisions and their copies

    def article(self, article_id: str, revision: str | None = None) -> StoredArticle | None:
        """The article in its newest or the given revision; None if it is not known or was removed."""
        columns = (
            "source, authors, url, published_at, updated_at, metadata, origin, line, host, revision, key"
        )
        articles = self.rows(f"SELECT {columns} FROM articles WHERE id = ?", (article_id,))
        if not articles or article_id in self.hidden:
            return None
        (source, authors, url, published_at, updated_at, metadata, origin, *place, newest, key) = articles[0]
        seen = self.rows(
            "SELECT revision, seen_at, cause, number FROM revisions WHERE article_key = ?"
            " ORDER BY seen_at, number",  # An archive of the web may bring older ones later.
            (key,),
        )
        numbers = {one[0]: one[3] for one in seen}
        chosen = revision or newest
        texts = self.rows("SELECT title, text FROM revisions WHERE number = ?", (numbers.get(chosen),))
        if not texts:  # There is no such revision, or it was removed between the statements.
            return None
        ((title, text),) = texts
        stated = (source, tuple(json.loads(authors)), url, published_at, updated_at, json.loads(metadata))
        article = Article(article_id, title, text, *stated, os.fsdecode(origin), *place)
        revisions = tuple(Revision(one[0], one[1], one[2]) for one in seen)
        return StoredArticle(article, chosen, revisions, live=chosen == newest)

    def quotations(self, stored: StoredArticle) -> list[Quotation]:
        """Who says what in an article, in offsets of its text and in order; one over many sentences is one.

        From the analyses of its passages; an earlier revision, or one without passages, is analysed now.
        """
        article = stored.article
        found = self.passages_of(article.id) if stored.live else []
        passages = [one for one in found if one.revision == stored.revision]
        if passages:
            analyses = self.analyses(passages)
            spans = [span for one in passages for span in one.sentences]
            analysed = [sentence for one in passages for sentence in analyses[one.id]]
        else:
            spans = sentence_spans(article.text)
            analysed = analyse([article.text[start:end] for start, end in spans])
        placed = ((start, one.text, one.quotations) for (start, _), one in zip(spans, analysed, strict=True))
        return whole(placed)

    def dropped(self, article_id: str) -> tuple[Dropped, ...] | None:
        """The blocks that reading left out of the article's newest text.

        None if that is not known: the article was read by an earlier version.
        """
        if article_id in self.hidden:
            return None
        sql = "SELECT d.blocks FROM dropped d JOIN articles a ON a.key = d.article_key WHERE a.id = ?"
        rows = self.rows(sql, (article_id,))
        return tuple(Dropped(text, reason) for text, reason in json.loads(rows[0][0])) if rows else None

    def articles(self) -> Iterator[ArticleSummary]:
        """Every article by id, removed ones too; what changes meanwhile may or may not be in it."""
        sql = """
            SELECT id, 'live', revision, title, source, published_at, url FROM articles WHERE id > ?1
            UNION ALL
            SELECT id, 'removed', NULL, NULL, NULL, NULL, NULL FROM tombstones
            WHERE restored_at IS NULL AND id > ?1
            ORDER BY 1 LIMIT ?2
        """
        last = ""
        while rows := self.rows(sql, (last, _AT_A_TIME)):
            for one in (ArticleSummary(*row) for row in rows):
                yield ArticleSummary(one.id, "removed") if one.id in self.hidden else one
            last = rows[-1][0]

    def at_address(self, url: str) -> ArticleSummary | None:
        """The article of a page's address, the latest where there are several (`addresses_of`)."""
        addresses = addresses_of(url)
        sql = f"""
            SELECT id, 'live', revision, title, source, published_at, url FROM articles
            WHERE url IN ({", ".join("?" * len(addresses))})
            ORDER BY published_instant DESC, id
        """
        found = (ArticleSummary(*row) for row in self.rows(sql, addresses))
        return next((one for one in found if one.id not in self.hidden), None)

    def copies_of(self, article_id: str, where: Filter | None = None) -> list[ArticleSummary]:
        """The other articles of the same story (`index.sync.copies`) that pass the filter, earliest first."""
        condition, parameters = (where or Filter()).to_sql("o")
        sql = f"""
            SELECT o.id, 'live', o.revision, o.title, o.source, o.published_at, o.url
            FROM articles a JOIN copies c ON c.article_key = a.key
            JOIN copies d ON d.story = c.story JOIN articles o ON o.key = d.article_key
            WHERE a.id = ? AND o.key != a.key AND {condition}
            ORDER BY o.published_instant IS NULL, o.published_instant, o.id
        """
        found = (ArticleSummary(*row) for row in self.rows(sql, (article_id, *parameters)))
        return [one for one in found if one.id not in self.hidden]

    def stories(self, passage_ids: Sequence[int]) -> dict[int, tuple[int, float, str]]:
        """Of passages whose article has copies: its story, when it was published (seconds), its id."""
        sql = """
            SELECT p.id, c.story, coalesce(a.published_instant, 9e15), a.id FROM passages p
            JOIN copies c ON c.article_key = p.article_key JOIN articles a ON a.key = p.article_key
            WHERE p.id IN ({})
        """
        return {row[0]: (row[1], row[2], row[3]) for row in self.rows_among(sql, passage_ids)}

    # The archive as a whole

    def counts(self, where: Filter) -> int:
        """How many articles pass the filter."""
        condition, parameters = where.to_sql("a")
        return int(self.rows(f"SELECT count(*) FROM articles a WHERE {condition}", parameters)[0][0])

    def headlines(self, where: Filter) -> list[tuple[str, str, str | None]]:
        """Id, headline and outlet of each article that passes the filter, as they were stored."""
        condition, parameters = where.to_sql("a")
        sql = f"SELECT id, title, source FROM articles a WHERE {condition} ORDER BY key"
        return [(row[0], row[1], row[2]) for row in self.rows(sql, parameters) if row[0] not in self.hidden]

    def beginnings(self, article_ids: Sequence[str]) -> list[Passage]:
        """The first passage of each of these articles, in their order."""
        sql = """
            SELECT a.id,
                (SELECT p.id FROM passages p WHERE p.article_key = a.key ORDER BY p.begins LIMIT 1)
            FROM articles a WHERE a.id IN ({})
        """
        first = dict(self.rows_among(sql, article_ids))
        return self.passages(filter(None, map(first.get, article_ids)))

    def sources(self) -> list[str]:
        """The outlets by name, each once in the spelling that most of its articles have.

        They are read again when the articles have changed (50 ms for 100,000 of them).
        """
        generation = self.generation
        if self._outlets is None or self._outlets[0] != generation:
            self._outlets = (generation, tuple(self._sources("source_key")))
        return list(self._outlets[1])

    def largest_sources(self) -> list[str]:
        """The same outlets, those with the most articles first."""
        return self._sources("sum(n) DESC, source_key")

    def _sources(self, order: str) -> list[str]:
        sql = f"""
            SELECT source, max(n) FROM (SELECT source, source_key, count(*) AS n FROM articles
                WHERE source IS NOT NULL GROUP BY source_key, source) GROUP BY source_key ORDER BY {order}
        """
        return [str(row[0]) for row in self.rows(sql)]

    def outlet_counts(self, where: Filter) -> list[tuple[str | None, int]]:
        """The outlets of the articles that pass the filter, each with their number, the most first.

        None stands for articles that name no outlet.
        """
        condition, parameters = where.to_sql("a")
        sql = f"""
            SELECT max(source), count(*) FROM articles a WHERE {condition}
            GROUP BY source_key ORDER BY 2 DESC, source_key
        """
        return [(row[0], row[1]) for row in self.rows(sql, parameters)]

    def day_counts(self, where: Filter) -> list[tuple[str, int]]:
        """The days (`YYYY-MM-DD`) of the articles that pass the filter, each with their number, in order."""
        condition, parameters = where.to_sql("a")
        sql = f"""
            SELECT published_day, count(*) FROM articles a WHERE published_day IS NOT NULL AND {condition}
            GROUP BY published_day ORDER BY published_day
        """
        return [(row[0], row[1]) for row in self.rows(sql, parameters)]

    def author_counts(self, where: Filter) -> list[tuple[str, int]]:
        """The authors whom articles that pass the filter name, each with their number, the most first."""
        condition, parameters = where.to_sql("a")
        sql = (
            f"SELECT authors, count(*) FROM articles a WHERE authors != '[]' AND {condition} GROUP BY authors"
        )
        counts: Counter[str] = Counter()
        for authors, n in self.rows(sql, parameters):
            counts.update({author: n for author in json.loads(authors)})
        return sorted(counts.items(), key=lambda one: (-one[1], one[0]))

    def by_author(self, author: str, where: Filter, most: int) -> list[int]:
        """The first passage of each of the newest articles that name the author, the newest first."""
        condition, parameters = where.to_sql("a")
        sql = f"""
            SELECT (SELECT p.id FROM passages p WHERE p.article_key = n.key ORDER BY p.begins LIMIT 1) FROM (
                SELECT key FROM articles a WHERE {condition}
                AND EXISTS (SELECT 1 FROM json_each(a.authors) WHERE value = ?)
                ORDER BY published_instant IS NULL, published_instant DESC, id LIMIT ?
            ) n
        """
        found = self.rows(sql, (*parameters, author, most))
        return [row[0] for row in found if row[0] is not None]

    def archive(self, where: Filter | None = None) -> Archive:
        """The extent of the archive, or of the part of it that passes a filter."""
        condition, parameters = (where or Filter()).to_sql("a")
        sql = f"""
            SELECT count(*), count(*) - count(published_day), min(published_day), max(published_day)
            FROM articles a WHERE {condition}
        """
        return Archive(*self.rows(sql, parameters)[0])

    def feeds(self) -> list[FeedState]:
        """The feeds that were ever read, by address."""
        sql = """
            SELECT url, checked_at, succeeded_at, failing_since, problem FROM addresses
            WHERE kind = 'feed' ORDER BY url
        """
        return [FeedState(*row) for row in self.rows(sql)]

    # What the store was made with

    def meta(self, name: str) -> str | None:
        """A value of the store's own table: schema_version, splitter_version, embedder_id, dimensions, ..."""
        found = self.rows("SELECT value FROM meta WHERE name = ?", (name,))
        return str(found[0][0]) if found else None

    @property
    def generation(self) -> int:
        """A number that every change of passages raises."""
        return int(self.meta("generation") or 0)

    @property
    def lineage(self) -> tuple[str | None, int]:
        """Embedder and file of the store: while it is the same, a passage's id always has the same vector."""
        with translated(self.path):
            return self.meta("embedder_id"), os.stat(self.path / FILE_NAME).st_ino

    @property
    def dimensions(self) -> int:
        """Of the vectors; 0 before the first."""
        return int(self.meta("dimensions") or 0)

    def check_embedder(self, embedder: str) -> None:
        """Raise StoreMismatch if the store's vectors were made by another embedding model."""
        made_with = self.meta("embedder_id")
        if made_with is not None and made_with != embedder:
            raise StoreMismatch(
                f"the store {self.path} was made with the embedding model {made_with}, not with {embedder}; "
                "use that model, or make its vectors anew with: onrecord index PATH --rebuild"
            )


class _Opened:
    """A thread's connection, closed when the thread ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._process = os.getpid()

    def close(self) -> None:
        """Close it, unless a parent process opened it: that would release its locks and delete its log."""
        if self._process == os.getpid():
            self.connection.close()
        else:
            _INHERITED.append(self.connection)

    def __del__(self) -> None:
        self.close()


_INHERITED: list[sqlite3.Connection] = []
"""Connections that a forked child must neither use nor close."""


def _passage(row: Sequence[Any]) -> Passage:
    sentences = tuple(map(tuple, np.frombuffer(row[6], dtype="<i4").reshape(-1, 2).tolist()))
    fields = (*row[:6], sentences, *row[7:])
    return Passage(*fields)


def _worth_searching(terms: Iterable[str]) -> list[str]:
    worth = (term for term in terms if any(character.isalnum() for character in term))
    return list(dict.fromkeys(worth))[:_MOST_TERMS]


def _any_of(phrases: Iterable[str]) -> str:
    """An FTS5 query for what has any of the phrases."""
    return " OR ".join(map(_quoted, phrases))


def _quoted(term: str) -> str:
    """The term as an FTS5 string, so that nothing in it is syntax."""
    word = term.replace("\0", " ").encode("utf-8", "replace").decode()
    return '"' + word.replace('"', '""') + '"'
