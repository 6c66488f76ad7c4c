"""Hyphens at line ends, told by the document's own words and by common ones."""

import pytest

import corpus.words.hyphens
from corpus.words.hyphens import MARK, LineEndHyphens


def resolved(text: str, *document: str) -> str:
    return LineEndHyphens(document).resolve(text.replace("|", MARK))


def test_what_is_written_more_often_in_the_document_decides() -> None:
    assert resolved("under|score", "An under-score, and an under-score.", "One underscore.") == "under-score"
    assert resolved("well|known", "The wellknown Wellknown Ltd, well-known.") == "wellknown"


def test_parts_of_longer_compounds_count() -> None:
    assert resolved("Anglo|irisch", "Die anglo-irisch-englische Frage.") == "Anglo-irisch"
    assert resolved("pro-Velden|ner", "The pro-veldenner party.") == "pro-Veldenner"


def test_punctuation_around_the_word_stays() -> None:
    assert (
        resolved("“(govern|ment),” he said; “Syrian|Turkish”.")
        == "“(government),” he said; “Syrian-Turkish”."
    )


def test_a_word_broken_twice_is_made_whole() -> None:
    assert resolved("mother|in|law inter|govern|mental") == "mother-in-law intergovernmental"


def test_initials_before_a_word_keep_their_hyphen() -> None:
    assert resolved("UN|backed CDU|geführt GOVERN|MENT") == "UN-backed CDU-geführt GOVERNMENT"


def test_english_words_tell_nothing_of_a_document_in_another_language() -> None:
    german = (
        "Der Minister sagte am Montag in Kiel, dass die neue Brücke im Herbst für den Verkehr offen ist. "
    )
    assert resolved("Aus|gang West|deutschland vice|présidente", german * 2) == (
        "Ausgang Westdeutschland vice-présidente"
    )
    assert resolved("well|meaning", "The ferry stayed in port and the crew went to the inn. " * 3) == (
        "well-meaning"
    )


@pytest.mark.parametrize("text", ["|", "a |b", "a| b", "|b", "«anti|»"])
def test_a_mark_without_a_word_on_both_sides_is_a_hyphen(text: str) -> None:
    assert resolved(text) == text.replace("|", "-")


def test_without_the_list_of_common_words_broken_words_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus.words.hyphens, "_common_words", frozenset)
    assert (
        resolved("govern|ment well|known Covid|19 Syrian|Turkish")
        == "government wellknown Covid-19 Syrian-Turkish"
    )


def test_what_is_to_come_stands_apart_and_addresses_stay_whole() -> None:
    assert resolved("10|and 12-year-olds, two|or three-year") == "10- and 12-year-olds, two- or three-year"
    assert (
        resolved("https://a.example/govern|ment a|b@c.example")
        == "https://a.example/govern-ment a-b@c.example"
    )
