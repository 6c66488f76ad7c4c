"""What `ask` and `search` print: the contract's JSON objects, or lines for a person."""

import sys
import time

from rag.answer import SCHEMA, Answer
from rag.assistant import checked
from rag.render import passages_to_terminal, to_terminal
from rag.retrieve.search import Retriever
from rag.terminal.batch import Query
from rag.terminal.console import coloured, emit, say, width


def show_answer(answer: Answer, *, as_json: bool, id: str | int | None = None) -> None:
    """One answer."""
    if as_json:
        emit(answer.to_json() | {"id": id})
    else:
        say(to_terminal(answer, width=width(), colour=coloured(sys.stdout)))


def search_and_show(
    retriever: Retriever, query: Query, *, as_json: bool, id: str | int | None = None
) -> None:
    """What one search finds, best first. Raises `QuestionError` for a query that is blank or too long."""
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
