"""The filters of the page's "Narrow" control (outlets, first and last day) and its label while collapsed."""

from dataclasses import dataclass
from datetime import date, timedelta

from corpus.errors import QuestionError
from index.store.filters import Filter
from rag.web.templates import short_date

_NAMED = 2
"""Outlets named in the label; more are counted."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that are set; days are YYYY-MM-DD, both included, empty where there is no limit."""

    sources: tuple[str, ...] = ()
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, sources: object, first: object, last: object) -> "Filters":
        """From the values of the controls as a client sends them; what is no text is left out."""
        names = sources if isinstance(sources, list) else []
        first, last = (day.strip() if isinstance(day, str) else "" for day in (first, last))
        return cls(tuple(name for name in names if isinstance(name, str)), first, last)

    def filter(self) -> Filter:
        """The filter. Raises QuestionError for an invalid date, and for a last day before the first."""
        first, last = _day(self.first), _day(self.last)
        if first and last and last < first:
            raise QuestionError(
                f"No day lies between {short_date(first.isoformat())} and {short_date(last.isoformat())}: "
                "swap the dates under Narrow."
            )
        before = (last + timedelta(days=1)).isoformat() if last and last < date.max else None
        return Filter(sources=self.sources, after=first.isoformat() if first else None, before=before)

    def label(self) -> str:
        """The control's label: "Narrow", followed by the filters that are set."""
        set_: list[str] = []
        if self.sources:
            few = len(self.sources) <= _NAMED
            set_.append(", ".join(self.sources) if few else f"{len(self.sources)} outlets")
        set_ += [f"{word} {_shown(day)}" for word, day in (("from", self.first), ("to", self.last)) if day]
        return f"Narrow: {', '.join(set_)}" if set_ else "Narrow"


def _day(written: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise QuestionError(f"{written[:40]!r} is no date; write it as 2019-10-15 under Narrow.") from error


def _shown(day: str) -> str:
    try:
        return short_date(date.fromisoformat(day).isoformat()) or day
    except ValueError:
        return day[:40]
