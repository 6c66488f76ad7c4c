"""Bounds of calls to language models: places over threads and loops, tokens of a day, and what is counted."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from index.passages.tokens import count
from rag.budget import NoTokens, TokenBudget
from rag.chat import ChatModel, Finish, Message, ModelFailure, OpenAIChat, Stream
from rag.model_calls import BoundedChat, ModelCalls
from tests.scripted import Reply, Script, ScriptedModel, error

ASKED: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why not?"}]
PROMPT = count("Be brief.\nWhy not?")
MAX_TOKENS = 50


class Gated:
    """A chat model that answers once `opened` is set; it keeps how many calls are open, now and at most."""

    name = "gated"

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.open = self.most_open = self.begun = 0
        self._lock = threading.Lock()

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream:
        """One word."""
        with self._lock:
            self.begun += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            while not self.opened.is_set():
                await asyncio.sleep(0.001)
            yield "Yes."
            yield Finish("stop", 3, 2)
        finally:
            with self._lock:
                self.open -= 1


async def said(chat: ChatModel) -> list[str | Finish]:
    """Everything that a model says."""
    async with aclosing(chat.stream(ASKED, max_tokens=MAX_TOKENS)) as stream:
        return [piece async for piece in stream]


async def until(true: Callable[[], bool]) -> None:
    """Return once it is true."""
    while not true():
        await asyncio.sleep(0.001)


def test_no_more_calls_are_open_than_places_and_all_are_answered_in_order() -> None:
    model, calls = Gated(), ModelCalls(2)
    answered: list[int] = []

    async def one(number: int) -> None:
        await said(BoundedChat(model, calls))
        answered.append(number)

    async def many() -> None:
        asked = [asyncio.create_task(one(number)) for number in range(20)]
        await until(lambda: calls.waiting == 18)
        assert model.open == calls.running == 2
        model.opened.set()
        await asyncio.gather(*asked)

    asyncio.run(many())
    assert model.most_open == 2 and answered == list(range(20))
    assert (calls.running, calls.waiting, calls.made) == (0, 0, 20)


def test_threads_with_loops_of_their_own_share_the_places() -> None:
    model, calls = Gated(), ModelCalls(3)
    threads = [
        threading.Thread(target=lambda: asyncio.run(said(BoundedChat(model, calls)))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    asyncio.run(until(lambda: calls.waiting == 9))
    model.opened.set()
    for thread in threads:
        thread.join()
    assert model.most_open == 3 and model.begun == 12 and calls.running == calls.waiting == 0


@pytest.mark.parametrize("how", ["cancel", "close", "fail"])
def test_a_call_that_is_given_up_gives_its_place_back(how: str) -> None:
    class Stalling(Gated):
        async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream:
            yield "Yes"
            if how == "fail":
                raise ModelFailure("It broke.")
            await asyncio.Event().wait()

    calls = ModelCalls(1)

    async def give_up() -> None:
        heard = asyncio.Event()

        async def listen() -> None:
            async with aclosing(BoundedChat(Stalling(), calls).stream(ASKED, max_tokens=50)) as stream:
                async for _ in stream:
                    heard.set()
                    if how == "close":
                        return

        listening = asyncio.create_task(listen())
        await heard.wait()
        if how == "cancel":
            assert calls.running == 1
            listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert calls.running == 0

    asyncio.run(give_up())


def test_whoever_leaves_the_line_is_passed_over_and_keeps_nothing() -> None:
    model, calls = Gated(), ModelCalls(1)

    async def many() -> None:
        asked = [asyncio.create_task(said(BoundedChat(model, calls))) for _ in range(50)]
        await until(lambda: calls.waiting == 49)
        for task in asked[1:49]:
            task.cancel()
        await until(lambda: calls.waiting == 1)
        model.opened.set()
        # Cancelled at the moment at which the place is theirs: it goes back as well.
        late = [asyncio.create_task(said(BoundedChat(model, calls))) for _ in range(20)]
        await asyncio.sleep(0)
        for task in late[::2]:
            task.cancel()
        await asyncio.gather(*asked, *late, return_exceptions=True)

    asyncio.run(many())
    gc.collect()
    assert model.most_open == 1 and calls.running == calls.waiting == 0


def test_a_call_waits_for_its_place_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    model, calls = Gated(), ModelCalls(1, patience=0.01)

    async def two() -> None:
        first = asyncio.create_task(said(BoundedChat(model, calls)))
        await until(lambda: model.open == 1)
        with pytest.raises(ModelFailure, match="“gated” was busy with other questions for 0 s"):
            await said(BoundedChat(model, calls))
        model.opened.set()
        assert (await first)[0] == "Yes."

    asyncio.run(two())
    assert calls.without_place == 1 and model.begun == 1 and calls.running == 0


def test_a_line_that_is_full_takes_nobody() -> None:
    model, calls = Gated(), ModelCalls(1, waiting=2)

    async def four() -> None:
        asked = [asyncio.create_task(said(BoundedChat(model, calls))) for _ in range(3)]
        await until(lambda: calls.waiting == 2)
        with pytest.raises(ModelFailure, match="is busy, and 2 calls wait for it"):
            await said(BoundedChat(model, calls))
        model.opened.set()
        await asyncio.gather(*asked)

    asyncio.run(four())
    assert calls.without_place == 1 and calls.made == 3


# Tokens

Serve = Callable[..., ScriptedModel]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts scripted servers and closes them after the test."""
    running: list[ScriptedModel] = []

    def start(*replies: Script) -> ScriptedModel:
        running.append(ScriptedModel(*replies).__enter__())
        return running[-1]

    yield start
    for server in running:
        server.__exit__(None, None, None)


def bounded(server: ScriptedModel, calls: ModelCalls, **settings: float) -> BoundedChat:
    """The scripted model within bounds, asked once for each call."""
    patient = {"connect": 600, "first": 600, "read": 600, "retries": 0}
    return BoundedChat(OpenAIChat(server.base_url, "m", "k", **(patient | settings)), calls)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reply", "read", "written"),
    [
        (Reply("The bridge opened.", usage=(11, 7)), 11, 7),
        (Reply("The bridge opened.", usage=None), PROMPT, count("The bridge opened.")),
        (Reply("The bridge opened.", usage=(0, 0)), PROMPT, count("The bridge opened.")),
        (Reply("The bridge opened in May.", break_after=2), PROMPT, count("The bridge ")),
        (Reply("The bridge opened.", finish=None), PROMPT, count("The bridge opened.")),
        (Reply(raw="data: {not json\n\n"), PROMPT, 0),
        (error(401), 0, 0),
        (error(429), 0, 0),
        (error(500), 0, 0),
    ],
)
def test_a_call_counts_as_reported_else_by_what_was_sent_and_received(
    serve: Serve, tmp_path: Path, reply: Reply, read: int, written: int
) -> None:
    calls = ModelCalls(1, TokenBudget(tmp_path, 10_000))
    try:
        asyncio.run(said(bounded(serve(reply), calls)))
    except ModelFailure:
        assert reply.break_after or reply.finish is None or reply.raw or reply.status != 200
    assert (calls.prompt_tokens, calls.completion_tokens) == (read, written)
    assert calls.budget and calls.budget.used() == read + written


def test_a_call_without_a_connection_counts_nothing(tmp_path: Path) -> None:
    with ScriptedModel("") as server:
        chat = bounded(server, calls := ModelCalls(1, TokenBudget(tmp_path, 10_000)))
    with pytest.raises(ModelFailure, match="No connection"):
        asyncio.run(said(chat))
    assert calls.budget and calls.budget.used() == 0 and calls.made == 1


def test_a_call_that_is_stopped_counts_what_it_had_received_and_one_that_hangs_its_prompt(
    serve: Serve, tmp_path: Path
) -> None:
    calls = ModelCalls(1, TokenBudget(tmp_path, 10_000))

    async def stopped(server: ScriptedModel, words: int) -> None:
        stream = bounded(server, calls).stream(ASKED, max_tokens=MAX_TOKENS)
        for _ in range(words):
            await anext(stream)
        if not words:
            waiting = asyncio.ensure_future(anext(stream))
            await until(lambda: bool(server.requests))
            assert calls.budget and calls.budget.used() == used + PROMPT + MAX_TOKENS
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await stream.aclose()

    used = 0
    asyncio.run(stopped(serve(Reply("The bridge opened.", stall_after=2)), 2))
    assert calls.budget and (used := calls.budget.used() or 0) == PROMPT + count("The bridge ")
    asyncio.run(stopped(serve(Reply("", hangs=True)), 0))
    assert calls.budget.used() == used + PROMPT


def test_calls_side_by_side_do_not_exceed_the_budget_together(tmp_path: Path) -> None:
    model, calls = Gated(), ModelCalls(10, TokenBudget(tmp_path, 3 * (PROMPT + MAX_TOKENS)))

    async def many() -> list[object]:
        asked = [asyncio.create_task(said(BoundedChat(model, calls))) for _ in range(10)]
        await until(lambda: calls.without_tokens == 7)
        assert model.open == 3
        model.opened.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    outcomes = asyncio.run(many())
    assert sum(isinstance(one, NoTokens) for one in outcomes) == 7
    assert calls.budget and calls.budget.used() == 3 * (3 + 2) and calls.running == 0
