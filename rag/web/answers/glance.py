"""What stands above an answer: the figure, name or day that it says, by outlet; the days of a timeline."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from rag.about.figures import View, compared, differ
from rag.render import day_in_timeline

_IMPLIED = {"least": {"least", "over", None}, "most": {"most", "under", None}, "about": {"about", None}}
"""By the bound of a number those of the same number that say no less: "more than 40" is at least 40."""


def first_line(told: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What all of them say: `says` in the fullest form, and the figures themselves in `by`; else None.

    Of "at least 40" and "more than 40" all say the first; "40" and "more than 40" have nothing in common.
    """
    bounds = {one["bound"] for one in told}
    shared = [bound for bound in bounds if bounds <= _IMPLIED.get(bound, {bound})]
    if not shared or not _all_alike(told):
        return None
    says = max((one["says"] for one in told if one["bound"] in shared), key=len)
    return {"says": says, "by": _each_once(told)}


def table(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of the figures where sources differ, in the order of days, in which a number grows.

    [] where they do not, and for other words, which may differ and tell the same.
    """
    if not all(isinstance(one["value"], float) for one in told) or not differ(compared(told)):
        return []
    rows = _each_once(told)
    return rows if len(rows) > 1 else []


def days_told(view: View) -> list[dict[str, Any]]:
    """The days of a timeline: `day` and the `index` of the first sentence that tells of it.

    A day is that on which it happened (`YYYY-MM-DD`, or a month or year where no more is told), else that of
    its article. [] for other answers and for fewer than two days.
    """
    if view.get("intent") != "timeline" or view.get("status") not in ("answered", "partial"):
        return []
    cited = {one["n"]: one for one in view["citations"]}
    first: dict[str, int] = {}
    for one in view["sentences"]:
        if one["role"] != "claim" or one["support"] == "unsupported" or one.get("folded"):
            continue
        published = next((cited[n]["published_at"] for n in one["citations"] if n in cited), None)
        if day := day_in_timeline(one["text"], published):
            first.setdefault(day, one["index"])
    return [{"day": day, "index": first[day]} for day in sorted(first)] if len(first) > 1 else []


def _all_alike(told: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all say the same: one number, the same words, or a name in full and parts of it."""
    values = {one["value"] for one in told}
    if not all(isinstance(value, frozenset) for value in values):
        return len(values) == 1
    return frozenset().union(*values) in values


def _each_once(told: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The same of one outlet once, as it said it first."""
    once: dict[tuple[str, Hashable], Mapping[str, Any]] = {}
    for one in told:
        once.setdefault((one["outlet"], one["value"]), one)
    return list(once.values())
