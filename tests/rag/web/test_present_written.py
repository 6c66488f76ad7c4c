"""A generative reader's sentences, through the assistant: the same wherever they are shown."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import httpx
import openai
import pytest

from rag.answer import Done, Draft, Event, Question, Stage
from rag.evals.cases.case import Case
from rag.evals.metrics.scores import scores
from rag.evals.target import ServerTarget
from rag.prompt.passages import PromptPassages, quotes_of
from rag.render import to_terminal
from rag.usage import Usage
from rag.web.answers.exchange import Exchange
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.server import create_app
from rag.web.settings import WebSettings
from rag.write.limits import DEFAULT_LIMITS, Limits
from rag.write.written import WrittenSentence
from tests.rag.web.answers.test_exchange import Seen
from tests.rag.web.conftest import ANSWERED, opener, running
from tests.rag.written import DRAFT, LATE, NOON, SENTENCES, STAGES, STEERED, USAGE

RESTS_ON = {1: NOON, 2: STEERED}


@dataclass
class Writer:
    """A generative reader that writes a sentence in each state from what it is shown."""

    name: str = f"llm:{DRAFT.model}"
    limits: Limits = DEFAULT_LIMITS

    async def read(
        self,
        question: str,
        shown: PromptPassages,
        today: date,
        *,
        conversation: str = "",
        usage: Usage,
        may_search: bool = True,
    ) -> AsyncGenerator[WrittenSentence | Stage | Draft, None]:
        """The sentences of `tests.rag.written`, and a draft."""
        yield STAGES[-1]
        for one in SENTENCES:
            texts = [RESTS_ON[n] for n in one.citations]
            cited = [sentence for sentence in shown.sentences if sentence.text in texts]
            quotes = tuple(quote for each in cited for quote in quotes_of([each]))
            role: Literal["claim", "gap"] = "gap" if one.role == "gap" else "claim"
            yield WrittenSentence(one.text, role, one.support, quotes, one.reason)
        usage.by_kind.update(USAGE.by_kind)
        yield replace(DRAFT)


@pytest.fixture(scope="module")
def url(word_store: Path) -> Iterator[str]:
    """The URL of a server whose language model writes these sentences."""
    opened = opener(word_store)

    def with_writer() -> OpenArchive | None:
        plain = opened()
        return plain and replace(plain, assistant=replace(plain.assistant, generative=Writer()))

    settings = WebSettings(open_api=True)
    with running(create_app(LiveArchive(with_writer, settings=settings), settings, page=False)) as url:
        yield url


def states(sentences: Any) -> list[tuple[object, ...]]:
    """What each sentence is, whoever shows it."""
    return [(one["text"], one["role"], one["support"], one["citations"], one["reason"]) for one in sentences]


def test_every_way_out_shows_the_same_sentences_states_and_numbers(url: str) -> None:
    body, events = {"question": ANSWERED}, {"Accept": "text/event-stream"}
    whole = httpx.post(f"{url}/api/ask", json=body, trust_env=False).json()
    assert states(whole["sentences"]) == states(one.to_json() for one in SENTENCES)
    assert whole["usage"] == USAGE.to_json() and whole["checked_by"] == DRAFT.checked_by
    assert (whole["status"], whole["notices"][0]) == ("partial", LATE)

    told = httpx.post(f"{url}/api/ask", json=body, headers=events, trust_env=False).text
    streamed = [(name, json.loads(data)) for name, data in re.findall(r"event: (\w+)\ndata: (.*)\n", told)]
    assert states(data for name, data in streamed if name == "sentence") == states(whole["sentences"])
    assert "Checking 3 sentences" in [data["says"] for name, data in streamed if name == "status"]

    with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        create: Any = client.chat.completions.create
        chat = create(model="onrecord", messages=[{"role": "user", "content": ANSWERED}])
    assert chat.choices[0].message.content.startswith(whole["answer"])
    assert states(chat.choices[0].message.onrecord["sentences"]) == states(whole["sentences"])
    assert chat.usage.total_tokens == USAGE.prompt_tokens + USAGE.completion_tokens

    with ServerTarget(url) as server:
        case = Case("one", ANSWERED)
        found = scores(case, server.ask(case), server.article_text)
    assert found["unconfirmed_rate"] == pytest.approx(1 / 3)
    assert (found["gaps"], found["model_calls"]) == (1, 4)
    assert found["quote_fidelity"] == found["marks_agree"] == found["verbatim_held"] == 1


def test_the_page_and_the_terminal_show_them_too(word_store: Path) -> None:
    plain = opener(word_store)()
    assert plain is not None

    async def events() -> list[Event]:
        assistant = replace(plain.assistant, generative=Writer())
        return [event async for event in assistant.stream(Question(ANSWERED))]

    with plain.store:
        seen = asyncio.run(events())
    exchange = Exchange(1)
    for event in seen:
        exchange.take(event)
    done = seen[-1]
    assert isinstance(done, Done)
    for shown in (Seen(exchange.fragment()).text, to_terminal(done.answer, width=200)):
        assert all(one.text in shown for one in SENTENCES)
        assert "in the model's words" in shown and f"Checked by {DRAFT.checked_by}" in shown
