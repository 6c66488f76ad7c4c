"""Reads evaluation cases from files written by hand; every mistake is reported with file, line and key."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import regex

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.answer import Turn
from rag.evals.cases.case import Case, CaseError
from rag.evals.cases.formats import (
    MOST_BYTES,
    Located,
    Mistake,
    csv_rows,
    decoded,
    json_lines,
    quoted,
    yaml_document,
)
from rag.evals.cases.schema import KEYS, LISTS, ROLES, Key

MOST_MISTAKES = 100
"""Mistakes that are told; the others are counted."""
_LONGEST_ID = 200
_LONGEST_REGEX = 2_000

_OFTEN_MEANT = {
    **dict.fromkeys(("answers", "expected"), "answer"),
    **dict.fromkeys(("answer_regex", "regex"), "answer: {regex: ...}"),
    **dict.fromkeys(("citations", "cite"), "must_cite"),
    **dict.fromkeys(("q", "query"), "question"),
    "filters": "source, after, before and as_of, each a key of its own",
    **{"judge": "assertions", "outlet": "source"},
    **{"must_contain": "must_say", "must_not_contain": "must_not_say"},
}
"""Keys of other tools, and ours in their place."""


def load(paths: Sequence[Path]) -> list[Case]:
    """The cases of these files, and of the case files right in these folders, in that order.

    YAML (.yaml, .yml), JSON lines (.jsonl) and CSV (.csv); a file that is named twice is read once. Raises
    CaseError with every mistake of all files, `UsageError` for a path that is no case file.
    """
    mistakes: list[str] = []
    cases: list[Case] = []
    for path in _files(paths):
        cases += _Reading(path, mistakes).cases()
    _check_ids(cases, mistakes)
    if mistakes:
        told = mistakes[:MOST_MISTAKES]
        if len(mistakes) > len(told):
            told.append(f"and {len(mistakes) - len(told)} more mistakes")
        raise CaseError(*told)
    return cases


def _files(paths: Sequence[Path]) -> list[Path]:
    found: dict[Path, Path] = {}
    endings = ", ".join(MOST_BYTES)
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no case file or folder {path}")
        listed = sorted(path.iterdir()) if path.is_dir() else [path]
        files = [one for one in listed if one.suffix.lower() in MOST_BYTES and one.is_file()]
        if not files:
            problem = "holds no case file" if path.is_dir() else "is no case file"
            raise UsageError(f"{path} {problem}; their names end in {endings}")
        for one in files:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def _check_ids(cases: Sequence[Case], mistakes: list[str]) -> None:
    first: dict[str, Case] = {}
    for case in cases:
        taken = first.setdefault(case.id, case)
        if taken is not case:
            mistakes.append(f"{case.origin}: id {quoted(case.id)} is taken already by {taken.origin}")


class _Reading:
    """One file's cases; what is wrong with it goes to `mistakes`."""

    def __init__(self, path: Path, mistakes: list[str]) -> None:
        self._path = path
        self._mistakes = mistakes
        self._found: list[tuple[int, str]] = []
        self._is_csv = path.suffix.lower() == ".csv"

    def cases(self) -> list[Case]:
        """Those that have no mistake."""
        entries: list[Located] = []
        defaults: dict[str, Any] = {}
        try:
            text = decoded(self._path)
            if self._is_csv:
                entries.extend(csv_rows(text, LISTS, _unknown_column, self._report))
            elif self._path.suffix.lower() == ".jsonl":
                entries.extend(json_lines(text, self._report))
            else:
                shared, entries = self._document(yaml_document(text, self._report))
                defaults = self._fields(shared, only=[name for name, key in KEYS.items() if not key.own])
        except Mistake as error:
            self._report(error.line, str(error))
        except OSError as error:
            self._report(0, f"the file cannot be read ({error.strerror})")
        if not entries and not self._found:
            self._report(0, "the file holds no case")
        read = [self._case(entry, number, defaults) for number, entry in enumerate(entries, start=1)]
        self._mistakes += [told for _, told in sorted(self._found, key=lambda one: one[0])]
        return [case for case in read if case]

    def _report(self, line: int, problem: str) -> None:
        self._found.append((line, f"{self._place(line)}: {problem}"))

    def _place(self, line: int) -> str:
        if not line:
            return str(self._path)
        return f"{self._path}, row {line}" if self._is_csv else f"{self._path}:{line}"

    def _document(self, document: Located) -> tuple[Located, list[Located]]:
        """The defaults and the cases of a YAML file."""
        found, defaults = document, Located({}, document.line)
        if isinstance(found.value, Mapping):
            for name, value in found.value.items():
                if name not in ("defaults", "cases"):
                    known = "a file is a list of cases, or holds `cases` and maybe `defaults`"
                    self._report(value.line, f"unknown key {quoted(name)}; {known}")
            defaults = found.value.get("defaults", defaults)
            found = found.value.get("cases", Located((), found.line))
        if isinstance(found.value, tuple):
            return defaults, list(found.value)
        if found.value is not None:
            self._report(found.line, "the cases must be a list; begin each with `- question: ...`")
        return defaults, []

    def _case(self, entry: Located, number: int, defaults: Mapping[str, Any]) -> Case | None:
        before = len(self._found)
        fields = {**defaults, **self._fields(entry, only=list(KEYS))}
        if isinstance(entry.value, Mapping) and "question" not in entry.value:
            self._report(entry.line, "question is missing")
        if len(self._found) > before:
            return None
        given = {name: value for name, value in fields.items() if value is not None}
        where = Filter(
            given.pop("source", ()), *(given.pop(name, None) for name in ("after", "before", "as_of"))
        )
        stem = self._path.stem.removesuffix(".answers")
        origin = f"{self._path}:{entry.line}"
        case = Case(**{"id": f"{stem}-{number}", **given, "where": where, "origin": origin})
        for problem in _contradictions(case):
            self._report(entry.line, problem)
        return case

    def _fields(self, entry: Located, only: Sequence[str]) -> dict[str, Any]:
        """The values of an entry's keys as a Case takes them; None where a key is there and says nothing."""
        if entry.value is None and "question" not in only:
            return {}
        if not isinstance(entry.value, Mapping):
            self._report(entry.line, "a case must be a mapping such as {question: ...}")
            return {}
        fields: dict[str, Any] = {}
        for name, value in entry.value.items():
            if name not in only:
                self._report(value.line, _unknown(name, only))
                continue
            try:
                fields |= _field(KEYS[name], value)
            except Mistake as mistake:
                subject = f"column {name}" if self._is_csv else name
                self._report(mistake.line or value.line, f"{subject} {mistake}")
        return fields


def _field(key: Key, located: Located) -> dict[str, Any]:
    """The fields that a key fills; null takes a default back. Raises Mistake."""
    if located.value is None and key.name != "question":
        return dict.fromkeys(("answer", "answer_regex") if key.name == "answer" else (key.name,))
    value = _READ[key.shape](key, located)
    return value if key.shape == "answer" else {key.name: value}


def _unknown(name: str, known: Sequence[str]) -> str:
    if name in KEYS:
        return f"{name} cannot be a default; each case has its own"
    plain_name = name.strip().lower().replace("-", "_")
    close = get_close_matches(plain_name, known, n=1)
    meant = _OFTEN_MEANT.get(plain_name) or (close[0] if close else None)
    hint = f"did you mean {meant}?" if meant else f"the keys are {', '.join(known)}"
    return f"unknown key {quoted(name)}; {hint}"


def _unknown_column(name: str) -> str | None:
    if name == "history":
        return "history cannot be written in CSV; use YAML or JSON lines"
    return None if name in KEYS else _unknown(name, [key for key in KEYS if key != "history"])


def _contradictions(case: Case) -> Iterator[str]:
    if case.expects_abstention:
        # An abstention claims and cites nothing.
        for field in ("answer", "answer_regex", "must_cite", "evidence"):
            if getattr(case, field):
                key = field.removesuffix("_regex")
                yield (
                    f"{key} can never be met, for status accepts only abstentions ({', '.join(case.status)});"
                    " leave one of them out"
                )
    for text in sorted({*case.must_say} & {*case.must_not_say}):
        yield f"must_say and must_not_say both hold {quoted(text)}; leave it out of one"
    where = case.where
    if where.after and where.before and where.after >= where.before:
        yield f"before must be a later day than after ({where.after}), not {where.before}"


# Values


def _text(key: Key, located: Located) -> str:
    text = located.value
    if not isinstance(text, str):
        raise Mistake(located.line, f"must be text, not {_kind(located)}")
    if not text.strip():
        raise Mistake(located.line, "is blank; leave it out or fill it in")
    if key.one_of and text not in key.one_of:
        close = get_close_matches(text.lower(), key.one_of, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise Mistake(located.line, f"must be one of {', '.join(key.one_of)}, not {quoted(text)}{hint}")
    if key.name == "id" and (len(text) > _LONGEST_ID or not text.isprintable()):
        problem = f"must be at most {_LONGEST_ID} printable characters, not {quoted(text)}"
        raise Mistake(located.line, problem)
    return text


def _kind(located: Located) -> str:
    if located.value is None:
        return "nothing"
    return "a mapping" if isinstance(located.value, Mapping) else "a list"


def _texts(key: Key, located: Located) -> tuple[str, ...]:
    items = located.value if isinstance(located.value, tuple) else (located,)
    if isinstance(located.value, Mapping):
        raise Mistake(located.line, "must be text or a list of texts, not a mapping")
    return tuple(_text(key, item) for item in items)


def _answer(key: Key, located: Located) -> dict[str, Any]:
    items = located.value if isinstance(located.value, tuple) else (located,)
    patterns = [item for item in items if isinstance(item.value, Mapping)]
    if len(patterns) > 1:
        raise Mistake(patterns[1].line, "takes one regex; write a|b for several")
    return {
        "answer": tuple(_text(key, item) for item in items if not isinstance(item.value, Mapping)),
        "answer_regex": _regex(key, patterns[0]) if patterns else None,
    }


def _regex(key: Key, located: Located) -> str:
    assert isinstance(located.value, Mapping)
    if set(located.value) != {"regex"}:
        raise Mistake(located.line, "must be text, a list of texts or {regex: ...}")
    pattern = _text(key, located.value["regex"])
    if len(pattern) > _LONGEST_REGEX:
        raise Mistake(located.line, f"has a regex of more than {_LONGEST_REGEX:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may read differently
            regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise Mistake(located.line, f"has a regex that cannot be used ({error})") from error
    return pattern


def _date(key: Key, located: Located) -> str:
    text = _text(key, located)
    try:
        read = getattr(Filter((), **{key.name: text}), key.name)
    except UsageError as error:
        raise Mistake(located.line, f"cannot be used: {str(error).partition(': ')[2]}") from error
    return str(read)


def _history(_: Key, located: Located) -> tuple[Turn, ...]:
    shape = "must be a list of {role: user, content: ...} and {role: assistant, content: ...}"
    if not isinstance(located.value, tuple):
        raise Mistake(located.line, shape)
    turns = []
    for item in located.value:
        if not isinstance(item.value, Mapping) or set(item.value) != {"role", "content"}:
            raise Mistake(item.line, shape)
        role, content = item.value["role"].value, item.value["content"]
        if role not in ROLES:
            raise Mistake(item.value["role"].line, f"has a role that is neither {' nor '.join(ROLES)}")
        turns.append(Turn("user" if role == "user" else "assistant", _text(KEYS["history"], content)))
    return tuple(turns)


_READ: dict[str, Callable[[Key, Located], Any]] = {
    **{"text": _text, "texts": _texts, "date": _date, "history": _history, "answer": _answer}
}
