"""Passages of whole sentences within a budget of tokens."""

from hypothesis import given, settings
from hypothesis import strategies as st

from index.passages import tokens
from index.passages.blocks import block_id
from index.passages.sentences import sentence_spans
from index.passages.split import BUDGET, LONGEST_SENTENCE, split
from tests.index.passages.test_sentences import odd_text

SENTENCE = "The council met on Tuesday and spoke of the harbour wall. "


def paragraph(sentences: int) -> str:
    return (SENTENCE * sentences).strip()


def test_short_paragraphs_share_a_passage() -> None:
    text = "\n\n".join(paragraph(2) for _ in range(4))
    (passage,) = split(text)
    assert (passage.start, passage.end) == (0, len(text))
    assert len(passage.sentences) == 8


def test_a_paragraph_within_the_budget_is_not_divided() -> None:
    text = "\n\n".join(paragraph(8) for _ in range(5))
    borders = {start for start, _ in ((one.start, one.end) for one in split(text))}
    starts = {index * (len(paragraph(8)) + 2) for index in range(5)}
    assert len(borders) > 1 and borders <= starts


def test_a_heading_goes_with_the_paragraph_below_it() -> None:
    text = f"{paragraph(12)}\n\nWhat comes next?\n\n{paragraph(12)}"
    first, second = split(text)
    assert text[second.start : second.end].startswith("What comes next?")
    assert first.end < second.start


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = paragraph(60)
    passages = split(text)
    assert len(passages) > 2
    assert all(tokens.count(text[one.start : one.end]) <= BUDGET for one in passages)
    assert all(text[one.start : one.end].startswith("The council") for one in passages)


def test_a_sentence_over_the_budget_stands_alone_whole() -> None:
    long = "The list names " + ", ".join(f"ship{number}" for number in range(80)) + "."
    assert BUDGET < tokens.count(long) <= LONGEST_SENTENCE
    text = f"{SENTENCE}{long} {SENTENCE}"
    assert long in [text[one.start : one.end] for one in split(text)]


def test_a_sentence_over_the_limit_is_cut_between_words() -> None:
    text = "word " * 3000
    passages = split(text)
    assert all(tokens.count(text[one.start : one.end]) <= BUDGET for one in passages)
    assert all(text[one.start : one.end].split()[-1] == "word" for one in passages)
    assert sum(text[one.start : one.end].count("word") for one in passages) == 3000


def test_one_endless_word_is_cut_too() -> None:
    text = "a" * 20_000
    passages = split(text)
    assert "".join(text[one.start : one.end] for one in passages) == text


def test_blank_text_has_no_passage() -> None:
    assert split("") == split(" \n\u00a0\n\t") == []


@settings(deadline=None)
@given(odd_text, st.integers(min_value=5, max_value=60))
def test_passages_are_in_order_apart_and_cover_every_sentence(text: str, budget: int) -> None:
    passages = split(text, budget)
    end_before = 0
    for passage in passages:
        assert end_before <= passage.start
        end_before = passage.end
        assert passage.sentences[0][0] == passage.start and passage.sentences[-1][1] == passage.end
        assert sum(tokens.count(text[start:end]) for start, end in passage.sentences) <= budget or (
            len(passage.sentences) == 1
        )
    pieces = [span for passage in passages for span in passage.sentences]
    assert pieces == sorted(pieces)
    for start, end in sentence_spans(text):
        covering = [piece for piece in pieces if start <= piece[0] and piece[1] <= end]
        assert "".join(text[a:b] for a, b in covering).split() == text[start:end].split() or len(covering) > 1
        assert covering and covering[0][0] == start and covering[-1][1] == end


@settings(deadline=None)
@given(odd_text, odd_text, st.integers(min_value=5, max_value=60))
def test_no_passage_holds_or_spans_a_block_that_is_left_out(above: str, below: str, budget: int) -> None:
    text = f"{above}\n\nSign up for our morning letter today\n\n{below}"
    block = text.index("Sign up for our morning letter today")
    left_out = {block_id("Sign up for our morning letter today")}
    spans = split(text, budget, {one for one in left_out if one is not None})
    assert all(span.end <= block or span.start >= block + 36 for span in spans)
    kept = [span for span in sentence_spans(text) if span[1] <= block or span[0] >= block + 36]
    pieces = [piece for span in spans for piece in span.sentences]
    assert pieces == sorted(pieces)
    for start, end in kept:
        assert any(start <= first and last <= end for first, last in pieces)


def test_without_the_block_the_others_are_cut_as_they_are_without_it() -> None:
    blocks = [paragraph(6), paragraph(3), paragraph(9)]
    text = "\n\n".join([blocks[0], "Sign up for our letter", *blocks[1:]])
    left_out = {block_id("Sign up for our letter") or 0}
    passages = [text[span.start : span.end] for span in split(text, left_out=left_out)]
    assert passages == [blocks[0], "\n\n".join(blocks[1:])]
