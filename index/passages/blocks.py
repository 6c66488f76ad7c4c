"""Blocks of an article (its paragraphs) as what may be boilerplate: checksums of them, and what never is.

A block that stands word for word in many articles of an outlet is boilerplate (`index.sync.boilerplate`
counts). One with a quotation or a figure with a unit is news however often it stands there.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from corpus.article import Article
from index.language.names import names
from index.language.quantities import FIGURE_UNITS, NUMBER_WORDS, quantities
from index.language.words import fold, is_stopword, words
from index.passages.sentences import paragraph_spans

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_UNSPACED}]{{1,2}}|[^\W{_UNSPACED}]+")
"""Words; of scripts that put no space between them, pairs of characters."""
SHORT = 4
"""Words below which a block may be the heading or the entry of a list, as the name of a state or a player."""
_FEWEST_CHARACTERS = 3
_QUOTATION = re.compile(r"[“\"„«「『‘‹]([^“”\"„«»「」『』‹›‘]{2,})[”\"“»」』’›]")
_SPOKEN = re.compile(r"[.,!?…。、，！？]\s*$")
_QUOTED_WORDS = 4
#: A number with a sign, or before a word that is no name: years, times and entries of a list are none.
_FIGURE = re.compile(
    r"[$€£¥₹₽]\s?\d|\d\s?[%‰°]"
    r"|(?<![\w/:.,-])(?!(?:1[5-9]|20)\d\d(?!\d))\d[\d.,\u00a0\u202f]*[\s-]?(?!st\b|nd\b|rd\b|th\b)(?P<unit>[^\W\d_])"
)
#: Units that German writes with a capital.
_CAPITAL_UNIT = re.compile(
    r"\d[\s-]?(?:Million|Milliard|Euro|Dollar|Prozent|Kilo|Meter|Tonne|Mensch|Person|Jahr|Tag|Stunde)"
)
_LONG = 3
"""Letters from which on a word may be a name, and one that is part of the outlet's name is no subject."""
_BEGINNING = 4_000
_WITHIN_A_SENTENCE = re.compile(r"(?<=\w[ \xa0])[^\W\d_][\w’'-]*")
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Blocks:
    """What an article's blocks are counted by, as signed 64-bit checksums: no word of it is kept.

    `outlet`: the outlet as it is compared; `place`: the article's id, by which articles are ordered;
    `subjects`: the names of the headline; `repeatable`: the blocks that may be boilerplate, each with whether
    it has a name of the headline (then it is none in the article).
    """

    outlet: int
    place: int
    subjects: frozenset[int]
    repeatable: dict[int, bool]


def blocks_of(article: Article, source_key: str | None) -> Blocks:
    """The article's blocks; `source_key` is the name by which outlets are compared, None if not stated."""
    outlet = source_key if source_key is not None else _host(article.url)
    subjects = _subjects(article, outlet)
    repeatable: dict[int, bool] = {}
    for start, end in paragraph_spans(article.text):
        block = article.text[start:end]
        found = block_id(block)
        if found is not None:
            of_the_headline = bool(subjects) and not subjects.isdisjoint(_terms(block))
            repeatable[found] = repeatable.get(found, False) or of_the_headline
    checksums = frozenset(_checksum(subject) for subject in subjects)
    return Blocks(_checksum(f"outlet {outlet}"), _checksum(article.id), checksums, repeatable)


def block_id(block: str) -> int | None:
    """The checksum of a block's words, even for a short one; None for a block that is never boilerplate."""
    found = _WORD.findall(block.casefold())
    if sum(map(len, found)) < _FEWEST_CHARACTERS or _has_quotation(block) or _has_figure(block, found):
        return None
    checksum = _checksum(" ".join(found))
    return checksum & ~1 if len(found) < SHORT else checksum | 1


def is_short(block: int) -> bool:
    """Whether the checksum is that of a block of fewer than `SHORT` words."""
    return block % 2 == 0


def checksum_of(blocks: Iterable[int]) -> int:
    """One checksum for a set of blocks; 0 for none."""
    listed = sorted(blocks)
    return _checksum(" ".join(map(str, listed))) if listed else 0


def _has_quotation(block: str) -> bool:
    return any(
        _SPOKEN.search(quoted[1]) or len(_WORD.findall(quoted[1])) >= _QUOTED_WORDS
        for quoted in _QUOTATION.finditer(block)
    )


def _has_figure(block: str, found: Iterable[str]) -> bool:
    """Whether a number has a unit; `found` are the block's words, casefolded."""
    if any(one["unit"] is None or not one["unit"].isupper() for one in _FIGURE.finditer(block)):
        return True
    if _CAPITAL_UNIT.search(block):
        return True
    return not NUMBER_WORDS.isdisjoint(found) and any(one.unit in FIGURE_UNITS for one in quantities(block))


def _subjects(article: Article, outlet: str) -> frozenset[str]:
    """The words of the headline's names, without those of the outlet's own name.

    Where capitals tell nothing, as in "Council Votes On Wall", the names are those that the text has within a
    sentence; in a script without capitals all words of three letters and more may be one.
    """
    title = article.title
    if title.upper() == title.lower():
        found = {term for term in _terms(title) if len(term) >= _LONG}
    elif _is_capitalised(title):
        found = _told(article).intersection(
            fold(word) for word, _, _ in words(title) if not is_stopword(word)
        )
    else:
        named = names(title)
        found = {word for name in named for word in name.words}
        if named and named[0].start == 0 and len(named[0].words) == 1 and _is_common(named[0].text, article):
            found -= set(named[0].words)
    name = "".join(character for character in outlet.casefold() if character.isalnum())
    return frozenset(word for word in found if len(word) < _LONG or word not in name)


def _told(article: Article) -> set[str]:
    """The words, folded, that begin with a capital within a sentence of the article's beginning."""
    found = _WITHIN_A_SENTENCE.finditer(article.text, 0, _BEGINNING)
    return {fold(one[0]) for one in found if one[0][0].isupper()}


def _is_common(first: str, article: Article) -> bool:
    """Whether the first word of a headline is no name: the text has it small, or a number follows it."""
    if fold(first) in _told(article):
        return False
    small = re.compile(rf"(?<!\w){re.escape(first.lower())}(?!\w)")
    counted = re.match(r"\W*\w+ \d", article.title) is not None
    return counted or small.search(article.text, 0, _BEGINNING) is not None


def _is_capitalised(title: str) -> bool:
    """Whether the capitals of a headline do not tell its names: nearly all words have one, or none has."""
    long = [word for word, _, _ in words(title) if len(word) > _LONG and word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in long)
    return not names(title) or (len(long) > _LONG and capitals > 0.8 * len(long))


def _terms(text: str) -> Iterator[str]:
    """The words of a text, folded; of scripts without spaces between words, all runs of three characters."""
    for word, _, _ in words(text):
        if len(word) > _LONG and _UNSPACED_CHARACTER.search(word):
            yield from (word[place : place + _LONG] for place in range(len(word) - _LONG + 1))
        else:
            yield fold(word)


def _host(url: str | None) -> str:
    """The host of an address, without "www."; empty where there is none: such articles are one outlet."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _checksum(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
