"""What requests may hold. Unknown keys are ignored, so that any client's habits do no harm."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.answer import Question, Turn
from rag.question.filters import FILTERS, MOST_PASSAGES, merge_filters, without_surrogates
from rag.web.errors import Refusal

_MOST_MESSAGES = 1_000
_LONGEST = 1 << 18
"""Characters of one text; how long a question may be is the assistant's to say."""


def _cleaned(value: object) -> object:
    return without_surrogates(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_cleaned), Field(max_length=_LONGEST)]
Name = Annotated[str, BeforeValidator(_cleaned), Field(max_length=512)]
Written = Annotated[str, BeforeValidator(_cleaned), Field(max_length=64)]


class FilterFields(BaseModel):
    """The filters, as on the command line: `source` is one outlet or a list of outlets."""

    model_config = ConfigDict(extra="ignore")

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

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant"]
    content: Text


class AskBody(FilterFields):
    """Asks a question; `id` is returned as it is given, `query` is taken for `question`."""

    question: Text = Field(validation_alias=AliasChoices("question", "query"))
    id: Name | Annotated[int, Field(strict=True)] | None = None
    history: Annotated[list[Message], Field(max_length=_MOST_MESSAGES)] | None = None

    def to_question(self) -> Question:
        """The question as the assistant takes it. Raises Refusal for filters that cannot be used."""
        turns = tuple(Turn(message.role, message.content) for message in self.history or ())
        return Question(self.question, turns, self.where())


class SearchBody(FilterFields):
    """Searches for passages; `question` is taken for `query`."""

    query: Text = Field(validation_alias=AliasChoices("query", "question"))
    id: Name | Annotated[int, Field(strict=True)] | None = None
    k: Annotated[int, Field(strict=True, ge=1, le=MOST_PASSAGES)] = 10


class TextPart(BaseModel):
    """A part of a message's content; only text can be read."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["text"]
    text: Text


class ChatMessage(BaseModel):
    """A message as OpenAI's clients send it."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    content: Text | Annotated[list[TextPart], Field(max_length=100)] | None = None

    def text(self) -> str:
        """Its text, parts on lines of their own."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream shall carry besides the text."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class ChatBody(FilterFields):
    """A chat completion's request; models, temperatures, tools and the like have nothing to act on here."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=_MOST_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None


def identified(view: Mapping[str, object], id: str | int | None) -> dict[str, object]:
    """The object with the request's own id."""
    return {**view, "id": id}
