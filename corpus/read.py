"""Articles from a file or a folder of files: one broken file is a Failure, and the rest goes on."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path, PurePath

from corpus.article import Article, Failure
from corpus.errors import OnrecordError, ReadError
from corpus.sources import UPLOADS, SourceFile, Upload, shown, why

__all__ = [
    "READER_VERSION",
    "SUFFIXES",
    "Article",
    "Failure",
    "Untouched",
    "read",
    "read_file",
    "read_upload",
]

READER_VERSION = 3
"""Raised when the same bytes are read differently: files that an older reader read are then read again."""

Reader = Callable[[SourceFile], Iterator[Article | Failure]]
Passed = Callable[[str], bool]
"""Whether a file, by its absolute path, is known to be what it was and need not be opened."""

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
}
SUFFIXES = tuple(_MODULES)
_FEED_HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Untouched:
    """A file that was passed over, by its absolute path."""

    origin: str


def read(root: Path, passed: Passed = lambda origin: False) -> Iterator[Article | Failure | Untouched]:
    """Every article of a file, or of a folder and the folders in it, in the order of their names.

    In a folder, hidden files and files of other formats are passed over; a link is followed unless what it
    points to is read under its own name anyway. A file that `passed` accepts is not opened. Raises ReadError,
    at once, if `root` is not there or a folder that cannot be listed.
    """
    path = os.fspath(root)
    try:
        if not stat.S_ISDIR(os.stat(path).st_mode):
            return _read_unless(passed, root, root)
        entries = sorted(os.listdir(path))
    except FileNotFoundError as error:
        raise ReadError(f"there is no file or folder {shown(path)}; check the path") from error
    except OSError as error:
        raise ReadError(f"{shown(path)} cannot be read: {why(error)}") from error
    except ValueError as error:
        raise ReadError(f"{shown(path)} is not a path: {error}") from error
    return _read_folder(path, entries, passed)


def read_upload(upload: Upload) -> Iterator[Article | Failure]:
    """Every article of a file that somebody sent; the ids that it does not give are `uploads/NAME`."""
    source = SourceFile(os.fspath(upload.path), f"uploads/{upload.name}")
    for entry in _read_source(source):
        if isinstance(entry, Failure):
            yield Failure(shown(upload.name), entry.reason, f"{UPLOADS}{upload.name}")
        else:
            yield replace(entry, origin=f"{UPLOADS}{upload.name}")


def read_file(path: Path, root: Path) -> Iterator[Article | Failure]:
    """Every article of one file; ids that the file does not give are relative to the parent of `root`."""
    parent = PurePath(os.path.abspath(root)).parent
    name = PurePath(os.path.abspath(path)).relative_to(parent).as_posix()
    yield from _read_source(SourceFile(os.fspath(path), name))


def _read_unless(passed: Passed, path: Path, root: Path) -> Iterator[Article | Failure | Untouched]:
    origin = os.path.abspath(path)
    if passed(origin):
        yield Untouched(origin)
    else:
        yield from read_file(path, root)


def _read_source(source: SourceFile) -> Iterator[Article | Failure]:
    module = _MODULES.get(_suffix(source.path))
    if module is None:
        kind = f"{_suffix(source.path)} files are" if _suffix(source.path) else "a file without a suffix is"
        yield source.failure(f"{kind} not read; the formats are {', '.join(SUFFIXES)}")
        return
    reader: Reader = import_module(module).read_articles
    try:
        yield from reader(source)
    except OnrecordError as error:
        yield source.failure(str(error))
    except OSError as error:
        yield source.failure(f"it cannot be read: {why(error)}")


def _read_folder(root: str, entries: list[str], passed: Passed) -> Iterator[Article | Failure | Untouched]:
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
            yield from _read_unless(passed, Path(path), Path(root))


class _Links:
    """Keeps a walk finite, and reads what several links lead to only once."""

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
        with SourceFile(path, path).open() as handle:
            return not looks_like_feed(handle.read(_FEED_HEAD_BYTES))
    except (OSError, ReadError):
        return False


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
