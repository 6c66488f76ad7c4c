"""The `ask` and `search` commands: one question in the arguments, or JSON lines on stdin."""

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from corpus.errors import QuestionError, UsageError
from index.store.filters import Filter
from index.store.store import Store
from rag.answer import SCHEMA, Answer, Question, Turn
from rag.assistant import Assistant, checked
from rag.question.filters import MOST_PASSAGES, merge_filters, unknown_outlets, without_surrogates
from rag.render import passages_to_terminal, to_terminal
from rag.retrieve.search import Retriever
from rag.terminal.arguments import add_filters, add_store_and_json, number
from rag.terminal.console import coloured, print_json, print_notice, print_text, width
from rag.terminal.settings import Settings

Asked = TypeVar("Asked")

LONGEST_LINE = 1 << 20
"""In bytes; far more than the longest question takes with the longest history."""
_WORDS_OR_LINES = 'in words, or "-" for JSON lines on stdin'


def add_ask_arguments(parser: ArgumentParser) -> None:
    """The flags of `ask`."""
    add_store_and_json(parser)
    add_filters(parser)
    parser.add_argument("question", metavar="QUESTION", type=without_surrogates, help=_WORDS_OR_LINES)


def add_search_arguments(parser: ArgumentParser) -> None:
    """The flags of `search`."""
    add_store_and_json(parser)
    add_filters(parser)
    add = parser.add_argument
    add("query", metavar="QUERY", type=without_surrogates, help=_WORDS_OR_LINES)
    most = number(1, MOST_PASSAGES)
    add("-k", type=most, default=10, metavar="N", help="how many passages (default: 10)")


def ask(arguments: Namespace, settings: Settings, build_assistant: Callable[[Store], Assistant]) -> int:
    """Answer one question, or with "-" one on each line of stdin. Abstaining is no failure."""
    with Store.open(settings.store) as store:
        assistant = build_assistant(store)

        def respond(question: Question, id: str | int | None = None) -> None:
            show_answer(assistant.ask(question), id, as_json=arguments.json)

        if arguments.question != "-":
            respond(Question(arguments.question, where=arguments.where))
            return 0
        read = partial(question_of, where=arguments.where)
        return answer_lines(sys.stdin.buffer, read, respond, as_json=arguments.json)


def search(arguments: Namespace, settings: Settings, build_retriever: Callable[[Store], Retriever]) -> int:
    """Find passages for one query, or with "-" for one on each line of stdin."""
    with Store.open(settings.store) as store:
        respond = partial(search_and_show, build_retriever(store), store.sources, as_json=arguments.json)
        if arguments.query != "-":
            respond(Query(arguments.query, arguments.k, arguments.where))
            return 0
        read = partial(query_of, where=arguments.where, k=arguments.k)
        return answer_lines(sys.stdin.buffer, read, respond, as_json=arguments.json)


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for, how many passages to return, and the filters."""

    text: str
    k: int
    where: Filter


def show_answer(answer: Answer, id: str | int | None, *, as_json: bool) -> None:
    """Print one answer."""
    if as_json:
        print_json(answer.to_json() | {"id": id})
    else:
        print_text(to_terminal(answer, width=width(), colour=coloured(sys.stdout)))


def search_and_show(
    retriever: Retriever,
    outlets: Callable[[], Sequence[str]],
    query: Query,
    id: str | int | None = None,
    *,
    as_json: bool,
) -> None:
    """Search, and print the passages best first. Raises `QuestionError` for a blank or too long query.

    On stderr it says which outlets of the filters are none of the archive's `outlets`.
    """
    text = checked(query.text)
    started = time.perf_counter()
    found = retriever.search(text, query.where, query.k)
    milliseconds = round(1000 * (time.perf_counter() - started), 1)
    if unknown := unknown_outlets(query.where, outlets):
        print_notice(unknown)
    if as_json:
        record: dict[str, object] = {"schema": SCHEMA} | ({} if id is None else {"id": id})
        record |= {"query": query.text, "searched": [text]}
        record |= {"passages": [passage.to_json() for passage in found]}
        print_json(record | {"timing_ms": {"retrieve": milliseconds, "total": milliseconds}})
    elif found:
        print_text(passages_to_terminal(found, width=width(), colour=coloured(sys.stdout)))
    else:
        print_text("No passage passes the filters.")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: its number (from 1) and the JSON object it holds, or why it holds none."""

    number: int
    content: Mapping[str, object]
    error: str | None = None


def lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of `stream` that are not blank. One beyond `LONGEST_LINE` is skipped unread."""
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
    """The question a line asks; its filters replace those of the flags (`where`)."""
    history = _history(content.get("history"))
    return Question(_text(content, "question"), history, merge_filters(where, content))


def query_of(content: Mapping[str, object], where: Filter, k: int) -> Query:
    """The query a line asks; its `k` and its filters replace those of the flags."""
    asked = content.get("k")
    if asked is not None:
        if type(asked) is not int or not 1 <= asked <= MOST_PASSAGES:
            raise QuestionError(f"k must be a number from 1 to {MOST_PASSAGES}, not {asked!r}")
        k = asked
    return Query(_text(content, "query"), k, merge_filters(where, content))


def identifier(content: Mapping[str, object]) -> str | int | None:
    """The id of a line, which its answer repeats. Raises `QuestionError` if it is no string or integer."""
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
    if not isinstance(value, list | None):
        raise QuestionError("history must be a list of messages")
    return tuple(_turn(message) for message in value or ())


def _turn(message: object) -> Turn:
    if isinstance(message, dict) and isinstance(content := message.get("content"), str):
        role = message.get("role")
        if role == "user" or role == "assistant":
            return Turn(role, without_surrogates(content))
    raise QuestionError('each message of history must be {"role": "user" or "assistant", "content": text}')


def answer_lines(
    stream: BinaryIO,
    read: Callable[[Mapping[str, object]], Asked],
    respond: Callable[[Asked, str | int | None], None],
    *,
    as_json: bool,
) -> int:
    """Read each line into what it asks, and respond to that and the line's id, in order.

    A QuestionError or UsageError is the line's own: it is printed in place of the answer, on stderr unless
    `as_json`. Other errors are raised. Returns the exit code: 1 if any line was bad.
    """
    failed = False
    for line in lines(stream):
        try:
            if line.error:
                raise QuestionError(line.error)
            respond(read(line.content), identifier(line.content))
        except (QuestionError, UsageError) as error:
            failed = True
            if as_json:
                print_json(error_record(line, str(error)))
            else:
                print_notice(f"line {line.number}: {error}")
    return int(failed)


def error_record(line: Line, message: str) -> dict[str, object]:
    """The JSON object that is printed in place of a bad line's answer."""
    try:
        known = identifier(line.content)
    except QuestionError:
        known = None
    return {"schema": SCHEMA, "id": known, "line": line.number, "error": message}
