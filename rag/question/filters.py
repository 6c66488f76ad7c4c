"""Filters as flags, JSON bodies and stored records write them, parsed into a `Filter`."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from corpus.errors import UsageError
from index.language.words import phrase
from index.store.filters import Filter, source_key
from rag.answer import Notice

MOST_PASSAGES = 1_000
_MOST_OUTLETS = 8
"""Outlets that are named where one is unknown."""
FILTERS = ("source", "after", "before", "as_of")


def without_surrogates(text: str) -> str:
    """`text` with each lone surrogate, which argv and JSON can hold and UTF-8 cannot, replaced by "?"."""
    return text.encode(errors="replace").decode()


def merge_filters(where: Filter, written: Mapping[str, object]) -> Filter:
    """`where` with each filter that `written` holds in place of its own; an absent key and None keep it.

    `source` may be one name or a list of names. Raises `UsageError` naming the value that cannot be used.
    """
    sources = _names(written["source"]) if written.get("source") is not None else where.sources
    after, before, as_of = (_date(name, written.get(name)) or getattr(where, name) for name in FILTERS[1:])
    merged = Filter(sources, after, before, as_of)
    if merged.after and merged.before and merged.after >= merged.before:
        raise UsageError(
            f"no day is from {merged.after} on and before {merged.before}; widen --after or --before"
        )
    return merged


def filters_to_json(where: Filter) -> dict[str, object]:
    """The filters as `merge_filters` reads them; None for each that is not set."""
    return {"source": list(where.sources) or None} | {name: getattr(where, name) for name in FILTERS[1:]}


def unknown_outlets(where: Filter, outlets: Callable[[], Sequence[str]]) -> Notice | None:
    """One sentence about outlets of a filter of which the archive has no article; None if it has of all.

    It names the outlet that is spelled nearly so, else the first of the archive's `outlets`, which are
    asked for only where the filter names some.
    """
    if not where.sources:
        return None
    known = outlets()
    keys = {source_key(outlet) for outlet in known}
    absent = [one for one in where.sources if source_key(one) not in keys]
    if not absent:
        return None
    plain = {phrase(outlet).removeprefix("the "): outlet for outlet in known}
    wanted = (phrase(one).removeprefix("the ") for one in absent)
    near = [plain[key] for one in wanted for key in get_close_matches(one, plain, n=1)]
    shown = near or list(known[:_MOST_OUTLETS])
    others = len(known) - len(shown)
    more = f" and {others:,} more" if others and not near else ""
    says = f"The archive has no article of {' or '.join(absent)};"
    if not known:
        return Notice(f"{says} it names no outlet at all.", "no_outlet", absent=absent)
    if near:
        return Notice(f"{says} did you mean {' or '.join(near)}?", "outlet_near", absent=absent, near=near)
    listed = ", ".join(shown)
    told = f"{listed} …" if others else listed
    return Notice(f"{says} its outlets are {listed}{more}.", "outlets", absent=absent, outlets=told)


def _names(value: object) -> tuple[str, ...]:
    listed: list[object] = value if isinstance(value, list) else [value]
    names = [without_surrogates(name) for name in listed if isinstance(name, str) and name.strip()]
    if len(names) < len(listed):
        raise UsageError(f"source must be the name of an outlet or a list of names, not {value!r}")
    return tuple(names)


def _date(name: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise UsageError(f"{name} must be a date such as 2019-10-15, not {value!r}")
