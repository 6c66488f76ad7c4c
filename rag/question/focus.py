"""What a conversation is about: persons and things that its questions name, and what "it" and "he" mean.

A completed question tells nothing but something new ("a hospital in Eldermoor"), an answer who was meant.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise

from corpus.words.lists import read_words
from index.language.analysis import analyse_question
from index.language.kinds import FEMALE, MENS_TITLES, ROLES, WOMENS_TITLES, sex_of, without_title
from index.language.names import is_person_like, names
from index.language.sentence import Name, NameKind
from index.language.words import fold, stems
from rag.question.intent import subject_of

LISTS = read_words("rag.question", "followup.txt")
PERSON = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.I)
POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those)\b"
    r"(?!\s+(?:[a-z]+\s+)?(?:is|was|are|were)\s+(?:said|reported|true))",
    re.I,
)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
BARE = 2
"""Content words of a question without a name that asks about what was asked before."""

AUXILIARY = r"(?:did|does|do|is|was|are|were|has|have|had|will|would|can|could|may|might|should)"
_ASKING = r"(?:who|whom|whose|what|when|where|why|how|which|many|much|long|old|and|but|so)"
_OPENS = re.compile(
    rf"^\W*(?:(?:which|what|whose|how\s+many)\s+\w+\s+{AUXILIARY}\b\s*|(?:{_ASKING}|{AUXILIARY})\b\s*)+", re.I
)
_ASKS_WHO = re.compile(r"^\W*(?:and\s+)?(?:who|whose|whom)\b", re.I)
_ASKS_WHOM = re.compile(rf"^\W*(?:and\s+)?whom?\s+{AUXILIARY}\s+(?:he|she)\b", re.I)
"""The next "she" is still the one of the question: "Who does she play next?"."""
_WHO_DOES = re.compile(r"^\W*(?:and\s+)?whom?\s+(?:did|does|do|will)\s+", re.I)
_WHO_IS = re.compile(r"^\W*(?:and\s+)?who(?:\s+(?:is|was|are|were)|'s|’s)\s+", re.I)
_DOES = re.compile(r"\b(?:did|does|do)\b", re.I)
_DID = re.compile(r"\b(?:did|does|do)\s*$", re.I)
_LINK = r"(?:of|in|at|on|near|off|between|against|over|about|with|for|from|to|by)"
SOMEBODY = re.compile(
    r"\b(?:the|this|that)\s+(?:same\s+)?(person|man|guy|gentleman|woman|lady)\b"
    rf"(?!\s+(?:{_LINK}|who|whom|whose|that|which|behind|responsible|he|she|they|[a-z]+ing)\b)",
    re.I,
)
"""Somebody who was mentioned: "that person", "the woman"; not "the woman in red"."""
_NOUN = rf"(?!(?:{_LINK}|and|or|the|an?|{AUXILIARY}|now|still|there|then|last|this|that|it)\b)[a-z][a-z’'-]*"
_BEFORE_NAME = re.compile(
    rf"\b(?:the|an?|any|that|this)\s+({_NOUN}(?:\s+{_NOUN}){{0,2}}\s+{_LINK}\s+)(?:the\s+)?$", re.I
)
"""A noun before a name: "the strike at" Ostmark Rail."""
_INDEFINITE = re.compile(rf"\b(?:an?|any)\s+{_NOUN}(?:\s+{_NOUN})?\s+{_LINK}\s+(?:the\s+)?[A-Z]")
"""Something new of what was asked about: "a hospital in" Eldermoor."""
_NEW = re.compile(r"\b(?:an?|any|some)\s+([a-z].{0,80})")
_BEHIND_NAME = re.compile(rf"\s+({_NOUN}(?:\s+{_NOUN}){{0,2}})")
_PHRASE = re.compile(rf"\b(?:the|an?)\s+{_NOUN}(?:\s+{_NOUN}){{0,3}}(?:\s+{_LINK}\s+{_NOUN})?")
"""A thing without a name: "the kestrelby quarry", "the fire at sea"."""
_ENDS_PHRASE = re.compile(rf"(?:{_LINK}|{AUXILIARY})\b", re.I)
_IS = re.compile(rf"{AUXILIARY}$", re.I)
_OWNER = re.compile(r"[’']s?\s")
"""Behind a name that is only whose: "who is Ann Lee's lawyer"."""
_CAPITALS = re.compile(r"(?:\bthe )?\b[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)+")
_COORDINATED = re.compile(r"\s*,?\s+(?:and|or)\s+(?:the\s+)?$")
_FOLLOWS = frozenset("of in at from to near into on".split())
"""Words behind which a name is that of no person who is meant by "he": "the mayor of Kolmar"."""
_SAYS = re.compile(r"(?:[^.!?]{0,30})\b(?:said|says|told|added|announced)\b")
_PERSONS_NOUN = re.compile(r"(?:er|or|ist|ian|man|woman|boy|girl)$")
"""How nouns for persons end, where "he" goes back to one."""
_EARLIER = 12
"""Names of earlier questions to which "that city" may go back."""
_REPLY = 600
"""Characters of an answer in which it names whom the question asked for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was mentioned: `sex` is "f" or "m" where it is known; `is_sure`: known for a person."""

    text: str
    sex: str = ""
    is_sure: bool = True
    is_replied: bool = False
    """Whether only an answer named them, to a question that did not ask who."""


@dataclass(frozen=True)
class Focus:
    """What the questions so far were about.

    `last` is the latest question, completed; `names` are those of the latest one that has some, in `text`;
    `topic` is what the latest was about that says so without a name; `people` were mentioned, the latest
    first, and `pair` are two that were mentioned together; `year` is the latest one of the questions,
    and `earlier` are the names of the questions before, with their kinds, the latest first.
    """

    last: str = ""
    names: Sequence[Name] = ()
    text: str = ""
    topic: str = ""
    people: tuple[Person, ...] = ()
    pair: tuple[str, ...] = ()
    replied: str = ""
    reply: str = ""
    asks_who: bool = False
    year: str = ""
    earlier: tuple[tuple[NameKind, str], ...] = ()

    def asked(self, question: str, completed: str) -> "Focus":
        """The same after one more question, and what it was completed to."""
        own = analyse_question(question).names
        if not own and _INDEFINITE.search(
            completed
        ):  # "Is there a hospital there?": then "it" is the hospital.
            question, own = completed, analyse_question(completed).names
        told_year = YEAR.search(completed)
        year = told_year[0] if told_year else self.year if completed != question else ""
        focus = replace(self._meant(question), last=completed, asks_who=_asks_who(question, own), year=year)
        earlier = (*self._kinds(), *self.earlier)[:_EARLIER]
        if own:
            persons = list(_persons(question, own))
            about = subject_of(question)  # "Manbij" of "the latest on Manbij"
            told = analyse_question(about).names if about != question else ()
            question, own = (about, told) if told else (question, own)
            named = tuple(name for name in own if name.kind is not NameKind.PEOPLE)
            pair = tuple(one.text for one in persons if one.is_sure)
            focus = replace(
                focus,
                names=named,
                earlier=earlier,
                text=question,
                topic=_topic(question),
                people=_in_front(persons, focus.people),
                pair=pair if len(pair) > 1 else focus.pair,
            )
            return focus
        is_new = completed == question and not POINTING.search(question) and len(stems(question)) > BARE
        if is_new or not (self.names or self.topic):
            focus = replace(focus, topic=_topic(question), text=question if is_new else self.text)
        return replace(focus, names=(), earlier=earlier) if is_new else focus

    def answered(self, text: str) -> "Focus":
        """The same after an answer: whom a question asked for comes first of the persons."""
        body = re.sub(r"\*[^*]*\*|\[\d+\]", " ", text)
        known = {name.text for name in self.names}
        told = [name for name in names(body[:_REPLY]) if is_person_like(name) and name.text not in known]
        full = [name for name in told if " " in name.text] or told
        # Who only says what is quoted is not who was asked for: "Ann Lee said the fire was lit by Jon Dale".
        full = [name for name in full if not _SAYS.match(body, name.end)] or full
        persons = [_person(body, name) for name in full[:1]]
        replied = (replace(one, is_replied=True) for one in persons)
        people = _in_front(persons, self.people) if self.asks_who else (*self.people, *replied)
        return replace(self, people=people, replied=body[:_REPLY], reply=text[:_REPLY])

    def whom(self, pronoun: str) -> Person | None:
        """Whom "he" or "her" means: the latest person who may be meant, else a name that may be one."""
        sex = "f" if pronoun.casefold() in FEMALE else "m"
        may_be = [one for one in self.people if one.sex in ("", sex)]
        only = [one for one in self.people if one.is_sure]
        if not may_be and len(only) == 1:
            return only[0]  # A given name may be a woman's in one country and a man's in another.
        # One of the questions before one of the answers, unless only of the latter the sex is known.
        sure = [one for one in may_be if one.is_sure and not one.is_replied]
        known = [one for one in may_be if one.is_sure and one.sex]
        return next(iter([*sure, *known, *may_be]), None)

    def somebody(self, noun: str) -> Person | None:
        """Whom "that woman" means: the latest person who is known for one and may be a woman."""
        sex = {"man": "m", "guy": "m", "gentleman": "m", "woman": "f", "lady": "f"}.get(noun.casefold(), "")
        return next((one for one in self.people if one.is_sure and (not sex or one.sex in ("", sex))), None)

    def _meant(self, question: str) -> "Focus":
        """The same once the pronouns of a question mean somebody."""
        people = self.people
        for found in list(PERSON.finditer(question))[:2]:
            if person := replace(self, people=people).whom(found[0]):
                sex = "f" if found[0].casefold() in FEMALE else "m"
                people = _in_front([replace(person, sex=sex)], people)
        return replace(self, people=people)

    # What "it" means

    @cached_property
    def name(self) -> Name | None:
        """The first name that is no person's, else the first."""
        things = [one for one in self.names if one.kind is not NameKind.PERSON or self._has_article(one)]
        return next(iter(things or self.names), None)

    @cached_property
    def entity(self) -> str:
        """What "it" means: a name with the nouns around it, "the strike at Ostmark Rail", else the topic."""
        if self.name is None:
            capitals = _CAPITALS.search(self.topic)
            return capitals[0] if capitals else self.topic
        before, behind = self.text[: self.name.start], self.text[self.name.end :]
        if new := _NEW.search(behind):  # "Did the House pass a resolution on the war?": "it" is that.
            return f"the {new[1].strip(' ?.!')}"
        is_person = self.name.kind is NameKind.PERSON and not self._has_article(self.name)
        noun = None if is_person else _BEFORE_NAME.search(before)
        if noun and noun[1].split()[-2] not in ROLES:
            return f"the {noun[1]}{'the ' if self._has_article(self.name) else ''}{self._several}"
        if not self._has_article(self.name):
            return self.name.text
        return f"the {self.name.text}{_nouns_behind(before, behind)}"

    @property
    def where(self) -> str:
        """Of what has a noun as its head the words behind that: " at Ostmark Rail" of "the strike at"."""
        noun = re.match(rf"the\s+{_NOUN}(?:\s+{_NOUN}){{0,2}}(?=\s+{_LINK}\s)", self.entity)
        return self.entity[noun.end() :] if noun and self.name else ""

    @property
    def bare(self) -> str:
        """The name of what "it" means, without the nouns around it; else the topic."""
        return self.name.text if self.name else self.entity

    @property
    def is_clause(self) -> bool:
        """Whether it is known only by the words of a question: "valve remove paid mods"."""
        return self.name is None and not self.entity.startswith("the ") and len(self.entity.split()) > 1

    @property
    def clause(self) -> str:
        """The last question without the words that ask: "Lee go to Kolmar"."""
        return _OPENS.sub("", self.last).strip(" ?")

    @property
    def is_unnamed_person(self) -> bool:
        """Whether it is somebody without a name: "the baggage handler"."""
        noun = self.entity.split()[-1:] if self.name is None and self.entity.startswith("the ") else []
        return any(one in ROLES or _PERSONS_NOUN.search(one) is not None for one in noun)

    @property
    def is_event(self) -> bool:
        """Whether "it" is something with a common noun as its head: "the strike at Ostmark Rail"."""
        return self.name is None or self.entity.removeprefix("the ") != self.name.text

    @property
    def is_place(self) -> bool:
        """Whether "it" is a place."""
        return self.name is not None and self.name.kind is NameKind.PLACE and not self.is_event

    def latest(self, kind: NameKind, *, is_earlier: bool) -> str:
        """The first name of this kind in the latest question that has names, else in those before; or ""."""
        told = [*self._kinds(), *(self.earlier if is_earlier else ())]
        return next((text for one, text in told if one is kind), "")

    @property
    def replied_company(self) -> str:
        """The first name in the answer that may be a company's; "" where none is."""
        own = {name.text for name in self.names}
        told = (one for one in names(self.replied) if one.text not in own)
        kinds = (NameKind.ORGANISATION, NameKind.OTHER)
        return next((one.text for one in told if one.kind in kinds and not sex_of(one.text)), "")

    def _kinds(self) -> Iterator[tuple[NameKind, str]]:
        """The kind of each name, and the name with its article."""
        for name in self.names:
            yield name.kind, f"the {name.text}" if self._has_article(name) else name.text

    @property
    def several(self) -> str:
        """Whom "they" means: two persons or things that were named together; else empty."""
        if self.pair:
            return " and ".join(self.pair[:2])
        told = self._several
        return told if self.name and told != self.name.text else ""

    @property
    def _several(self) -> str:
        """The name with another one that "and" joins to it: "Karsholm and Vettby"."""
        if self.name is None:
            return ""
        for other in self.names:
            between = self.text[self.name.end : other.start]
            if other.start > self.name.start and _COORDINATED.fullmatch(between):
                return self.text[self.name.start : other.end]
        return self.name.text

    @property
    def replied_several(self) -> str:
        """Two names that the answer joins: "Tolmer and Vantis bid."; else empty."""
        told = names(self.replied)
        for one, other in pairwise(told):
            if _COORDINATED.fullmatch(self.replied[one.end : other.start]):
                return self.replied[one.start : other.end]
        return ""

    def titled(self, title: str) -> str | None:
        """Whoever was named with this title: "Judge Ansgar Pohl" for "judge"."""
        named = [name for name in self.names if name.kind is NameKind.PERSON]
        return next((one.text for one in named if title in map(fold, one.text.split()[:-1])), None)

    def has(self, noun: str) -> bool:
        """Whether the nouns of what "it" means have this one: "strike" of "the strike at Ostmark Rail"."""
        bare = self.entity.replace(self.name.text, " ") if self.name else self.entity
        return fold(noun) in map(fold, bare.split())

    def _has_article(self, name: Name) -> bool:
        return self.text[: name.start].casefold().endswith("the ")


@cache
def _participles() -> frozenset[str]:
    """Irregular participles: "stuck", "sunk"."""
    return read_words("index.language", "order.txt")["irregular verbs"]


def _asks_who(question: str, own: Sequence[Name]) -> bool:
    """Whether the answer names somebody who was not named before: "Who runs it?", not "Who is Ann Lee?"."""
    if not _ASKS_WHO.search(question) or _ASKS_WHOM.search(question):
        return False
    if (does := _WHO_DOES.match(question)) and any(name.start == does.end() for name in own):
        return False
    told = _WHO_IS.match(question)
    if told is None:
        return True
    whole = [one for one in own if one.start == told.end() and not _OWNER.match(question, one.end)]
    return not (whole or PERSON.match(question, told.end()))


def _persons(question: str, own: Sequence[Name]) -> Iterator[Person]:
    """The persons that a question names, in its order, those that are not known for one last."""
    told = [_person(question, name) for name in own if _may_be_person(question, name)]
    yield from (one for one in told if one.is_sure)
    yield from (one for one in told if not one.is_sure)


def _may_be_person(question: str, name: Name) -> bool:
    before = question[: name.start].casefold().split()
    is_whole = not question[name.end :].strip(" ?")
    if is_whole and _WHO_IS.fullmatch(question[: name.start]):
        return True
    if before and before[-1] == "the":
        return False
    is_known = name.kind is NameKind.PERSON
    return is_known or (is_person_like(name) and not (before and before[-1] in _FOLLOWS))


def _person(text: str, name: Name) -> Person:
    """Somebody with a name: of the sex that a title or the given name tells."""
    bare = " ".join(without_title(name.text.split()))
    titles = {fold(word) for word in [*name.text.split(), *text[: name.start].split()[-1:]]}
    sex = "f" if titles & WOMENS_TITLES else "m" if titles & MENS_TITLES else sex_of(bare)
    is_named = _WHO_IS.fullmatch(text[: name.start]) is not None
    return Person(name.text, sex, name.kind is NameKind.PERSON or is_named)


def _in_front(persons: Sequence[Person], people: Sequence[Person]) -> tuple[Person, ...]:
    known = {one.text for one in persons}
    return (*persons, *(one for one in people if one.text not in known))


def _nouns_behind(before: str, behind: str) -> str:
    """The nouns that belong to a name with "the": " fire" of "the Notre Dame fire"; a verb is none."""
    found = _BEHIND_NAME.match(behind)
    if not found:
        return ""
    words, rest = found[1].split(), behind[found.end() :].strip(" ?.!")
    opening = before.casefold().removesuffix("the ").split()[-1:]
    if rest and not _ENDS_PHRASE.match(rest):
        return ""
    is_linked = bool(opening) and re.fullmatch(_LINK, opening[0]) is not None
    may_end_in_verb = bool(opening) and not is_linked and (_DOES.search(before) or _IS.match(opening[0]))
    if may_end_in_verb and (_DOES.search(before) or is_done(words[-1])):
        # "Did the Notre Dame fire start": the last one is the verb, if none before it is, as in "get free".
        verb = next((place for place, word in enumerate(words) if word in _participles()), len(words) - 1)
        words = words[:verb]
    return "".join(f" {word}" for word in words)


def is_done(word: str) -> bool:
    """Whether a word may be a participle: "closed", "sunk"."""
    return word.endswith("ed") or word in _participles()


def _topic(question: str) -> str:
    """What a question without a name is about: a thing with its article, else what is behind "what is"."""
    subject = subject_of(question).strip(" ?.!")
    bare = _OPENS.sub("", subject).strip(" ?") or subject
    if POINTING.search(bare) or PERSON.search(bare):
        return ""  # What "it" means there is not known either.
    phrase = _PHRASE.search(bare)
    if phrase is None or _CAPITALS.search(bare) or len(bare[: phrase.start()].split()) > 1:
        return bare
    words, rest = phrase[0].split(), bare[phrase.end() :].strip()
    is_last = not rest or re.fullmatch(_LINK, rest, re.I) is not None
    if not is_last and not phrase.start() and len(words) > 2 and _DID.search(subject[: -len(bare)]):
        # "Did the council vote to leave the partnership": "it" is the partnership.
        if not any(re.fullmatch(_LINK, word) for word in words):
            words = words[:-1]
        is_person = words[-1] in ROLES or _PERSONS_NOUN.search(words[-1]) is not None
        thing = _PHRASE.search(rest)
        words = words if is_person or thing is None else thing[0].split()
    if is_last and len(words) > 2 and not phrase.start():
        is_verb = _DOES.search(subject) or is_done(words[-1])
        words = words[:-1] if is_verb else words  # "did the harbour fire start", "was the ship stuck".
    return f"the {' '.join(words[1:])}"
