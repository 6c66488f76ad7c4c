"""RSS and Atom: parsing the entries of a feed, from a file or as fetched."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from corpus.article import (
    MAX_ID_CHARACTERS,
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
from corpus.page.boilerplate import take_dropped
from corpus.sources import MEGABYTE, SourceFile

MAX_FEED_BYTES = 20 * MEGABYTE
MAX_ENTRIES = 5_000
MAX_TAGS = 500_000
_LONGEST_AUTHOR = 400
_LONGEST_STYLE = 1_000
MAX_GUID_CHARACTERS = 400
GUID = "feed_guid"
"""Key of an article's metadata: the guid by which its feed knows an entry whose link may change."""
FULL_CHARACTERS = 1_500
"""An entry whose content is longer is taken for the whole article; teasers are a few hundred characters."""

_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MISC = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
"""What may stand before the root and the document type: white space, instructions and comments."""
_DOCTYPE = re.compile(
    rb"<!DOCTYPE(?:[^\"'\[\]<>]|\"[^\"]*\"|'[^']*')*+"
    rb"(?:\[(?P<subset>(?:<!--.*?-->|[^\]\"']|\"[^\"]*\"|'[^']*')*+)\]\s*)?>",
    re.IGNORECASE | re.DOTALL,
)
_NAMES_MORE = re.compile(rb"<!ENTITY|%", re.IGNORECASE)
_DATES = ("{http://purl.org/dc/elements/1.1/}date", "date")
_ITEM = re.compile(r"(?:\{[^}]*\})?item")
_LETTER = re.compile(r"[^\W\d_\u2e80-\U0003ffff]")
"""A letter of a month's name. Of Chinese, Japanese and Korean dates feedparser mixes up the numbers."""
_TAG = re.compile(r"<[a-zA-Z/!]")
_HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. `fields` are those of an article as the feed states them, `html` its content or teaser.

    `is_full`: the content is the article, and no teaser. `shares_link`: other entries have the same link, so
    that the page behind it is not this entry's own.
    """

    link: str | None
    html: str
    is_full: bool
    fields: Mapping[str, object]
    shares_link: bool = False

    @property
    def stands_alone(self) -> bool:
        """Whether no page behind its link holds more of it."""
        return self.is_full or self.link is None or (self.shares_link and bool(_text(self.html)))


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
    data = _without_doctype(data)
    if data.count(b"<") > MAX_TAGS:
        raise ReadError(f"it has more than {MAX_TAGS} tags; split it")
    feedparser = _feedparser()
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
    entries = _once(parsed.entries)
    shared = _shared(entries)
    days = _days(data) if len(entries) == len(parsed.entries) else []
    made = (
        _entry(entry, title, parsed.version, shared, days[place] if place < len(days) else None)
        for place, entry in enumerate(entries)
    )
    return Feed(title, tuple(made))


@cache
def _feedparser() -> Any:
    """The library, without three patterns of its 6.0.12 whose work is the square of what they look at.

    Of an author it looks for an address in the first 400 characters (`_sync_author_detail`), of a style it
    takes 1,000 (`sanitize_style`), and a comment that is not closed as it should be ends at the next ">"
    (`parse_comment`). 20,000 letters or comments took seconds.
    """
    import feedparser
    from feedparser.mixin import _FeedParserMixin as Parser
    from feedparser.sanitizer import _HTMLSanitizer as Sanitizer

    look, style_of = Parser._sync_author_detail, Sanitizer.sanitize_style
    closed = Sanitizer.__base__.parse_comment

    def bounded(parser: Any, key: str = "author") -> None:
        context = parser._get_context()
        if len(context.get(key) or "") > _LONGEST_AUTHOR:
            context[key] = context[key][:_LONGEST_AUTHOR]
        look(parser, key)

    def style(sanitizer: Any, written: str) -> Any:
        return style_of(sanitizer, written[:_LONGEST_STYLE])

    def comment(sanitizer: Any, start: int, report: int = 1) -> int:
        end = int(closed(sanitizer, start, report))
        dashes = sanitizer.rawdata.find("--", start + 4)
        if end < 0 <= dashes:
            end = sanitizer.rawdata.find(">", dashes) + 1
        return end if end > 0 else len(sanitizer.rawdata)

    Parser._sync_author_detail = bounded
    Sanitizer.sanitize_style, Sanitizer.parse_comment = style, comment
    return feedparser


def _without_doctype(data: bytes) -> bytes:
    """The feed without a document type that declares nothing, as RSS 0.91 has it. Content is left as it is.

    Raises ReadError for a document type that declares something, and for one that cannot be told.
    """
    begins = _MISC.match(data)
    start = begins.end() if begins else 0
    found = _DOCTYPE.match(data, start)
    end = found.end() if found else start
    root = _FEED.search(data, end)
    declares = found is not None and _NAMES_MORE.search(found["subset"] or b"") is not None
    if declares or _DECLARES.search(data, end, root.start() if root else len(data)):
        raise ReadError("it declares entities or a document type, which no feed needs")
    return data[:start] + data[end:]


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
    from corpus.page.text import fields_of_fragment

    body = fields_of_fragment(entry.html)
    dropped = take_dropped(body)
    return article_from({**entry.fields, "text": body["text"]}, source, number, dropped=dropped)


def _once(entries: Sequence[Any]) -> list[Any]:
    """The entries, the newest of those with one link, guid and title: it is the same entry, edited."""
    newest: dict[object, Any] = {}
    for place, entry in enumerate(entries):
        link, guid = str(entry.get("link") or ""), entry.get("id")
        rest = None if guid else str(entry.get("summary")) if link else place
        told = (link, guid, entry.get("title"), rest)
        if told not in newest or _changed_at(newest[told]) < _changed_at(entry):
            newest[told] = entry
    return list(newest.values())


def _changed_at(entry: Any) -> tuple[int, ...]:
    return tuple(dict.get(entry, "updated_parsed") or dict.get(entry, "published_parsed") or ())[:6]


_Headline = tuple[str | None, object, object]


@dataclass(frozen=True, slots=True)
class _Shared:
    """Links, guids and headlines (of one link and day) that several entries have. Such a guid names none."""

    links: frozenset[str]
    guids: frozenset[str]
    headlines: frozenset[_Headline]


def _shared(entries: Sequence[Any]) -> _Shared:
    links = Counter(canonical_url(str(entry.get("link") or "")) for entry in entries)
    guids = Counter(str(entry.get("id")) for entry in entries if entry.get("id"))
    return _Shared(
        frozenset(link for link, count in links.items() if link and count > 1),
        frozenset(guid for guid, count in guids.items() if count > 1),
        frozenset(headline for headline, count in Counter(map(_headline, entries)).items() if count > 1),
    )


def _headline(entry: Any) -> _Headline:
    return canonical_url(str(entry.get("link") or "")), entry.get("title"), dict.get(entry, "published")


def _days(data: bytes) -> list[str | None]:
    """The dc:date (or date) of each item of RSS, which feedparser takes for the date of the last change."""
    if b"date>" not in data:
        return []
    from xml.etree import ElementTree

    try:
        items = [one for one in ElementTree.fromstring(data).iter() if _ITEM.fullmatch(str(one.tag))]
    except (ElementTree.ParseError, RecursionError, ValueError, LookupError):
        return []
    return [
        next((found.text for name in _DATES if (found := one.find(name)) is not None), None) for one in items
    ]


def _entry(entry: Any, feed_title: str | None, version: str, shared: _Shared, day: str | None) -> FeedEntry:
    contents = [str(one.get("value") or "") for one in entry.get("content", [])]
    summary = str(entry.get("summary") or "")
    html = max([*contents, summary], key=len)
    link = canonical_url(str(entry.get("link") or ""))
    guid = _line(entry.get("id"), MAX_GUID_CHARACTERS)
    guid = None if guid in shared.guids else guid
    outlet = _line((entry.get("source") or {}).get("title"), MAX_NAME_CHARACTERS) or feed_title
    names = [_line(one.get("name"), MAX_NAME_CHARACTERS) for one in entry.get("authors", [])]
    if "@" in entry.get("author", ""):  # feedparser cuts the address after four letters of its last part.
        names[-1:] = [_line(entry["author"], MAX_NAME_CHARACTERS)]
    names = [name.rpartition("(")[2] if name and ")" not in name else name for name in names]
    own = _own_id(entry, link, guid, shared) if link and link in shared.links else None if link else guid
    published, updated = _dates(entry, day, is_rss=version.startswith("rss"))
    written = dict.get(entry, "published")
    fields = {
        "id": own,
        GUID: guid if link and guid and (canonical_url(guid) != link or "#" in guid) else None,
        "url": link,
        "title": _line(entry.get("title"), MAX_TITLE_CHARACTERS),
        "source": outlet,
        "authors": list(filter(None, names)) or None,
        "published_at": published or (written if date_or_none(written) else None),
        "updated_at": updated,
        "tags": [tag for one in entry.get("tags", [])[:50] if (tag := _line(one.get("term"), 100))] or None,
    }
    is_full = bool(contents) and len(_text(max(contents, key=len))) >= FULL_CHARACTERS
    given = {name: value for name, value in fields.items() if value is not None}
    return FeedEntry(link, html, is_full, given, link in shared.links)


def _own_id(entry: Any, link: str, guid: str | None, shared: _Shared) -> str:
    """The id of an entry whose link others have too: by its guid, its place on the page, or its title.

    Where several have the title too, its text tells it.
    """
    fragments = (str(one or "").partition("#")[2] for one in (entry.get("link"), guid))
    place = _line(next(filter(None, fragments), None), MAX_GUID_CHARACTERS)
    if guid and canonical_url(guid) != link:
        place = guid
    by_title = f"{entry.get('title')}\n{dict.get(entry, 'published')}"
    if _headline(entry) in shared.headlines:
        by_title += f"\n{entry.get('summary')}"
    own = place or sha256(by_title.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{link[: MAX_ID_CHARACTERS - len(own) - 1]}#{own}"


def _dates(entry: Any, day: str | None, *, is_rss: bool) -> tuple[str | None, str | None]:
    """When an entry was published and last changed. RSS gives one date, under one of several names."""
    updated = _date(entry, "updated")
    names = ("published", "created", "dc_created", "dc_issued", "prism_publicationdate")
    published = _date(entry, names[0]) or (plausible_date(day) if is_rss else None)
    published = published or next(filter(None, (_date(entry, name) for name in names[1:])), None)
    if published is None:
        return updated, None if is_rss else updated
    return published, None if updated == plausible_date(day) else updated


def _date(entry: Any, name: str) -> str | None:
    """A date of the entry as it is written; if only feedparser reads its form, as that moment in UTC."""
    written = dict.get(entry, name)
    if not isinstance(written, str) or (found := plausible_date(written)):
        return found if isinstance(written, str) else None
    moment = dict.get(entry, f"{name}_parsed")
    if moment is None or _LETTER.search(written) is None:
        return None
    return plausible_date(time.strftime("%Y-%m-%dT%H:%M:%SZ", moment))


def _text(html: str) -> str:
    return one_line(re.sub(r"<[^>]{0,2000}>", " ", html)) if _TAG.search(html) else one_line(html)


def _line(value: object, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    import html

    return one_line(html.unescape(re.sub(r"<[^>]{0,500}>", "", value)))[:limit] or None
