"""Deciding to abstain, and saying why: from a reader's confidence to the contract's status, and its words."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from index.store.filters import Filter
from index.store.store import Archive
from rag.answer import Status
from rag.render import written_date

Days = tuple[date, date]
Verdict = Literal["answered", "not_stated", "not_in_archive"]
"""A reader's part of the contract's status; `outside_coverage` is decided from the dates asked for."""

THRESHOLD = 0.5
"""Confidence from which an answer is given; below it the reader abstains."""
RELEVANT = -4.5
"""Logit below which not even the subject is covered."""


def verdict_on(
    confidence: float, missing: Sequence[str], logit: float, *, dated: bool, threshold: float
) -> Verdict:
    """Whether the best sentences answer.

    `confidence` is calibrated, in 0 to 1; `missing` are names of the question that nothing found mentions;
    `logit` is the cross-encoder's best; `dated` says whether the best sentence fits the years asked for.
    """
    if confidence >= threshold and dated and not missing:
        return "answered"
    return "not_stated" if logit > RELEVANT else "not_in_archive"


def status_of(verdicts: Sequence[Verdict], *, beyond: bool) -> Status:
    """The status of a whole answer; `beyond`: the days asked for lie outside the archive."""
    answered = verdicts.count("answered")
    if answered:
        return "answered" if answered == len(verdicts) else "partial"
    if beyond:
        return "outside_coverage"
    return "not_in_archive" if all(verdict == "not_in_archive" for verdict in verdicts) else "not_stated"


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
