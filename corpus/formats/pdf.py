"""PDF: the text page by page, without the lines that every page repeats; parsed in a confined process."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats import confined
from corpus.formats.columns import lines_by_column
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
_DASHED = re.compile(r"(?<=\S[–—/])\n(?=\w)")
_GOES_ON = re.compile(r"[^\s-][-\u2010–/]$")
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
    for block in blocks:
        goes_on = lines and block[0][:1].islower() and not _ENDS.search(lines[-1])
        lines += [] if goes_on or not lines else [""]
        lines += [_HYPHEN_AT_END.sub("-", line) if line[-1:] in "\x02\ufffe\xad" else line for line in block]
    return "\n".join(lines)


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
