"""Records that a store returns, and the progress and report of an indexing run."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from corpus.article import Article, Failure
from corpus.page.corrections import Correction, find_corrections
from index.language.sentence import Quotation


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences: `text` is the article's `[start:end]`; `sentences` are offsets too."""

    id: int
    article_id: str
    revision: str
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]
    title: str
    source: str | None
    published_at: str | None
    url: str | None

    @property
    def sentence_texts(self) -> tuple[str, ...]:
        """The text of each sentence."""
        return tuple(self.text[first - self.start : last - self.start] for first, last in self.sentences)


@dataclass(frozen=True, slots=True)
class Revision:
    """When a text was first seen, in UTC, and why: "added", "changed", "reread" or "restored"."""

    revision: str
    seen_at: str
    cause: str


_SHOWN = ("title", "source", "authors", "url", "published_at", "updated_at", "text")
"""Fields of an article as its object in the contract has them."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article in one of its revisions; `live` if that is the newest. `revisions` are oldest first.

    Fields other than title and text are always the newest.
    """

    article: Article
    revision: str
    revisions: tuple[Revision, ...]
    live: bool

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What this revision's text says was wrong with it or with an earlier one."""
        return find_corrections(self.article.text)

    def to_json(self, quotations: Iterable[Quotation] = ()) -> dict[str, object]:
        """The contract's object of an article, without `schema`; quotations are the store's."""
        article = self.article
        return {
            "id": article.id,
            "revision": self.revision,
            "revisions": [asdict(one) for one in self.revisions],
            **{name: getattr(article, name) for name in _SHOWN},
            "metadata": dict(article.metadata),
            "corrections": [one.to_json() for one in self.corrections],
            "quotations": [
                {
                    "start": one.start,
                    "end": one.end,
                    "speaker": one.speaker,
                    "verb": one.verb,
                    "direct": one.is_direct,
                }
                for one in quotations
            ],
        }


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """A line of the list of articles; `state` is "live", or "removed" (then only the id is known)."""

    id: str
    state: str
    revision: str | None = None
    title: str | None = None
    source: str | None = None
    published_at: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """How many articles there are, how many without a date, and the first and last day, YYYY-MM-DD."""

    articles: int
    undated: int
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed that has been read: when it was last visited, and with what result.

    Times are RFC 3339 in UTC; `failing_since` and `problem` are None while visits succeed.
    """

    url: str
    checked_at: str
    succeeded_at: str | None
    failing_since: str | None
    problem: str | None


STOPPED = "stopped before the end; what is counted is in the store, the same command goes on"
"""The notice of an indexing run that was stopped."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run is: `articles` read, `passages` stored, files or entries `failed`.

    `stage` is "waiting", "rebuilding", "reading", "analysing", "caching" or "done"; `current` is a file.
    """

    stage: str
    articles: int
    passages: int
    failed: int
    seconds: float
    current: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What an indexing run did; `articles` and `passages` count all that the store now holds.

    An article that was taken down and is still in a file counts as unchanged. `notices`: what a user should
    know although nothing failed, one sentence each.
    """

    added: int
    updated: int
    unchanged: int
    removed: int
    failed: tuple[Failure, ...]
    articles: int
    passages: int
    seconds: float
    notices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The contract's object of an indexing run, without its `schema`."""
        record = asdict(self) | {"seconds": round(self.seconds, 3)}
        return record | {"failed": [{"path": one.path, "reason": one.reason} for one in self.failed]}

    @property
    def was_stopped(self) -> bool:
        """Whether the run was stopped before its end."""
        return STOPPED in self.notices

    def followed_by(self, later: Self) -> Self:
        """One report of this run, which was stopped, and of the one that went on."""
        return replace(
            later,
            added=self.added + later.added,
            updated=self.updated + later.updated,
            unchanged=max(0, later.unchanged - self.added - self.updated),
            removed=self.removed + later.removed,
            failed=tuple(dict.fromkeys((*self.failed, *later.failed))),
            seconds=self.seconds + later.seconds,
            notices=tuple(dict.fromkeys((*(one for one in self.notices if one != STOPPED), *later.notices))),
        )

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The report that `to_json` made, but for the failures' origins. Raises KeyError and TypeError."""
        names = ("added", "updated", "unchanged", "removed", "articles", "passages", "seconds")
        failed = tuple(Failure(one["path"], one["reason"]) for one in record["failed"])
        numbers = {name: record[name] for name in names}
        return cls(**numbers, failed=failed, notices=tuple(record["notices"]))
