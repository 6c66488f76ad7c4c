"""`index --watch` and `index --every`: the same run again whenever something may have changed."""

import os
import re
import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from corpus.errors import OnrecordError, UsageError
from corpus.read import SUFFIXES
from rag.terminal.console import complain

SHORTEST = 60.0
"""Seconds between two looks at a feed, at least."""
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DEBOUNCE = 400
"""Milliseconds that changes are collected for: an editor writes a file in several steps."""
_LOOK = 250
"""Milliseconds between two looks at the clock."""


def parse_interval(written: str) -> float:
    """Seconds of `90s`, `15m`, `2h` or `1d`. Raises UsageError for anything else, and for under a minute."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", written.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if seconds < SHORTEST:
        raise UsageError(f"--every takes a time such as 15m, 2h or 1d, of at least a minute, not {written!r}")
    return float(seconds)


def follow(run: Callable[[], object], paths: Sequence[Path], *, watch: bool, every: float | None) -> None:
    """Call `run` at once, then whenever files under the paths change (`watch`) and every so many seconds.

    A round that fails is told and the next goes on. Returns when it is interrupted while it waits; an
    interrupt of a round is raised.
    """
    stopped = threading.Event()
    rounds = _rounds(paths if watch else [], every, stopped)
    try:
        next(rounds)
        while True:
            try:
                run()
            except OnrecordError as error:
                for mistake in error.mistakes:
                    complain(mistake)
            try:
                _say_what_is_next(watch, every)
                next(rounds)
            except KeyboardInterrupt:
                return
    finally:
        stopped.set()
        rounds.close()


def _rounds(
    paths: Sequence[Path], every: float | None, stopped: threading.Event
) -> Generator[None, None, None]:
    """Yields when it is time for a round; the first as soon as changes are watched for."""
    if not paths:
        yield
        while not stopped.wait(every):
            yield
        return
    from watchfiles import watch

    changes = watch(
        *{str(_watchable(path)) for path in paths},
        watch_filter=lambda change, path: _matters(path, paths),
        debounce=_DEBOUNCE,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        raise_interrupt=True,
        stop_event=stopped,
        recursive=not all(path.is_file() for path in paths),
    )
    next(changes)  # From here on none is missed, not even during the first round.
    yield
    due = None if every is None else time.monotonic() + every
    for changed in changes:
        is_due = due is not None and time.monotonic() >= due
        if changed or is_due:
            yield
        if is_due and every is not None:
            due = time.monotonic() + every


def _watchable(path: Path) -> Path:
    """The folder, or the nearest one above: of a file that is replaced, or not there yet, nothing is told."""
    path = path.absolute()
    return path if path.is_dir() or path == path.parent else _watchable(path.parent)


def _matters(changed: str, paths: Sequence[Path]) -> bool:
    """Whether a change may be one of an article: a file of a known format, or a folder."""
    name = os.path.basename(changed)
    if name.startswith((".", "~")) or name.endswith("~"):
        return False
    suffix = os.path.splitext(name)[1].lower()
    if suffix and suffix not in SUFFIXES:
        return False
    roots = [str(path.absolute()) for path in paths]
    return any(changed == root or changed.startswith(root.rstrip("/") + "/") for root in roots)


def _say_what_is_next(watch: bool, every: float | None) -> None:
    parts = ["a change of the files"] if watch else []
    if every is not None:
        parts.append(time.strftime("%H:%M:%S", time.localtime(time.time() + every)))
    complain(f"waiting for {' or '.join(parts)}; Ctrl-C ends")
