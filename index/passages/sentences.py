"""Paragraph and sentence borders of a news report, as exact offsets.

Rules of our own rather than Punkt: nltk takes half a second to import, its newer releases refuse to read a
model by its path, and on news Punkt cuts "No. 10", "the U.S. Senate" and '"Stop!" he said' in two. Where
the rules are in doubt they join: two sentences in one span can still be cited, half a sentence cannot.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.words.lists import read_words

Offsets = tuple[int, int]

_LINE = re.compile(r"[^\n]+")
_LIST_ITEM = re.compile(r"\s*(?:[-*•‣▪#>]|\d{1,3}[.)]\s)")
_ENDS_A_SENTENCE = re.compile(r"[.!?…:][\"'”’)\]]*\s*$")
_NARROWEST, _WIDEST = 40, 120
"""Columns between which text is wrapped by hand or by a mail program."""


def paragraph_spans(text: str) -> list[Offsets]:
    """The paragraphs in order, `text[start:end]` without white space at either end, none of them blank."""
    lines = [(found.start(), found.end()) for found in _LINE.finditer(text) if not found[0].isspace()]
    width = _wrap_width(text, lines)
    spans: list[Offsets] = []
    for start, end in lines:
        line = text[start:end]
        first = start + len(line) - len(line.lstrip())
        last = start + len(line.rstrip())
        if spans and width is not None and _continues(text, spans[-1][1], first, last, width):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _wrap_width(text: str, lines: list[Offsets]) -> int | None:
    """The width at which the text's lines are wrapped; None where each line is a paragraph."""
    lengths = [end - start for start, end in lines]
    within = [length for length in lengths if length <= _WIDEST]
    if len(lines) < 2 or len(within) < 0.9 * len(lines):
        return None
    width = max(within)
    if width < _NARROWEST:
        return None
    broken = sum(
        text[first:last].lstrip()[:1].islower() and not _ENDS_A_SENTENCE.search(text[before:end])
        for (before, end), (first, last) in pairwise(lines)
        if _continues(text, end, first, last, width)
    )
    return width if broken else None


def _continues(text: str, end: int, first: int, last: int, width: int) -> bool:
    """Whether the line at `first` goes on from the one before: its first word did not fit there."""
    if text.count("\n", end, first) > 1 or _LIST_ITEM.match(text, first, last):
        return False
    start = text.rfind("\n", 0, end) + 1
    word = text[first:last].split(maxsplit=1)[0]
    return end - start + 1 + len(word) > width


_LISTS = read_words("index.passages", "abbreviations.txt")
TITLES, NUMBERED, MAYBE = _LISTS["titles"], _LISTS["numbered"], _LISTS["maybe"]
ALSO_WORDS, STARTERS, EXCLAIMING = _LISTS["also words"], _LISTS["starters"], _LISTS["exclaiming"]

_END = re.compile(
    r"""(?P<mark>\.(?:[ \xa0]\.)+ | [.!?…‽؟۔।]+)     # one mark, several, or ". . ."
        (?P<closers>["'”’»)\]*_]*(?:[ \xa0]”)?)       # quotes and brackets stay with their sentence
        (?:\s+|$)
      | (?P<wide>[。！？]+[」』”’）]*)\s*              # scripts that put no space between sentences
    """,
    re.VERBOSE,
)
#: The blank behind a full stop is missing: "left the city.The mayor said".
_GLUED = re.compile(r"(?<=[a-z]{3})(?<![/@.])[.?!][”\"’]?(?=[“\"]?[A-Z][a-z]+[ ,’])")
_TOKEN = re.compile(r"[^\s\"“”‘(\[—–/]*$")
_NEXT = re.compile(r"(?P<opening>[\"'“”‘(\[«¿¡*_|―—–-]*\s?)(?P<word>[^\W_]+(?:[’'][^\W_]+)?)(?P<stop>\.?)")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")
_LONGEST_TOKEN = 40
#: What sets the next words apart from an abbreviation without beginning a sentence.
_APART = tuple("(–—―-|")
_AFTER_A_CLOCK = re.compile(
    r"(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T|Eastern|Central|Pacific|Mountain|[MTWFS]\w+days?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*)$"
)
_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w’'.-]*\s+){1,4}(?:said|says|asked|asks|wrote|writes|tweeted|added|adds|told|replied|shouted"
    r"|posted|recalled|joked|chanted|exclaimed|concluded|warned|insisted|declared)\b"
)


def sentence_spans(text: str) -> list[Offsets]:
    """The sentences in order, `text[start:end]` without white space at either end.

    They do not overlap, never cross a paragraph's border (`paragraph_spans`), and leave out nothing but white
    space. Headings and list items without a full stop are sentences.
    """
    return [span for start, end in paragraph_spans(text) for span in paragraph_sentences(text, start, end)]


def paragraph_sentences(text: str, start: int, end: int) -> list[Offsets]:
    """The sentences of the paragraph at `text[start:end]`, as offsets into `text`."""
    paragraph = text[start:end]
    spans: list[Offsets] = []
    begin = 0
    for border in _borders(paragraph):
        piece = paragraph[begin:border]
        if body := piece.strip():
            first = begin + len(piece) - len(piece.lstrip())
            spans.append((start + first, start + first + len(body)))
        begin = border
    return spans


def _borders(paragraph: str) -> Iterator[int]:
    """Where each sentence ends, the paragraph's end included."""
    ends: list[tuple[int, re.Match[str] | None]] = [(end.end(), end) for end in _END.finditer(paragraph)]
    ends += [(end.end(), None) for end in _GLUED.finditer(paragraph)]
    begin = 0
    for border, found in sorted(ends, key=lambda end: end[0]):
        says_something = any(character.isalnum() for character in paragraph[begin:border])
        if says_something and (found is None or _is_end(paragraph, begin, found)):
            yield border
            begin = border
    yield len(paragraph)


def _is_end(paragraph: str, begin: int, found: re.Match[str]) -> bool:
    if found["wide"] or found.end() >= len(paragraph):
        return True
    following = _NEXT.match(paragraph, found.end())
    if following is None:
        return paragraph[found.end()] not in ",;:"
    word, closers = following["word"], found["closers"]
    if word[0].islower() and not _CAMEL.match(word):
        return False
    before = _TOKEN.search(paragraph, max(begin, found.start() - _LONGEST_TOKEN), found.start())
    token = before[0].lower() if before else ""
    if found["mark"] != ".":
        if any(quote in closers for quote in "\"'”’"):
            return _ATTRIBUTION.match(paragraph, found.end()) is None
        return not (found["mark"] == "!" and token in EXCLAIMING)
    if closers:  # "(R-Ga.) Smith": the bracket closes behind an abbreviation.
        return not (closers[0] in ")]" and _is_abbreviation(token)) or word.lower() in STARTERS
    if token.isdecimal() and paragraph[begin : found.start()].strip() == token:
        return False  # "1. The first of a list"
    return _ends_a_sentence(token, following)


def _is_abbreviation(token: str) -> bool:
    last = token.rsplit("-", 1)[-1]
    return last in TITLES or last in NUMBERED or last in MAYBE or _ACRONYM.match(token) is not None


def _ends_a_sentence(token: str, following: re.Match[str]) -> bool:
    """Whether the full stop behind `token` (in lower case) ends a sentence, given what follows it."""
    word, last = following["word"], token.rsplit("-", 1)[-1]
    if last in TITLES:
        return False
    if word[0].isdecimal():
        return last not in NUMBERED and token not in ("u.s", "u.k")
    if following["opening"].startswith(_APART) and _is_abbreviation(token):
        return False  # "Calif. — With", "8 p.m. (ESPN)"
    if token in ("a.m", "p.m"):
        return _AFTER_A_CLOCK.match(word) is None
    starts = word.lower() in STARTERS and not (len(word) == 1 and following["stop"])
    if (len(token) == 1 and token.isalpha()) or _ACRONYM.match(token):
        return starts or bool(following["opening"].strip())
    if last in NUMBERED or last in MAYBE:
        return starts or token in ALSO_WORDS
    return True
