"""JSON-LD of a page: reading it in the forms that sites give it, and choosing the page's own article."""

import html
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.article import MAX_URL_CHARACTERS, one_line
from corpus.outlets import page_key

_ARTICLE_TYPE = re.compile(r".*(?:Article|(?<!Job)(?<!Forum)Posting|Reportage|Report|Review)$")
_OTHER_TYPE = re.compile(
    r".*(?:VideoObject|AudioObject|Episode|Recipe|Gallery|(?:Web|Item)Page|CreativeWork)$"
)
_PAGE_TYPE = re.compile(r".*(?:Web|Item)Page$")
_OUTLET_TYPE = re.compile(r".*(?:WebSite|NewsMediaOrganization)$")
_NOBODY_TYPE = re.compile(r".*(?:Organization|Corporation|WebSite)$")
_SCRIPT_TYPE = re.compile(r"\s*application/(?:[\w.-]+\+)?ld\+json\s*(?:;.*)?$", re.IGNORECASE | re.DOTALL)
_AROUND = re.compile(
    r"(?:\s|;|//[^\n\[{\"]{0,200}\n|/\*[^*\[{\"]{0,200}\*/|<!--[^>\[{\"]{0,200}-->"
    r"|<!--|-->|/\*|\*/|//|<!\[CDATA\[|\]\]>|\ufeff)*"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_INLINE = re.compile(r"</?(?:i|em|b|strong|span|q|cite|sup|sub|small|br)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_AGREES, _DISAGREES, _FEWEST_WORDS = 0.7, 0.25, 2
"""Shares of the words of the shorter of two headlines that stand in the other one too."""
_MAX_SCRIPT_CHARACTERS = 1_000_000
_MAX_NODES = 10_000
_MAX_VALUES = 50
_MAX_WORDS = 1_000

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Linked:
    """What a page's JSON-LD states of the article on it; empty where none of it is about that article.

    Dates are as they stand there. `others` are the scripts that describe other articles, each with the JSON
    that is to stand there instead: the page's own article, or nothing.
    """

    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published: tuple[object, ...] = ()
    updated: tuple[object, ...] = ()
    others: tuple[tuple[Any, str], ...] = ()


def linked(tree: Any, addresses: Collection[str], titles: Collection[str]) -> Linked:
    """What the JSON-LD of a page (an lxml tree) states of the article on it.

    `addresses` are those that the page gives itself, `titles` its headlines. Of several articles its own is
    the one that names its address, else the one with its headline, else one that names no address. One that
    names another page is not it, unless of the page itself neither address nor headline is known; nor is one
    without address whose headline is another.
    """
    scripts = [(script, list(_nodes(script.text))) for script in tree.iter("script") if _is_linked(script)]
    nodes = [node for _, found in scripts for node in found]
    known = {
        node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str) and len(node) > 1
    }
    own = _own(nodes, addresses, titles)
    others = tuple(
        (script, json.dumps(own) if any(node is own for node in found) else "")
        for script, found in scripts
        if any(node is not own and _is_a(node, _ARTICLE_TYPE) for node in found)
    )
    if own is None:
        return Linked(outlet=_outlet(nodes, known, titles), others=others)
    people = [*_listed(own.get("author")), *_listed(own.get("creator"))]
    return Linked(
        title=_title(own, titles),
        outlet=next(iter(_names(own.get("publisher"), known)), None) or _outlet(nodes, known, titles),
        authors=tuple(dict.fromkeys(_names([one for one in people if not _is_nobody(one, known)], known))),
        published=tuple(
            stated
            for key in ("datePublished", "uploadDate", "dateCreated")
            for stated in _values(own.get(key))
        ),
        updated=tuple(_values(own.get("dateModified"))),
        others=others,
    )


def words(stated: object) -> str | None:
    """A string on one line, without entities and inline marks; None for anything else."""
    if not isinstance(stated, str):
        return None
    return one_line(_INLINE.sub("", html.unescape(stated[:_MAX_WORDS]))) or None


def _title(own: Node, titles: Collection[str]) -> str | None:
    """The headline of the page's own article, or the page's first where none of them is like it."""
    stated = own.get("headline") or (None if _is_a(own, _PAGE_TYPE) else own.get("name"))
    title = next(iter(_strings(stated)), None)
    if title is None or not titles:
        return title
    likeness = max(_likeness(_words_of(title), _words_of(other)) for other in titles)
    return next(iter(titles)) if likeness <= _DISAGREES and _words_of(title) else title


# Choosing the page's own article


def _own(nodes: Collection[Node], addresses: Collection[str], titles: Collection[str]) -> Node | None:
    """The article that the page is about; else the video, recipe or page that it is about."""
    base = next(iter(addresses), "")
    pages = {key for address in addresses if (key := page_key(address))}
    headlines = [_words_of(title) for title in titles]
    for kind in (_ARTICLE_TYPE, _OTHER_TYPE):
        ranked = []
        for place, node in enumerate(nodes):
            if not _is_a(node, kind):
                continue
            rank = _rank(node, base, pages, headlines)
            if rank < (_NO_ADDRESS if kind is _OTHER_TYPE else _ANOTHER_PAGE):
                ranked.append((rank, "datePublished" not in node, place, node))
        if ranked:
            return min(ranked, key=lambda one: one[:3])[3]
    return None


_ITS_ADDRESS, _ITS_HEADLINE, _NO_ADDRESS, _UNKNOWN_PAGE, _ANOTHER_PAGE = range(5)


def _rank(node: Node, base: str, pages: Collection[str], headlines: Collection[frozenset[str]]) -> int:
    """How likely the node is about the page: the less, the more likely."""
    named = {key: set(_pages(node.get(key), base)) for key in ("url", "mainEntityOfPage", "@id", "isPartOf")}
    if any(found & set(pages) for found in named.values()):
        return _ITS_ADDRESS
    title = _words_of(next(iter(_strings(node.get("headline") or node.get("name"))), ""))
    likeness = max((_likeness(title, headline) for headline in headlines), default=0.0)
    if likeness >= _AGREES:
        return _ITS_HEADLINE
    is_other_story = bool(title and headlines) and likeness <= _DISAGREES
    if not (named["url"] or named["mainEntityOfPage"] or named["@id"]):
        return _ANOTHER_PAGE if is_other_story and len(title) > _FEWEST_WORDS else _NO_ADDRESS
    return _ANOTHER_PAGE if pages or is_other_story else _UNKNOWN_PAGE


def _pages(stated: object, base: str) -> Iterator[str]:
    """The keys of the pages that a property names; the front page of a site is none."""
    for one in _listed(stated)[:_MAX_VALUES]:
        for address in (one.get("@id"), one.get("url")) if isinstance(one, dict) else (one,):
            if not isinstance(address, str) or len(address) > MAX_URL_CHARACTERS or not address.strip("# "):
                continue
            try:
                whole = urljoin(base, address.strip())
                bare = not urlsplit(whole).path.strip("/") and not urlsplit(whole).query
            except ValueError:
                continue
            if not bare and (key := page_key(whole)):
                yield key


def _words_of(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.casefold()))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the shorter headline's words that the other has; two of one word are alike or not."""
    fewest = min(len(one), len(other))
    if fewest < _FEWEST_WORDS:
        return float(bool(one) and one == other)
    return len(one & other) / fewest


def _outlet(nodes: Collection[Node], known: Mapping[str, Node], titles: Collection[str]) -> str | None:
    """The one outlet that describes itself on the page, else the one of other stories that a title names."""
    wholes = [one for node in nodes for one in _listed(node.get("isPartOf")) if isinstance(one, dict)]
    found = {name for node in (*nodes, *wholes) if _is_a(node, _OUTLET_TYPE) for name in _names(node, known)}
    if not found:
        publishers = {name for node in nodes for name in _names(node.get("publisher"), known)}
        found = {name for name in publishers if any(title.endswith(name) for title in titles)}
    return found.pop() if len(found) == 1 else None


# Reading it


def _is_linked(script: Any) -> bool:
    return bool(script.text and _SCRIPT_TYPE.match(script.get("type") or ""))


def _nodes(text: str) -> Iterator[Node]:
    """The objects of a script: those at the top, in graphs, and main entities of others."""
    waiting = list(reversed(_parsed(text[:_MAX_SCRIPT_CHARACTERS])))
    for _ in range(_MAX_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            yield node
            waiting += [node.get("@graph"), node.get("mainEntity")]


def _parsed(text: str) -> list[Any]:
    """The JSON values of a script, one after the other, whatever comments and marks stand around them.

    A script that is no JSON is tried again without what JavaScript allows and JSON does not.
    """
    if found := _values_in(text):
        return found
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    return _values_in(_TRAILING_COMMA.sub("", text.replace("\\'", "'")))


def _values_in(text: str) -> list[Any]:
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    at = _end_of_marks(text, 0)
    while at < len(text) and len(found) < _MAX_VALUES:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
        at = _end_of_marks(text, at)
    return found


def _end_of_marks(text: str, at: int) -> int:
    found = _AROUND.match(text, at)
    return found.end() if found else at


def _is_a(node: Node, kind: re.Pattern[str]) -> bool:
    return any(kind.match(one) for one in _listed(node.get("@type")) if isinstance(one, str))


def _is_nobody(stated: object, known: Mapping[str, Node]) -> bool:
    """Whether an author is said to be an organisation."""
    if not isinstance(stated, dict):
        return False
    return _is_a(stated if "@type" in stated else known.get(str(stated.get("@id")), {}), _NOBODY_TYPE)


def _names(stated: object, known: Mapping[str, Node]) -> list[str]:
    """Names of people or outlets: a string, an object with a name, a reference to one, or a list of them."""
    found: list[str] = []
    waiting = _listed(stated)[:_MAX_VALUES]
    for _ in range(2 * _MAX_VALUES):
        if not waiting:
            break
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting = one[:_MAX_VALUES] + waiting
        elif isinstance(one, dict):
            whole = one if "name" in one or "givenName" in one else known.get(str(one.get("@id")), {})
            parts = [
                part for part in (whole.get("givenName"), whole.get("familyName")) if isinstance(part, str)
            ]
            found += _strings(whole.get("name"))[:1] or ([" ".join(parts)] if parts else [])
        elif name := words(one):
            found.append(name)
    return [name for name in found if not name.startswith(("http://", "https://"))]


def _strings(stated: object) -> list[str]:
    return [found for one in _values(stated) if (found := words(one))]


def _values(stated: object) -> list[object]:
    """What a property states, as a list; a value may stand in an object of its own."""
    listed = _listed(stated)[:_MAX_VALUES]
    return [one.get("@value") if isinstance(one, dict) else one for one in listed]


def _listed(stated: object) -> list[Any]:
    """What JSON-LD states once or as a list, as a list; empty for nothing."""
    return stated if isinstance(stated, list) else [] if stated is None else [stated]
