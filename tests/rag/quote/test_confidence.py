"""What makes the reader surer of its best sentence, and less sure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.words.lists import read_lists
from index.vectors.exact import ExactVectors
from rag.quote.confidence import confidence, features
from rag.quote.evidence import Evidence, weigh
from rag.retrieve.search import Retrieved, Retriever
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import Newsroom
from tests.index.sync.test_boilerplate import record
from tests.rag.conftest import SharedWords

TOLD = (
    "The mayor of Wendbury opened the new bridge on Monday.",
    "The bridge of Wendbury has four piers of stone.",
    "A mayor may open what the council has built.",
)


class Indifferent:
    """Scores every text alike, whatever is asked."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        return [8.0 for _ in texts]


class Bare:
    """Scores every text low, as content words alone are."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        assert query == "opened new bridge Wendbury"
        return [-4.0 for _ in texts]


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Retrieved]:
    newsroom = Newsroom(tmp_path)
    lines = [record(number) | {"text": text, "title": "Wendbury"} for number, text in enumerate(TOLD)]
    newsroom.write_lines("bridge.jsonl", lines)
    newsroom.sync()
    with newsroom.open() as store:
        retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), SharedWords())
        yield retriever.retrieve("Who opened the new bridge of Wendbury?")


def best_of(found: Retrieved) -> Evidence:
    return weigh(found, SharedWords())[0]


def test_every_feature_has_a_weight_and_every_weight_a_feature(found: Retrieved) -> None:
    lines = read_lists("rag.quote", "confidence.txt")["weights"]
    names = [line.partition(" = ")[0] for line in lines]
    assert names == ["intercept", *features(best_of(found), found, SharedWords())]


def test_a_sentence_whose_passage_others_are_ranked_before_is_less_sure(found: Retrieved) -> None:
    best = best_of(found)
    own = [one for one in found.passages if one.passage.id == best.candidate.passage.id]
    others = [one for one in found.passages if one not in own]
    sure = [
        confidence(best, replace(found, passages=tuple(order)), SharedWords())
        for order in ([*own, *others], [*others[:1], *own], [*others[:2], *own])
    ]
    assert len(others) == 2 and sure == sorted(sure, reverse=True) and len(set(sure)) == 3


def test_a_sentence_that_fits_the_content_words_as_well_as_the_question_is_less_sure(
    found: Retrieved,
) -> None:
    best = replace(best_of(found), logit=4.0, window=4.0)
    told = features(best, found, Indifferent())
    assert told["gain"] == -1
    assert confidence(best, found, Indifferent()) < confidence(best, found, Bare())


def test_without_ranked_passages_the_place_says_nothing(found: Retrieved) -> None:
    """So it is for what the suggestions try: the reader is given sentences alone."""
    alone = replace(found, passages=())
    assert features(best_of(found), alone, SharedWords())["place"] == 0
