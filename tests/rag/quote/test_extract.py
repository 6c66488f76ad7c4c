"""What the extractive reader quotes."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.models.cross_encoder import PairScorer
from index.vectors.exact import ExactVectors
from rag.answer import Answer, Question
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import Newsroom
from tests.index.sync.test_boilerplate import SIGN_UP, record
from tests.rag.conftest import SharedWords, assistant_over_words


def answered(folder: Path, title: str, told: str, question: str) -> Answer:
    """The answer to a question from an archive of one article, as words alone tell."""
    return answered_by(SharedWords(), folder, title, told, question)


class RestsOn(SharedWords):
    """Takes a text for less of an answer, by so many logits, without one stretch of it."""

    def __init__(self, stretch: str, by: float, most: float) -> None:
        super().__init__()
        self._stretch, self._by, self._most = stretch, by, most

    def answering(self, query: str, texts: Sequence[str]) -> list[float]:
        return [self._most - self._by * (self._stretch not in text) for text in texts]


def answered_by(scorer: PairScorer, folder: Path, title: str, told: str, question: str) -> Answer:
    """The answer to a question from an archive of one article, as the scorer reads it."""
    newsroom = Newsroom(folder)
    newsroom.write_lines("one.jsonl", [record(7) | {"text": told, "title": title}])
    newsroom.sync()
    with newsroom.open() as store:
        retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), scorer)
        return Assistant(store, retriever, ExtractiveReader(scorer)).ask(Question(question))


BY_TWO = "The bridge of Wendbury was opened by Ann Lee and Jon Dale."
BY_ONE = "The bridge of Wendbury was opened by Jon Dale. A bridge of Wendbury was opened for Ann Lee."


@pytest.mark.parametrize(
    ("told", "stretch", "by", "most", "marks"),
    [
        (BY_TWO, "Jon Dale", 3.0, 6.0, ["Jon Dale"]),
        (BY_TWO, "Jon Dale", 1.0, 6.0, []),
        (BY_TWO, "Wendbury", 3.0, 6.0, []),
        (BY_ONE, "Jon Dale", 1.0, 6.0, ["Jon Dale"]),
        (BY_ONE, "Jon Dale", 0.2, 6.0, []),
        (BY_ONE, "Jon Dale", 3.0, -7.0, []),
    ],
)
def test_the_one_stretch_is_marked_without_which_a_sentence_surely_answers_less(
    tmp_path: Path, told: str, stretch: str, by: float, most: float, marks: list[str]
) -> None:
    asked = "Who opened the bridge of Wendbury?"
    answer = answered_by(RestsOn(stretch, by, most), tmp_path, "A bridge", told, asked)
    assert answer.status == "answered"
    assert [one.text[start:end] for one in answer.sentences for start, end in one.highlights] == marks


def test_a_quote_with_the_sentence_before_does_not_span_over_boilerplate(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    told = f"The harbour master is Ann Lee.\n\n{SIGN_UP}\n\nShe blamed the gale for the closed quay."
    newsroom.write_lines("post.jsonl", [record(number, SIGN_UP) for number in range(4)])
    newsroom.write_lines("quay.jsonl", [record(7) | {"text": told, "title": "Quay closed"}])
    newsroom.sync()
    with newsroom.open() as store:
        answer = assistant_over_words(tmp_path, store).ask(Question("What was blamed for the closed quay?"))
        assert answer.status == "answered"
        assert any("blamed the gale" in citation.quote for citation in answer.citations)
        for citation in answer.citations:
            stored = store.article(citation.article_id)
            assert stored and stored.article.text[citation.start : citation.end] == citation.quote
            assert "Sign up" not in citation.quote


def test_beside_a_sentence_with_a_name_that_may_be_asked_for_none_without_is_quoted(tmp_path: Path) -> None:
    told = (
        "The new mayor of Wendbury is Ann Lee, the mayor that Wendbury chose on Monday. "
        "The mayor of Wendbury has an office above the old mill."
    )
    answer = answered(tmp_path, "A mayor", told, "Who is the new mayor of Wendbury?")
    said = " ".join(citation.quote for citation in answer.citations)
    assert "Ann Lee" in said and "old mill" not in said


def test_words_of_the_kind_that_is_asked_for_come_before_more_of_the_questions_words(tmp_path: Path) -> None:
    told = (
        "Ann Lee, the master of the harbour of Wendbury, was a master whom the harbour liked. "
        "Her time as master of the harbour was nine years."
    )
    asked = "How long was Ann Lee the master of the harbour of Wendbury?"
    answer = answered(tmp_path, "A harbour master", told, asked)
    assert answer.status == "answered" and "nine years" in answer.text


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("two hundred and fifty", "250"),
        ("250", "two hundred and fifty"),
        ("forty-five", "45"),
        ("2,300", "two thousand three hundred"),
        ("twelve thousand", "12,000"),
    ],
)
def test_a_number_is_found_in_any_writing(tmp_path: Path, written: str, asked: str) -> None:
    newsroom = Newsroom(tmp_path)
    told = [f"The Arnika had {written} passengers.", "The Veda had 19 passengers."]
    lines = [record(number) | {"text": text, "title": "A ship"} for number, text in enumerate(told)]
    newsroom.write_lines("ships.jsonl", lines)
    newsroom.sync()
    with newsroom.open() as store:
        answer = assistant_over_words(tmp_path, store).ask(Question(f"Which ship had {asked} passengers?"))
    assert answer.status == "answered" and "Arnika" in answer.citations[0].quote


def test_where_two_sentences_answer_as_well_as_the_first_both_are_quoted(tmp_path: Path) -> None:
    told = (
        "The town of Wendbury greeted its rowers with a feast at the quay. A boat parade opened the evening."
    )
    newsroom = Newsroom(tmp_path)
    newsroom.write_lines("feast.jsonl", [record(7) | {"text": told, "title": "A feast"}])
    newsroom.sync()
    with newsroom.open() as store:
        answer = assistant_over_words(tmp_path, store).ask(
            Question("How did the town of Wendbury greet its rowers at the quay?")
        )
    assert "boat parade" in " ".join(citation.quote for citation in answer.citations)


def test_who_said_something_is_quoted_from_the_sentence_that_names_them(tmp_path: Path) -> None:
    told = (
        "Ann Lee watched the gale from the quay. It tore down the crane beside the store. "
        'At last she said, "My boat will be next in the gale."'
    )
    newsroom = Newsroom(tmp_path)
    newsroom.write_lines("gale.jsonl", [record(7) | {"text": told, "title": "A gale"}])
    newsroom.sync()
    with newsroom.open() as store:
        answer = assistant_over_words(tmp_path, store).ask(Question("who said my boat will be next"))
    assert answer.status == "answered"
    assert any("Ann Lee" in one.quote and "next in the gale" in one.quote for one in answer.citations)


def test_of_a_split_quotation_the_speaker_in_its_first_half_is_marked_and_nobody_else(tmp_path: Path) -> None:
    told = (
        "“The beams of the mill were dry,” said Ann Lee, the miller. “It went up like paper.” "
        "John Dale said a heater in the mill was the cause."
    )
    newsroom = Newsroom(tmp_path)
    newsroom.write_lines("mill.jsonl", [record(7) | {"text": told, "title": "A fire"}])
    newsroom.sync()
    with newsroom.open() as store:
        answer = assistant_over_words(tmp_path, store).ask(Question("Who said “It went up like paper”?"))
    marked = [one.text[start:end] for one in answer.sentences for start, end in one.highlights]
    assert marked == ["Ann Lee"] and "John Dale" not in answer.text


def test_the_latest_number_is_that_of_the_newest_article(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    told = [f"The number of measles cases in Kolmar has risen to {number}." for number in (12, 31, 94)]
    days = ("2023-02-01", "2023-03-01", "2023-02-15")
    lines = [
        record(place) | {"text": text, "title": "Measles", "published_at": day}
        for place, (text, day) in enumerate(zip(told, days, strict=True))
    ]
    newsroom.write_lines("measles.jsonl", lines)
    newsroom.sync()
    with newsroom.open() as store:
        asked = Question("What is the latest number of measles cases in Kolmar?")
        answer = assistant_over_words(tmp_path, store).ask(asked)
    claims = [one.text for one in answer.sentences if one.role == "claim"]
    assert "31" in claims[0]


def test_a_dateline_is_cited_and_not_shown(tmp_path: Path) -> None:
    told = "KOLMAR (Wire) — The old crane fell on the quay in the gale. Nobody was hurt."
    answer = answered(tmp_path, "A crane", told, "Did the old crane fall on the quay?")
    claim = next(one for one in answer.sentences if one.role == "claim")
    assert claim.text.startswith("The old crane") and answer.citations[0].quote.startswith("KOLMAR")


@pytest.mark.parametrize(("whose", "status"), [("baggage handler", "not_stated"), ("pilot", "answered")])
def test_a_name_that_no_article_gives_is_not_replaced_by_another(
    tmp_path: Path, whose: str, status: str
) -> None:
    told = (
        "The baggage handler fell asleep in the hold of the jet, according to Ann Lee, a spokeswoman. "
        "The pilot of the jet, Jon Dale, heard the baggage handler."
    )
    answer = answered(tmp_path, "A jet", told, f"What is the name of the {whose} of the jet?")
    assert answer.status == status and ("Jon Dale" in answer.text) == (status == "answered")


@pytest.mark.parametrize(
    ("title", "status"), [("The mill of Kolmar is mended", "not_stated"), ("A week", "not_in_archive")]
)
def test_what_only_a_headline_bears_on_is_covered_and_not_said(
    tmp_path: Path, title: str, status: str
) -> None:
    told = "It took a week. Nobody came."
    scorer = RestsOn("", 0.0, -8.0)
    assert answered_by(scorer, tmp_path, title, told, "Who mended the mill of Kolmar?").status == status


def test_a_heading_is_not_quoted_beside_a_sentence(tmp_path: Path) -> None:
    told = "The ferry of Kolmar was late because of fog.\n\n{}\n\nThe fog over Kolmar lifted at noon."
    for place, heading in enumerate(("## Fog makes the ferry late", "FOG MAKES THE FERRY LATE")):
        folder = tmp_path / str(place)
        folder.mkdir()
        answer = answered(folder, "A ferry", told.format(heading), "Why was the ferry of Kolmar late?")
        assert answer.status == "answered" and "because of fog" in answer.text
        assert "makes the ferry" not in answer.text.casefold()


@pytest.mark.parametrize(("verb", "status"), [("reject", "not_stated"), ("discuss", "answered")])
def test_why_something_happened_that_no_passage_tells_is_not_answered(
    tmp_path: Path, verb: str, status: str
) -> None:
    told = "The board discussed a plan. Critics say that it harms the harbour."
    answer = answered(tmp_path, "A plan", told, f"Why did the board {verb} the plan of Kolmar?")
    assert answer.status == status
