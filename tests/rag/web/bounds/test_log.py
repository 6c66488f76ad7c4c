"""What one request may write to the log."""

import logging
import sys

from rag.web.bounds.log import LONGEST_MESSAGE, LONGEST_TRACEBACK, MOST_OF_A_KIND, Bounded


def record(message: str, *arguments: object, line: int = 1, error: bool = False) -> logging.LogRecord:
    failed = sys.exc_info() if error else None
    return logging.LogRecord("onrecord.web", logging.WARNING, "x.py", line, message, arguments, failed)


def test_a_message_is_cut_in_the_middle() -> None:
    made = record("refused: %s", "x" * 1_000_000 + "end")
    assert Bounded().filter(made)
    assert len(made.getMessage()) < LONGEST_MESSAGE + 20
    assert made.getMessage().startswith("refused: x") and made.getMessage().endswith("end")


def test_a_traceback_is_cut_and_keeps_its_last_line() -> None:
    try:
        raise ValueError("x" * 1_000_000 + "end")
    except ValueError:
        made = record("a request failed", error=True)
    assert Bounded().filter(made)
    shown = logging.Formatter().format(made)
    assert "Traceback" in shown and shown.endswith("end")
    assert len(shown) < LONGEST_MESSAGE + LONGEST_TRACEBACK


def test_many_of_a_kind_are_left_out_until_the_next_minute_and_others_are_not() -> None:
    now = 0.0
    bounded = Bounded(lambda: now)
    shown = [made.getMessage() for _ in range(1_000) if bounded.filter(made := record("bad request"))]
    assert len(shown) == MOST_OF_A_KIND and "left out" in shown[-1] and "left out" not in shown[0]
    assert bounded.filter(record("another", line=2))
    now = 61.0
    assert bounded.filter(record("bad request"))
