"""Words of a question as entries of the lists of `words.txt`: texting undone, slips of spelling mended."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from corpus.words.lists import read_lists
from index.language.words import fold, words

Token = tuple[str, int, int]
"""A word with its offsets."""

LONGEST_ENTRY = 5
_FEW = frozenset(map(str, range(100)))
"""Numbers that ask for so many: "the 5 latest articles"."""
_SHORTEST_SLIP = 6
"""Letters from which on a word may be one that is written with a slip."""


@cache
def entries(kind: str) -> frozenset[str]:
    """Every entry of one list, folded."""
    return frozenset(_plain(one) for one in _entries(kind))


def meant(text: str) -> list[Token]:
    """The folded words of a text with their places, "ur" as "your" and "you've" as two words."""
    found: list[Token] = []
    for word, start, end in words(text):
        for one in _written_out(fold(word)):
            found.append((one, start, end))
    return found


def as_meant(word: str) -> str:
    """A folded word of texting as the one word that is meant: "u" as "you"."""
    told = _texting().get(word, word)
    return word if " " in told else told


def starts(tokens: Sequence[Token], kind: str, at: int = 0) -> int:
    """How many words from `at` on are the longest entry of the list that stands there; 0 for none."""
    listed = entries(kind)
    for count in range(min(LONGEST_ENTRY, len(tokens) - at), 0, -1):
        if " ".join(word for word, _, _ in tokens[at : at + count]) in listed:
            return count
    return 0


def ends(tokens: Sequence[Token], kind: str) -> int:
    """How many of the last words are the longest entry of the list that stands there; 0 for none."""
    listed = entries(kind)
    for count in range(min(LONGEST_ENTRY, len(tokens)), 0, -1):
        if " ".join(word for word, _, _ in tokens[len(tokens) - count :]) in listed:
            return count
    return 0


def kinds_of(tokens: Sequence[Token], kinds: Collection[str]) -> tuple[frozenset[str], ...] | None:
    """The lists, among those named, that hold each part of the words; None where a part is in none.

    A part is the longest entry that begins there. A long word that is none may be one letter off.
    """
    listed = _by_entry(tuple(kinds))
    told: list[frozenset[str]] = []
    at = 0
    while at < len(tokens):
        for count in range(min(LONGEST_ENTRY, len(tokens) - at), 0, -1):
            found = listed.get(" ".join(word for word, _, _ in tokens[at : at + count]))
            if found:
                break
        else:
            count, found = 1, listed.get(_mended(tokens[at][0], tuple(kinds)))
        if not found:
            return None
        told.append(found)
        at += count
    return tuple(told)


@cache
def _by_entry(kinds: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The lists, among these, that have an entry, by the entry."""
    told = {entry for kind in kinds for entry in entries(kind)}
    if "fill" in kinds:
        told |= _FEW
    held = {entry: frozenset(kind for kind in kinds if entry in entries(kind)) for entry in told}
    return {entry: kinds_of_it or frozenset(("fill",)) for entry, kinds_of_it in held.items()}


@lru_cache(maxsize=4096)
def _mended(word: str, kinds: tuple[str, ...]) -> str:
    """The entry from which a long word differs by one slip of spelling; "" where there is none."""
    if len(word) < _SHORTEST_SLIP or not word.isalpha():
        return ""
    near = {entry for kind in kinds for entry in entries(kind) if entry.isalpha() and len(entry) > 4}
    return next((entry for entry in sorted(near) if is_one_slip(word, entry)), "")


def is_one_slip(word: str, other: str) -> bool:
    """Whether one letter left out, put in, changed or swapped with the next makes one word of the other."""
    from rapidfuzz.distance import OSA

    return OSA.distance(word, other, score_cutoff=1) == 1


def _written_out(word: str) -> Iterator[str]:
    word = _texting().get(word, word)
    for part in word.split():
        if part.endswith("'ve"):
            yield from (part.removesuffix("'ve"), "have")
        else:
            yield part


@cache
def _texting() -> Mapping[str, str]:
    return {written: told for one in _entries("texting") for written, _, told in [one.partition(" ")]}


def _plain(entry: str) -> str:
    return " ".join(word for word, _, _ in meant(entry))


def _entries(kind: str) -> Iterator[str]:
    for line in read_lists("rag.intents", "words.txt")[kind]:
        yield from (one.strip() for one in line.split(";") if one.strip())
