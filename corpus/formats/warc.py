"""WARC: web archives. Each capture of a page is a revision of its address, with the moment of the capture.

The format is ISO 28500; https://iipc.github.io/warc-specifications/ has its text.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

from corpus.article import Article, Failure, canonical_url
from corpus.errors import ReadError
from corpus.formats.fields import article_from
from corpus.kinds import format_of, is_gzip, kind_of
from corpus.page.boilerplate import take_dropped
from corpus.sources import MEGABYTE, SourceFile, reason, shown, unpacked

MAX_CAPTURE_BYTES = 10 * MEGABYTE
"""Limit of what was captured of one address, as for a page that is fetched; unpacked and packed."""
MAX_HEAD_BYTES = 100_000
MAX_FAILURES = 100
"""Failures of one file that are reported one by one; the rest is only counted."""
_MOST_KINDS = 12
_CHUNK_BYTES = 1 << 16

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CAPTURES = ("response", "resource", "conversion", "revisit")
_XML = ("text/xml", "application/xml")

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Record:
    """One record: its headers by lower-case name; its block, or why there is none, if it is a capture."""

    headers: Headers
    block: bytes | ReadError


class _LeftOut(Exception):
    """A capture that is no article, which is told in numbers only."""


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The articles of a web archive in its order; one may come several times, with `seen_at` of each capture.

    Redirects, errors, revisits and types that are not read are told in one sentence at the end.
    """
    failed, found = 0, 0
    left_out: Counter[str] = Counter()
    with source.open() as handle:
        for record in _records(handle):
            url = "the archive" if isinstance(record, ReadError) else _target(record)
            try:
                if isinstance(record, ReadError):
                    raise record
                for article in _articles(record, url, source):
                    found += 1
                    yield article
            except _LeftOut as why:
                left_out[str(why)] += 1
            except Exception as error:  # whatever one capture holds, the next one is read
                failed += 1
                if failed <= MAX_FAILURES:
                    yield source.failure(f"{shown(url[:160])}: {reason(error)}")
    if failed > MAX_FAILURES:
        yield source.failure(f"{failed - MAX_FAILURES} more captures could not be read either")
    if left_out:
        kinds = [f"{count:,} {kind}" for kind, count in left_out.most_common(_MOST_KINDS)]
        more = left_out.total() - sum(count for _, count in left_out.most_common(_MOST_KINDS))
        told = ", ".join([*kinds, f"{more:,} others"] if more else kinds)
        yield replace(source.failure(f"captures that are no articles were left out: {told}"), left_out=True)
    if not (failed or found or left_out):
        raise ReadError("it holds no capture of a page")


def _records(handle: BinaryIO) -> Iterator[_Record | ReadError]:
    """The captures of an archive; an error for what is no record, which is passed over."""
    is_lost = False
    while line := handle.readline(MAX_HEAD_BYTES):
        if not line.startswith(b"WARC/"):
            if line.strip() and not is_lost:
                is_lost = True
                yield ReadError("something that is no record stands in it, and was passed over")
            continue
        is_lost = False
        headers = _headers(_head(handle))
        written = headers.get("content-length", "")
        if not written.isdecimal() or len(written) > 18:
            yield ReadError("a record does not state its length")
            continue
        length = int(written)
        is_capture = headers.get("warc-type", "").lower() in _CAPTURES
        if is_capture and length <= MAX_CAPTURE_BYTES + MAX_HEAD_BYTES:
            block = handle.read(length)
            is_whole = len(block) == length
            yield _Record(headers, block if is_whole else ReadError("the archive is cut off within it"))
            continue
        _skip(handle, length)
        if is_capture:
            yield _Record(headers, ReadError(f"it is larger than {MAX_CAPTURE_BYTES // MEGABYTE} MB"))


def _head(handle: BinaryIO) -> bytes:
    """The lines of a record's head, without those beyond the limit."""
    lines, left = [], MAX_HEAD_BYTES
    while (line := handle.readline(MAX_HEAD_BYTES)).strip():
        left -= len(line)
        lines += [line] if left >= 0 else []
    return b"".join(lines)


def _skip(handle: BinaryIO, length: int) -> None:
    while length > 0 and (part := handle.read(min(length, _CHUNK_BYTES))):
        length -= len(part)


def _headers(head: bytes) -> Headers:
    found: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def _target(record: _Record) -> str:
    # Some tools write the address in angle brackets, as WARC/1.0's grammar has it.
    return record.headers.get("warc-target-uri", "").strip("<>")


def _articles(record: _Record, url: str, source: SourceFile) -> list[Article]:
    """The article of a capture. Raises _LeftOut for one that is none, ReadError for one that is not read."""
    kind = record.headers.get("warc-type", "").lower()
    if kind == "revisit":
        raise _LeftOut("revisits without a content of their own")
    address = canonical_url(url)
    if address is None:
        raise _LeftOut("of other addresses than the web's")
    if isinstance(record.block, ReadError):
        raise record.block
    declared, data = record.headers.get("content-type", ""), record.block
    if kind == "response":
        declared, data = _payload(record.block)
    elif kind == "conversion":
        declared = "text/plain; charset=utf-8"
    made = [
        replace(article, seen_at=_moment(record.headers), origin=source.origin, line=None)
        for article in _read(data, declared, address)
    ]
    return [
        replace(article, metadata={**article.metadata, "captured_at": article.seen_at}) for article in made
    ]


def _read(data: bytes, declared: str, url: str) -> list[Article]:
    """The articles in what an address answered with."""
    content_type = declared.partition(";")[0].strip().lower()
    suffix = format_of(data, content_type, url)
    if suffix is None or kind_of(data) == ".xml" or (content_type in _XML and kind_of(data) != ".html"):
        raise _LeftOut(f"of the type {shown(content_type[:60]) or 'unknown'}")
    if suffix != ".html":
        from corpus.read import read_content

        return read_content(data, suffix, url)
    from corpus.formats.html import fields_of_page

    charset = _CHARSET.search(declared)
    fields = fields_of_page(data, declared=charset[1] if charset else None, url=url)
    dropped = take_dropped(fields)
    own = canonical_url(str(fields.get("url") or url)) or url
    return [article_from({**fields, "id": None, "url": own}, SourceFile(own, own), dropped=dropped)]


def _payload(block: bytes) -> tuple[str, bytes]:
    """The Content-Type and the content of an HTTP response. Raises _LeftOut for another status than 200."""
    found = re.search(rb"\r?\n\r?\n", block[:MAX_HEAD_BYTES])
    status = _STATUS.match(block)
    if status is None:
        raise _LeftOut("of other protocols than HTTP")
    if status[1] != b"200":
        raise _LeftOut(f"with the status {status[1].decode()}")
    if found is None:
        raise ReadError("its HTTP headers have no end")
    headers = _headers(block[: found.start()])
    body = block[found.end() :]
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _without_chunks(body)
    return headers.get("content-type", ""), _decoded(body, headers.get("content-encoding", "").lower())


def _without_chunks(body: bytes) -> bytes:
    """The content of a chunked body; itself, if the tool that wrote it has put its chunks together."""
    parts, at = [], 0
    while size := _CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
        if length == 0 or at >= len(body):
            break
    return b"".join(parts) if parts else body


def _decoded(body: bytes, encoding: str) -> bytes:
    """The content without its Content-Encoding, which the tool that wrote the archive may have undone."""
    if is_gzip(body):
        content = unpacked(body, MAX_CAPTURE_BYTES)
    elif encoding == "deflate":
        content = _inflated(body)
    elif encoding in ("br", "zstd", "compress") and b"<" not in body[:1_000]:
        raise ReadError(f"its content is packed as {encoding}, which is not read")
    else:
        content = body
    if content is None or len(content) > MAX_CAPTURE_BYTES:
        raise ReadError(f"it is larger than {MAX_CAPTURE_BYTES // MEGABYTE} MB")
    if not content:
        raise _LeftOut("without content")
    return content


def _inflated(body: bytes) -> bytes:
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(bits).decompress(body, MAX_CAPTURE_BYTES + 1)
        except zlib.error:
            continue
    return body


def _moment(headers: Headers) -> str:
    """The moment of the capture, in UTC and to the second. Raises ReadError where it is not stated."""
    written = headers.get("warc-date", "")
    try:
        moment = datetime.fromisoformat(written)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # In UTC it may lie beyond the calendar's ends.
        raise ReadError(f"its record states no date but {shown(written[:40])!r}") from error
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
