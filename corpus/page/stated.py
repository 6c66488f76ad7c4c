"""What a page states about itself in its head: title, outlet, authors, dates and its own address."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.article import canonical_url, one_line
from corpus.dates import date_or_none

_PUBLISHED = """
    article:published_time og:article:published_time datepublished article.published parsely-pub-date
    sailthru.date dcterms.created dcterms.issued dc.date.issued dc.date.created dc.date
    pubdate publishdate publish-date publish_date date
""".split()
_UPDATED = "article:modified_time og:updated_time datemodified dcterms.modified last-modified".split()
_ARTICLE_TYPE = re.compile(r".*(?:Article|Posting|Reportage|Report|Review)$")
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")
_MAX_SCRIPT_CHARACTERS = 1_000_000
_MAX_NODES = 10_000
_MAX_NAMES = 50
_MAX_WORDS = 1_000


@dataclass(frozen=True, slots=True)
class Stated:
    """What the page states; dates have the form of `Article.published_at`. None where it states nothing."""

    title: str | None
    source: str | None
    authors: tuple[str, ...]
    published: str | None
    updated: str | None


def stated(tree: Any, url: str | None = None) -> Stated:
    """What a page (an lxml tree, at `url`) states in JSON-LD, meta tags or, of dates, its only <time>.

    In that order of trust. Of several articles in its JSON-LD the page's own is the one that names its
    address, or else the first.
    """
    linked = _own_node(list(_linked_data(tree)), own_url(tree, url))
    metas = _metas(tree)
    times = {day for element in tree.iter("time") if (day := date_or_none(element.get("datetime")))}
    published = [linked.get("datePublished"), *(metas.get(name) for name in _PUBLISHED)]
    published += times if len({day[:10] for day in times}) == 1 else ()
    updated = [linked.get("dateModified"), *(metas.get(name) for name in _UPDATED)]
    names = [*_names(linked.get("author")), *_names(linked.get("creator"))]
    return Stated(
        _words(linked.get("headline")),
        next(iter(_names(linked.get("publisher"))), None) or _words(metas.get("og:site_name")),
        tuple(dict.fromkeys(names)),
        next(filter(None, map(date_or_none, published)), None),
        next(filter(None, map(date_or_none, updated)), None),
    )


def _own_node(nodes: list[dict[str, Any]], url: str | None) -> dict[str, Any]:
    """The article that the page is about, among those that its JSON-LD describes."""
    for node in nodes:
        named = (node.get("url"), node.get("mainEntityOfPage"), node.get("@id"))
        addresses = [one.get("@id") if isinstance(one, dict) else one for one in named]
        if url and any(isinstance(one, str) and canonical_url(one) == url for one in addresses):
            return node
    return next((node for node in nodes if "datePublished" in node), nodes[0] if nodes else {})


def _names(stated: object) -> list[str]:
    """The names of people or outlets in JSON-LD: a string, an object with a name, or a list of them."""
    found = []
    for one in _listed(stated):
        name = _words(one.get("name") if isinstance(one, dict) else one)
        if name and not name.startswith(("http://", "https://")):
            found.append(name)
    return found[:_MAX_NAMES]


def _listed(stated: object) -> list[Any]:
    """What JSON-LD states once or as a list, as a list."""
    return stated if isinstance(stated, list) else [stated]


def _words(stated: object) -> str | None:
    """A string on one line, its entities read."""
    return one_line(html.unescape(stated[:_MAX_WORDS])) or None if isinstance(stated, str) else None


def named_feed(tree: Any) -> str | None:
    """The address of the feed that a page names first, as it is written."""
    for link in tree.iter("link"):
        kind = (link.get("type") or "").strip().lower()
        if kind in ("application/rss+xml", "application/atom+xml") and link.get("href"):
            return str(link.get("href"))
    return None


def date_in_url(url: str | None) -> str | None:
    """The day that the publisher wrote into the article's address, as in `/2019/10/15/`."""
    found = _DAY_IN_PATH.search(urlsplit(url).path) if url else None
    return date_or_none("-".join((found[1], found[2].zfill(2), found[3].zfill(2)))) if found else None


def own_url(tree: Any, fallback: str | None, *, fetched: str | None = None) -> str | None:
    """The page's canonical address; None if it states none, or only that of its site.

    A canonical address on another host than `fetched` is ignored: it would be another outlet's article.
    """
    stated = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    for address in [*stated, _metas(tree).get("og:url"), fallback]:
        if not isinstance(address, str):
            continue
        url = canonical_url(urljoin(fetched, address) if fetched else address)
        if url and fetched and _host(url) != _host(fetched):
            continue
        if url and (urlsplit(url).path != "/" or urlsplit(url).query):
            return url
    return canonical_url(fetched) if fetched else None


def _host(url: str) -> str:
    return re.sub(r"^(?:www|m|amp|mobile)\.", "", urlsplit(url).hostname or "")


def _metas(tree: Any) -> dict[str, str]:
    """The first content of each meta tag, by its property, name or itemprop in lower case."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            if meta.get(attribute) and meta.get("content"):
                found.setdefault(meta.get(attribute).strip().lower(), meta.get("content"))
    return found


def _linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """Every article in the page's JSON-LD."""
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json" or not script.text:
            continue
        try:
            waiting = [json.loads(script.text[:_MAX_SCRIPT_CHARACTERS], strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(_MAX_NODES):
            if not waiting:
                break
            node = waiting.pop()
            if isinstance(node, list):
                waiting += reversed(node)
            elif isinstance(node, dict):
                kinds = node.get("@type")
                if any(_ARTICLE_TYPE.match(str(kind)) for kind in _listed(kinds)):
                    yield node
                waiting += [node.get("@graph"), node.get("mainEntity")]
