"""A question as the page sends it: JSON like the body of /api/ask, in one hidden text box."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from corpus.errors import QuestionError, UsageError
from index.store.filters import Filter
from rag.answer import Question, Turn
from rag.question.filters import FILTERS, merge_filters, without_surrogates

MOST_MESSAGES = 24
"""Messages of the conversation so far that are looked at: the latest."""
_MARK = re.compile(r"[a-z0-9-]{1,32}")
_CONTROLS = {"--after": "From", "--before": "To", "--as-of": "As of", "source": "Outlets"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tab asks: `mark` names the exchange in the tab; nothing of it is trusted."""

    mark: str
    text: str
    history: tuple[Turn, ...]
    filters: Mapping[str, object]

    @classmethod
    def of(cls, sent: object) -> "Asked | None":
        """What was sent; None when it is no question of our page."""
        try:
            body = json.loads(sent) if isinstance(sent, str) else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(body, dict):
            return None
        mark, question = body.get("mark"), body.get("question")
        if not (isinstance(mark, str) and _MARK.fullmatch(mark) and isinstance(question, str)):
            return None
        text = " ".join(without_surrogates(question).split())
        filters = {name: body.get(name) for name in FILTERS}
        return cls(mark, text, _turns(body.get("history")), filters) if text else None

    def question(self) -> Question:
        """The question. Raises QuestionError for filters that cannot be used, in the words of the page."""
        try:
            where = merge_filters(Filter(), self.filters)
        except UsageError as error:
            says = str(error)
            for name, control in _CONTROLS.items():
                says = says.replace(name, f"“{control}”")
            raise QuestionError(f"The filter cannot be used: {says}.") from error
        return Question(self.text, self.history, where)


def _turns(history: object) -> tuple[Turn, ...]:
    """The latest messages that have the shape of one."""
    messages = history[-MOST_MESSAGES:] if isinstance(history, list) else []
    return tuple(
        Turn(one["role"], without_surrogates(one["content"]))
        for one in messages
        if isinstance(one, dict)
        and one.get("role") in ("user", "assistant")
        and isinstance(one.get("content"), str)
    )
