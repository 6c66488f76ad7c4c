"""A question as the page sends it: the body of /api/ask with a mark, as JSON in one hidden text box."""

import json
from typing import Annotated

from pydantic import AfterValidator

from corpus.errors import QuestionError, UsageError
from rag.answer import Question
from rag.web.answers.asking import AskBody, Mark, Text

_CONTROLS = {"--after": "From", "--before": "To", "--as-of": "As of", "source": "Outlets"}


def _on_one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise ValueError("the question is empty")
    return line


class Asked(AskBody):
    """What a tab asks: `mark` names the exchange in the tab; nothing of it is trusted."""

    mark: Mark
    question: Annotated[Text, AfterValidator(_on_one_line)]

    @classmethod
    def of(cls, sent: object) -> "Asked | None":
        """What was sent; None when it is no question of our page."""
        try:
            return cls.model_validate(json.loads(sent)) if isinstance(sent, str) else None
        except (ValueError, RecursionError):  # A ValidationError is a ValueError.
            return None

    def to_question(self) -> Question:
        """The question. Raises QuestionError for filters that cannot be used, in the words of the page."""
        try:
            return self.question_within(self.filter())
        except UsageError as error:
            says = str(error)
            for name, control in _CONTROLS.items():
                says = says.replace(name, f"“{control}”")
            raise QuestionError(f"The filter cannot be used: {says}.") from error
