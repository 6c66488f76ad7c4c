"""Articles from an address: a page is one article, a feed or a sitemap one for each page that it lists."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from corpus.article import Article, Failure, canonical_url
from corpus.dates import plausible_date
from corpus.errors import OnrecordError, ReadError, StoreError
from corpus.formats.feed import FeedEntry, article_of, looks_like_feed, parse
from corpus.formats.fields import article_from
from corpus.kinds import binary_kind, format_of, kind_of
from corpus.page.boilerplate import take_dropped
from corpus.page.wall import Look
from corpus.read import read_content
from corpus.sources import (
    Address,
    Kind,
    Notice,
    SeenLookup,
    SourceFile,
    StoredLookup,
    Validators,
    Visit,
    failed_visit,
    reason,
)
from corpus.web.fetch import Fetched, Fetcher
from corpus.web.robots import Robots
from corpus.web.sitemap import MOST_PAGES, Link, SitemapWalk, is_unchanged, looks_like_sitemap

RECENT = 3_600.0
"""Seconds after which a page that a feed still lists is fetched again; the feed itself always is."""
UNDATED = 24 * RECENT
"""The same for a page of which a sitemap does not state when it was changed."""

_PAGES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml")
_LEAST_WORDS = 5
"""Words that a feed's own text needs to stand for a page that cannot be read."""
_MUCH_LONGER = 1.5
"""Times the words of a page that a feed's own text has where the page shows only the beginning."""
_MORE = 1.2
"""Times the characters of a feed's own text from which on a stored text is that of the page."""
_FEEDS = ("application/rss+xml", "application/atom+xml")


Entry = Article | Failure | Visit | Notice


@dataclass(frozen=True, slots=True)
class WebPage(SourceFile):
    """An address in the place of a file: its origin is the address itself."""

    @property
    def origin(self) -> str:
        """The address."""
        return self.path


def read_address(
    address: Address, fetcher: Fetcher, known: SeenLookup, stored: StoredLookup = lambda url: None
) -> Iterator[Entry]:
    """Every article of the address, and a Visit for each address that was visited, after its articles.

    An address that the store knows (`known`) is read only if it has changed. What is `stored` of it helps to
    tell a page that stands in the place of the article. A failure is yielded, and the rest is read.
    """
    try:
        yield from _Reading(fetcher, known, stored).read(address.url)
    except StoreError:
        raise
    except Exception as error:  # whatever a reader stumbles over, the next address is read
        before = known(address.url)
        yield from failed_visit(address.url, before.kind if before else "page", error)


class _Reading:
    """Reads one address that a user named."""

    def __init__(self, fetcher: Fetcher, known: SeenLookup, stored: StoredLookup) -> None:
        self._fetcher = fetcher
        self._known = known
        self._stored = stored
        self._robots = Robots(fetcher)

    def read(self, url: str, *, may_lead_to_feed: bool = True) -> Iterator[Entry]:
        """The address itself: a feed, or a page, or a page that only names its feed."""
        url = canonical_url(url) or url
        before = self._known(url)
        kind: Kind = before.kind if before else "page"
        try:
            found = self._fetch(url)
        except ReadError as error:
            yield from failed_visit(url, kind, error)
            return
        if found.unchanged:
            yield Visit(url, kind, unchanged=True)
            return
        if looks_like_sitemap(found.data):
            yield from SitemapWalk(self._fetch, self._known, self._listed_page).read(url, found)
            return
        if kind == "feed" or _is_feed(found):
            yield from self._feed(url, found)
            return
        try:
            articles = _articles(found, self._look(url, found))
        except Exception as error:
            feed = _feed_named_by(found) if may_lead_to_feed else None
            if feed is not None and feed != url:
                yield from self.read(feed, may_lead_to_feed=False)
            else:
                yield from failed_visit(url, "page", error)
            return
        yield from articles
        yield Visit(url, "page", found.validators, article_ids=tuple(one.id for one in articles))

    def _feed(self, url: str, found: Fetched) -> Iterator[Entry]:
        """The feed's entries: a whole article as it is, the others by the page behind the link."""
        try:
            feed = parse(found.data, url=found.url, content_type=found.content_type)
        except ReadError as error:
            yield from failed_visit(url, "feed", error)
            return
        ids: list[str] = []
        pages = 0
        is_whole = True
        for number, entry in enumerate(feed.entries, start=1):
            try:
                if entry.stands_alone:
                    article = _of_entry(entry, url, number)
                    ids.append(article.id)
                    yield article
                    continue
            except Exception as error:
                is_whole = False
                yield Failure(url, f"entry {number}: {reason(error)}", url)
                continue
            if pages >= MOST_PAGES:
                is_whole = False
                left = len(feed.entries) - number + 1
                yield Failure(url, f"{left} more entries are left for the next run", url)
                break
            for one in self._entry_page(entry, url, number):
                if isinstance(one, Visit):
                    pages += not one.unchanged
                    ids += one.article_ids
                is_whole = is_whole and not isinstance(one, Failure | Notice)
                yield one
        # Without validators the next run reads the whole feed again, and so what was left out.
        validators = found.validators if is_whole else Validators()
        yield Visit(url, "feed", validators, article_ids=tuple(dict.fromkeys(ids)))

    def _listed_page(self, link: Link) -> Iterator[Entry]:
        """The page behind a link of a sitemap, unless it is known and was not changed since."""
        before = self._known(link.url)
        if before is not None and is_unchanged(link, before):
            yield Visit(link.url, "page", unchanged=True, article_ids=before.article_ids)
            return
        recent = UNDATED if link.changed_at is None else RECENT
        yield from self._entry_page(FeedEntry(link.url, "", False, link.fields), link.url, 1, recent)

    def _entry_page(
        self, entry: FeedEntry, feed: str, number: int, recent: float = RECENT
    ) -> Iterator[Entry]:
        """The article behind an entry's link; what the feed has of it where the page cannot be read."""
        assert entry.link is not None
        before = self._known(entry.link)
        ids = before.article_ids if before is not None else ()
        unchanged = Visit(entry.link, "page", unchanged=True, article_ids=ids)
        checked_at = datetime.fromisoformat(before.checked_at).timestamp() if before is not None else 0.0
        if time.time() - checked_at < recent:
            yield unchanged
            return
        try:
            found = self._fetch(entry.link)
            if found.unchanged:
                yield unchanged
                return
            if _is_feed(found):
                raise ReadError(f"{entry.link} is another feed; feeds are not followed from feeds")
            articles = _articles(found, self._look(entry.link, found), entry)
        except Exception as error:
            yield from self._instead(entry, feed, number, error)
            return
        told = _of_entry_if_any(entry, feed, number) if len(articles) == 1 else None
        if told is not None and _is_cut_from(articles[0].text, told.text):
            articles = [replace(articles[0], text=told.text, dropped=told.dropped)]
            sentence = f"{entry.link} shows only the beginning of the article; the feed's own text is used"
            yield Notice(sentence, entry.link)
        yield from articles
        yield Visit(entry.link, "page", found.validators, article_ids=tuple(one.id for one in articles))

    def _instead(self, entry: FeedEntry, feed: str, number: int, error: Exception) -> Iterator[Entry]:
        """The feed's own text for a page that cannot be read, unless more was read from the page before."""
        assert entry.link is not None
        told = _of_entry_if_any(entry, feed, number)
        stored = self._stored(entry.link)
        is_read = self._known(entry.link) is not None
        if told is None or (stored and (is_read or len(stored[1]) > _MORE * len(told.text))):
            yield from failed_visit(entry.link, "page", error)
            return
        yield Notice(f"{reason(error)}; the feed's own text of {entry.link} is used", entry.link)
        yield told
        yield Visit(entry.link, "page", problem=reason(error), article_ids=(told.id,))

    def _look(self, url: str, found: Fetched) -> Look:
        """What is known of an address beside the page that was found there."""
        title, text = self._stored(url) or ("", "")
        return Look(url, found.url, title, text)

    def _fetch(self, url: str) -> Fetched:
        before = self._known(url)
        return self._fetcher.fetch(url, before.validators if before else None, allowed=self._robots.check)


def _of_entry(entry: FeedEntry, feed: str, number: int) -> Article:
    """The article as a feed's entry itself has it. Raises ReadError or IdentityError if there is none."""
    guid = entry.fields.get("id")
    if entry.link is None and guid is None:
        return article_of(entry, WebPage(feed, feed), number)
    origin = entry.link or f"{feed}#{guid}"
    return article_of(entry, WebPage(origin, origin), None)


def _of_entry_if_any(entry: FeedEntry, feed: str, number: int) -> Article | None:
    """The article as a feed's entry itself has it, if that is a sentence at least."""
    try:
        told = _of_entry(entry, feed, number)
    except OnrecordError:
        return None
    return told if len(told.text.split()) >= _LEAST_WORDS else None


def _is_cut_from(page: str, told: str) -> bool:
    """Whether a page shows much less than the feed does."""
    return len(told.split()) >= max(40.0, _MUCH_LONGER * len(page.split()))


def _articles(found: Fetched, look: Look, entry: FeedEntry | None = None) -> list[Article]:
    """The article of a page (or those of a document), completed by what a feed's entry states of it.

    Raises ReadError or IdentityError if there is none.
    """
    suffix = format_of(found.data, found.content_type, found.url)
    if suffix is None:
        kind = binary_kind(found.data) if found.content_type in _PAGES else found.content_type[:80]
        raise ReadError(f"{found.url[:160]} is {kind or 'no text'}, which is not read")
    if suffix != ".html":
        with suppress(*((OnrecordError,) if found.content_type in _PAGES else ())):
            return read_content(found.data, suffix, found.url)
    from corpus.formats.html import fields_of_page

    fields = fields_of_page(found.data, declared=found.charset, url=found.url, look=look)
    dropped = take_dropped(fields)
    stated = entry.fields if entry is not None else {}
    filled = {name: value for name, value in fields.items() if value not in (None, "", (), [])}
    if not plausible_date(filled.get("published_at")) and stated.get("published_at"):
        filled.pop("published_at", None)
    url = canonical_url(str(filled.get("url") or found.url)) or found.url
    fields = {**stated, **filled, "id": None, "url": url}
    return [article_from(fields, WebPage(url, url), dropped=dropped)]


def _is_feed(found: Fetched) -> bool:
    if found.unchanged or kind_of(found.data) in (".html", ".pdf", ".docx"):
        return False
    return found.content_type in _FEEDS or looks_like_feed(found.data)


def _feed_named_by(found: Fetched) -> str | None:
    """The feed that a page names in its head, on its own host."""
    if format_of(found.data, found.content_type, found.url) != ".html":
        return None
    from corpus.formats.html import feed_of_page

    named = feed_of_page(found.data)
    address = canonical_url(urljoin(found.url, named)) if named else None
    return address if address and urlsplit(address).hostname == urlsplit(found.url).hostname else None
