"""Questions about this program, and questions of fact in like words."""

import pytest

from rag.intents.program import is_of_program


@pytest.mark.parametrize(
    "text",
    [
        "who made you",
        "are u chatgpt",
        "can i trust this",
        "is this site free",
        "do you ever make things up",
        "how should i phrase my questions",
        "what is 12 * 4?",
        "lol ok",
    ],
)
def test_what_is_asked_of_this_program_is_help(text: str) -> None:
    assert is_of_program(text)


@pytest.mark.parametrize(
    "text",
    [
        "who made the ferry",
        "who made ChatGPT",
        "can you trust the polls",
        "is this bridge free",
        "is this person real",
        "who are you talking about when you say the minister",
        "what happened on 12/4",
        "is the robot alive",
        "how many questions did he answer",
    ],
)
def test_what_is_asked_of_others_is_not(text: str) -> None:
    assert not is_of_program(text)
