"""Making anew what an earlier version stored: analyses, in place and without embedding anything."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing

import pytest

import index.store.store
import index.store.write
from index.language import analysis
from index.language.sentence import ToldDate
from index.store.filters import Filter
from index.store.schema import FILE_NAME
from index.store.store import Store
from index.store.write import Writer
from index.sync import rebuild
from index.sync.remove import remove
from tests.counting import sentences_analysed
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole, long_text


@pytest.fixture
def archive(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Some articles whose analyses are stored, and are made anew an article at a time."""
    monkeypatch.setattr(rebuild, "_ANALYSED_AT_A_TIME", 1)
    newsroom.write("wall.md", long_text("wall"), title="The wall", published_at="2019-10-15")
    newsroom.write("dam.md", long_text("dam"), title="The dam", published_at="2019-10-16")
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("coins.txt", COINS)
    newsroom.sync()
    newsroom.embedder.embedded.clear()
    return newsroom


def change(newsroom: Newsroom, statement: str) -> None:
    """Change the store behind its back."""
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as connection, connection:
        connection.execute(statement)


def raise_version(monkeypatch: pytest.MonkeyPatch) -> int:
    """A better analysis: every sentence tells a date."""
    version = analysis.VERSION + 1
    for module in (index.store.store, index.store.write, rebuild):
        monkeypatch.setattr(module, "VERSION", version)
    monkeypatch.setattr(analysis, "told_dates", lambda text, _: [better(text)])
    return version


def rows(newsroom: Newsroom) -> list[tuple[int, int, bytes]]:
    with newsroom.open() as store:
        return store.rows("SELECT passage_id, version, data FROM analyses ORDER BY passage_id")


def dated(store: Store) -> list[bool]:
    """Of each passage whether its sentences tell the date of the better analysis."""
    passages = store.passages(store.passage_ids(Filter()).tolist())
    found = store.analyses(passages).values()
    return [all(one.dates == (better(one.text),) for one in made) for made in found]


def better(text: str) -> ToldDate:
    """What the better analysis tells of each sentence."""
    return ToldDate(text[:3], 0, 3, "1999-12-31")


def test_each_passage_is_stored_with_its_analysis(archive: Newsroom) -> None:
    with archive.open() as store:
        assert [row[0] for row in rows(archive)] == store.passage_ids(Filter()).tolist()
        assert store.unanalysed() == 0
        check_whole(store)


def test_a_run_with_nothing_new_analyses_nothing(archive: Newsroom) -> None:
    before = rows(archive)
    with sentences_analysed() as counted:
        archive.sync()
    assert not counted and rows(archive) == before and not archive.embedder.embedded


def test_a_store_of_before_gets_its_analyses_without_embedding(archive: Newsroom) -> None:
    before = rows(archive)
    change(archive, "DROP TABLE analyses")
    with sentences_analysed() as counted:
        report = archive.sync()
    assert rows(archive) == before and set(counted.values()) == {1}
    assert (report.unchanged, report.added, report.updated) == (4, 0, 0) and not archive.embedder.embedded
    with archive.open() as store:
        check_whole(store)


def test_a_better_analysis_takes_the_place_of_the_older_one(
    archive: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with archive.open() as store:
        generation, ids = store.generation, store.passage_ids(Filter()).tolist()
        version = raise_version(monkeypatch)
        assert store.unanalysed() == len(ids) and not any(dated(store))
        archive.sync()
        assert store.unanalysed() == 0 and all(dated(store))
        assert {row[1] for row in rows(archive)} == {version} and [row[0] for row in rows(archive)] == ids
        assert store.generation == generation and not archive.embedder.embedded


def test_a_run_that_was_killed_between_two_parts_is_taken_up_where_it_was(
    archive: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_version(monkeypatch)
    put, calls = Writer.put_analyses, 0

    def killed(writer: Writer, analyses: Iterable[tuple[int, bytes]]) -> None:
        nonlocal calls
        calls += 1
        put(writer, analyses)
        if calls == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Writer, "put_analyses", killed)
        archive.sync()
    with archive.open() as store:
        left = store.unanalysed()
        assert 0 < left < store.passage_count() and set(dated(store)) == {True, False}
        with sentences_analysed() as counted:
            archive.sync()
        assert store.unanalysed() == 0 and all(dated(store))
        passages = store.passages(store.passage_ids(Filter()).tolist())
        assert 0 < len(counted) < sum(len(one.sentences) for one in passages)
        check_whole(store)
    assert not archive.embedder.embedded


def test_another_day_of_publication_is_another_analysis_without_embedding(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "told_dates", lambda text, day: [ToldDate(text[:3], 0, 3, str(day))])
    for day in ("2019-10-15", "2019-10-16"):
        newsroom.write("ferry.md", FERRY, title="Ferry", published_at=day)
        newsroom.embedder.embedded.clear()
        newsroom.sync()
        with newsroom.open() as store:
            (made,) = store.analyses(store.passages(store.passage_ids(Filter()).tolist())).values()
        assert {one.dates[0].first for one in made} == {day}
    assert not newsroom.embedder.embedded


def test_an_analysis_goes_with_its_article(archive: Newsroom) -> None:
    with archive.open() as store:
        sql = "SELECT a.data FROM analyses a JOIN passages p ON p.id = passage_id WHERE p.title = 'The wall'"
        taken = [row[0] for row in store.rows(sql)]
    assert len(taken) > 2 and all(found_in(archive, data) for data in taken)
    remove(archive.store_path, ["articles/wall.md"])
    assert not any(found_in(archive, data) for data in taken)
    with archive.open() as store:
        assert store.unanalysed() == 0 and store.rows("PRAGMA foreign_key_check") == []


def found_in(newsroom: Newsroom, data: bytes) -> bool:
    """Whether a file of the store has the beginning, or the middle, of these bytes."""
    middle = data[len(data) // 2 :][:20]
    files = [path.read_bytes() for path in newsroom.store_path.rglob("*") if path.is_file()]
    return any(part in content for content in files for part in (data[11:40], middle))


def test_each_part_is_smaller_than_the_whole_and_begins_after_the_last(archive: Newsroom) -> None:
    change(archive, "DELETE FROM analyses")
    with Store.open(archive.store_path, write=True) as store:
        writer, left = Writer(store), []
        for last, made in rebuild.older_analyses(store):
            with writer.transaction(articles=False):
                writer.put_analyses(made)
            left.append((last, store.unanalysed()))
        assert len(left) > 2 and left == sorted(left, key=lambda one: -one[1]) and left[-1][1] == 0
        change(archive, "DELETE FROM analyses")
        after = [key for key, _ in rebuild.older_analyses(store, left[0][0])]
        assert min(after) > left[0][0]


def test_chunks_of_one_long_article_are_analysed_as_in_a_first_run(newsroom: Newsroom) -> None:
    newsroom.write("wall.md", long_text("wall", 1_500), title="The wall")
    newsroom.sync()
    before = rows(newsroom)
    assert len(before) > 64
    change(newsroom, "UPDATE analyses SET version = 0, data = x'00' WHERE passage_id = 70")
    newsroom.sync()
    assert rows(newsroom) == before
