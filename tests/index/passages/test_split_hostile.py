"""Processor time of what runs over an article's whole text; the margin is wide, since machines are busy."""

import time
from collections.abc import Callable

import pytest

from corpus.article import Article, normalise_text
from corpus.dates import find_dateline
from corpus.page.corrections import find_corrections
from corpus.page.headline import find_headline
from index.language.dates import told_dates
from index.language.names import Mentions
from index.language.quantities import quantities
from index.passages.blocks import blocks_of
from index.passages.sentences import sentence_spans
from index.passages.split import split
from index.sync.copies import shingles
from rag.prompt.injections import is_injection
from rag.prompt.sanitize import sanitized
from rag.web.versions import changes
from tests.hostile import PREFIXES, UNITS, text_of

WORK: dict[str, Callable[[str], object]] = {
    "normalise": normalise_text,
    "sentences": sentence_spans,
    "split": split,
    "blocks": lambda text: blocks_of(Article("a", "Head", text), "post"),
    "copies": shingles,
    "names": Mentions,
    "quantities": quantities,
    "dates": told_dates,
    "corrections": find_corrections,
    "headline": find_headline,
    "dateline": find_dateline,
    "differences": lambda text: changes(text, text[: len(text) // 2] + text[len(text) // 2 :].upper()),
    "instructions": is_injection,
    "prompt": sanitized,
}
SHORT, TIMES = 5_000, 8
_SLACK = 0.3
"""Seconds of processor time below which nothing is judged."""


def seconds_of(work: Callable[[str], object], text: str) -> float:
    """Processor time of this thread."""
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun


def is_slow(work: Callable[[str], object], short: str, long: str) -> bool:
    """Whether the longer text takes more than its length explains, also when it is measured again.

    The collection of garbage, which may fall into any measurement, takes longer than a short text.
    """
    most = 3 * TIMES * seconds_of(work, short) + _SLACK
    return all(seconds_of(work, long) > most for _ in range(3))


@pytest.mark.attack
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_the_time_for_a_hostile_text_grows_with_its_length(work: Callable[[str], object]) -> None:
    slow = []
    work("Words of an article. " * 50)
    for name, unit in UNITS.items():
        for prefix in PREFIXES[:2]:
            if is_slow(work, *(text_of(unit, size, prefix) for size in (SHORT, TIMES * SHORT))):
                slow.append(f"{name} behind {prefix!r}")
    assert not slow
