"""What stands above an answer: the figure, name or day that it says, by outlet; the days of a timeline.

All of it is read off the answer's own sentences: what is marked in them, what they cite, and the dates that
they tell.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from corpus.dates import day_of
from index.language.dates import told_dates
from index.language.quantities import number_of
from index.language.words import fold, is_stopword
from rag.quote.telling import happened

View = Mapping[str, Any]

MOST_ROWS = 8
"""Rows of the table; with more marked words nothing is shown."""
_NOUN = re.compile(r" ([a-z]{3,})\b")
_CONFIRMED = ("verbatim", "supported")


def figures(view: View) -> list[dict[str, Any]]:
    """What the answer's sentences mark, in the order of days: `says`, `outlet`, `published_at`, `n`, `value`.

    [] unless the question asks for one thing, each sentence marks at most one stretch, the first one does,
    and each of these cites one source. `value` is alike where two say the same.
    """
    if view.get("status") not in ("answered", "partial") or len(view.get("searched") or ()) != 1:
        return []
    cited = {one["n"]: one for one in view["citations"]}
    claims = [one for one in view["sentences"] if one["role"] == "claim" and not one.get("folded")]
    claims = [one for one in claims if one["support"] != "unsupported"]
    if not claims or not claims[0]["highlights"]:
        return []
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
        found.append({"says": says, "value": value, "n": citation["n"]} | _where(citation))
    found.sort(key=lambda one: day_of(one["published_at"] or ""))
    return found if len(found) <= MOST_ROWS else []


def first_line(told: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What all of them say: `says` in the fullest form, and the figures themselves in `by`; else None."""
    if not told or not _all_alike(told):
        return None
    return {"says": max((one["says"] for one in told), key=len), "by": _each_once(told)}


def table(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of the figures where these differ; else []: other words may differ and tell the same."""
    are_figures = all(isinstance(one["value"], float) for one in told)
    return _each_once(told) if told and are_figures and not _all_alike(told) else []


def days_told(view: View) -> list[dict[str, Any]]:
    """The days of a timeline: `day` (`YYYY-MM-DD`) and the `index` of the first sentence that tells of it.

    A sentence tells of the first day that it names, else of the day of its article; one that lies ahead is
    news of its article's day. [] for other answers and for fewer than two days.
    """
    if view.get("intent") != "timeline" or view.get("status") not in ("answered", "partial"):
        return []
    cited = {one["n"]: one for one in view["citations"]}
    first: dict[str, int] = {}
    for one in view["sentences"]:
        if one["role"] != "claim" or one["support"] == "unsupported" or one.get("folded"):
            continue
        published = next((cited[n]["published_at"] for n in one["citations"] if n in cited), None)
        if day := _day(one["text"], published):
            first.setdefault(day, one["index"])
    return [{"day": day, "index": first[day]} for day in sorted(first)] if len(first) > 1 else []


def _day(text: str, published_at: str | None) -> str | None:
    published = day_of(published_at) if published_at else None
    told = happened(told_dates(text, date.fromisoformat(published) if published else None))
    return min(told, published) if told and published else told or published


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


def _all_alike(told: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all say the same: one number, the same words, or a name in full and parts of it."""
    values = {one["value"] for one in told}
    if not all(isinstance(value, frozenset) for value in values):
        return len(values) == 1
    return frozenset().union(*values) in values


def _each_once(told: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The same words of one outlet on one day once."""
    return list({(one["outlet"], one["published_at"], one["value"]): one for one in told}.values())
