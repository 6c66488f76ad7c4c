"""An answer rests on the stored analyses: no sentence is analysed twice, and the question once."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from types import CodeType, FrameType

import pytest

from index.language.analysis import analyse_question
from index.language.dates import told_dates
from index.language.names import names
from index.language.quantities import quantities
from index.language.relations import reached
from index.language.sentence import Sentence
from index.store.records import Passage
from index.store.store import Store
from rag.answer import Question
from rag.assistant import Assistant

FINDERS = (names, quantities, reached, told_dates)
"""What looks for something in a text, which it takes as its first argument."""


def texts_of(
    finders: Iterable[Callable[..., object]], work: Callable[[], object]
) -> Counter[tuple[str, str]]:
    """How often each finder is called with each text while `work` runs: (its name, text)."""
    codes: set[CodeType] = {finder.__code__ for finder in finders}
    asked: Counter[tuple[str, str]] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            asked[frame.f_code.co_name, frame.f_locals[frame.f_code.co_varnames[0]]] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return asked


@pytest.mark.parametrize(
    "text",
    [
        "Who is Russia's envoy for Syria?",
        "How many people were displaced by the offensive?",
        "What did Lavrentyev say about Turkey?",
        "Where did Russia's envoy speak on 15 October 2019?",
    ],
)
def test_the_question_is_analysed_once_and_no_stored_sentence_again(
    text: str, samples: Assistant, samples_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[int, list[Sentence]] = {}
    analyses = samples_store.analyses

    def stored(passages: Iterable[Passage]) -> dict[int, list[Sentence]]:
        wanted = list(passages)
        kept.update(analyses([one for one in wanted if one.id not in kept]))
        return {one.id: kept[one.id] for one in wanted}

    monkeypatch.setattr(samples_store, "analyses", stored)
    samples.ask(Question(text))
    analyse_question.cache_clear()
    asked = texts_of(FINDERS, lambda: samples.ask(Question(text)))
    sentences = {sentence.text for found in kept.values() for sentence in found}
    assert sentences.isdisjoint({text for _, text in asked})
    assert set(asked.values()) == {1}, asked
    assert asked["quantities", text] == asked["reached", text] == asked["told_dates", text] == 1
