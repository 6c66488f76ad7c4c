import pytest

from index.language.names import Mentions, is_person_like, missing, names
from index.language.sentence import Name


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who is Alexander Lavrentiev?", "The envoy, Lavrentiev, spoke."),
        ("What did the U.S. do?", "American troops left."),
        ("What did the United Nations say?", "The UN counted 160,000 people."),
        ("What does the SDF want?", "The Syrian Democratic Forces asked for help."),
        ("How many BMWs were recalled, and does BA.2 matter?", "BMW recalled cars. BA.2 spreads."),
        ("What did Turkey do in Kiziltepe?", "Turkish troops entered Kızıltepe."),
    ],
)
def test_a_name_is_found_under_another_spelling(question: str, text: str) -> None:
    assert missing(names(question), Mentions(text)) == []


def test_a_name_that_is_not_there_is_missing() -> None:
    absent = missing(
        names("What did Lavrentiev say about Idlib?"), Mentions("Lavrentiev spoke about Manbij.")
    )
    assert [name.text for name in absent] == ["Idlib"]


def test_a_shared_first_name_is_not_the_person() -> None:
    assert missing(names("Who is Alexander Novak?"), Mentions("Alexander Lavrentiev spoke."))


def test_countries_bodies_and_acronyms_are_not_people() -> None:
    people = [
        name.text
        for name in names("Russia, NATO, Senior Kurdish and Maria Perez met")
        if is_person_like(name)
    ]
    assert people == ["Maria Perez"]


@pytest.mark.parametrize(
    ("asked", "written"),
    [("LOreal", "L’Oréal"), ("L'Oréal", "LOreal"), ("O´Farrell", "O`Farrell"), ("OFarrell", "O´Farrell")],
)
def test_a_name_is_mentioned_with_and_without_its_apostrophe(asked: str, written: str) -> None:
    text = Mentions(f"The report of {written} came on Monday.")
    assert not missing([Name(asked, 0, len(asked))], text)
    assert missing([Name("Darrell", 0, 7)], text)
