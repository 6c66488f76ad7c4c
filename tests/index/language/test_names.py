import pytest

from index.language.names import Mentions, article_names, is_person_like, missing, names
from index.language.sentence import Name
from tests.counting import calls_of


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Officials said prices rose.", []),
        ("Tugs pulled the ship.", []),
        ("Hydrogen demand grew in Vorlund.", ["Vorlund"]),
        ("Shares of Varda fell.", ["Varda"]),
        ("Actor Tom Hanks left.", ["Tom Hanks"]),
        ("Apple said profits fell.", ["Apple"]),
        ("Apple pie was served.", []),
        ("Zentra said profits fell.", ["Zentra"]),
        ("I’m told that Voss left.", ["Voss"]),
        ("Bank of England officials left.", ["Bank of England"]),
        ("Prices rose. Officials left. Voss stayed.", ["Voss"]),
    ],
)
def test_a_common_word_that_opens_a_sentence_is_no_name(text: str, found: list[str]) -> None:
    assert [name.text for name in names(text)] == found


def test_how_an_article_writes_a_word_elsewhere_decides_at_the_start_of_a_sentence() -> None:
    small = ["Salvors freed the ship.", "The salvors left."]
    assert [name.text for name in article_names(small)[0]] == []
    capital = ["Target closed shops.", "Critics of Target left."]
    assert [name.text for name in article_names(capital)[0]] == ["Target"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Turkey’s President Erdogan met Apple's Tim Cook",
            ["Turkey", "President Erdogan", "Apple", "Tim Cook"],
        ),
        ("and US Secretary of State Mike Pompeo left", ["US", "Secretary of State Mike Pompeo"]),
        ("the Turkish President left", ["Turkish", "President"]),
        ("the Prime Minister of Japan left", ["Prime Minister", "Japan"]),
        ("and Smith and Jones left", ["Smith", "Jones"]),
        ("with Johnson & Johnson in court", ["Johnson & Johnson"]),
        ("the Ministry of Health and Social Care left", ["Ministry of Health and Social Care"]),
        ("the University of Vorlund at Arnay left", ["University of Vorlund at Arnay"]),
        ("The Food and Drug Administration left", ["Food and Drug Administration"]),
        ("in Bosnia and Herzegovina today", ["Bosnia and Herzegovina"]),
        ("the Kyiv-based firm left", ["Kyiv"]),
        ("with Mr van der Berg and Gen. Mark Milley", ["van der Berg", "Gen. Mark Milley"]),
        ("with Sean O’Farrell in Côte d’Ivoire", ["Sean O’Farrell", "Côte d’Ivoire"]),
        ("of J.K. Rowling, the iPhone and COVID-19", ["J.K. Rowling", "iPhone", "COVID-19"]),
        ("at Tesla, Inc. and X Corp, which", ["Tesla, Inc.", "X Corp"]),
    ],
)
def test_names_begin_and_end_where_they_should(text: str, found: list[str]) -> None:
    assert [name.text for name in names(text)] == found


def test_in_a_headline_only_listed_names_and_given_names_with_a_surname_are_found() -> None:
    assert [name.text for name in names("How Many Troops Did Turkey Send To Syria?")] == ["Turkey", "Syria"]
    assert [name.text for name in names("IS VLADIMIR PUTIN IN MOSCOW THIS WEEK?")] == [
        "VLADIMIR PUTIN",
        "MOSCOW",
    ]


def test_countries_and_companies_are_not_taken_for_people() -> None:
    found = names("In Brazil, Nigeria and Toyota, Maria Perez met Voss")
    assert [name.text for name in found if is_person_like(name)] == ["Maria Perez", "Voss"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What did Turkey do?", "Officials in Ankara refused."),
        ("What did Kenya do?", "Kenyans voted."),
        ("What did Sean O'Farrell ask for?", "Sean O’Farrell asked."),
        ("Who paid in Côte d’Ivoire?", "The Ivorian ministry paid."),
        ("What did Côte d'Ivoire buy?", "Côte d’Ivoire bought a crane."),
        ("When did Officer Griffith leave?", "Chief Oﬃcer Samuel Griﬃth left."),
        ("What did the WHO say?", "The World Health Organization said no."),
    ],
)
def test_a_name_is_found_by_its_group_and_in_any_spelling(question: str, text: str) -> None:
    assert missing(names(question), Mentions(text)) == []


def test_a_pronoun_is_not_taken_for_an_acronym() -> None:
    assert [
        name.text for name in missing(names("What did the US do?"), Mentions("They told us who left."))
    ] == ["US"]


def test_the_work_grows_with_the_length_of_a_sentence() -> None:
    for unit in ("Aa ", "Aa and ", "Aa's ", "Aa. ", "A & ", "“Aa ", "University of "):
        names(unit * 500)
        assert calls_of(names, unit * 800) < 10 * calls_of(names, unit * 100) + 100
