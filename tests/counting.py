"""Counting work in tests: growth is judged by calls, never by seconds."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from index.language import analysis
from index.language.names import article_names
from index.language.sentence import Name
from index.store.analyses import analysed_window, decode


def calls_of(work: Callable[..., object], *arguments: object) -> int:
    """How many functions are called and left while `work` runs, those in C included."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work(*arguments)
    finally:
        sys.setprofile(before)
    return counted


@contextmanager
def sentences_analysed() -> Iterator[Counter[str]]:
    """How often each sentence, or question, is analysed while the block runs, whoever asks for it.

    What was analysed before the block is forgotten.
    """
    counted: Counter[str] = Counter()

    def counting(texts: Sequence[str]) -> list[list[Name]]:
        counted.update(texts)
        return article_names(texts)

    forget_analyses()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "article_names", counting)
        yield counted
    forget_analyses()


def forget_analyses() -> None:
    """Forget the analyses that this process keeps in memory."""
    decode.cache_clear()
    analysed_window.cache_clear()
    analysis.analyse_question.cache_clear()
