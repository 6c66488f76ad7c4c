"""The store's one SQLite file: its tables, how a connection to it is opened, and what its errors mean."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from corpus.errors import (
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMismatch,
    StoreMissing,
    StoreUnwritable,
    is_no_space,
)
from corpus.outlets import host_of, site_of
from index.store.files import make_file, make_folder
from index.store.filters import source_key
from index.store.forms import odd_words

SCHEMA_VERSION = 3
FILE_NAME = "onrecord.sqlite"
BUSY_SECONDS = 30.0
_WRITING = ("cache_size = -65536", "wal_autocheckpoint = 16384")
"""64 MiB of pages in memory and in the log, since new rows go to pages all over the file: storing 100,000
passages writes 9.0 GB in 107 s of processor time, and with the defaults (2 and 4 MiB) 13.2 GB in 130 s."""

_TABLES, _TABLES_2, _TABLES_READING, _TABLES_BOILERPLATE, _TABLES_FORMS = (
    (files("index.store") / f"tables{part}.sql").read_text("utf-8")
    for part in ("", "_2", "_reading", "_boilerplate", "_forms")
)
_ADDED = {
    last: (files("index.store") / f"tables_{part}.sql").read_text("utf-8")
    for last, part in (
        ("removed_words_by_article", "removed"),
        ("analyses_by_version", "analyses"),
        ("shares_by_seal", "shares"),
        ("articles_by_url", "urls"),
    )
}
"""Tables that came without a version of the schema, by the last thing that their script makes: who does not
know of them leaves them alone, and a store without them can be read."""
_NEW_COLUMNS = "".join(
    f"ALTER TABLE files ADD COLUMN {one};" for one in ("stamp TEXT", "reader INTEGER", "entries INTEGER")
)
_OUTLETS_BY_ADDRESS = """
    ALTER TABLE articles ADD COLUMN host TEXT;
    UPDATE articles SET host = host_of(url) WHERE source IS NULL AND url IS NOT NULL;
    UPDATE articles SET source = site_of(host) WHERE host IS NOT NULL;
    UPDATE articles SET source_key = source_key(source) WHERE host IS NOT NULL;
    INSERT INTO meta VALUES ('generation', 1) ON CONFLICT DO UPDATE SET value = value + 1;
"""
UPGRADES: Mapping[int, str] = {
    1: _NEW_COLUMNS + _TABLES_2,
    2: _TABLES_READING + _OUTLETS_BY_ADDRESS + _TABLES_BOILERPLATE,
}
"""What brings a store of that version to the next one, in the order of the versions."""


def connect_to_read(folder: Path) -> sqlite3.Connection:
    """A connection that cannot write, beside any number of readers and one writer.

    Where not even the shared-memory file of the write-ahead log can be made (read-only media), the file is
    read as it is. Raises the StoreErrors of `translated`, and StoreMissing.
    """
    path = folder / FILE_NAME
    with translated(folder):
        if not path.is_file():
            raise StoreMissing(f"there is no store at {folder}; make one with: onrecord index PATH")
        try:
            return connected(path, "mode=ro", partial(_check_version, folder))
        except sqlite3.OperationalError as error:
            log = Path(f"{path}-wal")
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            if log.exists() and log.stat().st_size:
                raise StoreUnwritable(
                    f"the store {folder} has changes in its log that cannot be read without writing there; "
                    "open it once where it is writable"
                ) from error
        return connected(path, "mode=ro&immutable=1", partial(_check_version, folder))


def connect_to_write(folder: Path) -> sqlite3.Connection:
    """A connection that writes; folder, file and tables are made when missing and upgraded when older.

    Only the holder of the store's lock may (`index.store.lock`). Raises the StoreErrors of `translated`.
    """
    with translated(folder):
        make_folder(folder)
        make_file(folder / FILE_NAME)  # SQLite gives its other files the same mode.
        return connected(folder / FILE_NAME, "mode=rwc", partial(_prepare, folder))


def _prepare(folder: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version is None and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        file = folder / FILE_NAME
        raise StoreDamaged(f"{file} is not a store of onrecord; move it away or name another folder")
    if version is not None and version not in UPGRADES:
        _check_version(folder, connection)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", *_WRITING):
        connection.execute(f"PRAGMA {pragma}")
    if version is None:
        tables = _TABLES + _TABLES_2 + _TABLES_READING + _TABLES_BOILERPLATE
        version = _in_one_step(connection, tables, SCHEMA_VERSION)
    for function in (host_of, site_of, source_key):
        connection.create_function(function.__name__, 1, function, deterministic=True)
    while version in UPGRADES:
        version = _in_one_step(connection, UPGRADES[version], version + 1)
    for name, tables in _ADDED.items():
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)).fetchone():
            connection.executescript(f"BEGIN IMMEDIATE;{tables}COMMIT;")
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'forms'").fetchone():
        _add_forms(connection)
    _check_version(folder, connection)


def _add_forms(connection: sqlite3.Connection) -> None:
    """Make the table of odd words and fill it from the passages, both or neither.

    1.1 s for 100,000 passages; nothing is embedded and no posting changes.
    """
    connection.executescript(f"BEGIN IMMEDIATE;{_TABLES_FORMS}")
    passages = connection.execute("SELECT id, title, text FROM passages")
    rows = (
        (key, passage_id, written)
        for passage_id, title, text in passages
        for key, written in odd_words(f"{title}\n{text}").items()
    )
    connection.executemany("INSERT INTO forms VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")


def _in_one_step(connection: sqlite3.Connection, script: str, version: int) -> int:
    """Run the script and record the version, both or neither: after an error the connection is closed."""
    record = f"INSERT OR REPLACE INTO meta VALUES ('schema_version', {version});"
    connection.executescript(f"BEGIN IMMEDIATE;{script};{record}COMMIT;")
    return version


def connected(
    file: Path, mode: str, prepare: Callable[[sqlite3.Connection], object] | None = None
) -> sqlite3.Connection:
    """A connection to a SQLite file on which `prepare` succeeded; it is closed otherwise.

    `mode` is the query of SQLite's file address.
    """
    connection = sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if prepare:
            prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int | None:
    """The schema's version; None where there are no tables of ours."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
        return None
    found = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    return int(found[0]) if found else None


def _check_version(folder: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version is None:
        raise StoreMissing(f"the store at {folder} is not set up yet; run: onrecord index PATH")
    if version > SCHEMA_VERSION:
        raise StoreMismatch(
            f"the store {folder} has schema {version}, and this onrecord knows {SCHEMA_VERSION}; "
            "upgrade onrecord"
        )
    if version < SCHEMA_VERSION:
        raise StoreMismatch(
            f"the store {folder} has the older schema {version}; upgrade it with: onrecord index PATH"
        )


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn errors of SQLite and the file system into StoreErrors that say what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR:
            raise  # A statement that is wrong: a bug, which keeps its traceback.
        raise _meaning(folder, error) from error
    except OSError as error:
        raise _meaning_of_system_error(folder, error) from error


def _meaning(folder: Path, error: sqlite3.DatabaseError) -> StoreError:
    code = error.sqlite_errorcode & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _no_space(folder)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreUnwritable(
            f"the store {folder} cannot be opened for writing ({error}); check its permissions"
        )
    if code == sqlite3.SQLITE_IOERR:
        return StoreUnwritable(
            f"the disk failed under the store {folder} ({error}); check its space and health"
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(f"the store {folder} was busy for {BUSY_SECONDS:.0f} seconds; try again")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(
            f"the store's file {folder / FILE_NAME} is damaged ({error}); restore it from a backup, "
            "or move it away and index again"
        )
    return StoreError(f"the store {folder} failed ({error})")


def _meaning_of_system_error(folder: Path, error: OSError) -> StoreError:
    if is_no_space(error):
        return _no_space(folder)
    reason = (error.strerror or type(error).__name__).lower()
    return StoreUnwritable(
        f"the store {folder} cannot be used ({reason}); check the path and its permissions"
    )


def _no_space(folder: Path) -> StoreFull:
    return StoreFull(
        f"no space is left for the store {folder}; make room and run the command again: "
        "nothing indexed is lost"
    )
