"""Example questions of the archive: generated in the background, once for each generation of the store."""

import asyncio
import logging

from corpus.errors import OnrecordError
from rag.about.examples import ExampleKind, examples
from rag.answer import Answer, Question
from rag.web.archive import LiveArchive, OpenArchive

_LOG = logging.getLogger(__name__)


Pairs = tuple[tuple[ExampleKind, str], ...]
"""Questions with their kinds."""


class Examples:
    """Example questions of a live archive, checked without a language model, which may cost money."""

    def __init__(self, live: LiveArchive) -> None:
        self._live = live
        self._made: tuple[int, Pairs] | None = None
        self._making: asyncio.Task[Pairs] | None = None

    async def of(self, opened: OpenArchive) -> tuple[str, ...]:
        """The questions of `pairs`; while these are generated the likeliest, which nobody has asked yet.

        So nobody waits for the questions that others ask.
        """
        generation = await self._current(opened)
        if not self._made or self._made[0] != generation:
            self._begin(opened, generation)
            return await asyncio.to_thread(opened.assistant.to_try.of, opened.store)
        return tuple(question for _, question in self._made[1])

    async def pairs(self, opened: OpenArchive) -> Pairs:
        """The questions with their kinds.

        After a change of the store callers wait until they are generated, once for all.
        """
        generation = await self._current(opened)
        if self._made and self._made[0] == generation:
            return self._made[1]
        return await asyncio.shield(self._begin(opened, generation))

    async def _current(self, opened: OpenArchive) -> int:
        return await asyncio.to_thread(lambda: opened.store.generation)

    def _begin(self, opened: OpenArchive, generation: int) -> asyncio.Task[Pairs]:
        """The task that generates the questions, begun unless it is under way."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make(opened, generation))
        return self._making

    async def _make(self, opened: OpenArchive, generation: int) -> Pairs:
        loop = asyncio.get_running_loop()
        assistant = opened.assistant.without_model()

        def ask(question: Question) -> Answer:
            # Each question is queued on its own, so that users do not wait for all of them.
            return asyncio.run_coroutine_threadsafe(
                self._live.run(lambda: assistant.ask(question)), loop
            ).result()

        try:
            made = await asyncio.to_thread(examples, opened.store, ask)
        except OnrecordError as error:
            _LOG.info("no example questions this time: %s", error)
            return ()
        self._made = (generation, made)
        opened.assistant.to_try.keep(
            generation, [question for kind, question in made if kind != "unanswered"]
        )
        return made
