"""Removed articles: knowing their words again without keeping them, and erasing what was said with them.

A tombstone keeps digests of runs of six words, keyed with a secret of the store: of each sentence a run at
every third word and its last one, and a shorter sentence whole from four words on. So any eight words in a
row of one sentence are recognised, in whatever case, spacing or punctuation. Runs overlap by half, which
leaves three words to guess at a time to whoever has the store and its secret. What a copy says too that stays
in the archive is erased by the takedown and may be said again after it.
"""

import hashlib
import json
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from corpus.errors import StoreError
from index.language.words import is_stopword
from index.passages.sentences import sentence_spans
from index.store.filters import source_key
from index.store.schema import connected, translated
from index.store.shares import Kept, change_shares, without
from index.store.store import Store
from index.store.write import Writer

FEEDBACK_FILE = "feedback.sqlite"
"""Readers' feedback in the store's folder; `rag.feedback` writes it."""
RUN, STEP, SHORTEST = 6, 3, 4
"""Words of a run, words between the beginnings of two runs, and words of the shortest sentence known."""
MOST_RUNS = 50_000
"""Digests that are kept of one article: of a longer one, so many of its runs."""
_KEY = "removed_words_key"
_WORD = re.compile(r"[^\W_]+")
_AT_A_TIME = 500


def remember(writer: Writer, ids: Sequence[str]) -> None:
    """Keep digests of these articles' words, within the transaction that deletes them and before it does."""
    store, key = writer.store, _key(writer)
    for article_id in ids:
        texts = _texts(store, article_id)
        shared: set[int] = set()
        for copy in store.copies_of(article_id):
            if copy.id not in ids:
                shared.update(*(digests_in(key, text) for text in _texts(store, copy.id)))
        kept = {digest for text in texts for digest in _runs(key, text)}
        article = _digest(key, article_id)
        rows = [(digest, article, digest in shared) for digest in sorted(kept)[:MOST_RUNS]]
        writer.executemany("INSERT OR IGNORE INTO removed_words VALUES (?, ?, ?)", rows)


def forget(writer: Writer, ids: Iterable[str]) -> None:
    """Drop the digests of articles that may be indexed again, within the caller's transaction."""
    if secret := writer.store.meta(_KEY):
        rows = [(_digest(bytes.fromhex(secret), article_id),) for article_id in ids]
        writer.executemany("DELETE FROM removed_words WHERE article = ?", rows)


class Removed:
    """The articles that are removed from a store, as it is at each call."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def among(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that are of removed articles."""
        sql = "SELECT id FROM tombstones WHERE restored_at IS NULL AND id IN ({})"
        return {row[0] for row in self._store.rows_among(sql, list(ids))}

    def said_in(self, texts: Iterable[str], besides: Iterable[str] = (), *, shared: bool = False) -> bool:
        """Whether a text has words of a removed article, other than those that `besides` has too.

        With `shared` also words that a copy has which stayed.
        """
        secret = self._store.meta(_KEY)
        if secret is None:
            return False
        key = bytes.fromhex(secret)
        found = {digest for text in texts for digest in digests_in(key, text)}
        found -= {digest for text in besides for digest in digests_in(key, text)}
        which = "" if shared else " AND NOT shared"
        sql = f"SELECT 1 FROM removed_words WHERE digest IN ({{}}){which} LIMIT 1"
        return any(True for _ in self._store.rows_among(sql, list(found)))


class OwnWords:
    """The words of articles by which a text tells of them: noted before they are deleted, asked after it.

    Words and outlets that no other article has, and runs of words as `Removed` knows them.
    """

    def __init__(self, store: Store, ids: Sequence[str]) -> None:
        self._store = store
        self._removed = Removed(store)
        texts = [_words(text) for id in ids for text in _texts(store, id)]
        self._words = {word for words in texts for word in words}
        self._runs = {run for words in texts for run in _short_runs(words)}
        rows = store.rows_among("SELECT source FROM articles WHERE source IS NOT NULL AND id IN ({})", ids)
        self._outlets = {source_key(row[0]) for row in rows}
        self._own: dict[str, bool] = {}

    def are_in(self, text: str) -> bool:
        """Whether the text has some of them."""
        words, key = _words(text), source_key(text)
        return (
            any(self._is_own(word) for word in self._words.intersection(words))
            or any(outlet in key and self._is_own_outlet(outlet) for outlet in self._outlets)
            # Every run that is known by a digest has one of these, which costs less to find out.
            or (not self._runs.isdisjoint(_short_runs(words)) and self._removed.said_in([text]))
        )

    def _is_own(self, word: str) -> bool:
        if word not in self._own:
            self._own[word] = not (is_stopword(word) or self._store.document_frequency([word]).get(word))
        return self._own[word]

    def _is_own_outlet(self, key: str) -> bool:
        return not self._store.rows("SELECT 1 FROM articles WHERE source_key = ? LIMIT 1", (key,))


def erase_shares(writer: Writer, ids: Collection[str], own: OwnWords) -> None:
    """Erase what shared answers have of articles, within the transaction that deleted them.

    `own` was made before it. 10,000 answers took 8 s on a busy machine.
    """

    def change(answer: Kept) -> Kept:
        return without(answer, lambda one: one.get("article_id", one.get("id")) in ids, own.are_in)

    change_shares(writer, change)


def erase_feedback(store: Store) -> str | None:
    """Erase what readers' feedback has of removed articles; what is still to be done, or None.

    Rows go that cite a removed article or have its words; the others lose what was answered before them,
    which may quote anything. The file is written anew, since its pages keep traces of deleted rows.
    """
    path = store.path / FEEDBACK_FILE
    if not path.is_file():
        return None
    try:
        with translated(store.path), closing(connected(path, "mode=rw")) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'feedback'").fetchone():
                _erase(connection, Removed(store))
            connection.execute("VACUUM")
            if connection.execute("PRAGMA wal_checkpoint (TRUNCATE)").fetchone()[0]:
                return f"{path} is being read: what it has of removed articles goes with the next change"
    except StoreError as error:
        return f"{path} may have words of removed articles, and cannot be searched: {error}"
    return None


def _erase(connection: sqlite3.Connection, removed: Removed) -> None:
    """Delete and change rows. They are read before the file is locked, so that readers may mark meanwhile."""
    gone: list[tuple[int]] = []
    changed: list[tuple[str, int]] = []
    last = _sort_out(connection, removed, 0, gone, changed)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        _sort_out(connection, removed, last, gone, changed)
        connection.executemany("DELETE FROM feedback WHERE id = ?", gone)
        connection.executemany("UPDATE feedback SET rest = ? WHERE id = ?", changed)


def _sort_out(
    connection: sqlite3.Connection,
    removed: Removed,
    last: int,
    gone: list[tuple[int]],
    changed: list[tuple[str, int]],
) -> int:
    """Add the rows after the id `last` that are to go and those that change; the id of the last row."""
    sql = "SELECT id, question, comment, rest FROM feedback WHERE id > ? ORDER BY id LIMIT ?"
    while rows := connection.execute(sql, (last, _AT_A_TIME)).fetchall():
        for last, question, comment, rest in rows:
            try:
                kept = json.loads(rest)
                if _is_gone(removed, [question, comment], kept):
                    gone.append((last,))
                elif any(role == "assistant" for role, _ in kept["history"]):
                    kept["history"] = [turn for turn in kept["history"] if turn[0] == "user"]
                    changed.append((json.dumps(kept, ensure_ascii=False), last))
            except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
                gone.append((last,))  # Whatever it holds, nobody can read it.
    return last


def _is_gone(removed: Removed, texts: Sequence[str], kept: dict[str, Any]) -> bool:
    """Whether a row cites a removed article or has its words, but for those of earlier answers.

    All rows lose earlier answers. `kept` is the row's JSON.
    """
    cited = kept["citations"]
    if removed.among({str(one[0]) for one in cited}):
        return True
    said = [*texts, *(content for role, content in kept["history"] if role == "user")]
    said += [str(value) for name, value in kept.items() if name not in ("history", "citations")]
    return removed.said_in(said, [one[4] for one in cited], shared=True)


def digests_in(key: bytes, text: str) -> set[int]:
    """The digests of all runs of words in a text by which a removed article could be known."""
    words = _words(text)
    return {
        _digest(key, " ".join(words[at : at + length]))
        for length in range(SHORTEST, RUN + 1)
        for at in range(len(words) - length + 1)
    }


def _runs(key: bytes, text: str) -> set[int]:
    """The digests that are kept of a text."""
    found = set()
    for start, end in sentence_spans(text):
        words = _words(text[start:end])
        if len(words) < SHORTEST:
            continue
        last = max(0, len(words) - RUN)
        for at in {*range(0, last, STEP), last}:
            found.add(_digest(key, " ".join(words[at : at + RUN])))
    return found


def _short_runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(SHORTEST)), strict=False)


def _words(text: str) -> list[str]:
    """The words without case, width, accents' composition and invisible characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall("".join(one for one in folded if one.isascii() or unicodedata.category(one) != "Cf"))


def _digest(key: bytes, words: str) -> int:
    """A signed number of 64 bits."""
    made = hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
    return int.from_bytes(made, "little", signed=True)


def _texts(store: Store, article_id: str) -> list[str]:
    """Title and text of every revision."""
    sql = "SELECT r.title, r.text FROM revisions r JOIN articles a ON a.key = r.article_key WHERE a.id = ?"
    return [part for row in store.rows(sql, (article_id,)) for part in row]


def _key(writer: Writer) -> bytes:
    """The store's secret, made by the first takedown."""
    if (secret := writer.store.meta(_KEY)) is None:
        secret = secrets.token_hex(32)
        writer.set_meta(_KEY, secret)
    return bytes.fromhex(secret)
