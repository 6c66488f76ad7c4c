"""The expected answer type of a question, and the spans of a sentence that have it.

The types are the coarse classes of Li and Roth (2002), found by rules; no model is needed.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from index.language.names import is_person_like, names
from index.language.patterns import BARE_MONTH, CALENDAR, DATE, NUMBER, PLACE_BEFORE, QUOTED, SAYING, one_of
from index.language.words import is_stopword, stem, stems, words

Span = tuple[int, int]
_LOOK_BACK = 120
"""Characters before a name in which a word that stands before places is looked for."""


class Kind(StrEnum):
    """The expected answer type."""

    NAME = "name"
    PLACE = "place"
    DATE = "date"
    NUMBER = "number"
    STATEMENT = "statement"
    ANY = "any"


_WHO = re.compile(r"\bwho(?:m|se)?\b", re.I)


@dataclass(frozen=True, slots=True)
class AnswerType:
    """The kind of words that would answer a question.

    `heads` are stems of the noun that is counted or asked for ("how many *soldiers*", "which *city*");
    `units` are words of which one must stand beside the number ("how old": year, aged), empty when any will
    do; `speaker` is the name of whoever is asked to have said something.
    """

    kind: Kind
    heads: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()
    speaker: str | None = None


def _asks(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_AUXILIARY = r"(?:did|does|do|is|was|were|are|has|have|had|will|would|can|could|should|the|an?|kind|sort)\b"
_WHICH = rf"\b(?:what|which) (?!{_AUXILIARY})(?:\w+ ){{0,3}}"
_LENGTHS = (
    "mile kilomet kilometr km metr meter feet foot inch block storey stori cm centimet centimetr hour minut"
)

_UNITS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (_asks(pattern), frozenset(units.split()))
    for pattern, units in (
        (r"\bhow old\b|\b(?:what|which) age\b|\bthe age of\b", "year age old"),
        (r"\bhow (?:far|distant|close|tall|high|deep|wide)\b|\b(?:what|which) distance\b", _LENGTHS),
        (
            r"\bhow long\b(?! (?:is|was|are) (?:the |a )?"
            r"(?:ship|vessel|bridge|road|wall|tunnel|canal|pipeline|border|queue))",
            "second minut hour day week month year decad centuri season",
        ),
        (r"\b(?:percentage|per ?cent|proportion|rate)\b", "% percent cent third half quarter"),
        (
            r"\bhow much money\b|\bhow much .*\b(?:cost|worth|pay|paid|spen[dt]|raise|earn|sell|fined?)\b"
            r"|\b(?:what|which) (?:price|sum|cost|fine|salary)\b"
            r"|\bwhat (?:did|does|do) .* (?:cost|earn|pay)\b"
            r"|\bthe (?:price|cost|salary) of\b",
            "$ € £ ¥ dollar euro pound million billion rupe yen yuan lira cent",
        ),
    )
)
"""Stems and signs of which one stands beside the number, by what is asked."""

_NAME_NOUNS = one_of(
    """person man woman people officials? spokes\\w+ ministers? president leaders? general envoy secretary
    author actor actress player singer politician commander soldiers fighters forces countr(?:y|ies) nation
    compan(?:y|ies) group organi[sz]ations? outlets? agency government team party state firm club band bank
    airline carrier university college school newspaper paper magazine network channel station militia army
    ministr(?:y|ies) department court union charity brand maker manufacturer studio publisher"""
)
_PLACE_NOUNS = one_of(
    """city town village place region district province airport base location venue highway road border area
    part continent capital site stadium"""
)
_DATE_NOUNS = one_of("day date month year time week weekday decade century hour")
_MEASURES = one_of("many much old far tall high deep wide large big long often fast heavy distant close")
_QUANTITIES = one_of(
    r"number percentage per\s?cent proportion share distance age price sum amount figure salary speed"
)
_TOTALS = one_of("number percentage distance age price cost toll population total speed rate score vote")
_STATE = one_of(
    """say said tell told tweet tweeted write wrote call describe claim promise warn announce argue think
    respond react comment deny accuse"""
)
_VIEW = one_of("say describe call respond react comment explain characteri[sz]e justify defend view see")

_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (_asks(pattern), kind)
    for pattern, kind in (
        (rf"\bhow (?!much of\b){_MEASURES}\b", Kind.NUMBER),
        (rf"\b(?:what|which) {_QUANTITIES}\b|\bwhat (?:did|does|do) .* (?:cost|earn|pay)\b", Kind.NUMBER),
        (rf"\bwhat (?:is|was|were|are) the (?:[\w-]+ ){{0,4}}?{_TOTALS}\b", Kind.NUMBER),
        (rf"\bwhen\b|\b(?:what|which) {_DATE_NOUNS}\b|\bsince when\b", Kind.DATE),
        (rf"\bwhere\b|{_WHICH}{_PLACE_NOUNS}\b", Kind.PLACE),
        (rf"\bwhat (?:exactly )?(?:did|does|do|was|were|is|has|have|had)\b.*\b{_STATE}\b", Kind.STATEMENT),
        (rf"\bhow (?:did|does|do|has|have)\b.*\b{_VIEW}\b", Kind.STATEMENT),
        (rf"\bwho(?:m|se)?\b|\bwhich\b(?! of)|\bname(?:s|d)?\b|{_WHICH}{_NAME_NOUNS}\b", Kind.NAME),
    )
)
_COUNTED_NOUN = _asks(r"\bhow many\s+((?:[\w’'-]+\s*){1,4})")
_SPEAKER = _asks(
    r"\b(?:did|does|do|has|have|had|was|were|is)\s+(.+?)\s+(?:\w+ly\s+)?"
    + one_of(
        """say said tell told tweet\\w* wr[io]te\\w* call\\w* describ\\w* claim\\w* promis\\w* warn\\w*
        announc\\w* argu\\w* think respond\\w* react\\w* comment\\w* den(?:y|ied) accus\\w+ explain\\w*
        characteri\\w+ justif\\w+ defend\\w* view\\w* see"""
    )
    + r"\b"
)


def answer_type(question: str) -> AnswerType:
    """The expected answer of a question that stands alone."""
    kind = _kind(question)
    asked = (units for pattern, units in _UNITS if kind is Kind.NUMBER and pattern.search(question))
    units = next(asked, frozenset[str]())
    match = _COUNTED_NOUN.search(question)
    heads = _head_nouns(match[1]) if match else ()
    said = _SPEAKER.search(question) if kind is Kind.STATEMENT else None
    speakers = names(said[1], sentence_starts=()) if said else []
    return AnswerType(kind, heads, units, speakers[0].text if speakers else None)


def _kind(question: str) -> Kind:
    """The kind whose pattern begins first: in "Where was he when he spoke?" a place is asked for."""
    found = [
        (match.start(), order, kind)
        for order, (pattern, kind) in enumerate(_KINDS)
        if (match := pattern.search(question))
    ]
    return min(found)[2] if found else Kind.ANY


def _head_nouns(phrase: str) -> tuple[str, ...]:
    """Stems of the words up to the first function word: `people were displaced` -> `(peopl,)`."""
    leading = takewhile(lambda word: not is_stopword(word), (word for word, _, _ in words(phrase)))
    return tuple(stem(word) for word in leading)


def answering_spans(sentence: str, question: str, expected: AnswerType) -> list[Span]:
    """Spans of `sentence` (code points, half-open) that could be the asked-for words; [] when there are none.

    Words that the question already holds do not answer it.
    """
    match expected.kind:
        case Kind.NUMBER:
            return _numbers(sentence, expected)
        case Kind.DATE:
            return _spans(DATE, sentence) or _spans(BARE_MONTH, sentence)
        case Kind.PLACE:
            new = _new_names(sentence, question)
            placed = [
                (start, end)
                for start, end in new
                if _is_place(sentence, start) or sentence.startswith("-based", end)
            ]
            return placed or new
        case Kind.NAME:
            return _new_names(sentence, question)
        case Kind.STATEMENT:
            return _spans(QUOTED, sentence)
        case Kind.ANY:
            return []


def highlights(sentence: str, question: str, expected: AnswerType) -> tuple[Span, ...]:
    """The answering spans worth marking: where some stand where the answer should, only those.

    A number stands near what is counted; who somebody is, is no place and no nationality.
    """
    spans = answering_spans(sentence, question, expected)
    likely = spans
    if expected.kind is Kind.NUMBER and expected.heads:
        near = _near(sentence, expected.heads, reach=3)
        likely = [span for span in spans if near(span)]
    elif expected.kind is Kind.NAME:
        likely = [span for span in spans if not _is_place(sentence, span[0])]
        if _WHO.search(question):
            people = {name.start for name in names(sentence) if is_person_like(name)}
            likely = [span for span in likely if span[0] in people]
    return tuple(likely or spans)


def fits(sentence: str, speaker: str | None, spans: Sequence[Span], expected: AnswerType) -> bool:
    """Whether the sentence holds the kind of words asked for, where it should hold them.

    A number stands near what is counted; a statement comes from whoever was asked about, by name in the
    sentence or as `speaker`, the antecedent of its "he".
    """
    match expected.kind:
        case Kind.ANY:
            return False
        case Kind.NUMBER:
            return bool(spans) and (not expected.heads or any(map(_near(sentence, expected.heads), spans)))
        case Kind.STATEMENT:
            if not (spans or SAYING.search(sentence)):
                return False
            wanted = stems(expected.speaker or "")[-1:]
            return not wanted or wanted[0] in stems(f"{speaker or ''} {sentence}")
        case _:
            return bool(spans)


def _is_place(sentence: str, start: int) -> bool:
    """Whether a word that stands before a place is before the name at `start`."""
    return PLACE_BEFORE.search(sentence[max(0, start - _LOOK_BACK) : start]) is not None


def _near(sentence: str, heads: Sequence[str], reach: int = 6) -> Callable[[Span], bool]:
    """Whether one of the heads is so many words from a span of the sentence, at most."""
    every = words(sentence)
    ends = [end for _, _, end in every]
    wanted = {same for head in heads for same in _SAME_COUNT.get(head, (head,))}

    def near(span: Span) -> bool:
        first = bisect_right(ends, span[0])
        first = first if first < len(every) else 0
        around = every[max(0, first - reach) : first + reach + 1]
        return not wanted.isdisjoint(stem(word) for word, _, _ in around)

    return near


_SAME_COUNT = {
    member: frozenset(group.split())
    for group in (
        "peopl person men women civilian resid famili other inhabit victim live",
        "soldier troop forc servicemen personnel other fighter",
        "kilometr kilomet km",
        "mile mi",
        "metr meter m",
        "dollar $ usd",
        "vessel ship boat",
        "percentag percent cent",
        "wound injur hurt",
        "kill dead die death",
    )
    for member in group.split()
}
"""Stems that news counts for one another, by member; a stem of two groups belongs to the later."""


def _spans(pattern: re.Pattern[str], sentence: str) -> list[Span]:
    return [match.span() for match in pattern.finditer(sentence)]


def _new_names(sentence: str, question: str) -> list[Span]:
    """The names of the sentence that the question does not hold."""
    asked = set(stems(question))
    new = (name for name in names(sentence) if not all(stem(word) in asked for word in name.words))
    return [(name.start, name.end) for name in new]


def _numbers(sentence: str, expected: AnswerType) -> list[Span]:
    """Numbers that belong to no date, beside one of the units where any are asked for."""
    dated = {place for dates in _spans(CALENDAR, sentence) for place in range(*dates)}
    found = [span for span in _spans(NUMBER, sentence) if span[0] not in dated]
    return [span for span in found if not expected.units or expected.units & _marks_around(sentence, span)]


def _marks_around(sentence: str, span: Span) -> set[str]:
    around = sentence[max(0, span[0] - 8) : span[1] + 24]
    return {stem(mark) for mark in re.findall(r"[^\W\d_]+|[%$€£¥]", around)}
