"""Layouts that main-text extraction misreads: parts of a page's tree to take out, or to mark otherwise."""

import re
from collections.abc import Iterable
from typing import Any

_POST = re.compile(
    r"(?:^|[-_ ])(?:post|entry|update|story|article|block)(?:[-_ ]|$)|^(?:text|content|body)", re.I
)
_NO_POST = re.compile(
    r"related|share|social|promo|comment|card|teaser|author|newsletter|sign|\bads?\b|nav|rail", re.I
)
_RUNNING = 300
"""Characters of running text in a table's cell from which on the table is one of a layout, not of data."""
_MENU_CHARACTERS = 300
_LINKED = 0.8


def prepare(tree: Any, scripts: Iterable[tuple[Any, str]] = ()) -> None:
    """Change an lxml tree: these scripts hold the given text (none: they go), menus in cells of layout tables
    go, and the entries of a live page or of a divided article are not marked as articles of their own.
    """
    for script, kept in scripts:
        script.text = kept
        if not kept:
            script.drop_tree()
    for cell in [cell for cell in tree.iter("td") if _is_menu(cell)]:
        cell.drop_tree()
    for article in list(tree.iter("article")):
        for parent in (article, *article.iterdescendants("div", "section")):
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


def _is_menu(cell: Any) -> bool:
    """Whether a cell holds several links and next to nothing else, in a table that holds running text too."""
    links = list(cell.iter("a"))
    if len(links) < 2 or any(True for _ in cell.iter("table")):
        return False
    whole = len("".join("".join(cell.itertext()).split()))
    linked = sum(len("".join("".join(link.itertext()).split())) for link in links)
    if whole > _MENU_CHARACTERS or linked < _LINKED * whole:
        return False
    table = next(iter(cell.iterancestors("table")), None)
    return table is not None and any(_runs(other) for other in table.iter("td") if other is not cell)


def _runs(cell: Any) -> bool:
    linked = sum(len("".join(link.itertext())) for link in cell.iter("a"))
    return len("".join(cell.itertext())) - linked > _RUNNING
