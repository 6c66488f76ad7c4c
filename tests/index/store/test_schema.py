"""Opening a store: missing, foreign, newer, older, damaged, read-only, full."""

import os
import random
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import StoreDamaged, StoreError, StoreMismatch, StoreMissing, StoreUnwritable
from index.store import schema
from index.store.filters import Filter
from index.store.schema import FILE_NAME, SCHEMA_VERSION, connect_to_write
from index.store.store import Store
from tests.forked import run_script
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole, long_text

BOILERPLATE_TABLES = ("blocks", "block_articles", "boilerplate", "blocks_gone", "outlets")
ADDED_BY_THE_THIRD = (
    "TABLE dropped",
    "TABLE removed_revisions",
    "INDEX articles_by_guid",
    *(f"TRIGGER {name}" for name in ("outlet_changed", "copy_inserted", "copy_updated", "copy_deleted")),
    *(f"TABLE {name}" for name in BOILERPLATE_TABLES),
)


def set_version(store_path: Path, version: int) -> None:
    with sqlite3.connect(store_path / FILE_NAME) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", (version,))
    connection.close()


def test_a_store_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(
        StoreMissing, match=r"there is no store at .*nowhere; make one with: onrecord index PATH"
    ):
        Store.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_newer_schema_is_refused_for_reading_and_writing(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    set_version(newsroom.store_path, SCHEMA_VERSION + 1)
    for write in (False, True):
        with pytest.raises(StoreMismatch, match=f"has schema {SCHEMA_VERSION + 1}.*upgrade onrecord"):
            Store.open(newsroom.store_path, write=write)
    with pytest.raises(StoreMismatch, match="upgrade onrecord"):
        newsroom.sync()
    set_version(newsroom.store_path, SCHEMA_VERSION)
    assert newsroom.sync().unchanged == 1


def test_a_store_of_the_first_schema_is_upgraded_and_keeps_its_articles(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as store, store:
        for column in ("stamp", "reader", "entries"):
            store.execute(f"ALTER TABLE files DROP COLUMN {column}")
        store.execute("ALTER TABLE articles DROP COLUMN host")
        for part in ADDED_BY_THE_THIRD:
            store.execute(f"DROP {part}")
        for table in ("addresses", "signatures", "bands", "copies"):
            store.execute(f"DROP TABLE {table}")
    set_version(newsroom.store_path, 1)
    report = newsroom.sync()
    assert (report.unchanged, report.added, report.failed) == (1, 0, ())
    with newsroom.open() as store_now:
        assert store_now.meta("schema_version") == str(SCHEMA_VERSION) and store_now.feeds() == []


def test_a_store_of_the_second_schema_is_upgraded_and_embeds_nothing(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as store, store:
        for part in ADDED_BY_THE_THIRD:
            store.execute(f"DROP {part}")
        store.execute("UPDATE files SET reader = 3")
        store.execute("ALTER TABLE articles DROP COLUMN host")
    set_version(newsroom.store_path, 2)
    newsroom.embedder.embedded.clear()
    report = newsroom.sync()
    assert (report.unchanged, report.added, report.failed) == (1, 0, ()) and not newsroom.embedder.embedded
    with newsroom.open() as store_now:
        assert store_now.dropped("articles/a.txt") == ()
        check_whole(store_now)


def test_an_upgrade_gives_stored_articles_the_outlet_of_their_address(newsroom: Newsroom) -> None:
    newsroom.write_lines(
        "feed.jsonl",
        [
            {"id": "a", "text": FERRY, "url": "https://news.echo.co.uk/ferry"},
            {"id": "b", "text": COINS, "url": "https://news.echo.co.uk/coins", "source": "The Echo"},
            {"id": "c", "text": f"{COINS} Once.", "url": "http://127.0.0.1/coins"},
            {"id": "d", "text": f"{COINS} Twice."},
        ],
    )
    newsroom.sync()
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as store, store:
        store.execute("UPDATE articles SET source = NULL, source_key = NULL WHERE id = 'a'")
        store.execute("ALTER TABLE articles DROP COLUMN host")
        for part in ADDED_BY_THE_THIRD:
            store.execute(f"DROP {part}")
    set_version(newsroom.store_path, 2)
    with Store.open(newsroom.store_path, write=True) as store_now:
        sources = dict(store_now.rows("SELECT id, source FROM articles"))
    assert sources == {"a": "echo.co.uk", "b": "The Echo", "c": None, "d": None}
    newsroom.embedder.embedded.clear()
    report = newsroom.sync()
    assert (report.unchanged, report.updated) == (4, 0) and not newsroom.embedder.embedded
    with newsroom.open() as store_now:
        stored = store_now.article("a")
        assert stored and len(stored.revisions) == 1 and store_now.sources() == ["echo.co.uk", "The Echo"]
        assert store_now.counts(Filter(sources=("Echo.co.uk",))) == 1
        check_whole(store_now)


def test_an_older_schema_is_upgraded_in_place_by_its_owner(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    steps = {
        SCHEMA_VERSION: "ALTER TABLE articles ADD COLUMN beat TEXT;",
        SCHEMA_VERSION + 1: "UPDATE articles SET beat = 'sea';",
    }
    monkeypatch.setattr(schema, "UPGRADES", steps)
    with pytest.raises(
        StoreMismatch, match=rf"older schema {SCHEMA_VERSION}; upgrade it with: onrecord index PATH"
    ):
        newsroom.open()
    newsroom.embedder.embedded.clear()
    assert newsroom.sync().unchanged == 1 and not newsroom.embedder.embedded
    with newsroom.open() as store:
        assert store.rows("SELECT beat FROM articles") == [("sea",)]
        check_whole(store)


def test_a_store_without_the_index_of_addresses_is_read_and_gets_it_from_its_owner(
    newsroom: Newsroom,
) -> None:
    newsroom.write("a.md", f"---\nurl: https://ferry.example/left\n---\n{FERRY}")
    newsroom.sync()
    indexed = "SELECT count(*) FROM sqlite_schema WHERE name = 'articles_by_url'"
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as store, store:
        store.execute("DROP INDEX articles_by_url")
    for count in (0, 1):
        with newsroom.open() as read:
            assert read.at_address("https://ferry.example/left") and read.rows(indexed) == [(count,)]
            check_whole(read)
        assert newsroom.sync().unchanged == 1


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
        patch.setattr(schema, "UPGRADES", {SCHEMA_VERSION: "DELETE FROM articles; SELECT * FROM nonsense;"})
        with pytest.raises(sqlite3.OperationalError, match="nonsense"):
            newsroom.sync()
    with newsroom.open() as store:
        check_whole(store)
    assert newsroom.sync().unchanged == 1


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(StoreMissing, match="not set up yet"):
        Store.open(tmp_path)
    with pytest.raises(StoreDamaged, match="is not a store of onrecord; move it away or name another folder"):
        Store.open(tmp_path, write=True)
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all" * 100)
    for write in (False, True):
        with pytest.raises(StoreDamaged, match=r"is damaged .*move it away and index again"):
            Store.open(tmp_path, write=write)


@pytest.mark.parametrize("damage", ["garbled", "truncated"])
def test_a_damaged_store_is_named_in_one_sentence(newsroom: Newsroom, damage: str) -> None:
    newsroom.write("a.md", long_text("wall", 200), title="Wall")
    newsroom.sync()
    path = newsroom.store_path / FILE_NAME
    data = bytearray(path.read_bytes())
    if damage == "garbled":
        dice = random.Random(0)
        for start in range(4096, len(data), 4096):
            data[start : start + 64] = dice.randbytes(64)
    else:
        del data[len(data) // 2 :]
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match=r"is damaged \(.*\); restore it from a backup"):  # noqa: SIM117
        with Store.open(newsroom.store_path) as store:
            store.vectors()
            list(store.articles())
            store.lexical(["wall"], 10)
    with pytest.raises(StoreError):
        newsroom.sync(rebuild=True)


def test_a_store_that_cannot_be_written_says_so(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.write("a.txt", FERRY)
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "store", Path("/proc/nothing/store")):
        newsroom.store_path = path
        with pytest.raises(StoreUnwritable, match="cannot"):
            newsroom.sync()


def test_a_folder_in_the_place_of_the_file_is_refused(newsroom: Newsroom) -> None:
    (newsroom.store_path / FILE_NAME).mkdir(parents=True)
    newsroom.write("a.txt", FERRY)
    with pytest.raises(StoreError):
        newsroom.sync()


def as_nobody(work: Callable[[], str]) -> str:
    """What `work` says in a child process whose user owns nothing."""
    receive, send = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Threads of other tests are no part of this.
        child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.write(send, work().encode())
        finally:
            os._exit(0)
    os.close(send)
    os.waitpid(child, 0)
    with os.fdopen(receive) as said:
        return said.read()


def test_a_store_on_read_only_media_can_be_read(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    folder = Path(tempfile.mkdtemp())
    try:
        shutil.copy(newsroom.store_path / FILE_NAME, folder)
        (folder / FILE_NAME).chmod(0o444)
        folder.chmod(0o555)

        def read() -> str:
            try:
                with Store.open(folder) as store:
                    return f"{store.passage_count()} {len(store.lexical(['ferry'], 5))}"
            except StoreError as error:
                return f"{type(error).__name__} {error}"

        assert as_nobody(read) == "1 1"
        folder.chmod(0o755)
        Path(f"{folder / FILE_NAME}-wal").write_bytes(b"changes that were not brought in")
        folder.chmod(0o555)
        said = as_nobody(read)
        assert said.startswith("StoreUnwritable") and said.endswith("open it once where it is writable")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    newsroom.write_lines(
        "b.jsonl", [{"id": f"{n:03}", "text": f"Number {n}. {long_text('wall', 12)}"} for n in range(100)]
    )

    def connect_with_little_room(folder: Path) -> sqlite3.Connection:
        connection = connect_to_write(folder)
        connection.execute("PRAGMA max_page_count = 150")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr("index.store.store.connect_to_write", connect_with_little_room)
        with pytest.raises(
            StoreUnwritable, match=r"no space is left for the store .*nothing indexed is lost"
        ):
            newsroom.sync()
    with newsroom.open() as store:
        kept = store.archive().articles
        assert 1 < kept < 101
        check_whole(store)
    assert newsroom.sync().added == 101 - kept
    with newsroom.open() as store:
        check_whole(store)


FILL = """
import resource, signal, sys
from pathlib import Path
from corpus.errors import OnrecordError
from index.sync.run import sync
from tests.fakes import WordOverlapEmbedding
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    sync([Path(sys.argv[1])], Path(sys.argv[2]), WordOverlapEmbedding())
except OnrecordError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("most_bytes", [0, pytest.param(20_000, marks=pytest.mark.storm), 900_000])
def test_a_disk_that_takes_no_more_bytes_is_one_sentence_and_loses_nothing(
    newsroom: Newsroom, most_bytes: int
) -> None:
    newsroom.write_lines(
        "b.jsonl", [{"id": f"{n:03}", "text": f"{n}. {long_text('wall', 12)}"} for n in range(200)]
    )
    newsroom.write("coins.txt", COINS)
    ran = run_script(FILL, str(newsroom.folder), str(newsroom.store_path), str(most_bytes))
    assert ran.stdout.startswith("StoreUnwritable ") and ran.stdout.count("\n") == 1, ran.stdout + ran.stderr
    report = newsroom.sync()
    assert report.added + report.unchanged == 201 and (report.unchanged > 0) == (most_bytes == 900_000)
    with newsroom.open() as store:
        check_whole(store)
