"""Names of the English calendar: months in full and as numbers."""

MONTH_NAMES = tuple(
    "January February March April May June July August September October November December".split()
)
MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, start=1)}
"""1 to 12 by the first three letters of a month's name, in lower case."""
