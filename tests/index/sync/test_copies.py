"""Near-duplicates: found whatever was done to them, and nothing else taken for one.

Thresholds were set on the first half of the sample articles; the second half reports.
"""

import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.read import read
from index.sync import copies
from index.sync.copies import Shingles, is_copy
from index.sync.remove import remove
from tests.index.newsroom import Newsroom, long_text

SAMPLES = [
    one
    for one in read(Path(__file__).resolve().parents[3] / "corpus" / "samples")
    if isinstance(one, Article)
]
REPORTED = [one.text for one in SAMPLES if len(one.text.split()) > 120][1::2]
WIRE = long_text("bridge", 16)


def headline(text: str, dice: random.Random) -> str:
    return f"{dice.choice(['Exclusive', 'Late edition', 'World news'])}: another headline\n\n{text}"


def cut_quarter(text: str, dice: random.Random) -> str:
    return text[: 3 * len(text) // 4]


def cut_half(text: str, dice: random.Random) -> str:
    return text[: len(text) // 2]


def other_lead(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    for place in range(0, min(40, len(words)), 3):
        words[place] = dice.choice(["reportedly", "there", "officials", "again"])
    return " ".join(words)


def house_paragraph(text: str, dice: random.Random) -> str:
    first, _, rest = text.partition("\n\n")
    return f"{first}\n\nOur correspondent adds that people in the town took the news calmly.\n\n{rest}"


def typographic(text: str, dice: random.Random) -> str:
    return text.replace('"', "”").replace("'", "’").replace(" - ", " — ").upper()


def wrapped(text: str, dice: random.Random) -> str:
    return re.sub(r"(.{60,70}) ", r"\1\n", text)


Change = Callable[[str, random.Random], str]
DONE: list[Change] = [headline, cut_quarter, cut_half, other_lead, house_paragraph, typographic, wrapped]


@pytest.mark.parametrize("change", DONE)
def test_a_copy_is_one_whatever_the_house_did_to_it(change: Change) -> None:
    dice = random.Random(5)
    found = [is_copy(text, change(text, dice)) for text in REPORTED]
    assert sum(found) >= 0.9 * len(found), f"{sum(found)} of {len(found)}"


def test_different_reports_are_never_one_story() -> None:
    texts = [one.text for one in SAMPLES]
    merged = [(a[:40], b[:40]) for n, a in enumerate(texts) for b in texts[:n] if is_copy(a, b)]
    assert len(merged) == 1, "the samples hold one wire report that a second paper printed"


def test_a_template_with_other_figures_is_another_story() -> None:
    report = (
        "The index closed at {a} points on Monday, {b} percent above the day before. The turnover was {c} "
        "million crowns, and {d} shares rose while {e} fell. The bank's share gained {f} percent, the mill's "
        "lost {g} percent. The crown stood at {h} to the dollar in the evening, and traders expect calm."
    )
    dice = random.Random(1)
    days = [report.format(**{name: dice.randint(10, 9999) for name in "abcdefgh"}) for _ in range(6)]
    assert not any(is_copy(a, b) for n, a in enumerate(days) for b in days[:n])


def test_a_follow_up_with_the_same_background_is_another_story() -> None:
    background = "The bridge was closed in May after an inspector had found cracks in two of its piers. " * 3
    first = long_text("council", 14) + background
    assert not is_copy(first, long_text("engineers", 14) + background)


def test_short_notes_are_copies_only_when_they_are_the_same() -> None:
    assert is_copy("The ferry stayed in port on Monday.", "The ferry stayed in port on Monday!")
    assert not is_copy("The ferry stayed in port on Monday.", "The ferry stayed in port on Sunday.")
    assert not is_copy("", "")


def write_story(newsroom: Newsroom) -> None:
    """One wire report in three papers, and a report of its own."""
    for day, outlet, text in (
        (3, "The Ledger", headline(WIRE, random.Random(1))),
        (2, "The Wire", WIRE),
        (4, "The Post", cut_half(WIRE, random.Random(1))),
        (1, "The Own", long_text("orchard", 16)),
    ):
        name = outlet.split()[1].lower()
        newsroom.write(
            f"{name}.md", text, source=outlet, published_at=f"2024-03-0{day}", title=f"{outlet} says"
        )


def also(newsroom: Newsroom, name: str) -> list[str]:
    with newsroom.open() as store:
        return [
            one.id.removeprefix("articles/").removesuffix(".md")
            for one in store.copies_of(f"articles/{name}.md")
        ]


def test_the_copies_of_an_article_are_listed_earliest_first(newsroom: Newsroom) -> None:
    write_story(newsroom)
    newsroom.sync()
    assert also(newsroom, "post") == ["wire", "ledger"]
    assert also(newsroom, "wire") == ["ledger", "post"] and also(newsroom, "own") == []


def test_edits_and_takedowns_leave_the_story_right(newsroom: Newsroom) -> None:
    write_story(newsroom)
    newsroom.sync()
    newsroom.write("ledger.md", long_text("harvest", 16), source="The Ledger", published_at="2024-03-03")
    newsroom.sync()
    assert also(newsroom, "post") == ["wire"] and also(newsroom, "ledger") == []
    remove(newsroom.store_path, ["articles/wire.md"], vector_cache=False)
    assert also(newsroom, "post") == []
    with newsroom.open() as store:
        for table in ("signatures", "bands", "copies"):
            rows = store.rows(
                f"SELECT count(*) FROM {table} WHERE article_key NOT IN (SELECT key FROM articles)"
            )
            assert rows == [(0,)]


def test_a_store_made_before_copies_were_looked_for_gets_them_without_embedding(newsroom: Newsroom) -> None:
    write_story(newsroom)
    newsroom.sync()
    with closing(sqlite3.connect(newsroom.store_path / "onrecord.sqlite")) as connection, connection:
        for table in ("signatures", "bands", "copies"):
            connection.execute(f"DELETE FROM {table}")
    newsroom.embedder.embedded.clear()
    newsroom.sync()
    assert also(newsroom, "post") == ["wire", "ledger"] and not newsroom.embedder.embedded


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
def test_stories_are_those_that_comparing_everything_would_give(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]]
) -> None:
    newsroom = Newsroom(tmp_path_factory.mktemp("newsroom"))
    bases = [long_text(subject, 14) for subject in ("bridge", "orchard", "ferry")]
    texts: dict[str, str] = {}
    for name, base, cut in steps:
        if base == 3:
            texts.pop(f"{name}.txt", None)
            (newsroom.folder / f"{name}.txt").unlink(missing_ok=True)
        else:
            texts[f"{name}.txt"] = f"Paper {name}. " + (
                bases[base][: len(bases[base]) // 2] if cut else bases[base]
            )
            newsroom.write(f"{name}.txt", texts[f"{name}.txt"])
        newsroom.sync(prune=True)
    with newsroom.open() as store:
        for file, text in texts.items():
            found = {one.id for one in store.copies_of(f"articles/{file}")}
            group = {file}
            while more := {b for a in group for b in texts.keys() - group if is_copy(texts[a], texts[b])}:
                group |= more
            assert found == {f"articles/{other}" for other in group - {file}}, text[:40]


def test_a_new_copy_is_compared_with_one_article_of_its_story(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    alike = copies._alike

    def counted(mine: Shingles, others: Shingles, one: str, other: str) -> bool:
        compared.append(1)
        return alike(mine, others, one, other)

    monkeypatch.setattr(copies, "_alike", counted)
    text = long_text("wall")
    newsroom.write_lines("feed.jsonl", [{"id": f"{n}", "text": f"Paper {n}. {text}"} for n in range(30)])
    newsroom.sync()
    with newsroom.open() as store:
        assert len(store.copies_of("0")) == len(compared) == 29
