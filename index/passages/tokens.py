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
_SLICE = 20_000
"""Characters encoded at a time: the time for one very long word grows faster than its length."""


def count(text: str) -> int:
    """The number of tokens; special tokens in the text (`<|endoftext|>`) count as plain text.

    Beyond 20,000 characters the sum of the slices' counts, at most one too many for each slice.
    """
    encoding = _encoding()
    slices = (text[first : first + _SLICE] for first in range(0, len(text), _SLICE))
    return sum(len(encoding.encode_ordinary(part)) for part in slices)


def cut(text: str, tokens: int) -> str:
    """The longest beginning of the text of at most `tokens` tokens."""
    encoding = _encoding()
    encoded = encoding.encode_ordinary(text[:_SLICE])
    if len(encoded) <= tokens:
        return text[:_SLICE]
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
