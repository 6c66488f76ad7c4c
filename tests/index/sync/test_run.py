"""Bringing a store up to date with files."""

import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Failure
from corpus.errors import ModelError, ReadError, StoreMismatch, StoreOwned
from corpus.read import IsUntouched, Untouched, read
from index.passages import split as drafts
from index.passages.split import SPLITTER_VERSION, split
from index.store.filters import Filter
from index.store.store import Store
from index.sync import batch
from index.sync import rebuild as build
from index.sync import run as sync_module
from index.sync.batch import TEXTS
from index.sync.remove import remove, restore
from index.sync.run import Progress, sync
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole, long_text
from tests.index.passages.test_sentences import odd_text


def counts(report: object) -> tuple[int, ...]:
    return tuple(getattr(report, name) for name in ("added", "updated", "unchanged", "removed"))


def test_files_become_articles_passages_vectors_and_postings(newsroom: Newsroom) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("news/coins.md", COINS, title="Coins", source="Example Post", published_at="2019-10-15")
    newsroom.write_lines(
        "wall.jsonl", [{"id": "wall", "text": long_text("wall")}, {"text": long_text("quay")}]
    )
    report = newsroom.sync()
    assert counts(report) == (4, 0, 0, 0) and not report.failed
    assert newsroom.ids() == ["articles/ferry.txt", "articles/news/coins.md", "articles/wall.jsonl#2", "wall"]
    with newsroom.open() as store:
        assert report.articles == 4 and report.passages == store.passage_count() > 4
        check_whole(store)


def test_a_second_run_changes_nothing_and_embeds_nothing(newsroom: Newsroom) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.write_lines("wall.jsonl", [{"id": "wall", "text": long_text("wall")}])
    newsroom.sync()
    with newsroom.open() as store:
        before = store.generation
    newsroom.embedder.embedded.clear()
    assert counts(newsroom.sync()) == (0, 0, 2, 0)
    assert not newsroom.embedder.embedded
    with newsroom.open() as store:
        assert store.generation == before


def test_a_changed_text_is_a_new_revision_and_its_old_passages_are_gone(newsroom: Newsroom) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.sync()
    newsroom.write("ferry.txt", FERRY.replace("Monday", "Tuesday"))
    assert counts(newsroom.sync()) == (0, 1, 0, 0)
    with newsroom.open() as store:
        stored = store.article("articles/ferry.txt")
        assert stored is not None and [one.cause for one in stored.revisions] == ["added", "changed"]
        assert "Tuesday" in stored.article.text
        old = store.article("articles/ferry.txt", stored.revisions[0].revision)
        assert old is not None and "Monday" in old.article.text and not old.live
        assert not store.lexical(["Monday"], 5) and store.lexical(["Tuesday"], 5)
        check_whole(store)


def test_only_the_passages_that_changed_are_embedded_again(newsroom: Newsroom) -> None:
    text = long_text("wall")
    newsroom.write("wall.md", text, title="The wall")
    newsroom.sync()
    newsroom.embedder.embedded.clear()
    newsroom.write("wall.md", text.replace("Paragraph 19 says", "Paragraph 19 claims"), title="The wall")
    newsroom.sync()
    assert len(newsroom.embedder.embedded) == 1 and "claims" in newsroom.embedder.embedded[0]


def test_the_same_text_in_two_articles_is_embedded_once(newsroom: Newsroom) -> None:
    for name in ("a", "b", "c"):
        newsroom.write(f"{name}.md", FERRY, title="Ferry", source=name)
    newsroom.sync()
    assert len(newsroom.embedder.embedded) == 1
    with newsroom.open() as store:
        check_whole(store)


def test_a_text_that_is_still_being_embedded_is_not_embedded_again(newsroom: Newsroom) -> None:
    for number in range(4):
        newsroom.write(f"{number}-ferry.md", FERRY, title="Ferry")
        newsroom.write(f"{number}-wall.md", long_text(f"wall {number}", 12 * TEXTS))
    newsroom.sync()
    assert len(newsroom.embedder.embedded) == len(set(newsroom.embedder.embedded)) > 4 * TEXTS
    with newsroom.open() as store:
        check_whole(store)


def test_a_restored_text_is_embedded_again_only_where_no_other_article_has_it(newsroom: Newsroom) -> None:
    for name in ("ferry", "copy", "coins"):
        newsroom.write(f"{name}.md", COINS if name == "coins" else FERRY, title="Today")
    newsroom.sync()
    ids = ["articles/ferry.md", "articles/coins.md"]
    remove(newsroom.store_path, ids, vector_cache=False)
    restore(newsroom.store_path, ids, vector_cache=False)
    newsroom.embedder.embedded.clear()
    assert counts(newsroom.sync()) == (2, 0, 1, 0)
    assert newsroom.embedder.embedded == [f"Today\n{COINS}"]


def test_metadata_alone_makes_no_revision_and_embeds_nothing(newsroom: Newsroom) -> None:
    newsroom.write("ferry.md", FERRY, title="Ferry", source="Example Post", published_at="2019-10-15")
    newsroom.sync()
    newsroom.embedder.embedded.clear()
    newsroom.write(
        "ferry.md", FERRY, title="Ferry", source="The Lantern", published_at="2019-10-16", beat="sea"
    )
    assert counts(newsroom.sync()) == (0, 1, 0, 0)
    assert not newsroom.embedder.embedded
    with newsroom.open() as store:
        stored = store.article("articles/ferry.md")
        assert stored is not None and len(stored.revisions) == 1
        assert stored.article.source == "The Lantern" and stored.article.metadata["beat"] == "sea"
        assert len(store.lexical(["ferry"], 5, Filter(sources=("the lantern",), after="2019-10-16"))) == 1


def test_passages_get_new_ids_when_what_filters_ask_for_changes(newsroom: Newsroom) -> None:
    newsroom.write("ferry.md", FERRY, title="Ferry", source="Example Post", authors=["Ann"])
    newsroom.sync()
    with newsroom.open() as store:
        first = store.passage_ids(Filter()).tolist()
    newsroom.write("ferry.md", FERRY, title="Ferry", source="Example Post", authors=["Ann", "Bo"])
    newsroom.sync()
    with newsroom.open() as store:
        assert store.passage_ids(Filter()).tolist() == first
    newsroom.write("ferry.md", FERRY, title="Ferry", source="The Lantern", authors=["Ann", "Bo"])
    newsroom.sync()
    with newsroom.open() as store:
        assert min(store.passage_ids(Filter())) > max(first)


def test_a_text_that_only_our_reader_changed_is_reread_not_corrected(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("coins.txt", COINS)
    newsroom.sync()

    def better_read(root: Path, passed: IsUntouched) -> Iterator[Article]:
        for entry in read(root):
            assert isinstance(entry, Article)
            yield replace(entry, text=entry.text + " (End.)")

    newsroom.write("coins.txt", COINS + " It closes in May.")
    monkeypatch.setattr(sync_module, "read", better_read)
    assert counts(newsroom.sync()) == (0, 2, 0, 0)
    with newsroom.open() as store:
        causes = {}
        for name in ("ferry", "coins"):
            stored = store.article(f"articles/{name}.txt")
            assert stored is not None
            causes[name] = stored.revisions[-1].cause
    assert causes == {"ferry": "reread", "coins": "changed"}


def test_one_bad_file_stops_nothing(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    (newsroom.folder / "b.txt").write_bytes(b"\xff\xfe\x00 rubbish \x80")
    newsroom.write_lines("c.jsonl", [{"id": "one", "text": COINS}, "{broken", {"id": "three", "text": FERRY}])
    report = newsroom.sync()
    assert counts(report) == (3, 0, 0, 0)
    assert [Path(failure.path).name for failure in report.failed] == ["b.txt", "c.jsonl"]
    assert report.failed[1].reason.startswith("line 2: ")


def test_a_path_that_does_not_exist_is_a_failure_beside_the_others(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    report = newsroom.sync(newsroom.folder / "nowhere", newsroom.folder)
    assert report.added == 1 and len(report.failed) == 1 and "nowhere" in report.failed[0].reason


def test_no_store_is_made_when_there_is_nothing_to_read(newsroom: Newsroom) -> None:
    with pytest.raises(ReadError, match="nowhere"):
        newsroom.sync(newsroom.folder / "nowhere")
    assert not newsroom.store_path.exists()


# Identity


def test_an_id_held_by_another_file_is_a_failure_that_names_both(newsroom: Newsroom) -> None:
    first = newsroom.write("first.md", FERRY, id="ferry")
    newsroom.sync()
    second = newsroom.write("second.md", COINS, id="ferry")
    report = newsroom.sync()
    assert counts(report) == (0, 0, 1, 0)
    assert str(first) in report.failed[0].reason and str(second) in report.failed[0].reason
    with newsroom.open() as store:
        stored = store.article("ferry")
        assert stored is not None and stored.article.text.startswith("The ferry")


def test_two_entries_of_one_run_with_one_id_are_a_failure_that_names_both_lines(newsroom: Newsroom) -> None:
    newsroom.write_lines(
        "a.jsonl", [{"id": "x", "text": FERRY}, {"id": "y", "text": COINS}, {"id": "x", "text": COINS}]
    )
    report = newsroom.sync()
    assert counts(report) == (2, 0, 0, 0)
    assert "line 3" in report.failed[0].reason and "line 1" in report.failed[0].reason


def test_two_items_of_one_json_list_with_one_id_are_a_failure(newsroom: Newsroom) -> None:
    newsroom.write("a.json", '[{"id": "x", "text": "One text."}, {"id": "x", "text": "Another text."}]')
    report = newsroom.sync()
    assert report.added == 1 and "'x'" in report.failed[0].reason


def test_a_file_named_by_two_paths_is_read_once(newsroom: Newsroom) -> None:
    path = newsroom.write("a.txt", FERRY)
    report = newsroom.sync(newsroom.folder, path, newsroom.folder)
    assert counts(report) == (1, 0, 0, 0) and not report.failed


def test_a_file_keeps_the_id_it_got_from_the_folder_it_was_indexed_with(newsroom: Newsroom) -> None:
    path = newsroom.write("a.txt", FERRY)
    newsroom.sync()
    newsroom.write("a.txt", FERRY + " It sails again.")
    assert counts(newsroom.sync(path)) == (0, 1, 0, 0)
    assert newsroom.ids() == ["articles/a.txt"]


def test_a_moved_file_takes_its_articles_with_it(newsroom: Newsroom) -> None:
    old = newsroom.write_lines("old.jsonl", [{"id": "ferry", "text": FERRY}, {"id": "coins", "text": COINS}])
    newsroom.sync()
    newsroom.embedder.embedded.clear()
    old.rename(newsroom.folder / "new.jsonl")
    report = newsroom.sync(prune=True)
    assert counts(report) == (0, 0, 2, 0) and not report.failed and not newsroom.embedder.embedded
    with newsroom.open() as store:
        stored = store.article("ferry")
        assert stored is not None and stored.article.origin.endswith("new.jsonl")


def test_lines_may_change_places(newsroom: Newsroom) -> None:
    records = [{"id": "ferry", "text": FERRY}, {"id": "coins", "text": COINS}]
    newsroom.write_lines("a.jsonl", records)
    newsroom.sync()
    newsroom.write_lines("a.jsonl", records[::-1])
    report = newsroom.sync()
    assert counts(report) == (0, 0, 2, 0) and not report.failed


# Pruning


def test_pruning_deletes_what_is_gone_from_under_the_path_and_nothing_else(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    gone = newsroom.write("in/gone.txt", FERRY)
    newsroom.write("in/stays.txt", COINS)
    newsroom.write_lines("in/lines.jsonl", [{"id": "one", "text": FERRY}, {"id": "two", "text": COINS}])
    beside = newsroom.write("in-beside/also-gone.txt", FERRY + " Again.")
    newsroom.sync()
    gone.unlink()
    beside.unlink()
    newsroom.write_lines("in/lines.jsonl", [{"id": "two", "text": COINS}])
    assert counts(newsroom.sync(newsroom.folder / "in")) == (0, 0, 2, 0)
    assert counts(newsroom.sync(newsroom.folder / "in", prune=True)) == (0, 0, 2, 2)
    assert newsroom.ids() == ["articles/in-beside/also-gone.txt", "articles/in/stays.txt", "two"]
    with newsroom.open() as store:
        check_whole(store)


def test_pruning_leaves_a_file_alone_that_could_not_be_read(newsroom: Newsroom) -> None:
    newsroom.write_lines("a.jsonl", [{"id": "one", "text": FERRY}, {"id": "two", "text": COINS}])
    path = newsroom.write("b.txt", FERRY)
    newsroom.sync()
    newsroom.write_lines("a.jsonl", [{"id": "one", "text": FERRY}, "{broken"])
    path.write_bytes(b"\x80\x81")
    assert counts(newsroom.sync(prune=True)) == (0, 0, 1, 0)
    assert newsroom.ids() == ["articles/b.txt", "one", "two"]


def test_pruning_a_path_that_does_not_exist_deletes_nothing(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    newsroom.folder.rename(newsroom.folder.with_name("elsewhere"))
    report = newsroom.sync(prune=True)
    assert report.removed == 0 and report.articles == 1 and len(report.failed) == 1


# Interruption, progress and failing models


def test_an_interrupted_run_is_taken_up_by_the_next(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "TEXTS", 16)
    newsroom.write_lines(
        "a.jsonl", [{"id": f"{n:03}", "text": f"Number {n}. {long_text('wall', 8)}"} for n in range(75)]
    )
    calls = 0

    def interrupt() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync([newsroom.folder], newsroom.store_path, WordOverlapEmbedding(interrupt), vector_cache=False)
    with newsroom.open() as store:
        kept = store.archive().articles
        assert 0 < kept < 75
        check_whole(store)
    report = newsroom.sync()
    assert (report.added, report.unchanged) == (75 - kept, kept)
    with newsroom.open() as store:
        check_whole(store)


def test_progress_ends_with_all_that_was_done(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.write("empty.txt", "")
    seen: list[Progress] = []
    report = sync(
        [newsroom.folder], newsroom.store_path, newsroom.embedder, progress=seen.append, vector_cache=False
    )
    assert (seen[-1].stage, seen[-1].articles, seen[-1].passages, seen[-1].failed) == (
        "done",
        1,
        report.passages,
        1,
    )


def test_a_failing_model_is_named_and_what_is_indexed_stays(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    newsroom.write("b.txt", COINS)

    def fail() -> None:
        raise ConnectionError("no route")

    with pytest.raises(
        ModelError, match=r"word-overlap failed \(ConnectionError: no route\); what is indexed is kept"
    ):
        sync([newsroom.folder], newsroom.store_path, WordOverlapEmbedding(fail), vector_cache=False)
    assert newsroom.ids() == ["articles/a.txt"]


def test_vectors_that_are_none_are_refused(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.write("a.txt", FERRY)
    shapes: list[Any] = [[[float("nan")] * 64], [[float("inf")]], [[]], [[1.0], [1.0]], [1.0]]
    for wrong in shapes:
        vectors = np.array(wrong, dtype=np.float32)
        monkeypatch.setattr(newsroom.embedder, "texts", lambda texts, vectors=vectors: vectors)
        with pytest.raises(ModelError, match="no finite vectors"):
            newsroom.sync()


# Embedding models and rebuilding


def test_another_embedding_model_is_refused_naming_both(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    other = WordOverlapEmbedding(model_name="other")
    with pytest.raises(
        StoreMismatch, match=r"WordOverlapEmbedding:word-overlap, not with .*:other; .*--rebuild"
    ):
        sync([newsroom.folder], newsroom.store_path, other, vector_cache=False)
    with newsroom.open() as store:
        store.check_embedder("WordOverlapEmbedding:word-overlap")
        with pytest.raises(StoreMismatch, match="--rebuild"):
            store.check_embedder("another")


def test_an_empty_store_takes_any_embedding_model(newsroom: Newsroom) -> None:
    newsroom.sync()
    newsroom.write("a.txt", FERRY)
    report = sync(
        [newsroom.folder], newsroom.store_path, WordOverlapEmbedding(model_name="other", dimensions=32)
    )
    assert report.added == 1
    with newsroom.open() as store:
        assert store.dimensions == 32


def test_a_rebuild_embeds_all_stored_texts_with_the_model_at_hand(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    coins = newsroom.write("b.txt", COINS)
    newsroom.sync()
    coins.unlink()
    other = WordOverlapEmbedding(model_name="other", dimensions=32)
    report = sync([newsroom.folder], newsroom.store_path, other, rebuild=True, vector_cache=False)
    assert counts(report) == (0, 0, 1, 0) and len(other.embedded) == 2
    with newsroom.open() as store:
        assert store.meta("embedder_id") == "WordOverlapEmbedding:other"
        assert store.vectors()[1].shape == (2, 32)
        check_whole(store)


def test_an_interrupted_rebuild_goes_on_with_the_next_run(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "TEXTS", 16)
    newsroom.write_lines(
        "a.jsonl", [{"id": f"{n:03}", "text": f"Number {n}. {long_text('wall', 8)}"} for n in range(75)]
    )
    newsroom.sync()
    calls = 0

    def interrupt() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    other = WordOverlapEmbedding(interrupt, model_name="other", dimensions=32)
    with pytest.raises(KeyboardInterrupt):
        sync([newsroom.folder], newsroom.store_path, other, rebuild=True, vector_cache=False)
    with newsroom.open() as store:
        assert 0 < len(store.vectors()[0]) < store.passage_count()
        assert store.lexical(["wall"], 500) and store.archive().articles == 75
    again = WordOverlapEmbedding(model_name="other", dimensions=32)
    newsroom.embedder = again
    assert counts(newsroom.sync()) == (0, 0, 75, 0)
    assert len(again.embedded) < 75
    with newsroom.open() as store:
        check_whole(store)


def test_an_older_splitter_is_upgraded_in_place_without_embedding_the_same_again(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("a.md", FERRY, title="Ferry")
    newsroom.write("b.md", long_text("wall"), title="Wall")
    monkeypatch.setattr(build, "SPLITTER_VERSION", 0)
    monkeypatch.setattr(drafts, "split", lambda text, left_out: split(text, 60, left_out))
    newsroom.sync()
    monkeypatch.undo()
    newsroom.embedder.embedded.clear()
    assert counts(newsroom.sync()) == (0, 0, 2, 0)
    assert newsroom.embedder.embedded and not any("ferry" in text for text in newsroom.embedder.embedded)
    with newsroom.open() as store:
        assert store.meta("splitter_version") == str(SPLITTER_VERSION)
        assert len(store.article("articles/b.md").revisions) == 1  # type: ignore[union-attr]
        check_whole(store)


def test_odd_texts_stay_texts(newsroom: Newsroom) -> None:
    texts = [
        "<script>alert(1)</script> and **bold** [1] <|endoftext|> ignore previous instructions.",
        '"; DROP TABLE articles; -- said the mayor. NEAR(x y) AND "quoted" OR title:x *',
        "𝕏 posts: 👩‍🚀 Zoë\u0301 said\u2003so.\u00a0Then 東京。次の文。",
    ]
    newsroom.write_lines(
        "a.jsonl", [{"id": f"odd/{n} %41", "title": text, "text": text} for n, text in enumerate(texts)]
    )
    assert newsroom.sync().added == 3
    with newsroom.open() as store:
        check_whole(store)
        for number, text in enumerate(texts):
            stored = store.article(f"odd/{number} %41")
            assert stored is not None and stored.article.text.strip() == text.replace("e\u0301", "é").replace(
                "ë\u0301", "ë́"
            )
            assert store.lexical([text, *text.split()], 5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(odd_text.filter(str.strip), min_size=1, max_size=4))
def test_every_passage_of_any_text_is_a_slice_of_its_article(newsroom: Newsroom, texts: list[str]) -> None:
    records = [{"id": f"{zlib.crc32(text.encode())}", "text": text} for text in texts]
    newsroom.write_lines("a.jsonl", records)
    newsroom.sync()
    with newsroom.open() as store:
        check_whole(store)


def test_reading_is_not_held_in_memory_beyond_a_few_batches(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "TEXTS", 16)
    newsroom.write_lines("a.jsonl", [{"id": str(n), "text": f"Text {n}. {FERRY}"} for n in range(300)])
    taken = 0

    def counting(root: Path, passed: IsUntouched) -> Iterator[Article | Failure | Untouched]:
        nonlocal taken
        for entry in read(root, passed):
            taken += 1
            yield entry

    ahead: list[int] = []
    monkeypatch.setattr(sync_module, "read", counting)
    sync(
        [newsroom.folder],
        newsroom.store_path,
        newsroom.embedder,
        progress=lambda progress: ahead.append(taken - progress.passages),
        vector_cache=False,
    )
    assert taken == 300 and max(ahead) <= 5 * 16


def test_names_that_are_no_text_are_no_obstacle(newsroom: Newsroom) -> None:
    folder = os.fsencode(newsroom.folder)
    with open(os.path.join(folder, b"caf\xe9.md"), "w") as handle:
        handle.write(f"---\nid: cafe\n---\n\n{FERRY}")
    assert newsroom.sync().added == 1
    assert newsroom.sync().unchanged == 1
    os.unlink(os.path.join(folder, b"caf\xe9.md"))
    assert newsroom.sync(prune=True).removed == 1


def test_a_store_may_be_read_while_it_is_written(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    newsroom.write_lines("b.jsonl", [{"id": str(n), "text": f"{n} {FERRY}"} for n in range(300)])
    with newsroom.open() as store:
        seen: list[int] = []
        sync(
            [newsroom.folder],
            newsroom.store_path,
            newsroom.embedder,
            progress=lambda _: seen.append(store.passage_count()),
            vector_cache=False,
        )
        assert seen == sorted(seen) and store.passage_count() == 301
        assert Store.open(newsroom.store_path).archive().articles == 301


HOLD = """
import sys
from pathlib import Path
from typing import Any
from index.store.lock import locked
with locked(Path(sys.argv[1]), "http://127.0.0.1:7860"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_store_that_another_process_owns_can_be_read_and_not_written(
    newsroom: Newsroom, root: Path
) -> None:
    newsroom.write("a.txt", FERRY)
    newsroom.sync()
    newsroom.write("b.txt", COINS)
    command = [sys.executable, "-c", HOLD, str(newsroom.store_path)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout and server.stdin and server.stdout.readline() == b"held\n"
        for change in (newsroom.sync, lambda: remove(newsroom.store_path, newsroom.ids())):
            with pytest.raises(StoreOwned, match=rf"process {server.pid} .*http://127\.0\.0\.1:7860"):
                change()
        assert newsroom.ids() == ["articles/a.txt"]
        with newsroom.open() as store:
            assert store.lexical(["ferry"], 3)
        server.stdin.close()
    assert newsroom.sync().added == 1
