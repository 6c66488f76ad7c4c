"""Case files as values that know their line: YAML, JSON lines and CSV, read within bounds.

A scalar is the text that stands there, so that `answer: 2019` and `answer: no` are no surprise; only null
and nothing at all are None.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from rag.question.filters import without_surrogates

MOST_BYTES = {".yaml": 2_000_000, ".yml": 2_000_000, ".jsonl": 64_000_000, ".csv": 64_000_000}
"""Endings that are read, and how large such a file may be; YAML takes some 4 seconds for a megabyte."""
DEEPEST = 16
"""Lists and mappings within one another; a case needs four."""
SEPARATOR = "|"
"""Between the items of a list in one CSV cell."""

Value = str | None | tuple["Located", ...] | Mapping[str, "Located"]


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a file and the line (in CSV the row) where it begins, from 1."""

    value: Value
    line: int


class Unreadable(Exception):
    """What is wrong with a file, and in which line (0: with the whole of it)."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


Report = Callable[[int, str], None]
"""Takes the line of a mistake that lets the rest of the file be read, and what it is."""


def decoded(path: Path) -> str:
    """The text of a case file. Raises Unreadable, or OSError."""
    limit = MOST_BYTES[path.suffix.lower()]
    with path.open("rb") as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise Unreadable(0, f"the file is larger than {limit:,} bytes; divide it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "the file is not UTF-8; save it in that encoding") from error


# YAML


def yaml_document(text: str, report: Report) -> Located:
    """The one document of a YAML file, the keys that are given twice reported. Raises Unreadable."""
    try:
        return _Tree(report).build(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "no YAML"
        if "'?'" in problem or "':'" in problem or "mapping values" in problem:
            problem += "; put texts with ? or : in quotes"
        line = mark.line + 1 if mark else 0
        raise Unreadable(line, f"the file is not valid YAML ({problem})") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(
            line, f"the character U+{ord(text[error.position]):04X} cannot stand in YAML"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(0, "the file is not valid YAML") from error


class _Tree:
    """Builds values from YAML's events with a stack of its own: no depth and no alias can run away."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: list[_Open] = []
        self._root: Located | None = None

    def build(self, events: Iterator[yaml.Event]) -> Located:
        """The value of the whole stream; nothing at all is None."""
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent):
                raise Unreadable(line, "aliases are not read; write the value out, or use `defaults`")
            if isinstance(event, yaml.ScalarEvent):
                self._check_tag(event.tag, line)
                empty = event.style is None and event.value in ("", "~", "null", "Null", "NULL")
                self._add(Located(None if empty else event.value, line))
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                self._check_tag(event.tag, line)
                if len(self._open) == DEEPEST:
                    raise Unreadable(line, f"the values are nested more than {DEEPEST} deep")
                self._open.append(_Open(isinstance(event, yaml.MappingStartEvent), line))
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                self._add(self._open.pop().closed())
        return self._root or Located(None, 1)

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise Unreadable(line, "tags (!...) are not read; leave it out")

    def _add(self, value: Located) -> None:
        if not self._open:
            if self._root is not None:
                raise Unreadable(value.line, "a second document begins; a file holds one")
            self._root = value
            return
        if problem := self._open[-1].add(value):
            self._report(value.line, problem)


class _Open:
    """A list or a mapping whose end has not come yet."""

    def __init__(self, is_mapping: bool, line: int) -> None:
        self._line = line
        self._is_mapping = is_mapping
        self._items: list[Located] = []
        self._pairs: dict[str, Located] = {}
        self._key: str | None = None

    def add(self, value: Located) -> str | None:
        """Takes an item, a key or a key's value; what is wrong with it."""
        if not self._is_mapping:
            self._items.append(value)
        elif self._key is None:
            if not isinstance(value.value, str):
                raise Unreadable(value.line, "a key must be a word followed by a colon")
            self._key = value.value
            return f"{shown(self._key)} is given twice" if self._key in self._pairs else None
        else:
            self._pairs.setdefault(self._key, value)
            self._key = None
        return None

    def closed(self) -> Located:
        """The whole list or mapping."""
        return Located(self._pairs if self._is_mapping else tuple(self._items), self._line)


# JSON lines


def json_lines(text: str, report: Report) -> Iterator[Located]:
    """The values of the lines that are not blank; a line that is no JSON is reported and left out."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(
                line, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_Pairs
            )
            yield _located(value, number, report)
        except json.JSONDecodeError as error:
            report(number, f"the line is not JSON ({error.msg}, column {error.colno})")
        except Unreadable as error:
            report(number, str(error))
        except (RecursionError, ValueError):
            report(number, "the line is not JSON that can be read (nested too deep)")


class _Number(str):
    """A number as it was written."""


class _Pairs(list[tuple[str, object]]):
    """The keys and values of a JSON object."""


def _located(value: object, line: int, report: Report, depth: int = 0) -> Located:
    if depth > DEEPEST:
        raise Unreadable(line, f"the values are nested more than {DEEPEST} deep")
    if isinstance(value, _Pairs):
        pairs: dict[str, Located] = {}
        for key, item in value:
            if key in pairs:
                report(line, f"{shown(key)} is given twice")
            pairs[key] = _located(item, line, report, depth + 1)
        return Located(pairs, line)
    if isinstance(value, list):
        return Located(tuple(_located(item, line, report, depth + 1) for item in value), line)
    if value is None:
        return Located(None, line)
    return Located(str(value).lower() if isinstance(value, bool) else without_surrogates(str(value)), line)


# CSV


def csv_rows(
    text: str, lists: frozenset[str], refused: Callable[[str], str | None], report: Report
) -> Iterator[Located]:
    """One mapping a row, by the first row's names; cells of `lists` are divided at `SEPARATOR`.

    `refused` says why there can be no column of that name, which is reported once. Empty cells are left
    out. A semicolon divides the cells where the first row has no comma.
    """
    first = text.split("\n", 1)[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    wrong: dict[str, str] = {}
    number = 0
    try:
        for number, row in enumerate(rows, start=1):
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not names:
                names = cells
                for name in sorted({name for name in names if name and names.count(name) > 1}):
                    report(number, f"the column {shown(name)} is given twice")
                wrong = {name: problem for name in cells if name and (problem := refused(name))}
                for problem in wrong.values():
                    report(number, problem)
            elif any(cells[len(names) :]) or any(c and not n for n, c in zip(names, cells, strict=False)):
                report(number, "the row has a cell in a column without a name")
            else:
                filled = [(n, cell) for n, cell in zip(names, cells, strict=False) if cell and n not in wrong]
                yield Located({n: _cell(cell, number, n in lists) for n, cell in filled}, number)
    except csv.Error as error:
        raise Unreadable(number + 1, f"the file is not valid CSV ({error})") from error


def _cell(cell: str, row: int, is_list: bool) -> Located:
    if not is_list or SEPARATOR not in cell:
        return Located(cell, row)
    return Located(tuple(Located(item.strip(), row) for item in cell.split(SEPARATOR)), row)


def shown(text: str) -> str:
    """A word of the file as a message may repeat it: quoted, escaped and not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
