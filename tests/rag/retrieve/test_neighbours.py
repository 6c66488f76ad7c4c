"""Neighbours that a passage needs to be understood."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from index.language.sentence import Sentence
from index.store.filters import Filter
from index.store.store import Passage, Store
from rag.answer import RankedPassage
from rag.retrieve.neighbours import with_neighbours
from tests.index.newsroom import Newsroom

FILLER = " ".join(
    f"The council met in room {number} and spoke about the old bridges." for number in range(11)
)
"""Enough for most of a passage."""


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


def stored(
    newsroom: Newsroom, *paragraphs: str
) -> tuple[Store, list[Passage], Mapping[int, Sequence[Sentence]]]:
    """An article of these paragraphs, its passages in order and their analyses."""
    newsroom.write("one.md", "\n\n".join(paragraphs), title="Bridges")
    newsroom.sync()
    store = newsroom.open()
    passages = store.passages(store.passage_ids(Filter()).tolist())
    assert len(passages) == len(paragraphs), [one.text for one in passages]
    return store, passages, store.analyses(passages)


def joined(store: Store, asked: Sequence[Passage], analyses: Mapping[int, Sequence[Sentence]]) -> list[int]:
    """The ids of what is joined to the asked passages; closes the store."""
    ranked = [RankedPassage(rank, one, 1 / rank) for rank, one in enumerate(asked, start=1)]
    with store:
        found = with_neighbours(store, ranked, {one.id: analyses[one.id] for one in asked})
    assert [one.rank for one in found] == [*range(1, len(found) + 1)]
    scores = {one.id: 1 / rank for rank, one in enumerate(asked, start=1)}
    assert all(one.score == scores.get(one.passage.id, one.score) for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    return [one.passage.id for one in found]


def test_he_brings_the_passage_before_that_names_him(newsroom: Newsroom) -> None:
    store, (first, second), analyses = stored(
        newsroom,
        f"{FILLER} The engineer Tom Bell left for Lima.",
        f"He will come back in May. {FILLER}",
    )
    assert analyses[second.id][0].references
    assert joined(store, [second], analyses) == [first.id, second.id]


def test_a_name_that_stands_in_the_prompt_brings_nothing(newsroom: Newsroom) -> None:
    store, (first, second, third), analyses = stored(
        newsroom,
        f"{FILLER} The engineer Tom Bell left for Lima.",
        f"He will come back in May. {FILLER}",
        f"Tom Bell is 40. {FILLER}",
    )
    assert joined(store, [second, third], analyses) == [second.id, third.id]
    assert first.id not in {second.id, third.id}


def test_a_passage_that_stands_alone_brings_nothing(newsroom: Newsroom) -> None:
    store, (_, second, _), analyses = stored(newsroom, FILLER, f"{FILLER} It rained.", f"But {FILLER}")
    assert joined(store, [second], analyses) == [second.id]


def test_the_end_of_a_quotation_brings_the_passage_in_which_it_begins(newsroom: Newsroom) -> None:
    store, (first, second), analyses = stored(
        newsroom, f"{FILLER} “The bridges are old.", f"Nobody will tear down any,” said Tom Bell. {FILLER}"
    )
    assert joined(store, [second], analyses) == [first.id, second.id]


@pytest.mark.parametrize(
    ("ending", "beginning"),
    [
        ("The council decided three things:", "The bridges stay."),
        ("“The bridges stay,” said Tom Bell. “They are old.", "“They are also safe,” he added."),
        ("\n\n- The first bridge stays.", "- The second bridge goes."),
    ],
)
def test_what_goes_on_brings_the_passage_behind(newsroom: Newsroom, ending: str, beginning: str) -> None:
    store, (first, second), analyses = stored(newsroom, f"{FILLER} {ending}", f"{beginning} {FILLER}")
    assert joined(store, [first], analyses) == [first.id, second.id]


def test_a_neighbour_that_is_ranked_itself_keeps_its_place(newsroom: Newsroom) -> None:
    store, (first, second), analyses = stored(
        newsroom, f"{FILLER} The engineer Tom Bell left for Lima:", f"He will come back in May. {FILLER}"
    )
    assert joined(store, [second, first], analyses) == [second.id, first.id]
