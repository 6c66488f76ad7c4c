"""Figures of an answer: what its sentences tell, by outlet and day, and whether these differ.

All of it is read off the answer's own sentences: what is marked in the first, may be asked for in others,
and what they cite.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from corpus.dates import day_of
from index.language.analysis import analyse_question
from index.language.dates import told_dates
from index.language.quantities import number_of, quantities
from index.language.words import fold, is_stopword, stem, stems
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.spans import highlights

View = Mapping[str, Any]
"""The contract's `ask` object."""

MOST_ROWS = 8
"""Rows of the table; with more marked words nothing is shown."""
_NOUN = re.compile(r" ([a-z]{3,})\b")
_JUST = r"(?:(?:just|well|slightly|far) )?"
_HEDGES = {
    "least": r"at least|(?:no|not) (?:fewer|less) than",
    "over": rf"{_JUST}(?:more than|over|above)|upwards of|in excess of"
    r"|(?<!not )(?<!never )(?:passed|topped|exceeded|surpassed)",
    "most": r"at most|up to|(?:no|not) more than|as (?:many|much) as",
    "under": rf"{_JUST}(?:fewer than|less than|under|below)",
    "about": r"about|around|approximately|roughly|some|(?:an )?estimated|nearly|almost|close to|short of",
}
"""What stands right before a figure and is part of it, by what it says of the number."""
_HEDGE = re.compile(rf"\b(?:{'|'.join(f'(?P<{bound}>{words})' for bound, words in _HEDGES.items())})$", re.I)
_BEHIND = re.compile(r" or (?:(?P<least>more)|(?P<most>fewer|less)|(?P<about>so))\b")
_IN_TIME = re.compile(r"\W*(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?)\b")
"""Behind a number with "over" before it: "over three days" is mostly no more than in three days."""
_CONFIRMED = ("verbatim", "supported")


def figures(view: View) -> list[dict[str, Any]]:
    """What the answer's sentences tell, in the order of days: `says`, `outlet`, `published_at`, `n`, `value`.

    A number is said with what the sentence says of it, "more than 160,000 people"; its `bound` is then
    "least", "over", "most", "under" or "about", else None, and its `value` the number all the same.

    [] unless the question asks for one thing, something is marked in the first sentence, each has at most one
    stretch that may be asked for, and each of these cites one source. Beside a name the sentence has a word
    of the question that is in none: "Who owns the Arnika?" is not answered by whose chairs are on it. `value`
    is alike where two say the same.
    """
    if view.get("status") not in ("answered", "partial") or len(view.get("searched") or ()) != 1:
        return []
    cited = {one["n"]: one for one in view["citations"]}
    claims = [one for one in view["sentences"] if one["role"] == "claim" and not one.get("folded")]
    claims = [one for one in claims if one["support"] != "unsupported"]
    if not claims or not claims[0]["highlights"]:
        return []
    question = analysed(view["searched"][0])
    asked = _words_beside_names(question)
    found: list[dict[str, Any]] = []
    for one in claims:
        spans = one["highlights"] or highlights(analyse_question(one["text"]), question)
        if not spans:
            continue
        citation = cited.get(one["citations"][0]) if len(one["citations"]) == 1 else None
        if len(spans) > 1 or one["support"] not in _CONFIRMED or citation is None:
            return []
        [(start, end)] = spans
        says = " ".join(one["text"][start:end].split())
        value = _value(says)
        if isinstance(value, frozenset) and asked and asked.isdisjoint(stems(one["text"])):
            return []
        told, bound = _told(one["text"], start, end, says, is_number=isinstance(value, float))
        found.append({"says": told, "bound": bound, "value": value, "n": citation["n"]} | _where(citation))
    found.sort(key=lambda one: day_of(one["published_at"] or ""))
    return found if len(found) <= MOST_ROWS else []


def differ(given: Iterable[tuple[Hashable, Hashable]]) -> bool:
    """Whether some of those who give figures give others: `given` has who gives each, and its value."""
    values: dict[Hashable, set[Hashable]] = {}
    for who, value in given:
        values.setdefault(who, set()).add(value)
    return len(set(map(frozenset, values.values()))) > 1


def compared(told: Sequence[Mapping[str, Any]]) -> list[tuple[Hashable, Hashable]]:
    """What tells whether figures differ (`differ`): the outlet's citation of each, and its value.

    A bound has the value of a figure of its day that it holds for: 190,000 are "at least 160,000".
    """
    return [(one["n"], next(_held(one, told), one["value"])) for one in told]


def _held(one: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> Iterator[float]:
    """The numbers without a bound of the same day that a bound holds for."""
    for other in told:
        same_day = day_of(one["published_at"] or "") == day_of(other["published_at"] or "")
        if same_day and other["bound"] is None and isinstance(other["value"], float):
            is_more = one["bound"] in ("least", "over") and other["value"] >= one["value"]
            if is_more or (one["bound"] in ("most", "under") and other["value"] <= one["value"]):
                yield other["value"]


def _told(text: str, start: int, end: int, says: str, *, is_number: bool) -> tuple[str, str | None]:
    """What a sentence says from `start` to `end`, a number with its hedge and noun; and the hedge's bound."""
    if not is_number and (not quantities(says) or told_dates(says)):
        return says, None
    behind = _BEHIND.match(text, end)
    says += behind[0] if behind else _counted(text[end:]) if is_number else ""
    if behind:
        return says, behind.lastgroup
    inside = next((match for words in _openings(says) if (match := _HEDGE.search(words))), None)
    if inside:
        return says, inside.lastgroup
    before = _HEDGE.search(" ".join(text[:start].split()))
    if before is None or (before[0].lower().endswith("over") and _IN_TIME.match(text, end)):
        return says, None
    return f"{before[0].lower()} {says}", before.lastgroup


def _openings(says: str) -> list[str]:
    """The words before each number in it."""
    return [says[: one.start].strip() for one in quantities(says)]


def _words_beside_names(question: AnalysedQuestion) -> frozenset[str]:
    """The stems of a question's content words that are in none of its names."""
    named = (stem(word) for name in question.sentence.names for word in name.words)
    return question.stems.difference(named)


def _where(citation: View) -> dict[str, Any]:
    return {"outlet": citation["source"] or citation["title"], "published_at": citation["published_at"]}


def _counted(behind: str) -> str:
    """The noun right behind a figure, with a blank before it: " days"; "" where none is."""
    found = _NOUN.match(behind)
    return f" {found[1]}" if found and not is_stopword(found[1]) else ""


def _value(says: str) -> float | frozenset[str] | str:
    """A number by its value, a name by its words, anything else by all that it says."""
    number, words = number_of(says), says.split()
    if number is not None:
        return number
    return frozenset(map(fold, words)) if all(word[0].isupper() for word in words) else says.casefold()
