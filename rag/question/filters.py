"""The one place that turns written filters into a `Filter`, wherever they were written."""

from collections.abc import Mapping

from corpus.errors import UsageError
from index.store.filters import Filter

MOST_PASSAGES = 1_000
FILTERS = ("source", "after", "before", "as_of")


def plain(text: str) -> str:
    """`text` without the halves of characters that argv and JSON can hold and UTF-8 cannot."""
    return text.encode(errors="replace").decode()


def narrow(where: Filter, written: Mapping[str, object]) -> Filter:
    """`where` with the filters that `written` holds in place of its own; absent and None keep them.

    `source` may be one name or a list of names. Raises `UsageError` naming the value that cannot be used.
    """
    sources = _names(written["source"]) if written.get("source") is not None else where.sources
    after, before, as_of = (_date(name, written.get(name)) or getattr(where, name) for name in FILTERS[1:])
    narrowed = Filter(sources, after, before, as_of)
    if narrowed.after and narrowed.before and narrowed.after >= narrowed.before:
        raise UsageError(
            f"no day is from {narrowed.after} on and before {narrowed.before}; widen --after or --before"
        )
    return narrowed


def _names(value: object) -> tuple[str, ...]:
    listed: list[object] = value if isinstance(value, list) else [value]
    names = [plain(name) for name in listed if isinstance(name, str) and name.strip()]
    if len(names) < len(listed):
        raise UsageError(f"source must be the name of an outlet or a list of names, not {value!r}")
    return tuple(names)


def _date(name: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise UsageError(f"{name} must be a date such as 2019-10-15, not {value!r}")
