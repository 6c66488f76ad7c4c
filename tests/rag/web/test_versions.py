"""What changed between two revisions is told without a word lost or made up."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.web import versions
from rag.web.versions import ComparedParagraph, compare_paragraphs, compare_words

LINES = st.lists(st.text("ab c.", min_size=1, max_size=20), max_size=8).map("\n\n".join)


def one_side(found: list[ComparedParagraph], left_out: str) -> list[str]:
    """The paragraphs of one of the two texts."""
    sides = ["".join(piece.text for piece in one.pieces if piece.fate != left_out) for one in found]
    return [side for side in sides if side.strip()]


def test_a_changed_word_is_marked_in_its_paragraph() -> None:
    before = "The ferry carried 2,000 people.\n\nIt left at noon."
    after = "The ferry carried 200 people.\n\nIt left at noon.\n\nCorrection: it carried 200 people."
    first, second, third = compare_paragraphs(before, after)
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
    found = compare_paragraphs("The ferry stayed in port.", "Medieval coins go on show!")
    assert [piece.fate for one in found for piece in one.pieces] == ["del", "ins"]


@given(LINES, LINES)
def test_both_texts_are_in_what_is_shown(before: str, after: str) -> None:
    found = compare_paragraphs(before, after)
    squeezed = ["".join(one_side(found, fate)) for fate in ("ins", "del")]
    assert squeezed == ["".join(part.strip() for part in text.split("\n\n")) for text in (before, after)]


@given(st.text(), st.text())
def test_words_add_up_to_both_titles(before: str, after: str) -> None:
    pieces = compare_words(before, after)
    assert "".join(piece.text for piece in pieces if piece.fate != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.fate != "del") == after


def shown(before: str, after: str) -> str:
    """Words taken out in [-...-], words put in in [+...+]."""
    signs = {"same": ("", ""), "del": ("[-", "-]"), "ins": ("[+", "+]")}
    return "".join(piece.text.join(signs[piece.fate]) for piece in compare_words(before, after))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("It carried 2,000 people.", "It carried 200 people.", "It carried [-2,000-][+200+] people."),
        ("He saw the cat.", "He saw the cat. It ran.", "He saw the cat.[+ It ran.+]"),
        (
            "A minister said the bridge was safe.",
            "An engineer told us that the bridge was unsafe.",
            "[-A minister said-][+An engineer told us that+] the bridge was [-safe-][+unsafe+].",
        ),
        (
            "Smith is the mayor of Lowtown.",
            "Jones was the leader of Hightown.",
            "[-Smith is the mayor of Lowtown-][+Jones was the leader of Hightown+].",
        ),
        ("", "New.", "[+New.+]"),
        ("Same.", "Same.", "Same."),
    ],
)
def test_what_is_marked_is_what_a_reader_would_call_changed(before: str, after: str, says: str) -> None:
    assert shown(before, after) == says


def test_a_paragraph_put_in_before_others_that_changed_shifts_none_of_them() -> None:
    before = "The ferry left at nine with forty people.\n\nThe captain had sailed it since 1987."
    after = (
        "A storm was forecast.\n\nThe ferry left at ten with forty people.\n\n"
        "The captain had sailed it since 1988."
    )
    fates = [[piece.fate for piece in one.pieces] for one in compare_paragraphs(before, after)]
    assert fates == [["ins"], ["same", "del", "ins", "same"], ["same", "del", "ins", "same"]]


class Work:
    """Counts the steps of the word matching, each of which is one search in a sorted list."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        monkeypatch.setattr(versions, "bisect_left", self._counted)

    def _counted(self, tails: list[int], place: int) -> int:
        self.steps += 1
        return bisect_left(tails, place)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The dam holds, the ministry said. ", "Nothing flies tonight because of fog! "),
        ("a b ", "b a a "),
        ("word ", "word word, "),
        ("a\n\nb\n\n", "b\n\na\n\na\n\n"),
        ("The dam holds the river. It is old.\n\n", "The dam held a river. It was new.\n\n"),
        ("x", "y"),
    ],
)
def test_the_work_on_two_long_texts_is_bounded(
    before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    old, new = (unit * (1_000_000 // len(unit)) for unit in (before, after))
    assert any(one.changed for one in compare_paragraphs(old, new))
    assert work.steps <= versions.MOST_PAIRS


def test_the_work_on_a_long_text_with_every_paragraph_edited_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = Work(monkeypatch)
    old = "\n\n".join(f"Paragraph {n} of report {n % 7} tells of {n * n} people." for n in range(5_000))
    assert any(one.changed for one in compare_paragraphs(old, old.replace("people", "soldiers")))
    assert work.steps <= versions.MOST_PAIRS
