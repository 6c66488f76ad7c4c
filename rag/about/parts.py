"""Parts of a list of articles that is too long to be shown: consecutive days of about as many articles."""

import math
from collections.abc import Mapping

MOST_PARTS = 3


def by_days(counts: Mapping[str, int], most: int) -> list[tuple[str, str]]:
    """The first and the last day of each part; `counts` are the days with their numbers of articles.

    There are as many parts as have `most` articles each, at most three. No day is divided, so that a part may
    have more.
    """
    total = sum(counts.values())
    wanted = min(MOST_PARTS, math.ceil(total / most))
    parts: dict[int, tuple[str, str]] = {}
    before = 0
    for day in sorted(counts):
        part = int((before + counts[day] / 2) * wanted / total)  # the one in which the day's middle lies
        parts[part] = (parts.get(part, (day, day))[0], day)
        before += counts[day]
    return list(parts.values())
