"""The first bytes of content overrule a wrong suffix or Content-Type."""

import gzip
from pathlib import Path

import pytest

from corpus.article import Article, Failure
from corpus.kinds import binary_kind, format_of, kind_of
from corpus.read import read
from tests.corpus.documents import docx, pdf

SENTENCE = "The ferry stayed in port on Monday because of the gale, the harbour master Ann Lee said."
PAGE = f"""<!doctype html><html><head><title>Gale</title></head>
<body><article><h1>Gale</h1><p>{SENTENCE}</p></article></body></html>"""
FEED = f"""<rss version="2.0"><channel><title>Wire</title><item><title>Gale</title>
<description>{SENTENCE}</description></item></channel></rss>"""
OBJECT = f'{{"title": "Gale", "text": "{SENTENCE}"}}'
CONTENTS: dict[str, bytes] = {
    ".pdf": pdf([[SENTENCE]]),
    ".docx": docx("Gale", SENTENCE),
    ".html": PAGE.encode(),
    ".xml": FEED.encode(),
    ".json": f"[\n{OBJECT}\n]".encode(),
    ".jsonl": f"{OBJECT}\n\n{OBJECT}\n".encode(),
}
VARIANTS: dict[str, tuple[str, bytes]] = {
    "a PDF after some blank lines": (".pdf", b"\r\n\r\n" + CONTENTS[".pdf"]),
    "a PDF after a line that a server added": (".pdf", b"X-Sent-By: relay\n\n" + CONTENTS[".pdf"]),
    "a page after a byte order mark and a comment": (
        ".html",
        b"\xef\xbb\xbf<!-- saved -->\n" + PAGE.encode(),
    ),
    "a page in UTF-16": (".html", PAGE.encode("utf-16")),
    "XHTML after its declaration": (".html", b'<?xml version="1.0"?>\n' + PAGE.encode()),
    "a page in capitals": (".html", PAGE.replace("<!doctype html><html>", "<HTML>").encode()),
    "an Atom feed": (".xml", b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"></feed>'),
    "RDF": (".xml", b"<rdf:RDF xmlns:rdf='x'></rdf:RDF>"),
    "a pretty-printed object": (".json", b'{\n  "title": "x"\n}'),
    "a gzip file": (".gz", gzip.compress(b"x")),
    "a WARC file": (".warc", b"WARC/1.0\r\nWARC-Type: warcinfo\r\n"),
}
TEXTS = [
    "",
    SENTENCE,
    "[Editor's note] It rained.",
    "{brackets} in a text",
    "<p>A fragment.</p>",
    "I like %PDF-1.4 files.",
]


@pytest.mark.parametrize("suffix", CONTENTS)
def test_each_kind_is_known_by_its_first_bytes(suffix: str) -> None:
    assert kind_of(CONTENTS[suffix]) == suffix


@pytest.mark.parametrize("name", VARIANTS)
def test_what_may_stand_before_the_first_tag_does_not_hide_it(name: str) -> None:
    suffix, data = VARIANTS[name]
    assert kind_of(data) == suffix


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_of_no_other_kind(text: str) -> None:
    assert kind_of(text.encode()) is None


@pytest.mark.parametrize(
    "named", [".txt", ".md", ".html", ".pdf", ".docx", ".json", ".jsonl", ".rss", "", ".bin"]
)
@pytest.mark.parametrize("suffix", CONTENTS)
def test_a_file_with_a_wrong_suffix_is_read_by_what_it_holds(suffix: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{named}"
    path.write_bytes(CONTENTS[suffix])
    first, *others = read(path)
    assert isinstance(first, Article), first
    assert "the harbour master Ann Lee said." in first.text and "<" not in first.text
    assert first.origin == str(path) and len(others) == (suffix == ".jsonl")


def test_what_only_looks_like_another_kind_is_read_by_its_suffix(tmp_path: Path) -> None:
    for name, text in {"a.txt": '["quoted"] ' + SENTENCE, "b.md": '{"x" and more} ' + SENTENCE}.items():
        (tmp_path / name).write_text(text)
    found = list(read(tmp_path))
    assert [one.text for one in found if isinstance(one, Article)] == [
        '["quoted"] ' + SENTENCE,
        '{"x" and more} ' + SENTENCE,
    ]


def test_an_rtf_file_is_not_taken_for_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(r"{\rtf1\ansi The ferry stayed in port.}")
    [failure] = read(tmp_path)
    assert isinstance(failure, Failure) and "it is an RTF document" in failure.reason


@pytest.mark.parametrize(
    ("declared", "url", "suffix"),
    [
        ("text/html", "https://a.example/x", ".html"),
        ("", "https://a.example/x", ".html"),
        ("text/plain", "https://a.example/x.pdf", ".txt"),
        ("application/octet-stream", "https://a.example/x.md?y=.pdf", ".md"),
        ("binary/octet-stream", "https://a.example/x", ".txt"),
        ("text/css", "https://a.example/x", None),
        ("application/zip", "https://a.example/x.txt", None),
    ],
)
def test_what_the_bytes_do_not_tell_the_type_does_and_then_the_address(
    declared: str, url: str, suffix: str | None
) -> None:
    assert format_of(SENTENCE.encode(), declared, url) == suffix


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0", b"RIFF\0\0\0\0WEBPVP8 ", b"\0\0\0\x20ftypisom", b"{\\rtf1"]
)
def test_binary_content_is_named_and_never_a_page(data: bytes) -> None:
    assert binary_kind(data) and format_of(data, "text/html", "https://a.example/x") is None
