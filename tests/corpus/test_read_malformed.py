"""Fifty inputs that are broken, hostile or odd: one clear line each; the good file beside is read."""

import codecs
import gzip
import json
import os
import random
import socket
import stat
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest

from corpus.article import Article, Failure
from corpus.read import read, read_file
from tests.corpus.documents import assembled, docx, pdf

GOOD = "The ferry stayed in port on Monday. The harbour master, Ann Lee, blamed the gale."
Make = Callable[[Path], Path]
CASES: dict[str, tuple[str, Make]] = {}
"""By name: a word of the reason, and what puts the input into a folder."""


def case(says: str, suffix: str = "") -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """A file of that suffix with the bytes that the function gives."""

    def named(make: Callable[[], bytes]) -> Callable[[], bytes]:
        def put(folder: Path) -> Path:
            path = folder / f"bad{suffix}"
            path.write_bytes(make())
            return path

        CASES[make.__name__] = (says, put)
        return make

    return named


def placed(says: str) -> Callable[[Make], Make]:
    """Something else than a file with bytes."""

    def named(make: Make) -> Make:
        CASES[make.__name__] = (says, make)
        return make

    return named


# PDF


@case("no PDF, or damaged", ".pdf")
def truncated_pdf() -> bytes:
    return pdf([["The ferry stayed in port."]])[:60]


@case("encrypted", ".pdf")
def encrypted_pdf() -> bytes:
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"]
    objects.append(
        b"<< /Filter /Standard /V 1 /R 2 /P -60 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
    )
    return assembled(objects, b"/Root 1 0 R /Encrypt 3 0 R /ID [<00> <00>]")


@case("the file is empty", ".pdf")
def empty_pdf() -> bytes:
    return b""


@case("no PDF, or damaged", ".pdf")
def page_that_is_named_pdf() -> bytes:
    return b"<html><body>no PDF</body></html>"


@case("no PDF, or damaged", ".pdf")
def pdf_without_pages() -> bytes:
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"]
    return assembled(objects, b"/Root 1 0 R")


@case("", ".pdf")
def pdf_whose_pages_hold_themselves() -> bytes:
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"]
    return assembled(objects, b"/Root 1 0 R")


@case("", ".pdf")
def pdf_that_unpacks_without_end() -> bytes:
    stream = zlib.compress(zlib.compress(b"BT (x) Tj ET " * 40_000_000, 1))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>"]
    head = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>" % len(stream)
    objects.append(head + b"\nstream\n" + stream + b"\nendstream")
    objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R >>")
    return assembled(objects, b"/Root 1 0 R")


@case("more than the limit of 1000", ".pdf")
def pdf_of_too_many_pages() -> bytes:
    return pdf([["x"]] * 1_001)


# Word


def zipped(**parts: bytes) -> bytes:
    """A zip archive with these parts, `/` for `__`."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return written.getvalue()


def with_document(content: bytes) -> bytes:
    """A Word document with this in the place of its text."""
    whole = zipfile.ZipFile(BytesIO(docx("Heading", "Text.")))
    written = BytesIO()
    with whole, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, content if name == "word/document.xml" else whole.read(name))
    return written.getvalue()


@case("no Word document", ".docx")
def truncated_docx() -> bytes:
    return docx("Heading", "Text.")[:900]


@case("no Word document", ".docx")
def text_that_is_named_docx() -> bytes:
    return GOOD.encode()


@case("no Word document", ".docx")
def first_bytes_of_a_docx() -> bytes:
    return b"PK\x03\x04 cut"


@case("no Word document", ".docx")
def zip_that_is_no_document() -> bytes:
    return zipped(readme__txt=b"hello")


@case("unpacks to more than 60 MB", ".docx")
def zip_bomb_docx() -> bytes:
    return with_document(b"<w>" + b"a" * 61_000_000 + b"</w>")


@case("more than the limit of 5000", ".docx")
def docx_of_too_many_parts() -> bytes:
    return zipped(**{f"part{number}": b"" for number in range(5_001)})


@case("declares entities", ".docx")
def entity_bomb_docx() -> bytes:
    return with_document(b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>')


@case("declares entities", ".docx")
def docx_that_names_a_file_of_ours() -> bytes:
    return with_document(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w>&a;</w>')


@case("damaged", ".docx")
def docx_of_broken_xml() -> bytes:
    return with_document(b"<w:document><w:body>")


@case("", ".docx")
def docx_of_ten_thousand_levels() -> bytes:
    return with_document(b"<w>" * 10_000 + b"</w>" * 10_000)


@case("no Word document", ".docx")
def docx_whose_names_climb() -> bytes:
    return zipped(**{"..__..__..__etc__passwd": b"root", "word__document.xml": b"<w/>"})


# Feeds and pages


@case("declares entities", ".xml")
def billion_laughs() -> bytes:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lol}]><rss><channel>&l9;</channel></rss>'.encode()


@case("declares entities", ".rss")
def feed_that_names_a_file_of_ours() -> bytes:
    return b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>'


@case("no RSS or Atom feed", ".atom")
def text_that_is_named_atom() -> bytes:
    return GOOD.encode()


@case("", ".rss")
def feed_of_ten_thousand_levels() -> bytes:
    return b"<rss><channel>" + b"<item>" * 10_000


@case("no entries", ".rss")
def feed_without_entries() -> bytes:
    return b"<rss version='2.0'><channel><title>Empty</title></channel></rss>"


@case("tags, more than the limit", ".html")
def page_of_too_many_tags() -> bytes:
    return b"<html><body>" + b"<p>x" * 100_001


@case("", ".html")
def page_of_ten_thousand_levels() -> bytes:
    return b"<html><body>" + b"<div>" * 10_000 + b"x"


@case("no article", ".html")
def page_of_a_script() -> bytes:
    return b"<html><head><meta http-equiv=refresh content='0;url=/x'><script>go()</script></head></html>"


@case("more than the limit of 5 MB", ".html")
def page_that_is_too_large() -> bytes:
    return b"<p>" + b"x" * 5_000_001


@case("not valid UTF-8", ".html")
def page_in_another_charset_than_it_says() -> bytes:
    return ("<meta charset=utf-8><p>" + "Größe und Übermaß. " * 20).encode("cp1252")


# Text


@case("is NUL", ".txt")
def text_with_a_nul() -> bytes:
    return GOOD.encode() + b"\0"


@case("is NUL", ".txt")
def utf16_without_a_mark() -> bytes:
    return GOOD.encode("utf-16-le")


@case("not valid UTF-16", ".txt")
def utf16_cut_in_half() -> bytes:
    return codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le")[:-1]


@case("no text", ".txt")
def only_a_byte_order_mark() -> bytes:
    return codecs.BOM_UTF8


@case("no text", ".md")
def only_white_space() -> bytes:
    return b" \n\t\n" * 50


@case("control characters", ".txt")
def control_characters() -> bytes:
    return bytes(range(1, 9)) * 100


@case("", ".txt")
def gzip_that_is_named_txt() -> bytes:
    return gzip.compress(random.Random(0).randbytes(2_000))


@case("more than the limit of 10 MB", ".txt")
def text_that_is_too_long() -> bytes:
    return b"x" * 10_000_001


@case("never closed", ".md")
def front_matter_without_an_end() -> bytes:
    return b"---\ntitle: A\n\nText.\n"


@case("too large", ".md")
def yaml_that_multiplies() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)]
    return ("---\n" + "\n".join(lines) + "\n---\n" + GOOD).encode()


@case("nested too deeply", ".md")
def yaml_of_ten_thousand_levels() -> bytes:
    return b"---\na: " + b"[" * 10_000 + b"\n---\n" + GOOD.encode()


# JSON


@case("", ".json")
def json_of_a_hundred_thousand_levels() -> bytes:
    return b"[" * 100_000


@case("not valid JSON", ".json")
def json_cut_in_half() -> bytes:
    return json.dumps({"text": GOOD}).encode()[:-5]


@case("not valid JSON", ".json")
def json_of_a_number_without_end() -> bytes:
    return b'{"text": "x", "n": ' + b"9" * 1_000_000 + b"}"


@case("no text", ".json")
def json_without_a_text() -> bytes:
    return b'{"title": "A"}'


@case("must be a string", ".json")
def json_whose_text_is_a_list() -> bytes:
    return b'{"text": ["a"]}'


@case("control or undecodable", ".json")
def json_with_an_odd_id() -> bytes:
    return json.dumps({"id": "a\nb", "text": GOOD}).encode()


@case("longer than the limit of 10 MB", ".jsonl")
def line_without_an_end() -> bytes:
    return b'{"text": "' + b"x" * 50_000_000 + b'"}\n'


@case("only blank lines", ".jsonl")
def blank_lines() -> bytes:
    return b"\n" * 9


# Files that are none


@placed("not a regular file")
def pipe(folder: Path) -> Path:
    path = folder / "bad.txt"
    os.mkfifo(path)
    return path


@placed("not a regular file")
def unix_socket(folder: Path) -> Path:
    path = folder / "bad.txt"
    here = os.getcwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)
    return path


@placed("cannot be opened")
def link_to_nowhere(folder: Path) -> Path:
    path = folder / "bad.txt"
    path.symlink_to(folder / "nowhere.txt")
    return path


@placed("cannot be opened")
def link_to_itself(folder: Path) -> Path:
    path = folder / "bad.txt"
    path.symlink_to(path)
    return path


@placed("not a regular file")
def device(folder: Path) -> Path:
    path = folder / "bad.txt"
    path.symlink_to("/dev/zero")
    return path


@placed("cannot be opened: permission denied")
def unreadable_file(folder: Path) -> Path:
    path = folder / "bad.txt"
    path.write_text(GOOD)
    path.chmod(0)
    return path


@placed("the file is empty")
def name_with_line_ends(folder: Path) -> Path:
    path = folder / "bad\n\x1b[31m\u202e.txt"
    path.touch()
    return path


@placed("undecodable character")
def name_that_is_no_text(folder: Path) -> Path:
    path = os.fsencode(folder) + b"/bad\xff.txt"
    with open(path, "w") as file:
        file.write(GOOD)
    return Path(os.fsdecode(path))


def test_there_are_fifty_of_them() -> None:
    assert len(CASES) >= 50


@pytest.mark.parametrize("name", CASES)
def test_a_bad_input_is_one_clear_line_and_the_rest_is_read(name: str, tmp_path: Path) -> None:
    says, make = CASES[name]
    path = make(tmp_path)
    if name == "unreadable_file" and os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    (tmp_path / "good.txt").write_text(GOOD)
    entries = list(read(tmp_path))
    [good] = [entry for entry in entries if isinstance(entry, Article)]
    [failure] = [entry for entry in entries if isinstance(entry, Failure)]
    assert good.text == GOOD
    line = f"{failure.path}: {failure.reason}"
    assert says in failure.reason and line.isprintable() and len(failure.reason) < 300, line


def test_the_reason_of_one_pdf_is_not_told_of_the_next(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(encrypted_pdf())
    (tmp_path / "b.pdf").write_bytes(pdf_without_pages())
    encrypted, without_pages = read(tmp_path)
    assert isinstance(encrypted, Failure) and "encrypted" in encrypted.reason
    assert isinstance(without_pages, Failure) and "no PDF, or damaged" in without_pages.reason


def test_loops_of_links_between_folders_end(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "up").symlink_to(tmp_path)
    (inner / "self").symlink_to(inner)
    (inner / "good.txt").write_text(GOOD)
    assert [type(entry) for entry in islice(read(tmp_path), 10)] == [Article]


def test_names_with_dots_and_the_longest_ones_are_just_names(tmp_path: Path) -> None:
    for name in ("..secret..txt", "a..b.txt", "x" * 250 + ".txt", "%2e%2e%2f.txt"):
        (tmp_path / name).write_text(GOOD)
    found = [entry for entry in read(tmp_path) if isinstance(entry, Article)]
    assert [entry.id.removeprefix(f"{tmp_path.name}/") for entry in found] == sorted(
        name for name in os.listdir(tmp_path) if not name.startswith(".")
    )


def test_a_file_named_through_the_folder_above_keeps_to_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b.txt").write_text(GOOD)
    path = tmp_path / "a" / ".." / "b.txt"
    [entry] = read_file(path, path)
    assert isinstance(entry, Article) and ".." not in entry.id


def test_a_folder_that_vanishes_while_it_is_walked_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(GOOD)
    walk = read(tmp_path)
    assert isinstance(next(walk), Article)
    (tmp_path / "b" / "x.txt").unlink()
    (tmp_path / "b").rmdir()
    rest = list(walk)
    assert all(isinstance(entry, Failure) for entry in rest) and len(rest) <= 1


def test_a_file_that_is_swapped_for_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    os.mkfifo(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
    [failure] = read_file(path, path)
    assert isinstance(failure, Failure)
