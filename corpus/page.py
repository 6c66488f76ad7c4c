"""What a page states about itself in its head: its dates and its own address."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from corpus.article import canonical_url
from corpus.dates import parse_date

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.issued",
    "dc.date.created",
    "dc.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "date",
)
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")
_ARTICLE_TYPE = re.compile(r".*(?:Article|Posting|Reportage|Report|Review)$")
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")
_MAX_SCRIPT_CHARACTERS = 1_000_000
_MAX_NODES = 10_000


@dataclass(frozen=True, slots=True)
class StatedDates:
    """Publication and last change as the page states them, in the form of `Article.published_at`."""

    published: str | None
    updated: str | None


def stated_dates(tree: Any) -> StatedDates:
    """The dates that a page (an lxml tree) states in JSON-LD, meta tags or its only <time>, in that order."""
    linked = next((node for node in _linked_data(tree) if "datePublished" in node), {})
    metas = _metas(tree)
    times = {day for element in tree.iter("time") if (day := _day(element.get("datetime")))}
    published = [linked.get("datePublished"), *(metas.get(name) for name in _PUBLISHED)]
    published += times if len({day[:10] for day in times}) == 1 else ()
    updated = [linked.get("dateModified"), *(metas.get(name) for name in _UPDATED)]
    return StatedDates(
        next(filter(None, map(_day, published)), None), next(filter(None, map(_day, updated)), None)
    )


def date_in_url(url: str | None) -> str | None:
    """The day that the publisher wrote into the article's address, as in `/2019/10/15/`."""
    found = _DAY_IN_PATH.search(urlsplit(url).path) if url else None
    return _day("-".join((found[1], found[2].zfill(2), found[3].zfill(2)))) if found else None


def own_url(tree: Any, fallback: str | None) -> str | None:
    """The page's canonical address; None if it states none, or only that of its site."""
    stated = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    for address in [*stated, _metas(tree).get("og:url"), fallback]:
        url = canonical_url(address) if isinstance(address, str) else None
        if url and (urlsplit(url).path != "/" or urlsplit(url).query):
            return url
    return None


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
                if any(
                    _ARTICLE_TYPE.match(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])
                ):
                    yield node
                waiting.append(node.get("@graph"))
                waiting.append(node.get("mainEntity"))


def _day(stated: object) -> str | None:
    try:
        return parse_date(stated) if isinstance(stated, str) else None
    except ValueError:
        return None
