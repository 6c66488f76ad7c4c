"""Word documents: paragraphs, tables, text boxes and notes as shown; parsed in a confined process."""

import re
from collections.abc import Iterator, Sequence
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
_MOST_COLUMNS = 1_000

_UNSEEN = frozenset(
    """
    del moveFrom delText instrText delInstrText
    pPr rPr sdtPr tblPr tblGrid trPr tcPr sectPr
    rt
    """.split()
)
"""Elements whose text is not shown: deleted or moved elsewhere, a field's instruction, properties, and the
pronunciation above a word (ISO/IEC 29500-1, 17.3 and 17.13)."""
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a Word document."""
    with source.on_disk(MAX_DOCX_BYTES) as path:
        made = confined.shared.parse("corpus.formats.docx", path)
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

    try:
        document = Document(path)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise ReadError("it is no Word document, or a damaged one; save it anew as .docx") from error
    shown = _Shown()
    blocks = shown.read(document.element.body)
    for part, ids in shown.notes.items():
        for note in _notes(document.part, part, ids):
            blocks += shown.read(note)
    stated = document.core_properties
    # python-docx makes properties up for a document without them, as Google Docs exports it.
    states_none = (stated.title, stated.last_modified_by) == ("Word Document", "python-docx")
    dates = {"document_created": stated.created, "document_changed": None if states_none else stated.modified}
    return {
        "text": "\n\n".join(blocks),
        "title": "" if states_none else stated.title or "",
        # What python-docx puts into every document that it makes.
        "author": "" if stated.author == "python-docx" else stated.author or "",
        **{name: value.isoformat() if value else None for name, value in dates.items()},
    }


class _Shown:
    """Reads elements as they are shown once every tracked change is accepted.

    `notes` are the ids of the notes that the text refers to, in their order, by the part that holds them.
    """

    def __init__(self) -> None:
        self.notes: dict[str, list[str]] = {"footnotes": [], "endnotes": []}
        self._left = MAX_ARTICLE_BYTES
        self._closed: set[Any] = set()
        self._instructions: list[bool] = []
        """For each field around the place that is read, whether that place is its instruction."""

    def read(self, root: Any) -> list[str]:
        """The text of a body or a note, in blocks without blank ones."""
        self._closed |= _closed_fields(root)
        return self._blocks(root)

    def _blocks(self, container: Any) -> list[str]:
        """The paragraphs and tables in an element; a text box follows the paragraph that it stands in."""
        around, self._instructions = self._instructions, []
        found: list[str] = []
        kept = ""  # of a paragraph whose end was deleted, so that the next one goes on from it
        for block in _nearest(container, ("p", "tbl")):
            if _name(block) == "tbl":
                found += [kept, self._table(block)]
                kept = ""
                continue
            boxes: list[str] = []
            kept += "".join(self._inline(block, boxes))
            self._left -= len(kept)
            if self._left < 0:
                limit = f"the limit of {MAX_ARTICLE_BYTES} characters"
                raise ReadError(f"its text is longer than {limit}; split it")
            if not _has(block, "pPr", "rPr", "del") and not _has(block, "pPr", "rPr", "moveFrom"):
                found.append(kept)
                kept = ""
            found += boxes
        found.append(kept)
        self._instructions = around
        return [block for text in found if (block := text.strip())]

    def _inline(self, element: Any, boxes: list[str]) -> Iterator[str]:
        """The pieces of text in a paragraph or a part of one; text boxes go into `boxes`."""
        for child in _shown_children(element):
            name = _name(child)
            if name == "txbxContent":
                boxes += self._blocks(child)
            elif name == "fldChar":
                self._pass_field(child)
                yield _chosen(child)
            elif name in _NOTES:
                number = _value(child, "id")
                if number is not None and number not in self.notes[_NOTES[name]]:
                    self.notes[_NOTES[name]].append(number)
            elif any(self._instructions) and (name == "t" or name in _SIGNS):
                continue
            elif name == "t":
                yield child.text or ""
            elif name == "sym":
                yield _symbol(child)
            elif name in _SIGNS:
                is_page_end = name == "br" and _value(child, "type") not in (None, "textWrapping")
                yield "" if is_page_end else _SIGNS[name]
            else:
                yield from self._inline(child, boxes)

    def _pass_field(self, mark: Any) -> None:
        """Note where a field begins, where its result does, and where it ends."""
        kind = _value(mark, "fldCharType")
        if kind == "begin":
            self._instructions.append(mark in self._closed)
        elif self._instructions and kind == "separate":
            self._instructions[-1] = False
        elif self._instructions and kind == "end":
            self._instructions.pop()

    def _table(self, table: Any) -> str:
        """A line for each row, a tab between cells; one that spans columns is told once, rows in each."""
        rows: list[str] = []
        texts: dict[Any, str] = {}
        above: dict[int, Any] = {}
        for row in _nearest(table, ("tr",)):
            if _has(row, "trPr", "del"):
                continue
            cells: list[Any] = []
            here: dict[int, Any] = {}
            column = _number(row, "trPr", "gridBefore", default=0)
            for cell in _nearest(row, ("tc",)):
                if _has(cell, "tcPr", "cellDel"):
                    continue
                merge = _child(cell, "tcPr", "vMerge")
                goes_on = merge is not None and _value(merge, "val") in (None, "continue")
                shown = above.get(column, cell) if goes_on else cell
                if not cells or shown is not cells[-1]:
                    cells.append(shown)
                if shown not in texts:
                    texts[shown] = " ".join(" ".join(self._blocks(shown)).split())
                width = _number(cell, "tcPr", "gridSpan", default=1)
                here.update((column + further, shown) for further in range(width))
                column += width
            rows.append("\t".join(texts[cell] for cell in cells))
            above = here
        return "\n".join(filter(str.strip, rows))


def _chosen(mark: Any) -> str:
    """What is chosen in the drop-down list of an old form, which is no part of the field's result."""
    entries = mark.findall("{*}ffData/{*}ddList/{*}listEntry")
    number = _number(mark, "ffData", "ddList", "result", default=0)
    return _value(entries[number], "val") or "" if number < len(entries) else ""


def _symbol(element: Any) -> str:
    """A character by its number; none for one of a symbol font, which has a meaning in that font alone."""
    written = _value(element, "char") or ""
    number = int(written, 16) if re.fullmatch("[0-9A-Fa-f]{2,5}", written) else 0
    return chr(number) if 0x20 <= number < 0xD800 else ""


def _shown_children(element: Any) -> Iterator[Any]:
    """The children that are shown: of two forms of one thing the first, and no prompt to type something."""
    for child in element:
        name = _name(child)
        if name == "AlternateContent":
            forms = [form for form in child if any(part.text for part in form.iter("{*}t"))]
            yield from _shown_children(forms[0]) if forms else ()
        elif name not in _UNSEEN and not (name == "sdt" and _is_prompt(child)):
            yield child


def _is_prompt(control: Any) -> bool:
    """Whether a content control holds only "Click here to enter text"."""
    styles = {_value(style, "val") for style in control.iter("{*}rStyle")}
    return _has(control, "sdtPr", "showingPlcHdr") and styles == {"PlaceholderText"}


def _nearest(element: Any, names: tuple[str, ...]) -> Iterator[Any]:
    """The shown elements of these names, however they are wrapped, but none within another one."""
    for child in _shown_children(element):
        if _name(child) in names:
            yield child
        else:
            yield from _nearest(child, names)


def _closed_fields(root: Any) -> set[Any]:
    """The marks that begin a field which has an end: only of those the instruction can be told."""
    closed: set[Any] = set()
    begun: list[Any] = []
    for mark in root.iter("{*}fldChar"):
        kind = _value(mark, "fldCharType")
        if kind == "begin":
            begun.append(mark)
        elif kind == "end" and begun:
            closed.add(begun.pop())
    return closed


def _notes(document: Any, part: str, ids: Sequence[str]) -> Iterator[Any]:
    """The notes of these ids, in their order."""
    from docx.oxml import parse_xml

    related = (one for one in document.rels.values() if one.reltype.endswith(f"/{part}"))
    found = next((one.target_part for one in related if not one.is_external), None)
    held = {} if found is None or not ids else {_value(note, "id"): note for note in parse_xml(found.blob)}
    yield from (held[number] for number in ids if number in held)


def _name(element: Any) -> str:
    """The element's name without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _value(element: Any, name: str) -> str | None:
    """An attribute of the element's own namespace."""
    found: str | None = element.get(f"{element.tag.rpartition('}')[0]}}}{name}")
    return found


def _child(element: Any, *path: str) -> Any:
    """The first element down this path, or None."""
    return element.find("/".join(f"{{*}}{name}" for name in path))


def _has(element: Any, *path: str) -> bool:
    return _child(element, *path) is not None


def _number(element: Any, *path: str, default: int) -> int:
    """A number of columns, at most `_MOST_COLUMNS`."""
    found = _child(element, *path)
    written = "" if found is None else _value(found, "val") or ""
    return min(int(written[:9]), _MOST_COLUMNS) if written.isdecimal() else default


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
