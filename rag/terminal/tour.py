"""The tour: a few questions to the sample articles, then the visitor's own, one after the other."""

import sys
from pathlib import Path
from typing import Protocol

import corpus
from corpus.errors import QuestionError
from rag.answer import Answer, Question, Turn
from rag.terminal.console import complain, say
from rag.terminal.show import show_answer

SAMPLES = Path(corpus.__file__).parent / "samples"
EXAMPLES = (
    "Who is Russia's envoy for Syria?",
    "How many people were displaced by the offensive?",
    "When did the Ever Given come off the bank?",
    "Who won the football world cup in 2022?",
)


class Answerer(Protocol):
    """The part of an `Assistant` that a tour needs."""

    def ask(self, question: Question) -> Answer:
        """The answer. Raises `QuestionError` for what is no question."""


def guide(assistant: Answerer) -> None:
    """Answer the examples; then, on a terminal, what is asked until an empty line, as a conversation."""
    for example in EXAMPLES:
        say(f"\n> {example}\n")
        show_answer(assistant.ask(Question(example)), as_json=False)
    if not sys.stdin.isatty():
        return
    say("\nAsk the sample articles yourself; an empty line ends.")
    history: list[Turn] = []
    while asked := _prompt():
        try:
            answer = assistant.ask(Question(asked, tuple(history)))
        except QuestionError as error:
            complain(str(error))
            continue
        say("")
        show_answer(answer, as_json=False)
        history += [Turn("user", asked), Turn("assistant", answer.text)]


def _prompt() -> str:
    import readline  # noqa: F401  (arrow keys and history at the prompt)

    try:
        return input("\n> ").strip()
    except EOFError:
        say("")
        return ""
