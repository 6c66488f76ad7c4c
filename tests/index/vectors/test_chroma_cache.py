"""The vector cache as indexing leaves it, with a real Chroma."""

import shutil
from pathlib import Path

import pytest

from index.sync.remove import remove
from index.vectors.chroma import FOLDER, ChromaVectors
from index.vectors.exact import ExactVectors
from tests.index.newsroom import COINS, FERRY, Newsroom, check_agreement, long_text


def check_cache(newsroom: Newsroom, *, reused: bool = True) -> None:
    """Chroma, as it is on disk, answers as exact search does."""
    with newsroom.open() as store, ChromaVectors(store, fewest=0) as chroma:
        done = chroma.sync()
        assert (done.added, done.deleted, done.rebuilt_because) == (0, 0, None) or not reused
        assert chroma.is_current
        exact = ExactVectors(store)
        for question in ("Who blamed the gale?", "What does the museum show?", "Paragraph 7 of the wall"):
            query = newsroom.embedder.query(question)
            check_agreement(chroma.search(query, 10), exact.search(query, 10))
        assert chroma.is_current and chroma.problem is None


@pytest.fixture
def cached(newsroom: Newsroom) -> Newsroom:
    """A newsroom with a few passages in store and cache."""
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("wall.md", long_text("wall"), title="Wall")
    report = newsroom.sync(vector_cache=True)
    assert report.notices == ()
    return newsroom


def test_indexing_leaves_a_cache_that_agrees_with_exact_search(cached: Newsroom) -> None:
    check_cache(cached)
    cached.write("coins.txt", COINS)
    cached.write("ferry.txt", FERRY + " It sails again.")
    assert cached.sync(vector_cache=True).notices == ()
    check_cache(cached)


def test_a_run_without_changes_leaves_the_cache_as_it_is(cached: Newsroom) -> None:
    before = sorted(path.name for path in (cached.store_path / FOLDER).iterdir())
    assert cached.sync(vector_cache=True).notices == ()
    assert sorted(path.name for path in (cached.store_path / FOLDER).iterdir()) == before


@pytest.mark.parametrize("damage", ["truncated", "garbled", "missing files", "missing"])
def test_a_damaged_cache_is_made_anew_by_the_next_run_which_says_so(cached: Newsroom, damage: str) -> None:
    root = cached.store_path / FOLDER
    files = [path for path in root.rglob("*") if path.suffix in (".bin", ".sqlite3")]
    assert files
    for path in files:
        data = path.read_bytes()
        if damage == "truncated":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "garbled":
            path.write_bytes(bytes(byte ^ 0x5A for byte in data))
        else:
            path.unlink()
    if damage == "missing":
        shutil.rmtree(root)
    report = cached.sync(vector_cache=True)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 2) and not report.failed
    assert ["was made anew" in notice for notice in report.notices] == [True]
    check_cache(cached)


def test_a_rebuild_rebuilds_the_cache_too(cached: Newsroom) -> None:
    cached.sync(rebuild=True, vector_cache=True)
    check_cache(cached)


def test_a_removed_article_leaves_the_cache_at_once(cached: Newsroom) -> None:
    remove(cached.store_path, ["articles/wall.md"])
    assert not list((cached.store_path / FOLDER).rglob("*.bin"))
    assert cached.sync(vector_cache=True).notices == ()
    check_cache(cached)


def test_a_cache_that_cannot_be_made_is_a_notice_and_no_failure(newsroom: Newsroom) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.sync()
    (newsroom.store_path / FOLDER).write_text("in the way")
    report = newsroom.sync(vector_cache=True)
    assert not report.failed and len(report.notices) == 1
    assert "cannot be used" in report.notices[0] and "searches are exact" in report.notices[0]


def test_a_changed_store_that_does_not_touch_vectors_needs_no_chroma(cached: Newsroom) -> None:
    cached.write("wall.md", long_text("wall"), title="Wall", beat="city")
    report = cached.sync(vector_cache=True)
    assert report.updated == 1 and report.notices == ()
    check_cache(cached)


def test_no_text_is_in_the_cache(cached: Newsroom) -> None:
    for path in (cached.store_path / FOLDER).rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert b"ferry" not in content and b"paragraph" not in content, Path(path).name
