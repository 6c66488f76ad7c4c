"""The formats of case files (YAML, JSON lines, CSV), read into values with line numbers, within size limits.

A scalar is kept as the text in the file, so `answer: 2019` and `answer: no` are texts; only null and an empty
value are None.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rag.question.filters import without_surrogates

MOST_BYTES = {".yaml": 2_000_000, ".yml": 2_000_000, ".jsonl": 64_000_000, ".csv": 64_000_000}
"""File name endings and the largest size in bytes; YAML takes some 4 seconds for a megabyte."""
DEEPEST = 16
"""Levels of lists and mappings; a case needs four."""
SEPARATOR = "|"
"""Between the items of a list in one CSV cell."""

Value = str | None | tuple["Located", ...] | Mapping[str, "Located"]


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a file and the line (in CSV the row) where it begins, from 1."""

    value: Value
    line: int


class Mistake(Exception):
    """A problem of a file or a value that cannot be used, and its line (0: the whole file)."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


Report = Callable[[int, str], None]
"""Called with the line and the description of a mistake after which reading goes on."""


def decoded(path: Path) -> str:
    """The text of a case file. Raises Mistake, or OSError."""
    limit = MOST_BYTES[path.suffix.lower()]
    with path.open("rb") as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise Mistake(0, f"the file is larger than {limit:,} bytes; divide it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Mistake(line, "the file is not UTF-8; save it in that encoding") from error


# YAML


def yaml_document(text: str, report: Report) -> Located:
    """The one document of a YAML file; keys that are given twice are reported. Raises Mistake."""
    try:
        loader = _Loader(text)
        root = loader.get_node() if loader.check_node() else None
        if loader.check_node():
            second = loader.get_node()
            line = second.start_mark.line + 1 if second else 0
            raise Mistake(line, "a second document begins; a file holds one")
        return Located(None, 1) if root is None else _of_node(root, report)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "no YAML"
        if "'?'" in problem or "':'" in problem or "mapping values" in problem:
            problem += "; put texts with ? or : in quotes"
        line = mark.line + 1 if mark else 0
        raise Mistake(line, f"the file is not valid YAML ({problem})") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Mistake(
            line, f"the character U+{ord(text[error.position]):04X} cannot stand in YAML"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Mistake(0, "the file is not valid YAML") from error


class _Loader(yaml.SafeLoader):
    """Composes nodes of bounded depth, without aliases and tags, which could make a small file large."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The node that begins here. Raises Mistake."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # has no types in types-PyYAML
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise Mistake(line, "aliases are not read; write the value out, or use `defaults`")
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise Mistake(line, "tags (!...) are not read; leave it out")
        if isinstance(event, yaml.CollectionStartEvent) and self._depth == DEEPEST:
            raise Mistake(line, f"the values are nested more than {DEEPEST} deep")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _of_node(node: yaml.Node, report: Report) -> Located:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        empty = node.style is None and node.value in ("", "~", "null", "Null", "NULL")
        return Located(None if empty else node.value, line)
    if isinstance(node, yaml.SequenceNode):
        return Located(tuple(_of_node(item, report) for item in node.value), line)
    return _mapping(
        [(_of_node(key, report), _of_node(item, report)) for key, item in node.value], line, report
    )


def _mapping(items: Iterable[tuple[Located, Located]], line: int, report: Report) -> Located:
    """A mapping of keys and values; a key that is given twice is reported. Raises Mistake."""
    found: dict[str, Located] = {}
    for key, value in items:
        if not isinstance(key.value, str):
            raise Mistake(key.line, "a key must be a word followed by a colon")
        if key.value in found:
            report(key.line, f"{quoted(key.value)} is given twice")
        found.setdefault(key.value, value)
    return Located(found, line)


# JSON lines


def json_lines(text: str, report: Report) -> Iterator[Located]:
    """The values of the lines that are not blank; a line that is no JSON is reported and left out."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            # Numbers stay as they were written; objects become tuples of pairs, to find keys given twice.
            value = json.loads(
                line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=tuple
            )
            yield _located(value, number, report)
        except json.JSONDecodeError as error:
            report(number, f"the line is not JSON ({error.msg}, column {error.colno})")
        except Mistake as error:
            report(number, str(error))
        except (RecursionError, ValueError):
            report(number, "the line is not JSON that can be read (nested too deep)")


def _located(value: object, line: int, report: Report, depth: int = 0) -> Located:
    if depth > DEEPEST:
        raise Mistake(line, f"the values are nested more than {DEEPEST} deep")
    if isinstance(value, tuple):
        pairs = [(Located(key, line), _located(item, line, report, depth + 1)) for key, item in value]
        return _mapping(pairs, line, report)
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
                    report(number, f"the column {quoted(name)} is given twice")
                wrong = {name: problem for name in cells if name and (problem := refused(name))}
                for problem in wrong.values():
                    report(number, problem)
            elif any(cells[len(names) :]) or any(c and not n for n, c in zip(names, cells, strict=False)):
                report(number, "the row has a cell in a column without a name")
            else:
                filled = [(n, cell) for n, cell in zip(names, cells, strict=False) if cell and n not in wrong]
                yield Located({n: _cell(cell, number, n in lists) for n, cell in filled}, number)
    except csv.Error as error:
        raise Mistake(number + 1, f"the file is not valid CSV ({error})") from error


def _cell(cell: str, row: int, is_list: bool) -> Located:
    if not is_list or SEPARATOR not in cell:
        return Located(cell, row)
    return Located(tuple(Located(item.strip(), row) for item in cell.split(SEPARATOR)), row)


def quoted(text: str) -> str:
    """A word of the file as a message may repeat it: quoted, escaped and not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
