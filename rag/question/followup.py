"""Follow-up questions completed by rules: "Where did he speak?" after "Who is X?" asks where X spoke.

A pronoun takes the latest fitting name of the conversation; a question without a subject of its own ("And
when?") takes the subject of the one before. With a model configured, the model rewrites instead.
"""

import re
from collections.abc import Sequence

from corpus.words.lists import one_of
from index.language.analysis import analyse_question
from index.language.names import is_person_like, names
from index.language.sentence import Name
from index.language.words import stems
from rag.answer import Turn

_PERSON = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.I)
_THING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those)\b"
    r"(?!\s+(?:[a-z]+\s+)?(?:is|was|are|were)\s+(?:said|reported|true))",
    re.I,
)
_SUBJECT = re.compile(r"\b(?:it|they|them|its|their)\b", re.I)
_THERE = re.compile(r"\bthere\b(?!\s+(?:is|was|are|were|a|an|any|been|be)\b)", re.I)
_EXPLETIVE = re.compile(r"\b(?:is|was|are|were|has|have|how many \w+ (?:are|were)) there\b", re.I)
_GENERIC = re.compile(
    r"\b(?:the|this|that) "
    + one_of(
        """man woman group company official minister envoy spokes\\w+ city town country deal agreement
        operation offensive attack talks ship vessel team report law bill plan"""
    )
    + r"\b",
    re.I,
)
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
MAX_TURNS = 12
MAX_TURN_CHARACTERS = 4_000
MAX_COMPLETED = 2_000
"""Characters of a completed question, as of a question that somebody types."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves unsaid filled in from the turns before it; else unchanged.

    It is unchanged too where the completed one would be longer than `MAX_COMPLETED`.
    """
    subject: Sequence[Name] = ()
    previous = ""
    answered = ""
    for turn in list(history)[-MAX_TURNS:]:
        content = turn.content[:MAX_TURN_CHARACTERS]
        if turn.role == "user":
            previous = _complete(content[:MAX_COMPLETED], previous, subject, answered)
            subject = analyse_question(previous).names or subject
        else:
            answered = content
    return _complete(question, previous, subject, answered)


def _complete(question: str, previous: str, subject: Sequence[Name], answered: str) -> str:
    completed = _completed(question, previous, subject, answered)
    return completed if len(completed) <= MAX_COMPLETED else question


def _completed(question: str, previous: str, subject: Sequence[Name], answered: str) -> str:
    if not previous and not answered:
        return question
    own = analyse_question(question).names
    is_named = any(is_person_like(n) and n.start < _first(_PERSON, question) for n in own)
    if _PERSON.search(question) and not is_named and (person := _latest_person(subject, answered)):
        return _substitute(question, person)
    if _ELLIPTIC.match(question) and not own:
        return f"{question.rstrip(' ?')}: {previous}"
    pointing = (
        _THING.search(question)
        or (_THERE.search(question) and not _EXPLETIVE.search(question))
        or (_GENERIC.search(question) and len(stems(question)) <= 2)
    )
    points_first = _SUBJECT.search(question) is not None and all(
        n.start > _first(_SUBJECT, question) for n in own
    )
    if (pointing or _PERSON.search(question)) and (points_first or not own):
        return _with_subject(question, subject, previous)
    if re.match(r"\s*(?:and|what about|how about)\b", question, re.I) and previous:
        return f"{previous.rstrip(' ?')} {question.strip()}"
    return question


def _first(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    return match.start() if match else len(text)


def _latest_person(subject: Sequence[Name], answered: str) -> str | None:
    """A person of the question before, else the first fully named one of the answer, else any."""
    people = [n for n in subject if is_person_like(n)]
    if people:
        return people[-1].text
    body = re.sub(r"\*[^*]*\*|\[\d+\]", " ", answered)
    mentioned = [n for n in names(body) if is_person_like(n)]
    full = [n for n in mentioned if " " in n.text or _TITLED.search(n.text)]
    return next((name.text for name in full or mentioned), None)


def _substitute(question: str, person: str) -> str:
    possessive = person if person.endswith(("’s", "'s")) else f"{person}'s"

    def replacement(match: re.Match[str]) -> str:
        word = match[0].lower()
        owns = word in ("his", "hers") or (
            word == "her" and re.match(r"\s+[a-z]", question[match.end() :]) is not None
        )
        return possessive if owns else person

    return _PERSON.sub(replacement, question, count=2)


def _with_subject(question: str, subject: Sequence[Name], previous: str) -> str:
    """The question followed by what it points at: the previous question's own content words, in its order."""
    asked = set(stems(question))
    missing = [stem for stem in stems(previous) if stem not in asked]
    if not missing:
        return question
    asks = r"^\W*(?:who|what|when|where|why|how|which|did|does|do|is|was|are|were|many|much|\s)+\b"
    topic = re.sub(asks, "", previous, flags=re.I)
    return f"{question.rstrip(' ?')} ({topic.strip(' ?') or ', '.join(n.text for n in subject)})?"
