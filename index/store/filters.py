"""Which articles a search may use: by outlet and by publication date."""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.dates import day_of, instant_of, parse_date
from corpus.errors import UsageError


@dataclass(frozen=True)
class Filter:
    """Days as written: `after <= day < before`; `as_of`: nothing published later than that moment.

    Dates are normalised (`parse_date`); a bare day in `as_of` counts at its end. Undated articles fail every
    date condition. Outlets are compared without case. Raises UsageError for a date that cannot be read.
    """

    sources: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    as_of: str | None = None

    def __post_init__(self) -> None:
        for name in ("after", "before", "as_of"):
            stated: str | None = getattr(self, name)
            if stated is None:
                continue
            try:
                date = parse_date(stated)
            except ValueError as error:
                told = str(error) if stated in str(error) else f"{stated!r} is no date ({error})"
                raise UsageError(f"--{name.replace('_', '-')}: {told}") from error
            object.__setattr__(self, name, date if name == "as_of" else day_of(date))

    @property
    def is_empty(self) -> bool:
        """Whether every article passes."""
        return not self.sources and not self.has_dates

    @property
    def has_dates(self) -> bool:
        """Whether a date condition is set."""
        return self.after is not None or self.before is not None or self.as_of is not None

    @property
    def as_of_instant(self) -> float | None:
        """`as_of` in seconds since the epoch."""
        return None if self.as_of is None else instant_of(self.as_of)

    def to_sql(self, alias: str = "articles") -> tuple[str, list[str | float]]:
        """A condition on the articles table under that alias, and its parameters; `1` when empty."""
        marks = ", ".join("?" * len(self.sources))
        conditions: list[tuple[str, Sequence[str | float | None]]] = [
            (f"source_key IN ({marks})", [source_key(source) for source in self.sources]),
            ("published_day >= ?", [self.after]),
            ("published_day < ?", [self.before]),
            ("published_instant <= ?", [self.as_of_instant]),
        ]
        wanted = [(condition, values) for condition, values in conditions if values and None not in values]
        sql = " AND ".join(f"{alias}.{condition}" for condition, _ in wanted)
        return sql or "1", [value for _, values in wanted for value in values if value is not None]


def source_key(source: str) -> str:
    """The form in which outlets are compared."""
    return " ".join(source.split()).casefold()
