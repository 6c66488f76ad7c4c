"""What the analysis of a sentence holds: words, names, references, quantities, dates, quotations, relations.

All offsets are code points of the sentence's own text, half-open, and a record's `text` is what stands there:
`index.store.analyses` stores the offsets, and every other field.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from index.language.words import STOPWORDS, fold, is_stopword, stem, words


class NameKind(StrEnum):
    """What a name is the name of."""

    PERSON = "person"
    PLACE = "place"
    PEOPLE = "people"
    """Of a country, a region or a faith: "Turkish", "Russians", "Kurds"."""
    ORGANISATION = "organisation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised name: `text[start:end]` of its sentence is `name.text`, without a trailing possessive.

    Names of one `group` mean the same: "country:TR" for Turkey, Turkish and Ankara; within an article the
    full name of a person for the surname alone. Empty: the name stands for itself.
    """

    text: str
    start: int
    end: int
    kind: NameKind = NameKind.OTHER
    group: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The name's words, casefolded, without links such as "of"."""
        folded = (fold(part) for word, _, _ in words(self.text) for part in word.split("-"))
        return tuple(word for word in folded if len(word) > 1 and word not in STOPWORDS)


@dataclass(frozen=True, slots=True)
class Reference:
    """A word that points back ("he", "the envoy") and the text of the name that it goes back to."""

    text: str
    start: int
    end: int
    antecedent: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: its exact value, or the lowest and highest that a rough word may mean; `unit` where known.

    `counts` is the stem of the noun that is counted ("soldier" in "500 Turkish soldiers"), empty if unknown.
    """

    text: str
    low: Decimal
    high: Decimal
    unit: str | None = None
    start: int = 0
    end: int = 0
    counts: str = ""

    def is_in(self, others: Iterable["Quantity"]) -> bool:
        """Whether one of the others is this number, in this unit if it has one.

        A rough word agrees with a number in its range, and a number never with a rough word. Half is
        50 percent.
        """
        return any(self._is(other) or self._in_percent()._is(other._in_percent()) for other in others)

    def _is(self, other: "Quantity") -> bool:
        has_unit = self.unit == other.unit or (self.unit is None and other.unit != "th")
        return self.low <= other.low and other.high <= self.high and has_unit

    def _in_percent(self) -> "Quantity":
        """A part of one without a unit ("three-quarters") in percent, any other number as it is."""
        if self.unit is not None or not 0 < self.low <= self.high < 1:
            return self
        return replace(self, low=self.low * 100, high=self.high * 100, unit="%")


@dataclass(frozen=True, slots=True)
class ToldDate:
    """A date or time as told; `first` and `last` are the days meant (`YYYY-MM-DD`), None if not known.

    A relative date ("on Tuesday", "last month") counts from the day of the article's publication.
    """

    text: str
    start: int
    end: int
    first: str | None = None
    last: str | None = None


ROUGHEST = 31
"""Days that a told date spans at most to have a place in a timeline."""


def first_day(dates: Iterable[ToldDate]) -> str | None:
    """The first day (`YYYY-MM-DD`) of the first date that is precise enough for a timeline, if one is."""
    return next((one.first for one in dates if one.first and _is_precise(one)), None)


def _is_precise(told: ToldDate) -> bool:
    if told.first is None or told.last is None:
        return False
    return (date.fromisoformat(told.last) - date.fromisoformat(told.first)).days <= ROUGHEST


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of somebody: in quotation marks (`is_direct`, the span is what stands between the marks) or the
    clause after a verb of saying.

    `speaker` is the full name where the article gives one, else the words that name the speaker ("a
    spokesman"), None if nobody is named; `verb` the verb of saying as written.
    """

    start: int
    end: int
    is_direct: bool
    speaker: str | None = None
    verb: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Who does what to whom: spans of agent and patient, stem of the verb; a passive is turned round."""

    agent: tuple[int, int] | None
    verb: str
    patient: tuple[int, int] | None
    is_negated: bool = False


_Spanned = TypeVar("_Spanned", Name, Reference, Quantity, ToldDate, Quotation)


@dataclass(frozen=True)
class Sentence:
    """One analysed sentence. `negated` and `doubted` are stems that a negation or a doubt reaches."""

    text: str
    names: tuple[Name, ...] = ()
    references: tuple[Reference, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    dates: tuple[ToldDate, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    relations: tuple[Relation, ...] = ()
    negated: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> tuple[tuple[str, int, int], ...]:
        """Every word or number with its offsets."""
        return tuple(words(self.text))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Stems of the content words, in order, repeated words kept."""
        return tuple(stem(word) for word, _, _ in self.words if not is_stopword(word))

    @cached_property
    def every_stem(self) -> tuple[str, ...]:
        """Stems of all words, beside `words`."""
        return tuple(stem(word) for word, _, _ in self.words)

    def part(self, start: int, end: int) -> "Sentence":
        """The analysis of `text[start:end]`: what lies within it."""
        if (start, end) == (0, len(self.text)):
            return self

        def within(found: Iterable[_Spanned]) -> tuple[_Spanned, ...]:
            inside = (one for one in found if start <= one.start and one.end <= end)
            return tuple(replace(one, start=one.start - start, end=one.end - start) for one in inside)

        text = self.text[start:end]
        held = frozenset(stem(word) for word, _, _ in words(text))
        return Sentence(
            text,
            within(self.names),
            within(self.references),
            within(self.quantities),
            within(self.dates),
            within(self.quotations),
            (),
            self.negated & held,
            self.doubted & held,
        )
