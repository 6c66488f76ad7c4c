"""Cutting an article into passages of whole sentences within a token budget, and what is stored of each.

Paragraphs stay together where they fit. A passage has the text that is shown, the text that is embedded (with
the title in front), and a fingerprint by which its vector is known again.
"""

import hashlib
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from corpus.article import Article
from index.passages import tokens
from index.passages.blocks import block_id
from index.passages.sentences import Offsets, paragraph_sentences, paragraph_spans

SPLITTER_VERSION = 2
"""Raised when `split` cuts the same text in other places; stores made before are split anew."""
BUDGET = 220
LONGEST_SENTENCE = 400
"""Tokens above which a sentence is cut, so that no passage is longer than an embedding model reads."""
_HEADING = 16
"""Tokens up to which a paragraph that ends without a full stop counts as a heading."""
_VISIBLE = re.compile(r"\S")
_FULL_STOP = re.compile(r"[.…。][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Span:
    """A passage `text[start:end]` and its sentences, all in offsets of the article's text."""

    start: int
    end: int
    sentences: tuple[Offsets, ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    tokens: int


def split(text: str, budget: int = BUDGET, left_out: Container[int] = ()) -> list[Span]:
    """The passages in order; they do not overlap, and each sentence of the text is in exactly one.

    But for the blocks `left_out` (`index.passages.blocks.block_id`): no passage holds one or spans over one.

    A passage holds at most `budget` tokens, or one longer sentence alone. Only a sentence above 400 tokens is
    cut, between words where it has any. A paragraph within the budget is not divided, and a heading goes with
    the paragraph below it. Blank text has no passage.
    """
    spans: list[Span] = []
    open_passage: list[list[_Sentence]] = []
    for paragraph in _paragraphs(text, budget, left_out):
        if not paragraph:
            spans += _close(open_passage)
            open_passage = []
            continue
        if _length(open_passage) + _tokens(paragraph) <= budget:
            open_passage.append(paragraph)
            continue
        headings = _trailing_headings(text, open_passage)
        if _length(headings) + _tokens(paragraph) > budget and _tokens(paragraph) <= budget:
            headings = []
        spans += _close(open_passage[: len(open_passage) - len(headings)])
        full, open_passage = _fill(headings, paragraph, budget)
        spans += full
    return spans + _close(open_passage)


def _paragraphs(text: str, budget: int, left_out: Container[int]) -> Iterator[list[_Sentence]]:
    """The sentences of each paragraph; none for one that is left out."""
    for start, end in paragraph_spans(text):
        if left_out and block_id(text[start:end]) in left_out:
            yield []
            continue
        yield [
            piece
            for first, last in paragraph_sentences(text, start, end)
            for piece in _within_limit(text, first, last, budget)
        ]


def _within_limit(text: str, start: int, end: int, budget: int) -> Iterator[_Sentence]:
    """The sentence, or its pieces of at most `budget` tokens if it is above the limit."""
    length = tokens.count(text[start:end])
    if length <= LONGEST_SENTENCE:
        yield _Sentence(start, end, length)
        return
    while start < end:
        kept = tokens.cut(text[start : min(end, start + tokens.LONGEST_CUT)], budget)
        stop = start + max(1, len(kept))
        if stop < end:
            blank = max(text.rfind(mark, start + len(kept) // 2, stop) for mark in " \n\t")
            stop = blank if blank > start else stop
        piece = text[start:stop].rstrip()
        yield _Sentence(start, start + len(piece), tokens.count(piece))
        following = _VISIBLE.search(text, stop, end)
        start = following.start() if following else end


def _fill(
    headings: list[list[_Sentence]], paragraph: list[_Sentence], budget: int
) -> tuple[list[Span], list[list[_Sentence]]]:
    """Passages filled sentence by sentence; the last one stays open for what follows."""
    full: list[Span] = []
    filling = [list(one) for one in headings] + [[]]
    for sentence in paragraph:
        if _length(filling) and _length(filling) + sentence.tokens > budget:
            full += _close(filling)
            filling = [[]]
        filling[-1].append(sentence)
    return full, filling


def _trailing_headings(text: str, paragraphs: list[list[_Sentence]]) -> list[list[_Sentence]]:
    """The headings at the end of a passage that holds more than headings."""
    count = 0
    for paragraph in reversed(paragraphs):
        last = paragraph[-1]
        if _tokens(paragraph) > _HEADING or _FULL_STOP.search(text, last.start, last.end):
            break
        count += 1
    return paragraphs[len(paragraphs) - count :] if count < len(paragraphs) else []


def _close(paragraphs: Iterable[list[_Sentence]]) -> list[Span]:
    sentences = tuple((one.start, one.end) for paragraph in paragraphs for one in paragraph)
    return [Span(sentences[0][0], sentences[-1][1], sentences)] if sentences else []


def _length(paragraphs: Iterable[list[_Sentence]]) -> int:
    return sum(_tokens(paragraph) for paragraph in paragraphs)


def _tokens(paragraph: Iterable[_Sentence]) -> int:
    return sum(sentence.tokens for sentence in paragraph)


_TITLE_TOKENS = 24


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage before it is stored; `embedded` is the text whose vector it gets, `sha256` its digest."""

    span: Span
    text: str
    embedded: str
    sha256: bytes


def new_passages(article: Article, left_out: Container[int] = ()) -> list[NewPassage]:
    """The passages of an article, in order, without the blocks `left_out`.

    The title goes in front of what is embedded, since a passage seldom repeats the subject it names.
    """
    title = tokens.cut(article.title, _TITLE_TOKENS)
    made = []
    for span in split(article.text, left_out=left_out):
        text = article.text[span.start : span.end]
        embedded = f"{title}\n{text}" if title else text
        made.append(NewPassage(span, text, embedded, hashlib.sha256(embedded.encode()).digest()))
    return made
