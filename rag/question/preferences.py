"""Which passages a question prefers: quoted words, outlets, days, sides that are compared, the newest.

A preference cuts nothing off, as a filter does; `rag.retrieve.preferred` lifts the passages that meet it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

from corpus.words.lists import read_lists
from corpus.words.quotation_marks import quoted_in
from index.language.asked_dates import asked, asked_years
from index.language.kinds import is_common
from index.language.sentence import Name
from index.language.words import fold, is_stopword, phrase, stem, words
from index.store.filters import source_key
from rag.question.analysed import AnalysedQuestion

Days = tuple[date, date]
_Token = tuple[str, int, int]
"""A word with its offsets."""

_LISTS = read_lists("rag.question", "preferences.txt")


def _words(section: str) -> frozenset[str]:
    return frozenset(" ".join(_LISTS[section]).split())


def _any_of(section: str) -> str:
    """A pattern for any of the section's lines, the longest first."""
    return "|".join(re.escape(line) for line in sorted(_LISTS[section], key=len, reverse=True))


_BEFORE = re.compile(rf"(?:.*\s)?(?:{_any_of('before an outlet')})(?: the)?")
_BEHIND, _COMPARING, _ENDS = _words("behind an outlet"), _words("comparing"), _words("ends of a side")
_BETWEEN = _words("between sides")
_FIRST_BEFORE = frozenset(line.split()[0] for line in _LISTS["before an outlet"])
OUTLET_TITLES = _words("last words of an outlet")
"""Last words of names of outlets, as "times" and "post"."""
_OF_REPORTS, _FURTHER = _words("what was reported"), _words("asking for more")
_NEWEST = re.compile(rf"\b(?:{_any_of('newest')})\b")
_NOT_NEWEST = re.compile(rf"\b(?:{_any_of('not newest')})\b")
_MARKS = "”“\"'’»«›‹"
_LONGEST_SPAN = 370
"""Days from which on a question asks about a time rather than about a date."""
_LONGEST_SIDE = 6
"""Words of a side that is compared."""
_MOST_SIDES = 4
_LONGEST_NAME = 5
"""Words of an outlet's name, as it is asked for."""
_JOINING = frozenset(("and", "or", "the", "vs", "vs.", "versus", ",", "&"))
_SITE = re.compile(r"[\w-]{2,}(?:\.[a-z]{2,})+")


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet of the archive, by its key, with its place; `is_cued`: the question asks for its words."""

    key: str
    start: int
    end: int
    is_cued: bool


@dataclass(frozen=True, slots=True)
class Side:
    """What a comparison names: an outlet by its key, a year, or words that a passage about it has, folded."""

    text: str
    outlet: str | None = None
    words: frozenset[str] = frozenset()
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a question prefers; false when it prefers nothing.

    `subject` is the question with "they" for outlets whose words it asks for; `quoted` are the texts between
    quotation marks; `outlets` the keys (`source_key`) of those outlets, each with its name as asked; `days`
    the first and the last one asked about, which are not counted from today. `asks_for_reports`: it names
    nothing but outlets or a date, as in "What did the Courier report on 3 May 2021?".
    """

    subject: str
    quoted: tuple[str, ...] = ()
    outlets: Mapping[str, str] = field(default_factory=dict)
    days: Days | None = None
    sides: tuple[Side, ...] = ()
    is_newest: bool = False
    others: tuple[str, ...] = ()
    """Outlets whose words it asks for and of which the archive has no article."""
    asks_for_reports: bool = False
    is_dated: bool = False
    """Whether it names a date, of which `days` may know nothing."""
    rest: frozenset[str] = frozenset()
    """Stems of its words beside those outlets, dates and "what was reported"."""

    def __bool__(self) -> bool:
        told = self.quoted or self.outlets or self.days or self.sides
        return bool(told or self.is_newest or self.asks_for_reports)


def preferences(
    question: AnalysedQuestion, outlets: Callable[[], Iterable[str]], today: Callable[[], date | None]
) -> Preferences:
    """What the question prefers; `outlets` are those of the archive, and dates count from `today`.

    Both are asked only where the question holds words that need them.
    """
    text = question.text
    plain = phrase(text)
    asks = _may_name_outlet(plain) or _NEWEST.search(plain) is not None
    named = outlets_in(text, outlets()) if asks else []
    quoted = tuple(_quoted(text))
    rest = _rest(question, named)
    return Preferences(
        without_outlets(text, named),
        quoted,
        {key: key for key in question.leaning.outlets}
        | {one.key: text[one.start : one.end] for one in named if one.is_cued},
        (_days(question, today(), outlets) if question.years else None) or question.leaning.days,
        tuple(_sides(question, named)) if _compares(question, plain, named) else (),
        question.leaning.is_newest or _asks_for_newest(question, named, quoted),
        tuple(_other_speakers(question, named)),
        _asks_for_reports(question, named, rest),
        bool(question.sentence.dates),
        frozenset(stem(word) for word in rest if not _is_of_reports(word)),
    )


def _quoted(text: str) -> Iterator[str]:
    """What stands in quotation marks that close."""
    for one in quoted_in([text])[0]:
        if one.end < len(text) and text[one.end] in _MARKS and phrase(text[one.start : one.end]):
            yield text[one.start : one.end].strip()


def _days(
    question: AnalysedQuestion, today: date | None, outlets: Callable[[], Iterable[str]]
) -> Days | None:
    """The days of a date with its year; one without does not say surely which days are meant."""
    told = asked(question.text, today, outlets) if today else None
    if told is None or told.is_relative or not told.is_sure or (told.last - told.first).days > _LONGEST_SPAN:
        return None
    return told.first, told.last


def _asks_for_newest(question: AnalysedQuestion, named: Sequence[Outlet], quoted: Sequence[str]) -> bool:
    """Whether "latest", "now" or the like stands outside names and quotations."""
    text = question.text
    spans = [(one.start, one.end) for one in question.sentence.names]
    for start, end in (*spans, *((one.start, one.end) for one in named)):
        text = text[:start] + " " * (end - start) + text[end:]
    for one in quoted:
        text = text.replace(one, " ")
    return _NEWEST.search(_NOT_NEWEST.sub(" ", phrase(text))) is not None


def _rest(question: AnalysedQuestion, named: Sequence[Outlet]) -> list[str]:
    """The question's folded words beside dates and the outlets that it asks for."""
    asked = [(one.start, one.end) for one in named if one.is_cued]
    asked += [(date.start, date.end) for date in question.sentence.dates]
    return [
        fold(word)
        for word, start, _ in question.sentence.words
        if not any(first <= start < last for first, last in asked)
    ]


def _asks_for_reports(question: AnalysedQuestion, named: Sequence[Outlet], rest: Sequence[str]) -> bool:
    """Whether beside outlets and dates there are only words such as "what was reported"."""
    is_asked = bool(question.sentence.dates) or any(one.is_cued for one in named)
    return is_asked and _FURTHER.isdisjoint(rest) and all(map(_is_of_reports, rest))


def _is_of_reports(word: str) -> bool:
    return is_stopword(word) or word in _OF_REPORTS or word in _BEHIND


# Outlets


def _may_name_outlet(plain: str) -> bool:
    """Whether a word stands there that an outlet may be named beside."""
    return not (_BEHIND | _COMPARING | _FIRST_BEFORE).isdisjoint(plain.split())


def outlets_in(text: str, outlets: Iterable[str], *, in_small_letters: bool = False) -> list[Outlet]:
    """The archive's outlets that stand in the question, in order.

    Of outlets joined by "and" the words of each are asked for if those of one are. `in_small_letters`: "the
    courier" is the Courier too, as where no other thing can be asked for.
    """
    forms = _all_forms(tuple(outlets))
    tokens = words(text)
    found: dict[str, Outlet] = {}
    common: list[Outlet] = []
    """Such as may be no names: "the week"."""
    for first in range(len(tokens)):
        for last in range(min(first + _LONGEST_NAME, len(tokens)) - 1, first - 1, -1):
            run = tokens[first : last + 1]
            key = forms.get("".join(fold(word) for word, _, _ in run))
            is_cued = _is_cued(tokens, first, last)
            if key is None or key in found:
                continue
            outlet = Outlet(key, run[0][1], run[-1][2], is_cued)
            if _is_written_as_name(run, text, is_cued=is_cued) or (
                in_small_letters and _is_led_to(tokens, first, last)
            ):
                found[key] = outlet
                break
            common.append(outlet)
    # Beside an outlet the words of another's whole name are one, where nothing has a capital.
    for one in common if not any(letter.isupper() for letter in text[1:]) else ():
        if any(_between(text, one, other) <= _JOINING for other in found.values()):
            found.setdefault(one.key, one)
    named = sorted(found.values(), key=lambda one: one.start)
    for _ in range(2):
        for one, other in [*pairwise(named), *pairwise(named[::-1])]:
            if one.is_cued and not other.is_cued and _between(text, one, other) <= _JOINING:
                named = [replace(each, is_cued=True) if each == other else each for each in named]
    return named


@lru_cache(maxsize=4)
def _all_forms(outlets: tuple[str, ...]) -> Mapping[str, str]:
    """Keys of the outlets by each form of their names; kept, since an archive seldom gets a new outlet."""
    return {form: source_key(outlet) for outlet in outlets for form in _forms(outlet)}


def _other_speakers(question: AnalysedQuestion, named: Sequence[Outlet]) -> Iterator[str]:
    """Names of outlets, by their last word, that are asked for their words."""
    tokens = question.sentence.words
    titled = []
    for name in question.sentence.names:
        is_outlet = any(one.start < name.end and name.start < one.end for one in named)
        places = [place for place, one in enumerate(tokens) if name.start <= one[1] < name.end]
        if len(places) > 1 and name.words[-1] in OUTLET_TITLES and not is_outlet:
            titled.append((name, _is_cued(tokens, places[0], places[-1])))
    for name, is_cued in titled:
        # Of names joined by "and" the words of each are asked for if those of one are.
        beside = (
            other
            for other, is_other_cued in titled
            if is_other_cued and _are_joined(question.text, name, other)
        )
        if is_cued or any(beside):
            yield name.text


def _are_joined(text: str, one: Name, other: Name) -> bool:
    return one is not other and _between(text, one, other) <= _JOINING


def _between(text: str, one: Outlet | Name, other: Outlet | Name) -> frozenset[str]:
    """The words between the two."""
    return frozenset(text[min(one.end, other.end) : max(one.start, other.start)].casefold().split())


def _forms(outlet: str) -> Iterator[str]:
    """An outlet's names, words without blanks: whole, "the Courier", and a site without its domain."""
    key = source_key(outlet)
    if _SITE.fullmatch(key):
        yield key.split(".")[0].replace("-", "")
    parts = phrase(outlet).removeprefix("the ").split()
    if parts:
        yield "".join(parts)
    if len(parts) > 1 and len(parts[-1]) > 3:
        yield f"the{parts[-1]}"


def _is_written_as_name(run: Sequence[_Token], text: str, *, is_cued: bool) -> bool:
    """Whether it has a capital, as a word of English must; others only where the question has capitals.

    Several words that are asked for what they report need none.
    """
    names = [word for word, _, _ in run if fold(word) != "the"] or [run[0][0]]
    is_word = len(names) == 1 and is_common(fold(names[0]))
    if any(word[0].isupper() for word in names) or (is_cued and len(names) > 1):
        return True
    return not is_word and not any(letter.isupper() for letter in text[1:])


def _is_led_to(tokens: Sequence[_Token], first: int, last: int) -> bool:
    """Whether it has several words or no other meaning, or "the", "from" or "by" lead to it."""
    leading = {fold(word) for word, _, _ in tokens[max(0, first - 1) : first + 1]}
    is_word = first == last and is_common(fold(tokens[first][0]))
    return not is_word or not leading.isdisjoint(("the", "from", "by"))


def _is_cued(tokens: Sequence[_Token], first: int, last: int) -> bool:
    before = " ".join(fold(word) for word, _, _ in tokens[max(0, first - 3) : first])
    behind = fold(tokens[last + 1][0]) if last + 1 < len(tokens) else ""
    return _BEFORE.fullmatch(before) is not None or behind in _BEHIND


def without_outlets(text: str, named: Sequence[Outlet]) -> str:
    """The question with "they" for the outlets whose words it asks for: names say nothing of its subject."""
    begins = len(text)
    for one in sorted(named, key=lambda one: -one.start):
        if not one.is_cued:
            continue
        before = text[: one.start]
        start = one.start - (4 if before.casefold().endswith("the ") else 0)
        joined = set(text[one.end : begins].casefold().split()) <= _JOINING and begins < len(text)
        text = text[:start] + "they" + text[begins + len("they") if joined else one.end :]
        begins = start
    return text


# Sides of a comparison


def _compares(question: AnalysedQuestion, plain: str, named: Sequence[Outlet]) -> bool:
    """Whether it has a word that compares, or wants outlets set side by side and names some."""
    is_of_outlets = question.intent == "comparison" and len(named) > 1
    return is_of_outlets or not _COMPARING.isdisjoint(plain.split())


def _sides(question: AnalysedQuestion, named: Sequence[Outlet]) -> Iterator[Side]:
    """The sides that the question compares: what stands beside "and", "versus", "compared with"."""
    tokens = [(fold(word), start, end) for word, start, end in question.sentence.words]
    if len(named) > 1:
        yield from (Side(question.text[one.start : one.end], one.key) for one in named[:_MOST_SIDES])
        return
    for place, (word, _, _) in enumerate(tokens):
        if word not in _BETWEEN or _is_in_name(question, tokens[place]):
            continue
        if word in ("with", "to") and not _COMPARING & {token for token, _, _ in tokens[:place]}:
            continue
        left = _beside(reversed(tokens[max(0, place - _LONGEST_SIDE) : place]))[::-1]
        right = _beside(tokens[place + 1 : place + 1 + _LONGEST_SIDE])
        if not left or not right:
            continue
        found = [_side(question, left), _side(question, right)]
        years = [asked_years(one.text) for one in found]
        if all(len(each) == 1 for each in years) and years[0] != years[1]:
            yield from (Side(str(year), year=year) for each in years for year in each)
            return
        shared = found[0].words & found[1].words
        sides = [replace(one, words=one.words - shared) for one in found]
        if all(one.words for one in sides):
            yield from sides
            return


def _is_in_name(question: AnalysedQuestion, token: _Token) -> bool:
    return any(name.start < token[1] and token[2] < name.end for name in question.sentence.names)


def _beside(tokens: Iterable[_Token]) -> list[_Token]:
    """The words of a side, going away from what stands between the sides, up to one that ends it."""
    side: list[_Token] = []
    for token in tokens:
        if token[0] not in _ENDS or (token[0] == "in" and side):
            side.append(token)
        elif side:
            break
    return side


def _side(question: AnalysedQuestion, tokens: Sequence[_Token]) -> Side:
    """The side of these words: the names in it, else its content words."""
    start, end = tokens[0][1], tokens[-1][2]
    names = [name for name in question.sentence.names if start <= name.start and name.end <= end]
    named = [word for name in names for word in name.words]
    content = named or [word for word, _, _ in tokens if not is_stopword(word)]
    return Side(question.text[start:end], words=frozenset(content or [word for word, _, _ in tokens]))
