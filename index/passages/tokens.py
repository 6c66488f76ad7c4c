"""Text lengths in tokens of o200k_base, read from the files that llama-index-core ships: no network.

tiktoken downloads its encodings at first use unless TIKTOKEN_CACHE_DIR names a folder that holds them
(https://github.com/openai/tiktoken/issues/369).
"""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import ModelError

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING = "o200k_base"
_FILE = "fb374d419588a4632f3f557e76b4b70aebbca790"
LONGEST_CUT = 20_000
"""Characters encoded at a time, and the most that a cut keeps: the time for one very long word grows faster
than its length."""
_PER_TOKEN = 16
"""Characters for each token that are encoded first where a text is cut: English has four to five."""


def count(text: str) -> int:
    """The number of tokens; special tokens in the text (`<|endoftext|>`) count as plain text.

    Beyond 20,000 characters the sum of the slices' counts, at most one too many for each slice.
    """
    encoding = _encoding()
    slices = (text[first : first + LONGEST_CUT] for first in range(0, len(text), LONGEST_CUT))
    return sum(len(encoding.encode_ordinary(part)) for part in slices)


def cut(text: str, tokens: int) -> str:
    """The longest beginning of the text of at most `tokens` tokens."""
    encoding = _encoding()
    text = text[:LONGEST_CUT]
    length = min(len(text), max(1, _PER_TOKEN * tokens))
    encoded = encoding.encode_ordinary(text[:length])
    # Twice the tokens wanted: the last of a beginning may be others in the whole text.
    while len(encoded) <= 2 * tokens and length < len(text):
        length = min(len(text), 4 * length)
        encoded = encoding.encode_ordinary(text[:length])
    if len(encoded) <= tokens:
        return text
    # A character can straddle the cut: its broken half is left out.
    return encoding.decode(encoded[:tokens], errors="ignore")


@cache
def _encoding() -> "Encoding":
    spec = find_spec("llama_index")
    roots = list(spec.submodule_search_locations or []) if spec else []
    folders = [Path(root, "core", "_static", "tiktoken_cache") for root in roots]
    folder = next((folder for folder in folders if (folder / _FILE).is_file()), None)
    if folder is None:
        raise ModelError(
            f"the {ENCODING} token table is missing from llama-index-core; reinstall it: "
            "pip install --force-reinstall llama-index-core"
        )
    from tiktoken import get_encoding

    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    try:
        return get_encoding(ENCODING)
    finally:
        del os.environ["TIKTOKEN_CACHE_DIR"]
        if before is not None:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
