"""Word lists and phrases in text files: a heading in brackets, then its entries; `#` begins a comment.

Labelled examples are in files with one JSON object a line.
"""

import json
import re
from importlib.resources import files
from typing import Any


def read_lists(package: str, name: str) -> dict[str, list[str]]:
    """The lines under each heading of a file of the package."""
    text = (files(package) / name).read_text("utf-8")
    sections = re.findall(r"^\[(.+)\]\n((?:(?!\[).*\n?)*)", text, re.MULTILINE)
    return {
        heading: [line.strip() for line in body.splitlines() if line.strip() and not line.startswith("#")]
        for heading, body in sections
    }


def one_of(words: str) -> str:
    """A pattern for any of the blank-separated words; each may itself be a pattern without blanks."""
    return f"(?:{'|'.join(words.split())})"


def read_words(package: str, name: str) -> dict[str, frozenset[str]]:
    """The words under each heading of a file of the package."""
    return {
        heading: frozenset(" ".join(lines).split()) for heading, lines in read_lists(package, name).items()
    }


def read_records(package: str, name: str) -> list[dict[str, Any]]:
    """The objects in a file of the package, one a line."""
    return [json.loads(line) for line in (files(package) / name).read_text("utf-8").splitlines()]
