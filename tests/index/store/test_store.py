"""Reading a store."""

import json
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.store.filters import Filter
from index.store.store import Archive, Store
from index.sync.run import sync
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import COINS, FERRY, Newsroom, long_text


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    newsroom = Newsroom(tmp_path_factory.mktemp("store"))
    newsroom.write("ferry.md", FERRY, title="Ferry", source="Example Post", published_at="2019-10-15")
    newsroom.write("coins.md", COINS, title="Zoë's coins", source="The Lantern", published_at="2019-10-17")
    newsroom.write(
        "wall.md", long_text("wall"), title="The wall", authors=["Ann Lee", "Bo"], url="https://a.example/w"
    )
    newsroom.sync()
    with newsroom.open() as opened:
        yield opened


def text_of(store: Store, article_id: str) -> str:
    stored = store.article(article_id)
    assert stored is not None
    return stored.article.text


def test_authors_are_counted_and_their_articles_found(store: Store) -> None:
    assert store.author_counts(Filter()) == [("Ann Lee", 1), ("Bo", 1)]
    assert store.author_counts(Filter(sources=("The Lantern",))) == []
    (lead,) = store.passages(store.by_author("Bo", Filter(), 9))
    assert lead.title == "The wall" and store.by_author("B", Filter(), 9) == []


def test_leads_are_the_newest_or_the_oldest_and_those_without_a_date_come_last(store: Store) -> None:
    def titles(*, oldest: bool) -> list[str]:
        return [one.title for one in store.passages(store.leads(Filter(), 9, oldest=oldest))]

    assert titles(oldest=False) == ["Zoë's coins", "Ferry", "The wall"]
    assert titles(oldest=True) == ["Ferry", "Zoë's coins", "The wall"]


def test_passages_come_in_the_order_asked_and_missing_ones_are_left_out(store: Store) -> None:
    ids = store.passage_ids(Filter()).tolist()
    asked = [ids[2], 10**9, ids[0]]
    assert [passage.id for passage in store.passages(asked)] == [ids[2], ids[0]]
    assert store.passages([]) == []
    assert len(store.passages(ids * 400)) == 400 * len(ids)


def test_a_passage_and_its_sentences_are_slices_of_the_article(store: Store) -> None:
    for passage in store.passages(store.passage_ids(Filter()).tolist()):
        text = text_of(store, passage.article_id)
        assert text[passage.start : passage.end] == passage.text
        assert passage.sentences[0][0] == passage.start and passage.sentences[-1][1] == passage.end
        assert all(text[start:end].strip() == text[start:end] for start, end in passage.sentences)


def test_the_preceding_passage_is_the_one_before_it_in_the_same_article(store: Store) -> None:
    passages = store.passages(store.passage_ids(Filter()).tolist())
    wall = [one for one in passages if one.title == "The wall"]
    assert len(wall) > 2
    found = store.preceding(passages)
    assert [found.get(passage.id) for passage in wall] == [None, *wall[:-1]]
    assert all(found[one.id].article_id == one.article_id for one in passages if one.id in found)
    firsts = [one for one in passages if one.start == 0]
    assert firsts and store.preceding(firsts) == {} == store.preceding([])
    behind = store.following(passages)
    assert behind == {before.id: one for one in passages if (before := found.get(one.id))}
    assert [behind.get(passage.id) for passage in wall] == [*wall[1:], None]


def test_bm25_is_higher_for_better_and_finds_stems_and_words_without_accents(store: Store) -> None:
    found = store.lexical(["ferries", "harbours", "gales"], 5, Filter())
    assert [one.title for one in store.passages([found[0][0]])] == ["Ferry"]
    assert found[0][1] > 0 and found == sorted(found, key=lambda one: -one[1])
    assert [one.title for one in store.passages([store.lexical(["ZOE"], 1)[0][0]])] == ["Zoë's coins"]


def test_nothing_is_found_for_nothing(store: Store) -> None:
    assert store.lexical([], 5) == store.lexical(["", " ", '"', "--"], 5) == store.lexical(["ferry"], 0) == []
    assert store.lexical(["unheardof"], 5) == []


def test_bm25_respects_filters(store: Store) -> None:
    terms = ["ferry", "coins", "wall"]
    assert len(store.lexical(terms, 50, Filter())) == store.passage_count()
    found = store.passages([one for one, _ in store.lexical(terms, 50, Filter(sources=("the lantern",)))])
    assert {one.source for one in found} == {"The Lantern"}
    assert not store.lexical(["ferry"], 5, Filter(after="2019-10-16"))
    assert not store.lexical(["wall"], 5, Filter(before="2030-01-01"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(st.text(max_size=30), max_size=100))
def test_no_term_is_syntax(store: Store, terms: list[str]) -> None:
    store.lexical(terms, 3, Filter())
    store.document_frequency(terms)


@pytest.mark.parametrize(
    "term", ['fer"ry', "ferry*", "title:ferry", "NEAR(ferry)", "ferry AND coins", "\0ferry", "\ud800x"]
)
def test_query_syntax_in_a_term_is_words(store: Store, term: str) -> None:
    store.lexical([term], 3, Filter())


def test_document_frequency_counts_passages_that_hold_the_stem(store: Store) -> None:
    frequency = store.document_frequency(["coin", "ferries", "nobody", "unheardof", "!"])
    wall = store.document_frequency(["wall"])["wall"]
    assert frequency == {"coin": 1, "ferries": 1, "nobody": wall, "unheardof": 0}


def test_vectors_come_with_ids_and_respect_filters(store: Store) -> None:
    ids, vectors = store.vectors()
    assert ids.dtype == np.int64 and vectors.dtype == np.float32
    assert vectors.shape == (store.passage_count(), store.dimensions)
    assert ids.tolist() == store.passage_ids(Filter()).tolist() == sorted(ids)
    where = Filter(sources=("Example Post",))
    some, part = store.vectors(where)
    assert some.tolist() == store.passage_ids(where).tolist() and len(some) == 1
    assert np.array_equal(part[0], vectors[ids == some[0]][0])
    chosen, their = store.vectors_of(np.array([ids[0], ids[-1], 10**9]))
    assert chosen.tolist() == [ids[0], ids[-1]] and np.array_equal(their, vectors[[0, -1]])
    assert store.vectors_of(ids[:0])[1].shape == (0, store.dimensions)
    none, empty = store.vectors(Filter(sources=("nobody",)))
    assert none.shape == (0,) and empty.shape == (0, store.dimensions)


def test_an_article_comes_back_as_it_was_read(store: Store) -> None:
    stored = store.article("https://a.example/w")
    assert stored is not None and stored.live
    article = stored.article
    assert (article.title, article.authors, article.url) == (
        "The wall",
        ("Ann Lee", "Bo"),
        "https://a.example/w",
    )
    assert stored.revision == article.revision == stored.revisions[0].revision
    assert store.article("https://a.example/w", article.revision) == stored
    assert store.article("nobody") is None and store.article("https://a.example/w", "0" * 12) is None


def test_the_archive_says_what_it_covers(store: Store) -> None:
    assert store.archive() == Archive(articles=3, undated=1, first="2019-10-15", last="2019-10-17")
    assert store.counts(Filter()) == 3
    assert store.counts(Filter(after="2019-10-16")) == 1
    assert store.counts(Filter(as_of="2019-10-15", sources=("example post", "The Lantern"))) == 1


def test_articles_are_listed_by_id(store: Store) -> None:
    listed = list(store.articles())
    assert [one.id for one in listed] == ["articles/coins.md", "articles/ferry.md", "https://a.example/w"]
    assert listed[1].title == "Ferry" and listed[1].state == "live" and listed[1].published_at == "2019-10-15"


def test_an_empty_store_answers_with_nothing(newsroom: Newsroom) -> None:
    newsroom.sync()
    with newsroom.open() as store:
        assert store.archive() == Archive(0, 0, None, None)
        ids, vectors = store.vectors()
        assert ids.shape == (0,) and vectors.shape == (0, 0)
        assert store.lexical(["x"], 3) == [] and list(store.articles()) == [] and store.passage_count() == 0


def test_threads_share_a_store(store: Store) -> None:
    expected = store.lexical(["wall"], 5)
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(20):
            found = store.lexical(["wall"], 5)
            if found != expected or len(store.passages([one for one, _ in found])) != len(found):
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_connections_of_threads_that_ended_are_closed(newsroom: Newsroom) -> None:
    newsroom.sync()
    with newsroom.open() as store:
        before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
        for _ in range(30):
            thread = threading.Thread(target=store.passage_count)
            thread.start()
            thread.join()
        after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    assert after - before < 10


def test_a_child_made_by_fork_reads_through_a_connection_of_its_own(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    with newsroom.open() as store:
        parent = store.connection()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Threads of other tests are no part of this.
            child = os.fork()
        if not child:
            works = store.passage_count() == 1 and store.connection() is not parent
            store.close()
            os._exit(0 if works else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        newsroom.write("b.txt", COINS)
        newsroom.sync()
        assert store.passage_count() == 2


def test_a_closed_store_opens_again_when_it_is_asked(newsroom: Newsroom) -> None:
    newsroom.sync()
    store = newsroom.open()
    store.close()
    assert store.passage_count() == 0
    store.close()


def test_outlets_are_named_once_in_their_usual_spelling(tmp_path: Path) -> None:
    lines = [
        {"id": str(n), "text": f"Report number {n} came in.", "source": source}
        for n, source in enumerate(["The Courier", "the  courier", "The Courier", None, "Echo"])
    ]
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(json.dumps(line) for line in lines))
    sync([feed], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        assert store.sources() == ["Echo", "The Courier"]


def test_an_article_is_found_by_the_address_of_its_page_the_latest_first(newsroom: Newsroom) -> None:
    newsroom.write("a.md", f"---\nurl: http://www.ferry.example/left\npublished_at: 2024-01-01\n---\n{FERRY}")
    newsroom.write("b.md", f"---\nurl: https://ferry.example/left/\npublished_at: 2024-01-02\n---\n{COINS}")
    newsroom.sync()
    with newsroom.open() as store:
        found = store.at_address("https://ferry.example/left?utm_source=mail")
        assert found and found.published_at == "2024-01-02"
        store.hidden = frozenset([found.id])
        earlier = store.at_address("https://ferry.example/left")
        assert earlier and earlier.published_at == "2024-01-01"
        assert store.at_address("https://ferry.example/") is None and store.at_address("left") is None
        plan = store.rows("EXPLAIN QUERY PLAN SELECT id FROM articles WHERE url IN (?, ?)", ("a", "b"))
        assert "articles_by_url" in plan[0][3]
