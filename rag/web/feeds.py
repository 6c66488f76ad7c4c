"""Feeds that the archive follows: which are late, and what may be shown of them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from urllib.parse import urlsplit

from index.store.records import FeedState
from rag.render import written_date

LATE = 24 * 3_600.0
"""Seconds for which a feed may fail before it is late: a day."""
FORGOTTEN = 14 * LATE
"""Seconds since the last check after which a feed counts as no longer followed, and not as late."""
MOST_NAMED = 3
"""Late feeds that are named."""


def late_feeds(feeds: Iterable[FeedState]) -> list[FeedState]:
    """The late feeds, longest failing first."""
    late = [feed for feed in feeds if is_late(feed)]
    return sorted(late, key=lambda feed: feed.failing_since or "")


def is_late(feed: FeedState) -> bool:
    """Whether the feed is followed and has been failing for more than a day."""
    if feed.failing_since is None:
        return False
    return _age(feed.failing_since) > LATE and _age(feed.checked_at) < FORGOTTEN


def late_in_words(feeds: Iterable[FeedState]) -> str:
    """The hosts of late feeds and since when they fail, as a sentence; empty when none is late."""
    since: dict[str, str | None] = {}
    for feed in late_feeds(feeds):
        since.setdefault(urlsplit(feed.url).hostname or "a feed", written_date(feed.failing_since))
    told = [f"{host} has not been read since {day}" for host, day in since.items()]
    more = [f"{len(told) - MOST_NAMED} more feeds are late"] if len(told) > MOST_NAMED + 1 else []
    says = "; ".join([*told[: MOST_NAMED + (not more)], *more])
    return f"{says}." if says else ""


def feed_view(feed: FeedState) -> dict[str, object]:
    """A feed without secrets: its address may carry a key, and the error message may repeat it."""
    url = urlsplit(feed.url)
    shown = f"{url.scheme}://{url.hostname}{url.path}"
    says = feed.problem and feed.problem.replace(feed.url, shown)
    if says and ((url.query and url.query in says) or (url.password and url.password in says)):
        says = "it cannot be read; the server's log says why"
    return asdict(feed) | {"url": shown, "problem": says, "late": is_late(feed)}


def _age(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
