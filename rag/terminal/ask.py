"""The `ask` and `search` commands: one question in the arguments, or JSON lines on stdin."""

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Protocol, TypeVar

from corpus.errors import QuestionError, UsageError
from index.store.filters import Filter
from index.store.store import Store
from rag.answer import SCHEMA, Answer, Question, Turn
from rag.assistant import Assistant, checked
from rag.question.filters import MOST_PASSAGES, merge_filters, without_surrogates
from rag.render import passages_to_terminal, to_terminal
from rag.retrieve.search import Retriever
from rag.terminal.console import coloured, complain, emit, say, width
from rag.terminal.flags import add_filters, add_store_and_json, number
from rag.terminal.settings import Settings

Asked = TypeVar("Asked", contravariant=True)

LONGEST_LINE = 1 << 20
"""Bytes; the longest question with the longest history that is read stays far below."""


def add_ask_arguments(parser: ArgumentParser) -> None:
    """The flags of `ask`."""
    add_store_and_json(parser)
    add_filters(parser)
    parser.add_argument(
        "question",
        metavar="QUESTION",
        type=without_surrogates,
        help='in words, or "-" for JSON lines on stdin',
    )


def add_search_arguments(parser: ArgumentParser) -> None:
    """The flags of `search`."""
    add_store_and_json(parser)
    add_filters(parser)
    add = parser.add_argument
    add("query", metavar="QUERY", type=without_surrogates, help='in words, or "-" for JSON lines on stdin')
    most = number(1, MOST_PASSAGES)
    add("-k", type=most, default=10, metavar="N", help="how many passages (default: 10)")


def ask(arguments: Namespace, settings: Settings, build_assistant: Callable[[Store], Assistant]) -> int:
    """Answer one question, or with "-" one on each line of stdin. Abstaining is no failure."""
    with Store.open(settings.store) as store:
        assistant = build_assistant(store)

        def respond(question: Question, id: str | int | None = None) -> None:
            show_answer(assistant.ask(question), as_json=arguments.json, id=id)

        if arguments.question != "-":
            respond(Question(arguments.question, where=arguments.where))
            return 0
        read = partial(question_of, where=arguments.where)
        return answer_lines(sys.stdin.buffer, read, respond, as_json=arguments.json)


def search(arguments: Namespace, settings: Settings, build_retriever: Callable[[Store], Retriever]) -> int:
    """Find passages for one query, or with "-" for one on each line of stdin."""
    with Store.open(settings.store) as store:
        respond = partial(search_and_show, build_retriever(store), as_json=arguments.json)
        if arguments.query != "-":
            respond(Query(arguments.query, arguments.k, arguments.where))
            return 0
        read = partial(query_of, where=arguments.where, k=arguments.k)
        return answer_lines(sys.stdin.buffer, read, respond, as_json=arguments.json)


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for, how many passages are wanted, and what limits them."""

    text: str
    k: int
    where: Filter


def show_answer(answer: Answer, *, as_json: bool, id: str | int | None = None) -> None:
    """Print one answer."""
    if as_json:
        emit(answer.to_json() | {"id": id})
    else:
        say(to_terminal(answer, width=width(), colour=coloured(sys.stdout)))


def search_and_show(
    retriever: Retriever, query: Query, *, as_json: bool, id: str | int | None = None
) -> None:
    """Search, and print the passages best first. Raises `QuestionError` for a blank or too long query."""
    text = checked(query.text)
    started = time.perf_counter()
    found = retriever.retrieve(text, query.where, query.k)
    milliseconds = round(1000 * (time.perf_counter() - started), 1)
    if as_json:
        record: dict[str, object] = {"schema": SCHEMA} | ({} if id is None else {"id": id})
        record |= {"query": query.text, "searched": [text]}
        record |= {"passages": [passage.to_json() for passage in found.passages]}
        emit(record | {"timing_ms": {"retrieve": milliseconds, "total": milliseconds}})
    elif found.passages:
        say(passages_to_terminal(found.passages, width=width(), colour=coloured(sys.stdout)))
    else:
        say("No passage passes the filters.")


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
        _text(content, "question"), _history(content.get("history")), merge_filters(where, content)
    )


def query_of(content: Mapping[str, object], where: Filter, k: int) -> Query:
    """The query a line asks; its `k` and its filters stand in for those of the flags."""
    asked = content.get("k")
    if asked is not None:
        if type(asked) is not int or not 1 <= asked <= MOST_PASSAGES:
            raise QuestionError(f"k must be a number from 1 to {MOST_PASSAGES}, not {asked!r}")
        k = asked
    return Query(_text(content, "query"), k, merge_filters(where, content))


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
    return without_surrogates(value)


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
            return Turn(role, without_surrogates(content))
    raise QuestionError('each message of history must be {"role": "user" or "assistant", "content": text}')


class Respond(Protocol[Asked]):
    """Answers what one line asked, on stdout; `id` is the line's own."""

    def __call__(self, asked: Asked, /, *, id: str | int | None) -> None:
        """Raises `QuestionError` or `UsageError` when it is the line that is wrong."""


def answer_lines(
    stream: BinaryIO, read: Callable[[Mapping[str, object]], Asked], respond: Respond[Asked], *, as_json: bool
) -> int:
    """Answer each line in turn; a bad one's error stands in its place, on stderr unless `as_json`.

    Returns the exit code: 1 if any line was bad. Errors that are not a line's own are raised.
    """
    failed = False
    for line in lines(stream):
        try:
            if line.error:
                raise QuestionError(line.error)
            respond(read(line.content), id=identifier(line.content))
        except (QuestionError, UsageError) as error:
            failed = True
            if as_json:
                emit(error_record(line, str(error)))
            else:
                complain(f"line {line.number}: {error}")
    return int(failed)


def error_record(line: Line, message: str) -> dict[str, object]:
    """What stands in the place of a bad line's answer."""
    try:
        known = identifier(line.content)
    except QuestionError:
        known = None
    return {"schema": SCHEMA, "id": known, "line": line.number, "error": message}
