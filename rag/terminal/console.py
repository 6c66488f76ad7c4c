"""What is printed: text and JSON lines on stdout; notices, errors and a progress line on stderr."""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType
from typing import TextIO

from corpus.errors import OnrecordError, UsageError, exhausted, is_no_space

WIDEST = 100
"""Columns that text is wrapped to at most."""


def print_json(record: Mapping[str, object]) -> None:
    """Print one JSON object as one line on stdout, and flush."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # a lone surrogate, from an id of the input
        line = json.dumps(record)
    print_text(line)


def print_text(text: str) -> None:
    """Print `text` and a line end on stdout, and flush."""
    print(text, flush=True)


def print_notice(message: str) -> None:
    """Print an error or a notice as one line on stderr, whatever characters `message` holds."""
    from rag.render import printable

    print(f"onrecord: {printable(message)}", file=sys.stderr, flush=True)


def run_reporting_errors(run: Callable[[], int]) -> int:
    """The exit code of `run`; an error of ours or an interrupt is reported in one line on stderr.

    A bug keeps its traceback. Signals count as shells count them: 128 and their number. A second interrupt
    ends the process at once; what is committed is safe.
    """
    interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"onrecord: stopped at once\n")
            os._exit(128 + signal.SIGINT)
        interrupted = True
        raise KeyboardInterrupt

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # whatever an article or a file's name holds can be printed
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    in_main_thread = threading.current_thread() is threading.main_thread()  # only there signals are handled
    before = signal.signal(signal.SIGINT, interrupt) if in_main_thread else None
    try:
        code = run()
        sys.stdout.flush()
        return code
    except OnrecordError as error:
        for mistake in error.mistakes:
            print_notice(mistake)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        _drop_output()  # Nobody reads on.
        return 141
    except (KeyboardInterrupt, Exception) as error:
        if short := exhausted(error):
            print(f"onrecord: {short}", file=sys.stderr, flush=True)  # Imports nothing more.
            if is_no_space(error):  # Perhaps where stdout goes.
                _drop_output()
            return 1
        if not interrupted and not isinstance(error, KeyboardInterrupt):
            raise
        # An import that is interrupted may raise an error of its own in place of the interrupt.
        print_notice(str(error) if isinstance(error, KeyboardInterrupt) and str(error) else "stopped")
        return 130
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, before)


def _drop_output() -> None:
    """Let nothing that is buffered fail again when Python closes stdout."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def width() -> int:
    """Columns to wrap to."""
    return max(20, min(WIDEST, shutil.get_terminal_size().columns))


def coloured(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that wants colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class ProgressLine:
    """A line on stderr that each update overwrites; not shown when stderr is no terminal.

    `contextlib.closing` erases it at the end.
    """

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Show `text` in place of the previous one."""
        if self._shown:
            print(f"\r\x1b[K{text[: width() - 1]}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Erase the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
