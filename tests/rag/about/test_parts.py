"""Lists that are too long to be shown: the questions beside them lead to every article."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from rag.about.catalogue import MOST_LISTED
from rag.about.parts import MOST_PARTS, by_days
from rag.answer import Question
from rag.assistant import Assistant
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words

DAYS = st.dates(date(2019, 1, 1), date(2024, 12, 31)).map(date.isoformat)
EVERYTHING = Filter()
OUTLETS = ("The Courier", "The Echo", "The Herald")
NOTICE = "\n\nCorrection: An earlier version of this article misspelled the name of the harbour."


@given(st.dictionaries(DAYS, st.integers(1, 50), min_size=1), st.integers(1, 30))
def test_parts_of_days_hold_every_day_once_and_in_order(counts: dict[str, int], most: int) -> None:
    parts = by_days(counts, most)
    assert 1 <= len(parts) <= MOST_PARTS
    assert parts[0][0] == min(counts) and parts[-1][1] == max(counts)
    assert all(first <= last and last in counts and first in counts for first, last in parts)
    for (_, last), (first, _) in pairwise(parts):
        assert last < first and not [day for day in counts if last < day < first]


@given(st.integers(2, 2_000), st.integers(1, 30))
def test_parts_of_equal_days_are_about_as_long(days: int, most: int) -> None:
    counts = {(date(2019, 1, 1) + timedelta(n)).isoformat(): 1 for n in range(days)}
    parts = by_days(counts, most)
    lengths = [sum(first <= day <= last for day in counts) for first, last in parts]
    assert max(lengths) - min(lengths) <= 1
    assert days > MOST_PARTS * most or max(lengths) <= most


def archive(folder: Path, articles: int, *, on_one_day: bool = False) -> Iterator[Assistant]:
    """An assistant over so many articles about one harbour, most of them of another day and outlet."""
    lines = [
        {
            "id": f"a{n}",
            "title": f"Kestrel Harbour, day {n}",
            "text": f"Ship number {n} left the Kestrel Harbour. Nobody waved at it.{NOTICE if n % 2 else ''}",
            "source": OUTLETS[n % len(OUTLETS)],
            "authors": ["Ines Marlow"],
            "published_at": (date(2021, 3, 1) + timedelta(0 if on_one_day else n)).isoformat(),
        }
        for n in range(articles)
    ]
    (folder / "feed.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(folder / "store") as store:
        yield assistant_over_words(folder, store)


@pytest.fixture(scope="module")
def fifty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    yield from archive(tmp_path_factory.mktemp("fifty"), 50)


@pytest.fixture(scope="module")
def of_one_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    yield from archive(tmp_path_factory.mktemp("one-day"), 45, on_one_day=True)


def reached(assistant: Assistant, question: str, where: Filter = EVERYTHING) -> set[str]:
    """The articles that are listed for the question, and for all that is suggested beside the lists."""
    found: set[str] = set()
    asked, waiting = set[str](), [question]
    while waiting:
        text = waiting.pop()
        if text not in asked:
            asked.add(text)
            answer = assistant.ask(Question(text, where=where))
            assert answer.status == "listed" and len(answer.articles or ()) <= MOST_LISTED, text
            found |= {one.id for one in answer.articles or ()}
            waiting += answer.suggestions
    assert len(asked) < 12
    return found


@pytest.mark.parametrize(
    "question",
    [
        "What is in this archive?",
        "Articles about the Kestrel Harbour",
        "which articles mention Kestrel Harbour?",
        "articles by Ines Marlow",
        "articles since 1 January 2021",
    ],
)
def test_what_is_suggested_beside_a_long_list_leads_to_all_of_its_articles(
    fifty: Assistant, question: str
) -> None:
    assert reached(fifty, question) == {f"a{n}" for n in range(50)}


def test_where_all_articles_are_asked_for_a_hundred_are_listed(fifty: Assistant) -> None:
    answer = fifty.ask(Question("list all articles"))
    assert {one.id for one in answer.articles or ()} == {f"a{n}" for n in range(50)}
    assert not answer.suggestions


def test_the_list_of_corrections_leads_to_all_of_them(fifty: Assistant) -> None:
    assert reached(fifty, "Which articles were corrected?") == {f"a{n}" for n in range(1, 50, 2)}


def test_parts_keep_to_the_outlet_and_the_days_that_were_asked_for_and_to_the_filter(
    fifty: Assistant, of_one_day: Assistant
) -> None:
    in_april = fifty.ask(Question("Articles about Kestrel Harbour from 5 March to 10 April 2021"))
    assert in_april.suggestions == (
        "Articles about Kestrel Harbour from 5 to 22 March 2021",
        "Articles about Kestrel Harbour from 23 March to 10 April 2021",
    )
    of_two = Filter(sources=("The Courier", "The Echo"))
    theirs = {f"a{n}" for n in range(50) if n % 3 < 2}
    assert reached(fifty, "What is in this archive?", of_two) == theirs


def test_a_list_of_one_day_is_divided_by_outlets(of_one_day: Assistant) -> None:
    answer = of_one_day.ask(Question("What is in this archive?"))
    assert answer.suggestions == tuple(f"All articles by {one}" for one in OUTLETS)
    assert reached(of_one_day, "What is in this archive?") == {f"a{n}" for n in range(45)}


def test_beside_a_list_that_is_shown_whole_nothing_is_suggested(fifty: Assistant) -> None:
    answer = fifty.ask(Question("Articles by The Echo since 1 January 2021"))
    assert len(answer.articles or ()) == 17 and answer.suggestions == ()
