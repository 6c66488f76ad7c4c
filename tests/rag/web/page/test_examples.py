"""Example questions: generated once in the background, and nobody waits for them behind others' questions."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.web.archive import LiveArchive, OpenArchive
from rag.web.page.examples import Examples
from rag.web.settings import WebSettings
from tests.rag.about.test_examples import store_of
from tests.rag.about.test_help import TEXTS
from tests.rag.conftest import assistant_over_words


def test_who_asks_for_questions_while_the_queue_is_full_gets_the_likeliest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path, *TEXTS)
    assistant = assistant_over_words(tmp_path, store)
    live = LiveArchive(lambda: OpenArchive(store, assistant, assistant.retriever), settings=WebSettings())

    async def told() -> list[tuple[str, ...]]:
        turn, run = asyncio.Event(), live.run

        async def waiting(work: Callable[[], Any], visitor: str = "") -> Any:
            await turn.wait()
            return await run(work, visitor)

        monkeypatch.setattr(live, "run", waiting)
        examples, opened = Examples(live), await live.archive()
        unasked = [await examples.of(opened), await examples.of(opened)]
        turn.set()
        pairs = await examples.pairs(opened)
        return [*unasked, tuple(question for _, question in pairs), await examples.of(opened)]

    first, again, made, last = asyncio.run(told())
    live.close()
    assert first == again and len(first) == 3 and "Who is Alexander Petrov?" in first
    assert made == last and made
