from hypothesis import given
from hypothesis import strategies as st

from index.language.names import names
from index.language.words import fold, is_stopword, phrase, stems, words


def test_a_name_is_found_with_its_titles_and_particles() -> None:
    text = "Did Colonel Myles B Caggins meet Bashar al-Assad at the Bank of England?"
    assert [name.text for name in names(text)] == [
        "Colonel Myles B Caggins",
        "Bashar al-Assad",
        "Bank of England",
    ]


def test_a_question_word_a_month_and_an_opening_participle_are_no_names() -> None:
    assert [name.text for name in names("When did Turkey attack on Monday, October 14?")] == ["Turkey"]
    assert [name.text for name in names("Calling Turkey’s offensive unlawful, he left")] == ["Turkey"]


def test_two_names_joined_by_and_are_two_names() -> None:
    assert [name.text for name in names("What does he think of Turkey and the Kurds?")] == ["Turkey", "Kurds"]


def test_where_every_word_is_capitalised_capitals_tell_nothing() -> None:
    assert names("HOW MANY PEOPLE WERE DISPLACED BY THE OFFENSIVE?") == []
    assert names("How Many People Were Displaced When The Offensive Began?") == []
    assert [name.text for name in names("Who is Alexander Lavrentiev?")] == ["Alexander Lavrentiev"]


def test_folding_drops_possessives_diacritics_and_dots() -> None:
    assert [fold(word) for word in ("Erdoğan’s", "U.S.", "Kızıltepe", "Łódź", "3.5")] == [
        "erdogan", "us", "kiziltepe", "lodz", "3.5",
    ]  # fmt: skip


def test_folding_unites_apostrophes_elisions_ligatures_and_widths() -> None:
    for one, other in [
        ("O'Farrell", "O’Farrell’s"),
        ("N'Gara", "N’Gara"),
        ("d’Ivoire", "Ivoire"),
        ("dell'Utri", "Utri"),
        ("Oﬃcer", "officer"),
        ("ＢＭＷ", "BMW"),
        ("２３００", "2300"),
        ("Kiz\u00adil\u200btepe", "Kızıltepe"),
        ("al‑Assad", "al-Assad"),
    ]:
        assert fold(one) == fold(other)
    assert [fold(word) for word in ("don’t", "we’re", "it’s")] == ["don't", "we're", "it"]


def test_an_invisible_character_does_not_part_a_word() -> None:
    assert [word for word, _, _ in words("Kiz\u00adiltepe\u00a0fell")] == ["Kiz\u00adiltepe", "fell"]


def test_the_key_of_a_name_has_blanks_for_hyphens() -> None:
    assert phrase("Port-au-Prince") == "port au prince"
    assert phrase("Côte d’Ivoire") == "cote ivoire"


def test_stems_leave_out_function_words_and_unite_forms() -> None:
    assert stems("How many soldiers were wounded?") == ["soldier", "wound"]
    assert stems("the soldier was wounding") == ["soldier", "wound"]
    assert is_stopword("Whose") and not is_stopword("M4")


@given(st.text(max_size=200))
def test_offsets_of_words_and_names_point_into_the_text(text: str) -> None:
    for word, start, end in words(text):
        assert text[start:end] == word
    for name in names(text):
        assert text[name.start : name.end] == name.text
