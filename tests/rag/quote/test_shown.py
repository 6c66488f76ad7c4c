"""What is shown of a quoted sentence."""

import pytest

from rag.quote.quotes import QuotedSentence
from rag.quote.shown import shown


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("KOLMAR (AP) — The mayor resigned.", "The mayor resigned."),
        ("ALDERMOUTH, 3 May (Wire) - The mayor resigned.", "The mayor resigned."),
        ("NEW KOLMAR, Sept. 5 – The mayor resigned.", "The mayor resigned."),
        ("KOLMAR/WENDBURY (Wire) -- The mayor resigned.", "The mayor resigned."),
        ("(Wire) — The mayor resigned.", "The mayor resigned."),
        ("## The mayor has resigned", "The mayor has resigned"),
        ("- The mayor has resigned", "The mayor has resigned"),
        ("” The mayor has resigned.", "The mayor has resigned."),
        ("We are all to blame.”", "We are all to blame."),
        ('We are all to blame."', "We are all to blame."),
    ],
)
def test_a_dateline_and_marks_at_the_head_are_not_shown(written: str, left: str) -> None:
    sentence = shown(QuotedSentence(10, 10 + len(written), written))
    assert sentence.text == left
    assert (sentence.start, sentence.end) == (10, 10 + len(written))


@pytest.mark.parametrize(
    "written",
    [
        "NATO – an alliance – met.",
        "The mayor – a baker – resigned.",
        "“I resign,” the mayor said.",
        '"I resign," the mayor said.',
        "3.5 million people were there.",
        "USA won the match - again.",
        "They answered: “We resign.”",
        'They answered: "We resign."',
        "- Yes.",
    ],
)
def test_words_of_a_sentence_are_shown(written: str) -> None:
    assert shown(QuotedSentence(0, len(written), written)).text == written


def test_highlights_move_with_the_text() -> None:
    written = "KOLMAR (AP) — The mayor resigned."
    start = written.index("mayor")
    sentence = shown(QuotedSentence(0, len(written), written, ((0, 6), (start, start + 5))))
    assert [sentence.text[first:last] for first, last in sentence.highlights] == ["mayor"]


def test_a_mark_stays_that_closes_what_the_sentence_before_opens() -> None:
    written = "We are all to blame.”"
    assert shown(QuotedSentence(0, len(written), written), "“I resign.").text == written
