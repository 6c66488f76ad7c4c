"""The end of the process at a deadline, whatever its threads do."""

import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Container
from contextlib import suppress

_LOG = logging.getLogger("onrecord.web")

GRACE = 8.0
"""Seconds from the first signal until the process ends; Docker kills after ten."""
_WITHOUT_PYTHON = 1.0
"""Seconds after that in which the process ends even if no Python code can run."""


class Deadline:
    """Ends the process some seconds after `set`, if it has not ended by itself.

    The store is then as after a crash: what was committed is kept, and nothing is half written.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self, seconds: float = GRACE) -> None:
        """Let the time begin to run; later calls do not prolong it."""
        if self._is_set:
            return
        self._is_set = True
        timer = threading.Timer(seconds, _end, (seconds,))
        timer.daemon = True
        timer.start()
        # A thread of the C library, for code that holds the interpreter's lock.
        silent = open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
        faulthandler.dump_traceback_later(seconds + _WITHOUT_PYTHON, file=silent, exit=True)


def leave(names: Container[str]) -> None:
    """End the process now if a thread of one of these names is alive: its work hangs, or takes too long."""
    if any(thread.name in names for thread in threading.enumerate()):
        _exit()


def _end(seconds: float) -> None:
    _LOG.warning(
        "the server did not end within %g seconds and is ended now; what was committed is kept", seconds
    )
    _exit()


def _exit() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(0)
