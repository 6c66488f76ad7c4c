"""Words as they are typed, and the lists that hold them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.intents.vocabulary import is_one_slip, kinds_of, meant

LETTERS = st.text("abcdefg", min_size=3, max_size=9)


def test_texting_is_written_out_at_its_place() -> None:
    assert meant("ur articles") == [("your", 0, 2), ("articles", 3, 11)]
    assert [word for word, _, _ in meant("what you've got")] == ["what", "you", "have", "got"]


def test_the_longest_entry_counts() -> None:
    assert kinds_of(meant("most recent"), ("most", "newest", "ages")) == (frozenset({"newest"}),)


def test_a_word_in_no_list_leaves_the_kinds_untold() -> None:
    assert kinds_of(meant("how many articles burned"), ("size", "articles")) is None


@pytest.mark.parametrize("written", ["artcles", "artickles", "articels", "arricles"])
def test_a_slip_of_spelling_is_mended(written: str) -> None:
    assert kinds_of(meant(written), ("articles",)) == (frozenset({"articles"}),)


@given(LETTERS, st.integers(0, 8), st.sampled_from("abcxyz"))
def test_one_letter_more_is_one_slip_in_both_directions(word: str, place: int, letter: str) -> None:
    longer = word[:place] + letter + word[place:]
    assert is_one_slip(word, longer) and is_one_slip(longer, word)


@given(LETTERS, LETTERS)
def test_two_letters_more_are_no_slip(word: str, more: str) -> None:
    assert not is_one_slip(word, word + more)
