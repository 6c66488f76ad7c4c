"""Pages that a crawler saved as Markdown: how they are told, and the fields of the article in them."""

import re
from collections.abc import Mapping

from corpus.article import canonical_url, one_line
from corpus.dates import date_or_none, find_dateline
from corpus.page import date_in_url

LEAST_LINKS = 5
"""Links in Markdown that make a text a page; in an article as it is written there are none."""
_HEADER_CHARACTERS = 4_000
_LINK = re.compile(r"\]\((?:https?:|/|#|data:|javascript:|mailto:)")
_HEADER = re.compile(
    r"^(?:(?:Title: ?(?P<title>.+)|URL Source: ?(?P<url>\S+)|Published Time: ?(?P<published>.+)"
    r"|Markdown Content:|The Wayback Machine - (?P<archived>\S+)|={3,})[ \t]*)$",
    re.MULTILINE,
)
_SAYS_SO = re.compile(r"^(?:The Wayback Machine - https?://|URL Source: ?https?://)", re.MULTILINE)
_HEADING = re.compile(r"\s*#\s+([^\n]{1,1000})")


def is_saved_page(text: str) -> bool:
    """Whether a text is a page as crawlers save it: its header says so, or it has links in Markdown."""
    if _SAYS_SO.search(text[:_HEADER_CHARACTERS]):
        return True
    return sum(1 for _ in zip(range(LEAST_LINKS), _LINK.finditer(text), strict=False)) == LEAST_LINKS


def fields_of(text: str, known_url: str | None = None) -> Mapping[str, object]:
    """The `text` of the article in a page; `title`, `url`, `published_at` as far as the page states them.

    With a `known_url` none is looked for. The date is that of the header, in the URL, or of a dateline:
    above a saved article other dates may stand.
    """
    from corpus.clean import article_in

    stated = _header(text[:_HEADER_CHARACTERS])
    article = article_in(_HEADER.sub("", text[:_HEADER_CHARACTERS]) + text[_HEADER_CHARACTERS:])
    heading = _HEADING.match(text)
    url = None if known_url else canonical_url(stated.get("url") or stated.get("archived") or "")
    fields = {
        "text": article,
        "title": stated.get("title") or (_plain(heading[1]) if heading else None),
        "url": url,
        "published_at": date_or_none(stated.get("published"))
        or date_in_url(known_url or url)
        or find_dateline(article),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _header(head: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _HEADER.finditer(head):
        for name, value in line.groupdict().items():
            if value:
                found.setdefault(name, value.strip())
    return found


def _plain(heading: str) -> str:
    from corpus.units import units

    return one_line(" ".join(unit.text for unit in units(heading)))
