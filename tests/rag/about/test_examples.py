"""Example questions: what sentences suggest them, and that the archive answers them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.store.store import Store
from index.sync.run import sync
from rag.about.examples import KINDS, MOST, TRIES, candidates, examples
from rag.answer import Answer, Question
from rag.assistant import Assistant
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words

ENVOY = "Wednesday. Alexander Petrov, the special envoy for the region, arrived in Port Vale on Monday."
COUNTED = "The storm passed at night. At least 1,200 people were evacuated from Harbour Street, police said."
QUOTED = "“We will mend the bridge by May,” said Joan Clarke."


def store_of(folder: Path, *texts: tuple[str, str]) -> Store:
    """A store of articles with these titles and texts."""
    lines = [json.dumps({"id": f"a{n}", "title": one[0], "text": one[1]}) for n, one in enumerate(texts)]
    (folder / "feed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    return Store.open(folder / "store")


def test_sentences_suggest_questions_of_three_kinds(tmp_path: Path) -> None:
    texts = (("Envoy arrives", ENVOY), ("Storm", COUNTED), ("Council on the bridge", QUOTED))
    with store_of(tmp_path, *texts) as store:
        assert {(one.kind, one.question) for one in candidates(store)} == {
            ("who", "Who is Alexander Petrov?"),
            ("count", "How many people were evacuated from Harbour Street?"),
            ("said", "What did Joan Clarke say about the bridge?"),
        }


@pytest.mark.parametrize(
    "text",
    [
        "Prices rose in spring. The market opened at nine.",
        "In 2019 people were killed by boredom.",
        "“It is late,” said he.",
        "Paris, the capital of France, is a city.",
        "“The weather,” said Joan Clarke, “was fine at the time.”",
    ],
)
def test_what_suggests_nothing_gives_none(tmp_path: Path, text: str) -> None:
    with store_of(tmp_path, ("A day", text)) as store:
        assert not candidates(store)
        assert examples(store, assistant_over_words(tmp_path, store).ask) == ()


def test_only_what_is_answered_from_its_own_article_is_shown(tmp_path: Path) -> None:
    texts = (("Envoy arrives", ENVOY), ("Storm", COUNTED), ("Council on the bridge", QUOTED))
    with store_of(tmp_path, *texts) as store:
        assistant = assistant_over_words(tmp_path, store)
        shown = examples(store, assistant.ask)
        assert ("fact", "How many people were evacuated from Harbour Street?") in shown
        assert ("quotation", "What did Joan Clarke say about the bridge?") in shown
        for kind, question in shown:
            answered = assistant.ask(Question(question)).status == "answered"
            assert answered == (kind != "unanswered")
        assert examples(store, assistant.ask) == shown


def test_a_handful_is_asked_at_most(samples_store: Store, samples_by_words: Assistant) -> None:
    asked: list[str] = []

    def refuse(question: Question) -> Answer:
        asked.append(question.text)
        return nothing

    nothing = replace(samples_by_words.ask(Question("Who won the cup?")), status="not_in_archive")
    assert examples(samples_store, refuse) == ()
    assert len(asked) <= (len(KINDS) + 1) * TRIES


def test_the_sample_articles_give_six_questions(samples_store: Store, samples_by_words: Assistant) -> None:
    shown = examples(samples_store, samples_by_words.ask)
    assert len({question for _, question in shown}) == len(shown) == MOST
    assert {"quotation", "timeline", "unanswered"} <= {kind for kind, _ in shown} <= set(KINDS)
    for kind, question in shown:
        expected = {"unanswered": "not_stated", "correction": "listed"}.get(kind, "answered")
        assert samples_by_words.ask(Question(question)).status == expected


@pytest.mark.cases
def test_the_sample_articles_give_six_kinds(samples_store: Store, samples: Assistant) -> None:
    shown = dict(examples(samples_store, samples.ask))
    assert list(shown) == [kind for kind in KINDS if kind != "fact"] and len(shown) == MOST
    assert len(set(shown.values())) == MOST
    figure, correction, open_ = (
        samples.ask(Question(shown[kind])) for kind in ("figure", "correction", "unanswered")
    )
    assert len({one.source for one in figure.citations}) > 1
    assert any(one.corrections for one in correction.citations)
    assert open_.status == "not_stated"
