"""Boilerplate known by repetition: blocks that stand word for word in many articles of an outlet.

"Sign up for our newsletter", player captions and the like stay in the articles' texts, so that offsets hold,
and are in no passage: never embedded, found or quoted. What is boilerplate depends on the stored articles
alone, not on the order in which they came, and is learned at the end of a run from what the run changed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.article import Article
from index.passages.blocks import Blocks, blocks_of, checksum_of, is_short
from index.store.filters import source_key
from index.store.write import Writer

FEWEST = 5
"""Articles of different stories in which a block has to stand, at least."""
PER_ARTICLE = 100
"""Of an outlet's articles a block has to stand in one of so many."""
PER_ARTICLE_IF_SHORT = 5
"""Likewise for a short block: the names of states and players head the lists of many articles."""
_OF_HEADLINES = 10
"""A block that has a name of the headline in one of so many of its articles or more is what they tell of."""
_EXACT = 500
"""Articles of an outlet up to which all its blocks are weighed whenever their number changes."""
_AT_A_TIME = 200
_TO_WEIGH = 1
_STORIES, _MEMBERS = 100, 1_000
"""Different stories that suffice however large the outlet is, and articles in which they are looked for."""

Member = tuple[int, frozenset[int], int | None]
"""An article with a block: its place in order, the names of its headline, and its story if it has copies."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An article's blocks, and those that its new passages are made without; None where they stay."""

    blocks: Blocks
    left_out: frozenset[int] | None


class Boilerplate:
    """The boilerplate of a store's outlets, as known when a run begins and as learned when it ends."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._store = writer.store
        self._known: dict[int, frozenset[int]] = {}

    def plan(self, article: Article, *, splits: bool) -> Plan:
        """What of an article is boilerplate as far as is known; `splits`: its passages are made anew."""
        key = None if article.source is None else source_key(article.source)
        blocks = blocks_of(article, key)
        if not splits:
            return Plan(blocks, None)
        repeatable = (one for one, of_the_headline in blocks.repeatable.items() if not of_the_headline)
        return Plan(blocks, self._of_outlet(blocks.outlet).intersection(repeatable))

    def put(self, key: int, plan: Plan) -> None:
        """Store an article's blocks, within the caller's transaction."""
        blocks = plan.blocks
        subjects = np.array(sorted(blocks.subjects), dtype="<i8").tobytes()
        sql = "SELECT outlet, subjects, left_out FROM block_articles WHERE article_key = ?"
        before = self._store.rows(sql, (key,))
        left_out = before[0][2] if before else 0
        if plan.left_out is not None:
            left_out = checksum_of(plan.left_out)
        if before and before[0][:2] == (blocks.outlet, subjects) and self._stored(key) == blocks.repeatable:
            sql = "UPDATE block_articles SET left_out = ?, state = min(state, 1) WHERE article_key = ?"
            self._writer.execute(sql, (left_out, key))
            return
        self._writer.execute("DELETE FROM block_articles WHERE article_key = ?", (key,))
        row = (key, blocks.outlet, subjects, left_out, _TO_WEIGH)
        self._writer.execute("INSERT INTO block_articles VALUES (?, ?, ?, ?, ?)", row)
        rows = [(blocks.outlet, one, blocks.place, key, named) for one, named in blocks.repeatable.items()]
        self._writer.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)", rows)

    def put_missing(self) -> None:
        """Store the blocks of articles that an older version stored, or whose outlet was changed."""
        self._put_all("key NOT IN (SELECT article_key FROM block_articles)")
        self._put_all("key IN (SELECT article_key FROM block_articles WHERE state = 2)")

    def _put_all(self, which: str) -> None:
        last = 0
        sql = f"SELECT key, id FROM articles WHERE key > ? AND {which} ORDER BY key LIMIT ?"
        while rows := self._store.rows(sql, (last, _AT_A_TIME)):
            last = rows[-1][0]
            with self._writer.transaction(articles=False):
                for key, article_id in rows:
                    if stored := self._store.article(article_id):
                        self.put(key, self.plan(stored.article, splits=False))

    def _stored(self, key: int) -> dict[int, bool]:
        sql = "SELECT block, of_the_headline FROM blocks WHERE article_key = ?"
        return {block: bool(named) for block, named in self._store.rows(sql, (key,))}

    def _of_outlet(self, outlet: int) -> frozenset[int]:
        if outlet not in self._known:
            rows = self._store.rows("SELECT block FROM boilerplate WHERE outlet = ?", (outlet,))
            self._known[outlet] = frozenset(row[0] for row in rows)
        return self._known[outlet]

    # Learning

    def learn(self) -> None:
        """Weigh the blocks of all articles that were added, changed or deleted since it was last done.

        Afterwards `pending` has the articles whose passages are to be made anew, until `settle`.
        """
        self.put_missing()
        sql = "SELECT outlet FROM block_articles WHERE state > 0 UNION SELECT outlet FROM blocks_gone"
        outlets = [row[0] for row in self._store.rows(sql)]
        if outlets:
            with self._writer.transaction(articles=False):
                for outlet in outlets:
                    self._learn_outlet(outlet)
                self._writer.execute("DELETE FROM blocks_gone")
        self._known.clear()

    def _learn_outlet(self, outlet: int) -> None:
        number = self._store.rows("SELECT count(*) FROM block_articles WHERE outlet = ?", (outlet,))[0][0]
        size = number if number <= _EXACT else -(-number // PER_ARTICLE) * PER_ARTICLE
        weighed = self._store.rows("SELECT size FROM outlets WHERE outlet = ?", (outlet,))
        known = self._of_outlet(outlet)
        as_before = weighed == [(size,)]  # Else more or fewer articles are needed than before.
        candidates = self._changed(outlet) if as_before else self._frequent(outlet) | known
        for block in sorted(candidates):
            is_one = self._is_boilerplate(outlet, block, size)
            if is_one != (block in known):
                self._record(outlet, block, is_one)
        if size:
            self._writer.execute("INSERT OR REPLACE INTO outlets VALUES (?, ?)", (outlet, size))
        else:
            self._writer.execute("DELETE FROM outlets WHERE outlet = ?", (outlet,))

    def _changed(self, outlet: int) -> frozenset[int]:
        """The blocks of the outlet's articles that were added, changed or deleted."""
        sql = """
            SELECT block FROM block_articles JOIN blocks USING (article_key)
            WHERE state > 0 AND block_articles.outlet = ?1
            UNION SELECT block FROM blocks_gone WHERE outlet = ?1
        """
        return frozenset(row[0] for row in self._store.rows(sql, (outlet,)))

    def _frequent(self, outlet: int) -> frozenset[int]:
        sql = "SELECT block FROM blocks WHERE outlet = ? GROUP BY block HAVING count(*) >= ?"
        return frozenset(row[0] for row in self._store.rows(sql, (outlet, FEWEST)))

    def _is_boilerplate(self, outlet: int, block: int, size: int) -> bool:
        sql = "SELECT count(*), coalesce(sum(of_the_headline), 0) FROM blocks WHERE outlet = ? AND block = ?"
        holders, of_the_headline = self._store.rows(sql, (outlet, block))[0]
        least = max(FEWEST, -(-size // PER_ARTICLE))
        needed = max(least, -(-size // PER_ARTICLE_IF_SHORT)) if is_short(block) else least
        if holders - of_the_headline < needed or of_the_headline * _OF_HEADLINES >= holders:
            return False
        enough = min(least, _STORIES)
        return different_stories(self._members(outlet, block), enough) >= enough

    def _members(self, outlet: int, block: int) -> list[Member]:
        """The articles that count for the block, of many the first by place."""
        sql = """
            SELECT b.place, m.subjects, c.story FROM blocks b JOIN block_articles m USING (article_key)
            LEFT JOIN copies c ON c.article_key = b.article_key
            WHERE b.outlet = ? AND b.block = ? AND NOT b.of_the_headline ORDER BY b.place LIMIT ?
        """
        rows = self._store.rows(sql, (outlet, block, _MEMBERS))
        return [(row[0], frozenset(np.frombuffer(row[1], dtype="<i8").tolist()), row[2]) for row in rows]

    def _record(self, outlet: int, block: int, is_one: bool) -> None:
        """Record the verdict; the passages of the articles with the block are to be compared with it."""
        sql = "INSERT INTO boilerplate VALUES (?, ?)"
        if not is_one:
            sql = "DELETE FROM boilerplate WHERE outlet = ? AND block = ?"
        self._writer.execute(sql, (outlet, block))
        self._writer.execute(
            "UPDATE block_articles SET state = max(state, 1) WHERE article_key IN"
            " (SELECT article_key FROM blocks WHERE outlet = ? AND block = ? AND NOT of_the_headline)",
            (outlet, block),
        )

    # What follows from it

    def pending(self) -> Iterator[Article]:
        """The articles whose passages were made without other blocks than are boilerplate now."""
        sql = """
            SELECT b.article_key, b.block FROM block_articles m JOIN blocks b USING (article_key)
            JOIN boilerplate p ON p.outlet = b.outlet AND p.block = b.block
            WHERE m.state > 0 AND NOT b.of_the_headline
        """
        wanted: dict[int, list[int]] = {}
        for key, block in self._store.rows(sql):
            wanted.setdefault(key, []).append(block)
        sql = """
            SELECT key, id, left_out FROM block_articles JOIN articles ON key = article_key
            WHERE state > 0 ORDER BY key
        """
        for key, article_id, left_out in self._store.rows(sql):
            is_other = checksum_of(wanted.get(key, ())) != left_out
            if is_other and (stored := self._store.article(article_id)):
                yield stored.article

    def settle(self) -> None:
        """Record that all passages agree with what was learned."""
        if self._store.rows("SELECT 1 FROM block_articles WHERE state > 0 LIMIT 1"):
            with self._writer.transaction(articles=False):
                self._writer.execute("UPDATE block_articles SET state = 0 WHERE state > 0")


def different_stories(members: Sequence[Member], enough: int) -> int:
    """How many of the articles are of different stories, counted up to `enough`.

    Each counts whose headline shares no name with one that was counted and that is no copy of one; those with
    the rarest names come first, so that one frequent name does not stand in the way of many.
    """
    often = Counter(name for _, names, _ in members for name in names)
    counted = 0
    taken: set[int | tuple[str, int]] = set()

    def weight(member: Member) -> tuple[int, int]:
        return sum(often[name] for name in member[1]), member[0]

    for _, names, story in sorted(members, key=weight):
        signs: set[int | tuple[str, int]] = {*names}
        if story is not None:
            signs.add(("story", story))
        if taken.isdisjoint(signs):
            taken.update(signs)
            counted += 1
            if counted == enough:
                break
    return counted
