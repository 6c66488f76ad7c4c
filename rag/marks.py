"""A model's stream of text, taken apart into plain sentences with the passages that they cite.

A sentence is given out when it and its marks are complete: once the next one has visibly begun, at the end of
its line, or at the end of the answer. However the stream is cut into pieces, the sentences are the same.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.sentences import paragraph_sentences

_LABEL = r"(?:(?:passages?|sources?|articles?|nos?\.?)\s*)?"
_NUMBERS = rf"{_LABEL}\^?\d{{1,3}}(?:\s*(?:,|;|and|&|-|–|—)\s*{_LABEL}\^?\d{{1,3}})*"
_MARK = rf"(?:\[\s*{_NUMBERS}\s*\](?:\([^()\s]*\))?|【\s*{_NUMBERS}\s*(?:†[^】]*)?】)"
_MARKS = re.compile(rf"\s*{_MARK}(?:\s*(?:,|;|and|&)?\s*{_MARK})*", re.IGNORECASE)
_ONE_MARK = re.compile(_MARK, re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,3})(?:\s*[-–—]\s*\^?(\d{1,3}))?")
_OPEN = re.compile(r"\s*[\[【][^\]】]{0,60}$")
_WIDEST_RANGE = 20

_BEGUN = re.compile(r"\W*\w\S*\s")
"""The next sentence's first word, complete: enough to tell that the one before has ended."""
_ATTRIBUTED = re.compile(r"(?:\S+\s+){6}")
"""Behind a quotation's exclamation or question mark up to five words may still say who spoke."""
_LINE_START = re.compile(r"\s*(?:>\s*)*(?:(?P<heading>#{1,6}\s+)|(?:[-*+•‣▪–]|\d{1,2}[.)])\s+)?")
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
class Marked:
    """A sentence as plain text, and the numbers of its marks in the order written, each once."""

    text: str
    marks: tuple[int, ...]


class Sentences:
    """Takes the pieces of a stream and gives the sentences that have become complete."""

    def __init__(self) -> None:
        self._line = ""
        self._given = 0
        self._thinking: bool | None = None

    def feed(self, piece: str) -> list[Marked]:
        """The sentences that this piece completes."""
        self._line += piece.replace("\r\n", "\n").replace("\r", "\n")
        if not self._has_thought():
            return []
        found: list[Marked] = []
        *lines, last = self._line.split("\n")
        for line in lines:
            self._line = line
            found += self._take(complete=True)
            self._given = 0
        self._line = last
        return found + self._take(complete=False)

    def finish(self) -> list[Marked]:
        """What is left when the model came to its end; never to be asked of a stream that broke off."""
        found = self._take(complete=True) if self._has_thought() else []
        self._line, self._given = "", 0
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

    def _take(self, *, complete: bool) -> list[Marked]:
        """The line's sentences that have not been given yet and are certain not to change."""
        pieces = list(_pieces(self._line, complete=complete))
        found = pieces[self._given :]
        self._given = len(pieces)
        return [sentence for sentence in found if sentence is not None]


def _pieces(line: str, *, complete: bool) -> Iterator[Marked | None]:
    """The sentences of a line, or of its beginning as far as they are certain; None for a heading."""
    if _FENCE.match(line) or (complete and _RULE.match(line)):
        return
    begins = _LINE_START.match(line)
    assert begins is not None
    body = line[begins.end() :]
    if not complete and (unfinished := _OPEN.search(body)):
        body = body[: unfinished.start()]
    text, marks = _without_marks(body)
    spans = paragraph_sentences(text, 0, len(text))
    for place, (start, end) in enumerate(spans):
        following = spans[place + 1][0] if place + 1 < len(spans) else len(text)
        if not complete and not _is_certain(text, end, following):
            return
        numbers = [
            number
            for position, found in marks
            for number in found
            if (start < position or place == 0)
            and (position <= following)
            and not (position == following and place + 1 < len(spans) and position > end)
        ]
        raw = text[start:end]
        if (begins["heading"] or _BOLD_LINE.match(raw)) and not numbers:
            yield None
            continue
        shown = plain(raw)
        yield Marked(shown, tuple(dict.fromkeys(numbers))) if shown else None


def _is_certain(text: str, end: int, following: int) -> bool:
    """Whether no text to come could move the border at `end`, with the next sentence from `following`."""
    if following >= len(text):
        return False
    if text[end - 1] in "。！？」』":
        return True
    if text[end - 1] in "\"'”’»)*_" and re.search(r"[!?…‽]\W*$", text[max(0, end - 8) : end]):
        return _ATTRIBUTED.match(text, following) is not None
    return _BEGUN.match(text, following) is not None


def _without_marks(body: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """The text without its marks, and for each group of marks where it stood and the numbers."""
    parts: list[str] = []
    marks: list[tuple[int, tuple[int, ...]]] = []
    length = done = 0
    for group in _MARKS.finditer(body):
        before = body[done : group.start()]
        parts.append(before)
        length += len(before)
        done = group.end()
        marks.append((length, tuple(n for one in _ONE_MARK.findall(group[0]) for n in _numbers(one))))
    parts.append(body[done:])
    return "".join(parts), marks


def _numbers(mark: str) -> Iterator[int]:
    mark = mark.partition("](")[0].partition("†")[0]
    for first, last in _RANGE.findall(mark):
        begin, end = int(first), int(last or first)
        yield from range(begin, end + 1) if begin <= end < begin + _WIDEST_RANGE else (begin, end)


def plain(text: str) -> str:
    """Markdown and HTML as the words that they show, on one line; images show nothing."""
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
