"""What reaches the terminal: JSON lines, complaints, and a progress line that only a terminal gets to see."""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from types import FrameType, TracebackType
from typing import Self, TextIO

from corpus.errors import OnrecordError, UsageError

WIDEST = 100
"""Columns; longer lines are hard to read."""


def emit(record: Mapping[str, object]) -> None:
    """One JSON object as one line on stdout, at once."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # a lone surrogate, from an id of the input
        line = json.dumps(record)
    say(line)


def say(text: str) -> None:
    """`text` and a line end on stdout, at once."""
    print(text, flush=True)


def complain(message: str) -> None:
    """One line on stderr, whatever `message` holds."""
    from rag.render import printable

    print(f"onrecord: {printable(message)}", file=sys.stderr, flush=True)


def explained(run: Callable[[], int]) -> int:
    """What `run` returns; or the exit code of an error of ours or an interrupt, said in one line.

    A bug keeps its traceback. Signals count as shells count them: 128 and their number. A second interrupt
    ends the process at once; what is committed is safe.
    """
    with _Interrupts() as interrupts:
        return _explained(run, interrupts)


class _Interrupts:
    """Notes that there was an interrupt: code that is being imported may turn it into another error."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._is_ours = threading.current_thread() is threading.main_thread()
        if self._is_ours:
            self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_ours:
            signal.signal(signal.SIGINT, self._before)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"onrecord: stopped at once\n")
            os._exit(128 + signal.SIGINT)
        self.came = True
        raise KeyboardInterrupt


def _explained(run: Callable[[], int], interrupts: _Interrupts) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # whatever an article or a file's name holds can be printed
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = run()
        sys.stdout.flush()
        return code
    except OnrecordError as error:
        for mistake in error.mistakes:
            complain(mistake)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        # Nobody reads on. What is still buffered must not fail again when Python closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt as interrupt:
        complain(str(interrupt) or "stopped")
        return 130
    except Exception:
        if not interrupts.came:
            raise
        complain("stopped")
        return 130


def width() -> int:
    """Columns to wrap to."""
    return max(20, min(WIDEST, shutil.get_terminal_size().columns))


def coloured(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that wants colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class ProgressLine:
    """One line on stderr that is written over; silent when stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Put `text` in place of what the line said."""
        if self._shown:
            print(f"\r\x1b[K{text[: width() - 1]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Leave no trace of the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
