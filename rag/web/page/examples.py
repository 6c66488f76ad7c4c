"""The archive's example questions: made once for each state of the store, in the background, in turn."""

import asyncio
import logging

from corpus.errors import OnrecordError
from rag.answer import Answer, Question
from rag.question.examples import examples
from rag.web.archive import Desk, Opened

_LOG = logging.getLogger(__name__)


class Examples:
    """Example questions of a desk's archive, checked without a language model, which may cost money."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._made: tuple[int, tuple[str, ...]] | None = None
        self._making: asyncio.Task[tuple[str, ...]] | None = None

    async def of(self, opened: Opened) -> tuple[str, ...]:
        """The questions; the first to ask after a change waits until they are made, others with it."""
        generation = await asyncio.to_thread(lambda: opened.store.generation)
        if self._made and self._made[0] == generation:
            return self._made[1]
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make(opened, generation))
        return await asyncio.shield(self._making)

    async def _make(self, opened: Opened, generation: int) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        assistant = opened.assistant.without_model()

        def ask(question: Question) -> Answer:
            # Each question takes a turn of its own, so that people need not wait for all of them.
            return asyncio.run_coroutine_threadsafe(
                self._desk.run(lambda: assistant.ask(question)), loop
            ).result()

        try:
            made = await asyncio.to_thread(examples, opened.store, ask)
        except OnrecordError as error:
            _LOG.info("no example questions this time: %s", error)
            return ()
        self._made = (generation, made)
        return made
