"""The questions with several pieces of evidence: the set holds together."""

from collections import Counter
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.read import read
from tests.answers.cases import SAMPLES, archive
from tests.answers.evidence import CORPORA, KINDS, Asked, load, plain


def texts(path: Path) -> dict[str, str]:
    """The plain words of each article of a file or folder, by its id."""
    return {one.id: plain(f"{one.title}\n{one.text}") for one in read(path) if isinstance(one, Article)}


def check(questions: list[Asked], told: dict[str, str]) -> None:
    """Every alternative of every piece names an article that has its words."""
    for asked in questions:
        for article_id, words in (one for piece in asked.evidence for one in piece):
            held = [text for key, text in told.items() if article_id in key]
            assert held and any(plain(words) in text for text in held), (asked.id, article_id, words)


def test_forty_questions_of_four_kinds_ask_two_corpora() -> None:
    questions = load()
    assert len({one.id for one in questions}) == len(questions) == 40
    kinds = Counter(one.kind for one in questions)
    assert {*kinds} == {*KINDS} and min(kinds.values()) >= 6
    assert {one.corpus for one in questions} == {*CORPORA}
    assert all(one.evidence and all(one.evidence) for one in questions)


def test_the_evidence_stands_in_the_sample_articles() -> None:
    check([one for one in load() if one.corpus == "samples"], texts(SAMPLES))


@pytest.mark.cases
def test_the_evidence_stands_in_the_real_articles() -> None:
    check([one for one in load() if one.corpus == "realtimeqa"], texts(archive("realtimeqa")))
