"""The article in an HTML page or fragment: main text by trafilatura, and what the page states of itself."""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

from corpus.article import MAX_NAME_CHARACTERS, MAX_TITLE_CHARACTERS, Dropped
from corpus.dates import find_dateline
from corpus.errors import ReadError
from corpus.page.boilerplate import OUTSIDE, Part, is_doubtful, listed, reasons
from corpus.page.bylines import byline_in
from corpus.page.layout import prepare
from corpus.page.stated import date_in_url, named_feed, own_url, stated
from corpus.page.wall import Look, marks_of, wall_instead
from corpus.sources import MEGABYTE

#: Extraction takes under a second a megabyte of text and 50 µs a tag: a few seconds at most.
MAX_PAGE_BYTES = 5 * MEGABYTE
MAX_TAGS = 100_000
MAX_ATTRIBUTES = 2_000
"""Attributes of one tag: a tree takes time in their square (libxml2 2.14: 1 s for 32,000)."""
#: Less running text than this is a menu, a form or a notice, but no article.
MIN_CHARACTERS = 60
#: The same for a page without full stops and without an <article>.
MIN_LISTED_CHARACTERS = 100
#: With so many lines, two thirds of these are enough: a table, scores.
MIN_LINES = 4
_MOST_AROUND = 3
_HEAD_BLOCKS = 8
"""Blocks of the head of an article: headline, standfirst, byline, day, caption."""

_BLOCK_TAGS = """
    address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption
    figure footer h1 h2 h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody tfoot
    thead tr ul
    head item list quote row
"""  # the last line is trafilatura's own
_SKIPPED_TAGS = """
    audio button canvas embed iframe input link math meta nav noscript object script select style svg template
    textarea title video
"""
_BLOCKS, _SKIPPED = frozenset(_BLOCK_TAGS.split()), frozenset(_SKIPPED_TAGS.split())
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*\s*$")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|html|head|body|title|meta|link)\b", re.IGNORECASE)
_HTML = re.compile(r"<html\b", re.IGNORECASE)
_NICKNAME = re.compile(r"""["‘({\[’'][^"]{1,100}?[‘’"')\]}]""")
_LONGEST_BROKEN = 20_000
"""Characters of a script of JSON-LD from which on it has to be JSON."""
_BLOCK_CHARACTERS = 2_000
"""Characters of a block in which links are counted; boilerplate is shorter."""
_PARAGRAPH = "\0"  # no tree holds one
_SEPARATORS = {"br": "\n", "lb": "\n", "td": "\t", "th": "\t", "cell": "\t"}


def fields_of(html: str) -> dict[str, object]:
    """The fields of an article, from a whole page or from a fragment that is the article's body.

    Raises ReadError if there is no article in it, or if it cannot be analysed.
    """
    return _analyse(_whole_page if _PAGE.search(html) else _fragment, html)


def fields_of_fragment(html: str) -> dict[str, object]:
    """The text of a fragment that is an article's body, even if it is written as a whole page.

    Raises as `fields_of` does.
    """
    return _analyse(_fragment, html)


def fields_of_page(page: str, url: str | None = None, look: Look | None = None) -> dict[str, object]:
    """The fields of an article, from a whole page fetched from `url`. Raises as `fields_of` does.

    `look` is what is known of the address beside the page.
    """
    return _analyse(lambda page: _whole_page(page, url, look), page)


def feed_of_page(page: str) -> str | None:
    """The address of the feed that a page names, as it is written; None if it names none."""
    if len(page) > MAX_PAGE_BYTES or page.count("<") > MAX_TAGS or _has_overlong_tag(page):
        return None
    tree = _library().load_html(page)
    return None if tree is None else named_feed(tree)


def _analyse(method: Callable[[str], dict[str, object]], html: str) -> dict[str, object]:
    if len(html) > MAX_PAGE_BYTES:
        raise ReadError(f"the HTML has {len(html)} characters, more than the limit of {MAX_PAGE_BYTES}")
    if html.count("<") > MAX_TAGS:
        raise ReadError(f"the HTML has {html.count('<')} tags, more than the limit of {MAX_TAGS}")
    try:
        if _has_overlong_tag(html):
            raise ReadError(f"a tag of the HTML has more than {MAX_ATTRIBUTES} attributes")
        return method(_DECLARATION.sub("", html))
    except ReadError:
        raise
    except RecursionError as error:
        raise ReadError("the page is nested too deeply") from error
    except Exception as error:  # whatever trafilatura stumbles over, the next page is read
        raise ReadError(f"the page cannot be analysed ({type(error).__name__}: {error})"[:300]) from error


class _Tags:
    """What libxml2's parser calls for each tag, without a tree: the most attributes of one."""

    def __init__(self) -> None:
        self._most = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._most = max(self._most, len(attributes))

    def close(self) -> int:
        return self._most


def _has_overlong_tag(html: str) -> bool:
    """Whether a tag has too many attributes for a tree to be made; in time that grows with the length."""
    if len(html) < 2 * MAX_ATTRIBUTES:  # One takes a letter and a blank.
        return False
    from lxml import etree

    most: int = etree.fromstring(html, etree.HTMLParser(target=_Tags(), huge_tree=True))
    return most > MAX_ATTRIBUTES


def _fragment(html: str) -> dict[str, object]:
    tree = _library().load_html(f"<html><body><div>{html}</div></body></html>")
    if tree is None or not (whole := block_text(tree)):
        raise ReadError("the HTML holds no text")
    text, dropped = _without_boilerplate(whole, _linked_blocks(tree, whole))
    return {"text": text, **({"dropped": listed(dropped)} if dropped else {})}


def _without_boilerplate(text: str, linked: Mapping[str, float]) -> tuple[str, list[Dropped]]:
    """The blocks that are no boilerplate, unless all of them are; and those that are."""
    parts = text.split("\n\n")
    found = reasons([Part(part, linked.get(_squeezed(part), 0.0)) for part in parts])
    kept = [part for part, reason in zip(parts, found, strict=True) if reason is None]
    dropped = [Dropped(part, reason) for part, reason in zip(parts, found, strict=True) if reason]
    return ("\n\n".join(kept), dropped) if kept else (text, [])


def _linked_blocks(tree: Any, whole: str) -> dict[str, float]:
    """The share of links in each block that holds one, by the block's letters (see `_squeezed`).

    Nothing where links tell nothing, since no block of the `whole` page has a phrase of boilerplate.
    """
    if not any(map(is_doubtful, whole.split("\n\n"))):
        return {}
    links: dict[Any, int] = {}
    for link in tree.iter("a"):
        block = next((one for one in link.iterancestors() if one.tag in _BLOCKS), None)
        if block is not None and link.get("href"):
            links[block] = links.get(block, 0) + len(_squeezed(_start(link)))
    shares = {}
    for block, length in links.items():
        text = _squeezed(_start(block))
        if text and len(text) < _BLOCK_CHARACTERS:
            shares[text] = length / len(text)
    return shares


def _start(element: Any) -> str:
    """The first characters of an element's text; deep trees are not read to their end for each level."""
    parts, length = [], 0
    for part in element.itertext():
        parts.append(part)
        length += len(part)
        if length > _BLOCK_CHARACTERS or len(parts) > _BLOCK_CHARACTERS:
            break
    return "".join(parts)


def _squeezed(text: str) -> str:
    """The text without white space, so that blocks are compared by what they say."""
    return "".join(text.split())


def _outside(whole: str, text: str) -> list[Dropped]:
    """The blocks of a page that are not in the article's text."""
    held = _squeezed(text)
    inside = {_squeezed(block) for block in text.split("\n\n")}
    blocks = dict.fromkeys(filter(None, whole.split("\n\n")))
    return [
        Dropped(block, OUTSIDE)
        for block in blocks
        if (letters := _squeezed(block)) not in inside and letters not in held
    ]


def block_text(root: Any) -> str:
    """Plain text of an lxml tree: a blank line between blocks, a newline for a break, a tab between cells."""
    parts: list[str] = []
    waiting: list[tuple[Any, bool, bool]] = [(root, False, False)]
    while waiting:
        element, verbatim, closing = waiting.pop()
        tag = element.tag if isinstance(element.tag, str) else None  # None: a comment
        if tag in _BLOCKS:
            parts.append(_PARAGRAPH)
        if not closing:
            if tag in _SEPARATORS:
                parts.append(_SEPARATORS[tag])
            if tag is not None and tag not in _SKIPPED:
                inner = verbatim or tag == "pre"
                if element.text:
                    parts.append(_flow(element.text, inner))
                waiting.append((element, verbatim, True))
                waiting += [(child, inner, False) for child in reversed(element)]
                continue
        if element is not root and element.tail:
            parts.append(_flow(element.tail, verbatim))
    blocks = "".join(parts).split(_PARAGRAPH)
    tidied = [
        "\n".join(filter(None, map(_tidy, block.split("\n")))) if "\n" in block else _tidy(block)
        for block in blocks
        if block
    ]
    return "\n\n".join(filter(None, tidied))


def _flow(text: str, verbatim: bool) -> str:
    return text if verbatim else _SPACE.sub(" ", text)


def _tidy(line: str) -> str:
    """The line without white space at its ends and around its tabs, inner runs collapsed."""
    cells = line.strip().split("\t")
    return (
        " ".join(cells[0].split()) if len(cells) == 1 else "\t".join(" ".join(cell.split()) for cell in cells)
    )


def _whole_page(page: str, fetched: str | None = None, look: Look | None = None) -> dict[str, object]:
    library = _library()
    page = page if _HTML.search(page) else f"<html><body>{page}</body></html>"
    tree = library.load_html(page)
    if tree is None:
        raise ReadError("no article is found on the page")
    said = stated(tree, fetched)  # before the extraction, which may take the tree apart
    marks, whole = marks_of(tree, said, fetched), block_text(tree)
    linked = _linked_blocks(tree, whole)
    _without_broken_scripts(tree)
    prepare(tree, said.others)
    document = library.bare_extraction(
        tree,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    found = "" if document is None or document.body is None else _in_blocks(block_text(document.body), whole)
    wall = wall_instead(marks, found or whole, look or Look())
    if wall is not None:
        raise ReadError(wall)
    text, dropped = _without_boilerplate(found, linked)
    running = sum(len(block) for block in text.split("\n\n") if _SENTENCE_END.search(block[-20:]))
    if running < MIN_CHARACTERS:
        unpunctuated = _unpunctuated(library.load_html(page), text)
        if unpunctuated != text:
            found = unpunctuated
            text, dropped = _without_boilerplate(found, linked)
        if not text:
            raise ReadError("no article is found on the page")
    url = own_url(tree, document.url, fetched=fetched)
    beside = _under_headline(whole, found, marks.titles)
    return {
        "title": _within(said.title or _first(document.title), MAX_TITLE_CHARACTERS),
        "text": text,
        "source": _within(said.source, MAX_NAME_CHARACTERS),
        "authors": list(said.authors) or document.author or byline_in(text) or byline_in(beside),
        "url": url,
        "published_at": said.published
        or find_dateline(text)
        or find_dateline(beside)
        or date_in_url(url)
        or said.refused,
        "updated_at": said.updated,
        **{key: value for key in ("description", "categories", "tags") if (value := getattr(document, key))},
        "dropped": listed([*dropped, *_outside(whole, found)]),
    }


def _in_blocks(found: str, whole: str) -> str:
    """What was extracted, in the blocks of the page: of a short article extraction makes one paragraph."""
    blocks, sought = whole.split("\n\n"), _squeezed(found)
    if not sought or "\n\n" in found or found in blocks:
        return found
    ends = [0, *accumulate(len(_squeezed(block)) for block in blocks)]
    start = _squeezed(whole).find(sought)
    if start not in ends or start + len(sought) not in ends:
        return found
    return "\n\n".join(blocks[ends.index(start) : ends.index(start + len(sought))])


def _under_headline(whole: str, found: str, titles: Sequence[str]) -> str:
    """What stands between the headline and the first paragraph, a byline or a date, and was left out."""
    blocks = whole.split("\n\n")
    begins = {block for block in found.split("\n\n")[:_HEAD_BLOCKS] if _SENTENCE_END.search(block[-20:])}
    end = next((place for place, block in enumerate(blocks) if block in begins), 0)
    start = next((place for place in range(end, 0, -1) if blocks[place - 1] in titles), end)
    return "\n\n".join(blocks[start:end]) if end - start <= _HEAD_BLOCKS else ""


def _first(stated: object) -> str | None:
    """A string, or the first of a list: trafilatura hands on what JSON-LD states."""
    first = stated[0] if isinstance(stated, list) and stated else stated
    return first if isinstance(first, str) else None


def _unpunctuated(tree: Any, extracted: str) -> str:
    """The article of a page without full stops (a poem, scores, a list, notes); empty if there is none.

    It is what was extracted, if that has whole paragraphs of the page; else the text of its one <article>,
    its main part, or what stands under its only headline, without links.
    """
    paragraphs = {
        _tidy(_SPACE.sub(" ", "".join(one.itertext())))
        for one in tree.iter("p", "blockquote", "div", "li", "dd")
        if not any(child.tag in _BLOCKS for child in one)
    }
    blocks = extracted.split("\n\n")
    if sum(len(one) for one in blocks if len(one) >= MIN_CHARACTERS and one in paragraphs) >= MIN_CHARACTERS:
        return extracted
    linked = {_tidy(_SPACE.sub(" ", "".join(link.itertext()))) for link in tree.iter("a")}
    for container, fewest in _containers(tree):
        if any(field.get("type") == "password" for field in container.iter("input")):
            continue
        for part in list(container.iter("nav", "aside", "footer", "form", "button")):
            part.drop_tree()
        kept = [one for one in block_text(container).split("\n\n") if one and one not in linked]
        lines = "\n".join(kept).count("\n") + 1
        if sum(map(len, kept)) >= (fewest if lines < MIN_LINES else fewest * 2 // 3):
            return "\n\n".join(kept)
    return ""


def _containers(tree: Any) -> Iterator[tuple[Any, int]]:
    """The elements that may hold a page's article, each with the fewest characters that make it one."""
    for path, fewest in (
        ("//article[.//h1]", MIN_CHARACTERS),
        ("//article[not(ancestor::article)]", MIN_CHARACTERS),
        ("//*[@itemprop='articleBody']", MIN_CHARACTERS),
        ("//main | //*[@role='main']", MIN_LISTED_CHARACTERS),
    ):
        found = tree.xpath(path)
        if len(found) == 1:
            yield found[0], fewest
    headlines = tree.xpath("//h1")
    around = list(headlines[0].iterancestors("div", "section", "td")) if len(headlines) == 1 else []
    for container in around[:_MOST_AROUND]:
        yield container, MIN_LISTED_CHARACTERS


def _without_broken_scripts(tree: Any) -> None:
    """Empty long scripts of JSON-LD that are no JSON.

    trafilatura looks for fields in them with patterns that take the square of their length.
    """
    for script in tree.iter("script"):
        if "json" in (script.get("type") or "") and len(script.text or "") > _LONGEST_BROKEN:
            try:
                json.loads(script.text)
            except (ValueError, RecursionError):
                script.text = None


def _within(value: str | None, limit: int) -> str | None:
    return value[:limit] if value else None


@cache
def _library() -> Any:
    """trafilatura, which takes a second to import; its log messages about odd pages are silenced.

    Its pattern for nicknames of authors takes the square of a page's length for brackets that nobody closes
    (`AUTHOR_REMOVE_NICKNAME` in 2.3.1): a nickname has at most 100 characters here.
    """
    import trafilatura
    from trafilatura import json_metadata

    json_metadata.AUTHOR_REMOVE_NICKNAME = _NICKNAME

    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    return trafilatura
