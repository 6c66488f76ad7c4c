"""The tour's prompt: questions as a conversation, until there are no more."""

import io
import sys
from collections.abc import Iterator

import pytest

from corpus.errors import QuestionError
from index.store import Archive
from rag.answer import Answer, Question, Sentence
from rag.terminal.tour import EXAMPLES, SAMPLES, guide


class Echo:
    """Answers with the question, and refuses long ones."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if len(question.text) > 100:
            raise QuestionError("too long")
        said = f"You asked: {question.text}"
        return Answer(
            question=question,
            searched=(question.text,),
            status="not_stated",
            text=said,
            sentences=(Sentence(0, said, "notice"),),
            citations=(),
            passages=(),
            reader="echo",
            archive=Archive(0, 0, None, None),
            timing_ms={},
        )


class Terminal(io.StringIO):
    """A stdin that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str | type[BaseException]) -> None:
    """Have `input` return these lines, or raise what is no line."""
    typed: Iterator[str | type[BaseException]] = iter(lines)

    def read(prompt: str) -> str:
        line = next(typed)
        if isinstance(line, str):
            return line
        raise line

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", read)


def test_without_a_terminal_only_the_examples_are_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Who?\n"))
    echo = Echo()
    guide(echo)
    assert [question.text for question in echo.asked] == list(EXAMPLES)
    shown = capsys.readouterr().out
    assert all(f"> {example}\n" in shown for example in EXAMPLES) and "yourself" not in shown


@pytest.mark.parametrize("end", ["", "   ", EOFError])
def test_each_question_carries_the_conversation_before_it(
    monkeypatch: pytest.MonkeyPatch, end: str | type[BaseException]
) -> None:
    type_in(monkeypatch, "Who is Ali?", "Where was he?", end)
    echo = Echo()
    guide(echo)
    first, second = echo.asked[-2:]
    assert first.history == ()
    assert [(turn.role, turn.content) for turn in second.history] == [
        ("user", "Who is Ali?"),
        ("assistant", "You asked: Who is Ali?"),
    ]


def test_a_refused_question_is_said_and_the_prompt_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "why " * 50, "Who is Ali?", "")
    echo = Echo()
    guide(echo)
    assert echo.asked[-1].history == ()
    assert capsys.readouterr().err == "onrecord: too long\n"


def test_the_samples_are_where_they_are_said_to_be() -> None:
    assert len(list(SAMPLES.glob("*.md"))) >= 24
