"""Answers of several quotations: their order, what is left out, and when there is none."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rag.answer import Answer, Question
from rag.assistant import Assistant
from rag.quote.telling import saying
from tests.index.newsroom import Newsroom
from tests.rag.conftest import assistant_over_words

_OUTBREAK = "The harbour fire in Kolmar broke out on Sunday night in a grain store beside the ferry quay."
_RULED = "Police in Kolmar said on Thursday that the harbour fire was lit by a worker of the grain store."
_CLAIM = "The owner of the Kolmar grain store asked his insurer for the harbour fire to pay six million."
_ARTICLES = {
    "outbreak": ("Kolmar Post", "2021-05-03", _OUTBREAK),
    "copied": ("Wendbury Echo", "2021-05-03", f"{_OUTBREAK} It was seen from afar."),
    "ruled": ("Wendbury Echo", "2021-05-07", _RULED),
    "claim": ("Kolmar Post", "2021-06-01", _CLAIM),
    "coins": ("Kolmar Post", "2021-06-02", "The museum opens a show of medieval coins on Friday."),
}


_STORM = "A storm tore the roof off the school of Ostrand on Monday and cut the power."
_DAMAGE = "At the school two teachers were hurt by falling beams, and lessons are held in church."
_MENTION = "The mayor compared the heat with the storm that once hit a school on the coast."
_MENTIONED = {
    "storm": ("Kolmar Post", "2021-11-02", f"{_STORM} {_DAMAGE} The power is back in most streets."),
    "drought": ("Kolmar Post", "2022-07-02", f"Wells in Kolmar run dry after weeks of heat. {_MENTION}"),
}


_PRICES = {
    "begin": (
        "Kolmar Post",
        "2021-03-02",
        "The strike of the Kolmar ferry began on Tuesday at noon in the rain.",
    ),
    "rates": (
        "Kolmar Post",
        "2021-03-04",
        "Since the strike of the Kolmar ferry a ticket costs four times as much as a year ago.",
    ),
    "end": ("Wendbury Echo", "2021-03-09", "The strike of the Kolmar ferry ended with a vote of all crews."),
}


def _assistant(folder: Path, articles: Mapping[str, tuple[str, str, str]]) -> Iterator[Assistant]:
    newsroom = Newsroom(folder)
    newsroom.write_lines(
        "all.jsonl",
        [
            {"id": key, "title": key, "text": text, "source": source, "published_at": day}
            for key, (source, day, text) in articles.items()
        ],
    )
    newsroom.sync()
    with newsroom.open() as store:
        yield assistant_over_words(folder, store)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    yield from _assistant(tmp_path_factory.mktemp("harbour"), _ARTICLES)


@pytest.fixture(scope="module")
def mentioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    yield from _assistant(tmp_path_factory.mktemp("mentioned"), _MENTIONED)


def _cited(answer: Answer) -> list[str]:
    """The articles of the claims, in the answer's order."""
    by_number = {one.n: one.article_id for one in answer.citations}
    return [by_number[one.citations[0]] for one in answer.sentences if one.role == "claim"]


def test_an_overview_tells_each_development_once_in_the_order_of_days(harbour: Assistant) -> None:
    answer = harbour.ask(Question("Summarise the Kolmar harbour fire"))
    assert answer.status == "answered"
    first, *rest = _cited(answer)
    assert first in ("outbreak", "copied") and rest == ["ruled", "claim"]


def test_a_timeline_is_in_the_order_of_what_happened(harbour: Assistant) -> None:
    answer = harbour.ask(Question("Timeline of the Kolmar harbour fire"))
    assert answer.status == "answered"
    assert [one for one in _cited(answer) if one != "copied"][-2:] == ["ruled", "claim"]


def test_the_lead_of_a_timeline_says_when_it_happened_where_it_was_another_day(harbour: Assistant) -> None:
    answer = harbour.ask(Question("Timeline of the Kolmar harbour fire"))
    leads = [one for one in answer.sentences if one.role == "lead"]
    assert [one.text for one in leads][-2:] == [
        "6 May 2021 – Wendbury Echo, 7 May 2021:",
        "Kolmar Post, 1 June 2021:",
    ]
    assert leads[-2].to_json()["told"] == {"kind": "lead", "first": "2021-05-06", "last": "2021-05-06"}
    assert "told" not in leads[-1].to_json()
    overview = harbour.ask(Question("Summarise the Kolmar harbour fire"))
    assert "Wendbury Echo, 7 May 2021:" in [one.text for one in overview.sentences]


def test_the_latest_is_told_with_the_newest_article_first(harbour: Assistant) -> None:
    answer = harbour.ask(Question("What is the latest on the Kolmar harbour fire?"))
    assert _cited(answer)[0] == "claim"


def test_a_comparison_quotes_each_outlet(harbour: Assistant) -> None:
    question = "How do the Kolmar Post and the Wendbury Echo differ on the harbour fire?"
    answer = harbour.ask(Question(question))
    assert {one.source for one in answer.cited} == {"Kolmar Post", "Wendbury Echo"}


def test_of_what_the_archive_does_not_tell_there_is_no_overview(harbour: Assistant) -> None:
    assert harbour.ask(Question("Summarise the strike of bus drivers")).abstained


def test_every_quote_of_a_form_stands_in_its_article(harbour: Assistant) -> None:
    answer = harbour.ask(Question("Timeline of the Kolmar harbour fire"))
    assert answer.citations
    for one in answer.citations:
        assert one.article_text[one.start : one.end] == one.quote


def test_of_the_days_that_are_asked_about_others_are_left_out(harbour: Assistant) -> None:
    cited = _cited(harbour.ask(Question("Give me an overview of the harbour fire in Kolmar in June 2021")))
    assert cited == ["claim"]


def test_an_overview_opens_as_the_article_about_the_subject_does(mentioned: Assistant) -> None:
    answer = mentioned.ask(Question("Give me an overview of the storm at the school of Ostrand"))
    told = [one.text for one in answer.sentences if one.role == "claim"]
    assert told[:2] == [_STORM, _DAMAGE]
    assert "drought" not in _cited(answer)


_FLED = "the flood of the Orle drove {} people from their homes in Tarn on Monday night, the council said."
_FLOOD = {
    "early": (
        "Kolmar Post",
        "2021-09-01",
        "The Orle may rise, and the flood walls of Tarn are being looked at.",
    ),
    "first": ("Wendbury Echo", "2021-09-07", f"In Tarn {_FLED.format('400')}"),
    "second": ("Kolmar Post", "2021-09-08", f"In Tarn {_FLED.format('900')}"),
    "third": ("Ostrand Times", "2021-09-09", "The flood of the Orle left the school of Tarn without a roof."),
}


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    yield from _assistant(tmp_path_factory.mktemp("flood"), _FLOOD)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    yield from _assistant(tmp_path_factory.mktemp("prices"), _PRICES)


def test_what_outlets_disagree_on_is_told_with_the_figures_that_differ_first(flood: Assistant) -> None:
    answer = flood.ask(Question("what do the papers disagree on about the flood of the Orle in Tarn"))
    assert (answer.status, answer.intent) == ("answered", "comparison")
    assert _cited(answer)[:2] == ["first", "second"]
    claims = [one for one in answer.sentences if one.role == "claim"]
    assert [one.text[start:end] for one in claims[:2] for start, end in one.highlights] == ["400", "900"]


def test_outlets_are_not_compared_on_what_none_of_them_tells_of(flood: Assistant) -> None:
    compared = {
        subject: saying(flood.retriever.retrieve(f"Compare the outlets on the {subject} of the Orle in Tarn"))
        for subject in ("flood", "compensation")
    }
    assert compared["flood"] and not compared["compensation"]


def test_who_reported_it_first_is_the_earliest_outlet_that_tells_it(flood: Assistant) -> None:
    question = "which outlet first reported that the flood of the Orle drove people from their homes in Tarn"
    answer = flood.ask(Question(question))
    assert answer.status == "answered" and _cited(answer)[:2] == ["first", "second"]
    assert next(one.text for one in answer.sentences if one.role == "lead").startswith(
        "Wendbury Echo, 7 Sept"
    )


def test_of_one_outlet_there_is_no_comparison_and_a_notice_says_so(harbour: Assistant) -> None:
    answer = harbour.ask(Question("what do the papers disagree on about the show of medieval coins"))
    assert _cited(answer) == ["coins"]
    assert "The articles found about this are all of one outlet: Kolmar Post." in answer.notices


def test_of_two_outlets_the_one_that_tells_of_it_is_quoted_and_a_notice_says_so(harbour: Assistant) -> None:
    answer = harbour.ask(
        Question("How do the Kolmar Post and the Wendbury Echo differ on the medieval coins?")
    )
    assert (answer.status, answer.intent) == ("answered", "comparison")
    assert {one.source for one in answer.citations} == {"Kolmar Post"}
    assert any("all of one outlet: Kolmar Post" in str(one) for one in answer.notices)


def test_a_span_to_which_something_is_compared_is_no_day_of_a_timeline(prices: Assistant) -> None:
    answer = prices.ask(Question("Timeline of the strike of the Kolmar ferry"))
    assert _cited(answer) == ["begin", "rates", "end"]
