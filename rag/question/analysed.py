"""A question that stands alone, analysed once: what searching and reading need to know of it."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from index.language.analysis import analyse_question
from index.language.asked_dates import asked_years
from index.language.names import DIVIDED
from index.language.order import is_participle, lemma
from index.language.relations import is_base
from index.language.sentence import Name, Sentence, ToldDate
from index.language.words import fold, stems, words
from rag.answer import Intent
from rag.question.answer_type import LISTS, AnswerType, answer_type


@dataclass(frozen=True, slots=True)
class Leaning:
    """What a search prefers beside what its own words ask for; false when that is nothing.

    `days` are the first and the last one, `outlets` keys (`source_key`); a plan of the question has them.
    """

    days: tuple[date, date] | None = None
    outlets: tuple[str, ...] = ()
    is_newest: bool = False

    def __bool__(self) -> bool:
        return bool(self.days or self.outlets or self.is_newest)


_PRESUPPOSING = re.compile(
    r"\W*(?:(?:and|so|but)\s+)?(?:why|when)\s+(did|was|were)\b(?!\s+not\b|\s+the\s+(?:last|first)\s+time\b)",
    re.I,
)
"""How a question begins that takes what it asks about to have happened."""
_SAYING = frozenset(" ".join(LISTS["statements"]).split())


_PLURAL = r"(?!(?:does|this|always)\b)[a-z][\w’'-]+[^\Wsui]s"
_OF_SEVERAL = (
    r"(?!(?:to|in|on|at|of|for|from|by|with|an?|the|and|or|about|over|into|out|up)\b)[a-z][\w’'-]*(?<!s)\b"
)
"""What stands behind "which airlines", and not behind "which airline flies"."""
_SEVERAL = re.compile(
    rf"^\W*(?:(?:please|can|could|you|me|and|so|give|make|a|the)\s+)*(?:list|name|names)\b"
    rf"|^\W*(?:who|what|which)\s+(?:all\s+)?(?:are|were)\s+(?:all\s+)?(?:the|those|these)\b"
    rf"|^\W*(?:which|what)\s+(?:of\s+the\s+)?(?:[\w’'-]+\s+){{0,3}}?{_PLURAL}\s+{_OF_SEVERAL}"
    rf"|^\W*(?:the\s+)?(?:[\w’'-]+\s+){{0,2}}?{_PLURAL}\s+(?:that|who|which)\b"
    rf"|\blist(?:\s+(?:them|all)\b|\W*$)|\ball\s+of\s+them\b|\bnames\s+of\b",
    re.I,
)


@dataclass(frozen=True)
class AnalysedQuestion:
    """A question with its analysis, and the type of the expected answer."""

    sentence: Sentence
    expected: AnswerType
    leaning: Leaning = Leaning()
    intent: Intent = "question"

    @property
    def text(self) -> str:
        """The question."""
        return self.sentence.text

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of its content words."""
        return frozenset(self.sentence.stems)

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """What an article must mention to be about the question: its names, and the numbers that name.

        "Flight 1722" and "ferry 3" are identified by their number; a date names nothing.
        """
        return (*self.sentence.names, *figures(self.sentence))

    @cached_property
    def asks_for_several(self) -> bool:
        """Whether it asks for several things: "which airlines", "list the winners", "names of"."""
        return _SEVERAL.search(self.text) is not None

    @cached_property
    def presupposed(self) -> str:
        """The verb of what "why" or "when" takes to have happened: "reject" in "Why did they reject it?".

        Empty where it cannot be told, for what lies ahead or did not happen, and for verbs of saying, which
        stand for one another.
        """
        opening = _PRESUPPOSING.match(self.text)
        if not opening:
            return ""
        is_verb = is_base if opening[1].casefold() == "did" else is_participle
        named = [word for name in self.sentence.names for word, _, _ in words(name.text)]
        behind = [
            word for word, start, _ in self.sentence.words if start >= opening.end() and word not in named
        ]
        verb = next((fold(word) for word in behind if is_verb(fold(word))), "")
        return lemma(verb) if verb and verb not in _SAYING else ""

    @cached_property
    def years(self) -> frozenset[int]:
        """The calendar years that it names."""
        return asked_years(self.text)


COVERED = 0.5
"""Share of a subject's words that a text about it has at least, beside its names."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an overview or the like is about: stems of its words, of those beside dates and of its names.

    `days` are the first and last ones of its dates.
    """

    words: frozenset[str]
    undated: frozenset[str]
    names: frozenset[str]
    years: frozenset[int]
    days: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, text: str) -> "Subject":
        """The subject of these words, in which names have their capitals."""
        told = analyse_question(text)
        dates = {stem for date in told.dates for stem in stems(date.text)}
        words = frozenset(stems(text))
        names = (stem for name in (*told.names, *figures(told)) for stem in stems(name.text))
        days = ((one.first, one.last) for one in told.dates if one.first and one.last)
        return cls(words, words - dates or words, frozenset(names) - dates, asked_years(text), tuple(days))

    def is_of(self, text: str, share: float = COVERED) -> bool:
        """Whether a text has all its names and this share of its words beside dates."""
        held = frozenset(stems(text))
        return self.names <= held and len(self.undated & held) >= share * len(self.undated)


def analysed(question: str) -> AnalysedQuestion:
    """The question, analysed."""
    sentence = analyse_question(question)
    return AnalysedQuestion(sentence, answer_type(sentence))


def figures(question: Sentence) -> list[Name]:
    """Numbers in digits that a question names ("flight 1722", "ferry 3"), dates aside."""
    years = {str(year) for year in asked_years(question.text)}
    divided = [(match[0], *match.span()) for match in DIVIDED.finditer(question.text)]
    single = [one for one in question.words if one[0][0].isdigit() and one[0] not in years]
    parts = {one for one in single if any(start <= one[1] < end for _, start, end in divided)}
    found = sorted({*single, *divided} - parts, key=lambda one: one[1])
    return [Name(*one) for one in found if not any(_tells(date, one[0], one[1]) for date in question.dates)]


def _tells(date: ToldDate, word: str, start: int) -> bool:
    """Whether the number at `start` is part of a date; one that stands alone is only if it is no count."""
    return date.start <= start < date.end and (date.text != word or not word.isdecimal())
