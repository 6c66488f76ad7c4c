"""The words of a sentence that could be what a question asks for, and whether they stand where expected."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from index.language.kinds import ROLES, without_title
from index.language.names import is_person_like
from index.language.relations import PREPOSITIONS
from index.language.sentence import Name, NameKind, Quantity, Quotation, Sentence, ToldDate
from index.language.words import MONTHS_AND_DAYS, fold, stem, stems, words
from rag.question.analysed import AnalysedQuestion
from rag.question.answer_type import LISTS, NO_COUNTS, AnswerType, Kind

Span = tuple[int, int]

_SAME_COUNT = {
    stem(member): frozenset(map(stem, group.split()))
    for group in LISTS["same count"]
    for member in group.split()
}
"""Stems that news counts for one another, by member; a stem of two groups belongs to the later."""
_BEFORE_PLACES = frozenset(" ".join(LISTS["before places"]).split())
_LOOK_BACK = 5
"""Words before a name among which one that stands before places is looked for."""
_APPOSITION = 7
"""Words before or behind a name among which the noun stands that it is the name of."""
_NAMING = frozenset(" ".join(LISTS["naming"]).split())
_ENDS_APPOSITION = frozenset(" ".join(LISTS["ends an apposition"]).split())
_OPENING = re.compile(r"[.;!?()—–]")
_BEHIND_NAME = re.compile(r"(?:,|\s*[(—–-]|\s+(?:is|was|are|were)\b)\s*(?:\d+,\s*)?([^.;:!?,()—–]+)")
_AGE = re.compile(
    r"([^\W\d]+)(?:,|\s+(?:is|was|turned|turns)(?:\s+(?:just|only|then|now))?) (\d{1,3})"
    r"(?=[,.;](?!\d)|\s+(?:and|when)\b)"
)
"""The age of somebody, behind the last word that says whose: "Ann Lee, 64, said", "She was 30."."""
_SOMEBODY = frozenset(("he", "she"))
LISTED = re.compile(r"[\s,;&\d()“”\"’']*(?:(?:and|or|as well as)\s+)?(?:the\s+)?", re.I)
"""What stands between two names that are listed."""
_YEARS = range(1900, 2100)
"""Numbers that stand alone for a year."""


def answering_spans(sentence: Sentence, question: AnalysedQuestion) -> list[Span]:
    """Spans of the sentence that could be the asked-for words; [] when there are none.

    Names that the question already holds do not answer it.
    """
    expected = question.expected
    match expected.kind:
        case Kind.NUMBER:
            return _numbers(sentence, question)
        case Kind.DATE:
            return _spans(sentence.dates) or _months(sentence)
        case Kind.PLACE:
            new = _new_names(sentence, question)
            return _spans(name for name in new if _is_place(sentence, name)) or _spans(new)
        case Kind.NAME:
            return _spans(_new_names(sentence, question))
        case Kind.STATEMENT:
            return _spans(sentence.quotations)
        case Kind.ANY:
            return []


def highlights(sentence: Sentence, question: AnalysedQuestion) -> tuple[Span, ...]:
    """The answering spans worth marking: where some stand where the answer should, only those."""
    return tuple(likely_spans(sentence, question) or answering_spans(sentence, question))


def likely_spans(sentence: Sentence, question: AnalysedQuestion) -> list[Span]:
    """The answering spans that stand where the answer should.

    A number stands near what is counted; who somebody is, is no place and no nationality; what somebody says
    is what this speaker says.
    """
    expected = question.expected
    spans = answering_spans(sentence, question)
    if expected.kind is Kind.NUMBER and expected.heads:
        return list(filter(_near(sentence, expected.heads, reach=3), spans))
    if expected.is_naming:
        told = _spans(names_of(sentence, expected.heads))
        return [span for span in spans if span in told]
    if expected.kind is Kind.NAME:
        suited = {name.start for name in sentence.names if _suits(sentence, name, expected.names)}
        return [span for span in spans if span[0] in suited]
    if expected.kind is Kind.STATEMENT and expected.speaker:
        wanted = stems(expected.speaker)[-1:]
        return _spans(one for one in sentence.quotations if wanted == stems(one.speaker or "")[-1:])
    return spans


def fits(sentence: Sentence, antecedent: str | None, spans: Sequence[Span], expected: AnswerType) -> bool:
    """Whether the sentence holds the kind of words asked for, where it should hold them.

    A number stands near what is counted; a statement comes from whoever was asked about, by name in the
    sentence or as its `antecedent`, whom "he" goes back to, and so does who said what is quoted.
    """
    match expected.kind:
        case Kind.ANY:
            return False
        case Kind.NUMBER:
            return bool(spans) and (not expected.heads or any(map(_near(sentence, expected.heads), spans)))
        case Kind.NAME if not spans and expected.is_speaker and sentence.quotations and antecedent:
            return True
        case Kind.STATEMENT:
            wanted = stems(expected.speaker or "")[-1:]
            told = {*_stems_around(sentence), *stems(antecedent or ""), *tellers(sentence)}
            return bool(spans) and told.issuperset(wanted)
        case _:
            return bool(spans)


def _spans(found: Iterable[Name | Quantity | Quotation | ToldDate]) -> list[Span]:
    """The spans of what was found, each once."""
    return list(dict.fromkeys((one.start, one.end) for one in found))


# Names


def _new_names(sentence: Sentence, question: AnalysedQuestion) -> list[Name]:
    """The names of the sentence that the question does not hold."""
    asked = question.stems
    bare = ((name, " ".join(without_title(name.text.split()))) for name in sentence.names)
    return [name for name, words in bare if not asked.issuperset(stems(words))]


def names_of(sentence: Sentence, heads: Sequence[str]) -> list[Name]:
    """The names in a sentence that it says are names of something with one of these nouns.

    "The dog Rex", "a dog called Rex", "the dogs were Rex and Bello", "Rex, a Belgian dog" and
    "Alder Bank" for a bank.
    """
    wanted = frozenset(same for head in heads for same in _SAME_COUNT.get(head, (head,)))
    told: list[Name] = []
    for name in (one for one in sentence.names if one.kind is not NameKind.PEOPLE):
        is_next = told and LISTED.fullmatch(sentence.text[told[-1].end : name.start])
        if is_next or _is_beside(sentence, name, wanted):
            told.append(name)
    return told


def _is_beside(sentence: Sentence, name: Name, nouns: frozenset[str]) -> bool:
    """Whether a name has one of the nouns in it, or as its apposition or complement."""
    if not nouns.isdisjoint(map(stem, name.words)):
        return True
    before = _OPENING.split(sentence.text[: name.start])[-1]
    is_apposed = before.rstrip(" “\"'").endswith(",")
    told = [fold(word) for word, _, _ in words(before)][-_APPOSITION:]
    while told and told[-1] in _NAMING:
        told.pop()
    for place, word in enumerate(told, start=1):
        if stem(word) in nouns and (place == len(told) or (is_apposed and told[place] in PREPOSITIONS)):
            return True
    behind = None if is_apposed else _BEHIND_NAME.match(sentence.text, name.end)
    told = [fold(word) for word, _, _ in words(behind[1])][:_APPOSITION] if behind else []
    phrase = takewhile(lambda word: word not in _ENDS_APPOSITION, told)
    return any(stem(word) in nouns for word in phrase)


def _is_place(sentence: Sentence, name: Name) -> bool:
    """Whether it is a place: by its kind, else by "-based" behind it or a word that stands before places."""
    if name.kind is not NameKind.OTHER:
        return name.kind is NameKind.PLACE
    return sentence.text.startswith("-based", name.end) or _follows_preposition(sentence, name)


def _follows_preposition(sentence: Sentence, name: Name) -> bool:
    """Whether "in", "town of" or the like comes before the name, nothing but small words between them."""
    text, every = sentence.text, sentence.words
    place = bisect_right(every, name.start, key=lambda word: word[2])
    end = name.start
    for word, start, after in reversed(every[max(0, place - _LOOK_BACK) : place]):
        if not text[after:end].isspace():
            return False
        if word in _BEFORE_PLACES:
            return True
        if not word.islower():
            return False
        end = start
    return False


def _suits(sentence: Sentence, name: Name, kinds: frozenset[NameKind]) -> bool:
    """Whether a name may be of one of the kinds: one of no known kind is at least no place."""
    if name.kind in kinds:
        return True
    if name.kind is not NameKind.OTHER and kinds:
        return False
    is_unlikely = NameKind.PERSON in kinds and not is_person_like(name)
    return not is_unlikely and not _is_place(sentence, name)


# Numbers and dates


def _numbers(sentence: Sentence, question: AnalysedQuestion) -> list[Span]:
    """Numbers that belong to no date and no words of the question, beside a unit where any are asked for.

    Percentages and money count no soldiers.
    """
    expected = question.expected
    found = [one for one in sentence.quantities if not (_is_dated(sentence, one) or _repeats(one, question))]
    if expected.heads and NO_COUNTS.isdisjoint(expected.heads):
        found = [one for one in found if one.unit not in NO_COUNTS]
    ages = {match.start(2) for match in ages_told(sentence.text, question)}
    if told := [one for one in found if one.start in ages]:
        return _spans(told)
    if expected.units:
        found = [one for one in found if one.unit in expected.units or _has_unit(sentence, one, expected)]
    return _spans(found)


def ages_told(text: str, question: AnalysedQuestion) -> list[re.Match[str]]:
    """The ages of words of the question, group 2 of each match; [] where none is asked for.

    "How old is Ann Lee?" is answered by "Ann Lee, 64, said" and not by "Jon Dale, 45, said"; of somebody
    without a role, "the pilot", by "She is 64." too.
    """
    if not question.expected.is_age:
        return []
    has_role = any(fold(word) in ROLES for word, _, _ in question.sentence.words)
    told = ((match, fold(match[1])) for match in _AGE.finditer(text))
    return [
        match
        for match, whose in told
        if stem(whose) in question.stems or (whose in _SOMEBODY and not has_role)
    ]


def _repeats(quantity: Quantity, question: AnalysedQuestion) -> bool:
    """Whether a number stands in the question: "the *500* largest companies"."""
    told = stems(quantity.text)
    return bool(told) and question.stems.issuperset(told)


def _is_dated(sentence: Sentence, quantity: Quantity) -> bool:
    """Whether it is the day or year of a date; "two weeks ago" tells a number as well."""
    within = [date for date in sentence.dates if date.start <= quantity.start < date.end]
    if quantity.unit not in (None, "th") or not within:
        return False
    is_alone = any((date.start, date.end) == (quantity.start, quantity.end) for date in within)
    return not is_alone or quantity.low in _YEARS


def _has_unit(sentence: Sentence, quantity: Quantity, expected: AnswerType) -> bool:
    """Whether a word of the units is part of the number, the word before it or one of the three behind."""
    every = sentence.words
    first = bisect_right(every, quantity.start, key=lambda word: word[2])
    last = bisect_right(every, quantity.end, key=lambda word: word[1])
    return not expected.units.isdisjoint(sentence.every_stem[max(0, first - 1) : last + 3])


def _near(sentence: Sentence, heads: Sequence[str], reach: int = 6) -> Callable[[Span], bool]:
    """Whether one of the heads is so many words from a span of the sentence, at most."""
    every = sentence.words
    wanted = {same for head in heads for same in _SAME_COUNT.get(head, (head,))}

    def near(span: Span) -> bool:
        first = bisect_right(every, span[0], key=lambda word: word[2])
        first = first if first < len(every) else 0
        return not wanted.isdisjoint(sentence.every_stem[max(0, first - reach) : first + reach + 1])

    return near


def _months(sentence: Sentence) -> list[Span]:
    """Months without a day or a year: "the talks in May"."""
    return [
        (start, end)
        for word, start, end in sentence.words
        if word[0].isupper() and fold(word) in MONTHS_AND_DAYS
    ]


# Statements


def tellers(sentence: Sentence) -> set[str]:
    """The stems of the words that name who says something in the sentence."""
    return {each for one in sentence.quotations for each in stems(one.speaker or "")}


def _stems_around(sentence: Sentence) -> list[str]:
    """The stems of the words that stand in no quotation: whom somebody speaks of did not say it."""
    text = sentence.text
    for one in sentence.quotations:
        text = f"{text[: one.start]}{' ' * (one.end - one.start)}{text[one.end :]}"
    return stems(text)
