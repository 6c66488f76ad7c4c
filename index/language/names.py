"""Whether a text mentions a name: under another spelling, as an acronym, or as the people of a country."""

import re
from collections.abc import Iterable

from corpus.words.lists import read_lists
from index.language.patterns import CALENDAR
from index.language.words import Name, fold, names, words

_LISTS = read_lists("index.language", "names.txt")
_GROUPS = tuple(frozenset(line.split(",")) for line in _LISTS["aliases"])
_ALIASES = {member: group for group in _GROUPS for member in group}
_PREFIX = 5
_NOT_PEOPLE = frozenset(" ".join(_LISTS["not people"]).split())


def is_person_like(name: Name) -> bool:
    """Whether a name could be a person's: no country, body or title alone, and no acronym."""
    return bool(name.words) and _NOT_PEOPLE.isdisjoint(name.words) and not name.text.isupper()


class Mentions:
    """The names and words of one text, ready to be asked for names."""

    def __init__(self, text: str) -> None:
        found = names(text)
        self._words = frozenset(fold(word) for word, _, _ in words(text))
        self._words |= {part for word in self._words if "-" in word for part in word.split("-")}
        self._prefixes = frozenset(word[:_PREFIX] for word in self._words if len(word) >= _PREFIX)
        self._acronyms = frozenset(filter(None, (_acronym(name) for name in found)))
        self._text = " ".join(fold(word) for word, _, _ in words(text))

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


def figures(question: str) -> list[Name]:
    """Numbers that a question names ("flight 1722", "ferry 3"), dates aside: they identify as names do."""
    dates = [match.span() for match in CALENDAR.finditer(question)]
    found = [(word, start, end) for word, start, end in words(question) if word[0].isdigit()]
    return [Name(*one) for one in found if not any(first <= one[1] < last for first, last in dates)]


def missing(asked: Iterable[Name], mentions: Mentions) -> list[Name]:
    """The names that the text does not mention, in the order asked."""
    return [name for name in asked if fold(name.text) not in _NO_NAMES and not mentions.has(name)]


def _acronym(name: Name) -> str | None:
    initials = "".join(part[0] for part in re.split(r"[\s-]+", name.text) if part[:1].isupper()).casefold()
    return initials if len(initials) >= 2 and " " in name.text else None
