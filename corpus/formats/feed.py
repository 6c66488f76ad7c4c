"""RSS and Atom: parsing the entries of a feed, from a file or as fetched."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.article import (
    MAX_NAME_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    Article,
    Failure,
    canonical_url,
    one_line,
)
from corpus.dates import date_or_none, plausible_date
from corpus.errors import OnrecordError, ReadError
from corpus.formats.fields import article_from
from corpus.sources import MEGABYTE, SourceFile

MAX_FEED_BYTES = 20 * MEGABYTE
MAX_ENTRIES = 5_000
MAX_TAGS = 500_000
FULL_CHARACTERS = 1_500
"""An entry whose content is longer is taken for the whole article; teasers are a few hundred characters."""

_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!]")
_HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. `fields` are those of an article as the feed states them, `html` its content or teaser.

    `is_full`: the content is the article, and no teaser.
    """

    link: str | None
    html: str
    is_full: bool
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries in their order."""

    title: str | None
    entries: tuple[FeedEntry, ...]


def looks_like_feed(data: bytes) -> bool:
    """Whether the first bytes are those of a feed."""
    return _FEED.search(data[:_HEAD_BYTES]) is not None


def parse(data: bytes, *, url: str | None = None, content_type: str | None = None) -> Feed:
    """The feed in these bytes; relative links count from `url`.

    Raises ReadError for data that is not a feed, declares entities, or exceeds the limits.
    """
    if not looks_like_feed(data):
        raise ReadError("it is no RSS or Atom feed")
    if _DECLARES.search(data):
        raise ReadError("it declares entities or a document type, which no feed needs")
    if data.count(b"<") > MAX_TAGS:
        raise ReadError(f"it has more than {MAX_TAGS} tags; split it")
    import feedparser

    headers = {"content-type": content_type or "application/xml"} | ({"content-location": url} if url else {})
    try:
        parsed = feedparser.parse(data, response_headers=headers)
    except RecursionError as error:
        raise ReadError("it is nested too deeply") from error
    except Exception as error:  # whatever feedparser stumbles over, the next source is read
        raise ReadError(f"the feed cannot be analysed ({type(error).__name__})") from error
    if not parsed.version and not parsed.entries:
        raise ReadError("it is no RSS or Atom feed that can be read")
    if len(parsed.entries) > MAX_ENTRIES:
        raise ReadError(
            f"it has {len(parsed.entries)} entries, more than the limit of {MAX_ENTRIES}; split it"
        )
    title = _line(parsed.feed.get("title"), MAX_NAME_CHARACTERS)
    return Feed(title, tuple(_entry(entry, title, parsed.version) for entry in parsed.entries))


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The entries of a feed in a file, as far as it states them; nothing is fetched."""
    feed = parse(source.read(MAX_FEED_BYTES))
    if not feed.entries:
        raise ReadError("the feed has no entries")
    for number, entry in enumerate(feed.entries, start=1):
        try:
            yield article_of(entry, source, number)
        except OnrecordError as error:
            yield source.failure(f"entry {number}: {error}")


def article_of(entry: FeedEntry, source: SourceFile, number: int | None) -> Article:
    """The article that the entry itself holds. Raises ReadError if it holds no text."""
    if not _text(entry.html):
        raise ReadError("it has neither content nor a summary")
    from corpus.page.text import fields_of

    return article_from(
        {**entry.fields, "text": fields_of(f"<div>{entry.html}</div>")["text"]}, source, number
    )


def _entry(entry: Any, feed_title: str | None, version: str) -> FeedEntry:
    contents = [str(one.get("value") or "") for one in entry.get("content", [])]
    summary = str(entry.get("summary") or "")
    html = max([*contents, summary], key=len)
    link = canonical_url(str(entry.get("link") or ""))
    outlet = _line((entry.get("source") or {}).get("title"), MAX_NAME_CHARACTERS) or feed_title
    names = [_line(one.get("name"), MAX_NAME_CHARACTERS) for one in entry.get("authors", [])]
    if "@" in entry.get("author", ""):  # feedparser cuts the address after four letters of its last part.
        names[-1:] = [_line(entry["author"], MAX_NAME_CHARACTERS)]
    published, updated = entry.get("published"), dict.get(entry, "updated")
    if not plausible_date(published) and not version.startswith(
        "atom"
    ):  # feedparser has dc:date for a change.
        published, updated = updated, None
    fields = {
        "id": None if link else _line(entry.get("id"), 500),
        "url": link,
        "title": _line(entry.get("title"), MAX_TITLE_CHARACTERS),
        "source": outlet,
        "authors": list(filter(None, names)) or None,
        "published_at": plausible_date(published) or date_or_none(published),
        "updated_at": plausible_date(updated),
        "tags": [tag for one in entry.get("tags", [])[:50] if (tag := _line(one.get("term"), 100))] or None,
    }
    is_full = bool(contents) and len(_text(max(contents, key=len))) >= FULL_CHARACTERS
    given = {name: value for name, value in fields.items() if value is not None}
    return FeedEntry(link, html, is_full, given)


def _text(html: str) -> str:
    return one_line(re.sub(r"<[^>]{0,2000}>", " ", html)) if _TAG.search(html) else one_line(html)


def _line(value: object, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    import html

    return one_line(html.unescape(re.sub(r"<[^>]{0,500}>", "", value)))[:limit] or None
