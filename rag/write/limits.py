"""The limits of written answers: tokens and seconds; past each the next fallback is taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What the calls of one answer may take. Seconds are wall time."""

    context_tokens: int = 8_000
    """Of numbered sentences in the prompt."""
    conversation_tokens: int = 1_200
    """Of the conversation so far."""
    answer_tokens: int = 2_000
    """Of one written answer, with what a model may think before it."""
    write_seconds: float = 90.0
    """For the whole of one written answer."""
    plan_seconds: float = 2.0
    """For the plan, counted from the end of the first search."""
    check_seconds: float = 5.0
    """For one call that checks claims; after it the word rules decide."""
    claims_per_check: int = 4
    """Claims in one checking call."""
    repair_seconds: float = 4.0
    """For putting one sentence right, its new check included, from when its fault was found."""
    repairs: int = 6
    """Sentences of one answer that are sent back at most."""
    plan: bool = True
    check: bool = True
    repair: bool = True


DEFAULT_LIMITS = Limits()
