"""Paragraphs: blank lines, single newlines, and text wrapped by hand."""

from textwrap import fill

from hypothesis import given
from hypothesis import strategies as st

from index.passages.sentences import paragraph_spans

LONG = (
    "The ferry did not sail on Monday because the wind had turned in the night, and the harbour master kept "
    "every boat at its mooring until the afternoon. By four the queue reached the church. Nobody complained "
    "aloud, though a good many had missed the market in the town across the water and said so later."
)


def paragraphs(text: str) -> list[str]:
    return [text[start:end] for start, end in paragraph_spans(text)]


def test_each_line_is_a_paragraph_where_lines_are_not_wrapped() -> None:
    assert paragraphs(f"Heading\n{LONG}\n{LONG}\n\n  Last line  ") == ["Heading", LONG, LONG, "Last line"]


def test_hard_wrapped_lines_are_joined_into_their_paragraph() -> None:
    first, second = fill(LONG, 72), fill("Later " + LONG, 72)
    assert paragraphs(f"{first}\n\n{second}\n") == [first, second]


def test_a_heading_above_wrapped_lines_stays_apart() -> None:
    body = fill(LONG, 72)
    assert paragraphs(f"Ferry stays in port\n{body}") == ["Ferry stays in port", body]


def test_list_items_stay_apart_although_their_lines_are_as_long_as_wrapped_ones() -> None:
    items = [
        f"- item {number} has about as many words as a wrapped line has in this text" for number in range(4)
    ]
    body = fill(LONG, 72)
    assert paragraphs("\n".join([*items, "", body])) == [*items, body]


def test_short_lines_are_not_taken_for_wrapped_ones() -> None:
    assert paragraphs("roses are red\nviolets are blue\nand so on") == [
        "roses are red",
        "violets are blue",
        "and so on",
    ]


@given(st.text(alphabet=st.sampled_from("ab. \n\t\u00a0𝕏A-"), max_size=200))
def test_paragraphs_are_trimmed_in_order_and_leave_out_only_white_space(text: str) -> None:
    end_before = 0
    for start, end in paragraph_spans(text):
        assert end_before <= start < end
        assert not text[end_before:start].strip()
        assert text[start:end] == text[start:end].strip()
        end_before = end
    assert not text[end_before:].strip()
