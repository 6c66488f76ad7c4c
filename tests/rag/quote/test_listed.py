"""Questions that ask for several things are answered by what lists them."""

from dataclasses import replace
from pathlib import Path

import pytest

from index.language.analysis import analyse_question
from rag.quote.listed import items_below, lists
from tests.index.newsroom import Newsroom
from tests.rag.conftest import assistant_over_words
from tests.rag.quote.test_extract import answered


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("The rocket carried Ann Lee, Jon Dale, 29, and Ida Marsh.", True),
        ("Ann Lee met Jon Dale in Kolmar.", False),
        ("Ann Lee and Jon Dale met in Kolmar.", False),
    ],
)
def test_names_in_a_row_are_a_list(text: str, is_list: bool) -> None:
    assert lists(analyse_question(text)) == is_list


BOOKS = """The board of the Kolmar library named the books that were withdrawn in March after the vote.

"Damson" by Ann Lee

"Forever Green" by Jon Dale

"The Ferry" by Ida Marsh

Parents had asked for it in a letter to the mayor of the town."""


def test_the_items_below_the_sentence_that_announces_them_are_quoted(tmp_path: Path) -> None:
    answer = answered(tmp_path, "Library books", BOOKS, "list the books that the Kolmar library withdrew")
    told = [one.text for one in answer.sentences if one.role == "claim"]
    assert [one for one in told if one.startswith('"')] == [
        '"Damson" by Ann Lee',
        '"Forever Green" by Jon Dale',
        '"The Ferry" by Ida Marsh',
    ]
    for one in answer.citations:
        assert one.article_text[one.start : one.end] == one.quote


def test_a_question_for_one_thing_is_not_answered_by_a_list(tmp_path: Path) -> None:
    answer = answered(
        tmp_path, "Library books", BOOKS, "When were the books of the Kolmar library withdrawn?"
    )
    assert not [one.text for one in answer.sentences if one.text.startswith('"')]


def test_items_in_the_next_passage_are_found_though_none_of_them_was_scored(tmp_path: Path) -> None:
    before = " ".join(f"Parent {n} had asked the town for less of it in a long letter." for n in range(12))
    newsroom = Newsroom(tmp_path)
    newsroom.write_lines("all.jsonl", [{"id": "a", "title": "Library", "text": f"{before}\n\n{BOOKS}"}])
    newsroom.sync()
    with newsroom.open() as store:
        found = assistant_over_words(tmp_path, store).retriever.retrieve("list the books that were withdrawn")
    announcing = next(one for one in found.sentences if "named the books" in one.candidate.text)
    first = announcing.candidate.passage
    assert "Damson" not in first.text
    kept = tuple(one for one in found.sentences if one.candidate.passage.id == first.id)
    items = items_below(announcing.candidate, replace(found, sentences=kept))
    assert items is not None and [one.text for one in items.sentences][:1] == ['"Damson" by Ann Lee']
