"""Gaps: sentences that say what the articles do not say. They cite nothing and may assert nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.words.lists import read_lists
from index.language.analysis import analyse_question
from index.language.sentence import Sentence
from index.language.words import fold, stem
from rag.check.claim import bare, place_of, quoted_words
from rag.check.lookups import Material, mentions_name

_LISTS = read_lists("rag.check", "gaps.txt")
_SOURCE = "|".join(_LISTS["sources"])
_TELL = "|".join(_LISTS["telling"])
# "The articles do not say ...", "None of the articles says ...", "Nothing in the articles says ..."
_FIXED = re.compile(
    rf"^(?:(?:the|these)\s+(?:{_SOURCE})(?:\s+(?:shown|given|provided|here))*\s+(?:do\s+not|does\s+not|don['’]t|doesn['’]t|did\s+not)\s+(?:{_TELL})\b"
    rf"|(?:none|neither)\s+of\s+(?:the|these)\s+(?:{_SOURCE})\s+(?:{_TELL})s?\b"
    rf"|nothing\s+in\s+(?:the|these)\s+(?:{_SOURCE})\s+(?:{_TELL})s?\b)(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_DENIES = re.compile(rf"\b(?:{'|'.join(_LISTS['leaving open'])})\b|n['’]t\b", re.IGNORECASE)
_GOES_ON = re.compile(rf"[;:—–(]|\s-\s|,?\s+(?:{'|'.join(_LISTS['going on'])})\b", re.IGNORECASE)
_SECOND = re.compile(r",\s+(?:and|nor|so)\s+(?:it|they|he|she|the|this|that|these|[A-Z])")
_OPENS = re.compile(r"^\s*(?:on|about|of|for|any(?:thing)?|more|details?|that|whether|if)\b", re.IGNORECASE)
_CAUSE = re.compile(rf"\b(?:{'|'.join(_LISTS['cause'])})\b", re.IGNORECASE)
_FEWEST = 2
"""Content words of a gap from which on one sentence that holds them all may be its answer."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap as words see it: whether it has a fixed form, and what speaks against it, if anything does."""

    is_fixed: bool
    wrong: str | None = None
    contradicted: str | None = None


def is_fixed_gap(text: str) -> bool:
    """Whether a sentence has one of the fixed forms: "The articles do not say ..."."""
    return _FIXED.match(text.strip()) is not None


def gap_of(text: str, question: str, material: Material) -> Gap:
    """What words see of a sentence that cites nothing and is to say what the articles leave open."""
    fixed = _FIXED.match(text.strip())
    if fixed is None and not _DENIES.search(text):
        return Gap(False, "It cites no sentence and says nothing of what the articles leave open.")
    said = analyse_question(text)
    if _GOES_ON.search(text) or _SECOND.search(text):
        return Gap(fixed is not None, "Beside what the articles leave open it says something else.")
    asked = analyse_question(question)
    missing = next(_unknown(said, asked, material), None)
    if missing is not None:
        return Gap(
            fixed is not None, f"“{missing}” stands neither in the question nor in any of the articles shown."
        )
    what = analyse_question(fixed["what"].strip(" .")) if fixed else said
    is_fixed = fixed is not None and _is_known(what, asked, material)
    return Gap(is_fixed, None, _answer_to(what, material))


def _is_known(what: Sentence, asked: Sentence, material: Material) -> bool:
    """Whether what is said to be missing takes nothing for granted: "why the mayor fled" says that he fled.

    Its content words stand in the question and in one sentence of the material, those of a noun anywhere.
    """
    sought = {one for one in what.stems if one not in _EMPTY} - set(asked.every_stem)
    asks = next((word.lower() for word, _, _ in what.words), "")
    if not sought or asks in ("whether", "if") or asks not in _ASKING:
        return sought <= material.every_stem
    return any(
        sought <= material.stems_of(one) and not one.analysis.negated & sought for one in material.sentences
    )


_ASKING = frozenset("why when how who whom whose where which what that".split())


def _unknown(said: Sentence, asked: Sentence, material: Material) -> Iterator[str]:
    """The exact parts and content words of a gap that neither question nor material has."""
    text = bare(asked.text)
    for quoted in quoted_words(said.text):
        sought = bare(quoted).strip(" .,;:!?…")
        if place_of(sought.casefold(), text.casefold()) is None and not material.is_written(sought):
            yield quoted
    told = [one for sentence in material.sentences for one in sentence.analysis.quantities]
    for quantity in said.quantities:
        is_known = (
            quantity.is_in(asked.quantities) or quantity.is_in(told) or material.is_written(quantity.text)
        )
        if not is_known:
            yield quantity.text
    asked_words = {fold(word) for word, _, _ in asked.words}
    for name in said.names:
        in_question = asked_words.issuperset(name.words) or name.text in asked.text
        is_told = any(mentions_name(article.mentions, name.text) for article in material.articles)
        is_common = stem(name.text) in material.every_stem or name.text in said.text[:1]
        if not (in_question or is_told or is_common or _opens(said, name.start)):
            yield name.text


def _opens(said: Sentence, start: int) -> bool:
    return not said.text[:start].strip(" “\"'‘")


def _answer_to(what: Sentence, material: Material) -> str | None:
    """What is wrong if a sentence has every content word of what is said to be missing, and may answer it."""
    sought = {one for one in what.stems if one not in _EMPTY}
    if len(sought) < _FEWEST:
        return None
    asks = next((word.lower() for word, _, _ in what.words), "")
    for one in material.sentences:
        if sought <= material.stems_of(one) and _answers(asks, what, one.analysis, sought):
            return "A sentence of the articles shown has all the words of what it says they leave open."
    return None


def _answers(asks: str, what: Sentence, told: Sentence, sought: set[str]) -> bool:
    """Whether a sentence with all these words may tell what "why", "when", "how many" or nothing asks for."""
    if asks in ("whether", "if"):
        return True
    if asks == "why":
        return _CAUSE.search(told.text) is not None
    if asks == "when":
        return bool(told.dates)
    if asks == "how":
        return bool(told.quantities) and re.match(r"how\s+(?:many|much)\b", what.text, re.I) is not None
    if asks in ("who", "whom", "whose", "where", "which", "what"):
        return False
    return not told.negated & sought


_EMPTY = frozenset(
    stem(word)
    for heading in ("telling", "sources", "asked for")
    for line in _LISTS[heading]
    for word in re.findall(r"[a-z]+", line)
)
