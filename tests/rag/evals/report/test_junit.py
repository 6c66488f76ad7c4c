"""JUnit XML that a parser reads, whatever an article or a question holds."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ReadError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.report.junit import to_junit
from rag.evals.report.summary import write_report
from rag.evals.run import run
from tests.rag.evals.fakes import CASES, FakeTarget


def test_each_item_is_a_testcase(tmp_path: Path) -> None:
    records = list(run(CASES, FakeTarget(), out=tmp_path / "out"))
    records[0] = replace(records[0], case=replace(records[0].case, origin="answers/news.yaml:3"))
    records.append(replace(records[1], repeat=2, error="no connection", answer=None))
    write_report(tmp_path / "reports" / "junit.xml", to_junit(records))
    suite = ET.parse(tmp_path / "reports" / "junit.xml").getroot()[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    items = {item.get("name"): item for item in suite}
    assert items["cuts"].get("classname") == "answers/news.yaml" and len(items["cuts"]) == 0
    failure = items["mayor"].find("failure")
    assert failure is not None and "Tove Lind" in str(failure.get("message"))
    assert "question: Who is the mayor" in str(failure.text)
    error = items["crossing (repeat 2)"].find("error")
    assert error is not None and error.get("message") == "no connection"
    skipped = items["cause"].find("skipped")
    assert skipped is not None and "causes are not told apart" in str(skipped.get("message"))


@given(st.text(), st.text())
def test_whatever_was_said_the_document_can_be_parsed(question: str, reason: str) -> None:
    record = Record(Case("a\x00\ud800", question), answer={"answer": reason}, failures=(reason,))
    suite = ET.fromstring(to_junit([record]).encode())[0]
    assert suite[0].get("name") == "a"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be written"):
        write_report(tmp_path, to_junit([]))
