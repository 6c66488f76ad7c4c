"""Layouts that main-text extraction misreads: parts of a page's tree to take out, or to mark otherwise."""

import re
from collections.abc import Iterable
from typing import Any

from corpus.page.reader import ENDED, reports, speaks_to_reader

_POST = re.compile(
    r"(?:^|[-_ ])(?:post|entry|update|story|article|block)(?:[-_ ]|$)|^(?:text|content|body)", re.I
)
_NO_POST = re.compile(
    r"related|share|social|promo|comment|card|teaser|author|newsletter|sign|\bads?\b|nav|rail", re.I
)
_RUNNING = 300
"""Characters of running text in a table's cell from which on the table is one of a layout, not of data."""
_NAMED_NOTICE = re.compile(r"share|social|cookie|newsletter|banner|subscri|promo", re.IGNORECASE)
"""Names for which extraction leaves an element out, though news is about such things too."""
_MENU_CHARACTERS = 300
_LINKED = 0.8


def prepare(tree: Any, scripts: Iterable[tuple[Any, str]] = ()) -> None:
    """Change an lxml tree: these scripts hold the given text (none: they go), menus in cells of layout tables
    go, the entries of a live page or of a divided article are not marked as articles of their own, and a
    paragraph of news not as a notice.
    """
    for script, kept in scripts:
        script.text = kept
        if not kept:
            script.drop_tree()
    for table in [table for table in tree.iter("table") if _is_layout(table)]:
        for cell in filter(_is_menu, _cells(table)):
            cell.drop_tree()
    for paragraph in tree.iter("p"):
        if _is_news_named_notice(paragraph):
            paragraph.attrib.clear()
    seen: set[Any] = set()
    for article in tree.iter("article"):
        if article not in seen:
            inner = list(article.iterdescendants("article", "div", "section"))
            seen.update(inner)
            for parent in (article, *inner):
                _join_posts(parent)


def _join_posts(parent: Any) -> None:
    """Several posts under one parent within an article are parts of it: extraction would take the first."""
    posts: dict[tuple[str, str], list[Any]] = {}
    for child in parent:
        mark = child.get("class") if child.tag in ("div", "section") else None
        if mark and _POST.search(mark) and not _NO_POST.search(mark):
            posts.setdefault((child.tag, mark), []).append(child)
    for group in posts.values():
        for post in group if len(group) > 1 else ():
            del post.attrib["class"]
            post.attrib.pop("id", None)


def _is_news_named_notice(paragraph: Any) -> bool:
    """Whether a paragraph has a notice's name, but reports, speaks to no reader and leads nowhere."""
    if not _NAMED_NOTICE.search(f"{paragraph.get('class') or ''} {paragraph.get('id') or ''}"):
        return False
    text = " ".join("".join(paragraph.itertext()).split())
    linked = sum(len(part) for link in paragraph.iter("a") for part in link.itertext())
    is_sentence = ENDED.search(text) is not None and linked * 2 < len(text)
    return is_sentence and reports(text) > 0 and not speaks_to_reader(text)


def _is_layout(table: Any) -> bool:
    """Whether a table sets a page and holds no data: one of its cells has running text."""
    return any(_runs(cell) for cell in _cells(table))


def _cells(table: Any) -> list[Any]:
    """The cells of a table without those of tables in it; a parser may have put a body around its rows."""
    return [cell for path in ("tr/td", "tbody/tr/td") for cell in table.iterfind(path)]


def _runs(cell: Any) -> bool:
    linked = sum(len(part) for link in cell.iter("a") for part in link.itertext())
    length = -linked
    for part in cell.itertext():
        length += len(part)
        if length > _RUNNING:
            return True
    return False


def _is_menu(cell: Any) -> bool:
    """Whether a cell holds several links and next to nothing else."""
    if next(cell.iter("table"), None) is not None or len(cell.findall(".//a")) < 2:
        return False
    whole = len("".join("".join(cell.itertext()).split()))
    linked = sum(len("".join(part.split())) for link in cell.iter("a") for part in link.itertext())
    return whole <= _MENU_CHARACTERS and linked >= _LINKED * whole
