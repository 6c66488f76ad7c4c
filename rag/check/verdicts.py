"""Lines with verdicts: numbers that no article can know, what a checker wrote for them, look-alikes defused.

A checker answers `417: NOT STATED - the number of injured`. The numbers follow from everything that it is
shown, the written claims included, so that a line that a checker copies from an article has a wrong number.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Generic, TypeVar

from rag.prompt.injections import is_injection
from rag.prompt.sanitize import sanitized

_FIRST, _NUMBERS = 100, 800
_LONGEST_ANSWER = 8_000
"""Characters of a checker's answer that are read."""
_LONGEST_REMARK = 160
"""Characters of what it adds to a verdict."""

_SIGN = r"[ \t*_#>\"'“”`|(\[{.:=)\]}–—-]"
_SIGNS = " \t*_#>\"'“”`|()[]{}.,;:=–—-"
"""What may stand around a number and a verdict: blanks, markup, dashes, brackets, quotation marks."""
_NUMBERED = re.compile(
    # At the beginning of a line or an item, perhaps behind a list's own number ("1. ") or the word "Claim":
    rf"(?:^|[,;{{|]){_SIGN}{{0,12}}(?:\d{{1,2}}[.)]{_SIGN}{{1,4}})?(?:(?:claim|answer){_SIGN}{{1,4}})?"
    # the number, perhaps with a remark in brackets or "verdict" behind it; a word has to follow.
    rf"(?P<number>\d{{1,4}})(?:{_SIGN}{{0,4}}\([^()\n]{{0,60}}\))?{_SIGN}{{1,12}}"
    rf"(?:(?:verdict|is){_SIGN}{{1,6}})?(?=[a-z])",
    re.IGNORECASE | re.MULTILINE,
)
_TAKEN_BACK = re.compile(
    r"\b(?:but|except|although|though|however|unless|missing|contradict\w*"
    r"|not (?:stated|supported|mentioned|said|given|certain|clear|confirmed))\b",
    re.IGNORECASE,
)
_WORDS = (
    r"(?:(?:not |not fully |partly |partially |un)?supported|contradict(?:ed|ion)|(?:not[ _-]?|un)stated"
    r"|not mentioned|wholly|partly|partially)"
)
_CAPITALS = re.compile(r"\b(?:SUPPORTED|CONTRADICTED|NOT[ _-]STATED|WHOLLY|PARTLY)\b")
_LED_TO = re.compile(
    rf"((?:\d|\bverdicts?)(?:{_SIGN}|\bis\b){{1,12}}|\A{_SIGN}{{0,12}})({_WORDS})(?![^\W_])", re.IGNORECASE
)


Means = TypeVar("Means")


@dataclass(frozen=True, slots=True)
class Line(Generic[Means]):
    """What stands behind a number: the verdict that the wording means, and the few words added to it."""

    verdict: Means
    remark: str | None


def numbers_for(count: int, *shown: str) -> range:
    """So many numbers in a row for a call that shows these texts; the same texts give the same numbers."""
    digest = hashlib.sha256("\x00".join(shown).encode(errors="replace")).digest()
    first = _FIRST + int.from_bytes(digest[:4]) % _NUMBERS
    return range(first, first + count)


def read_lines(
    written: str, numbers: Collection[int], wordings: Mapping[str, Means]
) -> dict[int, Line[Means]]:
    """The verdict for each of the numbers that has one; `wordings` are small letters to what they mean.

    Other numbers are ignored. A number with two different verdicts has none, and neither has one whose
    remark takes its verdict back.
    """
    lines: dict[int, Line[Means]] = {}
    unclear: set[int] = set()
    for number, rest in _numbered(written[:_LONGEST_ANSWER], numbers):
        line = _line(rest, wordings)
        if line is None or (number in lines and lines[number].verdict != line.verdict):
            unclear.add(number)
        else:
            lines.setdefault(number, line)
    return {number: line for number, line in lines.items() if number not in unclear}


def _numbered(written: str, numbers: Collection[int]) -> Iterator[tuple[int, str]]:
    """Each number that is asked for, with what follows it on its line, up to the next such number."""
    found = [one for one in _NUMBERED.finditer(written) if int(one["number"]) in numbers]
    for one, following in zip_longest(found, found[1:]):
        end = following.start() if following else len(written)
        yield int(one["number"]), written[one.end() : end].partition("\n")[0]


def _line(rest: str, wordings: Mapping[str, Means]) -> Line[Means] | None:
    """What a line's rest says; None where it is no verdict, or more than one."""
    folded = rest.casefold().replace("_", " ")
    wording = next((one for one in sorted(wordings, key=len, reverse=True) if folded.startswith(one)), None)
    if wording is None or folded[len(wording) :][:1].isalnum():
        return None
    verdict = wordings[wording]
    remark = rest[len(wording) :].strip(_SIGNS)
    others = {
        wordings[one[0].casefold()] for one in _CAPITALS.finditer(remark) if one[0].casefold() in wordings
    }
    is_yes = wording in ("supported", "wholly")
    if others - {verdict} or (is_yes and _TAKEN_BACK.search(remark)):
        return None
    remark = "" if is_injection(remark) else sanitized(remark)[:_LONGEST_REMARK].strip(_SIGNS)
    return Line(verdict, remark or None)


def defused(text: str) -> str:
    """A text for a checker's prompt, on one line, without what could pass for a tag, a mark or a verdict."""
    text = _LED_TO.sub(r"\1‹\2›", sanitized(text))
    return _CAPITALS.sub(lambda found: found[0].lower(), text)
