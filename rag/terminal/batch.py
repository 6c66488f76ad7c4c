"""Questions and queries as JSON lines: what a line must look like, and the loop over them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from corpus.errors import QuestionError, UsageError
from index.filters import Filter
from rag.answer import Question, Turn
from rag.terminal.arguments import MOST_PASSAGES, narrow

LONGEST_LINE = 1 << 20
"""Bytes; the longest question with the longest history that is read stays far below."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: its number (from 1) and the JSON object it holds, or why it holds none."""

    number: int
    content: Mapping[str, object]
    error: str | None = None


def lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of `stream` that are not blank. One beyond `LONGEST_LINE` is passed over, never held."""
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            while not raw.endswith(b"\n") and (raw := stream.readline(LONGEST_LINE)):
                pass
            yield Line(number, {}, f"the line is longer than {LONGEST_LINE:,} bytes")
        elif raw.strip():
            yield _line(number, raw)


def _line(number: int, raw: bytes) -> Line:
    try:
        content = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return Line(number, {}, f"the line is not UTF-8 (byte {error.start})")
    except json.JSONDecodeError as error:
        return Line(number, {}, f"the line is not JSON ({error.msg}, column {error.colno})")
    except (RecursionError, ValueError):
        return Line(number, {}, "the line is not JSON that can be read (too deep, or a number too long)")
    if not isinstance(content, dict):
        return Line(number, {}, "the line must be a JSON object")
    return Line(number, content)


def question_of(content: Mapping[str, object], where: Filter) -> Question:
    """The question a line asks; its filters stand in for those of the flags (`where`)."""
    return Question(
        text=_text(content, "question"),
        history=_history(content.get("history")),
        where=narrow(where, content),
        id=None if (known := identifier(content)) is None else str(known),
    )


def query_of(content: Mapping[str, object], where: Filter, k: int) -> tuple[str, int, Filter]:
    """The query a line asks, how many passages it wants, and its filters."""
    asked = content.get("k")
    if asked is not None:
        if type(asked) is not int or not 1 <= asked <= MOST_PASSAGES:
            raise QuestionError(f"k must be a number from 1 to {MOST_PASSAGES}, not {asked!r}")
        k = asked
    identifier(content)
    return _text(content, "query"), k, narrow(where, content)


def identifier(content: Mapping[str, object]) -> str | int | None:
    """The line's own id, which its answer carries as it came. Raises `QuestionError` if it can be no id."""
    value = content.get("id")
    if value is None or isinstance(value, str) or type(value) is int:
        return value
    raise QuestionError(f"id must be a string, not {value!r}")


def _text(content: Mapping[str, object], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise QuestionError(f'the line must hold "{key}", a string')
    return value


def _history(value: object) -> tuple[Turn, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise QuestionError("history must be a list of messages")
    return tuple(_turn(message) for message in value)


def _turn(message: object) -> Turn:
    if isinstance(message, dict) and isinstance(content := message.get("content"), str):
        role = message.get("role")
        if role == "user" or role == "assistant":
            return Turn(role, content)
    raise QuestionError('each message of history must be {"role": "user" or "assistant", "content": text}')


def run(
    stream: BinaryIO, respond: Callable[[Mapping[str, object]], None], report: Callable[[Line, str], None]
) -> int:
    """Give every line's object to `respond` in input order, and what is wrong with a line to `report`.

    Returns the exit code: 1 if any line was wrong. Errors that are not the line's own are raised.
    """
    failed = False
    for line in lines(stream):
        try:
            if line.error:
                raise QuestionError(line.error)
            respond(line.content)
        except (QuestionError, UsageError) as error:
            failed = True
            report(line, str(error))
    return int(failed)


def error_record(line: Line, message: str) -> dict[str, object]:
    """What stands in the place of a bad line's answer."""
    try:
        known = identifier(line.content)
    except QuestionError:
        known = None
    return {"schema": 1, "id": known, "line": line.number, "error": message}
