"""Articles from an address: a page is one article, a feed one for each of its entries."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from corpus.article import Article, Failure, canonical_url
from corpus.dates import plausible_date
from corpus.errors import OnrecordError, ReadError
from corpus.formats.feed import FeedEntry, article_of, looks_like_feed, parse
from corpus.formats.fields import article_from
from corpus.outlets import by_address
from corpus.sources import Address, Kind, SeenLookup, SourceFile, Validators, Visit
from corpus.web.fetch import Fetched, Fetcher
from corpus.web.robots import Robots

RECENT = 3_600.0
"""Seconds after which a page that a feed still lists is fetched again; the feed itself always is."""
MOST_PAGES = 200
"""Pages of one feed that are fetched in one run; the next run fetches the rest."""

_DOCUMENTS = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/json": ".json",
}
_FEEDS = ("application/rss+xml", "application/atom+xml")


Entry = Article | Failure | Visit


@dataclass(frozen=True, slots=True)
class WebPage(SourceFile):
    """An address in the place of a file: its origin is the address itself."""

    @property
    def origin(self) -> str:
        """The address."""
        return self.path


def read_address(address: Address, fetcher: Fetcher, known: SeenLookup) -> Iterator[Entry]:
    """Every article of the address, and a Visit for each address that was visited, after its articles.

    An address that the store knows (`known`) is read only if it has changed. A failure is yielded, and the
    rest is read.
    """
    yield from _Reading(fetcher, known).read(address.url)


class _Reading:
    """Reads one address that a user named."""

    def __init__(self, fetcher: Fetcher, known: SeenLookup) -> None:
        self._fetcher = fetcher
        self._known = known
        self._robots = Robots(fetcher)

    def read(self, url: str, *, may_lead_to_feed: bool = True) -> Iterator[Entry]:
        """The address itself: a feed, or a page, or a page that only names its feed."""
        url = canonical_url(url) or url
        before = self._known(url)
        kind: Kind = before.kind if before else "page"
        try:
            found = self._fetch(url)
        except ReadError as error:
            yield from _failed(url, kind, error)
            return
        if found.unchanged:
            yield Visit(url, kind, unchanged=True)
            return
        if kind == "feed" or _is_feed(found):
            yield from self._feed(url, found)
            return
        feed = _feed_named_by(found) if may_lead_to_feed else None
        try:
            articles = _articles(found)
        except OnrecordError as error:
            if feed is not None and feed != url:
                yield from self.read(feed, may_lead_to_feed=False)
            else:
                yield from _failed(url, "page", error)
            return
        yield from articles
        yield Visit(url, "page", found.validators, article_ids=tuple(one.id for one in articles))

    def _feed(self, url: str, found: Fetched) -> Iterator[Entry]:
        """The feed's entries: a whole article as it is, the others by the page behind the link."""
        try:
            feed = parse(found.data, url=found.url, content_type=found.content_type)
        except ReadError as error:
            yield from _failed(url, "feed", error)
            return
        ids: list[str] = []
        pages = 0
        is_whole = True
        for number, entry in enumerate(feed.entries, start=1):
            try:
                if entry.is_full or entry.link is None:
                    origin = entry.link or f"{url}#{entry.fields.get('id') or number}"
                    article = article_of(entry, WebPage(origin, origin), None)
                    ids.append(article.id)
                    yield article
                    continue
            except OnrecordError as error:
                is_whole = False
                yield Failure(url, f"entry {number}: {error}", url)
                continue
            if pages >= MOST_PAGES:
                is_whole = False
                left = len(feed.entries) - number + 1
                yield Failure(url, f"{left} more entries are left for the next run", url)
                break
            for one in self._entry_page(entry):
                if isinstance(one, Visit):
                    pages += not one.unchanged
                    ids += one.article_ids
                is_whole = is_whole and not isinstance(one, Failure)
                yield one
        # Without validators the next run reads the whole feed again, and so what was left out.
        validators = found.validators if is_whole else Validators()
        yield Visit(url, "feed", validators, article_ids=tuple(dict.fromkeys(ids)))

    def _entry_page(self, entry: FeedEntry) -> Iterator[Entry]:
        assert entry.link is not None
        before = self._known(entry.link)
        ids = before.article_ids if before is not None else ()
        unchanged = Visit(entry.link, "page", unchanged=True, article_ids=ids)
        checked_at = datetime.fromisoformat(before.checked_at).timestamp() if before is not None else 0.0
        if time.time() - checked_at < RECENT:
            yield unchanged
            return
        try:
            found = self._fetch(entry.link)
            if found.unchanged:
                yield unchanged
                return
            if _is_feed(found):
                raise ReadError(f"{entry.link} is another feed; feeds are not followed from feeds")
            articles = _articles(found, entry)
        except OnrecordError as error:
            yield from _failed(entry.link, "page", error)
            return
        yield from articles
        yield Visit(entry.link, "page", found.validators, article_ids=tuple(one.id for one in articles))

    def _fetch(self, url: str) -> Fetched:
        before = self._known(url)
        return self._fetcher.fetch(url, before.validators if before else None, allowed=self._robots.check)


def _articles(found: Fetched, entry: FeedEntry | None = None) -> list[Article]:
    """The article of a page (or those of a document), completed by what a feed's entry states of it.

    Raises ReadError or IdentityError if there is none.
    """
    if found.content_type in _DOCUMENTS:
        return _document(found)
    if found.content_type not in ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml"):
        raise ReadError(f"{found.url[:160]} is {found.content_type[:80]}, which is not read")
    from corpus.formats.html import fields_of_page

    fields = fields_of_page(found.data, declared=found.charset, url=found.url)
    stated = entry.fields if entry is not None else {}
    filled = {name: value for name, value in fields.items() if value not in (None, "", (), [])}
    if not plausible_date(filled.get("published_at")) and stated.get("published_at"):
        filled.pop("published_at", None)
    url = canonical_url(str(filled.get("url") or found.url)) or found.url
    return [article_from({**stated, **filled, "id": None, "url": url}, WebPage(url, url))]


def _document(found: Fetched) -> list[Article]:
    """The articles of a document (PDF, Word, text), read as a file of that format."""
    from corpus.read import read_file

    with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
        path = Path(folder, f"document{_DOCUMENTS[found.content_type]}")
        path.write_bytes(found.data)
        entries = list(read_file(path, path))
    articles = [entry for entry in entries if isinstance(entry, Article)]
    problems = [entry.reason for entry in entries if isinstance(entry, Failure)]
    if problems or not articles:
        raise ReadError(f"{found.url[:160]}: {problems[0] if problems else 'it holds no article'}")
    url = canonical_url(found.url) or found.url
    if len(articles) == 1:
        return [by_address(replace(articles[0], id=url, url=url, origin=url, line=None))]
    return [replace(one, origin=url) for one in articles]


def _is_feed(found: Fetched) -> bool:
    return not found.unchanged and (found.content_type in _FEEDS or looks_like_feed(found.data))


def _feed_named_by(found: Fetched) -> str | None:
    """The feed that a page names in its head, on its own host."""
    from corpus.formats.html import feed_of_page

    named = feed_of_page(found.data)
    address = canonical_url(urljoin(found.url, named)) if named else None
    return address if address and urlsplit(address).hostname == urlsplit(found.url).hostname else None


def _failed(url: str, kind: Kind, error: OnrecordError) -> Iterator[Failure | Visit]:
    """An address from which nothing could be read."""
    yield Failure(url, str(error), url)
    yield Visit(url, kind, problem=str(error))
