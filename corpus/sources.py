"""What can be indexed (files, folders, addresses, uploads), what is known of it, and opening files safely."""

import codecs
import os
import re
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, RawIOBase, UnsupportedOperation
from pathlib import Path
from typing import Any, BinaryIO, Literal

from corpus.article import Failure
from corpus.errors import OnrecordError, ReadError, exhausted

MEGABYTE = 1_000_000
MAX_FILE_BYTES = 200 * MEGABYTE
#: One article has at most this many bytes as a file or as a line of JSONL, and as many characters of text.
MAX_ARTICLE_BYTES = 10 * MEGABYTE
MOST_TIMES = 50
"""A gzip file may unpack to MAX_ARTICLE_BYTES, or to so many times its size: text seldom packs tighter."""
_PACKED_BYTES = 1 << 16

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


def failed_visit(url: str, kind: Kind, error: Exception) -> Iterator[Failure | Visit]:
    """What is told of an address from which nothing could be read."""
    yield Failure(url, reason(error), url)
    yield Visit(url, kind, problem=reason(error))


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """What the store knows of an address; `checked_at` (RFC 3339, UTC) is the time of the last visit.

    `article_ids`: the articles last read from it, all of which the store still holds. `succeeded_at`: the
    time of the last visit that did not fail, if that is known.
    """

    kind: Kind
    validators: Validators
    checked_at: str
    article_ids: tuple[str, ...] = ()
    succeeded_at: str | None = None


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
    """A file of the archive. `path` is as the user would recognise it; `name` is the fallback article id.

    `read_as` is the suffix of its format, where that is not the one in its path.
    """

    path: str
    name: str
    read_as: str = ""

    @property
    def suffix(self) -> str:
        """The suffix of the format by which it is read, in lower case."""
        return self.read_as or os.path.splitext(self.path)[1].lower()

    @property
    def origin(self) -> str:
        """The absolute path."""
        return os.path.abspath(self.path)

    def failure(self, reason: str) -> Failure:
        """Why this file, or one line of it, is no article."""
        return Failure(shown(self.path), reason, self.origin)

    def open(self) -> BufferedReader:
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

    @contextmanager
    def on_disk(self, limit: int) -> Iterator[str]:
        """The path of a file with its content. Raises ReadError for what `read` would refuse."""
        with self.open() as handle:
            _refuse_size(os.fstat(handle.fileno()).st_size, limit)
        yield self.path

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


@dataclass(frozen=True, slots=True)
class Gzipped(SourceFile):
    """A file that is packed with gzip; `suffix` is that of the file in it, as in `articles.jsonl.gz`."""

    @property
    def suffix(self) -> str:
        """The suffix of the format of what is packed, in lower case; empty if its name does not tell."""
        return self.read_as or os.path.splitext(os.path.splitext(self.path)[0])[1].lower()

    def open(self) -> BufferedReader:
        """What is packed, unpacked as it is read. Raises ReadError as SourceFile does, as do its reads."""
        # Not super(): a dataclass with slots is another class than the one that was written here.
        packed = SourceFile.open(self)
        size = os.fstat(packed.fileno()).st_size
        return BufferedReader(_Unpacking(packed, max(MAX_ARTICLE_BYTES, MOST_TIMES * size)))

    @contextmanager
    def on_disk(self, limit: int) -> Iterator[str]:
        """The path of a temporary file with what is packed."""
        data = self.read(limit)
        with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
            path = Path(folder, f"unpacked{self.suffix}")
            path.write_bytes(data)
            yield os.fspath(path)

    def read(self, limit: int) -> bytes:
        """All bytes of what is packed. Raises ReadError for none, or for more than `limit`."""
        with self.open() as handle:
            data = handle.read(limit + 1)
        if len(data) > limit:
            raise ReadError(f"it unpacks to more than the limit of {limit // MEGABYTE} MB; split it")
        _refuse_size(len(data), limit)
        return data


class _Unpacking(RawIOBase):
    """The content of a gzip file, at most `limit` bytes of it; `seek(0)` begins anew.

    Other than gzip.GzipFile it gives all that stands before damaged data before it raises an error.
    """

    def __init__(self, packed: BinaryIO, limit: int) -> None:
        self._packed = packed
        self._limit = limit
        self._begin()

    def _begin(self) -> None:
        self._member: Any = zlib.decompressobj(wbits=31)
        self._waiting = b""
        self._given = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """To its start."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to the start."""
        if (offset, whence) != (0, os.SEEK_SET):
            raise UnsupportedOperation("a gzip file is read from its start")
        self._packed.seek(0)
        self._begin()
        return 0

    def tell(self) -> int:
        """How much has been read."""
        return self._given

    def readinto(self, buffer: Any) -> int:
        """Raises ReadError for damaged data, and beyond the limit."""
        data = self._next(len(buffer))
        self._given += len(data)
        if self._given > self._limit:
            raise ReadError(f"it unpacks to more than {self._limit // MEGABYTE} MB; split it")
        buffer[: len(data)] = data
        return len(data)

    def _next(self, most: int) -> bytes:
        while not self._member.eof:
            self._waiting = self._waiting or self._packed.read(_PACKED_BYTES)
            if not self._waiting:
                raise ReadError("its gzip data are cut off")
            try:
                data: bytes = self._member.decompress(self._waiting, most)
            except zlib.error as error:
                raise ReadError("its gzip data are damaged; pack it anew") from error
            self._waiting = self._member.unconsumed_tail
            if self._member.eof:
                self._go_on(self._member.unused_data)
            if data:
                return data
        return b""

    def _go_on(self, rest: bytes) -> None:
        """Begin the next member, if there is one; padding and other data after the last one are left."""
        rest = (rest + self._packed.read(_PACKED_BYTES)).lstrip(b"\0")
        if rest.startswith(b"\x1f\x8b"):
            self._member, self._waiting = zlib.decompressobj(wbits=31), rest

    def close(self) -> None:
        """Close the file."""
        self._packed.close()
        super().close()


def unpacked(data: bytes, limit: int) -> bytes | None:
    """What gzip data hold; None for more than `limit` bytes. Raises ReadError for damaged data."""
    parts, left = [], limit
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(data, left + 1))
        except zlib.error as error:
            raise ReadError("its gzip data are damaged") from error
        left -= len(parts[-1])
        if left < 0:
            return None
        if not member.eof:
            raise ReadError("its gzip data are cut off")
        data = member.unused_data.lstrip(b"\0")
        if not data.startswith(b"\x1f\x8b"):
            break
    return b"".join(parts)


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


def reason(error: Exception) -> str:
    """Why something could not be read, for whatever went wrong: one sentence, fit for a message."""
    if isinstance(error, OnrecordError):
        return str(error)
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if short := exhausted(error):
        return f"it cannot be read: {short}"
    if isinstance(error, OSError):
        return f"it cannot be read: {why(error)}"
    said = shown(" ".join(str(error).split()))[:120]
    return f"it cannot be read ({type(error).__name__}{f': {said}' if said else ''})"


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
