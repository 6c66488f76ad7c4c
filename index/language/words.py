"""Words, stems and names of a text: what lexical comparison of a question with a sentence rests on."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from corpus.words.lists import read_words

_STEMMER = Stemmer.Stemmer("english")

_WORD = re.compile(r"\d+(?:[.,:]\d+)*(?![^\W\d_])|[^\W_]+(?:[-’'.][^\W_]+)*")

_LISTS = read_words("index.language", "words.txt")
STOPWORDS = _LISTS["stopwords"]
_OPENERS, _MONTHS_AND_DAYS = STOPWORDS | _LISTS["openers"], _LISTS["months and days"]

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss"}
)

_LONGEST_KEPT = 60
"""Characters of a word that is kept in memory once it was folded; longer ones would fill it."""
_NAME_WORD = r"(?:[a-z]{2}-)?[A-ZÀ-ÖØ-Þ][\w’'-]*(?:\.\d+)?(?:\.(?=[A-Z]))?(?:[A-Z]\.)*|(?:[A-Z]\.)+"
_NAME = re.compile(
    rf"(?<![\w@#])(?:{_NAME_WORD})(?:\s+(?:(?:al|bin|ibn|de|da|del|der|van|von|of|the)\s+){{0,2}}(?:{_NAME_WORD}))*"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised name in a text: `text[start:end] == name` but for a trailing possessive."""

    text: str
    start: int
    end: int

    @property
    def words(self) -> tuple[str, ...]:
        """The name's words, casefolded, without links such as "of"."""
        folded = (fold(part) for word, _, _ in words(self.text) for part in word.split("-"))
        return tuple(word for word in folded if len(word) > 1 and word not in STOPWORDS)


def fold(word: str) -> str:
    """Casefolded, without possessive, diacritics and abbreviation dots: `Erdoğan’s` -> `erdogan`."""
    return _fold(word) if len(word) <= _LONGEST_KEPT else _fold.__wrapped__(word)


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    bare = re.sub(r"[’']s?$", "", word.casefold()).translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    return bare.replace(".", "") if re.search(r"[^\W\d]", bare) else bare


def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of one folded word."""
    return _stem(word) if len(word) <= _LONGEST_KEPT else _stem.__wrapped__(word)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(fold(word)))


def words(text: str) -> list[tuple[str, int, int]]:
    """Every word or number of `text` with its offsets (code points, half-open)."""
    return [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]


def stems(text: str) -> list[str]:
    """Stems of the content words of `text`, in order, repeated words kept."""
    return [stem(word) for word, _, _ in words(text) if not is_stopword(word)]


def is_stopword(word: str) -> bool:
    """Whether `word` says nothing about the subject (function and question words)."""
    return word.casefold().replace("’", "'") in STOPWORDS or (len(word) == 1 and not word.isdigit())


def names(text: str, *, sentence_starts: Iterable[int] = (0,)) -> list[Name]:
    """Capitalised names of `text`, in order.

    A single capitalised word at a sentence start counts only when it is no common opener ("What", "Yet");
    months and weekdays are dates, not names. Where nearly every word is capitalised, capitals tell nothing.
    """
    if _is_title_case(text):
        return []
    starts = set(sentence_starts)
    found: list[Name] = []
    for match in _NAME.finditer(text):
        start, value = match.start(), match[0]
        first = re.match(r"\S+", value)
        while first and _is_opener(first[0], start in starts):
            rest = value[first.end() :].lstrip()
            value, start = _drop_links(rest, start + len(value) - len(rest))
            first = re.match(r"\S+", value)
        value = re.sub(r"[’']s?$|[-’']+$", "", value)
        if value and not all(fold(w) in _MONTHS_AND_DAYS for w in value.split()):
            found.append(Name(value, start, start + len(value)))
    return found


def _is_title_case(text: str) -> bool:
    """Whether a line is set like a headline ("How Many People Were Displaced?") or in capitals throughout."""
    content = [word for word, _, _ in words(text) if len(word) > 3 and word.isalpha()]
    capitals = sum(word[0].isupper() for word in content)
    shouted = sum(word.isupper() for word in content)
    openers = sum(word[0].isupper() and fold(word) in _OPENERS for word in content)
    return len(content) > 3 and (
        shouted * 2 > len(content) or (openers > 1 and capitals * 10 > len(content) * 8)
    )


def _is_opener(word: str, at_start: bool) -> bool:
    """Whether a capitalised word only opens a sentence ("What", "Calling Turkey’s offensive ...")."""
    if word.isupper() and len(word) > 1:
        return False
    return fold(word) in _OPENERS or (at_start and len(word) > 4 and word.endswith("ing"))


def _drop_links(value: str, start: int) -> tuple[str, int]:
    match = re.match(r"(?:(?:al|of|the|de|van|von)\s+)+(?=[A-Z])", value)
    if match and match.end() < len(value):
        return value[match.end() :], start + match.end()
    return value, start
