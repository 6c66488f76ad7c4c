"""Blocks that an outlet repeats: they are in no passage, and which they are depends on the articles alone."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import ModelError
from index.store.filters import Filter
from index.store.schema import FILE_NAME, connect_to_write
from index.sync import batch, boilerplate, run
from index.sync.boilerplate import Boilerplate, different_stories
from index.sync.remove import remove
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import Newsroom, check_whole
from tests.index.sync.test_run_kill import Storm

SIGN_UP = "Sign up for our morning letter and never miss a story from the coast."
HEADLINES = (
    "Ferry stays in port",
    "Museum shows medieval coins",
    "Bakers ask for cheaper flour",
    "Orchard owners fear late frost",
    "Swimmers cross the bay at night",
    "Library opens on Sundays",
    "Night buses run again",
    "Choir sings in the old mill",
)
OPENINGS = (
    "The gale kept every boat at its mooring while passengers waited on the quay.",
    "Curators unpacked silver that a farmer had found under his barn in spring.",
    "Loaves have become dear since the mill burned down last winter.",
    "Blossom came early this year, and growers light fires between the rows.",
    "A group of friends swam by torchlight to the lighthouse and back.",
    "Readers had long asked for it, and the council found the money at last.",
    "Drivers agreed to a new timetable after a long quarrel about breaks.",
    "Forty voices filled the hall, where the wheels have not turned since the war.",
)


def record(
    number: int, *blocks: str, source: str | None = "Kolmar Post", **fields: object
) -> dict[str, object]:
    """One of eight different stories with these blocks below its first paragraph."""
    text = "\n\n".join(
        (OPENINGS[number], *blocks, f"Nobody knows how the {HEADLINES[number].split()[-1]} goes on.")
    )
    return {"id": f"story-{number}", "title": HEADLINES[number], "text": text, "source": source, **fields}


def passages_of(newsroom: Newsroom) -> dict[str, list[str]]:
    """The texts of each article's passages, in order."""
    found: dict[str, list[str]] = {}
    with newsroom.open() as store:
        check_whole(store)
        for passage in store.passages(store.passage_ids(Filter()).tolist()):
            found.setdefault(passage.article_id, []).append(passage.text)
    return found


def holders(newsroom: Newsroom, block: str) -> list[str]:
    """The articles with a passage that holds the block."""
    found = passages_of(newsroom)
    return sorted(one for one, texts in found.items() if any(block in text for text in texts))


def test_a_block_of_five_stories_of_an_outlet_is_in_no_passage_and_stays_in_the_text(
    newsroom: Newsroom,
) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(5)])
    newsroom.write_lines("echo.jsonl", [record(5, SIGN_UP, source="Kolmar Echo")])
    newsroom.sync()
    assert holders(newsroom, SIGN_UP) == ["story-5"]
    with newsroom.open() as store:
        for number in range(5):
            stored = store.article(f"story-{number}")
            assert stored is not None and SIGN_UP in stored.article.text and len(stored.revisions) == 1
        found = store.passages(key for key, _ in store.lexical(["letter"], 50))
        assert [passage.article_id for passage in found] == ["story-5"]


def test_what_comes_later_is_never_embedded_with_known_boilerplate(newsroom: Newsroom) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(5)])
    newsroom.sync()
    newsroom.embedder.embedded.clear()
    newsroom.write_lines("late.jsonl", [record(5, SIGN_UP.upper().replace(" ", "  "))])
    newsroom.sync()
    assert newsroom.embedder.embedded and not any(
        "letter" in text.lower() for text in newsroom.embedder.embedded
    )


@pytest.mark.parametrize(
    "block",
    [
        "Подпишитесь на наши новости и получайте их каждое утро.",
        "订阅我们的每日新闻通讯，不要错过任何报道。",
        "اشترك في نشرتنا الإخبارية اليومية ولا تفوت أي خبر",
        "Abonnieren Sie unseren Newsletter und lesen Sie jeden Morgen mehr.",
        "Watch live",
    ],
)
def test_boilerplate_is_known_in_any_language(newsroom: Newsroom, block: str) -> None:
    newsroom.write_lines("post.jsonl", [record(number, block) for number in range(5)])
    newsroom.sync()
    assert holders(newsroom, block) == []


@pytest.mark.parametrize(
    "block",
    [
        "“We have never seen the like of it on this coast,” the harbour master said.",
        "«Мы никогда не видели ничего подобного», сказал он.",
        "The wall along the old harbour cost 40 million crowns to build.",
        "Die Mauer am alten Hafen kostete 40 Millionen Kronen.",
        "The old harbour was rebuilt twelve years ago after the great fire.",
        "Rents along the coast rose by 12% while wages stood still.",
    ],
)
def test_a_block_with_a_quotation_or_a_figure_with_a_unit_is_news(newsroom: Newsroom, block: str) -> None:
    newsroom.write_lines("post.jsonl", [record(number, block) for number in range(6)])
    newsroom.sync()
    assert len(holders(newsroom, block)) == 6


def test_a_block_with_a_name_of_the_headline_is_news_in_that_article(newsroom: Newsroom) -> None:
    block = "The road along the coast to Ostrand is still closed to lorries and coaches."
    lines = [record(number, block) for number in range(8)]
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert holders(newsroom, block) == []
    lines[3]["title"] = "Growers in Ostrand fear late frost"
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert len(holders(newsroom, block)) == 8  # One headline in eight: it is what the paper tells of.


def test_background_of_one_running_story_is_news(newsroom: Newsroom) -> None:
    block = "The bridge fell in May while the council was still debating its repair."
    lines = [record(number, block) for number in range(8)]
    for number, line in enumerate(lines):
        line["title"] = (
            f"{('Weil', 'Sund', 'Orr', 'Lind')[number % 4]} speaks about {HEADLINES[number].lower()}"
        )
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert len(holders(newsroom, block)) == 8


def test_copies_of_one_report_count_once(newsroom: Newsroom) -> None:
    body = " ".join(
        f"Sentence {number} tells what the {word} did."
        for number, word in enumerate(" ".join(OPENINGS).split())
    )
    lines = [record(number, SIGN_UP) for number in range(4)]
    for number in range(4, 8):
        lines.append(record(number, SIGN_UP) | {"text": f"{body}\n\n{SIGN_UP}"})
    newsroom.write_lines("post.jsonl", lines[4:])
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 4
    newsroom.write_lines("post.jsonl", lines[1:])
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 7  # Three reports and one in four copies.
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert holders(newsroom, SIGN_UP) == []


def test_four_articles_are_too_few_and_so_is_less_than_one_in_a_hundred(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(4)])
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 4
    monkeypatch.setattr(boilerplate, "PER_ARTICLE", 10)
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(5)])
    others = [record(7) | {"id": f"other-{number}"} for number in range(46)]
    newsroom.write_lines("others.jsonl", others)
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 5  # 5 of 51, where one in ten is needed.
    newsroom.write_lines("others.jsonl", others[:45])
    newsroom.sync(prune=True)
    assert holders(newsroom, SIGN_UP) == []


def test_names_that_head_the_lists_of_some_articles_are_no_boilerplate(newsroom: Newsroom) -> None:
    newsroom.write_lines("post.jsonl", [record(number, "North Ostrand") for number in range(5)])
    others = [record(7) | {"id": f"other-{number}"} for number in range(25)]
    newsroom.write_lines("others.jsonl", others)
    newsroom.sync()
    assert len(holders(newsroom, "North Ostrand")) == 5


def test_a_second_run_changes_nothing_and_embeds_nothing(newsroom: Newsroom) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(6)])
    newsroom.sync()
    with newsroom.open() as store:
        before = store.generation, store.passage_ids(Filter()).tolist()
    newsroom.embedder.embedded.clear()
    report = newsroom.sync()
    assert (report.unchanged, report.updated) == (6, 0) and not newsroom.embedder.embedded
    with newsroom.open() as store:
        assert (store.generation, store.passage_ids(Filter()).tolist()) == before


def test_only_the_passages_that_held_the_block_are_embedded_again(newsroom: Newsroom) -> None:
    long = "\n\n".join(f"{opening} {opening} {opening} {opening}" for opening in OPENINGS)
    lines = [record(number, SIGN_UP) for number in range(5)]
    lines[0]["text"] = f"{long}\n\n{SIGN_UP}"
    newsroom.write_lines("post.jsonl", lines[:4])
    newsroom.sync()
    before = passages_of(newsroom)["story-0"]
    newsroom.embedder.embedded.clear()
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    after = passages_of(newsroom)["story-0"]
    assert len(before) > 2 and before[:-1] == after[: len(before) - 1]
    assert not any(text in embedded for text in before[:-1] for embedded in newsroom.embedder.embedded)


ACKNOWLEDGED = "This report was made possible by the friends of local journalism."


def mixed(seed: int) -> list[dict[str, object]]:
    """Articles of two outlets with two blocks, some of which stand often enough to be boilerplate."""
    dice = random.Random(seed)
    return [
        record(
            number,
            *(one for one in (SIGN_UP, ACKNOWLEDGED, "Watch live") if dice.random() < 0.65),
            source=source,
        )
        | {"id": f"{source}-{number}"}
        for source in ("Kolmar Post", "Kolmar Echo")
        for number in range(8)
    ]


def indexed_in(folder: Path, runs: Sequence[Sequence[dict[str, object]]]) -> dict[str, list[str]]:
    folder.mkdir()
    room = Newsroom(folder)
    for number, lines in enumerate(runs):
        room.write_lines(f"{number}.jsonl", lines)
        room.sync()
    return passages_of(room)


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_order_nor_the_number_of_runs_matters(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = mixed(seed)
    once = indexed_in(tmp_path / "once", [lines])
    shuffled = random.Random(seed + 100).sample(lines, len(lines))
    assert indexed_in(tmp_path / "shuffled", [shuffled]) == once
    monkeypatch.setattr(run, "_FIRST_LOOK", 1)
    monkeypatch.setattr(batch, "TEXTS", 3)
    assert indexed_in(tmp_path / "parts", [shuffled[:3], shuffled[3:9], shuffled[9:]]) == once


def test_articles_that_are_taken_down_take_it_back_and_leave_no_trace(newsroom: Newsroom) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(5)])
    newsroom.sync()
    remove(newsroom.store_path, ["story-0"])
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 4
    remove(newsroom.store_path, [f"story-{number}" for number in range(1, 5)])
    newsroom.sync()
    with newsroom.open() as store:
        for table in ("block_articles", "blocks", "boilerplate", "blocks_gone", "outlets"):
            assert store.rows(f"SELECT * FROM {table}") == [], table


def test_an_article_whose_outlet_changes_counts_for_the_other(newsroom: Newsroom) -> None:
    lines = [record(number, SIGN_UP) for number in range(4)] + [record(4, SIGN_UP, source="Kolmar Echo")]
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 5
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as store, store:  # As an upgrade may do.
        store.execute("UPDATE articles SET source = 'Kolmar Post', source_key = 'kolmar post'")
    lines[4]["source"] = "Kolmar Post"
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert holders(newsroom, SIGN_UP) == []
    lines[4]["source"] = "Kolmar Echo"
    newsroom.write_lines("post.jsonl", lines)
    newsroom.sync()
    assert len(holders(newsroom, SIGN_UP)) == 5


def test_without_a_stated_outlet_the_host_of_the_address_is_the_outlet(newsroom: Newsroom) -> None:
    def line(number: int, host: str) -> dict[str, object]:
        url = f"https://{host}/{number}"
        return record(number, SIGN_UP, source=None, url=url)

    newsroom.write_lines(
        "post.jsonl", [line(number, f"{'www.' * (number % 2)}kolmar.example") for number in range(5)]
    )
    newsroom.write_lines("echo.jsonl", [line(number, "echo.example") for number in range(5, 8)])
    newsroom.sync()
    with newsroom.open() as store:
        sources = {one.source for one in store.articles()}
    if sources == {None}:
        assert holders(newsroom, SIGN_UP) == ["story-5", "story-6", "story-7"]


def test_a_long_run_looks_for_boilerplate_before_its_end(newsroom: Newsroom) -> None:
    def line(number: int) -> dict[str, object]:
        told = f"Reporter {number} found stone {number} of the wall that fell in street {number}."
        return {"id": str(number), "title": f"of {number}", "text": f"{told}\n\n{SIGN_UP}", "source": "Post"}

    newsroom.write_lines("post.jsonl", [line(number) for number in range(400)])
    newsroom.sync()
    assert holders(newsroom, SIGN_UP) == []
    assert sum(SIGN_UP in text for text in newsroom.embedder.embedded) < 300


def test_a_process_killed_while_it_learns_is_followed_by_one_that_ends_it(tmp_path: Path, root: Path) -> None:
    def newsroom(name: str) -> Newsroom:
        (tmp_path / name).mkdir()
        made = Newsroom(tmp_path / name)
        made.write_lines("post.jsonl", mixed(3))
        return made

    whole, killed = newsroom("whole"), newsroom("killed")
    statements = 0

    def counting(folder: Path) -> sqlite3.Connection:
        def count(_: str) -> None:
            nonlocal statements
            statements += 1

        connection = connect_to_write(folder)
        connection.set_trace_callback(count)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.store.store.connect_to_write", counting)
        whole.sync()
    expected = passages_of(whole)
    storm = Storm(killed, root, "fake", 1)
    storm.kill_at(statements - 250)
    for part in (0.3, 0.7):
        storm.check_store()
        storm.kill_at(int(250 * part))
    assert storm.run()[1] == 16
    assert passages_of(killed) == expected
    with killed.open() as store:
        assert store.rows("SELECT 1 FROM block_articles WHERE state > 0") == []


class Failing(WordOverlapEmbedding):
    """Fails once the first texts without the block are to be embedded."""

    def texts(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        if any(SIGN_UP not in text for text in texts):
            raise ModelError("the model is gone")
        return super().texts(texts)


def test_a_run_that_fails_while_it_learns_is_ended_by_the_next(newsroom: Newsroom) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(5)])
    newsroom.embedder, working = Failing(), newsroom.embedder
    with pytest.raises(ModelError, match="the model is gone"):
        newsroom.sync()
    newsroom.embedder = working
    newsroom.sync()
    assert holders(newsroom, SIGN_UP) == []
    newsroom.embedder.embedded.clear()
    newsroom.sync()
    assert not newsroom.embedder.embedded


def test_a_store_of_an_earlier_version_learns_at_its_next_run(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(5)])
    newsroom.write_lines("echo.jsonl", [record(6, SIGN_UP, source="Kolmar Echo")])
    with monkeypatch.context() as patch:
        patch.setattr(boilerplate, "FEWEST", 1000)
        newsroom.sync()
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as store, store:
        store.execute("PRAGMA foreign_keys = OFF")
        for table in ("blocks", "block_articles", "blocks_gone", "boilerplate", "outlets"):
            store.execute(f"DELETE FROM {table}")
    assert len(holders(newsroom, SIGN_UP)) == 6
    newsroom.embedder.embedded.clear()
    assert newsroom.sync().unchanged == 6
    assert holders(newsroom, SIGN_UP) == ["story-6"]
    assert newsroom.embedder.embedded and not any(SIGN_UP in text for text in newsroom.embedder.embedded)


def test_a_new_article_has_only_its_own_blocks_weighed(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boilerplate, "_EXACT", 0)
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(7)])
    newsroom.sync()
    weighed: list[int] = []
    real = Boilerplate._is_boilerplate

    def counting(self: Boilerplate, outlet: int, block: int, size: int) -> bool:
        weighed.append(block)
        return real(self, outlet, block, size)

    monkeypatch.setattr(Boilerplate, "_is_boilerplate", counting)
    newsroom.write_lines("late.jsonl", [record(7, SIGN_UP)])
    newsroom.sync()
    assert 0 < len(weighed) <= 4  # Its three blocks, and the outlet's mark.


def test_stories_are_told_apart_by_names_and_copies() -> None:
    def one(place: int, *names: int, story: int | None = None) -> tuple[int, frozenset[int], int | None]:
        return place, frozenset(names), story

    assert different_stories([one(1), one(2), one(3)], 9) == 3
    assert different_stories([one(1, 1), one(2, 1), one(3, 2)], 9) == 2
    assert different_stories([one(1, story=7), one(2, story=7)], 9) == 1
    assert different_stories([one(0, 1), *(one(number, 1, 10 + number) for number in range(1, 6))], 9) == 1
    assert different_stories([one(number, number) for number in range(20)], 5) == 5


def test_of_many_articles_with_a_block_a_part_is_looked_at(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boilerplate, "_MEMBERS", 5)
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(8)])
    newsroom.sync()
    assert holders(newsroom, SIGN_UP) == []
    monkeypatch.setattr(boilerplate, "_MEMBERS", 4)
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(7)])
    newsroom.sync(prune=True)
    assert len(holders(newsroom, SIGN_UP)) == 7


def test_the_sample_articles_have_no_boilerplate(newsroom: Newsroom, root: Path) -> None:
    newsroom.sync(root / "corpus" / "samples")
    with newsroom.open() as store:
        check_whole(store)
        assert store.rows("SELECT * FROM boilerplate") == []
