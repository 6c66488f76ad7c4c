"""Shared answers: their table and its bounds, and what is left of an answer whose articles are gone."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.errors import OnrecordError
from index.store.store import Store
from index.store.write import Writer, now

Kept = dict[str, Any]
"""An answer as it was given, as JSON (`rag.web.answers.given`)."""

MOST = 10_000
"""Answers that are shared at a time."""
MOST_BYTES = 256 << 20
"""Of all shared answers together."""
LARGEST = 256 << 10
"""Bytes of one."""
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_AT_A_TIME = 100
_OF_THE_ARCHIVE = (
    "asked_at",
    "intent",
    "status",
    "status_text",
    "withheld",
    "reader",
    "checked_by",
    "archive",
)
"""Keys of an answer that hold no words of articles."""
_SPANS = ("citations", "nearest")


class SharesFull(OnrecordError):
    """No more answers can be shared until the owner removes some, or this one is too large."""


class ShareWithdrawn(OnrecordError):
    """The answer quotes an article that is gone, and is not shared."""


@dataclass(frozen=True, slots=True)
class Share:
    """A shared answer, and when it was shared (RFC 3339, UTC)."""

    id: str
    shared_at: str
    answer: Kept


def find_share(store: Store, id: str) -> Share | None:
    """The share with this id; None where there is none, or no longer."""
    if not _ID.fullmatch(id) or not _has_table(store):
        return None
    rows = store.rows("SELECT shared_at, answer FROM shares WHERE id = ?", (id,))
    return Share(id, rows[0][0], json.loads(rows[0][1])) if rows else None


def find_shared(store: Store, seal: str) -> str | None:
    """The id under which the answer with this seal is shared; None where it is not."""
    rows = store.rows("SELECT id FROM shares WHERE seal = ?", (seal,)) if _has_table(store) else ()
    return str(rows[0][0]) if rows else None


def add_share(writer: Writer, answer: Kept, seal: str) -> str:
    """Keep a shared answer, within the caller's transaction; its id, which is that of the same answer before.

    Raises SharesFull.
    """
    if (known := find_shared(writer.store, seal)) is not None:
        return known
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode())
    count, held = writer.store.rows("SELECT count(*), coalesce(sum(bytes), 0) FROM shares")[0]
    if size > LARGEST:
        raise SharesFull(f"an answer of {size:,} bytes is too large to be shared")
    if count >= MOST or held + size > MOST_BYTES:
        raise SharesFull(f"{count:,} answers of {held:,} bytes are shared, and no more can be kept")
    id = secrets.token_urlsafe(16)
    writer.execute("INSERT INTO shares VALUES (?, ?, ?, ?, ?)", (id, seal, now(), size, text))
    return id


def drop_share(writer: Writer, id: str) -> bool:
    """Delete a shared answer, within the caller's transaction; whether there was one."""
    return writer.execute("DELETE FROM shares WHERE id = ?", (id,)).rowcount > 0


def change_shares(writer: Writer, change: Callable[[Kept], Kept]) -> None:
    """Put what `change` makes of each shared answer in its place, within the caller's transaction."""
    for id, text in _rows(writer.store):
        answer = json.loads(text)
        if (changed := change(answer)) != answer:
            made = json.dumps(changed, ensure_ascii=False, separators=(",", ":"))
            writer.execute("UPDATE shares SET seal = NULL, answer = ? WHERE id = ?", (made, id))


def _rows(store: Store) -> Iterator[tuple[str, str]]:
    last = ""
    while rows := store.rows(
        "SELECT id, answer FROM shares WHERE id > ? ORDER BY id LIMIT ?", (last, _AT_A_TIME)
    ):
        yield from rows
        last = rows[-1][0]


def _has_table(store: Store) -> bool:
    """Whether there is a table of shares: none before the first writer that knows of them."""
    return bool(store.rows("SELECT 1 FROM sqlite_schema WHERE name = 'shares'"))


def without(
    answer: Kept,
    is_gone: Callable[[Mapping[str, Any]], bool],
    is_said: Callable[[str], bool] = lambda text: False,
) -> Kept:
    """What is left of an answer without the articles that are gone; itself where nothing of it is.

    `is_gone` is asked about each citation, nearest passage (`article_id`, `revision`, ...) and listed article
    (`id`), `is_said` whether a text has words of such an article. A sentence goes with any of its citations;
    with the first of them go all sentences that cite nothing, since a model may have written them from
    anything. Each run of such sentences leaves one of the role "withdrawn", without text.
    """
    left: Kept = dict(answer)
    for name in (*_SPANS, "articles"):
        if name in answer:
            left[name] = [one for one in answer[name] if not is_gone(one)]
    lost = {one["n"] for one in answer["citations"]} - {one["n"] for one in left["citations"]}
    is_touched = any(left.get(name) != answer.get(name) for name in (*_SPANS, "articles"))
    names = answer.keys() - {*_OF_THE_ARCHIVE, *_SPANS, "articles", "sentences"}
    told = [(one["text"], one.get("reason")) for one in answer["sentences"] if one["support"] != "verbatim"]
    if not is_touched and not is_said(_text_of([*told, *(answer[name] for name in names)])):
        return answer
    told_of = bool(lost) or left.get("articles") != answer.get("articles")

    def goes(sentence: Mapping[str, Any]) -> bool:
        if sentence["role"] == "withdrawn" or lost & set(sentence["citations"]):
            return True
        if sentence["support"] == "verbatim":  # Its words are those of articles that stay.
            return False
        said = is_said(_text_of((sentence["text"], sentence.get("reason"))))
        return said or (told_of and not sentence["citations"] and sentence["role"] != "lead")

    left["sentences"] = _left_of(answer["sentences"], goes)
    for name in names:
        derived = name not in ("question", "filters") and answer[name] != answer["question"]
        if (is_touched and derived) or is_said(_text_of(answer[name])):
            left[name] = "" if name == "question" else _emptied(answer[name])
    if left["sentences"] != answer["sentences"]:
        left["status"] = _status_of(answer, left)
    return left


def _left_of(sentences: list[Kept], goes: Callable[[Kept], bool]) -> list[Kept]:
    """The sentences that stay, with one of the role "withdrawn" for each run of those that go.

    A lead goes with the last claim under it.
    """
    gone = [goes(one) for one in sentences]
    at = len(sentences)
    for n in range(len(sentences) - 1, -1, -1):
        if sentences[n]["role"] == "lead":
            led = range(n + 1, at)
            stays = any(not gone[one] and sentences[one]["role"] == "claim" for one in led)
            gone[n] = gone[n] or (any(gone[one] for one in led) and not stays)
            at = n
    left: list[Kept] = []
    for one, is_gone in zip(sentences, gone, strict=True):
        if not is_gone:
            left.append(one)
        elif not (left and left[-1]["role"] == "withdrawn"):
            left.append(_withdrawn(one))
    return left


def _withdrawn(sentence: Kept) -> Kept:
    place = {name: sentence[name] for name in ("index", "item") if name in sentence}
    empty: Kept = {"text": "", "citations": [], "support": None, "highlights": [], "reason": None}
    return Kept(**place, **empty, role="withdrawn")


def _status_of(answer: Kept, left: Kept) -> str:
    """An answer of which nothing is left has the status "withdrawn"; one that lost a claim is partial."""
    claims = [sum(one["role"] == "claim" for one in each["sentences"]) for each in (answer, left)]
    if claims[0] and not claims[1]:
        return "withdrawn"
    return "partial" if claims[0] > claims[1] and answer["status"] == "answered" else str(answer["status"])


def _text_of(value: object) -> str:
    """All texts within a JSON value, each on a line of its own."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return "\n".join(map(_text_of, value))
    return value if isinstance(value, str) else ""


def _emptied(value: object) -> object:
    if isinstance(value, Mapping):
        return dict.fromkeys(value)
    return [] if isinstance(value, list) else None
