"""Ask objects made by hand over one small archive, and the records of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from rag.evals.cases.case import Case
from rag.evals.cases.record import Record

TEXTS = {
    "town/mill.txt": "The mill closed in May. Its owner said that 1,200 people had worked there. "
    "It made paper.",
    "town/rail.txt": "The line opens on 3 June. Trains will run “every ten minutes”, the operator said.",
    "https://echo.example/floods": "Twelve percent of homes were flooded. No one was hurt.",
}
TITLES = {
    "town/mill.txt": "The mill closes",
    "town/rail.txt": "A line for the valley",
    "https://echo.example/floods": "Floods",
}
REVISION = "0123456789ab"
Quote = tuple[str, str]
"""An article's id and words of it."""


def record(
    case: Case,
    answer: Mapping[str, Any] | None = None,
    error: str | None = None,
    scores: Mapping[str, float | None] | None = None,
    failures: tuple[str, ...] = (),
    repeat: int = 1,
) -> Record:
    """The record of an item of a run."""
    return Record(case, repeat, answer, error, scores or {}, failures)


def article_text(article_id: str, revision: str) -> str | None:
    """The archive's articles at their one revision."""
    return TEXTS.get(article_id) if revision == REVISION else None


def place(quote: Quote) -> dict[str, Any]:
    """What citations and passages have in common."""
    article_id, words = quote
    start = TEXTS[article_id].index(words)
    where = {"article_id": article_id, "revision": REVISION, "start": start, "end": start + len(words)}
    return where | {"title": TITLES[article_id], "url": article_id if "://" in article_id else None}


def answered(quotes: Sequence[Quote], found: Sequence[Quote] | None = None) -> dict[str, Any]:
    """An answer that quotes these sentences, each with its own citation; `found` are its passages."""
    citations = [place(quote) | {"n": n, "quote": quote[1]} for n, quote in enumerate(quotes, start=1)]
    sentences = [
        {"index": at, "text": words, "role": "claim", "citations": [at + 1], "support": "verbatim"}
        for at, (_, words) in enumerate(quotes)
    ]
    text = " ".join(f"{words} [{n}]" for n, (_, words) in enumerate(quotes, start=1))
    return _ask("answered", text, sentences, citations, quotes if found is None else found)


def abstained(status: str = "not_stated", found: Sequence[Quote] = ()) -> dict[str, Any]:
    """An answer that says that there is none."""
    text = "The archive does not say."
    notice = {"index": 0, "text": text, "role": "notice", "citations": [], "support": None}
    return _ask(status, text, [notice], [], found)


def _ask(
    status: str,
    text: str,
    sentences: list[dict[str, Any]],
    citations: list[dict[str, Any]],
    found: Sequence[Quote],
) -> dict[str, Any]:
    passages = [
        place(quote) | {"rank": rank, "text": quote[1], "score": round(1 / rank, 4)}
        for rank, quote in enumerate(found, start=1)
    ]
    return {
        "schema": 1,
        "status": status,
        "answer": text,
        "sentences": sentences,
        "citations": citations,
        "passages": passages,
        "notices": [],
        "timing_ms": {"retrieve": 10.0, "read": 20.0, "total": 31.0},
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }


MILL: Quote = ("town/mill.txt", "Its owner said that 1,200 people had worked there.")
PAPER: Quote = ("town/mill.txt", "It made paper.")
RAIL: Quote = ("town/rail.txt", "The line opens on 3 June.")
TRAINS: Quote = ("town/rail.txt", "Trains will run “every ten minutes”, the operator said.")
FLOODS: Quote = ("https://echo.example/floods", "Twelve percent of homes were flooded.")
QUOTES = (MILL, PAPER, RAIL, TRAINS, FLOODS)
