"""The assistant: one question through the whole line, and the answer with its citations."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import date
from typing import TYPE_CHECKING

from corpus.errors import QuestionError
from index.store import Store
from rag.answer import Answer, Question
from rag.answering import Answering, Engine
from rag.events import Done, Event
from rag.extract import Reader
from rag.retrieve import Retriever
from rag.turns import Alone, Turn, Turns

if TYPE_CHECKING:
    from rag.generate import GenerativeReader

MAX_QUESTION = 2_000
"""Characters; a longer text is not a question."""


class Assistant:
    """Answers questions from one store.

    Build it once: the retriever and the reader hold the loaded models. With a `generative` reader a language
    model writes the answers, and `reader` stands in where it fails. `today` says what "yesterday" counts from
    when a question has no `as_of`.
    """

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        reader: Reader,
        *,
        generative: "GenerativeReader | None" = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._engine = Engine(store, retriever, reader, generative, today)

    def ask(self, question: Question) -> Answer:
        """The cited answer, or an abstention that says why. Not for use inside an event loop: see `stream`.

        Raises QuestionError for a blank question and for one above 2,000 characters.
        """
        return asyncio.run(self._finish(question))

    async def stream(self, question: Question, turns: Turns | None = None) -> AsyncGenerator[Event, None]:
        """What happens until the answer is there: stages, sentences as they are checked, then one `Done`.

        With `turns` the question waits in that line and the models run in threads; without, they run on the
        spot and hold up the event loop. Closing the generator stops the work and the language model's
        request. Raises QuestionError as `ask` does and Busy when the line is full, both before any event.
        """
        text = checked(question.text)
        turn: Turn = turns.join() if turns else Alone()
        try:
            async with aclosing(Answering(self._engine, question, text, turn).events()) as events:
                async for event in events:
                    yield event
        finally:
            turn.leave()

    def without_model(self) -> "Assistant":
        """The same assistant, whose answers no language model writes."""
        engine = self._engine
        return Assistant(engine.store, engine.retriever, engine.reader, today=engine.today)

    async def _finish(self, question: Question) -> Answer:
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise RuntimeError("the stream of an answer ended without the answer")


def checked(text: str) -> str:
    """The question on one line. Raises QuestionError when it is blank or too long."""
    question = " ".join(text.split())
    if not question:
        raise QuestionError("The question is empty: ask something in words.")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters and {MAX_QUESTION:,} are the limit: shorten it."
        )
    return question
