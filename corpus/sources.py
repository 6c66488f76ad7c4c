"""What can be indexed (files, folders, addresses, uploads), what is known of it, and opening files safely."""

import codecs
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from corpus.article import Failure
from corpus.errors import ReadError

MEGABYTE = 1_000_000
MAX_FILE_BYTES = 200 * MEGABYTE
#: One article has at most this many bytes as a file or as a line of JSONL, and as many characters of text.
MAX_ARTICLE_BYTES = 10 * MEGABYTE

Kind = Literal["page", "feed"]

# What can be indexed

UPLOADS = "upload:"
"""What the origin of an uploaded article begins with; no absolute path and no URL does."""


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) URL of an article or of a feed."""

    url: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent under `name`; its bytes are at `path` for as long as it is being read."""

    name: str
    path: Path


Source = Path | Address | Upload


def is_web(origin: str) -> bool:
    """Whether an article's origin is an address, and not a path."""
    return origin.startswith(("http://", "https://"))


def is_upload(origin: str) -> bool:
    """Whether an article came from an upload, whose file is not kept."""
    return origin.startswith(UPLOADS)


# What is remembered of an address


@dataclass(frozen=True, slots=True)
class Validators:
    """The headers by which a server tells whether an address has changed (RFC 9110, 8.8), as it sent them."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """The outcome of a visit to an address, which the store records.

    `unchanged`: the server said that nothing has changed. `problem`: why nothing could be read, one sentence.
    `article_ids`: the articles read from it; those of a feed include the ones read from its pages.
    """

    url: str
    kind: Kind
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False
    problem: str | None = None
    article_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """What the store knows of an address; `checked_at` (RFC 3339, UTC) is the time of the last visit.

    `article_ids`: the articles last read from it, all of which the store still holds.
    """

    kind: Kind
    validators: Validators
    checked_at: str
    article_ids: tuple[str, ...] = ()


SeenLookup = Callable[[str], SeenAddress | None]
"""What the store knows of an address; None for one that has to be read in any case."""


StoredLookup = Callable[[str], tuple[str, str] | None]
"""Title and text that the store has from an address; None if it has none."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a user should know of an address although nothing failed, one sentence."""

    sentence: str
    url: str


# Opening files

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the archive. `path` is as the user would recognise it; `name` is the fallback article id."""

    path: str
    name: str

    @property
    def origin(self) -> str:
        """The absolute path."""
        return os.path.abspath(self.path)

    def failure(self, reason: str) -> Failure:
        """Why this file, or one line of it, is no article."""
        return Failure(shown(self.path), reason, self.origin)

    def open(self) -> BinaryIO:
        """The file, opened for reading. Raises ReadError if it is no regular file or cannot be opened."""
        try:
            # A FIFO would block, and a device may act on being opened; neither is opened at all, and the
            # second look catches what was put in the file's place in between.
            _refuse_what_is_not_regular(os.stat(self.path))
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            handle = os.fdopen(os.open(self.path, flags | getattr(os, "O_CLOEXEC", 0)), "rb")
        except OSError as error:
            raise ReadError(f"it cannot be opened: {why(error)}") from error
        try:
            _refuse_what_is_not_regular(os.fstat(handle.fileno()))
        except ReadError:
            handle.close()
            raise
        return handle

    def check(self, limit: int) -> None:
        """Raise ReadError for what `read` would refuse, without reading it."""
        with self.open() as handle:
            _refuse_size(os.fstat(handle.fileno()).st_size, limit)

    def read(self, limit: int) -> bytes:
        """All bytes. Raises ReadError for an empty file, one longer than `limit` bytes, or a failing disk."""
        with self.open() as handle:
            try:
                size = os.fstat(handle.fileno()).st_size
                data = handle.read(limit + 1) if size <= limit else b""
            except OSError as error:
                raise ReadError(f"it cannot be read: {why(error)}") from error
        _refuse_size(max(size, len(data)) if data or size > limit else 0, limit)
        return data


def decode(data: bytes) -> str:
    """UTF-8, or UTF-16 and UTF-32 with a byte order mark. Raises ReadError naming the first bad byte."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and (position := data.find(0)) >= 0:
        raise ReadError(f"it is not text: the byte at offset {position} is NUL")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
        # The utf-8-sig codec counts from behind the mark.
        offset = error.start + (3 if encoding == "utf-8-sig" and data.startswith(codecs.BOM_UTF8) else 0)
        raise ReadError(
            f"it is not valid {name}: the byte 0x{data[offset]:02x} at offset {offset} does not fit; "
            "save it as UTF-8"
        ) from error
    if len(_CONTROL.findall(text[:100_000])) * 10 > len(text[:100_000]):
        raise ReadError("it is not text: more than a tenth of it are control characters")
    return text


def shown(path: str) -> str:
    """The path with control, direction and undecodable characters escaped, fit for a message."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), path)


def why(error: OSError) -> str:
    """The operating system's reason, as in "permission denied"."""
    return (error.strerror or type(error).__name__).lower()


def _refuse_size(size: int, limit: int) -> None:
    if size > limit:
        raise ReadError(
            f"it has {size:,} bytes, more than the limit of {limit // MEGABYTE} MB for such a file; split it"
        )
    if not size:
        raise ReadError("the file is empty")


def _refuse_what_is_not_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("it is not a regular file (a pipe, a device or a socket), so it is not opened")
