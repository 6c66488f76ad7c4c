"""One short call to a language model, whose answer is wanted whole."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from index.passages.tokens import count
from rag.chat import ChatModel, Finish, Message, ModelFailure
from rag.usage import CallKind, Usage


async def complete(
    chat: ChatModel,
    messages: Sequence[Message],
    *,
    max_tokens: int,
    seconds: float,
    kind: CallKind,
    usage: Usage,
) -> str:
    """What the model answers, whole; what it thinks before that, between tags, is left out.

    Raises ModelFailure, in one sentence, where it fails, breaks off, runs into `max_tokens`, or needs more
    than `seconds`. Cancelling the task closes the connection to the model.
    """
    pieces: list[str] = []
    finish: Finish | None = None
    was_read = True
    try:
        async with (
            asyncio.timeout(seconds),
            aclosing(chat.stream(messages, max_tokens=max_tokens)) as stream,
        ):
            async for piece in stream:
                if isinstance(piece, Finish):
                    finish = piece
                else:
                    pieces.append(piece)
    except TimeoutError:
        raise ModelFailure(
            f"The model “{chat.name}” took longer than {seconds:g} s and was stopped."
        ) from None
    except ModelFailure as failure:
        was_read = failure.was_read
        raise
    finally:
        read = (finish.prompt_tokens if finish else None) or (
            sum(count(message["content"]) for message in messages) if was_read else 0
        )
        written = (finish.completion_tokens if finish else None) or count("".join(pieces))
        usage.add(kind, read, written)
    if finish is None or finish.reason != "stop":
        raise ModelFailure(f"The model “{chat.name}” broke off before its answer was complete.")
    return _without_thoughts("".join(pieces))


def _without_thoughts(text: str) -> str:
    """The answer proper: some models put what they think before it, in a tag."""
    if text.lstrip().startswith("<think>"):
        return text.partition("</think>")[2].strip()
    return text.strip()
