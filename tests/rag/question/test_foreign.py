"""The language of a question: told by its function words, never by names in an English question."""

import json
from pathlib import Path

import pytest

from rag.question.foreign import FUNCTION_WORDS, language_of
from tests.answers import natural

TUNING = Path(natural.__file__).with_name("intents_tuning.jsonl")
CASES = [case for line in TUNING.read_text("utf-8").splitlines() if "language" in (case := json.loads(line))]


def test_questions_written_to_tune_by_are_of_the_language_that_a_reader_gave_them() -> None:
    for case in CASES:
        found = language_of(case["question"])
        named = case["language"] in FUNCTION_WORDS or case["language"] is None
        assert found == case["language"] if named else found is not None, case


@pytest.mark.parametrize(
    "question",
    [
        "Who said “le roi est mort”?",
        "when did les bleus win",
        "Did Der Spiegel report on the dam?",
        "why is el niño back",
        "Ever Given",
        "Notre Dame",
        "la la land",
    ],
)
def test_names_and_quoted_words_make_no_other_language(question: str) -> None:
    assert language_of(question) is None
