"""What people said of answers: whether one helped, and a comment, kept in the store's folder.

A row is what somebody sent by pressing a button; nothing is kept of those who press none. All of it comes
from a browser: it is bounded here, and shown nowhere as anything but text.
"""

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from corpus.errors import OnrecordError, StoreDamaged, UsageError
from index.store.filters import Filter
from index.store.schema import BUSY_SECONDS, connected, translated
from rag.answer import Turn
from rag.question.filters import filters_to_json, merge_filters, without_surrogates
from rag.question.followup import MAX_TURN_CHARACTERS, MAX_TURNS

Verdict = Literal["up", "down"]

FILE_NAME = "feedback.sqlite"
VERDICTS: tuple[str, ...] = get_args(Verdict)
LONGEST_COMMENT = 2_000
LONGEST_QUESTION = 2_000
LONGEST_ANSWER = 20_000
LONGEST_QUOTE = 4_000
LONGEST_NAME = 512
MOST_CITATIONS = 40
MOST_SOURCES = 100
MOST_ROWS = 100_000
MOST_BYTES = 512 << 20
"""Of the database file: at most so many rows, or so many bytes, whichever comes first."""
_AT_A_TIME = 500
_PLAIN = ("status", "answer", "reader")
"""Texts of a Feedback that have no column of their own."""
_BYTES = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"

_TABLE = """
    CREATE TABLE IF NOT EXISTS feedback (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
        question TEXT NOT NULL,
        comment TEXT NOT NULL,
        rest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS feedback_at ON feedback (at);
"""


class FeedbackFull(OnrecordError):
    """No more feedback is kept until somebody has exported and moved what there is."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What an answer cited: `quote` is `text[start:end]` of the article at that revision (code points)."""

    article_id: str
    revision: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One press of a button: the verdict on an answer, and what was asked and answered.

    Texts lose halves of characters and what goes beyond the bounds of this module, blank turns are left out.
    `at` (RFC 3339, UTC) and `id` are given by the store. Raises UsageError for a verdict that is none and for
    a question that is blank or too long.
    """

    verdict: Verdict
    question: str
    comment: str = ""
    history: tuple[Turn, ...] = ()
    where: Filter = field(default_factory=Filter)
    status: str = ""
    answer: str = ""
    citations: tuple[Cited, ...] = ()
    reader: str = ""
    at: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise UsageError(f"verdict must be up or down, not {str(self.verdict)[:40]!r}")
        question = without_surrogates(self.question).strip()
        if not 0 < len(question) <= LONGEST_QUESTION:
            raise UsageError(
                f"question must have 1 to {LONGEST_QUESTION:,} characters, not {len(question):,}"
            )
        sources = tuple(_cut(one, LONGEST_NAME) for one in self.where.sources[:MOST_SOURCES])
        quotable = [one for one in self.citations if len(one.quote) <= LONGEST_QUOTE]
        turns = [turn for turn in self.history if turn.content.strip()][-MAX_TURNS:]
        cleaned: Mapping[str, object] = {
            "question": question,
            "comment": _cut(self.comment.strip(), LONGEST_COMMENT),
            "history": tuple(Turn(turn.role, _cut(turn.content, MAX_TURN_CHARACTERS)) for turn in turns),
            "where": replace(self.where, sources=sources),
            "status": _cut(self.status, 40),
            "answer": _cut(self.answer, LONGEST_ANSWER),
            "citations": tuple(quotable[:MOST_CITATIONS]),
            "reader": _cut(self.reader, LONGEST_NAME),
        }
        for name, value in cleaned.items():
            object.__setattr__(self, name, value)


class FeedbackStore:
    """The feedback of one store, in a SQLite file of its own in that store's folder.

    May be shared between threads and processes: each call has a connection of its own. The file is made by
    the first `add`, for its owner's eyes only. Methods raise the StoreErrors of `index.store.schema`.
    """

    def __init__(self, folder: Path, *, most_rows: int = MOST_ROWS) -> None:
        self.path = folder / FILE_NAME
        self._most_rows = most_rows

    def add(self, feedback: Feedback) -> int:
        """Keep it. Returns its id; ids ascend. Raises FeedbackFull when there is no room for more."""
        at = feedback.at or datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        values = (at, feedback.verdict, feedback.question, feedback.comment, _rest(feedback))
        with translated(self.path.parent), closing(self._to_write()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            rows = connection.execute("SELECT count(*) FROM feedback").fetchone()[0]
            if rows >= self._most_rows or connection.execute(_BYTES).fetchone()[0] >= MOST_BYTES:
                raise FeedbackFull(
                    f"{rows:,} marks of answers are kept, and no more fit: "
                    f"draft cases of them with onrecord eval --from-feedback, then move {FILE_NAME} away"
                )
            added = connection.execute(
                "INSERT INTO feedback (at, verdict, question, comment, rest) VALUES (?, ?, ?, ?, ?)", values
            )
        return int(added.lastrowid or 0)

    def rows(self, since: int = 0) -> Iterator[Feedback]:
        """What was kept after the row with the id `since`, oldest first; nothing where there is no file.

        Raises StoreDamaged for a row that is not as `add` writes them.
        """
        if not self.path.is_file():
            return
        while found := self._some(since):
            for row in found:
                yield _feedback(row, self.path)
            since = found[-1][0]

    def forget(self, article_ids: Collection[str]) -> None:
        """After a takedown: no row holds words of these articles any more, nor does the file.

        Rows that cite one of them go; of the others, what was answered before them, which may quote anything.
        """
        if not self.path.is_file():
            return
        with translated(self.path.parent), closing(self._to_write()) as connection:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for id, rest in connection.execute("SELECT id, rest FROM feedback").fetchall():
                    kept = json.loads(rest)
                    if any(one[0] in article_ids for one in kept["citations"]):
                        connection.execute("DELETE FROM feedback WHERE id = ?", (id,))
                    elif any(role == "assistant" for role, _ in kept["history"]):
                        kept["history"] = [turn for turn in kept["history"] if turn[0] == "user"]
                        rest = json.dumps(kept, ensure_ascii=False)
                        connection.execute("UPDATE feedback SET rest = ? WHERE id = ?", (rest, id))
            connection.execute("VACUUM")  # Pages keep rows that they handed on; this writes them anew.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _some(self, since: int) -> Sequence[Any]:
        sql = "SELECT id, at, verdict, question, comment, rest FROM feedback WHERE id > ? ORDER BY id LIMIT ?"
        with translated(self.path.parent), closing(connected(self.path, "mode=ro")) as connection:
            return connection.execute(sql, (since, _AT_A_TIME)).fetchall()

    def _to_write(self) -> sqlite3.Connection:
        with suppress(FileExistsError):  # SQLite gives its other files the same mode.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        return connected(self.path, "mode=rw", _prepare)


def _prepare(connection: sqlite3.Connection) -> None:
    _switch_to_wal(connection)
    connection.execute("PRAGMA secure_delete = ON")
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'feedback_at'").fetchone():
        connection.executescript(f"BEGIN IMMEDIATE;{_TABLE}COMMIT;")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Where several switch a new file at once SQLite itself does not wait: it says "locked" at once."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def bytes_of(feedback: Feedback) -> int:
    """About how many bytes it takes in the file."""
    return len(f"{feedback.question}{feedback.comment}{_rest(feedback)}".encode())


def _cut(text: str, longest: int) -> str:
    return without_surrogates(text)[:longest]


def _rest(feedback: Feedback) -> str:
    """What is not in a column of its own, as JSON."""
    kept: dict[str, object] = {name: getattr(feedback, name) for name in _PLAIN}
    kept["history"] = [[turn.role, turn.content] for turn in feedback.history]
    kept["filters"] = filters_to_json(feedback.where)
    kept["citations"] = [astuple(one) for one in feedback.citations]
    return json.dumps(kept, ensure_ascii=False)


def _feedback(row: Sequence[Any], path: Path) -> Feedback:
    id, at, verdict, question, comment, rest = row
    try:
        kept = json.loads(rest)
        return Feedback(
            verdict,
            question,
            comment,
            history=tuple(Turn(role, content) for role, content in kept["history"]),
            where=merge_filters(Filter(), kept["filters"]),
            citations=tuple(Cited(*one) for one in kept["citations"]),
            **{name: kept[name] for name in _PLAIN},
            at=at,
            id=id,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UsageError) as error:
        raise StoreDamaged(f"row {id} of {path} cannot be read ({error}); delete it") from error
