"""What an assistant reports while it answers: stages, sentences as they are checked, then the answer."""

from dataclasses import dataclass
from typing import Literal

from rag.answer import Answer, Citation, Sentence


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done, in words for the person who waits ("Searching 8,636 passages")."""

    stage: Literal["waiting", "searching", "reading", "writing"]
    says: str


@dataclass(frozen=True, slots=True)
class Released:
    """One checked sentence, and the citations that nothing before it had; it is never taken back."""

    sentence: Sentence
    new_citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; always the last event."""

    answer: Answer


Event = Stage | Released | Done
