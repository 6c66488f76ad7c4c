"""What a site's robots.txt lets us read (RFC 9309)."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from protego import Protego

from corpus.errors import ReadError
from corpus.web.fetch import PRODUCT, Fetcher, Refused

MAX_BYTES = 500_000
"""RFC 9309 asks for at least 500 kibibytes to be read; a longer file counts as unreachable."""
LONGEST_DELAY = 5.0
"""Seconds between two requests to one site, at most, whatever it asks for."""


class Robots:
    """Reads the robots.txt of each site once, with the fetcher that will read the site."""

    def __init__(self, fetcher: Fetcher, *, wait: Callable[[float], None] = time.sleep) -> None:
        self._fetcher = fetcher
        self._wait = wait
        self._sites: dict[str, Protego | str] = {}
        self._asked: dict[str, float] = {}

    def check(self, url: str) -> None:
        """Raise Refused unless the site lets us read this address; waits as long as it asks us to."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._sites:
            self._sites[site] = self._read(site)
        rules = self._sites[site]
        if isinstance(rules, str):
            raise Refused(f"{url[:160]} is not read: {rules}")
        if not rules.can_fetch(url, PRODUCT):
            raise Refused(f"{url[:160]} is not read: the site's robots.txt asks {PRODUCT} to stay away")
        delay = min(rules.crawl_delay(PRODUCT) or 0.0, LONGEST_DELAY)
        rest = self._asked.get(site, float("-inf")) + delay - time.monotonic()
        if rest > 0:
            self._wait(rest)
        self._asked[site] = time.monotonic()

    def _read(self, site: str) -> "Protego | str":
        """The rules, or why the site cannot be read."""
        try:
            found = self._fetcher.fetch(f"{site}/robots.txt", most_bytes=MAX_BYTES)
        except ReadError as error:
            status = error.status if isinstance(error, Refused) else None
            is_missing = status is not None and status < 500 and status != 429
            if is_missing or "answered with nothing" in str(error):
                return Protego.parse("")
            return f"its robots.txt cannot be read, and it may forbid it ({error})"
        return Protego.parse(found.data.decode("utf-8", "replace"))
