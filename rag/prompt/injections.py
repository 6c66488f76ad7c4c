"""Prompt injections: words in an article that speak to a language model, such as "ignore the instructions".

A text is folded before it is looked at, so that it reads as a model may read it: compatibility forms, white
space, invisible and combining characters, letters that look like Latin ones (Unicode's confusables, UTS 39),
digits for letters, and letters set apart. What slips through is caught by the checks of what a model writes.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape

from corpus.words.lists import read_lists

_INVISIBLE = re.compile("[\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
#: Characters that show nothing, in a row: a message that only a model reads.
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\U000e0100-\U000e01ef\U000e0001]{6,}")
_ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff]")
_TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
_BRACKETS = str.maketrans("‹›«»〈〉⟨⟩【】〔〕", "<><><><>[][]")
_LINE_END = re.compile("[\r\n\x0b\x0c\x85\u2028\u2029]+")
_BLANKS = re.compile(r"[^\S\n]+")
_APART = re.compile(r"(?<![^\W_])[^\W_](?:[ .*_·-][^\W_]){2,}(?![^\W_])")
_BETWEEN = re.compile(r"[ .*_·-]")
_WITH_DIGITS = re.compile(r"(?<![^\W_@$])[^\W_]{0,20}(?:[^\W\d_][\d@$]|[\d@$][^\W\d_])[^\W_@$]{0,20}")
_MARKS = ("Mn", "Me")
_DIGITS = str.maketrans("013457@$", "oieastas")
#: What sets parts of a word apart without a blank: tags, underscores, capitals.
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,80}>")
_JOINED = re.compile(r"_+|(?<=[a-z])(?=[A-Z][a-z])")
_SMALL_CAPITAL = re.compile(r"LATIN (?:LETTER|SUBSCRIPT SMALL LETTER) (?:SMALL CAPITAL )?([A-Z])$")


def is_injection(text: str) -> bool:
    """Whether a sentence, or a name, of an article looks like one: it speaks to a model, not to a reader."""
    if _HIDDEN.search(text):
        return True
    return any(
        any(one.search(view) for one in _patterns()) or any(pair.is_in(view) for pair in _pairs())
        for view in views(text)
    )


def views(text: str) -> Iterator[str]:
    """The text folded; where that makes a difference, also with look-alikes as Latin letters, without tags,
    and with blanks in the place of underscores and of characters without width, and before capitals in words.
    """
    if not text.isascii():  # First of all: to bring a long run of marks into order takes time.
        text = "".join(one for one in text if unicodedata.category(one) not in _MARKS)
    plain = folded(text)
    yield plain
    joined = _APART.sub(lambda found: _BETWEEN.sub("", found[0]), text.translate(_TAGS))
    latin = folded("".join(map(_latin, unicodedata.normalize("NFKC", joined))))
    latin = _WITH_DIGITS.sub(lambda found: found[0].translate(_DIGITS), latin)
    if latin != plain:
        yield latin
    if (unmarked := _MARKUP.sub("", text)) != text:
        yield folded(unmarked)
    if (spaced := _JOINED.sub(" ", text)) != text:
        yield folded(spaced)
    if (parted := _ZERO_WIDTH.sub(" ", text)) != text:
        yield folded(parted)


def folded(text: str) -> str:
    """Casefolded NFKC without combining and invisible characters; blanks are a space, line ends a newline."""
    text = unescape(text.translate(_TAGS)) if "&" in text else text.translate(_TAGS)
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text.translate(_BRACKETS)))
    text = _LINE_END.sub("\n", text)
    kept = (
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in (*_MARKS, "Cf", "Cc")
    )
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", "".join(kept))).casefold()


@lru_cache(maxsize=4_096)
def _latin(character: str) -> str:
    """The Latin letter that a letter of another alphabet looks like, else the character itself."""
    if character.isascii() or not character.isalpha():
        return character
    if named := _SMALL_CAPITAL.match(unicodedata.name(character, "")):
        return named[1].lower()
    for one in (character, character.casefold()):
        for alike in _confusables().get(one, ()):
            if alike.isascii() and alike.isalpha():
                return "i" if alike == "l" and character.isupper() else alike
    return character


@cache
def _confusables() -> dict[str, list[str]]:
    from confusable_homoglyphs.confusables import confusables_data  # 50 ms

    return {one: [alike["c"] for alike in found] for one, found in confusables_data.items()}


@dataclass(frozen=True, slots=True)
class _Pair:
    """Verbs, what came before and instructions of one language, of which one each stands near the others."""

    noun: re.Pattern[str]
    near: re.Pattern[str]

    @classmethod
    def of(cls, line: str) -> "_Pair":
        """Of a line of [pairs], whose parts are set apart by "; "."""
        verb, prior, noun = (f"(?:{_folded_pattern(part)})" for part in line.split("; "))
        orders = (
            rf"{verb}.{{0,60}}?{prior}.{{0,40}}?{noun}",
            rf"{verb}.{{0,60}}?{noun}.{{0,40}}?{prior}",
            rf"{prior}.{{0,30}}?{noun}.{{0,40}}?{verb}",
            rf"{noun}.{{0,30}}?{prior}.{{0,40}}?{verb}",
        )
        return cls(re.compile(noun), re.compile("|".join(orders), re.DOTALL))

    def is_in(self, view: str) -> bool:
        """Whether they stand there."""
        return self.noun.search(view) is not None and self.near.search(view) is not None


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    lists = read_lists("rag.prompt", "injections.txt")
    return tuple(re.compile(one, re.DOTALL | re.MULTILINE) for one in lists["patterns"])


@cache
def _pairs() -> tuple[_Pair, ...]:
    return tuple(_Pair.of(line) for line in read_lists("rag.prompt", "injections.txt")["pairs"])


def _folded_pattern(pattern: str) -> str:
    """The pattern for folded text; its own signs are ASCII and stay as they are."""
    return "".join(one if one.isascii() else folded(one) for one in re.split(r"([\x00-\x7f]+)", pattern))
