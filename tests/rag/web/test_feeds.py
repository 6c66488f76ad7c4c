"""Which feeds are late, and that what is shown of a feed keeps its secrets."""

from datetime import UTC, datetime, timedelta

import pytest

from index.store.records import FeedState
from rag.web.feeds import feed_view, is_late, late_in_words

WIRE = "https://editor:secret@wire.example/feed.xml?key=hidden"


def feed(failing_for: float | None, looked_before: float = 1.0, url: str = WIRE) -> FeedState:
    """A feed that has been failing for so many hours, and was looked at so many hours ago."""
    since = None if failing_for is None else (datetime.now(UTC) - timedelta(hours=failing_for)).isoformat()
    checked = (datetime.now(UTC) - timedelta(hours=looked_before)).isoformat()
    return FeedState(url, checked, None, since, since and f"{url} cannot be reached")


@pytest.mark.parametrize(
    ("failing_for", "looked_before", "late"),
    [(None, 1, False), (1, 1, False), (23.9, 0, False), (24.1, 0, True), (500, 1, True), (500, 337, False)],
)
def test_a_feed_is_late_after_a_day_of_failures_while_somebody_follows_it(
    failing_for: float | None, looked_before: float, late: bool
) -> None:
    assert is_late(feed(failing_for, looked_before)) is late
    assert bool(late_in_words([feed(failing_for, looked_before)])) is late


def test_late_feeds_are_told_by_host_the_longest_first_and_the_rest_counted() -> None:
    feeds = [feed(48 + n, url=f"https://wire{n}.example/a?key=hidden") for n in range(6)]
    says = late_in_words([*feeds, feed(900, url="https://wire0.example/b")])
    assert says.startswith("wire0.example has not been read since ") and says.count("wire0") == 1
    assert says.endswith("; 3 more feeds are late.") and "hidden" not in says
    assert late_in_words(feeds[:4]).count("not been read") == 4


def test_everybody_sees_a_feed_without_what_its_address_keeps_secret() -> None:
    shown = feed_view(feed(30))
    assert shown["url"] == "https://wire.example/feed.xml" and shown["late"] is True
    assert "secret" not in str(shown) and "hidden" not in str(shown)
    assert shown["problem"] == "https://wire.example/feed.xml cannot be reached"
    told = FeedState(WIRE, "2026-03-10T12:00:00+00:00", None, None, "key=hidden was refused")
    assert "hidden" not in str(feed_view(told)["problem"])
