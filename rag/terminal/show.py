"""What each command prints: the contract's JSON objects, or lines for a person."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from index.store import ArticleSummary, StoredArticle
from index.sync import SyncReport
from rag.answer import SCHEMA, Answer, RankedPassage
from rag.render import passages_to_terminal, printable, to_terminal, written_date
from rag.terminal.console import coloured, complain, emit, say, width


def show_answer(answer: Answer, *, as_json: bool, id: str | int | None = None) -> None:
    """One answer; `id` stands in for the question's own, so that a number stays a number."""
    if as_json:
        emit(answer.to_json() | {"id": id})
    else:
        say(to_terminal(answer, width=width(), colour=coloured(sys.stdout)))


def show_passages(
    query: str,
    found: Sequence[RankedPassage],
    milliseconds: Mapping[str, float],
    *,
    as_json: bool,
    id: str | int | None = None,
) -> None:
    """One search's passages, best first."""
    if as_json:
        passages = [passage.to_json() for passage in found]
        emit(
            {
                "schema": SCHEMA,
                "id": id,
                "query": query,
                "searched": [query],
                "passages": passages,
                "timing_ms": dict(milliseconds),
            }
        )
    elif found:
        say(passages_to_terminal(found, width=width(), colour=coloured(sys.stdout)))
    else:
        say("Nothing in the archive passes the filters.")
