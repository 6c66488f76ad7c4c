"""Saying that the archive does not say, and why: the contract's three abstentions, in words."""

from collections.abc import Sequence
from datetime import date

from index.filters import Filter
from index.store import Archive
from rag.answer import Status
from rag.render import written_date

Days = tuple[date, date]


def outside(archive: Archive, days: Days | None, where: Filter) -> bool:
    """Whether the days asked for, by the question or the filters, all lie outside the archive's own.

    An archive without any dated article has no coverage to be outside of, except for a date filter, which no
    undated article passes.
    """
    if archive.first is None or archive.last is None:
        return where.has_dates and archive.articles > 0
    if where.after and where.after > archive.last:
        return True
    if where.before and where.before <= archive.first:
        return True
    if where.as_of and where.as_of[:10] < archive.first:
        return True
    return days is not None and (days[0].isoformat() > archive.last or days[1].isoformat() < archive.first)


def explanation(status: Status, archive: Archive, missing: Sequence[str] = ()) -> str:
    """One or two sentences that say what the archive does not hold."""
    match status:
        case "outside_coverage":
            if archive.first is None or archive.last is None:
                return "The question asks for certain dates, and no article in this archive carries a date."
            first, last = written_date(archive.first), written_date(archive.last)
            return f"The dates asked for lie outside this archive, which runs from {first} to {last}."
        case "not_in_archive":
            if not archive.articles:
                return "The archive is empty."
            return f"Nothing in this archive bears on the question.{_missing(missing)}"
        case _:
            return f"The archive covers this subject, but does not say.{_missing(missing)}"


def _missing(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    return f" What was found does not mention {' or '.join(f'“{name}”' for name in missing)}."
