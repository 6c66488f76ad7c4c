"""What a page states about itself in its head: title, outlet, authors, dates and its own address."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.article import canonical_url
from corpus.dates import date_or_none, plausible_date
from corpus.outlets import host_of, named_in_title
from corpus.page.linked import linked, words

_PUBLISHED = """
    article:published_time og:article:published_time datepublished article.published parsely-pub-date
    sailthru.date dcterms.created dcterms.issued dc.date.issued dc.date.created dc.date
    pubdate publishdate publish-date publish_date date
    og:published_time og:pubdate published_time article:published published-date published_date
    publication_date publicationdate originalpublicationdate cxenseparse:recs:publishtime
    cxenseparse:publishtime citation_publication_date citation_date dcterms.date dcterms.available
    rnews:datepublished bt:pubdate article_date_original uploaddate datecreated
""".split()
_UPDATED = "article:modified_time og:updated_time datemodified dcterms.modified last-modified".split()
_AUTHOR = (
    "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl authors".split()
)
_OUTLET = """
    og:site_name publisher dc.publisher dcterms.publisher article:publisher sailthru.publisher rbpubname
    citation_journal_title copyright twitter:site application-name twitter:app:name:iphone
    twitter:app:name:googleplay
""".split()
_NO_OUTLET = re.compile(r"https?:|www\.|/|@|©|copyright\b|\(c\)|\W*$|\d", re.IGNORECASE)
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")
_SAYS_PUBLISHED = re.compile(r"publish|posted|pubdate|dateline", re.IGNORECASE)
_SAYS_UPDATED = re.compile(r"modif|updat|edited", re.IGNORECASE)
_HOLDS_DATE = ("span", "div", "p", "li", "small", "em", "abbr", "a", "td", "dd", "h4", "h5", "h6")
_MARKS_DATE = re.compile(
    r"publi|posted|pubdate|dateline|timestamp|(?:^|[-_ ])(?:date|time)(?:$|[-_ ])|[a-z]Date\b", re.I
)
_SAYS_WHEN = re.compile(
    r"^\W*(?:(?:first|originally)\s+)?(?:published|posted|date|publié|veröffentlicht|publicado|pubblicato|udgivet)?"
    r"\s*:?\s*(?:(?:on|am|le|el|den|il)\s+)?",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"related|recommend|rail|sidebar|comment|teaser|more-|most-|latest|footer|promo|card", re.IGNORECASE
)
_SHORT_CHARACTERS = 200
_MAX_NAMES = 50
_MAX_TITLES = 10
_MAX_HEADINGS = 50


@dataclass(frozen=True, slots=True)
class Stated:
    """What the page states; dates have the form of `Article.published_at`. None where it states nothing.

    `refused` is a publication date, as written, that cannot be right, where no other one is stated.
    `others`: scripts that describe other articles, as in `corpus.page.linked`.
    """

    title: str | None
    source: str | None
    authors: tuple[str, ...]
    published: str | None
    updated: str | None
    refused: str | None = None
    others: tuple[tuple[Any, str], ...] = ()


def stated(tree: Any, url: str | None = None) -> Stated:
    """What a page (an lxml tree, at `url`) states in JSON-LD, meta tags or, of dates, where it shows them.

    In that order of trust; of JSON-LD counts what is about the page itself (`corpus.page.linked`).
    """
    metas = _metas(tree)
    addresses = _own_addresses(tree, metas, url)
    titles = _titles(tree, metas)
    said = linked(tree, addresses, titles)
    published = [*said.published, *(metas.get(name) for name in _PUBLISHED)]
    updated = [*said.updated, *(metas.get(name) for name in _UPDATED)]
    found = next(filter(None, map(plausible_date, published)), None) or _time(tree) or _marked_day(tree)
    return Stated(
        said.title or (None if metas.get("og:title") else _heading_in_title(tree)),
        said.outlet or _outlet(metas, titles) or _outlet_in_title(tree, addresses),
        said.authors or _authors(tree),
        found,
        next(filter(None, map(plausible_date, updated)), None),
        None if found else next((str(one) for one in published if date_or_none(one)), None),
        said.others,
    )


def _own_addresses(tree: Any, metas: dict[str, str], url: str | None) -> list[str]:
    """The addresses that a page gives itself, its canonical one first; not that of its site."""
    base = url or ""
    links = [link for link in tree.iter("link") if link.get("href")]
    kinds = [(link, (link.get("rel") or "").lower().split()) for link in links]
    given = [link.get("href") for link, rel in kinds if "canonical" in rel]
    given += [metas.get("og:url"), url]
    given += [link.get("href") for link, rel in kinds if "amphtml" in rel or "shortlink" in rel]
    found = [address for one in given if one and (address := canonical_url(_joined(base, one)))]
    return [one for one in dict.fromkeys(found) if urlsplit(one).path != "/" or urlsplit(one).query]


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _titles(tree: Any, metas: dict[str, str]) -> list[str]:
    """The headlines of a page as its head and its first headings have them."""
    elements = [*tree.iter("h1"), *tree.iter("title")][:_MAX_TITLES]
    given = [
        metas.get("og:title"),
        metas.get("twitter:title"),
        *("".join(one.itertext()) for one in elements),
    ]
    return [title for one in given if (title := words(one))]


def _heading_in_title(tree: Any) -> str | None:
    """The heading that stands in the <title> beside the outlet, on a page that has not one <h1>."""
    if len(tree.findall(".//h1")) == 1:
        return None
    whole = next((title for one in tree.iter("title") if (title := words("".join(one.itertext())))), "")
    headings = (words(_short_text(one)) for one in list(tree.iter("h1", "h2", "h3"))[:_MAX_HEADINGS])
    return max((one for one in headings if one and " " in one and one in whole), key=len, default=None)


def _time(tree: Any) -> str | None:
    """The day of the <time> that says that it is of the publication, else of the head, the article, the page.

    Where they name several days, none; where they name several moments of one day, that day.
    """
    every = [(time, day) for time in tree.iter("time") if (day := plausible_date(_moment_of(time)))]
    said = [
        day
        for time, day in every
        if _SAYS_PUBLISHED.search(_marks(time)) and not _SAYS_UPDATED.search(_marks(time))
    ]
    inside = [day for time, day in every if any(True for _ in time.iterancestors("article", "main"))]
    headed = [day for time, day in every if any(True for _ in time.iterancestors("header"))]
    for days in (said, headed if inside else [], inside, [day for _, day in every]):
        if len({day[:10] for day in days}) == 1:
            return days[0] if len(set(days)) == 1 else days[0][:10]
    return None


def _moment_of(time: Any) -> str:
    return time.get("datetime") or _short_text(time)


def _marked_day(tree: Any) -> str | None:
    """The one day in elements whose class, id or itemprop says that they hold the day of publication."""
    found = set()
    for element in tree.iter(*_HOLDS_DATE):
        marks = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if not _MARKS_DATE.search(marks) or _SAYS_UPDATED.search(marks) or _is_aside(element):
            continue
        told = (
            element.get("content"),
            element.get("title"),
            _SAYS_WHEN.sub("", _short_text(element), count=1),
        )
        if day := next(filter(None, map(plausible_date, told)), None):
            found.add(day[:10])
    return found.pop() if len(found) == 1 else None


def _is_aside(element: Any) -> bool:
    """Whether an element stands beside the article: in a rail, a menu, a footer or among other stories."""
    return any(
        one.tag in ("aside", "nav", "footer")
        or _BESIDE.search(f"{one.get('class') or ''} {one.get('id') or ''}")
        for one in element.iterancestors()
    )


def _short_text(element: Any) -> str:
    """The text of an element, or its beginning; nothing that is longer is a date or a headline."""
    parts, length = [], 0
    for part in element.itertext():
        parts.append(part)
        length += len(part)
        if length > _SHORT_CHARACTERS:
            break
    return " ".join("".join(parts).split())


def _marks(element: Any) -> str:
    return " ".join(f"{key} {value}" for key, value in element.items() if key != "datetime")


def _authors(tree: Any) -> tuple[str, ...]:
    """The authors in the first of the meta tags that names any."""
    named = [
        ((meta.get("name") or meta.get("property") or "").strip().lower(), meta) for meta in tree.iter("meta")
    ]
    for name in _AUTHOR:
        found = [
            author
            for key, meta in named
            if key == name
            if (author := words(meta.get("content"))) and not author.startswith(("http://", "https://", "/"))
        ]
        if found:
            return tuple(dict.fromkeys(found[:_MAX_NAMES]))
    return ()


def _outlet(metas: dict[str, str], titles: list[str]) -> str | None:
    """The outlet by the meta tags, unless that is an address, an account, a copyright or a headline."""
    for name in _OUTLET:
        outlet = words(metas.get(name))
        if outlet and outlet not in titles and not (name != _OUTLET[0] and _NO_OUTLET.match(outlet)):
            return outlet
    return None


def _outlet_in_title(tree: Any, addresses: list[str]) -> str | None:
    title = next((words("".join(one.itertext())) for one in tree.iter("title")), None)
    host = host_of(next(iter(addresses), None))
    return named_in_title(title, host) if title and host else None


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
