"""Bounds of calls to language models: so many at a time in the process, and a budget of tokens a day.

All chat models of a process share one `ModelCalls`. A call that is closed or cancelled gives its place back
when its connection is closed.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import aclosing, asynccontextmanager

from index.passages.tokens import count
from rag.budget import NoTokens, Reservation, TokenBudget
from rag.chat import ChatModel, Finish, Message, ModelFailure, Stream

MOST_WAITING = 100
"""Calls that may wait for a place; a later one is not made, and quotations answer at once."""
PATIENCE = 60.0
"""Seconds that a call waits for a place; they are part of what its caller allows for the whole of it."""


class ModelCalls:
    """At most `at_once` calls at a time, over all threads and event loops; `waiting` more may wait in order.

    With a `budget` every call needs its tokens as well. The totals are of this process: calls that were made,
    calls not made (without a place, or without tokens), and tokens read and written.
    """

    def __init__(
        self,
        at_once: int,
        budget: TokenBudget | None = None,
        *,
        waiting: int = MOST_WAITING,
        patience: float = PATIENCE,
    ) -> None:
        self.budget = budget
        self.running = 0
        self.made = self.without_place = self.without_tokens = 0
        self.prompt_tokens = self.completion_tokens = 0
        self._at_once = at_once
        self._most_waiting = waiting
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: dict[Future[None], None] = {}

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return len(self._waiting)

    @asynccontextmanager
    async def place(self, model: str) -> AsyncIterator[None]:
        """A place to make a call in, once it is free. Raises ModelFailure when that takes too long."""
        turn = self._line_up(model)
        try:
            try:
                async with asyncio.timeout(self._patience):
                    await asyncio.wrap_future(turn)
            except TimeoutError:
                raise self._unplaced(
                    f"The model “{model}” was busy with other questions for {self._patience:.0f} s."
                ) from None
            yield
        finally:
            self._leave(turn)

    def _line_up(self, model: str) -> "Future[None]":
        """What is done once the caller may go on, which may be at once."""
        turn: Future[None] = Future()
        with self._lock:
            if self.running < self._at_once:
                self.running += 1
                turn.set_result(None)
                return turn
            if len(self._waiting) < self._most_waiting:
                self._waiting[turn] = None
                return turn
        raise self._unplaced(f"The model “{model}” is busy, and {self._most_waiting} calls wait for it.")

    def _leave(self, turn: "Future[None]") -> None:
        """Give the place to the next in line, or leave the line."""
        with self._lock:
            if turn.cancel():
                self._waiting.pop(turn, None)
                return
            while self._waiting:
                following = next(iter(self._waiting))
                del self._waiting[following]
                if following.set_running_or_notify_cancel():
                    following.set_result(None)
                    return
            self.running -= 1

    def _unplaced(self, says: str) -> ModelFailure:
        with self._lock:
            self.without_place += 1
        return ModelFailure(says)

    def begin(self, prompt: str, max_tokens: int) -> "Call":
        """A call that is about to be made. Raises NoTokens where the budget does not allow it."""
        reserved = None
        if self.budget is not None:
            try:
                reserved = self.budget.reserve(count(prompt) + max_tokens)
            except NoTokens:
                with self._lock:
                    self.without_tokens += 1
                raise
        with self._lock:
            self.made += 1
        return Call(self, prompt, reserved)

    def end(self, prompt_tokens: int, completion_tokens: int, reserved: Reservation | None) -> None:
        """Count what a call has used."""
        with self._lock:
            self.prompt_tokens += prompt_tokens
            self.completion_tokens += completion_tokens
        if self.budget is not None and reserved is not None:
            self.budget.settle(reserved, prompt_tokens + completion_tokens)


class Call:
    """One call while it runs: what it has received, for counting where the endpoint does not."""

    def __init__(self, calls: ModelCalls, prompt: str, reserved: Reservation | None) -> None:
        self._calls = calls
        self._prompt = prompt
        self._reserved = reserved
        self._written: list[str] = []
        self._finish = Finish("")
        self.was_read = True
        """Whether the model may have read the prompt."""

    def take(self, piece: str | Finish) -> None:
        """Remember a piece of the stream."""
        if isinstance(piece, Finish):
            self._finish = piece
        else:
            self._written.append(piece)

    def end(self) -> None:
        """Count the tokens: as the endpoint reports them, else by our tokenizer; a refused call has none."""
        read = written = 0
        if self.was_read or self._written:
            # An endpoint that reports 0 of a text does not count.
            read = self._finish.prompt_tokens or count(self._prompt)
            written = self._finish.completion_tokens or count("".join(self._written))
        self._calls.end(read, written, self._reserved)


class BoundedChat:
    """A chat model whose calls are made within the bounds of `calls`."""

    def __init__(self, chat: ChatModel, calls: ModelCalls) -> None:
        self.name = chat.name
        self._chat = chat
        self._calls = calls

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream:
        """The model's answer. Raises ModelFailure, also where no place or no tokens can be had."""
        async with self._calls.place(self.name):
            call = self._calls.begin("\n".join(message["content"] for message in messages), max_tokens)
            try:
                async with aclosing(self._chat.stream(messages, max_tokens=max_tokens)) as pieces:
                    async for piece in pieces:
                        call.take(piece)
                        yield piece
            except ModelFailure as failure:
                call.was_read = failure.was_read
                raise
            finally:
                call.end()
