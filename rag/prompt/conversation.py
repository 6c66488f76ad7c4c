"""The conversation so far as it stands in a prompt: a line for each turn, without marks, within a budget.

It comes from the client, and earlier answers in it quote articles: nothing in it is trusted.
"""

import re
from collections.abc import Sequence

from index.passages.sentences import sentence_spans
from index.passages.tokens import count, cut
from rag.answer import IN_THE_MODELS_WORDS, Turn
from rag.prompt.injections import is_injection
from rag.prompt.sanitize import sanitized

_TURN_TOKENS = 300
"""Of one turn at most."""
_LONGEST_TURN = 4_000
"""Characters of a turn that are looked at."""
_MOST_TURNS = 24
_MARK = re.compile(rf"\s*(?:\[[\d\s,;–-]*\]|【[^】]{{0,20}}】|\*?\({IN_THE_MODELS_WORDS}\)\*?)")
"""Of a citation, or what an unconfirmed sentence ends with: a model would copy either."""


def conversation(history: Sequence[Turn], budget: int) -> str:
    """The latest turns, as many as `budget` tokens hold; empty where there are none.

    No turn can pass for another's. An archive's sentence that speaks to a model is left out.
    """
    lines: list[str] = []
    left = budget
    for turn in reversed(history[-_MOST_TURNS:]):
        content = without_marks(turn.content[:_LONGEST_TURN])
        if turn.role == "assistant":
            content = _without_injections(content)
        line = f"{'Reader' if turn.role == 'user' else 'Archive'}: {cut(sanitized(content), _TURN_TOKENS)}"
        left -= count(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join(reversed(lines))


def without_marks(text: str) -> str:
    """The text without citation marks and without what unconfirmed sentences are labelled with."""
    return _MARK.sub("", text)


def _without_injections(text: str) -> str:
    sentences = (text[start:end] for start, end in sentence_spans(text))
    return " ".join(one for one in sentences if not is_injection(one))
