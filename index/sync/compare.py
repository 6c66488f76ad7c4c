"""Comparing an article that was read with the store: new, changed, moved, taken down or unchanged."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from corpus.article import MAX_ID_CHARACTERS, Article
from corpus.formats.feed import GUID
from index.store.store import Store
from index.store.write import article_columns
from index.sync.seen import exists

_PLACE = ("origin", "line")
_CAPTURED_AT = "captured_at"
"""Key of the metadata of an article from an archive of the web: its address may be read again elsewhere."""
_GUID = f"json_extract(metadata, '$.{GUID}')"
"""As the index of the store has it."""
_FILTER_KEYS = ("source_key", "published_day", "published_instant")
"""Columns that the vector cache copies: a change of them gives the passages new ids, so no copy is stale."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to do about an article. `kind` is what the report counts it as.

    `cause`: why there is a new revision, else None. `writes`: whether the article's row changes at all;
    `splits`: whether its passages are made anew. `past_of`: the key of the stored article, of which this is
    only an older revision.
    """

    article: Article
    kind: str
    cause: str | None = None
    writes: bool = False
    splits: bool = False
    past_of: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The id belongs to an article from another place, given here."""

    origin: str
    line: int | None


class Comparison:
    """Compares articles with a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._named: dict[tuple[str, int | None], str] = {}

    def known_as(self, article: Article) -> Article:
        """The article under the id that the store has for its place in the file, or for a feed's guid.

        An id that is made from the path depends on which folder was indexed; without this, indexing a folder
        and then one of its files would store the file twice.
        """
        guid = article.metadata.get(GUID)
        if isinstance(guid, str) and article.url is not None:
            return replace(article, id=self._id_by_guid(article, article.url, guid))
        place = (article.origin, article.line)
        if not _is_made_from_path(article.id, *place):
            return article
        if place not in self._named:
            known = self._ids_of(*place)
            self._named[place] = article.id if article.id in known or not known else known[0]
        return replace(article, id=self._named[place])

    def _id_by_guid(self, article: Article, url: str, guid: str) -> str:
        """The id of a feed's entry: its link may change, and others may have the same link; its guid stays.

        Guids are made for one feed, so an article with another link has to have the same title or date too.
        """
        rows = self._store.rows(
            f"SELECT id, url, title, published_at FROM articles WHERE {_GUID} = ? ORDER BY id != ?, key",
            (guid, article.id),
        )
        for article_id, link, title, published_at in rows:
            dated = published_at is not None and published_at == article.published_at
            same = urlsplit(link or "").hostname == urlsplit(url).hostname and (
                dated or title == article.title
            )
            if link == url or same:
                return str(article_id)
        if self._is_of_another(article.id, guid):
            return f"{article.id[: MAX_ID_CHARACTERS - len(guid) - 1]}#{guid}"
        return article.id

    def _is_of_another(self, article_id: str, guid: str) -> bool:
        """Whether the id belongs to an entry with another guid."""
        sql = f"SELECT {_GUID} FROM articles WHERE id = ?"
        return any(row[0] not in (None, guid) for row in self._store.rows(sql, (article_id,)))

    def change(self, article: Article, *, reread: bool) -> Change | Held:
        """What to do about the article. `reread`: its file or page is unchanged and was only read again."""
        stones = self._store.rows("SELECT restored_at FROM tombstones WHERE id = ?", (article.id,))
        if stones and stones[0][0] is None:
            return Change(article, "unchanged")
        new = article_columns(article)
        old = self._columns(article.id, new)
        if old is None:
            cause = "restored" if stones else "added"
            return Change(article, "added", cause, writes=True, splits=True)
        moved = old["origin"] != new["origin"]
        is_elsewhere = moved and exists(os.fsdecode(old["origin"]))  # type: ignore[arg-type]
        if article.seen_at is not None:
            change = self._known_capture(article, article.seen_at, is_elsewhere=is_elsewhere)
            if change is not None:
                return change
        is_captured = article.seen_at is not None or _CAPTURED_AT in json.loads(str(old["metadata"]))
        if is_elsewhere and not is_captured:
            return Held(os.fsdecode(old["origin"]), old["line"])  # type: ignore[arg-type]
        different = {name for name in new if new[name] != old[name]}
        if "revision" in different:
            restated = "updated_at" in different and new["updated_at"] is not None
            cause = "reread" if reread and not moved and not restated else "changed"
            return Change(article, "updated", cause, writes=True, splits=True)
        kind = "updated" if different.difference(_PLACE) else "unchanged"
        writes = bool(different) or self._store.dropped(article.id) != article.dropped
        return Change(article, kind, writes=writes, splits=bool(different.intersection(_FILTER_KEYS)))

    def _known_capture(self, article: Article, seen_at: str, *, is_elsewhere: bool) -> Change | None:
        """What to do about a capture that is stored, or is older than what is; None if it is a new one."""
        rows = self._store.rows(
            "SELECT r.revision, r.seen_at, a.key FROM revisions r JOIN articles a ON a.key = r.article_key"
            " WHERE a.id = ? ORDER BY r.seen_at, r.number",
            (article.id,),
        )
        before = [revision for revision, moment, _ in rows if moment <= seen_at]
        after = [revision for revision, moment, _ in rows if moment > seen_at]
        is_newest = not after and not is_elsewhere and any(moment == seen_at for _, moment, _ in rows)
        if is_newest:
            return None
        if article.revision in (*before[-1:], *after[:1]):
            return Change(article, "unchanged")  # The text is that of the revision before, or after.
        if not after:
            return None
        if any(moment == seen_at for _, moment, _ in rows):
            return Change(article, "unchanged")  # It was read by another version of the reader.
        cause = "changed" if before else "added"
        return Change(article, "updated", cause, writes=True, past_of=rows[0][2])

    def _ids_of(self, origin: str, line: int | None) -> list[str]:
        """The ids made from the path that the store has for one entry of a file."""
        where = "WHERE origin = ? AND line IS ?"
        rows = self._store.rows(
            f"SELECT id FROM articles {where} UNION ALL SELECT id FROM tombstones {where}",
            (os.fsencode(origin), line) * 2,
        )
        return [row[0] for row in rows if _is_made_from_path(row[0], origin, line)]

    def _columns(self, article_id: str, like: Mapping[str, object]) -> dict[str, object] | None:
        rows = self._store.rows(f"SELECT {', '.join(like)} FROM articles WHERE id = ?", (article_id,))
        return dict(zip(like, rows[0], strict=True)) if rows else None


def _is_made_from_path(article_id: str, origin: str, line: int | None) -> bool:
    entry = origin if line is None else f"{origin}#{line}"
    return entry.endswith(f"/{article_id}")
