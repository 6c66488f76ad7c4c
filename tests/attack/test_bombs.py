"""Small requests that would become large: packed bodies and documents, nesting, entities, aliases, parts."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import httpx
import pytest

from tests.attack.target import API_KEY, Target
from tests.conftest import ROOT

pytestmark = pytest.mark.attack

LARGE = 256 << 20
"""Bytes that a bomb would become."""
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{WORD}.document.main+xml"/></Types>'
)
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
ASKING = (
    *("/api/ask", "/api/search", "/api/feedback", "/api/answers", "/api/share", "/v1/chat/completions"),
    "/gradio_api/queue/join",
)
JSON = {"Content-Type": "application/json", "Authorization": f"Bearer {API_KEY}"}


def zeros_by(compressor: Callable[[bytes], bytes], finish: Callable[[], bytes]) -> bytes:
    """`LARGE` bytes of a JSON string, compressed piece by piece."""
    piece = b"0" * (1 << 20)
    return b"".join(
        [
            compressor(b'{"question": "'),
            *(compressor(piece) for _ in range(LARGE >> 20)),
            compressor(b'"}'),
            finish(),
        ]
    )


def packed(encoding: str) -> bytes:
    """A bomb in one of the content encodings."""
    if encoding == "br":
        one = brotli.Compressor(quality=1)
        return zeros_by(one.process, one.finish)
    made = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    return zeros_by(made.compress, made.flush)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_packed_body_is_not_unpacked(client: httpx.Client, admin: httpx.Client, encoding: str) -> None:
    bomb = packed(encoding)
    for route in ASKING:
        reply = client.post(route, content=bomb, headers=JSON | {"Content-Encoding": encoding})
        assert 400 <= reply.status_code < 500, route
    reply = admin.post(
        "/api/articles",
        content=bomb,
        headers={"Content-Type": "application/json", "Content-Encoding": encoding},
    )
    assert 400 <= reply.status_code < 500


DEEP = {
    "lists": b"[" * 400_000,
    "closed lists": b"[" * 200_000 + b"]" * 200_000,
    "objects": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    "history": b'{"question": "x", "history": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "answers": b'{"answers": [' + b'{"archive":' * 90_000 + b"1" + b"}" * 90_000 + b"]}",
    "many answers": b'{"answers": [' + b"{}," * 300_000 + b"{}]}",
    "given": b'{"seal": "x", "given": {"archive": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "digits": b'{"question": "x", "k": ' + b"9" * 500_000 + b"}",
    "exponent": b'{"question": "x", "query": "x", "k": 1e999999999}',
    "negative": b'{"question": "x", "id": -' + b"9" * 400_000 + b"}",
    "not a number": b'{"question": NaN, "k": Infinity}',
    "keys": b'{"question": "x",' + b",".join(b'"%d": 1' % n for n in range(60_000)) + b"}",
    "surrogates": b'{"question": "' + b"\\ud800" * 100_000 + b'"}',
    "nul": b'{"question": "' + b"\\u0000" * 100_000 + b'"}',
    "not utf-8": b'{"question": "' + b"\xff\xfe" * 1_000 + b'"}',
    "utf-16": '{"question": "x"}'.encode("utf-16"),
    "empty": b"",
    "blanks": b" " * 900_000,
    "marks": b'{"question": "' + "\u0301".encode() * 300_000 + b'"}',
}


@pytest.mark.parametrize("name", DEEP)
def test_json_that_is_deep_or_odd_is_refused_or_read(
    client: httpx.Client, admin: httpx.Client, name: str
) -> None:
    for route in ASKING:
        reply = client.post(route, content=DEEP[name], headers=JSON)
        assert reply.status_code < 500, (route, reply.text[:300])
        assert reply.status_code == 200 or reply.json()["error"]["message"]
    reply = admin.post("/api/articles", content=DEEP[name], headers={"Content-Type": "application/json"})
    assert reply.status_code < 500, reply.text[:300]


def word(**parts: Callable[[io.BufferedIOBase], None] | bytes) -> bytes:
    """A Word file of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        for name, part in parts.items():
            with archive.open(f"word/{name}.xml", "w", force_zip64=True) as written:
                if callable(part):
                    part(written)  # type: ignore[arg-type]
                else:
                    written.write(part)
    return made.getvalue()


NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def large_paragraph(written: io.BufferedIOBase) -> None:
    """A document whose one paragraph has `LARGE` characters."""
    written.write(f"<w:document {NAMESPACE}><w:body><w:p><w:r><w:t>".encode())
    for _ in range(LARGE >> 20):
        written.write(b"word " * ((1 << 20) // 5))
    written.write(b"</w:t></w:r></w:p></w:body></w:document>")


def many_paragraphs(written: io.BufferedIOBase) -> None:
    """A document of three million empty paragraphs."""
    written.write(f"<w:document {NAMESPACE}><w:body>".encode())
    for _ in range(300):
        written.write(b"<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 10_000)
    written.write(b"</w:body></w:document>")


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "ha">{ENTITIES}]>'
PARAGRAPH = "<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>"
LAUGHING_WORD = f"{LAUGHS}<w:document {NAMESPACE}><w:body>{PARAGRAPH}</w:body></w:document>"
ITEM = "<title>&e9;</title><item><title>&e9;</title><description>&e9;</description></item>"
LAUGHING_FEED = f"{LAUGHS}<rss version='2.0'><channel>{ITEM}</channel></rss>"
LAUGHING_PAGE = f"{LAUGHS}<html><body><article><p>&e9; A mayor spoke.</p></article></body></html>"
ALIASES = "\n".join(
    [
        f"a0: &a0 [{', '.join(['x'] * 10)}]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)),
    ]
)


def pdf(stream: bytes, kids: str = "3 0 R", count: int = 1) -> bytes:
    """A PDF of one page with this content, packed."""
    content = zlib.compress(stream, 9)
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}>>endobj".encode(),
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj",
        b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj" % (len(content), content),
    ]
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\ntrailer<</Root 1 0 R/Size 5>>\n%%EOF"


DOCUMENTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a large paragraph": ("bomb.docx", lambda: word(document=large_paragraph)),
    "many paragraphs": ("bomb.docx", lambda: word(document=many_paragraphs)),
    "entities in Word": ("bomb.docx", lambda: word(document=LAUGHING_WORD.encode())),
    "entities in a feed": ("bomb.xml", lambda: LAUGHING_FEED.encode()),
    "entities in a page": ("bomb.html", lambda: LAUGHING_PAGE.encode()),
    "aliases in front matter": (
        "bomb.md",
        lambda: f"---\ntitle: x\n{ALIASES}\n---\nA mayor spoke on Sunday.".encode(),
    ),
    "aliases as a title": (
        "bomb.md",
        lambda: f"---\n{ALIASES}\ntitle: *a9\nauthors: *a9\n---\nA mayor spoke on Sunday.".encode(),
    ),
    "deep elements": ("bomb.html", lambda: b"<div>" * 200_000 + b"A mayor spoke." + b"</div>" * 200_000),
    "open elements": ("bomb.html", lambda: b"<table><tr><td>" * 50_000 + b"<b><i>" * 50_000),
    "deep lines": (
        "bomb.jsonl",
        lambda: b'{"text": ' + b"[" * 100_000 + b"\n" + b'{"text": "A mayor spoke."}\n' * 50,
    ),
    "packed lines": ("bomb.jsonl.gz", lambda: gzip.compress(b'{"text": "' + b"0" * LARGE + b'"}')),
    "packed twice": ("bomb.txt.gz", lambda: gzip.compress(gzip.compress(b"0" * LARGE))),
    "a packed stream": ("bomb.pdf", lambda: pdf(b"BT (x) Tj ET " * (LARGE // 64))),
    "a page that is its own parent": (
        "bomb.pdf",
        lambda: pdf(b"x", kids=" ".join(["2 0 R"] * 100), count=2_000_000_000),
    ),
    "marks without an end": ("marks.txt", lambda: b"? " * 100_000),
    "quotes without an end": ("quotes.txt", lambda: "“”‘’\"'".encode() * 20_000),
    "one word": ("word.txt", lambda: b"a" * 1_000_000),
    "initials": ("initials.txt", lambda: b"A. B. C. " * 30_000),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_grows_is_refused_or_read_and_the_next_one_is_added(
    admin: httpx.Client, target: Target, name: str
) -> None:
    file, build = DOCUMENTS[name]
    reply = admin.post("/api/articles", files=[("files", (file, build()))])
    assert reply.status_code in (200, 400, 413, 415, 422), reply.text[:500]
    after = admin.post(
        "/api/articles",
        json={"id": f"after {name}", "text": f"The mayor spoke after {name}, the council said."},
    )
    assert after.status_code == 200 and not after.json()["failed"]
    if reply.status_code == 200 and reply.json()["added"]:
        assert admin.post("/api/ask", json={"question": "Who steered the ferry?"}).status_code == 200
    del target


MAYOR = "\r\nA mayor.\r\n"
PART = 'Content-Disposition: form-data; name="{}"; filename="{}"\r\nContent-Type: text/plain\r\n'


def form(*parts: str, end: bool = True) -> bytes:
    """A multipart body."""
    return ("".join(f"--x\r\n{part}" for part in parts) + ("--x--\r\n" if end else "")).encode(
        "utf-8", "surrogatepass"
    )


FORMS = {
    "many files": form(*(PART.format("files", f"{n}.txt") + MAYOR for n in range(5_000))),
    "many fields": form(
        *(f'Content-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n' for n in range(20_000))
    ),
    "a long header": form(f"X-Long: {'x' * 2_000_000}\r\n" + PART.format("files", "a.txt") + MAYOR),
    "many headers": form(
        "".join(f"X-{n}: x\r\n" for n in range(50_000)) + PART.format("files", "a.txt") + MAYOR
    ),
    "a long name": form(PART.format("f" * 1_000_000, "a.txt") + MAYOR),
    "a long file name": form(PART.format("files", "n" * 1_000_000 + ".txt") + MAYOR),
    "no end": form(PART.format("files", "a.txt") + "\r\nA mayor.", end=False),
    "no parts": b"--x--\r\n",
    "no boundary": b"x" * 10_000,
    "dashes": b"-" * 2_000_000,
    "line ends": b"\r\n" * 1_000_000,
    "no headers": form("\r\nx\r\n"),
    "a charset": form(
        'Content-Disposition: form-data; name="_charset_"\r\n\r\nutf-7\r\n',
        PART.format("files", "a.txt") + "\r\n+ADw-b+AD4- A mayor.\r\n",
    ),
    "a coded name": form(
        "Content-Disposition: form-data; name=files; filename*=utf-8''%2e%2fa.txt\r\n" + MAYOR
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_large_or_broken_is_refused_or_read(admin: httpx.Client, name: str) -> None:
    for boundary in ("; boundary=x", "; boundary=" + "x" * 5_000, "", '; boundary="x"; boundary=y'):
        reply = admin.post(
            "/api/articles", content=FORMS[name], headers={"Content-Type": "multipart/form-data" + boundary}
        )
        assert reply.status_code < 500, reply.text[:300]


def test_a_conversation_of_many_long_turns_does_not_hold_up_another_visitor(
    client: httpx.Client, admin: httpx.Client
) -> None:
    long = "the mayor of the harbour " * 400
    history = [{"role": role, "content": long} for role in ("user", "assistant")] * 12
    for body in (
        {"question": "And when did he speak?", "history": history},
        {"question": "And he? " * 200, "history": history[:4]},
    ):
        assert client.post("/api/ask", json=body).status_code < 500
    assert admin.get("/healthz").status_code == 200
    assert (
        json.loads(client.post("/api/ask", json={"question": "Who steered the ferry?"}).text)["schema"] == 1
    )


READ = """
import sys
from pathlib import Path
from corpus.read import read
print(len(list(read(Path(sys.argv[1])))))
"""


def test_a_tag_of_many_attributes_is_refused_or_read(tmp_path: Path) -> None:
    """In a process of its own, which is given up on: parsers compare each attribute with all before it."""
    names = b" ".join(b"a%d=1" % n for n in range(200_000))
    (tmp_path / "bomb.html").write_bytes(b"<p " + names + b">A mayor spoke on Sunday.</p>")
    command = [sys.executable, "-c", READ, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout == "1\n", done.stderr
