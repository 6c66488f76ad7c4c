"""Articles from a file or a folder of files. A broken file becomes a Failure, and the others are read."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import chain
from pathlib import Path, PurePath

from corpus.article import Article, Failure, canonical_url
from corpus.errors import ReadError
from corpus.kinds import HEAD_BYTES, TAIL_BYTES, binary_kind, kind_of, overruling
from corpus.outlets import by_address
from corpus.sources import MAX_FILE_BYTES, UPLOADS, Gzipped, SourceFile, Upload, reason, shown, why

READER_VERSION = 4
"""To be raised when the same bytes are read differently: files read by an older version are read again."""

FormatReader = Callable[[SourceFile], Iterator[Article | Failure]]
IsUntouched = Callable[[str], bool]
"""Whether the file at an absolute path is known to be unchanged, so that it need not be opened."""

_MODULES = {
    ".txt": "corpus.formats.plain",
    ".md": "corpus.formats.markdown",
    ".markdown": "corpus.formats.markdown",
    ".html": "corpus.formats.html",
    ".htm": "corpus.formats.html",
    ".json": "corpus.formats.jsonl",
    ".jsonl": "corpus.formats.jsonl",
    ".pdf": "corpus.formats.pdf",
    ".docx": "corpus.formats.docx",
    ".rss": "corpus.formats.feed",
    ".atom": "corpus.formats.feed",
    ".xml": "corpus.formats.feed",
    ".warc": "corpus.formats.warc",
}
SUFFIXES = (*_MODULES, ".gz")
"""What files of these formats end with; .gz stands for any of the others in a gzip file."""


@dataclass(frozen=True, slots=True)
class Untouched:
    """A file that was not opened because it is unchanged; `origin` is its absolute path."""

    origin: str


Entry = Article | Failure | Untouched


def read(root: Path, is_untouched: IsUntouched = lambda origin: False) -> Iterator[Entry]:
    """Every article of a file, or of a folder and the folders in it, in the order of their names.

    In a folder, hidden files and files of other formats are passed over; a link is followed unless what it
    points to is read under its own name anyway. A file that `is_untouched` accepts is not opened.

    Raises ReadError, at once, if `root` does not exist or is a folder that cannot be listed.
    """
    path = os.fspath(root)
    try:
        if not stat.S_ISDIR(os.stat(path).st_mode):
            return _read_unless(is_untouched, root, root)
        entries = sorted(os.listdir(path))
    except FileNotFoundError as error:
        raise ReadError(f"there is no file or folder {shown(path)}; check the path") from error
    except OSError as error:
        raise ReadError(f"{shown(path)} cannot be read: {why(error)}") from error
    except ValueError as error:
        raise ReadError(f"{shown(path)} is not a path: {error}") from error
    return _read_folder(path, entries, is_untouched)


def read_upload(upload: Upload) -> Iterator[Article | Failure]:
    """Every article of a file that somebody sent; the ids that it does not give are `uploads/NAME`."""
    source = SourceFile(os.fspath(upload.path), f"uploads/{upload.name}")
    for entry in _read_source(source):
        if isinstance(entry, Failure):
            yield replace(entry, path=shown(upload.name), origin=f"{UPLOADS}{upload.name}")
        else:
            yield replace(entry, origin=f"{UPLOADS}{upload.name}")


def read_file(path: Path, root: Path) -> Iterator[Article | Failure]:
    """Every article of one file; ids that the file does not give are relative to the parent of `root`."""
    parent = PurePath(os.path.abspath(root)).parent
    name = PurePath(os.path.abspath(path)).relative_to(parent).as_posix()
    yield from _read_source(SourceFile(os.fspath(path), name))


def read_content(data: bytes, suffix: str, url: str) -> list[Article]:
    """The articles of a document (PDF, Word, text, JSON) that was fetched from `url`, their origin.

    Raises ReadError if there is none, or one that cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
        path = Path(folder, f"document{suffix}")
        path.write_bytes(data)
        entries = list(read_file(path, path))
    articles = [entry for entry in entries if isinstance(entry, Article)]
    problems = [entry.reason for entry in entries if isinstance(entry, Failure)]
    if problems or not articles:
        raise ReadError(f"{url[:160]}: {problems[0] if problems else 'it holds no article'}")
    url = canonical_url(url) or url
    if len(articles) == 1:
        return [by_address(replace(articles[0], id=url, url=url, origin=url, line=None))]
    return [
        replace(one, origin=url, id=one.id if one.number is None else f"{url}#{one.number}")
        for one in articles
    ]


def _read_unless(is_untouched: IsUntouched, path: Path, root: Path) -> Iterator[Entry]:
    origin = os.path.abspath(path)
    if is_untouched(origin):
        yield Untouched(origin)
    else:
        yield from read_file(path, root)


def _read_source(source: SourceFile) -> Iterator[Article | Failure]:
    try:
        yield from _entries(source)
    except Exception as error:  # whatever a reader stumbles over, the next file is read
        yield source.failure(reason(error))


def _entries(source: SourceFile) -> Iterator[Article | Failure]:
    """The entries of a file, by the format that its first bytes show, or else by its suffix."""
    start = _peek(source)
    if kind_of(start) == ".gz":
        source = Gzipped(source.path, source.name, source.read_as)
        start = _peek(source)
    elif source.suffix == ".gz":  # It was unpacked on its way, but kept its name.
        source = replace(source, read_as=_suffix(source.path))
    named = source.suffix
    shown = overruling(start, named)
    if shown in _MODULES and named not in _MODULES:
        source, named = replace(source, read_as=shown), shown
    elif shown in _MODULES and (entries := _tried(replace(source, read_as=shown))) is not None:
        yield from entries
        return
    damaged = named == ".docx" and start.startswith(b"PK")  # Its reader says that it is no Word document.
    if b"\0" not in start and not damaged and (binary := binary_kind(start)):
        raise ReadError(f"it is {binary}, which is not read")
    if named not in _MODULES:
        kind = f"{named} files are" if named else "a file without a suffix is"
        raise ReadError(f"{kind} not read; the formats are {', '.join(SUFFIXES)}")
    yield from _reader(named)(source)


def _reader(suffix: str) -> FormatReader:
    reader: FormatReader = import_module(_MODULES[suffix]).read_articles
    return reader


def _tried(source: SourceFile) -> Iterator[Article | Failure] | None:
    """The entries of a file, if there is an article among them: else its suffix may be right after all."""
    entries = _reader(source.suffix)(source)
    before: list[Article | Failure] = []
    with suppress(Exception):
        for entry in entries:
            before.append(entry)
            if isinstance(entry, Article):
                return chain(before, entries)
    return None


def _peek(source: SourceFile) -> bytes:
    """The first bytes of a file; of a zip archive, whose list of names stands at its end, the last too."""
    with source.open() as handle:
        start = b""
        with suppress(ReadError):  # What is damaged further on is told by its reader.
            while len(start) < HEAD_BYTES and (part := handle.read1(HEAD_BYTES - len(start))):
                start += part
        if start.startswith(b"PK") and isinstance(source, Gzipped):
            start += handle.read(MAX_FILE_BYTES)[-TAIL_BYTES:]
        elif start.startswith(b"PK"):
            handle.seek(max(HEAD_BYTES, os.fstat(handle.fileno()).st_size - TAIL_BYTES))
            start += handle.read(TAIL_BYTES)
    return start


def _read_folder(root: str, entries: list[str], is_untouched: IsUntouched) -> Iterator[Entry]:
    links = _Links(root)
    waiting = [os.path.join(root, name) for name in reversed(entries)]
    while waiting:
        path = waiting.pop()
        wanted = _suffix(path) in _MODULES
        if os.path.basename(path).startswith(".") or links.lead_back(path):
            continue
        try:
            status = os.stat(path)
            if stat.S_ISDIR(status.st_mode):
                if links.first_visit(status):
                    waiting += [os.path.join(path, name) for name in sorted(os.listdir(path), reverse=True)]
                continue
        except OSError as error:
            if wanted or not os.path.islink(path):
                yield SourceFile(path, path).failure(f"it cannot be opened: {why(error)}")
            continue
        if wanted and not _is_other_xml(path):
            yield from _read_unless(is_untouched, Path(path), Path(root))


class _Links:
    """Keeps the walk of a folder finite, and lets it read the target of several links only once."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._visited: set[tuple[int, int]] = set()
        self.first_visit(os.stat(root))

    def first_visit(self, folder: os.stat_result) -> bool:
        """Whether this folder has not been entered before, under whatever name."""
        key = (folder.st_dev, folder.st_ino)
        new = key not in self._visited
        self._visited.add(key)
        return new

    def lead_back(self, path: str) -> bool:
        """Whether this is a link to something that the walk meets under its own name."""
        if not os.path.islink(path):
            return False
        target = os.path.realpath(path)
        if not target.startswith(self._root.rstrip(os.sep) + os.sep) or not os.path.exists(target):
            return False
        inside = PurePath(target).relative_to(self._root).parts
        hidden = any(part.startswith(".") for part in inside)
        return not hidden and (os.path.isdir(target) or _suffix(target) in _MODULES)


def _is_other_xml(path: str) -> bool:
    """Whether this is XML of another kind (a sitemap, a build file), of which folders are full."""
    if _suffix(path) != ".xml":
        return False
    from corpus.formats.feed import looks_like_feed

    try:
        start = _peek(SourceFile(path, path))
        start = _peek(Gzipped(path, path)) if kind_of(start) == ".gz" else start
        return kind_of(start) is None and not looks_like_feed(start)
    except (OSError, ReadError):
        return False


def _suffix(path: str) -> str:
    """The suffix of the format, in lower case: that of `a.jsonl.gz` is .jsonl."""
    stem, suffix = os.path.splitext(path.lower())
    return os.path.splitext(stem)[1] if suffix == ".gz" else suffix
