"""Outlets of articles that state none, and remarks on how articles were read, over runs."""

import pytest

from corpus.errors import UsageError
from corpus.outlets import FILE_NAME
from index.store.filters import Filter
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole

GUARD = "The coast guard found two boats adrift on Sunday. Nobody was on board."


def write_feed(newsroom: Newsroom) -> None:
    newsroom.write_lines(
        "feed.jsonl",
        [
            {"id": "a", "text": FERRY, "url": "https://www.echo.co.uk/ferry"},
            {"id": "b", "text": COINS, "url": "https://theecho.example/coins"},
            {"id": "c", "text": GUARD, "url": "https://sport.echo.co.uk/boats", "source": "Boats Weekly"},
        ],
    )


def name_outlets(newsroom: Newsroom, text: str) -> None:
    newsroom.store_path.mkdir(exist_ok=True)
    (newsroom.store_path / FILE_NAME).write_text(text)


def sources(newsroom: Newsroom) -> dict[str, str | None]:
    with newsroom.open() as store:
        check_whole(store)
        return {one.id: one.source for one in store.articles()}


def test_hosts_of_one_outlet_are_joined_and_a_stated_outlet_wins(newsroom: Newsroom) -> None:
    write_feed(newsroom)
    name_outlets(newsroom, "# ours\n[The Echo]\necho.co.uk\nhttps://www.theecho.example/  # since 2020\n")
    newsroom.sync()
    assert sources(newsroom) == {"a": "The Echo", "b": "The Echo", "c": "Boats Weekly"}
    with newsroom.open() as store:
        assert store.counts(Filter(sources=("the echo",))) == 2


def test_stored_articles_follow_the_file_of_outlets_without_being_embedded_again(newsroom: Newsroom) -> None:
    write_feed(newsroom)
    newsroom.sync()
    before = sources(newsroom)
    assert before == {"a": "echo.co.uk", "b": "theecho.example", "c": "Boats Weekly"}
    newsroom.embedder.embedded.clear()
    for file, named in (
        ("[Echo]\necho.co.uk\n", "Echo"),
        ("[The Echo]\necho.co.uk\n", "The Echo"),
        ("", "echo.co.uk"),
    ):
        name_outlets(newsroom, file)
        report = newsroom.sync()
        assert (report.unchanged, report.updated, report.added) == (3, 0, 0)
        assert sources(newsroom) == {**before, "a": named}
    assert not newsroom.embedder.embedded
    with newsroom.open() as store:
        generation = store.generation
    newsroom.sync()
    with newsroom.open() as store:
        assert store.generation == generation
        stored = store.article("a")
        assert stored and len(stored.revisions) == 1


def test_a_rebuild_keeps_the_outlet_of_an_address(newsroom: Newsroom) -> None:
    write_feed(newsroom)
    newsroom.sync()
    newsroom.sync(rebuild=True)
    name_outlets(newsroom, "[The Echo]\necho.co.uk\n")
    newsroom.sync()
    assert sources(newsroom)["a"] == "The Echo"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("echo.co.uk\n", "line 1: 'echo.co.uk' stands under no outlet; write [The name]"),
        ("[Echo]\n\nnot a host\n", "line 3: 'not a host' is no host"),
        ("[Echo]\n127.0.0.1\n", "line 2: '127.0.0.1' is no host"),
    ],
)
def test_a_broken_file_of_outlets_is_one_sentence(newsroom: Newsroom, text: str, says: str) -> None:
    write_feed(newsroom)
    name_outlets(newsroom, text)
    with pytest.raises(UsageError) as refused:
        newsroom.sync()
    assert says in str(refused.value)


def test_a_remark_is_made_once_a_run_with_the_number_of_its_articles(newsroom: Newsroom) -> None:
    newsroom.write_lines(
        "feed.jsonl",
        [{"id": str(n), "title": "T", "text": f"{COINS} {n}", "fecha": "2024-03-14"} for n in range(3)]
        + [{"id": "x", "text": FERRY, "published_at": "9999-12-31", "authors": ["A B"]}],
    )
    found, unlikely = newsroom.sync().notices
    assert found == (
        'the key "fecha" looks like a date and is not read; name it "published_at" '
        f"(3 articles, first {newsroom.folder}/feed.jsonl, line 1)"
    )
    assert unlikely.endswith(f"(1 article, first {newsroom.folder}/feed.jsonl, line 4: 9999-12-31)")
