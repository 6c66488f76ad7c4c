"""Names of a text, and whether it mentions one: spelled otherwise, as an acronym, as a country's people."""

import re
from collections.abc import Iterable

from corpus.words.lists import read_lists
from index.language.sentence import Name, Sentence
from index.language.words import MONTHS_AND_DAYS, OPENERS, fold, words

_LISTS = read_lists("index.language", "names.txt")
_GROUPS = tuple(frozenset(line.split(",")) for line in _LISTS["aliases"])
_ALIASES = {member: group for group in _GROUPS for member in group}
_PREFIX = 5
_NOT_PEOPLE = frozenset(" ".join(_LISTS["not people"]).split())


_NAME_WORD = r"(?:[a-z]{2}-)?[A-ZÀ-ÖØ-Þ][\w’'-]*(?:\.\d+)?(?:\.(?=[A-Z]))?(?:[A-Z]\.)*|(?:[A-Z]\.)+"
_NAME = re.compile(
    rf"(?<![\w@#])(?:{_NAME_WORD})(?:\s+(?:(?:al|bin|ibn|de|da|del|der|van|von|of|the)\s+){{0,2}}(?:{_NAME_WORD}))*"
)


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
        if value and not all(fold(w) in MONTHS_AND_DAYS for w in value.split()):
            found.append(Name(value, start, start + len(value)))
    return found


def _is_title_case(text: str) -> bool:
    """Whether a line is set like a headline ("How Many People Were Displaced?") or in capitals throughout."""
    content = [word for word, _, _ in words(text) if len(word) > 3 and word.isalpha()]
    capitals = sum(word[0].isupper() for word in content)
    shouted = sum(word.isupper() for word in content)
    openers = sum(word[0].isupper() and fold(word) in OPENERS for word in content)
    return len(content) > 3 and (
        shouted * 2 > len(content) or (openers > 1 and capitals * 10 > len(content) * 8)
    )


def _is_opener(word: str, at_start: bool) -> bool:
    """Whether a capitalised word only opens a sentence ("What", "Calling Turkey’s offensive ...")."""
    if word.isupper() and len(word) > 1:
        return False
    return fold(word) in OPENERS or (at_start and len(word) > 4 and word.endswith("ing"))


def _drop_links(value: str, start: int) -> tuple[str, int]:
    match = re.match(r"(?:(?:al|of|the|de|van|von)\s+)+(?=[A-Z])", value)
    if match and match.end() < len(value):
        return value[match.end() :], start + match.end()
    return value, start


def is_person_like(name: Name) -> bool:
    """Whether a name could be a person's: no country, body or title alone, and no acronym."""
    return bool(name.words) and _NOT_PEOPLE.isdisjoint(name.words) and not name.text.isupper()


class Mentions:
    """The names and words of one text, ready to be asked for names."""

    def __init__(self, text: str, found: Iterable[Name] | None = None) -> None:
        """`found` are the text's names where they are known."""
        found = names(text) if found is None else found
        self._words = frozenset(fold(word) for word, _, _ in words(text))
        self._words |= {part for word in self._words if "-" in word for part in word.split("-")}
        self._prefixes = frozenset(word[:_PREFIX] for word in self._words if len(word) >= _PREFIX)
        self._acronyms = frozenset(filter(None, (_acronym(name) for name in found)))
        self._text = " ".join(fold(word) for word, _, _ in words(text))

    @classmethod
    def of(cls, sentences: Iterable[Sentence], lead: str = "") -> "Mentions":
        """Those of analysed sentences, and of the words of a headline before them."""
        told = list(sentences)
        return cls(
            " ".join((lead, *(one.text for one in told))), [name for one in told for name in one.names]
        )

    def has(self, name: Name) -> bool:
        """Whether the name stands in the text: its last word, its acronym, or another word for its country.

        A person goes by the surname; a longer capitalised name needs most of its words.
        """
        whole = " ".join(fold(word) for word, _, _ in words(name.text))
        if whole[:1].isdigit():
            spelled = _SPELLED.get(int(whole)) if whole.isdecimal() else None
            return whole in self._words or spelled in self._words
        aliases = _ALIASES.get(whole, ())
        if any(alias in self._words or (" " in alias and alias in self._text) for alias in aliases):
            return True
        parts = name.words
        if not parts:
            return True
        acronym = _acronym(name)
        if (acronym and acronym in self._words) or (len(parts) == 1 and parts[0] in self._acronyms):
            return True
        known = [self._has_word(part) for part in parts]
        return known[-1] if len(parts) <= 3 else sum(known) * 2 >= len(known)

    def _has_word(self, word: str) -> bool:
        if word.endswith("s") and word[:-1] in self._words:
            return True
        if word in self._words or any(alias in self._words for alias in _ALIASES.get(word, ())):
            return True
        return len(word) >= _PREFIX and not word.isdigit() and word[:_PREFIX] in self._prefixes


_NO_NAMES = frozenset("tv ceo cfo pm mp mps ai hq vip id dna hiv gdp faq".split())
"""Abbreviations of common words: no text need hold them in this form."""


_SPELLED = dict(enumerate("zero one two three four five six seven eight nine ten eleven twelve".split()))


def missing(asked: Iterable[Name], mentions: Mentions) -> list[Name]:
    """The names that the text does not mention, in the order asked."""
    return [name for name in asked if fold(name.text) not in _NO_NAMES and not mentions.has(name)]


def _acronym(name: Name) -> str | None:
    initials = "".join(part[0] for part in re.split(r"[\s-]+", name.text) if part[:1].isupper()).casefold()
    return initials if len(initials) >= 2 and " " in name.text else None
