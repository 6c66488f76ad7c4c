"""Embedding ahead of reading and writing."""

import threading

import pytest

from corpus.errors import ModelError
from index.sync.batch import EmbedAhead, Vectors
from tests.fakes import WordOverlapEmbedding


def test_batches_are_written_in_order_by_the_thread_that_submits() -> None:
    written: list[tuple[str, int, int]] = []

    def write(batch: str, vectors: Vectors) -> None:
        written.append((batch, len(vectors), threading.get_ident()))

    with EmbedAhead(WordOverlapEmbedding(), write) as ahead:
        for number in range(6):
            ahead.submit(f"batch {number}", [f"text {number} {i}" for i in range(number * 40)])
        ahead.drain()
    assert written == [(f"batch {number}", number * 40, threading.get_ident()) for number in range(6)]


def test_while_a_batch_is_embedded_the_next_can_be_read() -> None:
    embedding, may_go_on = threading.Event(), threading.Event()

    def wait() -> None:
        embedding.set()
        assert may_go_on.wait(60)

    with EmbedAhead[str](WordOverlapEmbedding(wait), lambda batch, vectors: None) as ahead:
        ahead.submit("first", ["a"])
        assert embedding.wait(60)
        ahead.submit("second", ["b"])  # Returns although the first is not done.
        may_go_on.set()
        ahead.drain()


def test_what_was_not_written_is_dropped_when_the_block_is_left_by_an_error() -> None:
    written: list[str] = []
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        assert ahead._stopped.wait(60)

    embedder = WordOverlapEmbedding(wait)
    ahead = EmbedAhead[str](embedder, lambda batch, vectors: written.append(batch))
    with pytest.raises(KeyboardInterrupt), ahead:
        ahead.submit("first", ["a"] * 10_000)
        assert begun.wait(60)
        raise KeyboardInterrupt
    assert not written and len(embedder.embedded) == 64


def test_an_error_of_the_model_reaches_the_caller() -> None:
    def fail() -> None:
        raise TimeoutError("too slow")

    with (
        pytest.raises(ModelError, match="too slow"),
        EmbedAhead[str](WordOverlapEmbedding(fail), lambda batch, vectors: None) as ahead,
    ):
        ahead.submit("first", ["a"])
        ahead.drain()
