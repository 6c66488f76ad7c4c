"""What became of an article: its versions, what changed between them, what it says was wrong with it."""

import re
from collections import Counter
from dataclasses import dataclass

from index.store.store import Store, StoredArticle
from rag.render import LABELS, is_labelled, written_date
from rag.web.difference import Compared, Piece, compared
from rag.web.present import article_path
from rag.web.settings import WebSettings

HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")


@dataclass(frozen=True, slots=True)
class Version:
    """One revision for people: when it was first seen, why, where it is read and what it changed."""

    revision: str
    day: str | None
    cause: str
    href: str
    shown: bool
    changes: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What an article says was wrong with it; `since` if only a later version than the one shown says so.

    `label` is empty where the text has one of its own.
    """

    label: str
    text: str
    since: bool


def versions_of(store: Store, stored: StoredArticle, settings: WebSettings) -> list[Version]:
    """Newest first; one that brought a correction notice is `corrected`."""
    found: list[Version] = []
    before: str | None = None
    noticed: set[str] = set()
    seen = Counter(written_date(one.seen_at) for one in stored.revisions)
    for one in stored.revisions:
        read = store.article(stored.article.id, one.revision) if len(stored.revisions) > 1 else None
        says = {notice.text for notice in read.corrections} if read else set()
        cause = "corrected" if one.cause == "changed" and says - noticed else one.cause
        alone = seen[written_date(one.seen_at)] == 1
        found.append(
            Version(
                one.revision,
                written_moment(one.seen_at, beside=None if alone else one.seen_at),
                cause,
                article_path(stored.article.id, one.revision),
                one.revision == stored.revision,
                changes_path(stored.article.id, before, one.revision)
                if before and settings.exposure == "full"
                else None,
            )
        )
        before, noticed = one.revision, says
    return found[::-1]


def notices(stored: StoredArticle, newest: StoredArticle | None, settings: WebSettings) -> list[Notice]:
    """The notices of the newest version, then those that only the shown one has."""
    if settings.exposure == "link":
        return []
    own = {one.text: one for one in stored.corrections}
    later = {one.text: one for one in newest.corrections} if newest else {}
    return [
        Notice("" if is_labelled(one) else LABELS.get(one.kind, "Correction"), text, since=text not in own)
        for text, one in (later | own).items()
    ]


def changes(before: str, after: str) -> list[Compared]:
    """The paragraphs of both versions, headings without Markdown's signs."""
    return [Compared((*map(_plain, one.pieces[:1]), *one.pieces[1:])) for one in compared(before, after)]


def changes_path(article_id: str, since: str, until: str) -> str:
    """Where the reader shows what changed between two revisions."""
    return f"{article_path(article_id, until)}&since={since}"


def written_moment(at: str | None, *, beside: str | None = None) -> str | None:
    """The date written out, with the clock where another moment of the same day stands beside it."""
    day = written_date(at)
    if day is None or at is None or beside is None or "T" not in at or written_date(beside) != day:
        return day
    return f"{day}, {at[11:16]}"


def _plain(piece: Piece) -> Piece:
    sign = HEADING.match(piece.text)
    return Piece(piece.fate, piece.text[sign.end() :]) if sign else piece
