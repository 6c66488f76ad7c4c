"""Word documents: their text in its order, and what they state of themselves."""

from pathlib import Path

from corpus.article import Article, Failure
from corpus.read import read
from tests.corpus.documents import docx


def test_headings_paragraphs_and_tables_come_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(
        docx(
            "Ferry stays in port",
            "MANBIJ, Syria, Oct. 15, 2019 (Agency) - The gale closed the harbour.",
            title="Gale closes harbour",
            author="Ann Lee; Bo Kim",
            table=[["Day", "Boats"], ["Monday", "0"]],
        )
    )
    [entry] = read(path)
    assert isinstance(entry, Article)
    assert entry.text.startswith("Ferry stays in port\n\nMANBIJ, Syria") and entry.text.endswith(
        "Day\tBoats\nMonday\t0"
    )
    assert (entry.title, entry.authors) == ("Gale closes harbour", ("Ann Lee", "Bo Kim"))
    assert entry.published_at == "2019-10-15"


def test_a_document_without_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "blank.docx"
    path.write_bytes(docx("", title="Blank"))
    [failure] = read(path)
    assert isinstance(failure, Failure) and failure.reason == "it holds no text"
