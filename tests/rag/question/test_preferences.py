"""What a question prefers among passages."""

from dataclasses import replace
from datetime import date

import pytest

from rag.question.analysed import Leaning, analysed
from rag.question.preferences import Preferences, preferences

OUTLETS = ("Harbour Post", "The Hill Gazette", "Daily Lantern", "cnn.com", "usatoday.com", "Time", "The Week")
LAST = date(2022, 12, 31)


def wanted(question: str) -> Preferences:
    """The preferences of a question to an archive of these outlets."""
    return preferences(analysed(question), lambda: OUTLETS, lambda: LAST)


@pytest.mark.parametrize(
    ("question", "outlets"),
    [
        ("According to the Harbour Post, who won?", ["harbour post"]),
        ("What did the Gazette report about the fire?", ["the hill gazette"]),
        ("What did the Gazette and the Lantern say of it?", ["the hill gazette", "daily lantern"]),
        ("how do cnn and usa today differ on the quake", ["cnn.com", "usatoday.com"]),
        ("What was CNN's account of the fire?", ["cnn.com"]),
        ("What did Time write about her?", ["time"]),
        ("How has time changed the town?", []),
        ("did time run out for the crew", []),
        ("what did the harbour post report on 3 May 2021", ["harbour post"]),
        ("According to the Hill Gazette, who won?", ["the hill gazette"]),
        ("Who owns the Harbour Post?", []),
        ("What happened that week?", []),
    ],
)
def test_an_outlet_whose_words_are_asked_for_is_preferred(question: str, outlets: list[str]) -> None:
    assert list(wanted(question).outlets) == outlets


def test_outlets_are_no_words_of_the_subject() -> None:
    asked = "What did the Gazette and the Lantern report on the fire at Oak Mill?"
    assert wanted(asked).subject == "What did they report on the fire at Oak Mill?"
    assert wanted("Who owns the Harbour Post?").subject == "Who owns the Harbour Post?"


def test_the_archive_is_asked_for_its_outlets_only_where_one_may_be_named() -> None:
    def never() -> tuple[str, ...]:
        raise AssertionError("the outlets were read")

    assert not preferences(analysed("Where is the new bridge?"), never, lambda: LAST)


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Who said “we lit every lamp” that night?", ("we lit every lamp",)),
        ('Who is "the Lamplighter"?', ("the Lamplighter",)),
        ("Who said 'we lit every lamp'?", ("we lit every lamp",)),
        ("What is Anna's view of the drivers' strike?", ()),
        ('Who said "we lit', ()),
    ],
)
def test_what_stands_between_quotation_marks_is_quoted(question: str, quoted: tuple[str, ...]) -> None:
    assert wanted(question).quoted == quoted


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("How do Anna Holm and Karl Lind differ on the dam?", [{"anna", "holm"}, {"karl", "lind"}]),
        ("Norway versus Chile: who caught more fish?", [{"norway"}, {"chile"}]),
        ("Compare the fires in Oslo with the fires in Lima", [{"oslo"}, {"lima"}]),
        ("What is the difference between salmon farms and trout farms?", [{"salmon"}, {"trout"}]),
        ("Who paid Anna Holm and Karl Lind?", []),
        ("Did the price differ?", []),
    ],
)
def test_a_comparison_has_sides(question: str, sides: list[set[str]]) -> None:
    assert [set(side.words) for side in wanted(question).sides] == sides


def test_outlets_that_are_compared_are_sides() -> None:
    found = wanted("Do the Gazette and the Lantern agree on the cause of the fire?").sides
    assert [side.outlet for side in found] == ["the hill gazette", "daily lantern"]
    told = replace(
        analysed("What did the Gazette and the Lantern report about the fire?"), intent="comparison"
    )
    found = preferences(told, lambda: OUTLETS, lambda: LAST).sides
    assert [side.outlet for side in found] == ["the hill gazette", "daily lantern"]


def test_two_years_that_are_compared_are_sides() -> None:
    found = wanted("Compare the harvest of 2017 and of 2019").sides
    assert [side.year for side in found] == [2017, 2019]
    found = wanted("difference between the fair in 2019 and in 2021").sides
    assert [side.year for side in found] == [2019, 2021]


def test_an_outlet_named_by_common_words_is_one_beside_another_outlet() -> None:
    told = replace(analysed("what do cnn and the week say about the dam"), intent="comparison")
    found = preferences(told, lambda: OUTLETS, lambda: LAST).sides
    assert [side.outlet for side in found] == ["cnn.com", "the week"]
    assert not wanted("what did cnn say about the dam the week before").outlets.keys() - {"cnn.com"}


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("What did USA Today report in March 2021?", (date(2021, 3, 1), date(2021, 3, 31))),
        ("What happened on 15 October 2019?", (date(2019, 10, 15), date(2019, 10, 15))),
        ("Who resigned in March 2021?", (date(2021, 3, 1), date(2021, 3, 31))),
        ("What happened yesterday?", None),
        ("What happened on Tuesday?", None),
        ("What happened since 2015?", None),
        ("What happened?", None),
    ],
)
def test_days_that_are_told_whole_are_preferred(question: str, days: tuple[date, date] | None) -> None:
    assert wanted(question).days == days


@pytest.mark.parametrize(
    ("question", "is_newest"),
    [
        ("What is the latest on the dam?", True),
        ("who is now the mayor", True),
        ("What is the most recent count?", True),
        ("Where does the ferry sail today?", True),
        ("What had they repaired by now?", False),
        ("usa today on the dam", False),
        ('Who said "now or never"?', False),
        ("Who knows the dam?", False),
        ("When was the lateste bridge built?", False),
    ],
)
def test_the_newest_is_preferred_only_where_asked_for(question: str, is_newest: bool) -> None:
    assert wanted(question).is_newest is is_newest


def test_what_a_question_leans_to_is_preferred_beside_what_its_words_ask_for() -> None:
    days = (date(2019, 10, 9), date(2019, 10, 12))
    leaning = Leaning(days, ("time",), is_newest=True)

    def leant(question: str) -> Preferences:
        return preferences(replace(analysed(question), leaning=leaning), lambda: OUTLETS, lambda: LAST)

    plain = leant("Who won?")
    assert (plain.subject, plain.outlets, plain.days) == ("Who won?", {"time": "time"}, days)
    assert plain.is_newest and not plain.quoted and not plain.sides
    told = leant("What did the Gazette say on 3 May 2020?")
    assert list(told.outlets) == ["time", "the hill gazette"]
    assert told.days == (date(2020, 5, 3), date(2020, 5, 3))
    assert not Leaning() and not wanted("Who won?")


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("What did the Harbour Post report?", True),
        ("What did the Post and the Lantern say on 3 May 2021?", True),
        ("What happened on 15 October 2019?", True),
        ("what was in the news in march 2021", True),
        ("What happened yesterday?", True),
        ("What happened?", False),
        ("What did the Harbour Post report about the dam?", False),
        ("Who won on 15 October 2019?", False),
        ("Where did it happen on 15 October 2019?", False),
        ("What happened to the dam on 15 October 2019?", False),
        ("Is the Harbour Post an event?", False),
    ],
)
def test_a_question_may_ask_for_no_more_than_what_was_reported(question: str, asks: bool) -> None:
    assert wanted(question).asks_for_reports is asks
