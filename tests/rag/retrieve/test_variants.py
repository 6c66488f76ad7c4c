"""Other forms of a question's names that the archive has."""

import pytest

from index.store.vocabulary import Vocabulary
from rag.answer import Question
from rag.assistant import Assistant
from rag.question.analysed import analysed
from rag.retrieve.variants import variants
from tests.rag.retrieve.conftest import Articles, MakeArchive

BASES: Articles = {
    "one": ("Post", "2019-10-01", "Talks. They met at the Hmeimim base on Monday, and Hmeimim was calm."),
    "two": (
        "Gazette",
        "2019-10-02",
        "Planes. The planes left from the Hemeimeem base, and Hemeimeem was loud.",
    ),
    "three": (
        "Post",
        "2019-10-03",
        "Names. The surgeon Tarsendal and the surgeon Tarsendel work in Tarsendal.",
    ),
    "four": (
        "Post",
        "2019-10-04",
        "Boats. The Coastal Rescue League (CRL) has boats. Boats of the league sail.",
    ),
    "five": ("Gazette", "2019-10-05", "Crews. The CRL pays its crews in kind, said its head."),
    "six": (
        "Gazette",
        "2019-10-06",
        "Clubs. The Old Rowing Club (founded 1902) and its club house (ORC) stand.",
    ),
}


def forms(assistant: Assistant, question: str) -> dict[str, tuple[str, ...]]:
    return dict(variants(analysed(question), Vocabulary(assistant.store)))


def test_another_spelling_of_a_rare_name_is_searched_beside_it(archive: MakeArchive) -> None:
    assistant = archive(BASES)
    assert forms(assistant, "Who met at Hmeimim?") == {"Hmeimim": ("Hemeimeem",)}
    assert forms(assistant, "What left from Hemeimeem?") == {"Hemeimeem": ("Hmeimim",)}
    answer = assistant.ask(Question("What left from the Hmeimim base?"))
    assert "Searched for “Hemeimeem” beside “Hmeimim”." in answer.notices
    assert answer.status == "answered" and "planes left" in answer.text


def test_names_that_stand_in_one_passage_are_two_names(archive: MakeArchive) -> None:
    assert forms(archive(BASES), "Where does Tarsendal work?") == {}


def test_an_abbreviation_that_an_article_defines_is_searched_with_its_full_form(archive: MakeArchive) -> None:
    assistant = archive(BASES)
    assert forms(assistant, "What does the CRL have?") == {"CRL": ("Coastal Rescue League",)}
    full = forms(assistant, "Who pays the crews of the Coastal Rescue League?")
    assert full == {"Coastal Rescue League": ("CRL",)}
    found = assistant.retriever.retrieve("Who pays at the Coastal Rescue League?").passages
    assert found[0].passage.article_id.endswith("five.md")


def test_what_stands_in_brackets_without_these_initials_is_no_abbreviation(archive: MakeArchive) -> None:
    assistant = archive(BASES)
    assert forms(assistant, "Where is the Old Rowing Club?") == {}
    assert forms(assistant, "Where is the ORC?") == {}


def test_an_ordinary_question_has_no_other_forms(archive: MakeArchive) -> None:
    assert forms(archive(BASES), "Who met on Monday?") == {}


@pytest.mark.parametrize("asked", ["Djanybaev", "Zhanybaev", "Janybaev", "Zhanibaev"])
def test_a_name_from_cyrillic_is_found_and_answered_in_any_transcription(
    archive: MakeArchive, asked: str
) -> None:
    told = "Museum. The museum of boats has a new head. Samat Dzhanybaev was named its director on Monday."
    assistant = archive({**BASES, "museum": ("Post", "2020-06-01", told)})
    assert forms(assistant, f"Who named {asked} director?") == {asked: ("Dzhanybaev",)}
    answer = assistant.ask(Question(f"When was Samat {asked} named director?"))
    assert answer.status == "answered" and "Dzhanybaev was named its director on Monday" in answer.text
