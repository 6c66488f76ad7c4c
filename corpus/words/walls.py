"""Phrases of pages that stand in the place of an article (`walls.txt`), by the kind of page."""

import re

from corpus.words.lists import read_lists

_SECTIONS = read_lists("corpus.words", "walls.txt")


def _patterns(part: str) -> dict[str, re.Pattern[str]]:
    return {
        heading.partition(": ")[2]: re.compile(f"(?:{'|'.join(lines)})", re.IGNORECASE)
        for heading, lines in _SECTIONS.items()
        if heading.startswith(f"{part}: ")
    }


TITLES = _patterns("title")
"""By kind ("a login page"), all that the headline of such a page says."""
SENTENCES = _patterns("text")
"""By kind, what a sentence of such a page holds."""
WALL_PATH = re.compile("|".join(_SECTIONS["path"]), re.IGNORECASE)
"""A part of an address that leads to such a page."""
WALL_HOST = re.compile("|".join(_SECTIONS["host"]), re.IGNORECASE)
"""The first name of a host that shows such pages."""
