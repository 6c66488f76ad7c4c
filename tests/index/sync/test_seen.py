"""What has not changed is not opened again, and what has is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import index.sync.seen
from corpus.read import READER_VERSION
from corpus.sources import SourceFile, Upload, Validators, Visit
from index.store.lock import locked
from index.store.store import Store
from index.store.write import Writer
from index.sync.remove import remove, restore
from index.sync.run import sync
from index.sync.seen import SeenSources, record_visit, stamp_of
from tests.index.newsroom import COINS, FERRY, Newsroom


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened, in order."""
    names: list[str] = []
    read = SourceFile.read

    def noting(source: SourceFile, limit: int) -> bytes:
        names.append(os.path.basename(source.path))
        return read(source, limit)

    monkeypatch.setattr(SourceFile, "read", noting)
    return names


@pytest.fixture
def settled(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """A newsroom of two files whose times prove something at once, indexed."""
    monkeypatch.setattr(index.sync.seen, "_SETTLED_NANOSECONDS", 0)
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("coins.txt", COINS)
    newsroom.sync()
    yield newsroom


def test_a_file_that_is_what_it_was_is_not_opened(settled: Newsroom, opened: list[str]) -> None:
    report = settled.sync()
    assert (report.unchanged, report.added, opened) == (2, 0, [])


def test_an_edit_that_keeps_the_size_is_seen(settled: Newsroom, opened: list[str]) -> None:
    settled.write("ferry.txt", FERRY.replace("Monday", "Sunday"))
    report = settled.sync()
    assert (report.unchanged, report.updated, opened) == (1, 1, ["ferry.txt"])


def test_an_edit_whose_time_was_put_back_is_seen(settled: Newsroom) -> None:
    path = settled.folder / "ferry.txt"
    before = path.stat()
    settled.write("ferry.txt", FERRY.replace("Monday", "Sunday"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert settled.sync().updated == 1


def test_a_file_that_was_changed_a_moment_ago_proves_nothing(newsroom: Newsroom, opened: list[str]) -> None:
    path = newsroom.write("ferry.txt", FERRY)
    assert stamp_of(str(path)) is None
    newsroom.sync()
    opened.clear()
    assert newsroom.sync().unchanged == 1 and opened == ["ferry.txt"]


def test_a_better_reader_reads_all_files_again(
    settled: Newsroom, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.sync.seen, "READER_VERSION", READER_VERSION + 1)
    assert settled.sync().unchanged == 2 and sorted(opened) == ["coins.txt", "ferry.txt"]
    opened.clear()
    assert settled.sync().unchanged == 2 and opened == []


def test_a_file_with_failures_is_read_and_told_again(settled: Newsroom) -> None:
    settled.write_lines("wall.jsonl", [{"id": "wall", "text": FERRY}, "no JSON"])
    for _ in range(2):
        assert [failure.path.endswith("wall.jsonl") for failure in settled.sync().failed] == [True]


def test_a_restored_article_comes_back_though_its_file_is_what_it_was(settled: Newsroom) -> None:
    remove(settled.store_path, ["articles/ferry.txt"], vector_cache=False)
    assert (settled.sync().unchanged, settled.ids()) == (2, ["articles/coins.txt"])
    restore(settled.store_path, ["articles/ferry.txt"])
    assert settled.sync().added == 1
    assert settled.ids() == ["articles/coins.txt", "articles/ferry.txt"]


def test_a_file_that_comes_back_after_its_article_moved_is_read(settled: Newsroom) -> None:
    ferry, harbour = settled.folder / "ferry.txt", settled.folder / "harbour.md"
    settled.write("harbour.md", FERRY, id="articles/ferry.txt")
    kept = ferry.with_name("kept")
    ferry.rename(kept)
    assert settled.sync().updated == 1
    kept.rename(ferry)
    [failure] = settled.sync().failed
    assert str(harbour) in failure.reason and str(ferry) in failure.reason


def test_prune_leaves_untouched_files_alone(settled: Newsroom) -> None:
    (settled.folder / "coins.txt").unlink()
    report = settled.sync(prune=True)
    assert (report.unchanged, report.removed, settled.ids()) == (1, 1, ["articles/ferry.txt"])


def test_an_upload_is_kept_under_its_name_and_never_pruned(settled: Newsroom, tmp_path: Path) -> None:
    sent = tmp_path / "4f2a.txt"
    for text, expected in ((FERRY, (1, 0, 0)), (FERRY, (0, 0, 1)), (COINS, (0, 1, 0))):
        sent.write_text(text + " Sent.", encoding="utf-8")
        report = sync(
            [Upload("../gale.txt", sent)],
            settled.store_path,
            settled.embedder,
            prune=True,
            vector_cache=False,
        )
        assert (report.added, report.updated, report.unchanged) == expected
    sent.unlink()
    assert settled.sync(prune=True).removed == 0
    with settled.open() as store:
        stored = store.article("uploads/../gale.txt")
    assert stored is not None and stored.article.origin == "upload:../gale.txt"


def test_a_failing_address_says_since_when_and_a_success_ends_it(settled: Newsroom) -> None:
    url = "https://news.example/feed"
    with locked(settled.store_path), Store.open(settled.store_path, write=True) as store:
        writer, memory = Writer(store), SeenSources(store)

        def look(**outcome: object) -> None:
            with writer.transaction(articles=False):
                record_visit(writer, Visit(url, "feed", **outcome))  # type: ignore[arg-type]

        look(problem="it answered 500")
        look(problem="it answered 502")
        [failing] = store.feeds()
        assert failing.problem == "it answered 502" and failing.failing_since and not failing.succeeded_at
        assert memory.known(url) is None
        look(validators=Validators(etag='"1"'), article_ids=("articles/ferry.txt",))
        look(problem="it answered 500")
        remembered = memory.known(url)
        assert remembered and remembered.validators.etag == '"1"'
        assert remembered.article_ids == ("articles/ferry.txt",)
        look(unchanged=True)
        [well] = store.feeds()
        assert well.failing_since is None and well.problem is None and well.succeeded_at


def test_an_address_whose_article_is_no_longer_held_is_read_anew(settled: Newsroom) -> None:
    url = "https://news.example/gale"
    with locked(settled.store_path), Store.open(settled.store_path, write=True) as store:
        writer = Writer(store)
        with writer.transaction(articles=False):
            record_visit(writer, Visit(url, "page", article_ids=("articles/ferry.txt", "never seen")))
        assert SeenSources(store).known(url) is None
