"""Words and stems of a text: what lexical comparison of a question with a sentence rests on.

The stopwords earn 8 of 1,186 items, months and days 4 of 958.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

from corpus.words.lists import read_words

_STEMMER = Stemmer.Stemmer("english")

INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Characters that stand inside words unseen: soft hyphen, zero-width blanks and joiners, byte order mark."""
APOSTROPHES = "’‘ʼʻ＇`´′"
"""Characters that stand for an apostrophe."""
# A number with its separators, or letters and digits joined by hyphens, apostrophes, dots or the invisible.
_WORD = re.compile(rf"\d+(?:[.,:]\d+)*(?![^\W\d_])|[^\W_]+(?:(?:[-‐‑’'´`.]|[{INVISIBLE}]{{1,4}})[^\W_]+)*")

_LISTS = read_words("index.language", "words.txt")
STOPWORDS = _LISTS["stopwords"]
OPENERS = STOPWORDS | _LISTS["openers"]
"""Words that open a sentence with a capital without being a name."""
ASKING = _LISTS["asking"]
"""Words that open a question with a capital and say in what form the answer is wanted."""
MONTHS_AND_DAYS = _LISTS["months and days"]

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss"}
)

_LONGEST_KEPT = 60
"""Characters of a word that is kept in memory once it was folded; longer ones would fill it."""


_DROPPED = re.compile(f"[{INVISIBLE}]")
_APOSTROPHE = re.compile(f"[{APOSTROPHES}]")
_HYPHEN = re.compile("[‐‑]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_POSSESSIVE = re.compile(r"'s?$")
_ELISION = re.compile(r"^(?:d|l|qu|all|dall|dell|nell|sull)'(?=\w\w)")
"""French and Italian articles and prepositions before a vowel: "d'Ivoire", "dell'Utri"."""
_INNER_APOSTROPHE = re.compile(r"'(?!(?:t|re|ve|ll|d|m)$)")
"""As in "O'Farrell" and "Sana'a"; that of "don't" and "we're" stays."""


def fold(word: str) -> str:
    """Casefolded, without possessive, elided article, diacritics, inner apostrophe and abbreviation dots.

    Ligatures and full-width characters become plain ones, invisible characters go: `Erdoğan’s` -> `erdogan`,
    `d’Ivoire` -> `ivoire`, `2,300` -> `2300`, `O’Farrell` -> `ofarrell`, `U.S.` -> `us`, `oﬃce` -> `office`.
    """
    return _fold(word) if len(word) <= _LONGEST_KEPT else _fold.__wrapped__(word)


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    bare = word.casefold()
    if not bare.isascii():
        bare = _HYPHEN.sub("-", _APOSTROPHE.sub("'", _DROPPED.sub("", bare))).translate(_LETTERS)
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    if bare[:1].isdigit() and _THOUSANDS.fullmatch(bare):
        return bare.replace(",", "")
    bare = bare.replace("`", "'")
    if "'" in bare:
        bare = _INNER_APOSTROPHE.sub("", _ELISION.sub("", _POSSESSIVE.sub("", bare)))
    return bare.replace(".", "") if "." in bare and re.search(r"[^\W\d]", bare) else bare


def phrase(text: str) -> str:
    """The folded words of a name, joined by blanks, a hyphen as a blank: the key of a list of names."""
    return _phrase(text) if len(text) <= _LONGEST_KEPT else _phrase.__wrapped__(text)


@lru_cache(maxsize=65_536)
def _phrase(text: str) -> str:
    return " ".join(fold(match[0]) for match in _WORD.finditer(text)).replace("-", " ")


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


def words_before(text: str, start: int) -> Iterator[tuple[str, int]]:
    """At most six words before a place, in lower case with their offsets, from right to left.

    They end where more than one blank or hyphen parts two of them.
    """
    for _ in range(6):
        end = start - 1
        if end < 1 or text[end] not in " -\u00a0\n":
            return
        start = end
        while start > 0 and text[start - 1].isalpha() and end - start < 12:
            start -= 1
        if start == end:
            return
        yield text[start:end].lower(), start
