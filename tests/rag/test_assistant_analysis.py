"""An answer rests on the stored analyses: no sentence is analysed twice, and the question once."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from types import CodeType, FrameType

import pytest

from index.language.analysis import analyse_question
from index.language.dates import days_in, told_dates
from index.language.names import _names, names
from index.language.quantities import quantities
from index.language.relations import reached
from index.language.sentence import Sentence
from index.store.records import Passage
from index.store.store import Store
from rag.answer import Question, Turn
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
    text: str, samples_by_words: Assistant, samples_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[int, list[Sentence]] = {}
    analyses = samples_store.analyses

    def stored(passages: Iterable[Passage]) -> dict[int, list[Sentence]]:
        wanted = list(passages)
        kept.update(analyses([one for one in wanted if one.id not in kept]))
        return {one.id: kept[one.id] for one in wanted}

    monkeypatch.setattr(samples_store, "analyses", stored)
    samples_by_words.ask(Question(text))
    analyse_question.cache_clear()
    asked = texts_of(FINDERS, lambda: samples_by_words.ask(Question(text)))
    sentences = {sentence.text for found in kept.values() for sentence in found}
    assert sentences.isdisjoint({text for _, text in asked})
    assert set(asked.values()) == {1}, asked
    assert asked["quantities", text] == asked["reached", text] == asked["told_dates", text] == 1


@pytest.mark.parametrize(
    ("text", "history"),
    [
        ("Who is Russia's envoy for Syria, and what did he say about Turkey?", ()),
        ("Where did he speak?", (Turn("user", "Who is Russia's envoy for Syria, Alexander Lavrentyev?"),)),
        ("And when?", (Turn("user", "Where did Russia's envoy speak?"), Turn("user", "Who is he?"))),
        (
            "What did he say on 15 October?",
            (Turn("user", "Who is Lavrentyev?"), Turn("assistant", "An envoy.")),
        ),
    ],
)
def test_parts_and_the_conversation_are_searched_for_names_once(
    text: str, history: tuple[Turn, ...], samples_by_words: Assistant
) -> None:
    question = Question(text, history)
    searched = samples_by_words.ask(question).searched
    analyse_question.cache_clear()
    asked = texts_of((_names, told_dates, quantities), lambda: samples_by_words.ask(question))
    conversation = {text, *searched, *(turn.content for turn in history if turn.role == "user")}
    found = {key: times for key, times in asked.items() if key[1] in conversation}
    assert {one for _, one in found} >= set(searched)
    assert set(found.values()) == {1}, found


def test_the_dates_of_a_question_are_resolved_once(samples_by_words: Assistant) -> None:
    text = "What did Lavrentyev say in Syria last week?"
    samples_by_words.ask(Question(text))
    asked = texts_of((days_in,), lambda: samples_by_words.ask(Question(text)))
    assert asked["days_in", text] == 1
