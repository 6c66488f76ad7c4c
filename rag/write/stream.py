"""Parser of a model's streamed text: plain sentences with the numbers of the sentences that they cite.

A sentence is emitted when it and its marks are complete: once the next one has begun, at the end of its line,
or at the end of the answer. A quotation of several sentences is one sentence with what stands around it. The
sentences do not depend on how the stream is cut into pieces. Of the layout, only the items of lists are kept.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.passages.sentences import paragraph_sentences
from rag.write.quotation_marks import is_quoted

_LABEL = r"(?:(?:sentences?|lines?|passages?|sources?|articles?|nos?\.?|\#)\s*)?"
_NUMBERS = rf"{_LABEL}\^?\d{{1,4}}(?:\s*(?:,|;|and|&|-|–|—)\s*{_LABEL}\^?\d{{1,4}})*"
_MARK = (
    rf"(?:\[\[\s*{_NUMBERS}\s*\]\]|\[\s*{_NUMBERS}\s*\](?:\([^()\s]*\))?|【\s*{_NUMBERS}\s*(?:†[^】]*)?】)"
)
_MARKS = re.compile(rf"\s*{_MARK}(?:\s*(?:,|;|and|&)?\s*{_MARK})*", re.IGNORECASE)
_ONE_MARK = re.compile(_MARK, re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,4})(?:\s*[-–—]\s*\^?(\d{1,4}))?")
_OPEN = re.compile(r"\s*[\[【][^\]】]{0,60}$")
_WIDEST_RANGE = 20
_LONGEST, _LOOK_AHEAD = 1_500, 500
"""Characters: what is longer is no sentence, and the rest of its line is left out with it."""
_LONGEST_QUOTED = 1_000
"""Characters from the beginning of its sentence within which a quotation has to close."""
_WIDE = "。！？」』"

_BEGUN = re.compile(r"\W*\w\S*\s+[^\s\[【]")
"""The next sentence's first word, and no mark behind it: enough to tell that the one before has ended."""
_ATTRIBUTED = re.compile(r"(?:\S+\s+){6}[^\s\[【]")
"""Behind a quotation's exclamation or question mark up to five words may still say who spoke."""
_LINE_START = re.compile(
    r"(?P<indent>\s*)(?:>\s*)*(?:(?P<heading>#{1,6}\s+)|(?P<bullet>(?:[-*+•‣▪–]|\d{1,2}[.)])\s+))?"
)
_INDENTED = 2
"""Characters before a line that goes on with the item above it."""
_FENCE = re.compile(r"\s*(?:```|~~~)")
_RULE = re.compile(r"[\s\-*_=|:+]*$")
_BOLD_LINE = re.compile(r"\s*(?:\*\*|__)[^*_]*[^*_.!?”\"](?:\*\*|__)\s*:?\s*$")

_IMAGE = re.compile(r"!\[[^\]]{0,300}\]\([^)]{0,2000}\)")
_LINK = re.compile(r"\[([^\]]{0,300})\]\([^)]{0,2000}\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}(?:>|$)")
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,500})>")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3}|~~)(?=\S)(.+?)(?<=\S)\1(?![\w*])")
_LOOSE = re.compile(r"^(?:\*{1,3}|_{1,3})(?=\S)|(?<=[^\s*_])(?:\*{2,3}|__)$|\*\*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence as plain text, and the numbers of its marks in the order written, each once.

    `item` is the number of the list item that it stands in, counted from 1 through the answer, or None. Where
    a sentence stands is no part of what it says: it counts for no comparison.
    """

    text: str
    marks: tuple[int, ...]
    item: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring marks; `position` is where they stood, in the text without any."""

    position: int
    text: str
    numbers: tuple[int, ...]


class SentenceStream:
    """Incremental parser: takes the pieces of a stream, returns the sentences that are complete."""

    def __init__(self) -> None:
        self._line = ""
        self._at_start = True
        self._is_heading = self._is_skipped = False
        self._items = 0
        self._item: int | None = None
        self._thinking: bool | None = None

    def feed(self, piece: str) -> list[CitedSentence]:
        """The sentences that this piece completes."""
        self._line += piece.replace("\r", "\n")
        if not self._has_thought():
            return []
        found: list[CitedSentence] = []
        *lines, last = self._line.split("\n")
        for line in lines:
            self._line = line
            found += self._take(complete=True)
            self._at_start, self._is_skipped = True, False
        self._line = last
        return found + self._take(complete=False)

    def finish(self) -> list[CitedSentence]:
        """The rest, once the model has finished; not for a stream that broke off."""
        found = self._take(complete=True) if self._has_thought() else []
        self._line, self._at_start = "", True
        return found

    def _has_thought(self) -> bool:
        """Whether the answer proper has begun: some models put what they think before it, in a tag."""
        opening, closing = "<think>", "</think>"
        if self._thinking is None:
            start = self._line.lstrip()
            if start.startswith(opening):
                self._thinking = True
            elif start and not opening.startswith(start):
                self._thinking = False
        if self._thinking and closing in self._line:
            self._line = self._line.partition(closing)[2]
            self._thinking = False
        return self._thinking is False

    def _take(self, *, complete: bool) -> list[CitedSentence]:
        """The line's sentences that are certain not to change any more; they are taken off it."""
        if self._is_skipped:
            self._line = ""
            return []
        begins, start = 0, None
        if self._at_start:
            if _FENCE.match(self._line) or (complete and _RULE.match(self._line)):
                return []
            start = _LINE_START.match(self._line)
            assert start is not None
            begins, self._is_heading = start.end(), start["heading"] is not None
        body = self._line[begins:]
        if not complete and (unfinished := _OPEN.search(body)):
            body = body[: unfinished.start()]
        found: list[CitedSentence] = []
        for sentence, numbers, ends in _sentences(body, complete=complete):
            if start is not None:
                self._enter(start)
            self._line, self._at_start = self._line[begins:][ends:], False
            begins, start = 0, None
            if ends > _LONGEST:
                self._is_skipped = True
                break
            shown = markdown_to_text(sentence)
            is_heading = not numbers and (self._is_heading or _BOLD_LINE.match(sentence) is not None)
            if not is_heading and any(character.isalnum() for character in shown):
                found.append(CitedSentence(shown, numbers, self._item))
        self._is_skipped |= not complete and len(self._line) > _LONGEST + _LOOK_AHEAD
        return found

    def _enter(self, start: re.Match[str]) -> None:
        """A line's first sentence begins an item, goes on with the one above, or stands in none."""
        if start["bullet"]:
            self._items += 1
            self._item = self._items
        elif start["heading"] or len(start["indent"].expandtabs(4)) < _INDENTED:
            self._item = None


def _sentences(body: str, *, complete: bool) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """Sentences without their marks, the marks' numbers, and how far behind the one before each ends."""
    text, groups = _without_marks(body)
    spans = paragraph_sentences(text, 0, len(text))
    taken = dropped = 0
    begin: int | None = None
    for place, (start, end) in enumerate(spans):
        following = spans[place + 1][0] if place + 1 < len(spans) else len(text)
        if not complete and not _is_certain(text, end, following):
            return
        start, begin = start if begin is None else begin, None
        if following < len(text):
            quoted = is_quoted(text, start, following, start + _LONGEST_QUOTED, complete=complete)
            if quoted is None:
                return
            if quoted:  # The next span goes on with this sentence.
                begin = start
                continue
        own = [group for group in groups if group.position <= following]
        groups = groups[len(own) :]
        dropped += sum(len(group.text) for group in own)
        numbers = dict.fromkeys(number for group in own for number in group.numbers)
        yield text[start:end], tuple(numbers), following + dropped - taken
        taken = following + dropped


def _is_certain(text: str, end: int, following: int) -> bool:
    """Whether no text to come could move the border at `end`, with the next sentence from `following`."""
    if following >= len(text):
        return False
    if text[end - 1] in _WIDE:
        return True
    if text[end - 1] in "\"'”’»)*_" and re.search(r"[!?…‽]\W*$", text[max(0, end - 8) : end]):
        return _ATTRIBUTED.match(text, following) is not None
    return _BEGUN.match(text, following) is not None


def _without_marks(body: str) -> tuple[str, list[_Group]]:
    """The text without its marks, and the marks with their places in that text."""
    parts: list[str] = []
    groups: list[_Group] = []
    length = done = 0
    for found in _MARKS.finditer(body):
        parts.append(body[done : found.start()])
        length += len(parts[-1])
        done = found.end()
        numbers = tuple(number for one in _ONE_MARK.findall(found[0]) for number in _numbers(one))
        groups.append(_Group(length, found[0], numbers))
    return "".join([*parts, body[done:]]), groups


def _numbers(mark: str) -> Iterator[int]:
    mark = mark.partition("](")[0].partition("†")[0]
    for first, last in _RANGE.findall(mark):
        begin, end = int(first), int(last or first)
        yield from range(begin, end + 1) if begin <= end < begin + _WIDEST_RANGE else (begin, end)


def markdown_to_text(text: str) -> str:
    """The visible words of Markdown and HTML on one line; images have none."""
    text = _IMAGE.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub("", _COMMENT.sub("", text))
    text = html.unescape(text).replace("`", "")
    for _ in range(3):
        text = _EMPHASIS.sub(r"\2", text)
    text = _LOOSE.sub("", text)
    text = _ESCAPED.sub(r"\1", text)
    return " ".join(_CONTROL.sub("", text.replace("\n", " ").replace("\t", " ")).split())
