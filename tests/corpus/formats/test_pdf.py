"""PDFs: the article's text, without what every page repeats."""

from pathlib import Path

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
