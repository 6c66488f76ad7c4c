"""Suggestions: made without a second search, answered when asked, and none where nothing good is found."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.store.store import Store
from index.sync.run import sync
from rag.about.suggestions import MOST, MOST_READ, MOST_TRIED, suggestions
from rag.answer import Answer, Question, Turn
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from tests.fakes import WordOverlapEmbedding
from tests.rag.about.test_examples import store_of
from tests.rag.conftest import SharedWords, assistant_over_words

BRIDGE = (
    "The Harbour Bridge was closed to lorries on 3 May 2021. "
    "At least 1,200 people were evacuated from Harbour Street, police said. "
    "“The Harbour Bridge is safe for cars,” said Joan Clarke, a bridge engineer. "
    "The mayor, Alexander Petrov, told reporters that lorries would wait."
)
LATER = (
    "Heavy traffic rolled over the Harbour Bridge again in June. Drivers were glad of it, the council said."
)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    texts = (("Harbour Bridge closed to lorries", BRIDGE), ("Lorries back on Harbour Bridge", LATER))
    with store_of(tmp_path, *texts) as store:
        yield assistant_over_words(tmp_path, store)


def ask(assistant: Assistant, question: str, *earlier: str) -> Answer:
    return assistant.ask(Question(question, tuple(Turn("user", text) for text in earlier)))


def test_what_stands_beside_the_answer_is_suggested_and_answered_when_asked(assistant: Assistant) -> None:
    answer = ask(assistant, "How many people were evacuated from Harbour Street?")
    assert answer.suggestions == (
        "What did Joan Clarke say about the Harbour Bridge?",
        "When was the Harbour Bridge closed to lorries?",
        "What is known about the Harbour Bridge?",
    )
    assert len(answer.suggestions) == MOST
    assert [ask(assistant, question).status for question in answer.suggestions] == ["answered"] * MOST


def test_what_was_asked_in_the_conversation_is_not_suggested(assistant: Assistant) -> None:
    before = "When was the Harbour Bridge closed to lorries?"
    answer = ask(assistant, "How many people were evacuated from Harbour Street?", before)
    assert before not in answer.suggestions and answer.suggestions
    assert before not in ask(assistant, before).suggestions


def test_nothing_is_suggested_where_the_archive_holds_nothing(assistant: Assistant) -> None:
    answer = ask(assistant, "Who won the cup in France?")
    assert answer.status == "not_in_archive" and answer.suggestions == ()


def test_suggestions_cost_a_few_readings_and_no_search(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "How many people were evacuated from Harbour Street?"
    answer, found = ask(assistant, asked), assistant.retriever.retrieve(asked)
    for name in ("analyses", "passages", "lexical", "preceding", "passage_ids"):
        monkeypatch.delattr(Store, name)
    scorer = SharedWords()
    assert suggestions(answer, [found], ExtractiveReader(scorer), scorer) == answer.suggestions
    assert scorer.pairs <= 4 * MOST_TRIED + MOST_READ


def test_numbers_that_two_outlets_give_differently_are_compared(tmp_path: Path) -> None:
    alder = "The storm came at night. At least 1,200 people were evacuated from Harbour Street, police said."
    zell = "Roofs flew over the town. By noon 900 people had been evacuated from Harbour Street in buses."
    told = {"Alder Times": alder, "Zell Observer": zell}
    lines = [json.dumps({"id": one, "source": one, "title": "The storm", "text": told[one]}) for one in told]
    (tmp_path / "feed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sync([tmp_path / "feed.jsonl"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        assistant = assistant_over_words(tmp_path, store)
        suggested = ask(assistant, "When came the storm to Harbour Street?").suggestions
        asked = (
            "How do Alder Times and Zell Observer differ "
            "on the number of people evacuated from Harbour Street?"
        )
        assert asked in suggested
        answer = ask(assistant, asked)
        assert (answer.status, answer.intent) == ("answered", "comparison")
        assert {one.source for one in answer.citations} == set(told)
