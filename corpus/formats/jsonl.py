"""JSON: an article, a list of them, or the answer of a news API; JSONL: an article a line, as a stream."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats.exports import entries_of, unified
from corpus.formats.fields import article_from
from corpus.sources import MAX_ARTICLE_BYTES, MAX_FILE_BYTES, MEGABYTE, SourceFile, decode, reason

#: Failures of one file that are reported one by one; the rest is only counted.
MAX_FAILURES = 100

_CHUNK_BYTES = 1 << 16


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The articles of a .json or .jsonl file; `feed.jsonl#7` is the id of line 7 if the line gives none."""
    entries = _lines(source) if source.suffix == ".jsonl" else _items(source)
    failed = 0
    for where, number, entry in entries:
        try:
            if isinstance(entry, ReadError):
                raise entry
            if not isinstance(entry, dict):
                raise ReadError("it is no JSON object with the fields of an article")
            fields, remarks = unified(entry)
            yield article_from(fields, source, number, remarks)
        except Exception as error:  # whatever one entry holds, the next one is read
            failed += 1
            if failed <= MAX_FAILURES:
                yield source.failure(f"{where}: {reason(error)}" if where else reason(error))
    if failed > MAX_FAILURES:
        yield source.failure(f"{failed - MAX_FAILURES} more lines or items could not be read either")


#: Its place in words, its number from 1, and the parsed JSON or the error.
Entry = tuple[str, int | None, object]


def _items(source: SourceFile) -> Iterator[Entry]:
    document = _parse(decode(source.read(MAX_FILE_BYTES)), line=None)
    document = entries_of(document)
    if not isinstance(document, list):
        yield "", None, document
        return
    if not document:
        raise ReadError("the list of articles is empty")
    for number, item in enumerate(document, start=1):
        yield f"item {number}", number, item


def _lines(source: SourceFile) -> Iterator[Entry]:
    with source.open() as handle:
        _refuse_binary(handle)
        blank = True
        for number, line in _bounded_lines(handle):
            if line is None:
                says = f"the line is longer than the limit of {MAX_ARTICLE_BYTES // MEGABYTE} MB"
                yield f"line {number}", number, ReadError(says)
            elif line.strip(b"\xef\xbb\xbf \t\r\n" if number == 1 else b" \t\r\n"):
                yield f"line {number}", number, _parsed_line(line, number)
            else:
                continue
            blank = False
    if blank:
        raise ReadError("the file holds only blank lines")


def _bounded_lines(handle: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number, None instead of one that is too long; never holds more than the limit."""
    number = 0
    while line := handle.readline(MAX_ARTICLE_BYTES + 1):
        number += 1
        if len(line) <= MAX_ARTICLE_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = handle.readline(_CHUNK_BYTES)
        yield number, None


def _parsed_line(line: bytes, number: int) -> object:
    try:
        return _parse(decode(line.rstrip()), number)
    except ReadError as error:
        return error


def _refuse_binary(handle: BinaryIO) -> None:
    """Raise one ReadError for an empty file, and for a binary file, instead of one for each of its lines."""
    start = handle.read(_CHUNK_BYTES)
    if not start:
        raise ReadError("the file is empty")
    if b"\0" in start and b"{" not in {line.lstrip(b"\xef\xbb\xbf \t")[:1] for line in start.split(b"\n")}:
        raise ReadError(f"it is not text: the byte at offset {start.index(0)} is NUL")
    handle.seek(0)


def _parse(text: str, line: int | None) -> object:
    """The JSON value. Raises ReadError naming the line, which `line` fixes for a text of one line."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = "" if line is not None else f"line {error.lineno}: "
        is_jsonl = line is None and error.msg == "Extra data"
        hint = "; one object a line belongs in a .jsonl file" if is_jsonl else ""
        raise ReadError(f"{where}it is not valid JSON ({error.msg}, column {error.colno}){hint}") from error
    except RecursionError as error:
        raise ReadError("it is nested too deeply") from error
    except ValueError as error:
        raise ReadError(f"it is not valid JSON ({str(error)[:200]})") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
