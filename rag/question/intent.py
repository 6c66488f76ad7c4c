"""What a question asks for: one fact, or a form of answer."""

from typing import Literal

from rag.question.analysed import AnalysedQuestion
from rag.question.subject import form_of

Intent = Literal["question", "overview", "timeline", "latest", "comparison", "catalogue", "help"]


def intent_of(question: AnalysedQuestion) -> Intent:
    """What the question asks for."""
    return form_of(question.text) or "question"
