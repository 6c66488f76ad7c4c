"""One HTML file that needs nothing else, whatever articles, questions and models say."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from corpus.errors import ReadError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.gate import Bound, check
from rag.evals.report.compare import compare_runs
from rag.evals.report.html import marked, passages, to_html
from rag.evals.report.summary import Run, command_of, summarise, write_report
from rag.evals.run import run
from tests.rag.evals.fakes import ARTICLES, CASES, FakeTarget, answered

HOSTILE = '<script>alert(1)</script><img src="https://example.org/x" onerror="x()"> {{ 7 * 7 }}'


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    return list(run(CASES, FakeTarget(), out=tmp_path / "records.jsonl"))


def report(records: list[Record], **given: Any) -> Any:
    """The report's document."""
    return html.fromstring(to_html(summarise(records, check([Bound("passed", 0.9)], records)), **given))


def test_a_failed_item_shows_question_answer_expectation_and_reason(records: list[Record]) -> None:
    page = report(records)
    sections = {section.findtext("h2"): section for section in page.iter("section") if section.findtext("h2")}
    (item,) = sections["What failed"].iter("article")
    shown = " ".join(item.text_content().split())
    assert "Who is the mayor of Veldmark?" in shown and "Tove Lind" in shown and "expected" in shown
    assert "Mayor Ilse Brandt said 14 people were treated for cuts." in [
        "".join(mark.xpath("text()")) for mark in item.iter("mark")
    ]
    (gap,) = sections["Known gaps"].iter("article")
    assert "causes are not told apart" in gap.text_content()


def test_items_that_passed_are_shown_with_answer_and_sources(records: list[Record]) -> None:
    (section,) = [one for one in report(records).iter("section") if one.findtext("h2") == "What passed"]
    item, *_ = section.iter("details")
    shown = " ".join(item.text_content().split())
    assert "How many people were treated?" in shown and "answered" in shown
    assert "Mayor Ilse Brandt said 14 people were treated for cuts." in shown


def test_the_report_says_when_of_what_and_how_was_asked(records: list[Record]) -> None:
    run = Run("2026-11-28T22:10:00+00:00", "/stores/town", "onrecord eval cases.yaml")
    page = html.fromstring(to_html(summarise(records, run=run)))
    (told,) = page.find_class("run")
    shown = dict(zip(told.xpath("dt/text()"), told.xpath("dd/text()"), strict=True))
    assert shown["Date"] == "2026-11-28 22:10:00 UTC" and shown["Store"] == "/stores/town"
    assert shown["Command"] == "onrecord eval cases.yaml" and shown["Answered by"]
    assert not report(records).find_class("run")


def test_a_password_in_an_address_is_not_shown() -> None:
    words = ["eval", "a case.yaml", "--url", "https://ann:secret@archive.example/"]
    assert command_of(words) == "onrecord eval 'a case.yaml' --url https://archive.example/"


def test_what_the_judge_doubted_is_listed_and_fails_nothing(records: list[Record]) -> None:
    assert "What the judge doubted" not in report(records).text_content()
    judged = {"judged_citation_recall": 0.5, "judged_citation_precision": 1.0, "judged_assertions": None}
    records[0] = replace(records[0], scores=dict(records[0].scores) | judged)
    page = report(records)
    (section,) = [one for one in page.iter("section") if one.findtext("h2") == "What the judge doubted"]
    shown = " ".join(section.text_content().split())
    assert "cuts How many people were treated?" in shown and "judged_citation_recall 0.500" in shown
    assert "judged_citation_precision" not in shown and records[0].passed


def test_intervals_tags_plots_and_gates_are_there(records: list[Record]) -> None:
    surer = answered("?", "quake", "She opened the sports hall.")
    surer["passages"] = [surer["passages"][0] | {"score": 0.99}]
    records[0] = replace(records[0], answer=surer)
    page = report(records)
    text = page.text_content()
    assert "75 %" in text and "25 to 100 %" in text and "at least 0.9 asked" in text
    assert [row.findtext("span") for row in page.find_class("row")] == ["name", "number", "unanswerable"]
    assert len(list(page.iter("figure"))) == 2
    assert "Against the baseline" not in text


def test_a_baseline_is_compared_with(records: list[Record]) -> None:
    before = [replace(record, failures=("expected more, got less",)) for record in records]
    text = report(records, comparison=compare_runs(before, records)).text_content()
    assert "Against the baseline" in text and "Gained" in text and "expected more, got less" in text


def test_the_file_asks_for_nothing_and_runs_nothing(records: list[Record]) -> None:
    answer = answered(HOSTILE, "quake", "She opened the sports hall.")
    for place in (answer["passages"][0], answer["citations"][0]):
        place |= {"title": HOSTILE, "url": "javascript:alert(1)", "published_at": "2021-13-x"}
    answer["passages"][0]["text"] = HOSTILE
    answer["sentences"][0]["text"] = HOSTILE
    case = Case("</article>", HOSTILE, answer=(HOSTILE,), tags=(HOSTILE,), origin=HOSTILE)
    bad = Record(case, answer=answer, failures=(HOSTILE,))
    written = to_html(summarise([*records, bad, replace(bad, error=HOSTILE, repeat=2)]))
    page = html.fromstring(written)
    assert not list(page.iter("script", "img", "link", "iframe", "object", "a"))
    assert not re.search(r"\son\w+=|@import|url\(", re.sub(r"&[a-z#0-9]+;[^<]*", "", written))
    assert "49" not in page.findtext(".//h3") and HOSTILE in page.text_content()
    (policy,) = page.xpath("//meta[@http-equiv]/@content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_errors_alone_make_a_report_too(records: list[Record]) -> None:
    broken = [replace(record, answer=None, scores={}, error="no connection") for record in records]
    assert "no connection" in report(broken).text_content()
    assert "nan" not in re.sub("unan", "", to_html(summarise([])))


def test_a_citation_beyond_the_passages_is_shown_all_the_same() -> None:
    answer = answered("?", "quake", "She opened the sports hall.")
    answer["passages"] = [answer["passages"][0] | {"end": 20, "text": ARTICLES["quake"][:20]}]
    inside, beyond = passages(Record(Case("a", "?"), answer=answer))
    assert not inside.is_cited and beyond.is_cited and beyond.head.startswith("Cited beyond the passages")
    assert [piece.number for piece in beyond.pieces] == [1]


spans = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9))


@given(st.text(max_size=30), st.lists(spans, max_size=5))
def test_marking_loses_no_character(text: str, found: list[tuple[int, int, int]]) -> None:
    assert "".join(piece.text for piece in marked(text, found)) == text


def test_a_report_that_cannot_be_written_is_one_sentence(records: list[Record], tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be written"):
        write_report(tmp_path, to_html(summarise(records)))


def test_an_answer_of_an_older_server_is_shown_as_far_as_it_goes() -> None:
    answer: Mapping[str, Any] = {"status": "answered"}
    assert "answered" in report([Record(Case("a", "Who?"), answer=answer, failures=("no",))]).text_content()
