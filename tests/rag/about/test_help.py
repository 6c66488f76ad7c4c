"""Help: what the archive is, with questions from it, and neither a claim nor a search."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.store.store import Archive, Store
from rag.about.help import QuestionsToTry, what_this_is
from rag.answer import Question
from rag.assistant import Assistant
from tests.rag.about.test_examples import COUNTED, ENVOY, QUOTED, store_of
from tests.rag.conftest import assistant_over_words

TEXTS = (("Envoy arrives", ENVOY), ("Storm", COUNTED), ("Council on the bridge", QUOTED))


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with store_of(tmp_path, *TEXTS) as store:
        yield assistant_over_words(tmp_path, store)


def test_a_greeting_is_answered_with_what_this_is_and_three_questions_to_try(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Hello!"))
    assert (answer.status, answer.intent, answer.abstained) == ("help", "help", False)
    assert not answer.citations and not answer.passages and not answer.searched
    assert [one.role for one in answer.sentences] == ["notice"] and "3 news articles" in answer.text
    assert len(answer.suggestions) == 3 and "Who is Alexander Petrov?" in answer.suggestions


def test_what_it_is_takes_two_sentences() -> None:
    says = what_this_is(Archive(38, 0, "2019-10-09", "2023-05-16"), ["A", "B"], is_written=False)
    assert says == (
        "This is an archive of 38 news articles of 2 outlets, from 9 October 2019 to 16 May 2023. "
        "Ask it a question: it answers in the articles' own words, each with its source."
    )
    assert "one" not in what_this_is(Archive(1, 1, None, None), [], is_written=True)


def test_small_talk_searches_nothing(assistant: Assistant) -> None:
    searched = replace(assistant, retriever=None)  # type: ignore[arg-type]
    assert searched.ask(Question("thanks a lot, bye")).status == "help"


def test_questions_that_were_asked_and_answered_stand_before_those_that_were_not(tmp_path: Path) -> None:
    with store_of(tmp_path, *TEXTS) as store:
        to_try = QuestionsToTry()
        to_try.keep(store.generation, ("One?", "Two?", "Three?", "Four?"))
        assert to_try.of(store) == ("One?", "Two?", "Three?")
        to_try.keep(store.generation - 1, ("Old?",))
        assert "Old?" not in to_try.of(store)


def test_the_articles_are_read_once_for_a_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_of(tmp_path, *TEXTS) as store:
        to_try = QuestionsToTry()
        shown = to_try.of(store)
        monkeypatch.delattr(Store, "analyses")
        assert to_try.of(store) == shown
