"""Documents made on the spot: PDFs by hand, Word files by python-docx."""

import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZipFile

from docx import Document


def pdf(pages: Sequence[Sequence[str]], info: Mapping[str, str] | None = None) -> bytes:
    """A PDF with these lines on each page, in Latin-1."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = b"".join(b"(" + escaped(line) + b") Tj T* " for line in lines)
        stream = zlib.compress(b"BT /F1 11 Tf 14 TL 60 760 Td " + shown + b"ET")
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(stream), stream)
        )
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    stated = b" ".join(b"/%b (%b)" % (key.encode(), escaped(value)) for key, value in (info or {}).items())
    objects.append(b"<< %b >>" % stated)
    return assembled(objects, b"/Root 1 0 R /Info %d 0 R" % len(objects))


def assembled(objects: Sequence[bytes], trailer: bytes) -> bytes:
    """A PDF file of these objects, numbered from 1."""
    file = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<< /Size %d %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(file)


def escaped(text: str) -> bytes:
    """A PDF string's inside."""
    return text.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def docx(*paragraphs: str, title: str = "", author: str = "", table: Sequence[Sequence[str]] = ()) -> bytes:
    """A Word document: the first paragraph as a heading, the table at the end."""
    document = Document()
    for number, text in enumerate(paragraphs):
        document.add_paragraph(text) if number else document.add_heading(text)
    if table:
        made = document.add_table(len(table), len(table[0]))
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                made.cell(row, column).text = cell
    document.core_properties.title, document.core_properties.author = title, author
    written = BytesIO()
    document.save(written)
    return written.getvalue()


_WORD = """<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
 xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><w:body>{}</w:body></w:document>"""
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."


def word(body: str, **notes: str) -> bytes:
    """A Word document whose body, `footnotes` and `endnotes` are this XML."""
    parts = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD_TYPE}{kind}+xml"/>'
        for name, kind in {"document": "document.main", **{name: name for name in notes}}.items()
    )
    relations = "".join(
        f'<Relationship Id="r{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>' for name in notes
    )
    main = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        xml = '<Default Extension="xml" ContentType="application/xml"/>'
        rels = f'<Default Extension="rels" ContentType="{_RELATIONS_TYPE}"/>'
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_TYPES}">{xml}{rels}{parts}</Types>')
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_RELATIONS}">{main}</Relationships>')
        archive.writestr(
            "word/_rels/document.xml.rels", f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>'
        )
        archive.writestr("word/document.xml", _WORD.format(body))
        for name, content in notes.items():
            whole = _WORD.replace("w:document", f"w:{name}").replace("<w:body>{}</w:body>", "{}")
            archive.writestr(f"word/{name}.xml", whole.format(content))
    return written.getvalue()


def placed_pdf(*pieces: tuple[float, float, str], size: float = 10) -> bytes:
    """A PDF of one page with each text at its place (x, y), in this order."""
    shown = b"".join(b"1 0 0 1 %g %g Tm (%b) Tj\n" % (x, y, escaped(text)) for x, y, text in pieces)
    stream = b"BT /F1 %g Tf\n" % size + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 3 0 R >> >> >>",
    ]
    return assembled(objects, b"/Root 1 0 R")


def warc_record(kind: str, url: str, block: bytes, **headers: str) -> bytes:
    """A WARC record; `headers` with _ for -, over those that every record has."""
    stated = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2024-03-04T10:15:00Z",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in stated.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def http_answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP response as it goes over the wire."""
    stated = {"Content-Type": "text/html; charset=utf-8"} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in stated.items()), "", ""]
    return "\r\n".join(lines).encode() + body
