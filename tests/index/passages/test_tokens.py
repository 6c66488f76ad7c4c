"""Counting tokens without a network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.passages import tokens
from index.passages.split import split


def test_tokens_are_counted_with_the_bundled_table() -> None:
    assert tokens.count("") == 0
    assert tokens.count("The council met on Tuesday.") == 6


def test_special_tokens_in_a_text_are_text() -> None:
    assert tokens.count("<|endoftext|>") > 1


def test_an_endless_word_takes_no_more_than_its_length() -> None:
    assert 0 < tokens.count("a" * 300_000) <= 300_000
    assert tokens.count(" " * 300_000) > 0


@given(st.text(max_size=80), st.integers(min_value=1, max_value=10))
def test_a_cut_text_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    kept = tokens.cut(text, limit)
    assert text.startswith(kept)
    assert kept == text or tokens.count(text) > limit


def test_the_folder_of_encodings_is_not_left_in_the_environment(root: Path) -> None:
    counting = "import os; from index.passages import tokens; tokens.count('x')"
    code = f"{counting}; print(os.environ.get('TIKTOKEN_CACHE_DIR'))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(os.environ.get("TIKTOKEN_CACHE_DIR"))


@pytest.mark.parametrize("module", ["llama_index.core", "nltk"])
def test_counting_imports_neither_llama_index_nor_nltk(root: Path, module: str) -> None:
    counting = "import sys; from index.passages import tokens; tokens.count('x')"
    code = f"{counting}; sys.exit({module!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


class Counting:
    """An encoding that counts the characters that it is given."""

    def __init__(self) -> None:
        self.given = 0
        self._encoding = tokens._encoding()

    def encode_ordinary(self, text: str) -> list[int]:
        """The tokens of the text."""
        self.given += len(text)
        return self._encoding.encode_ordinary(text)

    def decode(self, encoded: list[int], errors: str) -> str:
        """The text of the tokens."""
        return self._encoding.decode(encoded, errors)


@pytest.mark.parametrize("unit", ["? ", "“", "word ", "中", "a"])
def test_cutting_a_long_sentence_reads_each_character_a_few_times(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting()
    monkeypatch.setattr(tokens, "_encoding", lambda: counting)
    text = unit * (40_000 // len(unit))
    assert len(split(text)) > 10
    assert counting.given < 20 * len(text)


@given(st.text(alphabet="ab ?“中\n", max_size=3_000), st.integers(min_value=0, max_value=40))
def test_a_cut_is_that_of_the_whole_text(text: str, limit: int) -> None:
    whole = tokens._encoding().encode_ordinary(text)
    kept = tokens.cut(text, limit)
    assert kept == text if len(whole) <= limit else len(kept) < len(text)
