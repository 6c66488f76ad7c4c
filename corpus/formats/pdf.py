"""PDF: the text page by page, column by column, without what every page repeats; parsed in confinement."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from statistics import median
from typing import Any

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats import confined
from corpus.formats.fields import document_from
from corpus.sources import MAX_ARTICLE_BYTES, MEGABYTE, SourceFile
from corpus.words.hyphens import MARK, LineEndHyphens

MAX_PDF_BYTES = 100 * MEGABYTE
MAX_PAGES = 1_000
_MOST_RECTANGLES = 20_000
"""Pieces of text of one page whose places are looked at."""

_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(?:page|seite|p\.)?\s*\d{1,4}(?:\s*(?:/|of|von)\s*\d{1,4})?\W*", re.IGNORECASE)
_HYPHEN_AT_END = re.compile("[\x02\ufffe]|\xad\n?")
_HYPHENATED = re.compile(r"(?<=[^\s-])[-\u2010]\n(?=\S)")
_DASHED = re.compile(r"(?<=\S[–—])\n(?=\w)|(?<=\S/)\n(?=[a-zß-öø-ÿ])")
_GOES_ON = re.compile(r"[^\s-][-\u2010–]$")
"""The end of a line after which its last word goes on."""
_BROKEN = re.compile(r"[^\s\d-][-\u2010\x02]$")
_REST = re.compile(r"[a-zß-öø-ÿ]")
_ENDS = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_REPEATED_ON = 0.6
"""Share of the pages on which a first or last line has to repeat (digits aside) to be a running head."""
_FEWEST_PAGES = 3
_SHORT = 0.75
"""Share of the usual line width: a shorter line that ends a sentence ends its paragraph."""
_UNTITLED = re.compile(
    r"(?:untitled|microsoft word\b.*|.*\.(?:docx?|pdf|indd|qxd|tex)|slide \d+)", re.IGNORECASE
)


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a PDF."""
    with source.on_disk(MAX_PDF_BYTES) as path:
        made = confined.shared.parse("corpus.formats.pdf", path)
    text = _joined([_paragraphs(page) for page in _without_running_heads(made["pages"])])
    if not text.strip():
        raise ReadError("it holds no text; if its pages are scanned, index their text instead")
    stated = made["metadata"]
    title = str(stated.get("Title", ""))
    if _UNTITLED.fullmatch(" ".join(title.split())):
        title = ""
    dates = {"document_created": stated.get("CreationDate"), "document_changed": stated.get("ModDate")}
    pages = len(made["pages"])
    yield document_from(source, text, title, stated.get("Author", ""), dates, pages=pages)


def parse(path: str) -> dict[str, Any]:
    """The text of each page and what the document states of itself; runs in the confined process."""
    from pypdfium2 import PdfDocument, PdfiumError

    with suppress(PdfiumError):
        # pypdfium2 tells of a PDF without pages the error that pdfium met last, in any file before it.
        PdfDocument(b"no PDF")
    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        said = str(error).lower()
        if "password" in said or "security" in said:
            raise ReadError("it is encrypted; save it without a password") from error
        raise ReadError("it is no PDF, or damaged beyond reading; print it to a new PDF") from error
    try:
        if len(document) > MAX_PAGES:
            raise ReadError(f"it has {len(document)} pages, more than the limit of {MAX_PAGES}; split it")
        pages: list[str] = []
        for number in range(len(document)):
            pages.append(_page_text(document, number))
            if sum(map(len, pages)) > MAX_ARTICLE_BYTES:
                raise ReadError(
                    f"its text is longer than the limit of {MAX_ARTICLE_BYTES} characters; split it"
                )
        return {"pages": pages, "metadata": document.get_metadata_dict(skip_empty=True)}
    finally:
        document.close()


def _page_text(document: Any, number: int) -> str:
    from pypdfium2 import PdfiumError

    try:
        page = document[number]
        text = page.get_textpage()
    except PdfiumError as error:
        raise ReadError(f"page {number + 1} is damaged; print it to a new PDF") from error
    read: str = text.get_text_bounded().replace("\r\n", "\n")
    places = [text.get_rect(one) for one in range(min(text.count_rects(), _MOST_RECTANGLES))]
    columns = lines_by_column(places, lambda place: text.get_text_bounded(*place))
    if columns is not None:
        read = _in_turn(columns)
    text.close()
    page.close()
    # What pdfium writes for a hyphen at the end of a line, with the line end, depends on its version. A soft
    # hyphen is drawn only there.
    return _HYPHEN_AT_END.sub(MARK, read)


def _in_turn(blocks: Sequence[Sequence[str]]) -> str:
    """The lines of blocks one after the other; a sentence may go on from the end of one to the next."""
    lines: list[str] = []
    for before, block in pairwise([[], *blocks]):
        lines += [""] if before and not _is_continued(before, block) else []
        lines += [_HYPHEN_AT_END.sub("-", line) if line[-1:] in "\x02\ufffe\xad" else line for line in block]
    return "\n".join(lines)


def _is_continued(block: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the last sentence of a block goes on in the next one."""
    if _ENDS.search(block[-1]):
        return False
    both = min(len(block), len(after)) >= _FEWEST_LINES
    is_full = len(block[-1]) >= _SHORT * median(map(len, filter(None, block)))
    return after[0][:1].islower() or (both and is_full)


def _without_running_heads(pages: Sequence[str]) -> list[list[str]]:
    """The lines of each page, without page numbers and without the head and foot that most pages share."""
    lines = [_stripped([line.strip() for line in page.split("\n")]) for page in pages]
    for end in (0, -1):
        for _ in range(3):  # A running head may have a few lines.
            filled = [page for page in lines if page]
            shapes = Counter(_shape(page[end]) for page in filled)
            least = max(_FEWEST_PAGES, _REPEATED_ON * len(lines))
            repeated = {shape for shape, count in shapes.items() if count >= least}
            gone = [page for page in filled if _is_number(page[end]) or _shape(page[end]) in repeated]
            if not gone or (len(lines) < _FEWEST_PAGES and not all(_is_number(page[end]) for page in gone)):
                break
            for page in gone:
                page.pop(end)
            lines = [_stripped(page) for page in lines]
    return lines


def _stripped(lines: list[str]) -> list[str]:
    """Without blank lines at both ends."""
    while lines and not lines[0]:
        lines = lines[1:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _shape(line: str) -> str:
    return _NUMBER.sub("0", " ".join(line.split())).lower()


def _is_number(line: str) -> bool:
    return _PAGE_NUMBER.fullmatch(line) is not None and len(line) <= 20


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """The lines of a page as paragraphs: a blank line, or a short line that ends a sentence, ends one."""
    width = sorted(map(len, filter(None, lines)))[-max(1, len(lines) // 5)] if any(lines) else 0
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if not line:
            paragraphs.append([])
            continue
        before = paragraphs[-1][-1] if paragraphs[-1] else ""
        is_short = 0 < len(before) < _SHORT * width and not _GOES_ON.search(before)
        if is_short and (_ENDS.search(before) or not line[:1].islower()):
            paragraphs.append([])
        paragraphs[-1].append(line)
    return [_one_line("\n".join(part)) for part in paragraphs if part]


def _one_line(lines: str) -> str:
    """The lines of a paragraph as one, with MARK for each hyphen at the end of a line."""
    return _DASHED.sub("", _HYPHENATED.sub(MARK, lines)).replace("\n", " ")


def _joined(pages: Iterable[Sequence[str]]) -> str:
    """The paragraphs of all pages as one text; a word that is broken between two pages is made whole."""
    text: list[str] = []
    for page in pages:
        for number, paragraph in enumerate(page):
            if number == 0 and text and _BROKEN.search(text[-1]) and _REST.match(paragraph):
                text[-1] = text[-1][:-1] + MARK + paragraph
            else:
                text.append(paragraph)
    whole = "\n\n".join(text)
    return LineEndHyphens(text).resolve(whole) if MARK in whole else whole


# Columns: the reading order of a page's lines, from where they stand. A gutter is a place behind which
# several lines begin, and which none between two spanning ones crosses (compare Nagy and Seth's X-Y cuts,
# 1984). What stands on its sides are columns if they read as running text, and not as the cells of a table.

Rectangle = tuple[float, float, float, float]
"""left, bottom, right, top; in points, upwards."""

_WORD_GAP = 0.8
"""Gap between two words of one line, in line heights, at most."""
_SAME_LINE = 0.5
"""Share of the height in which two pieces of one line overlap, at least."""
_FEWEST_LINES = 3
_MOST_PIECES = 3_000
_ALIGNED = 3.0
"""Points by which the beginnings of a column's lines differ: glyphs have side bearings."""
_MARGIN_GAP = 1.2
"""Line heights of white between a running head or foot and the text, at least."""
_PROSE_CHARACTERS = 12
_PROSE_LOWER = 0.25
"""Median length of a column's lines, and the share of them that begin with a small letter, at least."""
_DENSE = 1.8
"""Line heights from line to line, at most, in a column that does not read as running text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line: its place on the page and, as `number`, in the order of the file."""

    left: float
    bottom: float
    right: float
    top: float
    number: int

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 1.0)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def lines_by_column(
    rectangles: Sequence[Rectangle], text_in: Callable[[Rectangle], str]
) -> list[list[str]] | None:
    """The lines of each block of a page in reading order; a blank one where a paragraph is set off.

    `rectangles` are those of the page's text, in the order of the file; `text_in` gives the text in one. None
    where the page has no columns, or the order of the file is right.
    """
    if _side_by_side(rectangles) < _FEWEST_LINES:
        return None
    pieces = _pieces(rectangles)
    if len(pieces) > _MOST_PIECES:
        return None
    page = _Page(text_in)
    blocks = page.read(pieces)
    return [page.lines(block) for block in blocks] if page.is_out_of_order else None


def _pieces(rectangles: Iterable[Rectangle]) -> list[Piece]:
    """The rectangles, those of consecutive words of a line as one."""
    pieces: list[Piece] = []
    for left, bottom, right, top in rectangles:
        if right <= left or top <= bottom:
            continue
        one = Piece(left, bottom, right, top, len(pieces))
        if pieces and _overlap(pieces[-1], one) >= _SAME_LINE:
            before = pieces[-1]
            if -one.height < one.left - before.right < _WORD_GAP * min(one.height, before.height):
                edges = (max(before.right, right), max(before.top, top), before.number)
                pieces[-1] = Piece(min(before.left, left), min(before.bottom, bottom), *edges)
                continue
        pieces.append(one)
    return pieces


def _overlap(one: Piece, other: Piece) -> float:
    """The share of the lower one's height in which they stand at one height."""
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared / min(one.height, other.height)


def _side_by_side(rectangles: Sequence[Rectangle]) -> int:
    """How many rectangles have another one beside them, further off than a word.

    Every page is asked this, so that it is one loop without calls.
    """
    found = 0
    rows = sorted(rectangles, key=itemgetter(1))
    for (left, bottom, right, top), (left_2, bottom_2, right_2, top_2) in pairwise(rows):
        shared = (top if top < top_2 else top_2) - (bottom if bottom > bottom_2 else bottom_2)
        gap = _WORD_GAP * (top - bottom)
        if shared > 0 and (left_2 - right > gap or left - right_2 > gap):
            found += 1
    return found


@dataclass
class _Page:
    """Reads the pieces of a page; `is_out_of_order` tells whether the file has columns in another order."""

    text_in: Callable[[Rectangle], str]
    is_out_of_order: bool = False
    _texts: dict[int, str] = field(default_factory=dict)

    def read(self, pieces: Sequence[Piece]) -> list[list[Piece]]:
        """The blocks of the page; its head and foot are blocks of their own."""
        rows = _rows(pieces)
        height = median(piece.height for piece in pieces)
        first = next((n for n in (1, 2) if _gap(rows, n) > _MARGIN_GAP * height), 0)
        last = next((n for n in (1, 2) if _gap(rows, len(rows) - n) > _MARGIN_GAP * height), 0)
        last = 0 if first + last >= len(rows) else last
        middle = [piece for row in rows[first : len(rows) - last] for piece in row]
        ends = [[piece for row in part for piece in row] for part in (rows[:first], rows[len(rows) - last :])]
        blocks = self._blocks(middle)
        if len(blocks) > 1 and ends[0] and _first(ends[0]) > _first(middle):
            self.is_out_of_order = True  # The headline comes after what stands below it.
        return [block for block in (ends[0], *blocks, ends[1]) if block]

    def _blocks(self, pieces: Sequence[Piece]) -> list[list[Piece]]:
        """The blocks of a part of the page, in reading order."""
        bands = self._best_bands(pieces)
        if bands is None:
            return [list(pieces)]
        blocks: list[list[Piece]] = []
        for number, band in enumerate(bands):
            if not band.is_columns:
                blocks.append(band.all)
                if number == 0 and len(bands) > 1 and _first(band.all) > _first(bands[1].all):
                    self.is_out_of_order = True
                continue
            if _first(band.right) < max(piece.number for piece in band.left):
                self.is_out_of_order = True
            blocks += [*self._blocks(band.left), *self._blocks(band.right)]
        return blocks

    def _best_bands(self, pieces: Sequence[Piece]) -> "list[_Band] | None":
        """The part cut along the gutter that has the most lines beside it; None without any gutter."""
        best, most = None, 0
        for gutter in _gutters(pieces):
            bands = self._bands(pieces, gutter)
            beside = sum(len(band.all) for band in bands if band.is_columns)
            if beside > most:
                best, most = bands, beside
        return best

    def _bands(self, pieces: Sequence[Piece], gutter: float) -> "list[_Band]":
        """The part from top to bottom: what crosses the gutter, and what stands beside it in between."""
        bands = [_Band()]
        for piece in sorted(pieces, key=lambda piece: -piece.middle):
            crosses = piece.left < gutter - 1 and piece.right > gutter + 1
            if crosses != bands[-1].crosses:
                bands.append(_Band(crosses=crosses))
            bands[-1].add(piece, gutter)
        for band in bands:
            band.is_columns = not band.crosses and self._are_columns(band.left, band.right)
        return _merged(band for band in bands if band.all)

    def _are_columns(self, left: Sequence[Piece], right: Sequence[Piece]) -> bool:
        if min(len(left), len(right)) < _FEWEST_LINES:
            return False
        height = median(piece.height for piece in (*left, *right))
        if min(one.left for one in right) - max(one.right for one in left) < _WORD_GAP * height:
            return False
        top = min(max(one.top for one in left), max(one.top for one in right))
        bottom = max(min(one.bottom for one in left), min(one.bottom for one in right))
        if top - bottom < 2 * height:
            return False
        sides = [self._is_prose(side) for side in (left, right)]
        return all(sides) or (any(sides) and self._is_dense(right if sides[0] else left))

    def _is_prose(self, pieces: Sequence[Piece]) -> bool:
        """Whether the lines are long, and some of them go on with a sentence."""
        texts = [self._line(row) for row in _rows(pieces)]
        if len(texts) < _FEWEST_LINES or median(map(len, texts)) < _PROSE_CHARACTERS:
            return False
        return sum(map(_goes_on, texts)) >= _PROSE_LOWER * len(texts)

    def _is_dense(self, pieces: Sequence[Piece]) -> bool:
        """Whether line follows line, as in a box of facts, and not a label now and then."""
        rows = _rows(pieces)
        if len(rows) < _FEWEST_LINES or median(len(self._line(row)) for row in rows) < _PROSE_CHARACTERS:
            return False
        middles = [row[0].middle for row in rows]
        steps = [above - below for above, below in pairwise(middles)]
        return median(steps) <= _DENSE * median(piece.height for piece in pieces)

    def _text(self, piece: Piece) -> str:
        if piece.number not in self._texts:
            inset = piece.height / 20  # so that the lines above and below are not touched
            place = (piece.left, piece.bottom + inset, piece.right, piece.top - inset)
            self._texts[piece.number] = " ".join(self.text_in(place).split())
        return self._texts[piece.number]

    def _line(self, row: Sequence[Piece]) -> str:
        return " ".join(filter(None, map(self._text, row)))

    def lines(self, block: Sequence[Piece]) -> list[str]:
        """The lines of a block, with a blank one where white is left between two."""
        lines: list[str] = []
        above: Sequence[Piece] = ()
        for row in _rows(block):
            height = max(one.height for one in (*above, *row))
            if above and min(one.bottom for one in above) - max(one.top for one in row) > height:
                lines.append("")
            lines.append(self._line(row))
            above = row
        return lines


@dataclass
class _Band:
    """Pieces between two heights: those that cross the gutter, or those on its sides."""

    crosses: bool = False
    is_columns: bool = False
    all: list[Piece] = field(default_factory=list)
    left: list[Piece] = field(default_factory=list)
    right: list[Piece] = field(default_factory=list)

    def add(self, piece: Piece, gutter: float) -> None:
        """Add a piece."""
        self.all.append(piece)
        (self.left if piece.right <= gutter + 1 else self.right).append(piece)


def _merged(bands: Iterable[_Band]) -> list[_Band]:
    """The bands, those that follow each other and are no columns as one."""
    merged: list[_Band] = []
    for band in bands:
        if merged and not (band.is_columns or merged[-1].is_columns):
            merged[-1].all += band.all
        else:
            merged.append(band)
    return merged


def _gutters(pieces: Sequence[Piece]) -> list[float]:
    """Where several lines begin, but for the leftmost such place."""
    gutters: list[float] = []
    group: list[float] = []
    for left in [*sorted(piece.left for piece in pieces), float("inf")]:
        if group and left - group[-1] > _ALIGNED:
            if len(group) >= _FEWEST_LINES:
                gutters.append(group[0])
            group = []
        group.append(left)
    return gutters


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces by their height, from the top; those at one height from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.middle):
        if rows and _overlap(rows[-1][0], piece) >= _SAME_LINE:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _gap(rows: Sequence[Sequence[Piece]], number: int) -> float:
    """The white above the row of this number; none above the first and after the last one."""
    if not 0 < number < len(rows):
        return 0.0
    return min(one.bottom for one in rows[number - 1]) - max(one.top for one in rows[number])


def _first(pieces: Sequence[Piece]) -> int:
    return min(piece.number for piece in pieces)


def _goes_on(text: str) -> bool:
    """Whether a line begins with a small letter, or with one of a left-to-right script without capitals."""
    first = text[:1]
    return first.isalpha() and first == first.lower() and unicodedata.bidirectional(first) == "L"
