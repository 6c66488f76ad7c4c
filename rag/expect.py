"""What kind of words would answer a question, and where a sentence holds such words.

The kinds are the classic expected answer types of extractive question answering (Li and Roth, 2002, coarse
classes), found by rules: no model is needed, and each rule can be read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from rag.terms import Name, is_stopword, names, stem, stems, words

Span = tuple[int, int]


class Kind(StrEnum):
    """The expected answer type."""

    NAME = "name"
    PLACE = "place"
    DATE = "date"
    NUMBER = "number"
    STATEMENT = "statement"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What would answer a question.

    `heads` are stems of the noun that is counted or asked for ("how many *soldiers*", "which *city*");
    `units` are words of which one must stand beside the number ("how old": year, aged), empty when any will do;
    `speaker` is the name of whoever is asked to have said something.
    """

    kind: Kind
    heads: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()
    speaker: str | None = None


_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_COUNT_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|trillion|"
    r"dozens?|hundreds|thousands|millions|billions|half|third|quarter|double|twice|single|several|pair|couple|decades?)"
)
DATE = re.compile(
    rf"\b(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+\d{{4}})?"
    rf"|{_MONTH},?\s+\d{{4}}|(?:in|by|since|until|during|early|late|mid)[\s-]+{_MONTH}(?!\w)|\d{{4}}-\d{{2}}-\d{{2}}|(?:1[5-9]|20)\d\d(?:s\b)?(?![\d,.]\d)"
    rf"|(?:last|next|this|early|late|earlier|later|on|the\s+following|the\s+previous)\s+{_WEEKDAY}|{_WEEKDAY}"
    r"|(?:last|next|this|the\s+following|the\s+previous|earlier\s+this|later\s+this|the\s+past|past)\s+(?:week(?:end)?|month|year|century|decade|morning|evening|night|summer|winter|spring|autumn|fall)"
    r"|yesterday|today|tomorrow|tonight|overnight|the\s+weekend"
    rf"|(?:a|an|\d+|{_COUNT_WORD})\s+(?:minutes?|hours?|days?|weeks?|months?|years?|decades?)\s+(?:ago|earlier|later|before|after)"
    r"|\d{1,2}(?:[:.]\d\d)?\s*[ap]\.?m\.?|\d{1,2}:\d\d|noon|midnight|dawn)",
    re.IGNORECASE,
)
_BARE_MONTH = re.compile(rf"\b{_MONTH}(?!\w)")
NUMBER = re.compile(
    rf"(?:[$€£¥]\s?)?\b\d+(?:[.,]\d+)*(?:\s*%|(?:st|nd|rd|th)\b)?(?:\s(?:hundred|thousand|trillion|million|billion)\b)?|\b{_COUNT_WORD}(?:[\s-](?:and\s+a\s+)?{_COUNT_WORD})*\b", re.IGNORECASE
)
QUOTED = re.compile(r"[“\"‘][^“”\"]{8,}[”\"’]")
SAYING = re.compile(
    r"\b(?:said|says|saying|told|tell|tells|tweeted|wrote|writes|called|calls|calling|described|describes|announced|confirmed|denied|"
    r"added|warned|insisted|claimed|argued|stated|declared|stressed|complained|urged|accused|acknowledged|condemned|suggested|"
    r"explained|noted|replied|asked|promised|pledged|vowed|admitted|according|signall?ed|reported)\b",
    re.IGNORECASE,
)
_PLACE_BEFORE = re.compile(
    r"\b(?:in|at|near|from|to|into|of|outside|around|across|through|towards?|off|on|between|inside|over|via|town|city|village|"
    r"province|district|region|base|capital|port|state|north|south|east|west|northern|southern|eastern|western)\s+"
    r"(?:the\s+)?(?:[a-z]+(?:ern)?\s+){0,3}$"
)

_UNITS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"\bhow old\b|\b(?:what|which) age\b|\bthe age of\b", re.I), frozenset({"year", "age", "old"})),
    (re.compile(r"\bhow (?:far|distant|close)\b|\b(?:what|which) distance\b", re.I), frozenset({"mile", "kilomet", "km", "metr", "meter", "kilometr", "feet", "block", "hour", "minut"})),
    (re.compile(r"\bhow (?:tall|high|deep|wide)\b", re.I), frozenset({"mile", "kilomet", "km", "metr", "meter", "kilometr", "feet", "foot", "inch", "storey", "stori", "cm", "centimet", "centimetr"})),
    (re.compile(r"\bhow long\b(?! (?:is|was|are) (?:the |a )?(?:ship|vessel|bridge|road|wall|tunnel|canal|pipeline|border|queue))", re.I), frozenset({"second", "minut", "hour", "day", "week", "month", "year", "decad", "centuri", "season"})),
    (re.compile(r"\b(?:percentage|per ?cent|percent|proportion|rate)\b", re.I), frozenset({"%", "percent", "cent", "third", "half", "quarter"})),
    (re.compile(r"\bhow much (?:money|did .* (?:cost|pay|spend|raise|earn|sell))|\bhow much .* (?:cost|worth|pay|paid|spend|spent|fined?)\b|\b(?:what|which) (?:price|sum|cost|fine|salary)\b|\bwhat (?:did|does|do) .* (?:cost|earn|pay)\b|\bthe (?:price|cost|salary) of\b", re.I), frozenset({"$", "€", "£", "¥", "dollar", "euro", "pound", "million", "billion", "rupe", "yen", "yuan", "lira", "cent"})),
)
_NAME_NOUNS = "person|man|woman|official|spokesman|spokeswoman|spokesperson|minister|president|leader|general|envoy|secretary|author|actor|actress|player|singer|politician|commander|country|nation|company|group|organi[sz]ation|outlet|agency|government|team|party|state|firm|club|band|bank|airline|carrier|university|college|school|newspaper|paper|magazine|network|channel|station|militia|army|ministry|ministries|department|court|union|charity|brand|maker|manufacturer|studio|publisher|people|soldiers|fighters|forces|organi[sz]ations|companies|countries|outlets"
_PLACE_NOUNS = "city|town|village|place|region|district|province|airport|base|location|venue|highway|road|border|area|part|continent|capital|site|stadium"
_AUXILIARY = r"(?:did|does|do|is|was|were|are|has|have|had|will|would|can|could|should|the|a|an|kind|sort)\b"
_DATE_NOUNS = "day|date|month|year|time|week|weekday|decade|century|hour"
_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(pattern, re.I), kind)
    for pattern, kind in (
        (r"\bhow (?:many|much|old|far|tall|high|deep|wide|large|big|long|often|fast|heavy|distant|close)\b", Kind.NUMBER),
        (r"\b(?:what|which) (?:number|percentage|per ?cent|proportion|share|distance|age|price|sum|amount|figure|salary|speed)\b|\bwhat (?:did|does|do) .* (?:cost|earn|pay)\b|\bwhat (?:is|was|were|are) the (?:[\w-]+ ){0,4}?(?:number|percentage|distance|age|price|cost|toll|population|total|speed|rate|score|vote)\b", Kind.NUMBER),
        (rf"\bwhen\b|\b(?:what|which) (?:{_DATE_NOUNS})\b|\bsince when\b", Kind.DATE),
        (rf"\bwhere\b|\b(?:what|which) (?!{_AUXILIARY})(?:\w+ ){{0,3}}(?:{_PLACE_NOUNS})\b", Kind.PLACE),
        (r"\bwhat (?:exactly )?(?:did|does|do|was|were|is|has|have|had|had)\b.*\b(?:say|said|tell|told|tweet|tweeted|write|wrote|call|describe|claim|promise|warn|announce|argue|think|respond|react|comment|deny|accuse)\b", Kind.STATEMENT),
        (r"\bhow (?:did|does|do|has|have)\b.*\b(?:say|describe|call|respond|react|comment|explain|characteri[sz]e|justify|defend|view|see)\b", Kind.STATEMENT),
        (rf"\bwho\b|\bwhom\b|\bwhose\b|\bwhich\b(?! of)|\bname(?:s|d)?\b|\bwhat (?!{_AUXILIARY})(?:\w+ ){{0,3}}(?:{_NAME_NOUNS})\b", Kind.NAME),
    )
)
_HEAD = re.compile(r"\bhow many\s+((?:[\w’'-]+\s*){1,4})", re.I)
_SPEAKER = re.compile(r"\b(?:did|does|do|has|have|had|was|were|is)\s+(.+?)\s+(?:\w+ly\s+)?(?:say|said|tell|told|tweet\w*|wr[io]te\w*|call\w*|describ\w*|claim\w*|promis\w*|warn\w*|announc\w*|argu\w*|think|respond\w*|react\w*|comment\w*|stat\w+|den\w+|accus\w+|explain\w*|characteri\w+|justif\w+|defend\w*|view\w*|see)\b", re.I)


def expectation(question: str) -> Expectation:
    """The expected answer of a question that stands alone."""
    kind = _kind(question)
    units = next((units for pattern, units in _UNITS if kind is Kind.NUMBER and pattern.search(question)), frozenset[str]())
    match = _HEAD.search(question)
    heads = _head_nouns(match[1]) if match else ()
    said = _SPEAKER.search(question) if kind is Kind.STATEMENT else None
    speakers = names(said[1], sentence_starts=()) if said else []
    return Expectation(kind, heads, units, speakers[0].text if speakers else None)


def _kind(question: str) -> Kind:
    """The kind whose pattern begins first: in "Where was he when he spoke?" a place is asked for."""
    found = [(match.start(), order, kind) for order, (pattern, kind) in enumerate(_KINDS) if (match := pattern.search(question))]
    return min(found)[2] if found else Kind.ANY


def _head_nouns(phrase: str) -> tuple[str, ...]:
    """Stems of the words up to the first function word: `people were displaced` -> `(peopl,)`."""
    leading = takewhile(lambda word: not is_stopword(word), (word for word, _, _ in words(phrase)))
    return tuple(stem(word) for word in leading)


def answering_spans(sentence: str, question: str, expected: Expectation) -> list[Span]:
    """Spans of `sentence` (code points, half-open) that could be the asked-for words; empty when there are none.

    Words that the question already holds do not answer it.
    """
    match expected.kind:
        case Kind.NUMBER:
            return _numbers(sentence, expected)
        case Kind.DATE:
            return [m.span() for m in DATE.finditer(sentence)] or [m.span() for m in _BARE_MONTH.finditer(sentence)]
        case Kind.PLACE:
            new = _new_names(sentence, question)
            placed = [name for name in new if _PLACE_BEFORE.search(sentence[: name.start]) or sentence[name.end :].startswith("-based")]
            return [(name.start, name.end) for name in placed or new]
        case Kind.NAME:
            return [(n.start, n.end) for n in _new_names(sentence, question)]
        case Kind.STATEMENT:
            return [m.span() for m in QUOTED.finditer(sentence)]
        case Kind.ANY:
            return []


def fits(sentence: str, speaker: str | None, spans: Sequence[Span], expected: Expectation) -> bool:
    """Whether the sentence holds the kind of words asked for, where it should hold them.

    A number stands near what is counted; a statement comes from whoever was asked about, by name in the sentence or
    as `speaker`, the antecedent of its "he".
    """
    match expected.kind:
        case Kind.ANY:
            return False
        case Kind.NUMBER:
            return any(not expected.heads or _near(sentence, span, expected.heads) for span in spans)
        case Kind.STATEMENT:
            if not (spans or SAYING.search(sentence)):
                return False
            wanted = stems(expected.speaker or "")[-1:]
            return not wanted or wanted[0] in stems(f"{speaker or ''} {sentence}")
        case _:
            return bool(spans)


def _near(sentence: str, span: Span, heads: Sequence[str], reach: int = 6) -> bool:
    every = words(sentence)
    wanted = {same for head in heads for same in _COUNTED.get(head, (head,))}
    first = next((i for i, (_, start, end) in enumerate(every) if end > span[0]), 0)
    around = every[max(0, first - reach) : first + reach + 1]
    return bool(wanted & {stem(word) for word, _, _ in around})


_COUNTED = {
    member: group
    for group in (
        ("peopl", "person", "men", "women", "civilian", "resid", "famili", "other", "inhabit", "victim", "live"),
        ("soldier", "troop", "forc", "servicemen", "personnel", "other", "fighter"),
        ("kilometr", "kilomet", "km"),
        ("mile", "mi"),
        ("metr", "meter", "m"),
        ("dollar", "$", "usd"),
        ("vessel", "ship", "boat"),
        ("percentag", "percent", "cent"),
        ("wound", "injur", "hurt"),
        ("kill", "dead", "die", "death"),
    )
    for member in group
}


def _new_names(sentence: str, question: str) -> list[Name]:
    asked = set(stems(question))
    return [n for n in names(sentence) if not all(stem(w) in asked for w in n.words)]


def _numbers(sentence: str, expected: Expectation) -> list[Span]:
    dates = [m.span() for m in DATE.finditer(sentence) if not re.match(r"[a\d]|\w+\s+(?:minutes?|hours?|days?|weeks?|months?|years?)", m[0])] + [
        m.span() for m in re.finditer(rf"{_MONTH}\s+\d{{1,2}}(?:,\s+\d{{4}})?|\b(?:19|20)\d\d\b(?!,)", sentence)
    ]
    found = [m.span() for m in NUMBER.finditer(sentence) if not any(a <= m.start() < b for a, b in dates)]
    if not expected.units:
        return found
    near = []
    for start, end in found:
        around = sentence[max(0, start - 8) : end + 24]
        if {stem(mark) for mark in re.findall(r"[^\W\d_]+|[%$€£¥]", around)} & expected.units:
            near.append((start, end))
    return near
