"""The limits of written answers fit the model's window."""

import pytest

from rag.write.limits import DEFAULT_LIMITS, Limits


@pytest.mark.parametrize("window", [2_500, 4_096, 8_192, 16_384, 128_000])
@pytest.mark.parametrize("context", [600, 8_000, 60_000])
def test_a_request_and_its_answer_fit_the_window(window: int, context: int) -> None:
    asked = Limits(context_tokens=context)
    fitting = asked.within(window)
    whole = fitting.context_tokens + fitting.conversation_tokens + fitting.answer_tokens
    assert whole <= window - 1_500 or fitting.context_tokens == window // 8
    assert 0 < fitting.context_tokens <= min(context, window - 1_500)
    assert fitting.write_seconds == asked.write_seconds


def test_a_large_window_changes_nothing() -> None:
    assert DEFAULT_LIMITS.within(16_384) == DEFAULT_LIMITS
