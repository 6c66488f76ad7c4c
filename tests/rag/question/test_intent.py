"""Intents: what kind of answer a question wants, and the words that it asks about."""

import json
from pathlib import Path

import pytest

from rag.question.analysed import analysed
from rag.question.intent import intent_of, is_bare_subject, matched, subject_of
from tests.answers import natural

OUTLETS = ("The Courier", "The Herald")
TUNING = Path(natural.__file__).with_name("intents_tuning.jsonl")
CASES = [case for line in TUNING.read_text("utf-8").splitlines() if "intent" in (case := json.loads(line))]


def test_questions_written_to_tune_by_have_the_intent_that_a_reader_gave_them() -> None:
    wrong = [case["question"] for case in CASES if _intent(case["question"]) != case["intent"]]
    assert wrong == []


@pytest.mark.parametrize(
    "opening", ["Hello! ", "Good morning, ", "Could you please ", "thanks. ", "Hi there, can you "]
)
def test_a_greeting_with_a_question_behind_it_is_that_question(opening: str) -> None:
    assert _intent(f"{opening}tell me about the harbour fire") == "overview"
    assert _intent(f"{opening}how many ships burned?") == "question"


def test_the_news_on_something_is_the_latest() -> None:
    assert _intent("whats the news on bird flu") == _intent("What is the news about the ferry?") == "latest"


def test_a_part_of_something_is_no_subject_of_an_overview() -> None:
    assert _intent("tell me about the crew of the Alma Rose") == "question"
    assert _intent("What about the mayor of Kolmar?") == "question"
    assert (
        _intent("tell me about the Alma Rose") == _intent("tell me about the harbour in Kolmar") == "overview"
    )


def test_a_greeting_alone_is_small_talk() -> None:
    assert _intent("Hello!") == _intent("ok, thanks a lot") == "help"


def test_what_one_outlet_published_is_a_list_only_of_an_outlet_of_the_archive() -> None:
    question = "What did the Courier publish on 3 May 2021?"
    assert _intent(question) == "catalogue"
    assert intent_of(analysed(question), lambda: ("The Gazette",)) == "question"


def test_sides_that_are_no_outlets_are_not_compared_as_outlets() -> None:
    assert _intent("Do France and Spain agree on the quotas?") == "question"
    assert _intent("Do the Courier and the Herald agree on the quotas?") == "comparison"


def test_what_happened_to_a_thing_with_a_name_wants_an_overview() -> None:
    assert _intent("What happened to Flight 1722?") == "overview"
    assert _intent("What happened to the captain after the trial of Ingrid Halvorsen?") == "question"


def test_the_subject_is_in_the_words_of_the_question() -> None:
    found = matched(analysed("Please list articles about the MV Wakashio"), "catalogue", tuple)
    assert found and (found.section, found.subject) == ("catalogue: articles", "the MV Wakashio")


def test_news_of_something_is_the_latest_and_news_of_nothing_a_list() -> None:
    assert _intent("any news about the harbour fire?") == "latest"
    assert _intent("any news?") == "catalogue"


def test_a_form_without_anything_that_it_is_of_gets_help() -> None:
    assert _intent("timeline") == _intent("Overview, please") == "help"


def test_what_two_outlets_say_is_compared_and_what_they_are_is_not() -> None:
    assert _intent("What do the Courier and the Herald say about the flood?") == "comparison"
    assert _intent("Who owns the Courier and the Herald?") == "question"


def test_what_articles_tell_is_no_list_of_articles() -> None:
    assert _intent("list the names of people in the stories") == "question"
    assert _intent("show me bitcoin articles") == "catalogue"


def test_a_long_text_is_a_question() -> None:
    assert _intent("Summarise " + "the harbour fire and " * 40) == "question"


def _intent(question: str) -> str:
    return intent_of(analysed(question), lambda: OUTLETS)


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("Summarise the strike at the mill", "the strike at the mill"),
        ("could you please give me an overview of the strike?", "the strike"),
        ("Timeline of the harbour fire", "the harbour fire"),
        ("harbour fire: what happened when?", "harbour fire"),
        ("What’s new with the ferry?", "the ferry"),
        ("how do they differ on the ferry", "the ferry"),
        ("compare what they and they wrote about the ferry", "the ferry"),
        ("what is the ferry all about", "the ferry"),
    ],
)
def test_what_is_searched_for_several_sentences_is_what_they_are_to_be_about(
    asked: str, subject: str
) -> None:
    assert subject_of(asked) == subject


@pytest.mark.parametrize("asked", ["When did the ferry sink?", "Summarise", "What did the latest poll say?"])
def test_a_question_for_one_fact_is_its_own_subject(asked: str) -> None:
    assert subject_of(asked) == asked


def test_a_name_of_common_words_is_a_subject_and_a_pronoun_is_none() -> None:
    assert subject_of("Summarise The Other Ones") == "The Other Ones"
    assert subject_of("summarise all of it") == "summarise all of it"


@pytest.mark.parametrize(
    ("asked", "is_subject"),
    [
        *((one, True) for one in ("football", "oil prices", "Ever Given", "the Suez Canal", "Ann Lee")),
        *((one, False) for one in ("Kolmar mayor", "ship owner", "anyone hurt", "who won", "any arrests")),
        *((one, False) for one in ("football?", "floods in May 2021", "price of oil", "")),
    ],
)
def test_a_name_or_a_noun_alone_is_the_subject_of_an_overview(asked: str, is_subject: bool) -> None:
    assert is_bare_subject(analysed(asked)) is is_subject
    assert (intent_of(analysed(asked)) == "overview") is is_subject


@pytest.mark.parametrize(
    ("asked", "intent"),
    [
        ("wats the lates on the ferry", "latest"),
        ("timelin of the strike", "timeline"),
        ("sumarise the ferry strike", "overview"),
        ("who is Lates", "question"),
        ("summarise everything", "catalogue"),
        ("list all 38 articles", "catalogue"),
        ("which countries are mentioned in the articles about the strike", "catalogue"),
        ("which people are quoted about the ferry", "catalogue"),
        ("which people left the ferry", "question"),
    ],
)
def test_what_is_asked_for_is_known_with_slips_too(asked: str, intent: str) -> None:
    assert intent_of(analysed(asked)) == intent


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("Compare how outlets reported the pause in Ostrand", "the pause in Ostrand"),
        ("compare what the papers wrote about the fire", "the fire"),
        ("compare coverage of the strike", "the strike"),
        ("compare London and Paris", "London and Paris"),
    ],
)
def test_a_comparison_of_outlets_is_about_what_they_reported(asked: str, subject: str) -> None:
    assert subject_of(asked) == subject
