"""What makes the reader surer of its best sentence, and less sure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.words.lists import read_lists
from index.language.words import stems
from index.models.cross_encoder import PairScorer
from index.vectors.exact import ExactVectors
from rag.abstain import THRESHOLD
from rag.question.analysed import analysed
from rag.quote.confidence import confidence, features
from rag.quote.evidence import Evidence, weigh
from rag.quote.extract import ExtractiveReader
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


class Indifferent(PairScorer):
    """Scores every text alike, whatever is asked."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        return [8.0 for _ in texts]


class Answered(PairScorer):
    """Scores a question by how many of its words are among those told, less those that are not."""

    def __init__(self, told: str) -> None:
        self._told = frozenset(stems(told))

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        asked = frozenset(stems(query))
        return [8.0 * len(asked & self._told) - 8.0 * len(asked - self._told) for _ in texts]


class Bare(PairScorer):
    """Scores every text low, as content words alone are, but for whole questions."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        return [-4.0 if query == "opened new bridge Wendbury" else 8.0 for _ in texts]


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
        confidence(best, replace(found, passages=tuple(order)), SharedWords(), THRESHOLD)
        for order in ([*own, *others], [*others[:1], *own], [*others[:2], *own])
    ]
    assert len(others) == 2 and sure == sorted(sure, reverse=True) and len(set(sure)) == 3


def test_a_sentence_that_fits_the_content_words_as_well_as_the_question_is_less_sure(
    found: Retrieved,
) -> None:
    best = replace(best_of(found), logit=4.0, window=4.0)
    told = features(best, found, Indifferent())
    assert told["gain"] == -1
    assert confidence(best, found, Indifferent(), THRESHOLD) < confidence(best, found, Bare(), THRESHOLD)


def test_a_word_of_the_question_that_the_text_does_not_answer_to_makes_it_less_sure(found: Retrieved) -> None:
    best = best_of(found)
    whole, lacking = Answered("opened new bridge Wendbury"), Answered("new bridge Wendbury")
    assert features(best, found, whole)["weakest word"] == 1
    assert features(best, found, lacking)["weakest word"] == -1
    unsettled = replace(best, headed=-2.0, logit=-2.0, window=-2.0, fits=True)
    sure = [confidence(unsettled, found, one, THRESHOLD) for one in (whole, lacking)]
    assert sure[0] > THRESHOLD > sure[1]


def test_a_settled_sentence_is_not_asked_about_word_by_word(found: Retrieved) -> None:
    best = replace(best_of(found), headed=8.0, logit=8.0, window=8.0, fits=True)
    counted = Counting()
    assert confidence(best, found, counted, THRESHOLD) > 0.9
    assert counted.pairs == 1


def test_words_in_front_of_the_one_that_asks_are_left_in(found: Retrieved) -> None:
    asked = replace(found, question=analysed("I wonder and marvel who opened the new bridge of Wendbury"))
    told = features(best_of(found), asked, Answered("opened new bridge Wendbury"))
    assert told["weakest word"] == 1


def test_without_ranked_passages_neither_place_nor_words_say_anything(found: Retrieved) -> None:
    """So it is for what the suggestions try: the reader is given sentences alone."""
    told = features(best_of(found), replace(found, passages=()), Answered("nothing"))
    assert told["place"] == told["weakest word"] == 0


class Counting(Bare):
    """Counts the texts that it scored."""

    def __init__(self) -> None:
        self.pairs = 0

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        self.pairs += len(texts)
        return super().scores(query, texts)


LENGTH = "How long is the bridge of Wendbury?"


class Told(PairScorer):
    """Scores stone before metres; only what tells metres scores lower for less than the whole question."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        known = {"stone": 3.0, "metres": 1.0 if query == LENGTH else -3.0}
        return [max((value for word, value in known.items() if word in text), default=-8.0) for text in texts]


@pytest.mark.parametrize(("told", "answer"), [("It has 90 metres.", "metres"), ("It has metres.", "")])
def test_where_the_best_sentence_lacks_the_number_a_sure_one_that_has_it_answers(
    tmp_path: Path, told: str, answer: str
) -> None:
    newsroom = Newsroom(tmp_path)
    texts = ("The bridge of Wendbury is of old stone.", told)
    lines = [record(number) | {"text": text, "title": "Wendbury"} for number, text in enumerate(texts)]
    newsroom.write_lines("bridge.jsonl", lines)
    newsroom.sync()
    with newsroom.open() as store:
        found = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), Told()).retrieve(LENGTH)
        reading = ExtractiveReader(Told()).read(found)
    quoted = [one.text for quote in reading.quotes for one in quote.sentences]
    assert reading.verdict == ("answered" if answer else "not_stated")
    assert all(answer in text for text in quoted[:1])
