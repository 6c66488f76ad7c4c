"""The tokens that the calls to language models of one answer read and wrote, by what a call is for."""

from dataclasses import dataclass, field
from typing import Literal

CallKind = Literal["plan", "write", "check", "repair"]
"""What a call to a language model is for."""


@dataclass(slots=True)
class Tokens:
    """Tokens that calls of one kind read and wrote; `calls` is how many there were."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(slots=True)
class Usage:
    """The tokens of every call of one answer, by kind."""

    by_kind: dict[CallKind, Tokens] = field(default_factory=dict)

    def add(self, kind: CallKind, prompt_tokens: int, completion_tokens: int) -> None:
        """Count one call."""
        tokens = self.by_kind.setdefault(kind, Tokens())
        tokens.calls += 1
        tokens.prompt_tokens += prompt_tokens
        tokens.completion_tokens += completion_tokens

    @property
    def prompt_tokens(self) -> int:
        """Of all calls."""
        return sum(one.prompt_tokens for one in self.by_kind.values())

    @property
    def completion_tokens(self) -> int:
        """Of all calls."""
        return sum(one.completion_tokens for one in self.by_kind.values())

    def to_json(self) -> dict[str, object]:
        """The contract's object: tokens of all calls, the number of calls and the tokens by kind."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "calls": {kind: tokens.calls for kind, tokens in self.by_kind.items()},
            "tokens": {
                kind: {"prompt": tokens.prompt_tokens, "completion": tokens.completion_tokens}
                for kind, tokens in self.by_kind.items()
            },
        }
