"""Articles from a file or a folder of files. A broken file becomes a Failure, and the others are read."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path, PurePath

from corpus.article import Article, Failure
from corpus.errors import OnrecordError, ReadError
from corpus.sources import UPLOADS, SourceFile, Upload, shown, why

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
}
SUFFIXES = tuple(_MODULES)
_FEED_HEAD_BYTES = 4_096


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
            yield Failure(shown(upload.name), entry.reason, f"{UPLOADS}{upload.name}")
        else:
            yield replace(entry, origin=f"{UPLOADS}{upload.name}")


def read_file(path: Path, root: Path) -> Iterator[Article | Failure]:
    """Every article of one file; ids that the file does not give are relative to the parent of `root`."""
    parent = PurePath(os.path.abspath(root)).parent
    name = PurePath(os.path.abspath(path)).relative_to(parent).as_posix()
    yield from _read_source(SourceFile(os.fspath(path), name))


def _read_unless(is_untouched: IsUntouched, path: Path, root: Path) -> Iterator[Entry]:
    origin = os.path.abspath(path)
    if is_untouched(origin):
        yield Untouched(origin)
    else:
        yield from read_file(path, root)


def _read_source(source: SourceFile) -> Iterator[Article | Failure]:
    module = _MODULES.get(_suffix(source.path))
    if module is None:
        kind = f"{_suffix(source.path)} files are" if _suffix(source.path) else "a file without a suffix is"
        yield source.failure(f"{kind} not read; the formats are {', '.join(SUFFIXES)}")
        return
    reader: FormatReader = import_module(module).read_articles
    try:
        yield from reader(source)
    except OnrecordError as error:
        yield source.failure(str(error))
    except OSError as error:
        yield source.failure(f"it cannot be read: {why(error)}")


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
        with SourceFile(path, path).open() as handle:
            return not looks_like_feed(handle.read(_FEED_HEAD_BYTES))
    except (OSError, ReadError):
        return False


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
