"""Files of a store's folder: who may read them, and the temporary ones of the process that serves it."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = "temporary"
"""The folder, in that of the store, of what a server was sent or fetched and has not indexed yet."""


def make_folder(folder: Path) -> None:
    """Make the folder where it is missing, for its owner alone. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)


def file_mode(folder: Path) -> int:
    """The mode of new files: for their owner, and for the group where its members may write to the folder.

    The umask still counts. Raises OSError.
    """
    return 0o660 if os.stat(folder).st_mode & stat.S_IWGRP else 0o600


def make_file(path: Path) -> None:
    """Make an empty file where it is missing, with the mode of `file_mode`. Raises OSError."""
    with suppress(FileExistsError):
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        os.close(os.open(path, flags, file_mode(path.parent)))


@contextmanager
def kept_private(folder: Path) -> Iterator[None]:
    """Let whatever this process makes while the block runs have at most the mode of `file_mode`.

    That holds for libraries too, such as Chroma. Folders and files that are there stay as they are.
    """
    shared = folder.is_dir() and file_mode(folder) & stat.S_IRWXG
    hidden = stat.S_IRWXO if shared else stat.S_IRWXO | stat.S_IRWXG
    before = os.umask(hidden)
    os.umask(before | hidden)
    try:
        yield
    finally:
        os.umask(before)


def readable_by_others(folder: Path) -> list[str]:
    """Names of files in the folder that every user of this machine can read, `.` for the folder's list."""
    mode = folder.stat().st_mode
    inside = [path for path in sorted(folder.iterdir()) if path.lstat().st_mode & stat.S_IROTH]
    names = [path.name for path in inside if not path.is_symlink()] if mode & stat.S_IXOTH else []
    return names + (["."] if mode & stat.S_IROTH else [])


@contextmanager
def temporary_files(folder: Path) -> Iterator[Path]:
    """Have this process make its temporary files in a folder of the store while the block runs.

    Only the holder of the store's lock may. What a killed process left there is deleted, as is all at the
    end. Raises OSError.
    """
    place = folder / TEMPORARY
    empty(folder)
    place.mkdir(mode=stat.S_IRWXU)
    before = tempfile.tempdir
    tempfile.tempdir = os.fspath(place.absolute())
    try:
        yield place
    finally:
        tempfile.tempdir = before
        empty(folder)


def empty(folder: Path) -> None:
    """Delete the temporary files that a killed process left; only for the holder of the store's lock."""
    shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
