"""A misspelt name in an answer: searched as the archive spells it, or offered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answer import Question, Turn
from rag.assistant import Assistant
from rag.render import to_terminal
from tests.rag.conftest import assistant_over_words
from tests.rag.test_assistant import index_texts

TEXTS = [
    "Vladimir Quillermont closed the harbour on Monday, the mayor said.",
    "The mayor asked Vladimir Quillermont to open the harbour again.",
    "The pilot Larsson praised the lighthouse on Friday.",
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("spelling")
    with index_texts(folder, TEXTS) as store:
        yield assistant_over_words(folder, store)


def test_one_safe_name_is_searched_and_a_notice_says_so(assistant: Assistant) -> None:
    answer = assistant.ask(Question("When did quilermont close the harbour?"))
    assert answer.question.text == "When did quilermont close the harbour?"
    assert answer.searched == ("When did Quillermont close the harbour?",)
    assert answer.notices[0] == "Searched for “Quillermont” instead of “quilermont”."
    assert answer.status == "answered" and "Monday" in answer.text
    assert answer.to_json()["did_you_mean"] is None


def test_an_unsure_name_is_offered_and_not_searched(assistant: Assistant) -> None:
    asked = "What did Lorsson praise?"
    answer = assistant.ask(Question(asked))
    assert answer.searched == (asked,) and not answer.notices
    assert answer.to_json()["did_you_mean"] == "What did Larsson praise?"
    assert to_terminal(answer).endswith("Did you mean: What did Larsson praise?")


def test_a_question_that_is_right_has_the_key_too(assistant: Assistant) -> None:
    answer = assistant.ask(Question("What did Larsson praise?"))
    assert answer.to_json()["did_you_mean"] is None and "Did you mean" not in to_terminal(answer)


def test_a_follow_up_takes_the_name_as_it_was_searched(assistant: Assistant) -> None:
    history = (Turn("user", "Who is Vladimir Quilermont?"), Turn("assistant", "*Post:* He closed it. [1]"))
    answer = assistant.ask(Question("When did he close the harbour?", history))
    assert answer.searched == ("When did Vladimir Quillermont close the harbour?",)
    assert answer.notices[0].startswith("Searched for “Quillermont”")
