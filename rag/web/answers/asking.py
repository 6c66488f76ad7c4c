"""A question as it is sent, to /api/ask and by the page: its words, conversation and filters."""

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.answer import Question, Turn
from rag.question.filters import FILTERS, merge_filters, without_surrogates
from rag.web.errors import Refusal

MOST_MESSAGES = 1_000
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

    def filter(self) -> Filter:
        """The filter. Raises UsageError naming the value that cannot be used."""
        return merge_filters(Filter(), {name: getattr(self, name) for name in FILTERS})

    def where(self) -> Filter:
        """The filter. Raises Refusal (422) naming the value that cannot be used."""
        try:
            return self.filter()
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
    history: Annotated[list[Message], Field(max_length=MOST_MESSAGES)] | None = None
    draw: DrawBody | None = None

    def to_question(self) -> Question:
        """The question as the assistant takes it. Raises Refusal for filters that cannot be used."""
        return self.question_within(self.where())

    def question_within(self, where: Filter) -> Question:
        """The question within a filter."""
        turns = tuple(Turn(message.role, message.content) for message in self.history or ())
        return Question(self.question, turns, where)
