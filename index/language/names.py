"""Names of a text, and whether it mentions one: spelled otherwise, as an acronym, as a country's people.

A capital tells a name inside a sentence. At its beginning a word is a name when a list of names has it, when
the rest of the article writes it with a capital, or when general English does not know it (lists of SCOWL).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.language.kinds import (
    ORGANISATION_HEADS,
    ORGANISATION_WORDS,
    PARTICLES,
    PLACE_WORDS,
    ROLES,
    ROYAL,
    SUBJECT,
    THING_WORDS,
    TITLE_PARTS,
    TITLES,
    is_common,
    kind_of,
    known,
    lists,
    without_title,
)
from index.language.sentence import Name, NameKind, Quantity, Sentence
from index.language.words import MONTHS_AND_DAYS, OPENERS, fold, words

_PREFIX = 5
_ELIDED = re.compile("[dl][aeiouhy]")

# Capitals of Latin, Greek and Cyrillic; among Latin letters with rarer marks small ones too, since both
# alternate. A name in small letters throughout is none.
_UPPER = "A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỿΆ-ΫЀ-ЯＡ-Ｚ"
_ABBREVIATED = "St|Gen|Col|Lt|Sen|Rep|Gov|Capt|Sgt|Cpl|Rev|Maj|Adm|Cmdr|Brig|Hon"
# One word of a name: "Gen.", "J.K.", "Erdoğan", "al-Assad", "d’Ivoire", "O’Farrell", "iPhone", "BA.2", "AT&T"
_NAME_WORD = (
    rf"(?:{_ABBREVIATED})\.(?=\s[{_UPPER}])"
    rf"|(?:[{_UPPER}]\.){{1,6}}(?![\w{_UPPER}])"
    rf"|(?:(?:al|el|ul|as|ad|an|ar|at|az)[-‐‑]|[dl][’'´`]|[a-z](?=[{_UPPER}][a-z]))?"
    rf"[{_UPPER}](?:[\w’'´`‐‑\u00ad-]|&(?=\w)){{0,60}}(?:\.\d+)?(?:\.(?=[{_UPPER}]))?(?:[{_UPPER}]\.){{0,5}}"
)
_LINK = f"(?:{'|'.join([*PARTICLES, 'of', 'the', '&'])})"
_BLANK = r"(?:[^\S\n]{1,4}|[^\S\n]?\n)"
# Words of a name, up to three small ones or an ampersand between two of them; particles may open it.
_NAME = re.compile(
    rf"(?<![\w@#])(?:(?:van|von|bin|ibn|de|del|della|ter|den)\s(?:(?:der|den|de|la)\s)?)?(?:{_NAME_WORD})"
    rf"(?:{_BLANK}(?:{_LINK}{_BLANK}){{0,3}}(?:{_NAME_WORD})){{0,20}}"
)
_TOKEN = re.compile(r"\S+")
_POSSESSIVE = re.compile(r"[’']s?$")
# What does not belong to a name at its end: a possessive, a hyphen, the participle of "Denver-based".
_ENDING = re.compile(
    r"[’']s?$|[-‐‑’']+$|[-‐‑](?:based|led|backed|born|inspired|style|owned|made|related|era|like|controlled|held|wide|area"
    r"|funded|speaking|occupied|bound|educated|trained|run|aligned|affiliated|supported|registered|built|linked|listed|friendly|themed|sponsored|dominated)$"
)
_SENTENCE_BEFORE = re.compile(r"(?:[.!?…:][”\"’')\]]{0,2}\s+|[“\"‘(]|\n)$")
_CONTRACTED = re.compile(r"[’'](?:re|ve|ll|d|m|t)$")
_AND = re.compile(rf"\s+and\s+(?=[{_UPPER}])")
_FORM = re.compile(r",?\s+(?:Inc|Ltd|LLC|Corp|Co|plc|PLC|GmbH|AG|SA|NV|Jr|Sr)\b\.?(?!\s*[a-z]{0,2}\.)")
_FOR = re.compile(rf"\s+(?:for|at)\s+(?:the\s+)?(?=[{_UPPER}])")
_BEFORE, _AFTER = 32, 60
"""Characters in front of a name and behind it that are looked at for its kind."""


@dataclass(frozen=True, slots=True)
class _Usage:
    """How an article writes words within its sentences: those in small letters, and those with a capital."""

    small: Collection[str] = frozenset()
    capital: Collection[str] = frozenset()


_UNKNOWN = _Usage()
_SMALL = re.compile(r"(?<![\w’'-])[a-z]{3,30}")
_CAPITAL = re.compile(rf"(?<=[a-z,;] )[{_UPPER}][\w-]{{1,30}}")


def names(text: str, *, sentence_starts: Iterable[int] = (0,)) -> list[Name]:
    """Capitalised names of `text`, in order, with kind and group.

    A single capitalised word at a sentence start counts only when it is no common word ("What", "Officials");
    months and weekdays are dates, not names. Where nearly every word is capitalised, capitals tell nothing:
    only listed names and given names with a surname are found.
    """
    if _is_title_case(text):
        return list(_listed(text))
    return _names(text, frozenset(sentence_starts), _UNKNOWN)


def article_names(texts: Sequence[str]) -> list[list[Name]]:
    """The names of each sentence of an article; how other sentences write a word decides at their starts."""
    told = [not _is_title_case(text) for text in texts]
    plain = "\n".join(text for text, is_told in zip(texts, told, strict=True) if is_told)
    usage = _Usage(frozenset(_SMALL.findall(plain)), frozenset(_CAPITAL.findall(plain)))
    return [
        _names(text, _START, usage) if is_told else list(_listed(text))
        for text, is_told in zip(texts, told, strict=True)
    ]


_START = frozenset((0,))
_LONGEST_OPENER = 12
"""Characters of a word that is looked up at once among those that only open a sentence, which most do."""


def _names(text: str, starts: Collection[int], usage: _Usage) -> list[Name]:
    found: list[Name] = []
    at = 0
    while match := _NAME.search(text, at):
        start, at = match.span()
        if match[0].islower():
            continue
        is_single = at - start < _LONGEST_OPENER and " " not in match[0]
        if is_single and match[0].casefold() in OPENERS and not match[0].isupper():
            continue
        at = _extended(text, match)
        is_first = start in starts or (
            start > 0 and _SENTENCE_BEFORE.search(text, max(0, start - 5), start) is not None
        )
        opened = _opened(text, start, at, is_first, usage)
        for first, last in _pieces(text, opened, at):
            name = _name(text, first, last)
            if name:
                found.append(name)
    return found


def _name(text: str, start: int, end: int) -> Name | None:
    """The name `text[start:end]` without possessive and hyphens at its end; None for months and weekdays."""
    value = text[start:end]
    if value[-1:] in "s’'-‐‑" or "-" in value:
        value = _ENDING.sub("", value)
    if not value or all(fold(word) in MONTHS_AND_DAYS for word in value.split()):
        return None
    end = start + len(value)
    kind, group = kind_of(value, text[max(0, start - _BEFORE) : start], text[end : end + _AFTER])
    return Name(value, start, end, kind, group)


def _extended(text: str, match: re.Match[str]) -> int:
    """The end of a name, with a legal form, and with what "and" or "for" joins to it.

    "Ministry of Health and Social Care", "Centers for Disease Control", "Food and Drug Administration",
    "Bosnia and Herzegovina"; "Smith and Jones" are two names.
    """
    start, end = match.start(), match.end()
    while (token := _TOKEN.match(text, start, end)) and fold(token[0]) in OPENERS and not token[0].isupper():
        start = _skipped(text, token.end(), end)
    value = text[start:end]
    if not value:
        return end
    form = _FORM.match(text, end)
    if form:
        return form.end() - (
            1 if form[0].endswith(".") and not text[form.end() : form.end() + 2].strip() else 0
        )
    first = fold(value.split(None, 1)[0])
    joined = _FOR.match(text, end) if first in ORGANISATION_HEADS and " of " not in f"{value} " else None
    if first == "university" and not joined:
        joined = _FOR.match(text, end)
    further = _NAME.match(text, joined.end()) if joined else None
    if further and not _POSSESSIVE.search(value):
        end = further.end()
        value = text[start:end]
    link = _AND.match(text, end)
    further = _NAME.match(text, link.end()) if link else None
    if further and not _POSSESSIVE.search(value):
        whole = text[start : further.end()]
        second = further[0].split()
        is_body = (
            first in ORGANISATION_HEADS
            and " " in value
            and all(map(is_common, second))
            and not known(further[0])
        )
        is_joint = (
            " " not in value
            and is_common(value)
            and len(second) > 1
            and fold(second[-1]) in ORGANISATION_WORDS
        )
        if is_body or (is_joint and all(map(is_common, second))) or known(_POSSESSIVE.sub("", whole)):
            return further.end()
    return end


def _opened(text: str, start: int, end: int, is_first: bool, usage: _Usage) -> int:
    """Where a name begins behind words that only open its sentence."""
    while start < end:
        token = _TOKEN.match(text, start, end)
        if token is None:
            return end
        rest = _skipped(text, token.end(), end)
        if _is_opener(token[0], is_first):
            start = rest
        elif is_first and _is_common_noun(text, token, rest, end, usage):
            return rest
        else:
            return start
        is_first = False
    return start


def _skipped(text: str, start: int, end: int) -> int:
    """The next word that begins with a capital or belongs to a name, behind blanks and small words."""
    match = re.compile(r"\s*(?:(?:of|the)\s+)*").match(text, start, end)
    return match.end() if match else start


def _is_opener(word: str, at_start: bool) -> bool:
    """Whether a capitalised word only opens a sentence ("What", "I’m", "Calling Turkey’s offensive ...")."""
    if word.isupper() and len(word) > 1:
        return False
    if fold(word) in OPENERS or _CONTRACTED.search(word):
        return True
    return at_start and len(word) > 4 and word.endswith("ing") and is_common(word) and not known(word)


def _is_common_noun(text: str, token: re.Match[str], rest: int, end: int, usage: _Usage) -> bool:
    """Whether the first word of a sentence is a common one and not part of a name.

    "Officials said", "Shares of Varda", "Actor Tom Hanks"; but not "Apple said", "Bank of England",
    "Prime Minister Modi".
    """
    word = _POSSESSIVE.sub("", token[0])
    folded = fold(word)
    if word.isupper() and len(word) > 1:
        return False
    if rest < end:
        is_linked = not text[token.end() : rest].isspace()
        if not is_linked:
            return folded in ROLES - TITLES and not is_common(text[rest:end].split()[0])
        is_head = folded in ORGANISATION_WORDS | PLACE_WORDS | THING_WORDS | TITLE_PARTS
        return not is_head and is_common(word) and (folded.endswith("s") or known(text[rest:end]) is not None)
    told = known(word)
    if told and (told[1] or not is_common(word)):
        return False
    if not is_common(word):
        return word.lower() in usage.small and word not in usage.capital
    if word in usage.capital or word.lower() in usage.small:
        return word.lower() in usage.small
    is_named = told is not None or lists().is_given(folded)
    if word.endswith("s") or token[0] != word:
        return True
    return not (_AND.match(text, end) or (is_named and SUBJECT.match(text, end)))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The names side by side in a run of capitals: "Turkey’s | President Erdogan", "Tesla | CEO Musk"."""
    if " " not in text[start:end]:
        yield start, end
        return
    tokens = [token.span() for token in _TOKEN.finditer(text, start, end)]
    first = 0
    for place in range(1, len(tokens)):
        if place > first and _is_border(text, tokens, first, place):
            yield tokens[first][0], tokens[place - 1][1]
            first = place
            while first < len(tokens) - 1 and text[slice(*tokens[first])] in ("of", "the", "The"):
                first += 1
    if first < len(tokens):
        yield tokens[first][0], tokens[-1][1]


def _is_border(text: str, tokens: list[tuple[int, int]], first: int, place: int) -> bool:
    """Whether a name ends before a word: after a possessive, before a title, between people and person."""
    before = text[tokens[first][0] : tokens[place - 1][1]]
    last = text[slice(*tokens[place - 1])]
    if _ENDING.search(last) and not _POSSESSIVE.search(last):
        return True
    if _POSSESSIVE.search(last):
        bare = _POSSESSIVE.sub("", last)
        return not is_common(bare) or known(bare) is not None
    word = text[slice(*tokens[place])]
    if word == "of" and place + 1 < len(tokens):
        if " " in before and kind_of(before)[0] is NameKind.PERSON and len(without_title(before.split())) > 1:
            return True
        told = known(_POSSESSIVE.sub("", text[tokens[place + 1][0] : tokens[-1][1]]))
        is_person = fold(before.split()[0]) in TITLES if " " in before else fold(before) in TITLES - ROYAL
        is_person = is_person or (" " in before and is_title_only(before))
        return is_person and told is not None and told[0] is NameKind.PLACE
    folded = fold(word.rstrip("."))
    told = known(before)
    if told is None and (folded not in TITLE_PARTS or is_title_only(before)):
        return False
    if place == len(tokens) - 1:
        return told is not None and told[1] != "" and folded in TITLES - ROYAL
    if folded in TITLE_PARTS:
        following = text[tokens[place][0] : tokens[-1][1]]
        is_person = kind_of(following)[0] is NameKind.PERSON
        return is_person and (told is not None or folded not in ROYAL)
    return told is not None and told[0] is NameKind.PEOPLE and lists().is_given(folded)


def is_title_only(text: str) -> bool:
    """Whether all words may belong to a title: "Prime Minister", "Secretary of State"."""
    return all(fold(word.rstrip(".")) in TITLE_PARTS or word == "of" for word in text.split())


def _is_title_case(text: str) -> bool:
    """Whether a line is set like a headline ("How Many People Were Displaced?") or in capitals throughout."""
    if len(_CAPITALISED.findall(text)) * 2 <= text.count(" "):
        return False
    content = [word for word, _, _ in words(text) if len(word) > 3 and word.isalpha()]
    capitals = sum(word[0].isupper() for word in content)
    shouted = sum(word.isupper() for word in content)
    openers = sum(word[0].isupper() and fold(word) in OPENERS for word, _, _ in words(text))
    return len(content) > 3 and (
        shouted * 2 > len(content) or (openers > 1 and capitals * 10 > len(content) * 8)
    )


_CAPITALISED = re.compile(rf"(?<!\w)[{_UPPER}]")
_LONGEST_LISTED = 4


def _listed(text: str) -> Iterator[Name]:
    """Names of a line where capitals tell nothing: those of lists, and a given name with a word behind it."""
    found = words(text)
    place = 0
    while place < len(found):
        for length in range(min(_LONGEST_LISTED, len(found) - place), 0, -1):
            start, end = found[place][1], found[place + length - 1][2]
            value = _POSSESSIVE.sub("", text[start:end])
            told = known(value) if value[:1].isupper() else None
            is_plain = length == 1 and (is_common(value) and (told is None or not told[1] or len(value) <= 3))
            is_person = (
                length == 2
                and lists().is_given(fold(found[place][0]))
                and not any(is_common(word) for word, _, _ in found[place : place + 2])
            )
            if (told and not is_plain) or is_person:
                kind, group = told or (NameKind.PERSON, "")
                yield Name(value, start, start + len(value), kind, group)
                place += length - 1
                break
        place += 1


def is_person_like(name: Name) -> bool:
    """Whether a name could be a person's: it is known as one, or nothing else is known of it or its parts."""
    kind = name.kind if name.kind is not NameKind.OTHER else kind_of(name.text)[0]
    if kind is not NameKind.OTHER:
        return kind is NameKind.PERSON
    if not name.words or name.text.isupper() or any(character.isdigit() for character in name.text):
        return False
    parts = name.text.split()
    return not any(map(known, parts)) and not all(is_common(part) for part in parts)


DIVIDED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u2009\u202f’']\d{3})+(?![\w.,]?\d)")
"""A number whose thousands are divided by blanks or apostrophes, which `words` takes for several."""
_GROUPED = re.compile(r"\d{1,3}(?:[.,\s’']\d{3})+")


def figure(number: str) -> str:
    """A number in digits as one that can be compared: 2,300 and 2 300 as 2300, 1,5 as 1.5."""
    number = unicodedata.normalize("NFKC", number)  # Full-width digits and blanks of other widths.
    return re.sub(r"\D", "", number) if _GROUPED.fullmatch(number) else number.replace(",", ".")


class Mentions:
    """The names and words of one text, ready to be asked for names."""

    def __init__(
        self, text: str, found: Sequence[Name] | None = None, counted: Iterable[Quantity] = ()
    ) -> None:
        """`found` are the text's names where they are known, `counted` its numbers."""
        found = names(text) if found is None else found
        self._groups = frozenset(name.group for name in found if name.group)
        self._words = frozenset(fold(word) for word, _, _ in words(text) if not _is_no_acronym(word))
        self._words |= {part for word in self._words if "-" in word for part in word.split("-")}
        self._prefixes = frozenset(word[:_PREFIX] for word in self._words if len(word) >= _PREFIX)
        self._acronyms = frozenset(filter(None, (_acronym(name) for name in found)))
        self._text = " ".join(fold(word) for word, _, _ in words(text))
        numbers = [*DIVIDED.findall(text), *(word for word in self._words if word[0].isdigit())]
        values = (f"{one.low.normalize():f}" for one in counted if one.low == one.high)
        self._figures = frozenset((*map(figure, numbers), *values))

    @classmethod
    def of(cls, sentences: Iterable[Sentence], lead: str = "") -> "Mentions":
        """Those of analysed sentences, and of the words of a headline before them."""
        told = list(sentences)
        return cls(
            " ".join((lead, *(one.text for one in told))),
            [name for one in told for name in one.names],
            [number for one in told for number in one.quantities],
        )

    def has(self, name: Name) -> bool:
        """Whether the name stands in the text: its last word, its acronym, or another word for its country.

        A person goes by the surname; a longer capitalised name needs most of its words.
        """
        whole = " ".join(fold(word) for word, _, _ in words(name.text))
        if whole[:1].isdigit() and figure(name.text) in self._figures:
            return True
        if whole[:1].isdigit():
            spelled = _SPELLED.get(int(whole)) if whole.isdecimal() else None
            return whole in self._words or spelled in self._words
        told = known(name.text)
        if told and told[1] and self._has_group(told[1]):
            return True
        parts = name.words
        if not parts:
            return not (told and told[1])
        acronym = _acronym(name)
        if (acronym and acronym in self._words) or (len(parts) == 1 and parts[0] in self._acronyms):
            return True
        held = [self._has_word(part) for part in parts]
        return held[-1] if len(parts) <= 3 else sum(held) * 2 >= len(held)

    def _has_word(self, word: str) -> bool:
        if word.endswith("s") and word[:-1] in self._words:
            return True
        told = lists().known.get(word)
        if word in self._words or (told and told[1] and self._has_group(told[1])):
            return True
        if len(word) >= _PREFIX and self._has_without_elision(word):
            return True
        return len(word) >= _PREFIX and not word.isdigit() and word[:_PREFIX] in self._prefixes

    def _has_without_elision(self, word: str) -> bool:
        """Whether text or word leaves out the apostrophe of an elided article: "LOreal", "dIvoire"."""
        if _ELIDED.match(word) and word[1:] in self._words:
            return True
        return word[0] in "aeiouhy" and (f"l{word}" in self._words or f"d{word}" in self._words)

    def _has_group(self, group: str) -> bool:
        """Whether any name of a group stands in the text: "Turkish" or "Ankara" for Turkey."""
        return group in self._groups or any(
            member in self._text if " " in member else member in self._words
            for member in lists().members[group]
        )


def _is_no_acronym(word: str) -> bool:
    """Whether a short word in small letters would be taken for an acronym: "us", "who"."""
    return len(word) <= 3 and word.islower() and is_common(word) and word in lists().known


_NO_NAMES = frozenset("tv ceo cfo pm mp mps ai hq vip id dna hiv gdp faq".split())
"""Abbreviations of common words: no text need hold them in this form."""


_SPELLED = dict(enumerate("zero one two three four five six seven eight nine ten eleven twelve".split()))


def missing(asked: Iterable[Name], mentions: Mentions) -> list[Name]:
    """The names that the text does not mention, in the order asked."""
    return [name for name in asked if fold(name.text) not in _NO_NAMES and not mentions.has(name)]


def _acronym(name: Name) -> str | None:
    initials = "".join(part[0] for part in re.split(r"[\s-]+", name.text) if part[:1].isupper()).casefold()
    return initials if len(initials) >= 2 and " " in name.text else None
