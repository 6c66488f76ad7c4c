"""What a claim is made of: the words in its quotation marks, its content words, the outlet that it names."""

import re
from collections.abc import Sequence
from functools import lru_cache

from corpus.words.lists import one_of, read_lists
from index.language.quantities import NUMBER_WORDS
from index.language.sentence import Sentence
from index.language.words import INVISIBLE, fold, is_stopword, stem, words

# Double marks of every kind, and single ones apart from letters: within a word they are apostrophes.
_QUOTED = re.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|„([^“”„]+)[“”]|«([^«»]+)»|(?<!\w)[‘']([^‘’'\n]{2,}(?:['’]\w[^‘’'\n]*)*)[’'](?!\w)"
)
_QUOTE_MARKS = re.compile(rf"[“”\"„«»‘{INVISIBLE}]|(?<!\w)['’]|['’](?!\w)|''|``")
_DASHES = re.compile(r"[‐‑‒–—―−]")
_CONTRACTED = re.compile(r"(?:I|We|You|They|He|She|It|That|There|What|Who)['’](?:re|ve|ll|d|m|s)", re.I)

_LISTS = read_lists("rag.check", "claim.txt")
_LIGHT = frozenset(" ".join(_LISTS["light"]).split())
SWEEPING = re.compile(rf"\b{one_of(' '.join(_LISTS['sweeping']))}\b", re.I)


def quoted_words(text: str) -> list[str]:
    """What stands in quotation marks, in order."""
    return [next(filter(None, match.groups())) for match in _QUOTED.finditer(text)]


@lru_cache(maxsize=4_096)
def bare(text: str) -> str:
    """Text on one line without quotation marks and what is unseen, apostrophes and dashes of one kind."""
    plain = _QUOTE_MARKS.sub("", text).replace("’", "'")
    return " ".join(_DASHES.sub("-", plain).split())


def stands(sought: str, text: str) -> bool:
    """Whether bare words stand in a bare text from border to border; the first letter's case is put aside."""
    return place_of(sought, text) is not None


def place_of(sought: str, text: str, start: int = 0) -> tuple[int, int] | None:
    """Where bare words stand in a bare text from `start` on, from border to border."""
    if not sought:
        return None
    for first in {sought[0].lower(), sought[0].upper()}:
        written, at = first + sought[1:], start
        while (at := text.find(written, at)) >= 0:
            end = at + len(written)
            is_cut = (at > 0 and text[at - 1].isalnum() and written[0].isalnum()) or (
                text[end : end + 1].isalnum() and written[-1].isalnum()
            )
            if not is_cut:
                return at, end
            at += 1
    return None


def content(said: Sentence) -> tuple[str, ...]:
    """The stems of its content words, names and numbers aside, each once: they may be paraphrased."""
    return tuple(dict.fromkeys(map(stem, content_words(said))))


def content_words(said: Sentence, light: bool = False) -> list[str]:
    """Its content words, names and numbers aside, in order; `light`: words of telling and counting too."""
    named = [(name.start, name.end) for name in said.names]
    return [
        word
        for word, start, _ in said.words
        if not (is_stopword(word) or word[0].isdigit() or any(a <= start < b for a, b in named))
        and fold(word) not in (NUMBER_WORDS if light else _LIGHT | NUMBER_WORDS)
        and not _CONTRACTED.fullmatch(word)
    ]


def share(wanted: Sequence[str], *held: frozenset[str]) -> float:
    """The share (0 to 1) of the stems that stand in one of the sets; 1 when none is wanted."""
    return sum(any(one in among for among in held) for one in wanted) / len(wanted) if wanted else 1.0


def folded(text: str) -> str:
    """The words alone, between blanks: what is left when case, marks and punctuation are put aside."""
    return f" {' '.join(word.casefold().replace('’', chr(39)) for word, _, _ in words(text))} "


def without_outlet(text: str, source: str | None) -> str:
    """The sentence without the name of the passage's outlet, which need not stand in its own words."""
    if not source:
        return text
    name = re.sub(r"^the\s+", "", source, flags=re.I)
    # The first letter keeps its case: in a passage of The Sun, "the sun" is no outlet.
    named = (
        r"(?<!\w)(?:(?:according to|as reported by|reported by|in)\s+)?(?:the\s+)?"
        rf"(?-i:{re.escape(name[:1])}){re.escape(name[1:])}(?!\w)"
    )
    saying = r"(?:['’]s\b)?\s*(?:,|:|\b(?:reported|reports|wrote|writes|says|said)(?:\s+that)?\b)?"
    return " ".join(re.sub(named + saying, " ", text, flags=re.I).split()) or text
