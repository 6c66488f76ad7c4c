"""Whom "he", "the envoy", "the company" and a surname alone go back to in an article.

The person in focus is the one who speaks, else the first one named, in the nearest sentence before that names
one; a pronoun keeps it in focus. Women and men are told apart by given name and title where these tell.
"""

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from index.language.kinds import (
    BUSINESS,
    FEMALE,
    HEADS,
    HONORIFIC,
    MENS_TITLES,
    ROLES,
    SETTLEMENT,
    TITLES,
    WOMENS_TITLES,
    lists,
    sex_of,
    without_title,
)
from index.language.sentence import Name, NameKind, Quotation, Reference
from index.language.words import fold, phrase

_LOOK_BACK = 8
"""Sentences for which a person stays in focus that nobody names again."""

_MOST = 24
"""Names and quotations of a sentence that are looked at for its pronouns."""
# A pronoun of a person, or "the" with one or two words behind it; a set of characters in front is fastest.
_POINTER = re.compile(
    r"[HhSs](?<!\w.)(?P<pronoun>(?:(?<=[Hh])(?:e|im|is|imself|er|ers|erself)|(?<=[Ss])he))\b"
    r"|[Tt](?<!\w.)he\s+(?!same\b|other\b|next\b)(?P<noun>[a-z-]{3,20})(?:\s+(?P<second>[a-z-]{3,20}))?\b"
)
# "the envoy of Russia" and "the envoy James Jeffrey" say themselves whom they mean.
_TOLD_BEHIND = re.compile(r"\s+(?:(?:of|for)\b|[A-Z])")
_NOUNS = HEADS | BUSINESS | SETTLEMENT
_QUOTED = re.compile(r"[“\"][^“”\"]*(?:[”\"]|$)")
_SAID_BY = re.compile(r"(?:[”\"’]|,)\s*[a-z]+(?:ed|said|says|told|wrote|writes)?\s+(?:the\s+)?$")


@dataclass(slots=True)
class _Person:
    """Somebody named in the article: the full name, `sex` "f", "m" or "" and roles told of him or her."""

    full: str
    sex: str = ""
    roles: set[str] = field(default_factory=set)


def resolve(
    texts: Sequence[str], named: Sequence[Sequence[Name]], spoken: Sequence[Sequence[Quotation]]
) -> tuple[list[list[Name]], list[list[Reference]]]:
    """The names of each sentence with their groups in this article, and the references of each sentence.

    Kinds are made certain where other sentences tell them. Linear in the article's length.
    """
    grouped = _grouped(named)
    people = _people(texts, grouped)
    if not any(people.values()) and not any(grouped):
        return grouped, [[] for _ in texts]
    focus = _Focus(people)
    return grouped, [
        focus.references(text, grouped[place], spoken[place]) for place, text in enumerate(texts)
    ]


def _grouped(named: Sequence[Sequence[Name]]) -> list[list[Name]]:
    """Each name with the group and kind that the article's full names give: "Putin" is "Vladimir Putin"."""
    full = _full_names(named)
    kinds = _kinds(named)
    return [[_regrouped(name, full, kinds) for name in found] for found in named]


def _full_names(named: Sequence[Sequence[Name]]) -> dict[str, tuple[str, NameKind]]:
    """Short forms with the one full name that they stand for: surname, acronym, first word of a company."""
    full: dict[str, dict[str, NameKind]] = {}
    for found in named:
        for name in found:
            if " " not in name.text or name.group:
                continue
            for short, whole in _short_forms(name):
                full.setdefault(short, {})[whole] = name.kind
    return {short: next(iter(wholes.items())) for short, wholes in full.items() if _is_one(list(wholes))}


def _is_one(wholes: list[str]) -> bool:
    """Whether full names are those of one person or body: "Recep Tayyip Erdogan" and "Tayyip Erdogan"."""
    if len(wholes) == 1:
        return True
    longest = set(phrase(max(wholes, key=len)).split())
    return all(longest.issuperset(phrase(whole).split()) for whole in wholes)


def _short_forms(name: Name) -> list[tuple[str, str]]:
    parts = name.text.split()
    if name.kind is NameKind.PERSON:
        bare = without_title(parts)
        if len(bare) < 2:
            return []
        whole = " ".join(bare)
        keys = [phrase(bare[-1])]
        particle = next((place for place, part in enumerate(bare) if place and part.islower()), None)
        if particle:
            keys.append(phrase(" ".join(bare[particle:])))
        if fold(bare[0]) != keys[0] and lists().is_given(fold(bare[0])):
            keys.append(phrase(bare[0]))
        return [(key, whole) for key in keys]
    if name.kind in (NameKind.ORGANISATION, NameKind.OTHER):
        initials = "".join(part[0] for part in re.split(r"[\s-]+", name.text) if part[:1].isupper())
        forms = [(initials.casefold(), name.text)] if len(initials) > 2 else []
        if name.kind is NameKind.ORGANISATION:
            forms.append((phrase(parts[0]), name.text))
        return forms
    return []


def _kinds(named: Sequence[Sequence[Name]]) -> dict[str, NameKind]:
    """The kind that an article's other sentences tell of a name, most often told first."""
    told: dict[str, Counter[NameKind]] = {}
    for found in named:
        for name in found:
            if name.kind is not NameKind.OTHER:
                told.setdefault(name.text, Counter())[name.kind] += 1
    return {text: _surest(counts) for text, counts in told.items()}


def _surest(counts: Counter[NameKind]) -> NameKind:
    """The kind told most often; a body's name is taken for a surname alone where it only "said" something."""
    is_body = counts[NameKind.ORGANISATION] and counts[NameKind.PERSON]
    return NameKind.ORGANISATION if is_body else counts.most_common(1)[0][0]


def _regrouped(name: Name, full: dict[str, tuple[str, NameKind]], kinds: dict[str, NameKind]) -> Name:
    parts = name.text.split()
    bare = without_title(parts) if len(parts) > 1 else parts
    whole = full.get(phrase(" ".join(bare))) if len(bare) == 1 or name.kind is NameKind.OTHER else None
    if whole is None and len(bare) > 1 and name.kind is NameKind.PERSON:
        whole = full.get(phrase(bare[-1]))
        if whole and not set(phrase(" ".join(bare)).split()) <= set(phrase(whole[0]).split()):
            whole = None
    is_same = whole is not None and (
        (whole[1] is NameKind.PERSON and not name.group and name.kind in (NameKind.PERSON, NameKind.OTHER))
        or (whole[1] is name.kind and not name.group)
        or (name.kind is NameKind.OTHER and not name.group)
        or (name.kind is NameKind.ORGANISATION and name.text.isupper() and not name.group)
    )
    if whole is not None and is_same:
        group = whole[0] if whole[0] != name.text else ""
        return replace(name, kind=whole[1], group=group)
    if len(bare) < len(parts) and not name.group and name.kind is NameKind.PERSON:
        return replace(name, group=" ".join(bare))
    kind = kinds.get(name.text)
    is_unsure = name.kind is NameKind.OTHER or (name.kind is NameKind.PERSON and len(parts) == 1)
    return replace(name, kind=kind) if kind and is_unsure else name


def _people(texts: Sequence[str], named: Sequence[Sequence[Name]]) -> dict[str, _Person]:
    """The persons of an article by full name, with what titles and words beside the name tell of them."""
    people: dict[str, _Person] = {}
    for text, found in zip(texts, named, strict=True):
        for name in found:
            if name.kind is not NameKind.PERSON:
                continue
            full = name.group or name.text
            person = people.get(full)
            if person is None:
                person = people[full] = _Person(full, sex_of(full))
            before = text[max(0, name.start - 40) : name.start]
            after = text[name.end : name.end + 60]
            honorific = HONORIFIC.search(before)
            titles = {fold(part) for part in name.text.split() if fold(part) in TITLES}
            titles |= {fold(honorific[1])} if honorific else set()
            person.sex = "f" if titles & WOMENS_TITLES else "m" if titles & MENS_TITLES else person.sex
            person.roles |= titles | _roles(before, after)
    return people


_BESIDE_BEFORE = re.compile(r"([a-z-]+)\s+$")
_BESIDE_AFTER = re.compile(r",\s+(?:the|an?|his|her|its|their)\s+((?:[\w’'-]+\s+){0,3}[\w’'-]+)")


def _roles(before: str, after: str) -> set[str]:
    """The roles that stand beside a name: "envoy James Jeffrey", "Lavrentiev, the Russian envoy"."""
    found = {match[1] for match in [_BESIDE_BEFORE.search(before)] if match}
    apposed = _BESIDE_AFTER.match(after)
    return (found | set(apposed[1].split() if apposed else ())) & ROLES


class _Focus:
    """Who and what was named last while an article is read from its first sentence to its last."""

    def __init__(self, people: dict[str, _Person]) -> None:
        self._people = people
        self._recent: list[tuple[int, str]] = []
        self._body = self._place = ""
        self._at = 0

    def references(
        self, text: str, found: Sequence[Name], quotations: Sequence[Quotation]
    ) -> list[Reference]:
        """The references of the next sentence; its own names come into focus."""
        stated = {one.speaker for one in quotations if one.speaker}
        found = [_speaking(name) if name.text in stated else name for name in found[:_MOST]]
        quoted = [match.span() for match in _QUOTED.finditer(text)] if "“" in text or '"' in text else []
        quoted = quoted[:_MOST]
        speaker = self._speaker(text, found, stated, quoted)
        references: list[Reference] = []
        for match in _POINTER.finditer(text):
            start, end = match.start(), _end(match)
            antecedent = self._antecedent(match, found, quoted, speaker) if end else ""
            if antecedent:
                references.append(Reference(text[start:end], start, end, antecedent))
        self._move(found, quoted, speaker, references)
        return references

    def _antecedent(
        self, match: re.Match[str], found: Sequence[Name], quoted: list[tuple[int, int]], speaker: str
    ) -> str:
        inside = any(start < match.start() < end for start, end in quoted)
        before = [name for name in found if name.end <= match.start()]
        if match["noun"]:
            return self._of_noun(match.string[match.start() : _end(match)].split()[-1], before)
        sex = "f" if match[0].lower() in FEMALE else "m"
        people = (name for name in before if name.kind is NameKind.PERSON)
        own = [_full(name) for name in people if inside or not _within(name, quoted)]
        for full in (*own, *(full for _, full in reversed(self._recent))):
            if self._agrees(full, sex) and not (inside and full == speaker):
                return full
        return ""

    def _of_noun(self, noun: str, before: Sequence[Name]) -> str:
        """The antecedent of "the envoy", "the company", "the city"; empty for any other noun."""
        if noun in HEADS:
            recent = [_full(name) for name in before if name.kind is NameKind.PERSON]
            nearest = [*reversed(recent), *(full for _, full in reversed(self._recent))]
            told = [full for full in nearest if full in self._people and noun in self._people[full].roles]
            return next(iter(told), "")
        kind = NameKind.ORGANISATION if noun in BUSINESS else NameKind.PLACE if noun in SETTLEMENT else None
        if kind is None:
            return ""
        own = [name.text for name in before if name.kind is kind]
        return own[-1] if own else self._body if kind is NameKind.ORGANISATION else self._place

    def _agrees(self, full: str, sex: str) -> bool:
        person = self._people.get(full)
        return person is None or person.sex in ("", sex)

    def _speaker(
        self,
        text: str,
        found: Sequence[Name],
        stated: Container[str],
        quoted: list[tuple[int, int]],
    ) -> str:
        """Who speaks in the sentence, else its first person outside quotation marks; empty if nobody."""
        people = [name for name in found if name.kind is NameKind.PERSON and not _within(name, quoted)]
        spoken = [name for name in people if _full(name) in stated or name.text in stated]
        spoken = spoken or [
            name for name in people if _SAID_BY.search(text[max(0, name.start - 40) : name.start])
        ]
        first = next(iter(spoken or people), None)
        return _full(first) if first else ""

    def _move(
        self,
        found: Sequence[Name],
        quoted: list[tuple[int, int]],
        speaker: str,
        references: Sequence[Reference],
    ) -> None:
        """Brings a sentence's persons into focus, the speaker last; a pronoun keeps whom it meant."""
        self._at += 1
        people = [_full(name) for name in found if name.kind is NameKind.PERSON]
        meant = [one.antecedent for one in references if one.antecedent in self._people]
        for full in (*reversed(people), *reversed(meant), *([speaker] if speaker else ())):
            self._recent = [one for one in self._recent if one[1] != full]
            self._recent.append((self._at, full))
        self._recent = [one for one in self._recent[-12:] if one[0] > self._at - _LOOK_BACK]
        for name in found:
            if name.kind is NameKind.ORGANISATION:
                self._body = name.text
            elif name.kind is NameKind.PLACE:
                self._place = name.text


def _end(match: re.Match[str]) -> int:
    """Where a pointer ends: behind its last word that is a role, a body or a place; 0 if none is."""
    if match["pronoun"]:
        return match.end()
    part = next((part for part in ("second", "noun") if match[part] in _NOUNS), None)
    return match.end(part) if part and not _TOLD_BEHIND.match(match.string, match.end(part)) else 0


def _speaking(name: Name) -> Name:
    """The name of somebody who speaks, as a person's if nothing else is known of it: only they are "he"."""
    return replace(name, kind=NameKind.PERSON) if name.kind is NameKind.OTHER else name


def _full(name: Name) -> str:
    return name.group or name.text


def _within(name: Name, quoted: Sequence[tuple[int, int]]) -> bool:
    return any(start <= name.start < end for start, end in quoted)
