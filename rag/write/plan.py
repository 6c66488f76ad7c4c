"""The plan of a question: a language model says, in one short call, what to search for.

The plan is made beside the first search and never needed: where it fails or is late, rules do. What it says
is trusted no further than a question that a reader types, and only leans the search: nothing is cut off.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from index.language.analysis import analyse_question
from index.language.names import Mentions, missing
from index.language.words import phrase
from index.store.filters import source_key
from index.store.store import Archive, Store
from prompts import load
from rag.answer import Intent
from rag.chat import ChatModel, ModelFailure
from rag.prompt.call import complete
from rag.prompt.conversation import without_marks
from rag.prompt.injections import is_injection
from rag.prompt.sanitize import plain_name, sanitized
from rag.render import written_date
from rag.usage import Usage

MAX_TOKENS = 500
"""Of one plan."""
LONGEST_QUESTION = 300
"""Characters of a completed question."""
MOST_QUERIES = 4
MOST_OUTLETS = 20
"""Outlets of the archive that the model is told of."""
_LONGEST_QUERY = 200
_MOST_ASKED_OUTLETS = 4
_LONGEST_OUTLET = 60
_LONGEST_SPAN = 370
"""Days from which on a plan's dates are of a time rather than of an event."""
_MOST_LINES, _LONGEST_LINE = 40, 600
# A label with what models put around it: a bullet, a number, bold type.
_LABEL = re.compile(r"^[\W\d_]*(question|search|dates?|outlets?|kind)[\W\d_]{0,5}?:(.*)$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_DAY = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|when|where|why|how|which|did|does|do|is|was|are|were|has|have|had|can|could|will"
    r"|would|should|tell|list|describe|explain|name|compare|summari[sz]e)\b|\?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to search for, as a model said and as it was found harmless.

    `question` stands without the conversation; `days` are the first and the last one asked about; `outlets`
    are keys (`source_key`) of outlets that the archive has.
    """

    question: str | None = None
    queries: tuple[str, ...] = ()
    days: tuple[date, date] | None = None
    outlets: tuple[str, ...] = ()
    kind: Intent | None = None

    def __bool__(self) -> bool:
        return bool(self.question or self.queries or self.days or self.outlets or self.kind)


class Planner:
    """Asks a language model for plans."""

    def __init__(self, chat: ChatModel) -> None:
        self.chat = chat
        self._prompt = load("plan", "limit", "today", "archive", "conversation", "question")
        self._outlets: tuple[int, list[str]] | None = None

    def outlets_of(self, store: Store) -> Sequence[str]:
        """The store's outlets, the largest first; they are read again when the archive has changed."""
        generation = store.generation
        if self._outlets is None or self._outlets[0] != generation:
            self._outlets = (generation, store.largest_sources())
        return self._outlets[1]

    async def plan(
        self,
        question: str,
        conversation: str,
        outlets: Sequence[str],
        archive: Archive,
        today: date,
        *,
        seconds: float,
        usage: Usage,
    ) -> Plan:
        """The plan for a question; `conversation` is what came before it, as `prompt.conversation` writes it.

        `outlets` are those of the archive, the largest first. Raises ModelFailure, also where the model wrote
        nothing that can be read as a plan. Cancelling the task closes the connection to the model.
        """
        messages = self._prompt.messages(
            limit=str(LONGEST_QUESTION),
            today=written_date(today.isoformat()) or "",
            archive=_holdings(outlets, archive),
            conversation=conversation or "none",
            question=sanitized(question),
        )
        written = await complete(
            self.chat, messages, max_tokens=MAX_TOKENS, seconds=seconds, kind="plan", usage=usage
        )
        plan = parse(written, question, conversation, outlets)
        if not plan:
            raise ModelFailure(f"The model “{self.chat.name}” wrote no plan that can be used.")
        return plan


def parse(written: str, question: str, conversation: str, outlets: Sequence[str]) -> Plan:
    """The plan that a model wrote; what cannot be read, or may not be searched, is left out of it."""
    told = Mentions(f"{conversation} {question}")
    fields = list(_fields(written))
    asked = (_question(value, question, told) for label, value in fields if label == "question")
    queries = (_query(value, told) for label, value in fields if label == "search")
    by_folded = {phrase(query): query for query in queries if query}
    kind = next((_kind(value) for label, value in fields if label == "kind"), None)
    return Plan(
        question=next(filter(None, asked), None),
        queries=tuple(by_folded.values())[:MOST_QUERIES],
        days=next((_days(value) for label, value in fields if label == "date"), None),
        outlets=tuple(_outlets([value for label, value in fields if label == "outlet"], outlets)),
        kind=kind,
    )


def harmless_query(text: str) -> str | None:
    """A text to search for that a model wrote, on one line; None where there is nothing to search for in it,
    or where it speaks to a model."""
    line = sanitized(without_marks(_BULLET.sub("", text))).strip(" *_\"“”'‘’")
    is_query = 2 < len(line) <= _LONGEST_QUERY and any(map(str.isalnum, line))
    return line if is_query and line.casefold() != "none" and not is_injection(line) else None


def _fields(written: str) -> Iterator[tuple[str, str]]:
    """Labels in the singular and small letters, each with its value; further lines repeat their label."""
    label = ""
    for line in written.splitlines()[:_MOST_LINES]:
        found = _LABEL.match(line[:_LONGEST_LINE])
        if found:
            label = found[1].lower().removesuffix("s")
        value = (found[2] if found else line[:_LONGEST_LINE]).strip(" \t*_`")
        if label and value:
            yield label, value


def _question(value: str, asked: str, told: Mentions) -> str | None:
    """The completed question; None for anything but one question about what was spoken of."""
    line = sanitized(without_marks(value)).strip(' *_"“”')
    if not 2 < len(line) <= LONGEST_QUESTION or is_injection(line):
        return None
    if not line.endswith("?") and (asked.rstrip().endswith("?") or not _ASKS.search(line)):
        return None
    return None if missing(analyse_question(line).names, told) else line


def _query(value: str, told: Mentions) -> str | None:
    """A query without names that nobody spoke of; None for another one."""
    query = harmless_query(value)
    return None if query is None or missing(analyse_question(query).names, told) else query


def _days(value: str) -> tuple[date, date] | None:
    """The first and the last day that stand there; None where there is none, or they are no short time."""
    days = []
    for found in _DAY.finditer(value):
        try:
            days.append(date(*map(int, found.groups())))
        except ValueError:
            return None
    if not days or (max(days) - min(days)).days > _LONGEST_SPAN:
        return None
    return min(days), max(days)


def _outlets(values: Sequence[str], outlets: Sequence[str]) -> Iterator[str]:
    """Keys of the archive's outlets that are named; others are nobody's."""
    known = {phrase(outlet).removeprefix("the "): source_key(outlet) for outlet in outlets}
    named = {phrase(name).removeprefix("the ") for value in values for name in re.split("[,;|]", value)}
    # The order of the archive, so that it does not depend on how a set is kept.
    yield from [key for name, key in known.items() if name in named][:_MOST_ASKED_OUTLETS]


def _kind(value: str) -> Intent | None:
    first = re.match(r"\W*(\w+)", value)
    return next((kind for kind in get_args(Intent) if first and kind == first[1].lower()), None)


def _holdings(outlets: Sequence[str], archive: Archive) -> str:
    """What the archive holds, in one or two sentences; an outlet may have any name."""
    names = [name for one in outlets[:MOST_OUTLETS] if (name := plain_name(one, _LONGEST_OUTLET))]
    first, last = written_date(archive.first), written_date(archive.last)
    dated = f"articles from {first} to {last}" if first and last else "articles without days"
    more = len(outlets) - MOST_OUTLETS
    others = f" and {more} more" if more > 0 else ""
    return f"{dated}. Its outlets: {'; '.join(names)}{others}." if names else f"{dated}."
