"""The article in an HTML page or fragment: main text by trafilatura, and what the page states of itself."""

import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from corpus.article import MAX_NAME_CHARACTERS, MAX_TITLE_CHARACTERS
from corpus.dates import find_dateline
from corpus.errors import ReadError
from corpus.page.boilerplate import is_notice, is_teaser
from corpus.page.bylines import byline_in
from corpus.page.layout import prepare
from corpus.page.stated import date_in_url, named_feed, own_url, stated
from corpus.sources import MEGABYTE

#: Extraction takes under a second a megabyte of text and 50 µs a tag: a few seconds at most.
MAX_PAGE_BYTES = 5 * MEGABYTE
MAX_TAGS = 100_000
#: Less running text than this is a menu, a form or a notice, but no article.
MIN_CHARACTERS = 60

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
_PARAGRAPH = "\0"  # no tree holds one
_SEPARATORS = {"br": "\n", "lb": "\n", "td": "\t", "th": "\t", "cell": "\t"}


def fields_of(html: str) -> dict[str, object]:
    """The fields of an article, from a whole page or from a fragment that is the article's body.

    Raises ReadError if there is no article in it, or if it cannot be analysed.
    """
    return _analyse(_whole_page if _PAGE.search(html) else _fragment, html)


def fields_of_page(page: str, url: str | None = None) -> dict[str, object]:
    """The fields of an article, from a whole page fetched from `url`. Raises as `fields_of` does."""
    return _analyse(lambda page: _whole_page(page, url), page)


def feed_of_page(page: str) -> str | None:
    """The address of the feed that a page names, as it is written; None if it names none."""
    if len(page) > MAX_PAGE_BYTES or page.count("<") > MAX_TAGS:
        return None
    tree = _library().load_html(page)
    return None if tree is None else named_feed(tree)


def _analyse(method: Callable[[str], dict[str, object]], html: str) -> dict[str, object]:
    if len(html) > MAX_PAGE_BYTES:
        raise ReadError(f"the HTML has {len(html)} characters, more than the limit of {MAX_PAGE_BYTES}")
    if html.count("<") > MAX_TAGS:
        raise ReadError(f"the HTML has {html.count('<')} tags, more than the limit of {MAX_TAGS}")
    try:
        return method(_DECLARATION.sub("", html))
    except ReadError:
        raise
    except RecursionError as error:
        raise ReadError("the page is nested too deeply") from error
    except Exception as error:  # whatever trafilatura stumbles over, the next page is read
        raise ReadError(f"the page cannot be analysed ({type(error).__name__}: {error})"[:300]) from error


def _fragment(html: str) -> dict[str, object]:
    tree = _library().load_html(f"<html><body><div>{html}</div></body></html>")
    text = "" if tree is None else _without_notices(block_text(tree))
    if not text:
        raise ReadError("the HTML holds no text")
    return {"text": text}


def _without_notices(text: str) -> str:
    """Without the blocks in which the site speaks to its reader, unless that is all there is."""
    return (
        "\n\n".join(part for part in text.split("\n\n") if not (is_notice(part) or is_teaser(part))) or text
    )


def block_text(root: Any) -> str:
    """Plain text of an lxml tree: a blank line between blocks, a newline for a break, a tab between cells."""
    parts: list[str] = []
    waiting: list[tuple[Any, bool, bool]] = [(root, False, False)]
    while waiting:
        element, verbatim, closing = waiting.pop()
        tag = element.tag if isinstance(element.tag, str) else None  # None: a comment
        parts.append(_PARAGRAPH if tag in _BLOCKS else "")
        if not closing:
            parts.append(_SEPARATORS.get(tag or "", ""))
            if tag is not None and tag not in _SKIPPED:
                inner = verbatim or tag == "pre"
                parts.append(_flow(element.text, inner))
                waiting.append((element, verbatim, True))
                waiting += [(child, inner, False) for child in reversed(element)]
                continue
        if element is not root:
            parts.append(_flow(element.tail, verbatim))
    blocks = "".join(parts).split(_PARAGRAPH)
    tidied = ("\n".join(filter(None, map(_tidy, block.split("\n")))) for block in blocks)
    return "\n\n".join(filter(None, tidied))


def _flow(text: str | None, verbatim: bool) -> str:
    return "" if not text else text if verbatim else _SPACE.sub(" ", text)


def _tidy(line: str) -> str:
    """The line without white space at its ends and around its tabs, inner runs collapsed."""
    return "\t".join(" ".join(cell.split()) for cell in line.strip().split("\t"))


def _whole_page(page: str, fetched: str | None = None) -> dict[str, object]:
    library = _library()
    tree = library.load_html(page if _HTML.search(page) else f"<html><body>{page}</body></html>")
    if tree is None:
        raise ReadError("no article is found on the page")
    said = stated(tree, fetched)  # before the extraction, which may take the tree apart
    prepare(tree, said.others)
    document = library.bare_extraction(
        tree,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    body = None if document is None else document.body
    text = "" if body is None else _without_notices(block_text(body))
    running = sum(len(block) for block in text.split("\n\n") if _SENTENCE_END.search(block[-20:]))
    if running < MIN_CHARACTERS:
        raise ReadError("no article is found on the page")
    url = own_url(tree, document.url, fetched=fetched)
    return {
        "title": _within(said.title or _first(document.title), MAX_TITLE_CHARACTERS),
        "text": text,
        "source": _within(said.source, MAX_NAME_CHARACTERS),
        "authors": list(said.authors) or document.author or byline_in(text),
        "url": url,
        "published_at": said.published or find_dateline(text) or date_in_url(url) or said.refused,
        "updated_at": said.updated,
        **{key: value for key in ("description", "categories", "tags") if (value := getattr(document, key))},
    }


def _first(stated: object) -> str | None:
    """A string, or the first of a list: trafilatura hands on what JSON-LD states."""
    first = stated[0] if isinstance(stated, list) and stated else stated
    return first if isinstance(first, str) else None


def _within(value: str | None, limit: int) -> str | None:
    return value[:limit] if value else None


@cache
def _library() -> Any:
    """trafilatura, which takes a second to import; its log messages about odd pages are silenced."""
    import trafilatura

    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    return trafilatura
