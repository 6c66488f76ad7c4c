"""What a request may write to the log: lines of bounded length, and a bounded number of a kind."""

import logging
import time
from collections.abc import Callable

LONGEST_MESSAGE = 1_000
"""Characters of one message."""
LONGEST_TRACEBACK = 6_000
"""Characters of one traceback; of a longer one the beginning and the end are kept."""
MOST_OF_A_KIND = 20
"""Messages from one place in the code within a minute; the last says that others are left out."""
_A_MINUTE = 60.0


def bound_log() -> None:
    """Bound what goes to stderr, where nothing else was configured."""
    if logging.lastResort and not any(isinstance(one, Bounded) for one in logging.lastResort.filters):
        logging.lastResort.addFilter(Bounded())


class Bounded(logging.Filter):
    """Cuts long records, and lets pass a limited number a minute of each kind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._since = clock()
        self._count: dict[tuple[str, str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown; it is shortened in place."""
        now = self._clock()
        if now - self._since >= _A_MINUTE:
            self._since, self._count = now, {}
        kind = (record.name, record.pathname, record.lineno)
        count = self._count[kind] = self._count.get(kind, 0) + 1
        if count > MOST_OF_A_KIND:
            return False
        message = _cut(record.getMessage(), LONGEST_MESSAGE)
        if count == MOST_OF_A_KIND:
            message += " (more of these are left out for a minute)"
        record.msg, record.args = message, None
        if record.exc_info and record.exc_info[0]:
            record.exc_text = _cut(logging.Formatter().formatException(record.exc_info), LONGEST_TRACEBACK)
            record.exc_info = None
        return True


def _cut(text: str, longest: int) -> str:
    """The text, or its beginning and its end."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} [...] {text[-half:]}"
