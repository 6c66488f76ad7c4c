"""A question in another language is told, in that language, which language the archive is in."""

from pathlib import Path

import pytest

from rag.about.languages import said_to_foreign
from rag.answer import Question
from tests.rag.about.test_examples import ENVOY, store_of
from tests.rag.conftest import assistant_over_words

FRENCH = "Le pont s'est effondré dans la nuit. Les habitants ont fui avec leurs enfants, selon le maire."


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("Wer hat die Brücke gebaut, und wie?", "Dieses Archiv ist auf Englisch"),
        ("Pourquoi le pont est-il fermé ?", "Cette archive est en anglais"),
        ("¿Quién construyó el puente?", "Este archivo está en inglés"),
        ("Quem construiu a ponte e quando?", "Este arquivo está em inglês"),
        ("Chi ha costruito il ponte?", "Questo archivio è in inglese"),
        ("Kto jest właścicielem i gdzie?", "This archive is in English"),
    ],
)
def test_a_question_in_another_language_is_told_so(tmp_path: Path, question: str, begins: str) -> None:
    with store_of(tmp_path, ("Envoy arrives", ENVOY)) as store:
        answer = assistant_over_words(tmp_path, store).ask(Question(question))
        assert answer.status in ("not_stated", "not_in_archive") and answer.text.startswith(begins)


def test_the_example_has_a_name_that_the_archive_knows(tmp_path: Path) -> None:
    with store_of(tmp_path, ("Envoy arrives", ENVOY)) as store:
        says = said_to_foreign("Wer ist Alexander Petrov und wo wohnt er?", store) or ""
        assert says.endswith("zum Beispiel: “Tell me about Alexander Petrov”.")
        assert "zum Beispiel" not in (said_to_foreign("Wer ist Hans Muster und wo wohnt er?", store) or "")


def test_an_archive_in_another_language_is_not_said_to_be_in_english(tmp_path: Path) -> None:
    with store_of(tmp_path, ("Le pont", FRENCH), ("La nuit", FRENCH), ("Envoy", ENVOY)) as store:
        assert said_to_foreign("Pourquoi le pont est-il fermé ?", store) is None


def test_a_question_in_english_is_told_nothing(tmp_path: Path) -> None:
    with store_of(tmp_path, ("Envoy arrives", ENVOY)) as store:
        assert said_to_foreign("Who is Alexander Petrov?", store) is None
