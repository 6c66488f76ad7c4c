"""What makes the reader surer of its best sentence, and less sure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.words.lists import read_lists
from index.models.cross_encoder import PairScorer
from index.vectors.exact import ExactVectors
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


class Answering(PairScorer):
    """Scores texts alike, and how surely they answer as it is told."""

    def __init__(self, surely: float) -> None:
        self._surely = surely

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        return [2.0 for _ in texts]

    def answering(self, query: str, texts: Sequence[str]) -> list[float]:
        return [self._surely for _ in texts]


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
    assert names == ["intercept", *features(best_of(found), found)]


def test_a_sentence_whose_passage_others_are_ranked_before_is_less_sure(found: Retrieved) -> None:
    best = best_of(found)
    own = [one for one in found.passages if one.passage.id == best.candidate.passage.id]
    others = [one for one in found.passages if one not in own]
    sure = [
        confidence(best, replace(found, passages=tuple(order)))
        for order in ([*own, *others], [*others[:1], *own], [*others[:2], *own])
    ]
    assert len(others) == 2 and sure == sorted(sure, reverse=True) and len(set(sure)) == 3


def test_the_more_passages_an_archive_has_the_less_sure_is_the_same_sentence(found: Retrieved) -> None:
    assert found.archive_passages == len(TOLD)
    best = best_of(found)
    sure = [confidence(best, replace(found, archive_passages=number)) for number in (1, 100, 100_000)]
    assert sure == sorted(sure, reverse=True) and len(set(sure)) == 3


def test_the_surer_it_is_that_a_sentence_answers_the_surer_the_reader(found: Retrieved) -> None:
    sure = [
        confidence(weigh(found, Answering(logit))[0], found) for logit in (-30.0, -8.0, -2.0, 2.0, 8.0, 30.0)
    ]
    assert sure == sorted(sure) and len(set(sure)) == 4, "beyond 8 either way it is no surer"


def test_what_only_touches_the_question_is_not_quoted(found: Retrieved) -> None:
    """Two readers that differ in nothing but whether the sentences answer."""
    verdicts = [ExtractiveReader(Answering(logit)).read(found).verdict for logit in (8.0, -8.0)]
    assert verdicts == ["answered", "not_stated"]


@pytest.mark.parametrize(("others", "quoted"), [(-2.0, 3), (-3.5, 1)])
def test_beside_a_sure_answer_stands_nothing_that_surely_does_not_answer(
    found: Retrieved, others: float, quoted: int
) -> None:
    class Sure(Answering):
        def answering(self, query: str, texts: Sequence[str]) -> list[float]:
            return [4.0 if TOLD[0] in text else others for text in texts]

    alike = tuple(replace(one, logit=2.0) for one in found.sentences)
    found = replace(found, question=analysed("What happened to the new bridge?"), sentences=alike)
    reading = ExtractiveReader(Sure(0.0)).read(found)
    told = [one.text for quote in reading.quotes for one in quote.sentences]
    assert reading.verdict == "answered" and TOLD[0] in told and len(told) == quoted


def test_neighbours_and_headline_are_read_with_a_sentence(found: Retrieved) -> None:
    seen: list[str] = []

    class Listening(Answering):
        def answering(self, query: str, texts: Sequence[str]) -> list[float]:
            seen.extend(texts)
            return super().answering(query, texts)

    weigh(found, Listening(1.0))
    assert seen and all(text.startswith("Wendbury. ") for text in seen)
    assert {text.removeprefix("Wendbury. ") for text in seen} == set(TOLD)


def test_without_ranked_passages_the_place_says_nothing(found: Retrieved) -> None:
    """So it is for what the suggestions try: the reader is given sentences alone."""
    assert features(best_of(found), replace(found, passages=()))["place"] == 0


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
