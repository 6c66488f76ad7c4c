"""Entries without an id keep their articles when their list grows, shrinks, is edited or is sorted anew."""

import json
from pathlib import Path

import pytest

from index.store.write import writing
from index.sync.remove import remove, restore
from tests.index.newsroom import Newsroom

FISH = {"title": "Fish market to move", "text": "The council voted on Thursday to close the old fish market."}
QUAY = {
    "title": "Quay repaired",
    "text": "The quay of 1911 was repaired for 14 million crowns, the office said.",
}
STORM = {"title": "Storm empties Sandvig", "text": "The storm emptied the town within three hours on Sunday."}
COINS = {"title": "Coins", "text": "The museum opens a show of medieval coins on Friday, and entry is free."}


def write(newsroom: Newsroom, kind: str, *entries: dict[str, str]) -> Path:
    """The list in a file of that kind."""
    if kind == "jsonl":
        return newsroom.write_lines("wire.jsonl", entries)
    path = newsroom.folder / f"wire.{kind}"
    if kind == "json":
        path.write_text(json.dumps(entries))
    else:
        items = "".join(
            f"<item><title>{one['title']}</title><description>{one['text']}</description>"
            + (f"<pubDate>{one['published_at']}</pubDate>" if "published_at" in one else "")
            + "</item>"
            for one in entries
        )
        path.write_text(f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>")
    return path


def told(newsroom: Newsroom) -> dict[str, str]:
    """The id of each live article by its title."""
    with newsroom.open() as store:
        return {one.title or "": one.id for one in store.articles() if one.state == "live"}


def texts(newsroom: Newsroom, article_id: str) -> list[str]:
    """The texts of all revisions of an article, oldest first."""
    with newsroom.open() as store:
        stored = store.article(article_id)
        assert stored is not None
        found = [store.article(article_id, one.revision) for one in stored.revisions]
        return [one.article.text for one in found if one is not None]


KINDS = pytest.mark.parametrize("kind", ["jsonl", "json", "xml"])


@KINDS
def test_a_list_that_grows_at_its_top_keeps_every_article(newsroom: Newsroom, kind: str) -> None:
    write(newsroom, kind, QUAY, FISH)
    newsroom.sync()
    before = told(newsroom)
    newsroom.embedder.embedded.clear()
    write(newsroom, kind, COINS, STORM, QUAY, FISH)
    report = newsroom.sync()
    assert (report.added, report.updated, report.unchanged, report.failed) == (2, 0, 2, ())
    after = told(newsroom)
    assert {title: after[title] for title in before} == before and len(set(after.values())) == 4
    embedded = " ".join(newsroom.embedder.embedded)
    assert "Storm" in embedded and "Fish" not in embedded and "Quay" not in embedded


@KINDS
def test_a_list_that_rolls_leaves_the_articles_that_fell_off(newsroom: Newsroom, kind: str) -> None:
    write(newsroom, kind, QUAY, FISH)
    newsroom.sync()
    fish = told(newsroom)["Fish market to move"]
    write(newsroom, kind, STORM, QUAY)
    report = newsroom.sync()
    assert (report.added, report.updated, report.unchanged) == (1, 0, 1)
    assert len(told(newsroom)) == 3 and texts(newsroom, fish) == [FISH["text"]]
    write(newsroom, kind, QUAY, STORM, FISH)
    assert newsroom.sync().unchanged == 3


@KINDS
def test_an_edited_entry_is_a_revision_wherever_it_stands(newsroom: Newsroom, kind: str) -> None:
    dated = {"published_at": "2024-03-14T18:00:00Z"} if kind != "xml" else {}
    if kind == "xml":
        dated = {"published_at": "Thu, 14 Mar 2024 18:00:00 GMT"}
    write(newsroom, kind, QUAY | dated, FISH | dated)
    newsroom.sync()
    ids = told(newsroom)
    rewritten = (
        QUAY | dated | {"text": "Repairs go on until spring after all, and nobody knows what they cost."}
    )
    write(newsroom, kind, STORM | dated, rewritten, FISH | dated)
    report = newsroom.sync()
    assert (report.added, report.updated, report.unchanged) == (1, 1, 1)
    assert texts(newsroom, ids["Quay repaired"]) == [QUAY["text"], rewritten["text"]]


def test_what_an_edit_keeps_tells_which_article_it_is(newsroom: Newsroom) -> None:
    long = {
        "title": "Debate",
        "text": " ".join(f"Speaker {n} asked for more time at the quay." for n in range(30)),
    }
    newsroom.write_lines("wire.jsonl", [FISH, long, QUAY | {"published_at": "2024-03-14"}])
    newsroom.sync()
    ids = told(newsroom)
    edits = [
        STORM,
        QUAY | {"published_at": "2024-03-15"},  # only the date
        long | {"title": "Debate of six hours"},  # only the title
        FISH | {"text": FISH["text"].replace("Thursday", "Friday")},  # a word of the text, and no date
    ]
    newsroom.write_lines("wire.jsonl", edits)
    report = newsroom.sync()
    assert (report.added, report.updated) == (1, 3)
    after = told(newsroom)
    assert after["Quay repaired"] == ids["Quay repaired"] and after["Debate of six hours"] == ids["Debate"]
    assert after["Fish market to move"] == ids["Fish market to move"]


def test_stories_of_one_pattern_stay_apart(newsroom: Newsroom) -> None:
    def update(number: int) -> dict[str, str]:
        text = f"The harbour office said in update {number} that {number}00 stalls had been moved."
        return {"title": f"Update {number}: quay", "text": text, "published_at": "2024-03-14"}

    newsroom.write_lines("wire.jsonl", [update(2), update(1)])
    newsroom.sync()
    newsroom.write_lines("wire.jsonl", [update(4), update(3)])
    report = newsroom.sync()
    assert (report.added, report.updated) == (2, 0) and len(newsroom.ids()) == 4


def test_two_stories_under_one_title_and_day_are_two_articles(newsroom: Newsroom) -> None:
    day = {"title": "Weather", "published_at": "2024-03-14"}
    rain = day | {"text": "Rain is expected in Brenholm until the evening, with gusts on the coast."}
    sun = day | {"text": "Sandvig stays dry, and the ferry sails again from eight in the morning."}
    newsroom.write_lines("wire.jsonl", [rain])
    newsroom.sync()
    newsroom.write_lines("wire.jsonl", [sun, rain])
    report = newsroom.sync()
    assert (report.added, report.updated, report.unchanged) == (1, 0, 1)


@KINDS
def test_two_entries_with_the_same_content_are_one(newsroom: Newsroom, kind: str) -> None:
    write(newsroom, kind, QUAY, FISH, QUAY)
    report = newsroom.sync()
    assert (report.added, report.failed) == (2, ()) and len(newsroom.ids()) == 2
    write(newsroom, kind, STORM, QUAY, FISH, QUAY)
    report = newsroom.sync()
    assert (report.added, report.updated, report.failed) == (1, 0, ()) and len(newsroom.ids()) == 3


def test_an_article_that_was_taken_down_stays_down_wherever_its_entry_stands(newsroom: Newsroom) -> None:
    newsroom.write_lines("wire.jsonl", [QUAY, FISH])
    newsroom.sync()
    fish = told(newsroom)["Fish market to move"]
    remove(newsroom.store_path, [fish])
    newsroom.write_lines("wire.jsonl", [STORM, COINS, QUAY, FISH])
    assert newsroom.sync().added == 2
    assert set(told(newsroom)) == {"Storm empties Sandvig", "Coins", "Quay repaired"}
    restore(newsroom.store_path, [fish])
    newsroom.write_lines("wire.jsonl", [STORM, COINS, FISH, QUAY])
    newsroom.sync()
    assert told(newsroom)["Fish market to move"] == fish


def test_a_takedown_of_an_earlier_version_is_found_by_its_place(newsroom: Newsroom) -> None:
    newsroom.write_lines("wire.jsonl", [QUAY, FISH])
    newsroom.sync()
    remove(newsroom.store_path, [told(newsroom)["Fish market to move"]])
    with writing(newsroom.store_path) as writer:  # Earlier versions kept the id alone.
        writer.execute("DELETE FROM removed_revisions")
    newsroom.write_lines("wire.jsonl", [STORM, COINS, QUAY, FISH])
    newsroom.sync()
    assert set(told(newsroom)) == {"Storm empties Sandvig", "Coins", "Quay repaired"}


def test_ids_by_place_of_an_earlier_version_are_kept_and_nothing_is_embedded(newsroom: Newsroom) -> None:
    newsroom.write_lines("wire.jsonl", [QUAY, FISH, STORM])
    newsroom.sync()
    ids = told(newsroom)
    assert set(ids.values()) == {f"articles/wire.jsonl#{number}" for number in (1, 2, 3)}
    with writing(newsroom.store_path) as writer:
        writer.execute("UPDATE files SET reader = 3")
    newsroom.embedder.embedded.clear()
    newsroom.write_lines("wire.jsonl", [STORM, QUAY, FISH])
    report = newsroom.sync()
    assert (report.unchanged, report.added, report.updated) == (3, 0, 0) and told(newsroom) == ids
    assert not newsroom.embedder.embedded


def test_a_file_of_a_folder_indexed_by_itself_keeps_its_ids(newsroom: Newsroom) -> None:
    path = newsroom.folder / "wire.json"
    path.write_text(json.dumps([QUAY, FISH]))
    newsroom.sync()
    ids = told(newsroom)
    assert newsroom.sync(path).unchanged == 2 and told(newsroom) == ids
    path.rename(newsroom.folder / "old.json")
    assert newsroom.sync().added == 2  # Under another name it is another list.


def test_pruning_deletes_what_fell_off_the_list_and_nothing_else(newsroom: Newsroom) -> None:
    newsroom.write_lines("wire.jsonl", [QUAY, FISH])
    newsroom.sync()
    newsroom.write_lines("wire.jsonl", [STORM, QUAY])
    assert newsroom.sync(prune=True).removed == 1
    assert set(told(newsroom)) == {"Storm empties Sandvig", "Quay repaired"}
