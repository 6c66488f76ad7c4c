"""Questions about one article: made from its own sentences, asked, and answered from it."""

from pathlib import Path

from rag.about.article import MOST, TRIES, questions_about
from rag.answer import Answer, Question
from tests.rag.about.test_examples import COUNTED, ENVOY, QUOTED, store_of
from tests.rag.conftest import assistant_over_words


def test_an_article_suggests_questions_that_are_answered_from_it(tmp_path: Path) -> None:
    texts = (("Council on the bridge", f"{QUOTED} {COUNTED}"), ("Envoy arrives", ENVOY))
    with store_of(tmp_path, *texts) as store:
        ask = assistant_over_words(tmp_path, store).ask
        found = questions_about(store, "a0", ask)
        assert "How many people were evacuated from Harbour Street?" in found and len(found) <= MOST
        assert not any("Petrov" in question for question in found)
        for question in found:
            answer = ask(Question(question))
            assert answer.status == "answered" and "a0" in {one.article_id for one in answer.citations}


def test_what_is_answered_from_other_articles_only_is_not_suggested(tmp_path: Path) -> None:
    with store_of(tmp_path, ("Storm", COUNTED), ("Envoy arrives", ENVOY)) as store:
        elsewhere = assistant_over_words(tmp_path, store).ask(Question("Who is Alexander Petrov?"))
        asked: list[str] = []

        def ask(question: Question) -> Answer:
            asked.append(question.text)
            return elsewhere

        assert questions_about(store, "a0", ask) == ()
        assert 1 <= len(asked) <= TRIES
        assert questions_about(store, "nothing", ask) == ()


def test_an_article_that_was_taken_down_suggests_nothing(tmp_path: Path) -> None:
    with store_of(tmp_path, ("Storm", COUNTED)) as store:
        store.hidden = frozenset(["a0"])
        assert questions_about(store, "a0", assistant_over_words(tmp_path, store).ask) == ()
