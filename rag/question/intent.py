"""The intent of a question: whether it asks for one fact, or for an overview, a timeline, a list, help.

Each intent has patterns of words in `intent.txt`; the first intent of which one matches is the question's.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from corpus.words.lists import read_lists, read_words
from index.language.kinds import ROLES
from index.language.words import fold, is_stopword, phrase, words
from rag.answer import Intent
from rag.intents.archive import asked_of_archive
from rag.intents.program import is_of_program
from rag.intents.vocabulary import as_meant, is_one_slip
from rag.question.analysed import AnalysedQuestion
from rag.question.preferences import OUTLET_TITLES, outlets_in
from rag.question.spelling import common_words

_ORDER: tuple[Intent, ...] = ("catalogue", "timeline", "comparison", "latest", "overview")
"""The more special ones come first: "the latest articles about X" are articles."""
_OF_OUTLETS = (
    "catalogue: published by an outlet",
    "comparison of outlets",
    "comparison of two outlets",
)
_OF_A_TITLE = "catalogue: articles from a paper"
_OF_A_NAME = "overview of a name"
_SIDE = r" (\S.*?)"
"""The shortest, so that what may be missing behind it is no part of it."""
_TWO_SIDES = f"{_SIDE} (?:and){_SIDE}"
_LONGEST = 400
"""Characters of a question that may ask for anything but an answer to itself."""
_MOST_OPENINGS = 4
_MOST_WORDS = 8
"""Words of one opening."""
_SHORTEST_SLIP = 5
"""Letters from which on a word may be one of a pattern that is written with a slip."""
_BARE_WORDS = 2
_INDEFINITE = frozenset(
    f"{some}{one}" for some in ("any", "some", "every", "no") for one in ("one", "body", "thing", "where")
)
"""Words with which two make a question: "anyone hurt"."""
_SHORTEST_NAME = 3
"""Words beside which the subject of an "overview of a name" has no more."""

Token = tuple[str, int, int]
"""A word with its offsets."""


@dataclass(frozen=True, slots=True)
class Match:
    """The section of the pattern that a question matches, and the question's own words for its `...`."""

    section: str
    subject: str


def intent_of(question: AnalysedQuestion, outlets: Callable[[], Iterable[str]] = tuple) -> Intent:
    """What kind of answer the question wants; `outlets` are the archive's, asked for only where it matters.

    A greeting with a question behind it is a question.
    """
    if len(question.text) > _LONGEST:
        return "question"
    if is_small_talk(question.text):
        return "help"
    for intent in _ORDER:
        if match := next(_matches(question, intent, outlets), None):
            return "question" if intent == "overview" and _is_of_part(match.subject) else intent
    return "overview" if is_bare_subject(question) else "question"


def is_of_a_name(question: AnalysedQuestion) -> bool:
    """Whether it asks for an overview as only a name may be asked about: "what happened to Ann Lee"."""
    match = matched(question, "overview", tuple)
    return match is not None and match.section == _OF_A_NAME


def is_bare_subject(question: AnalysedQuestion) -> bool:
    """Whether it is a name or one or two words that say no more than what is to be told of: "football".

    "Kolmar mayor" and "the ship's owner" ask for somebody, and a date for what happened then.
    """
    tokens = words(question.text)
    told = [fold(word) for word, _, _ in tokens if fold(word) != "the"]
    names = question.sentence.names
    is_name = len(names) == 1 and phrase(names[0].text) == " ".join(told)
    is_name = is_name or (len(told) > 1 and all(word[0].isupper() for word, _, _ in tokens))
    if (
        not told
        or not _INDEFINITE.isdisjoint(told)
        or question.sentence.dates
        or question.text.rstrip().endswith("?")
    ):
        return False
    if len(told) > _BARE_WORDS and not is_name:
        return False
    return is_name or not (
        _is_part(told[-1]) or any(map(is_stopword, told)) or not all(map(str.isalpha, told))
    )


def _is_part(noun: str) -> bool:
    """Whether a noun is for somebody or something of what is asked about: "mayor", "crew", "cause"."""
    return noun in ROLES or noun in read_words("rag.question", "followup.txt")["parts"]


def _is_of_part(subject: str) -> bool:
    """Whether a subject is a part of something, which an overview of the whole does not tell: "crew of"."""
    told = [fold(word) for word, _, _ in words(subject) if fold(word) != "the"]
    return len(told) > 2 and _is_part(told[0]) and told[1] in ("of", "in", "on")


def matched(question: AnalysedQuestion, intent: Intent, outlets: Callable[[], Iterable[str]]) -> Match | None:
    """The first pattern of the intent that the question matches; None where only a plan knows the intent."""
    return next(_matches(question, intent, outlets), None) if len(question.text) <= _LONGEST else None


def subject_of(text: str) -> str:
    """What an overview, a timeline, the latest or a comparison is to be about; else the text itself.

    An outlet that is compared may stand in the text as "they".
    """
    if len(text) > _LONGEST:
        return text
    for intent in ("outlets as they", *_ORDER[1:]):
        for found in _fitting(text, intent):
            if found.section not in _OF_OUTLETS and (subject := _without_link(found.subject)):
                return subject
    return text


def _without_link(subject: str) -> str:
    """A subject without the "of" or "about" that belongs to what is asked for: "timeline of the fire"."""
    tokens = words(subject)
    is_linked = len(tokens) > 1 and _fits("links", _plain(tokens[:1]))
    bare = subject[tokens[1][1] :] if is_linked else subject
    # "The Ever Given" is a name, though each of its words is a common one.
    is_name = not subject.isupper() and sum(word[0].isupper() for word, _, _ in tokens) > 1
    return bare if is_name or any(not is_stopword(word) for word, _, _ in tokens) else ""


def is_small_talk(text: str) -> bool:
    """Whether the text is a greeting, thanks, or a question about this program, and nothing else."""
    tokens = words(text)
    bare = _without_openings(tokens)
    if not bare or any(_fits("help", _plain(one)) for one in (tokens, bare)):
        return True
    return is_of_program(text) or is_of_program(text[bare[0][1] : bare[-1][2]])


def _matches(
    question: AnalysedQuestion, intent: Intent, outlets: Callable[[], Iterable[str]]
) -> Iterator[Match]:
    """The sections of the intent that the question matches, of the catalogue first what all words ask."""
    plain = _plain(_without_openings(words(question.text)))
    is_other = intent != "catalogue" or _fits("no catalogue", plain)
    if not is_other and (about := _about_archive(question, outlets)):
        yield about
    for one in _fitting(question.text, intent):
        if one.section in _OF_OUTLETS and not _is_of_outlets(one.section, question.text, plain, outlets):
            continue
        if one.section == _OF_A_TITLE and _plain(words(one.subject)[-1:]) not in OUTLET_TITLES:
            continue
        if one.section == _OF_A_NAME and not _is_a_name(question, one.subject):
            continue
        yield one


def _about_archive(question: AnalysedQuestion, outlets: Callable[[], Iterable[str]]) -> Match | None:
    """What the question asks about the archive by the kinds of all its words."""
    text = question.text
    tokens = _without_openings(words(text))
    if not tokens:
        return None
    first, last = tokens[0][1], tokens[-1][2]
    named = outlets_in(text, outlets(), in_small_letters=True)
    spans = [
        [(one.start - first, one.end - first) for one in each] for each in (named, question.sentence.dates)
    ]
    asked = asked_of_archive(text[first:last], *spans)
    if asked is None:
        return None
    asks = "articles from" if asked.is_from and asked.asks == "articles" else asked.asks
    return Match(f"catalogue: {asks}", asked.subject)


def _fitting(text: str, intent: str) -> Iterator[Match]:
    """The sections of the intent with a pattern that the text has, whatever its names are."""
    tokens = _without_openings(words(text))
    plain = _plain(tokens)
    if _fits(f"no {intent}", plain):
        return
    for section in _sections(intent):
        if found := _match(section, plain):
            yield Match(section, _subject(text, plain, tokens, found))


def _plain(tokens: Sequence[Token]) -> str:
    return " ".join(_mended(as_meant(fold(word))) for word, _, _ in tokens)


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """The word of a pattern that differs by a slip, if that makes no common word: "latest" of "lates"."""
    asking = _asking_words()
    if len(word) < _SHORTEST_SLIP or not word.isalpha() or word in asking or word in common_words():
        return word
    near = (one for one in asking if len(one) >= _SHORTEST_SLIP and is_one_slip(word, one))
    return max(near, key=lambda one: (len(one), one), default=word)


def _without_openings(tokens: Sequence[Token]) -> Sequence[Token]:
    """The words without a greeting or "could you please" before them, and without "please" behind."""
    for _ in range(_MOST_OPENINGS):
        longest = max((_length("openings", tokens, first=True)), default=0)
        if not longest:
            break
        tokens = tokens[longest:]
    longest = max((_length("endings", tokens, first=False)), default=0)
    return tokens[: len(tokens) - longest] if longest < len(tokens) else tokens


def _length(section: str, tokens: Sequence[Token], *, first: bool) -> Iterator[int]:
    """How many of the first words, or of the last ones, are what a pattern of the section says."""
    for count in range(1, min(_MOST_WORDS, len(tokens)) + 1):
        some = tokens[:count] if first else tokens[len(tokens) - count :]
        if _fits(section, _plain(some)):
            yield count


def _subject(text: str, plain: str, tokens: Sequence[Token], found: re.Match[str]) -> str:
    """The question's own words for the last `...` of the pattern, with one that "and" joins to it."""
    if not found.re.groups or found[found.re.groups] is None:
        return ""
    start, end = found.span(found.re.groups)
    if _TWO_SIDES in found.re.pattern:
        start = found.start(found.re.groups - 1)
    first = plain[: start - 1].count(" ")
    last = first + plain[start - 1 : end - 1].count(" ")
    return text[tokens[first][1] : tokens[last][2]]


def _is_of_outlets(section: str, text: str, plain: str, outlets: Callable[[], Iterable[str]]) -> bool:
    found = outlets_in(text, outlets())
    named = {one.key for one in found}
    if section == "comparison of two outlets":
        return len(named) > 1 and any(one.is_cued for one in found)
    if section == "comparison of outlets":
        return len(named) > 1 or not _outlet_words().isdisjoint(plain.split())
    return bool(named)


@cache
def _outlet_words() -> frozenset[str]:
    lists = _word_lists()
    return frozenset(f"{lists['outlets']}|{lists['articles']}|accounts|versions".split("|"))


def _is_a_name(question: AnalysedQuestion, subject: str) -> bool:
    return bool(question.names) and len(subject.split()) <= _SHORTEST_NAME


# Patterns


def _sections(intent: str) -> list[str]:
    return [
        name for name in _patterns() if name == intent or name.startswith((f"{intent}:", f"{intent} of "))
    ]


def _fits(section: str, plain: str) -> bool:
    return _match(section, plain) is not None


def _match(section: str, plain: str) -> re.Match[str] | None:
    found = (pattern.fullmatch(f" {plain}") for pattern in _patterns().get(section, ()))
    return next(filter(None, found), None)


@cache
def _word_lists() -> dict[str, str]:
    """The alternatives of each list of words, by its name."""
    lines = (line.partition(" = ") for line in read_lists("rag.question", "intent.txt")["words"])
    return {name: "|".join(words.split()) for name, _, words in lines}


@cache
def _asking_words() -> frozenset[str]:
    """Every word of the patterns."""
    lines = (line for each in read_lists("rag.question", "intent.txt").values() for line in each)
    options = (option for line in lines for token in line.split() for option in token.rstrip("?").split("|"))
    return frozenset(one for one in options if one.isalpha())


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    read = read_lists("rag.question", "intent.txt")
    return {name: tuple(map(_pattern, lines)) for name, lines in read.items() if name != "words"}


def _pattern(line: str) -> re.Pattern[str]:
    """The expression of one line; every word has a blank before it, so the text is matched with one too."""
    parts = []
    for token in line.split():
        if token == "...":
            parts.append(_SIDE)
            continue
        is_optional = token.endswith("?")
        words = re.sub(r"<(\w+)>", lambda name: _word_lists()[name[1]], token.removesuffix("?"))
        options = "|".join(re.escape(word) for word in words.split("|"))
        parts.append(f"(?: (?:{options}))?" if is_optional else f" (?:{options})")
    return re.compile("".join(parts))
