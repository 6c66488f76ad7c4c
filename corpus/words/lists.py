"""Word lists and phrases in text files: a heading in brackets, then its entries; `#` begins a comment."""

import re
from importlib.resources import files


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
