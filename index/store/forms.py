"""Forms of a word in the postings: O’Farrell and OFarrell, 2,300 and 2300, Søren and Soren, Griﬃth too.

The postings hold words as FTS5's unicode61 cuts them: at every apostrophe, hyphen, separator of thousands and
soft hyphen, and with letters that Unicode does not decompose. What follows from a term alone is added to the
query (`forms`). What does not (which o of "Soren" is an ø, where a soft hyphen stands) is kept beside the
passage as it is indexed (`odd_words`), so that no posting is made anew.
"""

import re
import unicodedata
from collections.abc import Iterator

from index.language.quantities import spelled
from index.language.words import APOSTROPHES, INVISIBLE, fold, stem

_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
_HIDDEN = re.compile(f"[{INVISIBLE}]")
# Ligatures, full-width digits and letters, mathematical letters, and letters that do not decompose.
_ODD = re.compile(f"[ßẞæÆœŒøØłŁđĐðÐþÞıﬀ-ﬆ０-９Ａ-Ｚａ-ｚ\U0001d400-\U0001d7ff{INVISIBLE}]")
_COMPATIBLE = re.compile("[ﬀ-ﬆ０-９Ａ-Ｚａ-ｚ\U0001d400-\U0001d7ff]+")
_TOKEN = re.compile(rf"[\w{INVISIBLE}]+")
_LONGEST = 60
"""Characters of a word that has forms; longer ones are no words."""

_POSSESSIVE = re.compile(r"(?<=\w\w)'s?$")
_ELIDED = re.compile(r"(?:d|l|qu)'(?=\w{4})", re.IGNORECASE)
_ELIDES = re.compile(r"([dl](?=[aeiouyhâéèêîôœ])|[mno](?![aeiouy]))(\w{4,})", re.IGNORECASE)
"""A name that may be written with an apostrophe behind its first letter: OFarrell, NGara, DArnay."""
_GROUPED = re.compile(r"\d{1,3}(?:[,.' \u00a0\u2009\u202f]\d{3})+")
_DIGITS = re.compile(r"[1-9]\d{3,14}")
_SPELLED = re.compile(r"1[3-9]|[2-9]\d|[1-9]\d{2,5}")
"""A number that an article may write in words; those up to twelve are too common to be searched for so."""
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_ACRONYM = re.compile(r"[A-Z]{2,5}")
_DOTTED = re.compile(r"[^\W\d](?:\.[^\W\d])+\.?")


def forms(term: str) -> list[str]:
    """The phrases of words by which a search finds the term, itself first; at most seven."""
    if len(term) > _LONGEST:
        return [term]
    term = term.encode("utf-8", "replace").decode()
    bare = _HIDDEN.sub("", unicodedata.normalize("NFKC", term.translate(_APOSTROPHES)))
    bare = _POSSESSIVE.sub("", bare) or bare
    found = [bare, *_numbers(bare), *_letters(bare)]
    if _ODD.search(term):
        found.append(term)  # As it stands: a single odd letter is in no table.
    if not bare.isascii() and (folded := fold(bare)):
        found.append(folded)
    return list(dict.fromkeys(found))


def _numbers(bare: str) -> Iterator[str]:
    """A number without and with its separators: every separator divides words, so one phrase has them all."""
    if _GROUPED.fullmatch(bare):
        yield re.sub(r"\D", "", bare)
    elif _DIGITS.fullmatch(bare) and not _YEAR.fullmatch(bare):
        yield f"{int(bare):,}"
    digits = re.sub(r"\D", "", bare) if bare[:1].isdigit() and bare.isascii() else ""
    if (
        _SPELLED.fullmatch(digits)
        and not _YEAR.fullmatch(bare)
        and (digits == bare or _GROUPED.fullmatch(bare))
    ):
        words = spelled(int(digits)).replace("-", " ")
        yield words
        yield words.replace(" and ", " ")


def _letters(bare: str) -> Iterator[str]:
    """A word with and without what may stand between its letters."""
    if "'" in bare or "-" in bare:
        yield re.sub(r"['-]", "", bare)
        if match := _ELIDED.match(bare):
            yield bare[match.end() :]
    elif _DOTTED.fullmatch(bare):
        yield bare.replace(".", "")
    elif _ACRONYM.fullmatch(bare):
        yield ".".join(bare)
    elif match := _ELIDES.fullmatch(bare):
        yield f"{match[1]} {match[2]}"


def legible(text: str) -> str:
    """The text as a model should read it: without ligatures, full-width letters, invisible characters."""
    if text.isascii() or not _ODD.search(text):
        return text
    return _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _HIDDEN.sub("", text))


def key_of(word: str) -> str:
    """What odd words are looked up by: the stem of the word in plain letters."""
    return stem(_HIDDEN.sub("", word))


def odd_words(text: str) -> dict[str, str]:
    """The words of a text whose letters the postings hold otherwise than they are typed, by their key.

    Of several forms of one word the text's first; time is linear in the text.
    """
    found: dict[str, str] = {}
    if text.isascii() or not _ODD.search(text):
        return found
    for match in _TOKEN.finditer(text):
        word = match[0].strip(INVISIBLE)
        if 1 < len(word) <= _LONGEST and _ODD.search(word):
            found.setdefault(key_of(word), word)
    return found
