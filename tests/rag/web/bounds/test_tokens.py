"""Guesses of tokens: each visitor has so many, and nobody with the right token suffers from them."""

import pytest
from fastapi import Request

from rag.web.bounds.tokens import MOST_GUESSES, TokenGuesses
from rag.web.errors import Refusal

TOKEN = "a token of 24 characters"
HERE, THERE = "192.0.2.7", "192.0.2.8"


def request(visitor: str, authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return Request({"type": "http", "headers": headers, "client": (visitor, 4711)})


def used_up(visitor: str = HERE) -> TokenGuesses:
    guesses = TokenGuesses()
    for n in range(MOST_GUESSES):
        assert not guesses.right(request(visitor, f"Bearer guess {n}"), TOKEN)
    return guesses


def test_whoever_guesses_too_often_has_to_wait_and_learns_nothing_from_a_right_guess() -> None:
    guesses = used_up()
    for guess in ("another", TOKEN):
        with pytest.raises(Refusal, match="Too many wrong tokens") as refused:
            guesses.right(request(HERE, f"Bearer {guess}"), TOKEN)
        assert refused.value.status_code == 429
        assert 1 <= int((refused.value.headers or {})["Retry-After"]) <= 61


def test_another_visitor_and_a_right_token_that_was_used_before_pass() -> None:
    guesses = used_up()
    assert guesses.right(request(THERE, f"Bearer {TOKEN}"), TOKEN)
    for n in range(MOST_GUESSES + 5):
        try:
            guesses.right(request(THERE, f"Bearer guess {n}"), TOKEN)
        except Refusal:
            assert n >= MOST_GUESSES
    assert guesses.right(request(THERE, f"Bearer {TOKEN}"), TOKEN)
    with pytest.raises(Refusal):
        guesses.right(request(THERE, f"Bearer {TOKEN}"), "another token, with other rights")


def test_right_tokens_and_requests_without_one_are_not_counted() -> None:
    guesses = TokenGuesses()
    for _ in range(3 * MOST_GUESSES):
        assert guesses.right(request(HERE, f"bearer {TOKEN}"), "", TOKEN)
        for none in (None, "", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNzd29yZA=="):
            assert not guesses.right(request(HERE, none), TOKEN)
        assert not guesses.right(request(HERE, "Bearer guess"), "")
    assert not guesses.right(request(HERE, "Bearer guess"), TOKEN)


def test_the_log_has_one_line_of_it_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    guesses = used_up()
    for n in range(30):
        with pytest.raises(Refusal):
            guesses.right(request(HERE, f"Bearer secret guess {n}"), TOKEN)
    [line] = caplog.messages
    assert HERE in line and "guess " not in line and TOKEN not in line
