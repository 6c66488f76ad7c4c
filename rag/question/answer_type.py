"""The expected answer type of a question: what kind of words would answer it, and of what measure.

The types are the coarse classes of Li and Roth (2002), found by rules; no model is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from corpus.words.lists import read_lists
from index.language.kinds import lists
from index.language.order import is_participle
from index.language.sentence import NameKind, Sentence
from index.language.words import fold, is_stopword, stem


class Kind(StrEnum):
    """The expected answer type."""

    NAME = "name"
    PLACE = "place"
    DATE = "date"
    NUMBER = "number"
    STATEMENT = "statement"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class AnswerType:
    """The kind of words that would answer a question.

    `heads` are stems of the noun that is counted ("how many *soldiers*") or the name of which is asked for
    ("the name of the *dog*"); `units` are stems and signs of which one must stand beside the number ("how
    old": year, age), empty when any will do; `names` the kinds that a name may have ("which *company*"),
    empty when any will do; `speaker` is the name of whoever is asked to have said something. `is_speaker`:
    asked for is who said something.
    """

    kind: Kind
    heads: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()
    names: frozenset[NameKind] = frozenset()
    speaker: str | None = None
    is_speaker: bool = False

    @property
    def is_typed(self) -> bool:
        """Whether words of a kind answer: a name, a place, a date or a number."""
        return self.kind not in (Kind.ANY, Kind.STATEMENT)

    @property
    def is_age(self) -> bool:
        """Whether an age is asked for: "how old"."""
        return self.kind is Kind.NUMBER and self.units == _UNITS["age"]

    @property
    def is_naming(self) -> bool:
        """Whether the name of something is asked for: "the name of the dog", "what is the dog called"."""
        return self.kind is Kind.NAME and bool(self.heads)


LISTS = read_lists("rag.question", "answer_type.txt")
_COUNTED = 4
"""Words after "how many" that may name what is counted."""
_BEFORE_NOUN = 4
"""Words after "which" among which the noun that is asked for stands."""
_BEFORE_TOTAL = 5
"""Words after "what is the" among which the number that is asked for stands."""


def _all(section: str) -> frozenset[str]:
    return frozenset(" ".join(LISTS[section]).split())


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(stem, words))


def _table(section: str) -> dict[str, str]:
    """The words of each line `word word = value`, with its value."""
    lines = (line.rpartition(" = ") for line in LISTS[section])
    return {word: value for words, _, value in lines for word in words.split()}


_AUXILIARIES, _TIMES = _all("auxiliaries"), _all("times")
_DOES, _IS = frozenset("did does do has have had".split()), frozenset("is was were are".split())
_WILL = frozenset("will would can could should".split())
_PARTITIVE = frozenset("of the these those his her its their our".split())
"""Between "which" and its noun: "which of the banks"."""
_IN_PHRASES = frozenset("other same more most big".split())
"""Function words that a noun may follow: "which other bank"."""
_HOW_FAR_IN = (("far", "along"), ("far", "into"))
"""After "how": a time since something began."""
_CALLED = frozenset(("called", "named"))
_BEHIND_CALLED = frozenset("that which who whose where when in on at from".split())
"""What may stand behind "what is the dog called"; "what is the meeting called for" asks for no name."""
_POLITE = frozenset("can could you please".split())
"""Words before "list the winners"."""
_WHO = frozenset("who whom whose".split())
_PERSONS, _ORGANISATIONS, _COUNTRIES, _PLACES, _NUMBERED = (
    _stems(_all(section)) for section in ("persons", "organisations", "countries", "places", "numbered")
)
_NAMED_ALONE = _ORGANISATIONS | _COUNTRIES | _PLACES
_HOW, _QUANTITIES, _TOTALS = _table("how"), _table("quantities"), _table("totals")
_UNITS = {
    name: _stems(units.split()) for name, _, units in (line.partition(" = ") for line in LISTS["units"])
}
NO_COUNTS = _UNITS["share"] | _UNITS["money"]
"""Units of a number that counts nothing, unless they are what is counted."""
_COSTS, _PRICES, _STATEMENTS, _VIEWS = map(_all, ("costs", "prices", "statements", "views"))


def answer_type(question: Sentence) -> AnswerType:
    """The expected answer of a question that stands alone.

    The first words that ask decide: in "Where was he when he spoke?" a place is asked for. Who Ann Lee is, no
    other name says.
    """
    asked = _words(question)
    if _is_of_a_name(question, asked):
        return AnswerType(Kind.ANY)
    if [word for word, _ in asked if word not in _POLITE][:1] == ["list"]:
        return AnswerType(Kind.NAME)
    for place in range(len(asked)):
        found = _asked_by([word for word, _ in asked[place:]])
        if found and found.kind is Kind.STATEMENT:
            return replace(found, speaker=_speaker(question, asked))
        if found and found.is_naming:
            named = frozenset(stem(word) for name in question.names for word in name.words)
            return replace(found, heads=tuple(head for head in found.heads if head not in named))
        if found:
            return found
    return AnswerType(Kind.ANY)


def _is_of_a_name(question: Sentence, asked: Sequence[tuple[str, int]]) -> bool:
    """Whether it asks who has a name and nothing else: "Who is Grace Hopper?"."""
    if [word in kind for (word, _), kind in zip(asked, (_WHO, _IS), strict=False)] != [True, True]:
        return False
    named = {stem(word) for name in question.names for word in name.words}
    given = {stem(word) for word, _ in asked if lists().is_given(word)}  # Known in small letters too.
    return bool(named) and (named | given).issuperset(question.stems)


def _words(question: Sentence) -> list[tuple[str, int]]:
    """The folded words with their offsets; "what's" is two."""
    found = []
    for word, start, _ in question.words:
        folded = fold(word)
        found.append((folded, start))
        if folded != word.casefold() and folded in ("what", "who", "where", "when", "how"):
            found.append(("is", start))
    return found


def _asked_by(words: Sequence[str]) -> AnswerType | None:
    """What the first of the words asks for, if it begins to ask."""
    first, rest = words[0], words[1:]
    if first == "how":
        return _how(rest)
    if first in ("what", "which"):
        return _what(first, rest)
    if first == "when":
        return AnswerType(Kind.DATE)
    if first == "where":
        return AnswerType(Kind.PLACE)
    if first in _WHO:
        says = bool(rest) and rest[0] in _STATEMENTS
        return AnswerType(Kind.NAME, names=frozenset({NameKind.PERSON}), is_speaker=says)
    if first in ("name", "names", "named"):
        return _name_of(_noun_phrase(rest[1:]) if rest[:1] == ["of"] else ())
    return None


def _name_of(nouns: Sequence[str]) -> AnswerType:
    """The name of what nouns say: of a handler for "baggage handler", of civilians for "civilians killed".

    Companies and places are named without saying that they are: any name of their kind will do.
    """
    found = [stem(word) for word in takewhile(lambda word: not is_participle(word), nouns)][-1:]
    is_plain = not _NAMED_ALONE.isdisjoint(found)
    return AnswerType(Kind.NAME, () if is_plain else tuple(found), names=_kinds_of(_stems(nouns)))


def _how(rest: Sequence[str]) -> AnswerType | None:
    """What "how" and the words after it ask for: a number ("how many", "how old") or how somebody sees it."""
    first = rest[0] if rest else ""
    if tuple(rest[:2]) in _HOW_FAR_IN:
        return _number("time")
    if first in _HOW and tuple(rest[:2]) != ("much", "of"):
        heads = takewhile(lambda word: not is_stopword(word), rest[1 : 1 + _COUNTED])
        return _number(
            {"long": _length_or_time, "much": _amount}.get(first, lambda _: _HOW[first])(rest[1:]),
            tuple(map(stem, heads)) if first == "many" else (),
        )
    if first in _DOES and not _VIEWS.isdisjoint(rest):
        return AnswerType(Kind.STATEMENT)
    return None


def _length_or_time(rest: Sequence[str]) -> str:
    """Whether "how long" asks for hours alone ("did it last"): "is the bridge" may ask for metres."""
    return "time" if rest and rest[0] in _DOES | _WILL else "length time"


def _amount(rest: Sequence[str]) -> str:
    return "-" if _COSTS.isdisjoint(rest) else "money"


def _number(measures: str, heads: tuple[str, ...] = ()) -> AnswerType:
    units = (_UNITS.get(measure, frozenset()) for measure in measures.split())
    return AnswerType(Kind.NUMBER, heads, frozenset().union(*units))


def _what(first: str, rest: Sequence[str]) -> AnswerType | None:
    """What "what" or "which" and the words after it ask for."""
    second = rest[0] if rest else ""
    if second in _QUANTITIES:
        return _number(_QUANTITIES[second])
    if first == "what" and second in _DOES and not _PRICES.isdisjoint(rest):
        return _number("money")
    if first == "what" and second in _IS and rest[1:2] == ["the"]:
        total = next((word for word in rest[2 : 2 + _BEFORE_TOTAL] if word in _TOTALS), None)
        if total:
            return _number(_TOTALS[total])
    if second in _TIMES:
        return AnswerType(Kind.DATE)
    if second in _IS and (called := _called(rest[1:])):
        return _name_of(called)
    nouns = frozenset(map(stem, _noun_phrase(rest))) if second not in _AUXILIARIES else frozenset()
    if not nouns.isdisjoint(_PLACES):
        return AnswerType(Kind.PLACE)
    if first == "which" and (numbered := nouns & _NUMBERED):
        return _number("-", tuple(numbered))
    clause = rest[1:] if second == "exactly" else rest
    if first == "what" and clause and clause[0] in _DOES | _IS and not _STATEMENTS.isdisjoint(clause):
        return AnswerType(Kind.STATEMENT)
    kinds = _kinds_of(nouns)
    return AnswerType(Kind.NAME, names=kinds) if kinds or (first == "which" and second != "of") else None


def _called(rest: Sequence[str]) -> Sequence[str]:
    """The nouns of "is the dog called" behind "is": what has the name that is asked for."""
    place = next((place for place, word in enumerate(rest) if word in _CALLED), len(rest))
    is_closed = not rest[place + 1 :] or rest[place + 1] in _BEHIND_CALLED
    return _noun_phrase(rest[:place]) if place < len(rest) and is_closed else ()


def _noun_phrase(rest: Sequence[str]) -> list[str]:
    """At most four words, up to the first function word: "Indian company" of "Indian company was sold"."""
    start = next((place for place, word in enumerate(rest) if word not in _PARTITIVE), len(rest))
    phrase = takewhile(lambda word: word in _IN_PHRASES or not is_stopword(word), rest[start:])
    return list(phrase)[:_BEFORE_NOUN]


def _kinds_of(nouns: frozenset[str]) -> frozenset[NameKind]:
    """The kinds that a name has which such nouns ask for."""
    kinds: Mapping[NameKind, frozenset[str]] = {
        NameKind.PERSON: _PERSONS,
        NameKind.ORGANISATION: _ORGANISATIONS,
        NameKind.PLACE: _COUNTRIES,
        NameKind.PEOPLE: _COUNTRIES,
    }
    return frozenset(kind for kind, asked in kinds.items() if not nouns.isdisjoint(asked))


def _speaker(question: Sentence, asked: Sequence[tuple[str, int]]) -> str | None:
    """The first name between an auxiliary and a verb of saying: "What did *Ruiz* say?"."""
    verbs = _STATEMENTS | _VIEWS
    for place, (word, begin) in enumerate(asked):
        end = next((start for one, start in asked[place + 2 :] if one in verbs), None)
        if word in _DOES | _IS and end is not None:
            return next((name.text for name in question.names if begin < name.start < end), None)
    return None
