"""Entries of a list that nothing but their place names: known again by content when the list has changed.

A feed or an export that grows at its top moves every entry. An entry whose content is stored keeps its
article, wherever it stands now; an edited one is known by what it kept of title, date and text; the others
are new.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from corpus.article import Article
from corpus.sources import is_web
from index.store.store import Store
from index.sync.copies import is_copy, shingles
from index.sync.seen import exists

MOST_WAITING, MOST_CHARACTERS = 50_000, 100_000_000
"""Entries (and characters) whose content is not stored that wait for the end of the list."""
_MOST_COMPARED = 20
"""Stored articles with which one entry is compared by the words of its text."""
_KEPT, _KEPT_WORDS = 0.3, 0.6
"""Share of the shorter text's runs of five words, or of its words, that an edited entry has kept."""
_LISTED = re.compile(r"(?P<list>.+)#(?:\d+|[0-9a-f]{12})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored article of the list."""

    id: str
    revision: str
    title: str
    published_at: str | None


_IsEdit = Callable[[Article, _Stored], bool]


@dataclass
class Listing:
    """The entries of one list in one run.

    `reread`: the list is what it was when it was last read. `taken`: the ids that entries of it have got.
    `waiting`: entries that `rest` gives.
    """

    store: Store
    origin: str
    name: str
    reread: bool
    stored: dict[str, _Stored] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    waiting: list[Article] = field(default_factory=list)
    _characters: int = 0
    _moved: list[tuple[int, int]] = field(default_factory=list)
    _by_content: dict[tuple[str, str | None], list[str]] = field(default_factory=dict)
    _new: dict[tuple[str, str | None], str] = field(default_factory=dict)
    _removed: dict[str, str] = field(default_factory=dict)
    _stones: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in _articles_of(self.store, self.origin, self.name):
            self.stored[one.id] = one
            self._by_content.setdefault((one.revision, one.published_at), []).append(one.id)
        for article_id, revision, is_down in _stones_of(self.store, self.origin, self.name):
            self._stones[article_id] = revision is not None or not is_down
            if revision is not None:
                self._removed.setdefault(revision, article_id)

    @property
    def is_full(self) -> bool:
        """Whether no more entries may wait."""
        return len(self.waiting) >= MOST_WAITING or self._characters >= MOST_CHARACTERS

    def settle(self, article: Article) -> Article | None:
        """The entry under the id of its article; None if that is to be told at the end of the list."""
        key = (article.revision, article.published_at)
        for article_id in self._by_content.get(key, ()):
            if article_id not in self.taken:
                return self._take(article, article_id)
        if key in self._by_content or key in self._new:  # The same content once more.
            again = self._by_content.get(key) or [self._new[key]]
            return replace(article, id=again[-1])
        if article.revision in self._removed:
            return self._take(article, self._removed[article.revision])
        if self.reread and article.id in self._stones:
            return self._take(article, article.id)
        if self.stored or not all(self._stones.values()):
            self.waiting.append(article)
            self._characters += len(article.text)
            return None
        return self._take(article, self._free_id(article))

    def rest(self) -> Iterator[tuple[Article, Article]]:
        """The entries that are left, each as it was read, and as an edit of a stored article or a new one."""
        waiting, self.waiting, self._characters = self.waiting, [], 0
        for mark, is_edit in self._edits():
            left: dict[object, list[_Stored]] = {}
            for one in self.stored.values():
                if one.id not in self.taken and (what := mark(one)) is not None:
                    left.setdefault(what, []).append(one)
            still = []
            for article in waiting:
                likely = [one for one in left.get(mark(article), ()) if one.id not in self.taken]
                found = next((one for one in likely[:_MOST_COMPARED] if is_edit(article, one)), None)
                if found is None:
                    still.append(article)
                else:
                    yield article, self._take(article, found.id)
            waiting = still
        for article in waiting:
            again = self._new.get((article.revision, article.published_at)) or self._taken_down(article)
            taken = replace(article, id=again) if again else self._take(article, self._free_id(article))
            yield article, taken

    def _edits(self) -> Iterator[tuple[Callable[[Article | _Stored], object], _IsEdit]]:
        """What an edited entry has kept, surest first: a mark that is the same, and what else is so."""
        yield lambda one: one.revision, lambda article, one: True
        yield (
            lambda one: one.published_at and (one.title, one.published_at),
            lambda article, one: True,
        )
        yield lambda one: one.title, self._keeps_words
        yield lambda one: one.published_at or "", self._keeps_text
        if self.reread:  # Another version of the reader read the same entry otherwise.
            yield lambda one: one.id, self._keeps_words

    def _taken_down(self, article: Article) -> str | None:
        """The id of a tombstone of which only the place is known, if the entry now stands in that place.

        Earlier versions kept no more of it. How far the list has moved, the nearest known entry tells.
        """
        for article_id, is_known in self._stones.items():
            place = _place(article_id)
            if is_known or place is None or article_id in self.taken:
                continue
            was, now = min(self._moved, key=lambda pair: abs(pair[0] - place), default=(0, 0))
            if article.number == place + now - was:
                self.taken.add(article_id)
                return article_id
        return None

    def _take(self, article: Article, article_id: str) -> Article:
        self.taken.add(article_id)
        place = _place(article_id)
        if place is not None and article.number is not None and article_id in self.stored:
            self._moved.append((place, article.number))
        self._new.setdefault((article.revision, article.published_at), article_id)
        return replace(article, id=article_id)

    def _free_id(self, article: Article) -> str:
        """The id by its place, as long as no other article has or had it; else one by its content."""
        if article.id not in self.taken and article.id not in self.stored and article.id not in self._stones:
            return article.id
        content = f"{article.title}\n{article.published_at}\n{article.text}"
        return f"{article.id.rpartition('#')[0]}#{sha256(content.encode()).hexdigest()[:12]}"

    def _keeps_text(self, article: Article, one: _Stored) -> bool:
        """Whether only the title is another; texts of one pattern are written about different things."""
        found = self.store.article(one.id)
        return found is not None and is_copy(article.text, found.article.text)

    def _keeps_words(self, article: Article, one: _Stored) -> bool:
        found = self.store.article(one.id)
        if found is None:
            return False

        def share(mine: frozenset[Any], others: frozenset[Any]) -> float:
            return len(mine & others) / max(1, min(len(mine), len(others)))

        here, there = article.text, found.article.text
        by_words = share(frozenset(here.casefold().split()), frozenset(there.casefold().split()))
        return by_words >= _KEPT_WORDS or share(shingles(here), shingles(there)) >= _KEPT


def _place(article_id: str) -> int | None:
    """The place in the list by which an id was made."""
    number = article_id.rpartition("#")[2]
    return int(number) if number.isdecimal() and len(number) < 12 else None


def _is_of(article_id: str, origin: str, name: str) -> bool:
    """Whether an id is one that an entry of the list got by its place or content."""
    found = _LISTED.fullmatch(article_id)
    if found is None:
        return False
    if is_web(origin) and found["list"].startswith("document."):  # As versions before 4 of the reader had it.
        return True
    return found["list"] == name or f"{origin}#".endswith(f"/{found['list']}#")


def _articles_of(store: Store, origin: str, name: str) -> Iterator[_Stored]:
    """The articles of a list that were stored without an id of their own, the newest first.

    Those of a file that has moved are among them.
    """
    select = "SELECT key, id, revision, title, published_at, origin FROM articles WHERE"
    place = os.fsencode(origin)
    rows = store.rows(f"{select} origin = ?", (place,))
    if is_web(origin):  # Until version 4 of the reader each entry had an origin of its own.
        rows += store.rows(f"{select} origin > ? AND origin < ?", (place + b"#", place + b"$"))
    rows += store.rows(f"{select} id > ? AND id < ? AND origin != ?", (f"{name}#", f"{name}$", place))
    for _, article_id, revision, title, published_at, where in sorted(set(rows), reverse=True):
        is_here = where == place or is_web(origin) or not exists(os.fsdecode(where))
        if is_here and _is_of(article_id, origin, name):
            yield _Stored(article_id, revision, title, published_at)


def _stones_of(store: Store, origin: str, name: str) -> Iterator[tuple[str, str | None, bool]]:
    """The ids of entries that were taken down, their revision if it is known, and whether they still are."""
    sql = (
        "SELECT t.id, r.revision, t.restored_at IS NULL FROM tombstones t"
        " LEFT JOIN removed_revisions r ON r.id = t.id WHERE t.origin = ? OR t.origin LIKE ? OR t.id LIKE ?"
    )
    escaped = name.replace("%", "_")
    for article_id, revision, is_down in store.rows(
        sql, (os.fsencode(origin), f"{escaped}#%", f"{escaped}#%")
    ):
        if _is_of(article_id, origin, name):
            yield article_id, revision, bool(is_down)
