"""What content is by its first bytes, which overrule a wrong suffix or Content-Type."""

import json
import os
import re
from urllib.parse import urlsplit

HEAD_BYTES = 32_768
"""Bytes from the start that tell the kind; of a zip archive the last `TAIL_BYTES` are needed too."""
TAIL_BYTES = 65_536
_PROLOG_BYTES = 4_096
_BLANK = b"\xef\xbb\xbf \t\r\n"

_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/xml": ".html",
    "text/xml": ".html",
    "": ".html",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/json": ".json",
    "application/feed+json": ".json",
    "application/ld+json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
}
_UNTOLD = re.compile(
    r"(?:application|binary|content)/(?:octet-stream|x-download|download|force-download|x-unknown|unknown)"
)
"""Content-Types that say nothing of the content."""
_TEXTS = (".html", ".htm", ".txt", ".md", ".markdown")

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf|\s|<\?xml[^>]{0,1000}\?>|<!--.*?-->)*", re.DOTALL)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_FEED = re.compile(rb"(?:<!DOCTYPE[^>\[]{0,1000}>\s*)?<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_PDF = re.compile(rb"%PDF-\d\.\d")
_BINARIES = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "a zip archive",
    b"ID3": "a sound file",
    b"OggS": "a sound or video file",
    b"\x1aE\xdf\xa3": "a video file",
    b"\x7fELF": "a program",
    b"wOF": "a font",
    b"SQLite format 3": "a database",
    b"\xd0\xcf\x11\xe0": "an old Office document (save it as .docx)",
    b"{\\rtf": "an RTF document (save it as .docx)",
}
_BINARY = re.compile(b"|".join(map(re.escape, _BINARIES)))


def kind_of(data: bytes) -> str | None:
    """The suffix of the format that the bytes show: .pdf .docx .gz .warc .html .xml (a feed) .json .jsonl.

    None for other content, such as plain text. That .json is JSON is only likely.
    """
    if is_gzip(data):
        return ".gz"
    if data.startswith(b"PK\x03\x04"):
        return ".docx" if b"word/" in data else None
    if data.startswith(b"WARC/"):
        return ".warc"
    found = _PDF.search(data[:1_100])
    if found and (not data[: found.start()].strip(_BLANK) or b" obj" in data):
        return ".pdf"
    if data.lstrip(_BLANK).startswith((b"{", b"[")):
        return _kind_of_json(data[:HEAD_BYTES].lstrip(_BLANK))
    head = _as_utf8(data[:_PROLOG_BYTES])
    begin = _PROLOG.match(head)
    start = begin.end() if begin else 0
    return ".html" if _HTML.match(head, start) else ".xml" if _FEED.match(head, start) else None


def is_gzip(data: bytes | bytearray) -> bool:
    """Whether the bytes begin as a gzip file does (RFC 1952), packed by its one method."""
    return data.startswith(b"\x1f\x8b\x08")


def binary_kind(data: bytes) -> str | None:
    """The name of a binary format that is not read, with its article; None for everything else."""
    if data[:4] == b"RIFF":
        return "an image" if data[8:12] == b"WEBP" else "a sound or video file"
    if data[4:8] == b"ftyp":
        return "an image" if data[8:12] in (b"avif", b"heic", b"mif1") else "a video file"
    found = _BINARY.match(data)
    return _BINARIES[found[0]] if found else None


def overruling(data: bytes, named: str) -> str | None:
    """The suffix of the format that the bytes show, where the file's own suffix `named` says otherwise."""
    shown = kind_of(data)
    if shown == named or (shown, named) in ((".html", ".htm"), (".xml", ".rss"), (".xml", ".atom")):
        return None
    if (shown, named) == (".json", ".jsonl"):
        first, end, _ = data.partition(b"\n")
        return shown if data.lstrip(_BLANK).startswith(b"[") or (end and not _is_json(first)) else None
    return shown


def format_of(data: bytes, content_type: str, url: str) -> str | None:
    """The suffix of the format to read a fetched content by; None for one that is not read.

    The first bytes go before the Content-Type, and that before the address.
    """
    shown = kind_of(data)
    if shown in (".pdf", ".docx", ".html"):
        return shown
    if shown is None and binary_kind(data):
        return None
    declared = _TYPES.get(content_type)
    if declared is None and _UNTOLD.fullmatch(content_type):
        suffix = os.path.splitext(urlsplit(url).path)[1].lower()
        declared = suffix if suffix in _TYPES.values() else ".txt" if b"\0" not in data else None
        declared = ".html" if declared == ".txt" and re.search(rb"<(?:p|div|h1)\b", data) else declared
    return shown if shown in (".json", ".jsonl") and declared in _TEXTS else declared


def _as_utf8(head: bytes) -> bytes:
    """The head, if it has the byte order mark of UTF-16, as UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) & ~1].decode("utf-16", "ignore").encode()
    return head


def _kind_of_json(head: bytes) -> str | None:
    """JSON lines if the first line is an object and another line follows; else JSON, if it begins like it."""
    first, end, rest = head.partition(b"\n")
    if head.startswith(b"{") and end and rest.strip() and _is_json(first):
        return ".jsonl"
    return ".json" if re.match(rb'\{\s*(?:"|$)|\[\s*(?:[\[{"]|$)', head) else None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.lstrip(_BLANK))
    except (ValueError, RecursionError):
        return False
    return True
