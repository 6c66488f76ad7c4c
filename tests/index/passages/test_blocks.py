"""Blocks: which may be boilerplate, and by what they are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from index.passages.blocks import block_id, blocks_of, checksum_of, is_short
from tests.counting import calls_of


def article(title: str = "", text: str = "Text.", url: str | None = None) -> Article:
    return Article("a", title, text, None, (), url, None, None, {}, origin="/a")


@pytest.mark.parametrize(
    "block",
    [
        "Sign up for our letter",
        "Follow “5 Things” and other podcasts of ours wherever you listen.",
        "Copyright 2023 Kolmar Post. All rights reserved.",
        "Call us at 555-0123 or write to the newsroom.",
        "Channel 4 News is on air every evening.",
        "It's the 2nd edition of our weekly quiz.",
        "Watch live",
    ],
)
def test_a_block_without_quotation_and_figure_may_be_boilerplate(block: str) -> None:
    assert block_id(block) is not None


@pytest.mark.parametrize(
    "block",
    [
        "“No,” he said.",
        "The mayor called it “a very sad day for the town”.",
        'The mayor called it "a very sad day for the town".',
        "„Das haben wir noch nie gesehen“, sagte er.",
        "市長は「これは町にとって悲しい日だ。」と言った。",
        "It cost $40.",
        "Rents rose by 12 percent.",
        "Rents rose by 12%.",
        "The wall is 3.5 km long.",
        "Some 400 people left.",
        "He waited for two hours.",
        "40 Millionen Menschen leben dort.",
        "40人が避難した。",
        "* * *",
        "--",
        "",
    ],
)
def test_a_block_with_a_quotation_or_a_figure_or_without_words_never_is(block: str) -> None:
    assert block_id(block) is None


def test_case_white_space_and_marks_make_no_difference_and_words_do() -> None:
    assert block_id("Sign up: for\nour  LETTER today!") == block_id("Sign up for our letter, today")
    assert block_id("Sign up for our letter today") != block_id("Sign up for our paper today")


def test_names_of_one_to_three_words_are_short_blocks_in_any_script() -> None:
    short, long = ("Alabama", "North Ostrand", "北海道"), ("Sign up for our letter", "订阅我们的每日新闻通讯")
    assert all(is_short(block_id(block) or 0) for block in short)
    assert not any(is_short(block_id(block) or 0) for block in long)


def test_a_block_that_shares_a_name_with_the_headline_is_told_apart() -> None:
    text = (
        "The road to Ostrand is closed.\n\nSign up for our morning letter.\n\nOstrand is a town by the sea."
    )
    found = blocks_of(article("Growers in Ostrand fear frost", text), "kolmar post").repeatable
    assert list(found.values()) == [True, False, True]
    assert not any(
        blocks_of(article("Growers in Ostrand fear frost", text), "ostrand post").repeatable.values()
    )


@pytest.mark.parametrize(
    ("title", "text", "shared", "other"),
    [
        (
            "Growers In Ostrand Fear Late Frost",
            "The growers in Ostrand met.",
            "Ostrand sleeps.",
            "Read late news here.",
        ),
        (
            "Ostrand fears late frost",
            "The growers in Ostrand met.",
            "Ostrand sleeps.",
            "Read late news here.",
        ),
        (
            "Growers fear late frost",
            "In June Growers United met.",
            "Growers met.",
            "No late frost for our readers.",
        ),
        ("В Остранде боятся заморозков", "Садоводы в Остранде ждут.", "Дорога в Остранде.", "Читайте нас."),
        ("奥斯特兰德果农担心霜冻", "果农在等。", "通往奥斯特兰德的路。", "订阅我们的新闻。"),
    ],
)
def test_names_of_a_headline_are_known_where_capitals_tell_nothing(
    title: str, text: str, shared: str, other: str
) -> None:
    found = blocks_of(article(title, f"{text}\n\n{shared}\n\n{other}"), "kolmar post").repeatable
    assert found[block_id(shared) or 0] and not found[block_id(other) or 0]


def test_a_first_word_that_the_text_does_not_know_as_a_name_is_none() -> None:
    found = blocks_of(
        article("Growers fear frost", "The growers met.\n\nGrowers of roses read us daily."), "post"
    )
    assert not any(found.repeatable.values()) and not found.subjects


def test_the_outlet_is_the_stated_one_or_else_the_host() -> None:
    by_host = blocks_of(article(url="https://www.kolmar.example/a"), None).outlet
    assert by_host == blocks_of(article(url="http://kolmar.example/b?c"), None).outlet
    assert by_host != blocks_of(article(url="https://kolmar.example/a"), "kolmar post").outlet
    assert blocks_of(article(), None).outlet == blocks_of(article(url="http://[broken"), None).outlet


def test_a_set_of_blocks_has_one_checksum_in_any_order() -> None:
    assert checksum_of([]) == 0
    assert checksum_of([3, -1, 2]) == checksum_of({2, 3, -1}) != checksum_of([3, 2])


@given(st.text(max_size=200))
def test_any_text_is_a_block(text: str) -> None:
    found = block_id(text)
    assert found is None or -(2**63) <= found < 2**63


@pytest.mark.parametrize("unit", ["‘", "“a", "1.", "1 ", "$1", "a ’", "‘b’ ", "one ", "9,", "\u00a01"])
def test_the_work_grows_with_the_length_of_the_block(unit: str) -> None:
    shorter, longer = (calls_of(block_id, unit * times) for times in (400, 800))
    assert longer < 2.2 * shorter + 20
