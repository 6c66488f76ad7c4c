"""Figures of an answer: what its sentences mark, by outlet and day, and whether these differ.

All of it is read off the answer's own sentences: what is marked in them, and what they cite.
"""

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from corpus.dates import day_of
from index.language.analysis import analyse_question
from index.language.quantities import number_of
from index.language.words import fold, is_stopword, stem, stems

View = Mapping[str, Any]
"""The contract's `ask` object."""

MOST_ROWS = 8
"""Rows of the table; with more marked words nothing is shown."""
_NOUN = re.compile(r" ([a-z]{3,})\b")
_CONFIRMED = ("verbatim", "supported")


def figures(view: View) -> list[dict[str, Any]]:
    """What the answer's sentences mark, in the order of days: `says`, `outlet`, `published_at`, `n`, `value`.

    [] unless the question asks for one thing, each sentence marks at most one stretch, the first one does,
    and each of these cites one source. Beside a name the sentence has a word of the question that is in none:
    "Who owns the Arnika?" is not answered by whose chairs are on it. `value` is alike where two say the same.
    """
    if view.get("status") not in ("answered", "partial") or len(view.get("searched") or ()) != 1:
        return []
    cited = {one["n"]: one for one in view["citations"]}
    claims = [one for one in view["sentences"] if one["role"] == "claim" and not one.get("folded")]
    claims = [one for one in claims if one["support"] != "unsupported"]
    if not claims or not claims[0]["highlights"]:
        return []
    asked = _words_beside_names(view["searched"][0])
    found: list[dict[str, Any]] = []
    for one in claims:
        if not one["highlights"]:
            continue
        citation = cited.get(one["citations"][0]) if len(one["citations"]) == 1 else None
        if len(one["highlights"]) > 1 or one["support"] not in _CONFIRMED or citation is None:
            return []
        [(start, end)] = one["highlights"]
        says = " ".join(one["text"][start:end].split())
        value = _value(says)
        if isinstance(value, float):
            says += _counted(one["text"][end:])
        elif isinstance(value, frozenset) and asked and asked.isdisjoint(stems(one["text"])):
            return []
        found.append({"says": says, "value": value, "n": citation["n"]} | _where(citation))
    found.sort(key=lambda one: day_of(one["published_at"] or ""))
    return found if len(found) <= MOST_ROWS else []


def differ(given: Iterable[tuple[Hashable, Hashable]]) -> bool:
    """Whether some of those who give figures give others: `given` has who gives each, and its value."""
    values: dict[Hashable, set[Hashable]] = {}
    for who, value in given:
        values.setdefault(who, set()).add(value)
    return len(set(map(frozenset, values.values()))) > 1


def _words_beside_names(question: str) -> frozenset[str]:
    """The stems of a question's content words that are in none of its names."""
    told = analyse_question(question)
    return frozenset(told.stems).difference(stem(word) for name in told.names for word in name.words)


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
