"""Sitemaps and news sitemaps: the pages and further sitemaps that a site lists (sitemaps.org)."""

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate
from urllib.parse import urljoin
from xml.etree import ElementTree

from corpus.article import (
    MAX_NAME_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    Article,
    Failure,
    canonical_url,
    one_line,
)
from corpus.dates import date_or_none, instant_of
from corpus.errors import ReadError
from corpus.sources import Notice, SeenAddress, SeenLookup, Validators, Visit, failed_visit
from corpus.web.fetch import Fetched

MAX_LINKS = 50_000
"""Links of one sitemap, as the protocol has it."""
MAX_TAGS = 1_000_000
MOST_PAGES = 200
"""Pages of one feed, or of a sitemap with all that it lists, that are fetched in one run."""
MOST_SITEMAPS = 50
MOST_LEVELS = 3
"""Sitemaps that are read in one run, and their levels."""
_MOST_IDS = 5_000
"""Articles of a sitemap that are recorded with it."""

Entry = Article | Failure | Visit | Notice

_HEAD_BYTES = 4_096
_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_ADDRESS = re.compile(rb"(?:\xef\xbb\xbf)?\s*https?://[^\s<>\"]", re.IGNORECASE)
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf|\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)*", re.DOTALL | re.IGNORECASE)
_LAST_TO_END = 12 * 3_600.0
"""Seconds by which a day ends later than in UTC, at most."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page or a sitemap that is listed. `fields` are those of an article, as a news sitemap states them.

    `changed_at` (seconds since the epoch): by when its last change was made; None if that is not stated.
    """

    url: str
    changed_at: float | None
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists, newest first. `problem`: why the rest of it could not be read."""

    pages: tuple[Link, ...]
    sitemaps: tuple[Link, ...]
    problem: str | None = None


def looks_like_sitemap(data: bytes) -> bool:
    """Whether the first element is that of a sitemap or of an index, or all of it is a list of addresses."""
    before = _BEFORE.match(data[:_HEAD_BYTES])
    is_xml = before is not None and _ROOT.match(data, before.end()) is not None
    return is_xml or bool(_plain_list(data))


def parse(data: bytes, url: str) -> Sitemap:
    """The links in these bytes; relative ones count from `url`, and those that are none are left out.

    Raises ReadError for data that declare entities, exceed the limits, or hold no link.
    """
    if plain := _plain_list(data):
        links = (canonical_url(one.decode("utf-8", "replace")) for one in plain[:MAX_LINKS])
        cut = f"it has more than {MAX_LINKS} links; the rest is left out" if len(plain) > MAX_LINKS else None
        return Sitemap(tuple(Link(one, None) for one in dict.fromkeys(filter(None, links))), (), cut)
    root = _ROOT.search(data)
    if root is None:
        raise ReadError("it is no sitemap")
    if _DECLARES.search(data, 0, root.start()):
        raise ReadError("it declares entities or a document type, which no sitemap needs")
    if data.count(b"<") > MAX_TAGS:
        raise ReadError(f"it has more than {MAX_TAGS} tags; split it")
    pages: dict[str, Link] = {}
    sitemaps: dict[str, Link] = {}
    problem = None
    try:
        for element in _elements(data):
            if len(pages) + len(sitemaps) >= MAX_LINKS:
                problem = f"it has more than {MAX_LINKS} links; the rest is left out"
                break
            link = _link(element, url)
            if link is not None:
                (pages if _name(element) == "url" else sitemaps).setdefault(link.url, link)
            element.clear()
    except ElementTree.ParseError as error:
        problem = f"it is no valid XML from line {error.position[0]} on; the rest is left out"
    if not (pages or sitemaps):
        raise ReadError(problem.replace("; the rest is left out", "") if problem else "it lists no page")
    return Sitemap(_newest_first(pages), _newest_first(sitemaps), problem)


def _plain_list(data: bytes) -> list[bytes]:
    """The addresses of a sitemap in plain text, one a line; empty for everything else."""
    if not _ADDRESS.match(data):
        return []
    lines = data.removeprefix(b"\xef\xbb\xbf").split()
    return lines if all(_ADDRESS.match(line) for line in lines) else []


class SitemapWalk:
    """Reads what a sitemap lists, and what the sitemaps in it list, within limits of one run.

    `fetch` gives the content of an address, `known` what the store knows of it; `read_page` reads a page.
    """

    def __init__(
        self,
        fetch: Callable[[str], Fetched],
        known: SeenLookup,
        read_page: Callable[[Link], Iterator[Entry]],
    ) -> None:
        self._fetch = fetch
        self._known = known
        self._read_page = read_page
        self._pages_left = MOST_PAGES
        self._met: set[str] = set()

    def read(self, url: str, found: Fetched, level: int = 1) -> Generator[Entry, None, bool]:
        """The articles of all pages, and a Visit for each address; returns whether all of it was read."""
        self._met.add(url)
        try:
            sitemap = parse(found.data, found.url)
        except ReadError as error:
            yield from failed_visit(url, "feed", error)
            return False
        left = [] if sitemap.problem is None else [sitemap.problem]
        is_whole = yield from self._sitemaps(sitemap, level, left)
        ids: dict[str, None] = {}
        is_whole = (yield from self._pages(sitemap, ids, left)) and is_whole and not left
        yield from (Failure(url, problem, url) for problem in left)
        is_dated = all(link.changed_at is not None for link in sitemap.sitemaps)
        # Without validators the next run reads it again, and so what was left out.
        validators = _stamped(found.validators) if is_whole and is_dated else Validators()
        yield Visit(url, "feed", validators, article_ids=tuple(ids)[:_MOST_IDS])
        return is_whole

    def _sitemaps(self, sitemap: Sitemap, level: int, left: list[str]) -> Generator[Entry, None, bool]:
        is_whole = True
        new = [link for link in sitemap.sitemaps if link.url not in self._met]
        for number, link in enumerate(new):
            if level >= MOST_LEVELS:
                left.append(f"the {len(new)} sitemaps that it lists are left out, {MOST_LEVELS} levels down")
                break
            if len(self._met) >= MOST_SITEMAPS:
                left.append(f"{len(new) - number} more sitemaps are left for the next run")
                break
            is_whole = (yield from self._sitemap(link, level)) and is_whole
        return is_whole

    def _sitemap(self, link: Link, level: int) -> Generator[Entry, None, bool]:
        before = self._known(link.url)
        if before is not None and before.validators != Validators() and is_unchanged(link, before):
            yield Visit(link.url, "feed", unchanged=True)
            return True
        self._met.add(link.url)
        try:
            found = self._fetch(link.url)
            if found.unchanged:
                yield Visit(link.url, "feed", unchanged=True)
                return True
            if not looks_like_sitemap(found.data):
                raise ReadError(f"{link.url} is no sitemap")
        except ReadError as error:
            yield from failed_visit(link.url, "feed", error)
            return False
        return (yield from self.read(link.url, found, level + 1))

    def _pages(self, sitemap: Sitemap, ids: dict[str, None], left: list[str]) -> Generator[Entry, None, bool]:
        is_whole = True
        links = self._in_turn(sitemap.pages)
        for number, link in enumerate(links):
            if self._pages_left <= 0:
                left.append(f"{len(links) - number} more pages are left for the next run")
                break
            for one in self._read_page(link):
                if isinstance(one, Visit):
                    self._pages_left -= not one.unchanged
                    ids.update(dict.fromkeys(one.article_ids))
                is_whole = is_whole and not isinstance(one, Failure)
                yield one
        return is_whole

    def _in_turn(self, pages: Sequence[Link]) -> list[Link]:
        """New pages first, the newest of them before the others.

        Where they are too many for a run, those behind the newest take turns by the hour: pages that cannot
        be read stay new, and must not keep the others out.
        """
        known = {link.url for link in pages if self._known(link.url) is not None}
        new = [link for link in pages if link.url not in known]
        first = self._pages_left // 2
        rest = new[first:]
        turn = int(time.time() // 3_600) * first % len(rest) if len(new) > self._pages_left else 0
        return [*new[:first], *rest[turn:], *rest[:turn], *(link for link in pages if link.url in known)]


def is_unchanged(link: Link, before: SeenAddress) -> bool:
    """Whether what is listed was last read after its last change."""
    if link.changed_at is None or before.succeeded_at is None:
        return False
    return datetime.fromisoformat(before.succeeded_at).timestamp() >= link.changed_at


def _stamped(validators: Validators) -> Validators:
    """The server's validators, or else this moment: a sitemap that has some was read whole."""
    if validators != Validators():
        return validators
    return Validators(last_modified=formatdate(usegmt=True))


def _elements(data: bytes) -> Iterator[ElementTree.Element]:
    """Each <url> and <sitemap>, as far as the XML is valid; then ParseError."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(["end"])
    parser.feed(data)  # An error is kept, and raised where the events before it have been read.
    for _, element in parser.read_events():  # type: ignore[misc]  # Its stub allows for shorter events.
        if isinstance(element, ElementTree.Element) and _name(element) in ("url", "sitemap"):
            yield element
    parser.close()


def _link(element: ElementTree.Element, url: str) -> Link | None:
    written = _text(element, "{*}loc", 2_048)
    address = canonical_url(urljoin(url, written)) if written else None
    if address is None:
        return None
    published = date_or_none(_text(element, "{*}news/{*}publication_date", 100))
    changed = date_or_none(_text(element, "{*}lastmod", 100)) or published
    fields = {
        "title": _text(element, "{*}news/{*}title", MAX_TITLE_CHARACTERS),
        "source": _text(element, "{*}news/{*}publication/{*}name", MAX_NAME_CHARACTERS),
        "published_at": published,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return Link(address, _moment(changed) if changed else None, given)


def _text(element: ElementTree.Element, path: str, limit: int) -> str | None:
    found = element.find(path)
    return one_line("".join(found.itertext()))[:limit] or None if found is not None else None


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _moment(written: str) -> float:
    """A date in seconds since the epoch; a day counts to its end wherever on earth it ends last."""
    return instant_of(written) + (_LAST_TO_END if len(written) == 10 else 0.0)


def _newest_first(links: Mapping[str, Link]) -> tuple[Link, ...]:
    return tuple(sorted(links.values(), key=lambda link: -(link.changed_at or 0.0)))
