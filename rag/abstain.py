"""Decides whether to abstain: the answer's status from confidence, names and dates, and its explanation."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from index.store.filters import Filter
from index.store.store import Archive
from rag.answer import Citation, Draft, Intent, Notice, Sentence, Status
from rag.render import written_date

Days = tuple[date, date]
Verdict = Literal["answered", "not_stated", "not_in_archive"]
"""A reader's part of the contract's status; `outside_coverage` is decided from the dates asked for."""

THRESHOLD = 0.45
"""Confidence from which an answer is given; below it the reader abstains."""
RELEVANT = -4.5
"""Logit below which not even the subject is covered."""
MOST_TITLES = 3
"""Titles that a notice about withheld articles names."""


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
    """The status of an extractive answer; `beyond`: the days asked for lie outside the archive."""
    answered = verdicts.count("answered")
    if answered:
        return "answered" if answered == len(verdicts) else "partial"
    if beyond:
        return "outside_coverage"
    return "not_in_archive" if all(verdict == "not_in_archive" for verdict in verdicts) else "not_stated"


def status_of_draft(draft: Draft, written: Sequence[Sentence], *, beyond: bool) -> Status | None:
    """The status of a language model's answer; None when the extractive reader has to answer instead.

    `written` are its sentences, those that were left out too; `beyond` as in `status_of`. An answer is
    complete only if the check says that what is left answers wholly, or, where nothing checked that, if
    nothing was left out or said to be missing, words alone confirm a claim, and they find no fault with any.
    Claims that do not answer stay as they were shown: `partial`. A gap that nobody
    confirmed does not keep the other reader from answering.
    """
    claims = [one for one in written if one.role == "claim" and one.support != "unsupported"]
    gaps = [one for one in written if one.role == "gap"]
    left_out = any(one.support == "unsupported" for one in written)
    if claims:
        confirmed = any(one.support in ("verbatim", "supported") for one in claims)
        faulty = left_out or any(one.support == "unconfirmed" and one.reason for one in claims)
        untouched = draft.answers is None and confirmed and not faulty and not gaps
        wholly = draft.outcome == "complete" and (draft.answers == "wholly" or untouched)
        return "answered" if wholly else "partial"
    if draft.outcome == "refused" or any(one.support != "unconfirmed" for one in gaps):
        return "outside_coverage" if beyond else "not_stated"
    return None


def outside(archive: Archive, days: Days | None, where: Filter) -> bool:
    """Whether the days asked for, by the question or the filters, all lie outside the archive's own.

    An archive without any dated article has no coverage to be outside of, except for a date filter, which no
    undated article passes.
    """
    if archive.first is None or archive.last is None:
        return where.has_dates and archive.articles > 0
    first, last = (days[0].isoformat(), days[1].isoformat()) if days else (archive.first, archive.last)
    return bool(
        (where.after and where.after > archive.last)
        or (where.before and where.before <= archive.first)
        or (where.as_of and where.as_of[:10] < archive.first)
        or first > archive.last
        or last < archive.first
    )


def withheld(titles: Sequence[str]) -> Notice:
    """One sentence about articles that would be quoted if the part of them that is shown were not used up."""
    named = ", ".join(f"“{title}”" for title in titles[:MOST_TITLES])
    more = " and others" if len(titles) > MOST_TITLES else ""
    says = "This archive shows each visitor only a part of an article in a day"
    says += f", and of {named}{more} that part is used up; ask again tomorrow."
    return Notice(says, "withheld", titles=f"{named} …" if more else named)


def earlier(archive: Archive) -> Notice:
    """One sentence about an answer that is of an earlier time than the one asked about."""
    last = written_date(archive.last or "")
    says = f"This archive ends on {last}, before the time asked about: the answer is of an earlier time."
    return Notice(says, "earlier", day=archive.last)


def of_what_is_cited(cited: Sequence[Citation], intent: Intent, *, asks_newest: bool) -> Iterator[Notice]:
    """The day of an answer to what is so now, and the outlet of a comparison, if all of it is of one."""
    days = [one.published_at for one in cited if one.published_at]
    if days and intent == "question" and asks_newest:
        says = f"The newest article quoted is of {written_date(max(days))}."
        yield Notice(says, "newest_quoted", day=max(days)[:10])
    outlets = {one.source for one in cited}
    if intent == "comparison" and len(outlets) == 1 and (outlet := outlets.pop()):
        says = f"The articles found about this are all of one outlet: {outlet}."
        yield Notice(says, "one_outlet", outlet=outlet)


def explanation(status: Status, archive: Archive, missing: Sequence[str] = ()) -> str:
    """One or two sentences that say what the archive does not hold."""
    names = " or ".join(f"“{name}”" for name in missing)
    absent = f" What was found does not mention {names}." if missing else ""
    match status:
        case "outside_coverage":
            if archive.first is None or archive.last is None:
                return "The question asks for certain dates, and no article in this archive carries a date."
            first, last = written_date(archive.first), written_date(archive.last)
            return f"The dates asked for lie outside this archive, which runs from {first} to {last}."
        case "not_in_archive":
            if not archive.articles:
                return "The archive is empty."
            return f"Nothing in this archive bears on the question.{absent}"
        case _:
            return f"The archive covers this subject, but does not say.{absent}"
