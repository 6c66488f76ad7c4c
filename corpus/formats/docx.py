"""Word documents: paragraphs, headings, lists and tables in their order; parsed in a confined process."""

from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile, LargeZipFile, ZipFile

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats import confined
from corpus.formats.fields import document_from
from corpus.sources import MAX_ARTICLE_BYTES, MEGABYTE, SourceFile

MAX_DOCX_BYTES = 50 * MEGABYTE
MAX_XML_BYTES = 60 * MEGABYTE
"""Limit of the unpacked size of all XML parts."""
MAX_PARTS = 5_000


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a Word document."""
    source.check(MAX_DOCX_BYTES)
    made = confined.shared.parse("corpus.formats.docx", source.path)
    text: str = made["text"]
    if not text.strip():
        raise ReadError("it holds no text")
    dates = {name: made[name] for name in ("document_created", "document_changed")}
    yield document_from(source, text, made["title"], made["author"], dates)


def parse(path: str) -> dict[str, Any]:
    """The text and what the document states of itself; runs in the confined process."""
    _refuse_bombs(path)
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = Document(path)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise ReadError("it is no Word document, or a damaged one; save it anew as .docx") from error
    blocks: list[str] = []
    left = MAX_ARTICLE_BYTES
    for block in document.iter_inner_content():
        blocks.append(_table(block) if isinstance(block, Table) else block.text.strip())
        left -= len(blocks[-1])
        if left < 0:
            raise ReadError(f"its text is longer than the limit of {MAX_ARTICLE_BYTES} characters; split it")
    stated = document.core_properties
    dates = {"document_created": stated.created, "document_changed": stated.modified}
    return {
        "text": "\n\n".join(filter(None, blocks)),
        "title": stated.title or "",
        # What python-docx puts into every document that it makes.
        "author": "" if stated.author == "python-docx" else stated.author or "",
        **{name: value.isoformat() if value else None for name, value in dates.items()},
    }


def _table(table: Any) -> str:
    """A line for each row, a tab between cells; a cell that spans several columns is told once."""
    rows = []
    for row in table.rows:
        cells: list[Any] = []
        for cell in row.cells:
            if not cells or cell._tc is not cells[-1]._tc:
                cells.append(cell)
        rows.append("\t".join(" ".join(cell.text.split()) for cell in cells))
    return "\n".join(filter(str.strip, rows))


def _refuse_bombs(path: str) -> None:
    """Raise ReadError for an archive that unpacks to more than the limit, or that declares entities."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise ReadError(f"it has {len(parts)} parts, more than the limit of {MAX_PARTS}")
            if any(part.flag_bits & 1 for part in parts):
                raise ReadError("it is encrypted; save it without a password")
            left = MAX_XML_BYTES
            for part in parts:
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                with archive.open(part) as unpacked:
                    content = unpacked.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise ReadError(f"it unpacks to more than {MAX_XML_BYTES // MEGABYTE} MB of text")
                if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                    raise ReadError("it declares entities, which no Word document needs")
    except (BadZipFile, LargeZipFile, RuntimeError, EOFError) as error:
        raise ReadError("it is no Word document, or a damaged one; save it anew as .docx") from error
