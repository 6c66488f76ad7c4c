"""PDFs: the article's text, without what every page repeats."""

from pathlib import Path

import pytest

from corpus.article import Article, Failure
from corpus.read import read
from tests.corpus.documents import pdf

NAMES = ["Ann Lee", "Bo Kim", "Cy Fox", "Di Wu", "Ed Orr"]
BODY = [
    "The ferry to the islands stayed in port on Monday, and two hundred passengers had to be accom-",
    "modated in the school because of the gale that had blown since Sunday, the harbour",
    "master said. Nobody was hurt.",
    "On Tuesday the sea was calm again and the first boat left at six in the morning, its",
    "captain said.",
]


def article(path: Path) -> Article:
    [entry] = read(path)
    assert isinstance(entry, Article), entry
    return entry


def test_lines_become_paragraphs_and_hyphenated_words_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "ferry.pdf"
    path.write_bytes(
        pdf([["Ferry stays in port", "", *BODY]], {"Title": "Ferry stays in port", "Author": "Ann Lee"})
    )
    read_article = article(path)
    assert read_article.title == "Ferry stays in port" and read_article.authors == ("Ann Lee",)
    assert "passengers had to be accommodated in the school" in read_article.text
    assert "the harbour master said. Nobody was hurt.\n\nOn Tuesday" in read_article.text


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    pages = [
        ["The Harbour Ledger, 4 March 2024", *BODY, f"{NAMES[n]} told the paper so.", f"Page {n + 1} of 5"]
        for n in range(5)
    ]
    path.write_bytes(pdf(pages))
    text = article(path).text
    assert "Ledger" not in text and "Page" not in text
    assert all(f"{NAMES[n]} told the paper so." in text for n in range(5))


def test_when_a_document_was_made_is_not_when_it_was_published(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([BODY], {"CreationDate": "D:20240304120000Z"}))
    read_article = article(path)
    assert read_article.published_at is None
    assert read_article.metadata["document_created"] == "D:20240304120000Z"


def test_a_file_name_is_no_title(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([["Gale closes port", "", *BODY]], {"Title": "Microsoft Word - final2.docx"}))
    assert article(path).title == "Gale closes port"


def test_pages_without_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf([[]]))
    [failure] = read(path)
    assert isinstance(failure, Failure) and "scanned" in failure.reason


BROKEN = {
    ("Covid", "19"): "Covid-19",
    ("F", "16"): "F-16",
    ("Syrian", "Turkish"): "Syrian-Turkish",
    ("Marie", "Claude"): "Marie-Claude",
    ("AFL", "CIO"): "AFL-CIO",
    ("U.S.", "backed"): "U.S.-backed",
    ("2024", "25"): "2024-25",
    ("15", "year-old"): "15-year-old",
    ("twenty", "five"): "twenty-five",
    ("well", "known"): "well-known",
    ("non", "profit"): "non-profit",
    ("non", "sense"): "nonsense",
    ("x", "ray"): "x-ray",
    ("state-of", "the-art"): "state-of-the-art",
    ("two", "and"): "two- and",
    ("govern", "ment"): "government",
    ("pro-govern", "ment"): "pro-government",
    ("GOVERN", "MENT"): "GOVERNMENT",
    ("news", "paper"): "newspaper",
    ("over", "turned"): "overturned",
    ("Donau", "dampfer"): "Donaudampfer",
    ("accom", "modated"): "accommodated",
}


@pytest.mark.parametrize(("left", "right"), BROKEN)
def test_a_hyphen_at_a_lines_end_stays_where_the_word_has_one(left: str, right: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    lines = [f"The board of the harbour town of Velden met and spoke of {left}-", f"{right} cases on Monday."]
    path.write_bytes(pdf([lines]))
    assert f"spoke of {BROKEN[left, right]} cases on Monday." in article(path).text


def test_the_rest_of_the_document_tells_how_a_word_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    first = "A pine-wood fire and a Brandtwehr were seen on Monday by the harbour master. The pine-"
    path.write_bytes(
        pdf([[first, "wood burned for hours, the fire brigade said, and then the Brandt-", "wehr too."]])
    )
    assert "The pine-wood burned for hours" in article(path).text
    assert "the Brandtwehr too." in article(path).text


def test_a_word_that_is_broken_between_two_pages_is_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(
        pdf([[*BODY, "In the evening the govern-"], ["ment said that the ferry would sail.", *BODY]])
    )
    assert "In the evening the government said that the ferry would sail." in article(path).text


def test_a_dash_at_a_lines_end_is_no_hyphen(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    lines = ["The ferry stayed in port all day on Monday - nobody knew why -", "and sailed on Tuesday, with"]
    path.write_bytes(pdf([[*lines, "tickets and/", "or passes being sold aboard."]]))
    assert "nobody knew why - and sailed on Tuesday, with tickets and/or passes" in article(path).text
