"""Taking articles down, and allowing them back."""

from pathlib import Path

import pytest

from corpus.errors import StoreMissing
from index.filters import Filter
from index.remove import Takedown, remove, restore
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
    secret = "quokkasanctuary"
    for number in range(30):
        newsroom.write(f"{number}.txt", f"{FERRY} Number {number}.")
    newsroom.write("secret.md", f"The {secret} opened. {long_text(secret)}", title=f"About {secret}")
    newsroom.sync()

    def files_with_it() -> list[str]:
        return [
            path.name
            for path in newsroom.store_path.rglob("*")
            if path.is_file() and (secret.encode() in path.read_bytes() or b"quokkasan" in path.read_bytes())
        ]

    assert files_with_it()
    remove(newsroom.store_path, ["articles/secret.md"])
    assert not files_with_it()


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
