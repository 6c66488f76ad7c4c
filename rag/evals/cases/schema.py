"""The keys of a case file, by which the reader checks it, and its JSON Schema for editors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rag.evals.cases.case import INTENTS, STATUSES

Shape = Literal["text", "texts", "date", "answer", "history"]
ROLES = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a case: its value's shape, what it says, and what its texts may be if not anything.

    `own`: each case has its own, so that `defaults` cannot hold it.
    """

    name: str
    shape: Shape
    says: str
    one_of: tuple[str, ...] = ()
    own: bool = False


KEYS = {
    key.name: key
    for key in (
        Key("id", "text", "A name for the case; without it the file's name and the case's number.", own=True),
        Key("question", "text", "The question that is asked.", own=True),
        Key("history", "history", "The conversation so far, oldest message first."),
        Key(
            "answer",
            "answer",
            "Strings of which the answer has to hold one, or {regex: ...} that matches it.",
        ),
        Key("must_cite", "texts", "Article ids, URLs or titles, each of which has to be cited."),
        Key("evidence", "texts", "Words of an article, verbatim; a citation has to hold one of them."),
        Key("must_say", "texts", "What the answer has to say, all of it."),
        Key("must_not_say", "texts", "What the answer may not say, none of it."),
        Key("status", "texts", 'The accepted statuses; "abstained" is any abstention.', one_of=STATUSES),
        Key("intent", "texts", "What the question may be taken for.", one_of=INTENTS),
        Key("assertions", "texts", "Sentences about the answer for a judging model; they fail nothing."),
        Key("source", "texts", "Ask only the articles of these outlets."),
        Key("after", "date", "Ask only articles of this day or later."),
        Key("before", "date", "Ask only articles of days before this one."),
        Key("as_of", "date", "Use nothing that was published later; relative dates count from it."),
        Key("tags", "texts", "Words to group cases by in the report."),
        Key("known_gap", "text", "Why the case is known to fail; it is reported and never gated."),
    )
}

LISTS = frozenset(key.name for key in KEYS.values() if key.shape in ("texts", "answer"))
"""The keys that take several texts."""


def schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a case file; `#/$defs/case` is that of a line of JSON lines.

    It knows keys, shapes and statuses. Dates, regular expressions, contradictions and ids that are given
    twice are for the reader to find.
    """
    case = {name: _value(key) for name, key in KEYS.items()}
    shared = {name: value for name, value in case.items() if not KEYS[name].own}
    cases = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/case"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "onrecord evaluation cases",
        "anyOf": [
            cases,
            _object({"defaults": {"$ref": "#/$defs/defaults"}, "cases": cases}, required=("cases",)),
        ],
        "$defs": {
            "case": _object(case, required=("question",)),
            "defaults": _object(shared),
            "text": {"type": ["string", "number", "boolean"], "pattern": r"\S"},
            "message": _object(
                {"role": {"enum": list(ROLES)}, "content": {"$ref": "#/$defs/text"}},
                required=("role", "content"),
            ),
            "regex": _object({"regex": {"type": "string", "format": "regex"}}, required=("regex",)),
        },
    }


def _value(key: Key) -> dict[str, object]:
    text: dict[str, object] = {"enum": list(key.one_of)} if key.one_of else {"$ref": "#/$defs/text"}
    if key.shape in ("text", "date"):
        shapes = [text]
    elif key.shape == "history":
        shapes = [{"type": "array", "items": {"$ref": "#/$defs/message"}}]
    else:
        items = [text, {"$ref": "#/$defs/regex"}] if key.shape == "answer" else [text]
        shapes = [*items, {"type": "array", "items": {"anyOf": items}}]
    nothing: list[dict[str, object]] = [] if key.name == "question" else [{"type": "null"}]
    return {"description": key.says, "anyOf": shapes + nothing}


def _object(properties: Mapping[str, object], required: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
