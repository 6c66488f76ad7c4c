"""Correction notices answer only questions about corrections."""

from pathlib import Path

from rag.answer import Question
from tests.index.newsroom import Newsroom
from tests.index.sync.test_boilerplate import record
from tests.rag.conftest import assistant_over_words

NOTICE = (
    "Correction, March 9, 2021: An earlier version of this article said that ninety boats left Wendbury. "
    "Nineteen boats left."
)
TOLD = f"Nineteen boats left the quay of Wendbury in the fog on Monday.\n\n{NOTICE}"


def quoted(folder: Path, question: str) -> str:
    newsroom = Newsroom(folder)
    newsroom.write_lines("boats.jsonl", [record(7) | {"text": TOLD, "title": "Boats leave"}])
    newsroom.sync()
    with newsroom.open() as store:
        answer = assistant_over_words(folder, store).ask(Question(question))
    return " ".join(citation.quote for citation in answer.citations)


def test_what_a_notice_takes_back_is_not_quoted_for_an_answer(tmp_path: Path) -> None:
    said = quoted(tmp_path, "How many boats left Wendbury?")
    assert "Nineteen boats left the quay" in said and "ninety" not in said


def test_who_asks_for_the_correction_gets_it(tmp_path: Path) -> None:
    assert "ninety boats" in quoted(tmp_path, "What correction was made about boats that left Wendbury?")
