"""Request bodies. Unknown keys are ignored."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, model_validator

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.answer import Question, Turn
from rag.question.filters import FILTERS, MOST_PASSAGES, merge_filters, without_surrogates
from rag.web.errors import Refusal

_MOST_MESSAGES = 1_000
_MOST_PARTS = 2_000
"""Parts of all messages of a request together."""
_LONGEST = 1 << 18
"""Characters of one text. The limit of a question is the assistant's and lower."""


def _cleaned(value: object) -> object:
    return without_surrogates(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_cleaned), Field(max_length=_LONGEST)]
Name = Annotated[str, BeforeValidator(_cleaned), Field(max_length=512)]
Written = Annotated[str, BeforeValidator(_cleaned), Field(max_length=64)]


class FilterFields(BaseModel):
    """The filters, as on the command line: `source` is one outlet or a list of outlets."""

    source: Name | Annotated[list[Name], Field(max_length=100)] | None = None
    after: Written | None = None
    before: Written | None = None
    as_of: Written | None = None

    def where(self) -> Filter:
        """The filter. Raises Refusal (422) naming the value that cannot be used."""
        try:
            return merge_filters(Filter(), {name: getattr(self, name) for name in FILTERS})
        except UsageError as error:
            says = str(error)
            for name in FILTERS:
                says = says.replace(f"--{name.replace('_', '-')}", name)
            param = next((name for name in FILTERS if says.startswith(name)), None)
            raise Refusal(422, f"{says}.", param=param, code="filter") from error


class Message(BaseModel):
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: Text


Lang = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Mark = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]


class DrawBody(BaseModel):
    """Asks for the answer as HTML too: `lang` is that of its own words, `mark` makes its anchors unique."""

    lang: Lang = "en"
    mark: Mark = "1"


class AskBody(FilterFields):
    """Asks a question; `id` is returned as it is given, `query` is taken for `question`."""

    question: Text = Field(validation_alias=AliasChoices("question", "query"))
    id: Name | Annotated[int, Field(strict=True)] | None = None
    history: Annotated[list[Message], Field(max_length=_MOST_MESSAGES)] | None = None
    draw: DrawBody | None = None

    def to_question(self) -> Question:
        """The question as the assistant takes it. Raises Refusal for filters that cannot be used."""
        turns = tuple(Turn(message.role, message.content) for message in self.history or ())
        return Question(self.question, turns, self.where())


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
        list[ChatMessage], Field(min_length=1, max_length=_MOST_MESSAGES), BeforeValidator(_few_parts)
    ]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
