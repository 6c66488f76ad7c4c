"""The exact parts of a claim and where they stand: quotations, numbers by value, dates, names by alias.

A part stands in what is cited, in other sentences of the prompt, or in no article that is shown.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache

from corpus.words.lists import one_of, read_lists
from index.language.dates import told_dates
from index.language.kinds import TITLE_PARTS, is_common, known
from index.language.names import is_person_like
from index.language.quantities import units_in
from index.language.sentence import Name, NameKind, Quantity, Sentence, ToldDate
from index.language.words import MONTHS_AND_DAYS, fold, is_stopword, stem, words
from rag.answer import Notice
from rag.check.claim import bare, content, place_of, quoted_words
from rag.check.lookups import ArticleMaterial, Material, mentions_name
from rag.prompt.passages import PromptSentence
from rag.question.foreign import language_of

_LEFT_OUT = re.compile(r"\s*(?:\[[^\]\n]{0,60}\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\s?\.\s?\.)\s*")
"""What a quotation says it leaves out or puts in: "...", "[...]", "[the city]"."""
_LETTER = re.compile(r"\w")
_SIGN = re.compile(r"\s*(?:%|per\s?cent\b|percent\b)|[-\s]?(?:[a-z]+)\b", re.I)
_CALENDAR = MONTHS_AND_DAYS | {"may"}

_LISTS = read_lists("rag.check", "exact.txt")
_ABOUT = re.compile(rf"\b{one_of(' '.join(_LISTS['about']))}\s+(?:the\s+)?[$€£]?$", re.I)
_BELOW = re.compile(rf"\b(?:{'|'.join(_LISTS['not quite'])})\s+[$€£]?$", re.I)
_ABOVE = re.compile(rf"\b(?:{'|'.join(_LISTS['somewhat more'])})\s+[$€£]?$", re.I)
_WORKED_OUT = re.compile(rf"\b{one_of(' '.join(_LISTS['worked out']))}\b", re.I)
_RISE, _FALL = (re.compile(rf"\b{one_of(' '.join(_LISTS[way]))}\b", re.I) for way in ("rise", "fall"))
_COUNTED_BY_THE_WRITER = frozenset(stem(word) for word in " ".join(_LISTS["counted by the writer"]).split())
_DEFINITE = re.compile(r"\b(?:the|these|those|its|their|his|her|both|all|other|last|first|any|no)\s+$", re.I)
_REPORTED = re.compile(
    r"\b(?:reported|reports?|reporting|published|wrote|writing|article|story)\b[^.;]*$", re.I
)
_NEAR = Decimal("0.07")
"""How far, as a share of it, a number said to be rough may lie from the one that stands there."""
_CLOCK = re.compile(r"\b(?:half|quarter|minutes?)\s+(?:past|to|before|after)\s+$", re.I)
_REACH = 40
"""Characters around a number within which a word says that it is worked out."""
_MOST_NUMBERS = 40
"""Numbers of cited sentences that are put together in pairs."""
_MOST_CHANGING = 6
"""Numbers of a text up to which a percentage is worked out as the change from one to another."""
_CONVERTED = Decimal("0.02")
"""How far, as a share of it, a number in another unit may lie from the one that stands there."""
_FRACTION = Decimal("0.015")
_BASES = {line.split()[0]: (Decimal(line.split()[1]), line.split()[2]) for line in _LISTS["conversions"]}
_BASES |= {base: (Decimal(1), base) for _, base in list(_BASES.values())}
"""Each unit with the one it is measured in, and how many of that it is."""


class Standing(Enum):
    """Where a part stands."""

    CITED = auto()
    """In what is cited."""
    MOVED = auto()
    """In other sentences, with its unit, its noun or a word of the claim: they are cited too."""
    ELSEWHERE = auto()
    """In other sentences, which need not be about this."""
    NOWHERE = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a claim as written; `noun` is what it is told of: the claim's words, its unit or its noun."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one part stands; `sentences` are those that are to be cited for it."""

    part: Part
    standing: Standing
    sentences: tuple[PromptSentence, ...] = ()

    @property
    def reason(self) -> Notice:
        """What is wrong with it, in one sentence that is literally true."""
        text = self.part.text.strip(" ,;:")
        if self.standing is Standing.NOWHERE:
            return Notice(f"“{text}” stands in none of the articles shown.", "reason_nowhere", words=text)
        return Notice(f"“{text}” does not stand in the cited sentences.", "reason_not_cited", words=text)


class ExactParts:
    """The exact parts of one claim, looked up in what it cites and in everything that is shown."""

    def __init__(self, said: Sentence, cited: Sequence[PromptSentence], material: Material) -> None:
        self.said, self.cited, self.material = said, tuple(cited), material
        self._articles = material.articles_of(cited)
        self._content = frozenset(content(said))

    def placed(self) -> list[Placed]:
        """Where each part stands, in order of kinds: quotations, numbers, dates, names."""
        return [*self._quotations(), *self._numbers(), *self._dates(), *self._names()]

    # Quotations

    def _quotations(self) -> Iterator[Placed]:
        for quoted in quoted_words(self.said.text):
            pieces = [bare(piece).strip(" .,;:!?…") for piece in _LEFT_OUT.split(quoted)]
            pieces = [piece for piece in pieces if _LETTER.search(piece)]
            if pieces:
                yield self._quotation(quoted, pieces)

    def _quotation(self, quoted: str, pieces: Sequence[str]) -> Placed:
        part = Part(quoted, "quotation")
        numbers = {one.n for one in self.cited}
        best: tuple[PromptSentence, ...] | None = None
        for article in [
            *self._articles,
            *(one for one in self.material.articles if one not in self._articles),
        ]:
            if article in self._articles and all(place_of(piece, article.headline) for piece in pieces):
                return Placed(part, Standing.CITED)
            for found in _places(pieces, article):
                if numbers.issuperset(one.n for one in found):
                    return Placed(part, Standing.CITED, found)
                best = best or found
        if best is None:
            missing = next((one for one in pieces if not self.material.is_written(one)), None)
            if missing is None:  # Its pieces stand there, but not one after the other.
                return Placed(part, Standing.ELSEWHERE)
            return Placed(Part(quoted if len(pieces) == 1 else missing, "quotation"), Standing.NOWHERE)
        is_long = sum(len(words(piece)) for piece in pieces) > 2
        is_there = is_long or any(self._content & self.material.stems_of(one) for one in best)
        return Placed(part, Standing.MOVED if is_there else Standing.ELSEWHERE, best)

    # Numbers

    def _numbers(self) -> Iterator[Placed]:
        text = self.said.text
        quoted = [text.find(one) for one in quoted_words(text)]
        inside = [(at, at + len(one)) for at, one in zip(quoted, quoted_words(text), strict=True)]
        for quantity in self.said.quantities:
            is_day = any(one.start <= quantity.start < one.end for one in self.said.dates)
            is_quoted = any(start <= quantity.start < end for start, end in inside)
            in_name = any(one.start <= quantity.start < one.end for one in self.said.names)
            is_clock = _CLOCK.search(text, max(0, quantity.start - _REACH), quantity.start) is not None
            if not (is_day or is_quoted or in_name or is_clock):
                yield self._number(quantity)

    def _number(self, quantity: Quantity) -> Placed:
        part = Part(self._with_unit(quantity), "number")
        sought = [quantity, *_rounded(self.said, quantity)]
        for one in self.cited:
            if self._tells(one, sought) or (_is_one(quantity) and " a" in f" {one.text.lower()}"):
                return Placed(part, Standing.CITED, (one,))
        if any(_is_in_text(quantity, article) for article in self._articles):
            return Placed(part, Standing.CITED)
        if self._is_worked_out(quantity) or self._is_counted(quantity):
            return Placed(part, Standing.CITED)
        has = [one for one in self.material.sentences if self._tells(one, sought)]
        near = {quantity.counts} if quantity.counts else self._content
        if quantity.unit and has:
            return Placed(part, Standing.MOVED, (self._likest(has),))
        told = [one for one in has if near & self.material.stems_of(one)]
        if told:
            return Placed(part, Standing.MOVED, (self._likest(told),))
        if has or self.material.is_written(part.text) or self._stands_without_unit(quantity):
            return Placed(part, Standing.ELSEWHERE)
        return Placed(part, Standing.NOWHERE)

    def _tells(self, one: PromptSentence, sought: Sequence[Quantity]) -> bool:
        """Whether a sentence has the number, be it with its unit or what it counts apart from it."""
        return _is_in(sought, one) or _is_told_apart(self.said, sought[0], one.analysis)

    def _with_unit(self, quantity: Quantity) -> str:
        """The number as written, with the unit written behind it."""
        match = _SIGN.match(self.said.text, quantity.end)
        has_sign = (
            quantity.unit not in (None, "th") and quantity.text[:1].isalnum() and quantity.text[-1:].isalnum()
        )
        return quantity.text + match[0] if match and has_sign else quantity.text

    def _is_worked_out(self, quantity: Quantity) -> bool:
        """Whether the number is difference, sum or ratio of two of one sentence cited, or a word says so.

        A ratio also as a fraction or in percent.
        """
        around = self.said.text[max(0, quantity.start - _REACH) : quantity.end + _REACH]
        told = [list(_exact(one)) for one in self.cited]
        if _WORKED_OUT.search(around):
            told.append([number for numbers in told for number in numbers])
        sought = _rounded(self.said, quantity)[:1] or [quantity]
        if any(_is_made_of(sought[0], numbers[:_MOST_NUMBERS]) for numbers in told):
            return True
        return quantity.unit == "%" and _is_change(
            sought[0],
            [number for one in self.cited for number in _undated(one)],
            rises=_RISE.search(around) is not None,
            falls=_FALL.search(around) is not None,
        )

    def _is_counted(self, quantity: Quantity) -> bool:
        """Whether the writer counts what it has named: "two reasons", "the three brands"."""
        is_small = quantity.unit is None and quantity.low == quantity.high and 1 <= quantity.low <= 10
        if not is_small or quantity.text[0].isdigit():
            return False
        if quantity.counts in _COUNTED_BY_THE_WRITER or quantity.low == 1:
            return True
        stated = any(
            quantity.counts and number.counts == quantity.counts
            for one in self.material.sentences
            for number in one.analysis.quantities
        )
        return not stated and _DEFINITE.search(self.said.text, 0, quantity.start) is not None

    def _stands_without_unit(self, quantity: Quantity) -> bool:
        """Whether the number is written somewhere where nothing tells what it is a number of."""
        bare_number = replace(quantity, unit=None)
        return any(
            number.unit is None and bare_number.is_in((number,))
            for one in self.material.sentences
            for number in one.analysis.quantities
        )

    # Dates

    def _dates(self) -> Iterator[Placed]:
        for told in self.said.dates:
            if any(character.isdigit() for character in told.text) or any(
                fold(word) in _CALENDAR for word, _, _ in words(told.text)
            ):
                yield self._date(told)

    def _date(self, told: ToldDate) -> Placed:
        part = Part(told.text, "date")
        meant = {one.id: _meant(self.said.text, told, one.day) for one in self.material.articles}
        for article in self._articles:
            if _covers(meant[article.id], article.written[:10], article.written[:10]):
                return Placed(part, Standing.CITED)
            if place_of(bare(told.text), article.headline):
                return Placed(part, Standing.CITED)
        for one in self.cited:
            if _is_told(told, meant[one.article_id], one):
                return Placed(part, Standing.CITED, (one,))
        found = [one for one in self.material.sentences if _is_told(told, meant[one.article_id], one)]
        near = [one for one in found if self._content & self.material.stems_of(one)]
        if near:
            return Placed(part, Standing.MOVED, (self._likest(near),))
        is_day = any(
            _covers(meant[one.id], one.written[:10], one.written[:10]) for one in self.material.articles
        )
        if found or is_day or self.material.is_written(told.text):
            return Placed(part, Standing.ELSEWHERE)
        return Placed(part, Standing.NOWHERE)

    # Names

    def _names(self) -> Iterator[Placed]:
        is_english = language_of(self.said.text) is None
        for name in self.said.names:
            if self._is_plain(name):
                continue
            placed = self._name(name)
            # German nouns have capitals too: there only several words that all have one are surely a name.
            is_name = is_english or (" " in name.text and name.text.istitle())
            if is_name or placed.standing is not Standing.NOWHERE:
                yield placed

    def _is_plain(self, name: Name) -> bool:
        """Whether a word has a capital only because a sentence begins with it, or is no name at all."""
        if " " in name.text or name.text.isupper():
            return False
        before = self.said.text[: name.start].rstrip(" “\"‘'(")
        opens = not before or before[-1] in ".:;!?"
        # "Technicians": a common word, or one that the articles have in small letters.
        return opens and (
            (is_common(name.text) and known(name.text) is None) or stem(name.text) in self.material.every_stem
        )

    def _name(self, name: Name) -> Placed:
        part = Part(name.text, "name")
        wrong = self._invented(name)
        if wrong:
            return Placed(Part(wrong, "name"), Standing.NOWHERE)
        found = [one for one in self.cited if self.material.mentions_of(one).has(name)]
        if found:
            return Placed(part, Standing.CITED, tuple(found))
        if any(article.about.has(name) for article in self._articles):
            return Placed(part, Standing.CITED)
        told = [article for article in self.material.articles if article.mentions.has(name)]
        others = {stem(word) for one in self.said.names for word, _, _ in words(one.text) if one != name}
        own = (self._content | others) - {stem(word) for word, _, _ in words(name.text)}
        near = [one for article in told for one in article.sentences if own & self.material.stems_of(one)]
        near.sort(key=self._likeness, reverse=True)
        best = next((one for one in near if self.material.mentions_of(one).has(name)), None)
        if best is not None:
            return Placed(part, Standing.MOVED, (best,))
        if told:
            return Placed(part, Standing.ELSEWHERE)
        held = [
            stem(word) in self.material.every_stem for word, _, _ in words(name.text) if not is_stopword(word)
        ]
        if all(held) or self.material.is_written(name.text):
            return Placed(part, Standing.ELSEWHERE)
        return Placed(part, Standing.NOWHERE)

    def _invented(self, name: Name) -> str | None:
        """A person's name of which one part stands in no article: "Peter Lavrov" where a Lavrov is named."""
        parts = [word for word, _, _ in words(name.text) if not is_stopword(word)]
        if name.kind is not NameKind.PERSON and not is_person_like(name):
            return None
        given = [one for one in parts[:-1] if fold(one) not in TITLE_PARTS and len(one) > 1]
        if not given or any(known(one) and known(one)[1] for one in given):  # type: ignore[index]
            return None
        for one in given:
            if stem(one) not in self.material.every_stem and not any(
                mentions_name(article.mentions, one) for article in self.material.articles
            ):
                return name.text if not self.material.is_written(name.text) else None
        return None

    def _likest(self, sentences: Sequence[PromptSentence]) -> PromptSentence:
        """The sentence that holds most of the claim's content words, in a cited article first."""
        return max(sentences, key=self._likeness)

    def _likeness(self, one: PromptSentence) -> tuple[int, bool, int]:
        is_cited = any(one.article_id == article.id for article in self._articles)
        return len(self._content & self.material.stems_of(one)), is_cited, -one.n


def is_number_told(said: Sentence, quantity: Quantity, source: Sentence) -> bool:
    """Whether the source has the number, or one in the range that a rounding word of the claim allows."""
    return any(_is_told_by(one, source.quantities) for one in (quantity, *_rounded(said, quantity)))


def is_date_told(said: Sentence, told: ToldDate, one: PromptSentence, article: ArticleMaterial) -> bool:
    """Whether a sentence tells a date of the claim, or it is the day of an article that "reported"."""
    meant = _meant(said.text, told, article.day)
    if _is_told(told, meant, one):
        return True
    is_report = _REPORTED.search(said.text, max(0, told.start - _REACH), told.start) is not None
    return is_report and _covers(meant, article.written[:10], article.written[:10])


def _rounded(said: Sentence, quantity: Quantity) -> list[Quantity]:
    """The range that a rounding word in front of the number allows."""
    before, low, high = said.text[: quantity.start], quantity.low, quantity.high
    if low != high:
        return []
    if _BELOW.search(before):
        low -= abs(low) * _NEAR * 2
    elif _ABOVE.search(before):
        high += abs(high) * _NEAR * 4
    elif _ABOUT.search(before):
        low, high = low - abs(low) * _NEAR, high + abs(high) * _NEAR
    elif 0 < low < 1 and quantity.unit is None and not quantity.text[0].isdigit():
        low, high = low - _FRACTION, high + _FRACTION  # "two-thirds" of 66 percent
    else:
        return []
    return [replace(quantity, low=low, high=high)]


def _places(pieces: Sequence[str], article: ArticleMaterial) -> Iterator[tuple[PromptSentence, ...]]:
    """The sentences of each place of an article where the pieces stand one after the other."""
    start = 0
    while first := place_of(pieces[0], article.text, start):
        at, end = first
        found = set(article.sentences_at(at, end))
        is_whole = True
        for piece in pieces[1:]:
            following = place_of(piece, article.text, end)
            if following is None:
                is_whole = False
                break
            end = following[1]
            found |= set(article.sentences_at(*following))
        if is_whole:
            yield tuple(sorted(found, key=lambda one: one.n))
        start = at + 1


def _is_in(sought: Iterable[Quantity], sentence: PromptSentence) -> bool:
    return any(_is_told_by(one, sentence.analysis.quantities) for one in sought)


def _is_told_by(quantity: Quantity, others: Sequence[Quantity]) -> bool:
    """Whether one of the others is this number, in its unit or in another one for the same."""
    if quantity.is_in(others):
        return True
    base = _BASES.get(quantity.unit or "")
    if base is None:
        return False
    low, high = (value * base[0] for value in (quantity.low, quantity.high))
    for other in others:
        same = _BASES.get(other.unit or "")
        if same is not None and same[1] == base[1] and other.unit != quantity.unit:
            value = other.low * same[0]
            if low * (1 - _CONVERTED) <= value <= high * (1 + _CONVERTED):
                return True
    return False


def _exact(sentence: PromptSentence) -> Iterator[Quantity]:
    """The numbers of a sentence that are no ordinals and not rough."""
    for number in sentence.analysis.quantities:
        if number.low == number.high > 0 and number.unit not in ("th", "decade"):
            yield number


def _is_made_of(quantity: Quantity, numbers: Sequence[Quantity]) -> bool:
    """Whether a number is the difference, sum or ratio of two others of one unit."""
    for one in numbers:
        for other in numbers:
            if one.low < other.low or not (one.unit == other.unit or None in (one.unit, other.unit)):
                continue
            made = [(one.low - other.low, one.unit), (one.low + other.low, one.unit)]
            made += [
                (one.low / other.low, None),
                (other.low / one.low, None),
                (other.low / one.low * 100, "%"),
            ]
            if other.unit is None and other.low < 1:
                made.append((one.low * other.low, one.unit))  # "a third of the 30 members"
            if one is not other and any(_is_value(quantity, value, unit) for value, unit in made):
                return True
    return False


def _undated(sentence: PromptSentence) -> Iterator[Quantity]:
    """The exact numbers of a sentence that are neither part of a date nor in percent."""
    for number in _exact(sentence):
        is_day = any(one.start <= number.start < one.end for one in sentence.analysis.dates)
        if not is_day and number.unit != "%":
            yield number


def _is_change(quantity: Quantity, numbers: Sequence[Quantity], *, rises: bool, falls: bool) -> bool:
    """Whether a percentage is the change from one number to another of its unit, rounded to whole percent.

    Among many numbers some pair makes any percentage, so that nothing is worked out from them.
    """
    if len(numbers) > _MOST_CHANGING:
        return False
    is_whole = quantity.low == quantity.high and quantity.low % 1 == 0
    reach = Decimal("0.5") if is_whole else Decimal("0.05")
    for one in numbers:
        for other in numbers:
            if one.low <= other.low or not (one.unit == other.unit or None in (one.unit, other.unit)):
                continue
            change = (one.low - other.low) * 100
            made = [change / other.low] * rises + [change / one.low] * falls
            if any(quantity.low - reach <= value <= quantity.high + reach for value in made):
                return True
    return False


def _is_told_apart(said: Sentence, quantity: Quantity, source: Sentence) -> bool:
    """Whether a sentence has the number apart from its unit ("in dollars: 19 a vial") or as a place in a row.

    "The 63rd day" is day 63, "the 23rd minute" 23 minutes, and seed No. 11 the eleventh seed.
    """
    same = [one for one in source.quantities if (one.low, one.high) == (quantity.low, quantity.high)]
    if not same:
        return False
    if quantity.unit is None:
        return not quantity.counts and any(one.unit == "th" for one in same)
    if any(one.unit is None and not one.counts for one in same):
        return quantity.unit == "th" or quantity.unit in units_in(source.text)
    if quantity.unit != "th":
        return False
    following = next((word for word, start, _ in said.words if start >= quantity.end), "")
    units = units_in(following)
    return any(one.unit in units or (one.counts and one.counts == stem(following)) for one in same)


def _is_value(quantity: Quantity, value: Decimal, unit: str | None) -> bool:
    is_unit = quantity.unit == unit or (unit is None and quantity.unit != "%") or quantity.unit is None
    return is_unit and value > 0 and quantity.low <= value <= quantity.high


def _is_in_text(quantity: Quantity, article: ArticleMaterial) -> bool:
    """Whether the headline has the number, or the day as it is written."""
    if quantity.is_in(article.numbers):
        return True
    written = bare(quantity.text)
    return place_of(written, article.headline) is not None or written in article.written_out.split()


def _is_one(quantity: Quantity) -> bool:
    return quantity.low == quantity.high == 1 and quantity.unit is None


@lru_cache(maxsize=512)
def _meant(text: str, told: ToldDate, day: date | None) -> tuple[str | None, str | None]:
    """The first and last day that a date of the claim means, counted from an article's day."""
    if told.first is not None or day is None:
        return told.first, told.last
    found = told_dates(text, day)
    return next(((one.first, one.last) for one in found if one.start == told.start), (None, None))


def _covers(meant: tuple[str | None, str | None], first: str | None, last: str | None) -> bool:
    """Whether the days meant hold those that are told."""
    return bool(meant[0] and meant[1] and first and last and meant[0] <= first and last <= meant[1])


def _is_told(told: ToldDate, meant: tuple[str | None, str | None], sentence: PromptSentence) -> bool:
    """Whether a sentence tells the date: the same days or some of them, or the same words."""
    if any(_covers(meant, one.first, one.last) for one in sentence.analysis.dates):
        return True
    return place_of(bare(told.text).casefold(), bare(sentence.text).casefold()) is not None
