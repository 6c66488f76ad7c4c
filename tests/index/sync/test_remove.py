"""Taking articles down, and allowing them back."""

from pathlib import Path

import pytest

import index.store.write
from corpus.errors import StoreMissing
from index.store.filters import Filter
from index.store.schema import FILE_NAME
from index.sync.remove import TRACES, Takedown, remove, restore
from index.vectors.chroma import FOLDER, ChromaVectors
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole, long_text


def test_a_removed_article_is_gone_with_all_its_revisions_and_postings(newsroom: Newsroom) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("coins.txt", COINS)
    newsroom.sync()
    newsroom.write("ferry.txt", FERRY.replace("gale", "tempest"))
    newsroom.sync()
    assert remove(newsroom.store_path, ["articles/ferry.txt"]) == Takedown(("articles/ferry.txt",), (), ())
    with newsroom.open() as store:
        assert store.article("articles/ferry.txt") is None
        assert not store.lexical(["ferry", "gale", "tempest", "harbour"], 5)
        assert len(store.vectors()[0]) == store.passage_count() == 1
        assert {one.id: one.state for one in store.articles()} == {
            "articles/coins.txt": "live",
            "articles/ferry.txt": "removed",
        }
        check_whole(store)


def test_no_word_of_a_removed_article_stays_in_the_files(newsroom: Newsroom) -> None:
    index_a_secret(newsroom)
    assert files_with_the_secret(newsroom)
    remove(newsroom.store_path, ["articles/secret.md"])
    assert not files_with_the_secret(newsroom)


SECRET, EARLIER = "quokkasanctuary", "wombatrefuge"


def index_a_secret(newsroom: Newsroom) -> None:
    """One article with a word of its own, and another one in its first revision, among thirty others."""
    for number in range(30):
        newsroom.write(f"{number}.txt", f"{FERRY} Number {number}.")
    for word in (EARLIER, SECRET):
        newsroom.write("secret.md", f"The {word} opened. {long_text(word)}", title=f"About {word}")
        newsroom.sync(vector_cache=True)


def files_with_the_secret(newsroom: Newsroom) -> list[str]:
    """The store's files that hold either word, or the beginning that their index terms would share."""
    words = (SECRET.encode(), EARLIER.encode(), b"quokkasan", b"wombatref")
    files = [path for path in newsroom.store_path.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes() for word in words)]


def test_a_takedown_that_was_killed_is_ended_by_the_next_who_writes(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_a_secret(newsroom)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ChromaVectors, "discard", interrupt)
        remove(newsroom.store_path, ["articles/secret.md"])
    assert files_with_the_secret(newsroom) and any((newsroom.store_path / FOLDER).iterdir())
    newsroom.sync()
    with newsroom.open() as store:
        assert store.meta(TRACES) == "vectors"  # The vectors, which a run without the cache leaves to others.
    newsroom.sync(vector_cache=True)
    assert not files_with_the_secret(newsroom)
    with newsroom.open() as store:
        assert store.meta(TRACES) is None


def interrupt(cache: object) -> None:
    """What a kill does."""
    raise KeyboardInterrupt


def test_a_takedown_beside_readers_leaves_nothing(newsroom: Newsroom) -> None:
    index_a_secret(newsroom)
    with newsroom.open() as store:
        assert store.lexical([SECRET], 3)
        assert remove(newsroom.store_path, ["articles/secret.md"]).notice is None
        assert not store.lexical([SECRET], 3) and store.article("articles/secret.md") is None
        assert not files_with_the_secret(newsroom)


def test_a_takedown_that_a_reader_hinders_says_so_and_is_ended_later(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.store.write, "_PATIENCE", 0.05)
    index_a_secret(newsroom)
    with newsroom.open() as store:
        reading = store.connection().execute("SELECT id FROM articles")
        reading.fetchone()
        taken = remove(newsroom.store_path, ["articles/secret.md"])
        assert taken.changed and taken.notice and "is being read" in taken.notice
        reading.close()
    newsroom.sync(vector_cache=True)
    assert not files_with_the_secret(newsroom)


def test_indexing_again_does_not_bring_it_back_until_it_is_restored(newsroom: Newsroom) -> None:
    path = newsroom.write("ferry.txt", FERRY)
    newsroom.sync()
    remove(newsroom.store_path, ["articles/ferry.txt"])
    for paths in ([newsroom.folder], [path]):  # By whatever name.
        report = newsroom.sync(*paths)
        assert (report.added, report.unchanged, report.articles) == (0, 1, 0)
    newsroom.sync(rebuild=True, prune=True)
    assert newsroom.ids() == []
    assert restore(newsroom.store_path, ["articles/ferry.txt"]).changed == ("articles/ferry.txt",)
    assert newsroom.ids() == []
    assert newsroom.sync(path).added == 1
    with newsroom.open() as store:
        stored = store.article("articles/ferry.txt")
        assert stored is not None and [one.cause for one in stored.revisions] == ["restored"]
        check_whole(store)


def test_ids_that_nobody_knows_and_ids_in_that_state_already_are_told_apart(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.write("b.txt", COINS)
    newsroom.sync()
    a, b = newsroom.ids()
    assert restore(newsroom.store_path, [a]) == Takedown((), (a,), ())
    assert remove(newsroom.store_path, [a, "x", a]) == Takedown((a,), (), ("x",))
    assert remove(newsroom.store_path, [a, b]) == Takedown((b,), (a,), ())
    assert restore(newsroom.store_path, ["x", b]) == Takedown((b,), (), ("x",))


def test_an_article_that_was_pruned_comes_back_as_new(newsroom: Newsroom) -> None:
    path = newsroom.write("a.txt", FERRY)
    newsroom.write("b.txt", COINS)
    newsroom.sync()
    text = path.read_text()
    path.unlink()
    assert newsroom.sync(prune=True).removed == 1
    path.write_text(text)
    assert newsroom.sync().added == 1
    with newsroom.open() as store:
        stored = store.article("articles/a.txt")
        assert stored is not None and [one.cause for one in stored.revisions] == ["added"]


def test_ids_of_passages_are_never_used_again(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    with newsroom.open() as store:
        last = int(store.passage_ids(Filter())[-1])
    remove(newsroom.store_path, ["articles/a.txt"])
    restore(newsroom.store_path, ["articles/a.txt"])
    newsroom.sync()
    with newsroom.open() as store:
        assert store.passage_ids(Filter()).tolist() == [last + 1]


def test_there_must_be_a_store_to_remove_from(tmp_path: Path) -> None:
    for change in (remove, restore):
        with pytest.raises(StoreMissing):
            change(tmp_path / "nowhere", ["x"])
    assert not (tmp_path / "nowhere").exists()


def test_no_page_of_the_file_keeps_a_row_that_it_handed_on(newsroom: Newsroom) -> None:
    for number in range(30):
        newsroom.write(f"{number}.txt", f"{FERRY} Number {number}.")
    newsroom.sync()
    path = newsroom.store_path / FILE_NAME
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    planted = 0
    for page in range(size, len(data), size):
        # A leaf of a table: its row count, and where its rows begin. What is between SQLite leaves as it is.
        rows, begins = (int.from_bytes(data[page + at : page + at + 2], "big") for at in (3, 5))
        if data[page] == 13 and begins - (8 + 2 * rows) > len(SECRET):
            data[page + begins - len(SECRET) : page + begins] = SECRET.encode()
            planted += 1
    path.write_bytes(data)
    assert planted > 3 and files_with_the_secret(newsroom)
    remove(newsroom.store_path, ["articles/7.txt"], vector_cache=False)
    assert not files_with_the_secret(newsroom)
    with newsroom.open() as store:
        check_whole(store)


def test_what_was_left_out_of_an_article_goes_with_it(newsroom: Newsroom) -> None:
    notice = "Sign up for our Quillfeather newsletter and get the news in your inbox."
    page = f"<html><body><article><p>{FERRY}</p><p>{COINS}</p><p>{notice}</p></article></body></html>"
    (newsroom.folder / "a.html").write_text(page)
    newsroom.sync()
    with newsroom.open() as store:
        dropped = store.dropped("articles/a.html")
    assert dropped is not None and [one.text for one in dropped] == [notice]
    remove(newsroom.store_path, ["articles/a.html"])
    for path in newsroom.store_path.rglob("*"):
        assert not path.is_file() or b"Quillfeather" not in path.read_bytes()
