"""Near-duplicates: wire copies and re-posts of one story, found by what their texts share.

Candidates share a band of their MinHash signatures (Broder 1997; bands as in Leskovec, Rajaraman and Ullman,
Mining of Massive Datasets, 3.4); each is then compared exactly, by the texts themselves. What counts is
containment, the share of the shorter text that the longer one has: a copy whose tail was cut has all of it.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.store.write import Writer

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 126
BANDS = 42
"""Bands of 3 rows: texts that share 40 % of their shingles share one with probability 94 %, 10 % with 4 %."""
_ROWS = PERMUTATIONS // BANDS
_SHINGLE = 5
"""Words in a row that are compared as one."""
CONTAINED = 0.8
"""Of the shorter text's shingles that the longer one has to have. Planted copies have 0.89 and more of them;
of 770,000 pairs of news articles two that are no copies have 0.69 at most (docs/archive.md)."""
NUMBERS_CONTAINED = 0.7
"""Of its numbers likewise: a template filled in with other figures is another story."""
SHORT = 40
"""Shingles below which texts must be equal but for punctuation: single sentences often repeat by chance."""
_MOST_CANDIDATES = 200
_LARGEST = 400
"""Members of a story that are compared with one another when it is recomputed."""
_MIN_ESTIMATE = 0.2
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BATCH = 200
_MEETING = " UNION ALL ".join(
    [
        "SELECT article_key FROM (SELECT article_key FROM bands WHERE band = ? AND value = ?"
        f" LIMIT {_MOST_CANDIDATES})"
    ]
    * BANDS
)
"""One statement for all bands of an article: 42 take three times as long."""

Shingles = frozenset[int]


def shingles(text: str) -> Shingles:
    """Checksums of the text's runs of five words, without case and marks; of a shorter text all of it."""
    words = _WORD.findall(text.casefold())
    if len(words) < _SHINGLE:
        return frozenset([zlib.crc32(" ".join(words).encode())]) if words else frozenset()
    rows = zip(*(words[shift:] for shift in range(_SHINGLE)), strict=False)
    return frozenset(zlib.crc32(" ".join(row).encode()) for row in rows)


def told(title: str, text: str) -> str:
    """The text that is compared; a short one has its title in front, since paywall notices are all alike."""
    return text if len(_WORD.findall(text[:2_000])) >= SHORT + _SHINGLE else f"{title}\n{text}"


def is_copy(one: str, other: str) -> bool:
    """Whether two texts tell one story in the same words."""
    return _alike(shingles(one), shingles(other), one, other)


def _alike(mine: Shingles, others: Shingles, one: str, other: str) -> bool:
    fewer = min(len(mine), len(others))
    shared = len(mine & others)
    if fewer < SHORT:
        return shared == len(mine) == len(others) > 0
    return shared >= CONTAINED * fewer and _numbers_agree(one, other)


def _numbers_agree(one: str, other: str) -> bool:
    mine, others = (set(_NUMBER.findall(text)) for text in (one, other))
    fewer = min(len(mine), len(others))
    return fewer < 3 or len(mine & others) >= NUMBERS_CONTAINED * fewer


def signature(found: Shingles) -> NDArray[np.uint32]:
    """The MinHash signature of a text's shingles: 126 numbers."""
    made = _empty().copy()
    if found:
        made.update_batch(list(found))
    values: NDArray[np.uint32] = made.hashvalues.astype(np.uint32)
    return values


@cache
def _empty() -> "MinHash":
    """The signature of nothing, to be copied: a new one draws its permutations anew, 0.3 ms each time."""
    from datasketch import MinHash

    return MinHash(PERMUTATIONS, hashfunc=int)


def bands(of: NDArray[np.uint32]) -> list[int]:
    """A checksum for each band of a signature."""
    return [zlib.crc32(row.tobytes()) for row in of.reshape(BANDS, _ROWS)]


class Copies:
    """Maintains the stories (groups of copies) of a store, in the transaction that changes articles."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._store = writer.store

    def put(self, key: int, text: str) -> None:
        """Store the signature of an article's newest text (see `told`), and the story it belongs to."""
        self.tell_apart(self.drop([key]))
        found = shingles(text)
        made = signature(found)
        self._writer.execute("INSERT INTO signatures VALUES (?, ?)", (key, made.astype("<u4").tobytes()))
        values = bands(made)
        candidates = self._meeting(key, values)
        rows = [(band, value, key) for band, value in enumerate(values)]
        self._writer.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?, ?)", rows)
        least = _MIN_ESTIMATE if len(found) >= SHORT else 1.0  # Short ones have to be the same.
        near = [other for other, share in self._estimated(made, candidates) if share >= least]
        self._join(key, self._one_of_each_story(near, lambda other: self._agree(found, text, other)))

    def drop(self, keys: Iterable[int]) -> list[int]:
        """Delete the signatures of articles; returns the other articles of their stories."""
        gone = list(keys)
        others: set[int] = set()
        for key in gone:
            others.update(self._members(key))
            for table in ("signatures", "bands", "copies"):
                self._writer.execute(f"DELETE FROM {table} WHERE article_key = ?", (key,))
        return sorted(others.difference(gone))

    def put_missing(self) -> None:
        """Find the copies of articles that an older version stored without looking for them."""
        sql = "SELECT key FROM articles WHERE key NOT IN (SELECT article_key FROM signatures) LIMIT ?"
        while keys := [row[0] for row in self._store.rows(sql, (_BATCH,))]:
            with self._writer.transaction(articles=False):
                for key in keys:
                    self.put(key, self._text(key) or "")

    def _meeting(self, key: int, values: Sequence[int]) -> list[int]:
        """The articles that share most bands with these, at most `_MOST_CANDIDATES`."""
        parameters = [number for pair in enumerate(values) for number in pair]
        found = Counter(row[0] for row in self._store.rows(_MEETING, parameters))
        found.pop(key, None)
        return sorted(found, key=lambda other: (-found[other], other))[:_MOST_CANDIDATES]

    def _estimated(self, made: NDArray[np.uint32], keys: Sequence[int]) -> list[tuple[int, float]]:
        """The articles with the share of shingles that they have in common, as the signatures tell."""
        sql = "SELECT article_key, minhash FROM signatures WHERE article_key IN ({})"
        signed = {row[0]: np.frombuffer(row[1], dtype="<u4") for row in self._store.rows_among(sql, keys)}
        return [(other, float(np.mean(signed[other] == made))) for other in keys if other in signed]

    def _agree(self, found: Shingles, text: str, other: int) -> bool:
        others = self._text(other)
        return others is not None and _alike(found, shingles(others), text, others)

    def _text(self, key: int) -> str | None:
        rows = self._store.rows(
            "SELECT r.title, r.text FROM articles a JOIN revisions r ON r.article_key = a.key"
            " AND r.revision = a.revision WHERE a.key = ? LIMIT 1",
            (key,),
        )
        return told(*rows[0]) if rows else None

    def _members(self, key: int) -> list[int]:
        sql = "SELECT article_key FROM copies WHERE story = (SELECT story FROM copies WHERE article_key = ?)"
        return [row[0] for row in self._store.rows(sql, (key,))]

    def _one_of_each_story(self, keys: Iterable[int], agrees: Callable[[int], bool]) -> list[int]:
        """Those that agree, at most one of each story: an archive may hold thousands of copies."""
        alike, known = [], set[int]()
        for other in keys:
            story = self._story(other)
            if story not in known and agrees(other):
                alike.append(other)
                known.update(() if story is None else (story,))
        return alike

    def _story(self, key: int) -> int | None:
        rows = self._store.rows("SELECT story FROM copies WHERE article_key = ?", (key,))
        return rows[0][0] if rows else None

    def _join(self, key: int, alike: Sequence[int]) -> None:
        """Merge this article and the stories of the articles like it into one story, if there are any."""
        if not alike:
            return
        of = {other: self._story(other) for other in alike}
        stories = sorted({story for story in of.values() if story is not None})
        story = stories[0] if stories else min(key, *alike)
        for other in stories[1:]:
            self._writer.execute("UPDATE copies SET story = ? WHERE story = ?", (story, other))
        rows = [(one, story) for one in (key, *alike)]
        self._writer.executemany("INSERT OR REPLACE INTO copies VALUES (?, ?)", rows)

    def tell_apart(self, members: Sequence[int]) -> None:
        """Recompute the stories of these articles after another one of their story was deleted or changed."""
        texts = {key: text for key in members[:_LARGEST] if (text := self._text(key)) is not None}
        for key in members:
            self._writer.execute("DELETE FROM copies WHERE article_key = ?", (key,))
        sets = {key: shingles(text) for key, text in texts.items()}
        keys = sorted(texts)
        for place, key in enumerate(keys):

            def agrees(other: int, key: int = key) -> bool:
                return _alike(sets[key], sets[other], texts[key], texts[other])

            self._join(key, self._one_of_each_story(keys[:place], agrees))
