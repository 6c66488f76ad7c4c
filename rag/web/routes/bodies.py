"""Request bodies beside those of a question. Unknown keys are ignored."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, model_validator

from rag.question.filters import MOST_PASSAGES
from rag.web.answers.asking import MOST_MESSAGES, FilterFields, Name, Text

_MOST_PARTS = 2_000
"""Parts of all messages of a request together."""


class SearchBody(FilterFields):
    """Searches for passages; `question` is taken for `query`."""

    query: Text = Field(validation_alias=AliasChoices("query", "question"))
    id: Name | Annotated[int, Field(strict=True)] | None = None
    k: Annotated[int, Field(strict=True, ge=1, le=MOST_PASSAGES)] = 10


class ContentPart(BaseModel):
    """A part of a message's content; only parts of the type `text` are read."""

    type: Name
    text: Text

    @model_validator(mode="before")
    @classmethod
    def without_other_content(cls, value: object) -> object:
        """Parts of other types are accepted whatever they hold."""
        if isinstance(value, Mapping) and value.get("type") != "text":
            return {"type": value.get("type"), "text": ""}
        return value


def _as_parts(content: object) -> object:
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class ChatMessage(BaseModel):
    """A message as OpenAI's clients send it: its content is a string or a list of parts."""

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    content: Annotated[list[ContentPart], BeforeValidator(_as_parts), Field(max_length=100)] = []

    def text(self) -> str:
        """Its text parts, each on a line of its own."""
        return "\n".join(part.text for part in self.content if part.type == "text")

    def ignored(self) -> list[str]:
        """The types of its other parts."""
        return [part.type for part in self.content if part.type != "text"]


def _few_parts(messages: object) -> object:
    """Before any part is looked at: each that is wrong makes errors of its own, and 100,000 take seconds."""
    lists = (
        [one.get("content") for one in messages if isinstance(one, dict)]
        if isinstance(messages, list)
        else []
    )
    if sum(len(content) for content in lists if isinstance(content, list)) > _MOST_PARTS:
        raise ValueError(f"the messages may have at most {_MOST_PARTS:,} parts in all")
    return messages


class StreamOptions(BaseModel):
    """What a stream carries besides the text."""

    include_usage: bool = False


class ChatBody(FilterFields):
    """A chat completion's request; model, temperature, tools and other keys are ignored."""

    messages: Annotated[
        list[ChatMessage], Field(min_length=1, max_length=MOST_MESSAGES), BeforeValidator(_few_parts)
    ]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
