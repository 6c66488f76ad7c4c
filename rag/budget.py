"""Daily budget of model tokens: a count in the store's folder, shared by all processes that use the store.

Before a call its prompt and its longest answer are reserved; afterwards what it did not use is given back. So
calls that run side by side do not exceed the budget together, and what a killed process had reserved stays
counted. The count starts again at 00:00 UTC. Where it cannot be read or written, nothing is given out: an
unknown expense is worse than answers that are quotations.
"""

import errno
import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.chat import ModelFailure
from rag.render import written_date

_LOG = logging.getLogger("onrecord.model")

COUNT_FILE = "model_tokens.json"
_WIDTH = 80
"""Bytes of the file: a record is written over the last one at once, and no kill leaves half of one."""
_MOST = 10**18


class NoTokens(ModelFailure):
    """The budget allows no call; one sentence that says until when."""

    was_read = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens of a day that a call may use."""

    day: str
    tokens: int


def utc_now() -> datetime:
    """The time by which days are counted."""
    return datetime.now(UTC)


class TokenBudget:
    """At most `limit` tokens a day, counted in the store's `folder`; may be shared between threads."""

    def __init__(self, folder: Path, limit: int, *, now: Callable[[], datetime] = utc_now) -> None:
        self.limit = limit
        self.path = folder / COUNT_FILE
        self._now = now
        self._complained = False

    def used(self) -> int | None:
        """Tokens used or reserved today; None where they cannot be counted."""
        try:
            content = self.path.read_bytes()[:4096] if self.path.is_file() else b""
            return self._read(content)
        except FileNotFoundError:
            return 0
        except (OSError, ValueError):
            return None

    def reserve(self, tokens: int) -> Reservation:
        """So many tokens of today, for one call. Raises NoTokens where fewer are left."""
        try:
            with self._opened() as descriptor:
                used = self._counted(descriptor)
                used = self.limit if used is None else used
                if used + tokens > self.limit:
                    raise NoTokens(self._spent())
                self._write(descriptor, used + tokens)
        except OSError as failure:
            raise NoTokens(self._not_counted(failure)) from failure
        return Reservation(self._today(), tokens)

    def settle(self, reservation: Reservation, used: int) -> None:
        """Count what a call has used in place of what was reserved; a day that is over stays as it is."""
        try:
            with self._opened() as descriptor:
                counted = self._counted(descriptor)
                if counted is not None and reservation.day == self._today():
                    self._write(descriptor, max(0, counted + used - reservation.tokens))
        except OSError as failure:
            self._not_counted(failure)

    def _today(self) -> str:
        return self._now().date().isoformat()

    def _spent(self) -> str:
        tomorrow = written_date((self._now().date() + timedelta(days=1)).isoformat())
        return (
            f"The daily budget of {self.limit:,} model tokens is used up (too few are left for an answer); "
            f"it starts again on {tomorrow} at 00:00 UTC."
        )

    def _not_counted(self, failure: OSError) -> str:
        """The sentence for users; the log is told once where and why."""
        if not self._complained:
            self._complained = True
            reason = failure.strerror or type(failure).__name__
            _LOG.error(
                "the day's model tokens cannot be counted in %s (%s); answers are quotations until they can",
                self.path,
                reason,
            )
        return "The daily budget of model tokens cannot be counted; the server's log says why."

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file's descriptor, with the file locked against every other thread and process."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _counted(self, descriptor: int) -> int | None:
        """Tokens of today. None for a damaged record, which is replaced by that of a day that is used up."""
        try:
            return self._read(os.pread(descriptor, 4096, 0))
        except ValueError:
            _LOG.error(
                "the count of model tokens in %s is damaged: today's budget counts as used up; "
                "delete the file to count from zero",
                self.path,
            )
            self._write(descriptor, self.limit)
            return None

    def _read(self, content: bytes) -> int:
        """The tokens of a record, 0 for that of another day. Raises ValueError for a damaged one."""
        if not content:
            return 0  # Made a moment ago by a process that was killed before it wrote.
        try:
            record = json.loads(content)
            day, tokens = record["day"], record["tokens"]
            datetime.strptime(day, "%Y-%m-%d")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError("no record of tokens") from error
        if type(tokens) is not int or not 0 <= tokens <= _MOST:
            raise ValueError("no number of tokens")
        return tokens if day == self._today() else 0

    def _write(self, descriptor: int, tokens: int) -> None:
        record = json.dumps({"day": self._today(), "tokens": min(tokens, _MOST)}).encode()
        if os.pwrite(descriptor, record.ljust(_WIDTH - 1) + b"\n", 0) != _WIDTH:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(descriptor, _WIDTH)
