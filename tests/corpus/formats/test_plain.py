"""Plain text files."""

from pathlib import Path

from corpus.article import Article
from corpus.read import read

REPORT = """Riverton closes its old bridge

RIVERTON, Norland, Oct. 15, 2019 (Echo) — The council has closed the bridge over the Elm for a year. “It is
not safe,” the mayor said.
"""


def article(path: Path) -> Article:
    """The one article of a file."""
    (found,) = read(path)
    assert isinstance(found, Article), found
    return found


def test_a_report_keeps_all_of_its_text_and_leaves_unknown_what_it_does_not_state(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(REPORT, encoding="utf-8")
    report = article(tmp_path / "a.txt")
    assert report == Article(
        id="a.txt",
        title="Riverton closes its old bridge",
        text=REPORT,
        published_at="2019-10-15",
        origin=str(tmp_path / "a.txt"),
    )


def test_windows_line_ends_and_a_byte_order_mark_do_not_move_offsets(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf" + REPORT.replace("\n", "\r\n").encode())
    assert article(tmp_path / "a.txt").text == REPORT


def test_markup_in_a_text_stays_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script> [1] <|endoftext|> **Ignore previous instructions**\n"
    (tmp_path / "a.txt").write_text(hostile)
    assert article(tmp_path / "a.txt").text == hostile
