"""Follow-up questions completed by rules: "Where did he speak?" after "Who is X?" asks where X spoke.

A pronoun takes the latest fitting name of the questions asked, "And when?" the rest of the question before.
What comes out is a question that somebody could have typed. With a model configured, its plan completes it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.words.lists import one_of
from index.language.analysis import analyse_question
from index.language.names import is_person_like, names
from index.language.sentence import Name, NameKind
from index.language.words import stems
from rag.answer import Turn
from rag.question.subject import subject_of

_PERSON = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.I)
_THING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those)\b"
    r"(?!\s+(?:[a-z]+\s+)?(?:is|was|are|were)\s+(?:said|reported|true))",
    re.I,
)
_SUBJECT = re.compile(r"\b(?:it|they|them|its|their)\b", re.I)
_THERE = re.compile(r"\bthere\b(?!\s+(?:is|was|are|were|a|an|any|been|be)\b)", re.I)
_EXPLETIVE = re.compile(r"\b(?:is|was|are|were|has|have|how many \w+ (?:are|were)) there\b", re.I)
_ELLIPTIC = re.compile(
    r"^\s*(?:and|but|or|so|what about|how about|why|since when|when|where|who|how|how many|how much|which"
    r"|which one"
    r"|by whom|according to whom|for how long|with whom|what else|anything else|really|are you sure)"
    r"\b[\s\w]{0,12}\?*\s*$",
    re.I,
)
_TITLED = re.compile(
    r"\b"
    + one_of(
        """Mr Mrs Ms Dr Sir President Minister Secretary Senator Col Gen Colonel General Captain Lt Mayor
        Judge King Queen Pope Prime Prince Princess"""
    )
    + r"\b"
)
_AUXILIARY = one_of("did does do is was are were has have had will would can could may might should")
_ASKS = re.compile(
    r"^\W*(?:and\s+)?(?:what|where|when|why|who|whom|which(?:\s\w+)?"
    r"|how(?:\s(?:much|many|long|old|far|often|big)(?:\s\w+)?)?)\s+"
    rf"(?={_AUXILIARY}\b)",
    re.I,
)
"""The words that ask, before an auxiliary: what stays of "Where was it signed?" is "was it signed?"."""
_BEGINS = re.compile(rf"^\W*{_AUXILIARY}\b", re.I)
_OPENS = re.compile(
    rf"^\W*(?:(?:who|what|when|where|why|how|which|many|much|long|old|{_AUXILIARY})\b\s*)+", re.I
)
_ASKS_AGAIN = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(since when|for how long|by whom|with whom|when|where|why|how)"
    r"(?:\s+(?:is|was|were|are|did)(?:\s+(?:that|this))?)?\W*$",
    re.I,
)
"""A question of nothing but the words that ask: "And when?", "when was that?"."""
_ANOTHER = re.compile(r"^\W*(?:and|but|what about|how about)\s+(?=\S)", re.I)
_OWN_QUESTION = re.compile(rf"^\W*(?:and|but)\s+(?:who|what|when|where|why|how|which|{_AUXILIARY})\b", re.I)
_INDEFINITE = re.compile(r"\b(?:an?|any|some)\s+[a-z]")
_WHO = re.compile(r"^\W*(?:and\s+)?who\b", re.I)
_CAPITALS = re.compile(r"(?:\bthe )?\b[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)+")
_BEHIND = frozenset("of in at from to near into on".split())
"""Words behind which a name is that of no person who is meant by "he": "the mayor of Kolmar"."""
_BARE = 2
"""Content words of a question without a name that asks about what was asked before."""
MAX_TURNS = 12
MAX_TURN_CHARACTERS = 4_000
MAX_COMPLETED = 2_000
"""Characters of a completed question, as of a question that somebody types."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the questions so far were about; nothing of it is taken from a completed question but `last`.

    `names` are those of the latest question that has some, in `text`; `topic` is what the latest was about
    that says so without a name; `person` is whoever was last asked about, and `last` the last question
    completed.
    """

    last: str = ""
    names: Sequence[Name] = ()
    text: str = ""
    topic: str = ""
    person: str | None = None
    answered: str = ""

    def after(self, question: str) -> "_Asked":
        """The same after one more question."""
        last = _complete(question, self)
        own = analyse_question(question).names
        person = _person_in(question, own) or (_whom(self) if _PERSON.search(question) else self.person)
        if own and _WHO.match(question) and not _person_in(question, own):
            person = None  # The answer tells who is meant by "he".
        if own:
            named = tuple(name for name in own if name.kind is not NameKind.PEOPLE)
            return replace(self, last=last, names=named, text=question, topic=_topic(question), person=person)
        is_new = last == question and not _THING.search(question) and len(stems(question)) > _BARE
        topic = _topic(question) if is_new or not (self.names or self.topic) else self.topic
        names = () if is_new else self.names
        return replace(self, last=last, names=names, topic=topic, person=person)

    @property
    def _capitals(self) -> str:
        """Several words with capitals in the topic, which are a name that the analysis does not know."""
        found = _CAPITALS.search(self.topic)
        return found[0] if found else ""

    @property
    def is_named(self) -> bool:
        """Whether "it" is a name, which can stand in its place: not if "a resolution" stands there too."""
        behind = self.text[self.names[0].end :] if self.names else self.topic
        return bool(self.names or self._capitals) and not _INDEFINITE.search(behind)

    @property
    def entity(self) -> str:
        """What "it" means, as it was written: a name with its "the", else the topic."""
        if not self.is_named:
            return self.topic
        if not self.names:
            return self._capitals
        things = [name for name in self.names if name.kind is not NameKind.PERSON]
        name = (things or self.names)[0]
        has_article = self.text[: name.start].casefold().endswith("the ")
        return f"the {name.text}" if has_article else name.text


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves unsaid filled in from the turns before it; else unchanged.

    It is unchanged too where the completed one would be longer than `MAX_COMPLETED`.
    """
    asked = _Asked()
    for turn in list(history)[-MAX_TURNS:]:
        content = turn.content[:MAX_TURN_CHARACTERS]
        if turn.role == "user":
            asked = asked.after(content[:MAX_COMPLETED])
        else:
            asked = replace(asked, answered=content)
    return _complete(question, asked)


def _complete(question: str, asked: _Asked) -> str:
    if not asked.last and not asked.answered:
        return question
    completed = _completed(question, asked)
    return completed if len(completed) <= MAX_COMPLETED else question


def _completed(question: str, asked: _Asked) -> str:
    own = analyse_question(question).names
    if asked.last and not own and (again := _ASKS_AGAIN.match(question)):
        return _asked_again(again[1], asked)
    is_named = any(is_person_like(n) and n.start < _first(_PERSON, question) for n in own)
    if _PERSON.search(question) and not is_named and (person := _whom(asked)):
        question = _substitute(question, _PERSON, person)
        own = analyse_question(question).names
    elif asked.last and _ANOTHER.match(question) and not _OWN_QUESTION.match(question):
        return _with_another(question, own, asked)
    elif asked.last and _ELLIPTIC.match(question) and not (own or _SUBJECT.search(question)):
        return _beside(question, asked)
    if not asked.entity or (own and not _points_first(question, own)):
        return question
    return _with_entity(question, own, asked)


def _points_first(question: str, own: Sequence[Name]) -> bool:
    """Whether "it" stands before every name of the question."""
    return _SUBJECT.search(question) is not None and all(n.start > _first(_SUBJECT, question) for n in own)


def _with_entity(question: str, own: Sequence[Name], asked: _Asked) -> str:
    """The question with what "it", "there" or its silence means."""
    if _SUBJECT.search(question) and asked.is_named:
        return _substitute(question, _SUBJECT, asked.entity)
    is_there = _THERE.search(question) and not _EXPLETIVE.search(question)
    places = [name.text for name in asked.names if name.kind is NameKind.PLACE]
    if is_there and places:
        return _THERE.sub(f"in {places[0]}", question, count=1)
    is_bare = not own and len(stems(question)) <= _BARE
    is_pointing = _THING.search(question) or is_there
    if not (is_bare or ((is_pointing or _PERSON.search(question)) and not own)):
        return question
    if asked.names and asked.names[0].kind is NameKind.PLACE and asked.is_named:
        return f"{question.rstrip(' ?')} in {asked.entity}?"
    return _in_case_of(question, asked.entity)


def _beside(question: str, asked: _Asked) -> str:
    """The last question with a short one behind it: "How many were displaced, according to whom?"."""
    rest = _ANOTHER.sub("", question).strip()
    return f"{asked.last.rstrip(' ?.')}, {rest[0].lower()}{rest[1:]}" if rest else asked.last


def _in_case_of(question: str, entity: str) -> str:
    told = set(stems(entity))
    is_new = bool(entity) and (not told or not told <= set(stems(question)))
    return f"{question.rstrip(' ?')} in the case of {entity}?" if is_new else question


def _asked_again(asks: str, asked: _Asked) -> str:
    """The last question with other words that ask: "When was it signed?" for "Where was it signed?"."""
    last = asked.last.strip()
    asks = asks[0].upper() + asks[1:].lower()
    if bare := _ASKS.match(last):
        return f"{asks} {last[bare.end() :]}"
    if _BEGINS.match(last):
        return f"{asks} {last[0].lower()}{last[1:]}"
    return f"{last.rstrip(' ?.')}, and {asks.lower()}?"


def _with_another(question: str, own: Sequence[Name], asked: _Asked) -> str:
    """The last question about something else: "And in Ohio?", "What about Gatwick?"."""
    rest = _ANOTHER.sub("", question).strip(" ?")
    known = analyse_question(asked.last).names
    if own and known:
        alike = [name for name in known if name.kind is own[0].kind] or known
        old = alike[-1]
        return f"{asked.last[: old.start]}{own[0].text}{asked.last[old.end :]}"
    if own and asked.entity and asked.entity in asked.last:
        return asked.last.replace(asked.entity, own[0].text, 1)
    return f"{asked.last.rstrip(' ?')} {rest}?"


def _first(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    return match.start() if match else len(text)


def _person_in(question: str, own: Sequence[Name]) -> str | None:
    """The last name of the question that may be a person's: of none, what stands behind "of" or "in"."""
    people = []
    for name in own:
        before = question[: name.start].casefold().replace(" the ", " ").split()
        is_known = name.kind is NameKind.PERSON
        if is_known or (is_person_like(name) and not (before and before[-1] in _BEHIND)):
            people.append(name)
    return people[-1].text if people else None


def _whom(asked: _Asked) -> str | None:
    """Whom "he" means: who was asked about, else the first fully named person of the answer, else any."""
    if asked.person:
        return asked.person
    body = re.sub(r"\*[^*]*\*|\[\d+\]", " ", asked.answered)
    known = {name.text for name in asked.names}
    mentioned = [name for name in names(body) if is_person_like(name) and name.text not in known]
    full = [name for name in mentioned if " " in name.text or _TITLED.search(name.text)]
    return next((name.text for name in full or mentioned), None)


def _substitute(question: str, pattern: re.Pattern[str], entity: str) -> str:
    """The question with the entity for the first two words of the pattern, in the possessive for "his"."""
    possessive = entity if entity.endswith(("’s", "'s")) else f"{entity}'s"

    def replacement(match: re.Match[str]) -> str:
        word = match[0].lower()
        owns = word in ("his", "hers", "its", "their") or (
            word == "her" and re.match(r"\s+[a-z]", question[match.end() :]) is not None
        )
        return possessive if owns else entity

    return pattern.sub(replacement, question, count=2)


def _topic(question: str) -> str:
    """What a question without a name is about: its words behind those that ask."""
    subject = subject_of(question).strip(" ?")
    return _OPENS.sub("", subject).strip(" ?") or subject
