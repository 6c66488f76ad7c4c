"""What a sentence states beside the name of the outlet that is cited for it."""

import pytest

from rag.check.claim import without_outlet


@pytest.mark.parametrize(
    ("text", "source", "left"),
    [
        ("Rain fell on Sunday, The Sun reported.", "The Sun", "Rain fell on Sunday, ."),
        ("According to The Sun, rain fell on Sunday.", "The Sun", "rain fell on Sunday."),
        ("The Sunderland ferry left in the sun.", "The Sun", "The Sunderland ferry left in the sun."),
        ("The Sun's reporter wept.", "The Sun", "reporter wept."),
        ("The Suns of Phoenix won.", "The Sun", "The Suns of Phoenix won."),
        ("Putin The Times reported that rain fell.", "The Times", "Putin rain fell."),
        ("In Harbour Post: rain fell.", "Harbour Post", "rain fell."),
        ("Yahoo! reported rain.", "Yahoo!", "rain."),
        ("Rain fell.", None, "Rain fell."),
        ("The Sun", "The Sun", "The Sun"),
    ],
)
def test_the_name_of_an_outlet_is_taken_away_in_whole_words(text: str, source: str | None, left: str) -> None:
    assert without_outlet(text, source) == left
