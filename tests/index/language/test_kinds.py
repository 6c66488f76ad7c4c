import json
from pathlib import Path

import pytest

from index.language.kinds import kind_of, known, lists
from index.language.names import article_names
from index.language.sentence import NameKind
from index.language.words import phrase

LEAST_RIGHT = 0.9
FILES = ("countries", "places", "companies", "given_names", "english", "names")


@pytest.mark.parametrize("which", ["tuning", "held out"])
def test_the_kind_of_a_name_in_a_news_sentence_is_right_in_nine_of_ten(which: str) -> None:
    """The rules were made with the first half; the second was written once they stood (111 of 120 right)."""
    lines = Path(__file__).with_name("names_kinds.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    chosen = [row for row in rows if row["set"] == which]
    right = [
        row
        for row in chosen
        if any(
            name.text == row["name"] and name.kind == row["kind"] for name in article_names([row["text"]])[0]
        )
    ]
    assert len(chosen) == 120
    assert len(right) >= LEAST_RIGHT * len(chosen)


@pytest.mark.parametrize(
    ("names", "group"),
    [
        (("Turkey", "Türkiye", "Turkish", "Turks", "Ankara"), "country:TR"),
        (
            ("US", "U.S.", "USA", "United States", "America", "Americans", "Washington", "Pentagon"),
            "country:US",
        ),
        (("UK", "Britain", "British", "Britons", "London"), "country:GB"),
        (("Côte d’Ivoire", "Cote d'Ivoire", "Ivory Coast", "Ivorian"), "country:CI"),
        (("Kurds", "Kurdish"), "people:kurd"),
        (("UN", "United Nations"), "body:united nations"),
    ],
)
def test_names_of_one_country_people_or_body_have_one_group(names: tuple[str, ...], group: str) -> None:
    assert {kind_of(name)[1] for name in names} == {group}


@pytest.mark.parametrize(
    ("before", "name", "after", "kind"),
    [
        ("", "Ford", " said it would close the plant", NameKind.ORGANISATION),
        ("", "Ford", " said he would resign", NameKind.PERSON),
        ("King Abdullah of ", "Jordan", " left", NameKind.PLACE),
        ("", "Jordan", ", 34, was held", NameKind.PERSON),
        ("Mr ", "Chad", " left", NameKind.PERSON),
        ("in ", "Vorlund", " on Monday", NameKind.PLACE),
        ("the carmaker ", "Vorlund", " on Monday", NameKind.ORGANISATION),
        ("the envoy ", "Vorlund", " on Monday", NameKind.PERSON),
        ("", "Vorlund", ", the state copper company, left", NameKind.ORGANISATION),
        ("", "Vorlund", ", a village in the hills", NameKind.PLACE),
        ("with ", "Vorlund", " on Monday", NameKind.OTHER),
    ],
)
def test_the_words_around_a_name_tell_its_kind(before: str, name: str, after: str, kind: NameKind) -> None:
    assert kind_of(name, before, after)[0] is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Ministry of Health and Social Care", NameKind.ORGANISATION),
        ("University of Arnay", NameKind.ORGANISATION),
        ("Vorlund Holdings", NameKind.ORGANISATION),
        ("Voss & Rieck", NameKind.ORGANISATION),
        ("JPMorgan", NameKind.ORGANISATION),
        ("Gulf of Vorlund", NameKind.PLACE),
        ("Lake Vorlund", NameKind.PLACE),
        ("Battle of Vorlund", NameKind.OTHER),
        ("iPhone", NameKind.OTHER),
        ("COVID-19", NameKind.OTHER),
        ("General Ansa Vorlund", NameKind.PERSON),
        ("Ursula von der Vorlund", NameKind.PERSON),
        ("Bashar al-Vorlund", NameKind.PERSON),
        ("Jonah Hill", NameKind.PERSON),
        ("Prime Minister", NameKind.OTHER),
    ],
)
def test_the_form_of_a_name_tells_its_kind(name: str, kind: NameKind) -> None:
    assert kind_of(name)[0] is kind


def test_an_acronym_that_is_also_a_word_must_stand_in_capitals() -> None:
    assert known("WHO") and not known("Who")
    assert known("IS") and not known("Is")


def test_the_lists_are_folded_as_the_names_are_that_are_looked_up_in_them() -> None:
    assert not [name for name in lists().known if phrase(name) != name]


@pytest.mark.parametrize("file", FILES)
def test_every_list_says_where_it_comes_from_and_when(root: Path, file: str) -> None:
    text = (root / "index" / "language" / f"{file}.txt").read_text(encoding="utf-8")
    head = text.split("\n\n")[0]
    assert "2026-" in head
    assert "licence" in head or "Written for onrecord" in head
    assert file == "names" or "make_lists.py" in head
    assert f"{file}.txt" in (root / "NOTICE").read_text(encoding="utf-8")
