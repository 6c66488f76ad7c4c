"""JSON and JSONL files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats.jsonl import MAX_FAILURES, _parse
from corpus.read import read_file

LINE = '{"title": "Bridge closed", "text": "The bridge is closed."}'


def entries(tmp_path: Path, data: str | bytes, name: str = "feed.jsonl") -> list[Article | Failure]:
    """What a file with this content reads as."""
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_file(path, path))


def reasons(found: list[Article | Failure]) -> list[str]:
    """The reasons of the failures among them."""
    return [entry.reason for entry in found if isinstance(entry, Failure)]


def ids(found: list[Article | Failure]) -> list[str]:
    """The ids of the articles among them."""
    return [entry.id for entry in found if isinstance(entry, Article)]


def test_a_feed_gives_an_article_a_line(tmp_path: Path) -> None:
    found = entries(tmp_path, f'{LINE}\r\n\n{{"id": "x", "text": "It is open."}}')
    assert ids(found) == ["feed.jsonl#1", "x"]
    assert [entry.line for entry in found if isinstance(entry, Article)] == [1, 3]
    assert {entry.origin for entry in found} == {str(tmp_path / "feed.jsonl")}


def test_one_broken_line_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    lines = [LINE] * 10
    lines[6] = '{"title": "Bridge closed", "text": "The'
    found = entries(tmp_path, "\n".join(lines))
    (failure,) = [entry for entry in found if isinstance(entry, Failure)]
    assert failure.path == str(tmp_path / "feed.jsonl")
    assert failure.reason == "line 7: it is not valid JSON (Unterminated string starting at, column 36)"
    assert len(ids(found)) == 9


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1, 2]", "it is no JSON object with the fields of an article"),
        (b'"text"', "it is no JSON object with the fields of an article"),
        (b"null", "it is no JSON object with the fields of an article"),
        (b"{}", 'the article has no text: give it a "text" or "html" key'),
        (b'{"text": ["a"]}', '"text" must be a string, not a list'),
        (b'{"text": "\\n "}', "the article has no text: it is blank"),
        (b'{"text": "a", "x": NaN}', "it is not valid JSON (NaN is no JSON)"),
        (b'{"text": "a", "x": 1e999}', '"x" holds a number, which is no metadata'),
        (b'{"text": "a", "x": ' + b"9" * 5000 + b"}", "it is not valid JSON (Exceeds the limit"),
        (b'{"text": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "it is nested too deeply"),
        (b'{"text": "a", "x": ' + b"[" * 50 + b"]" * 50 + b"}", 'the metadata is too large at "x"'),
        (b'{"text": "\xff"}', "it is not valid UTF-8: the byte 0xff at offset 10"),
        (b'{"text": "\0"}', "it is not text: the byte at offset 10 is NUL"),
        (b'{"text": "a", "id": "a\\nb"}', "the article's id 'a\\nb' holds a control"),
        (b'{"text": "a", "published_at": "3/4/19"}', "\"published_at\" is '3/4/19', which is no full date"),
    ],
)
def test_a_line_of_the_wrong_shape_is_named(tmp_path: Path, line: bytes, reason: str) -> None:
    found = entries(tmp_path, b"\n".join([LINE.encode(), line, LINE.encode()]))
    (told,) = reasons(found)
    assert told.startswith(f"line 2: {reason}")
    assert ids(found) == ["feed.jsonl#1", "feed.jsonl#3"]


def test_lone_surrogates_and_nul_escapes_do_not_reach_the_store(tmp_path: Path) -> None:
    (found,) = entries(tmp_path, r'{"text": "a\u0000b \ud800 \ud83d\ude00", "x\udfff": ["\udc00"]}')
    assert isinstance(found, Article)
    assert found.text == "ab \ufffd 😀"
    assert found.metadata == {"x\ufffd": ["\ufffd"]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n \r\n", "the file holds only blank lines"),
        (b"\xef\xbb\xbf\n", "the file holds only blank lines"),
        (b"\x7fELF\x02\x01\x01\0\0\0\n\xff\xfe\n\xab\n" * 99, "it is not text: the byte at offset 7 is NUL"),
    ],
)
def test_a_file_that_is_no_feed_fails_once(tmp_path: Path, data: bytes, reason: str) -> None:
    assert reasons(entries(tmp_path, data)) == [reason]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    assert ids(entries(tmp_path, b"\xef\xbb\xbf" + LINE.encode())) == ["feed.jsonl#1"]


def test_failures_without_end_are_counted_not_listed(tmp_path: Path) -> None:
    told = reasons(entries(tmp_path, "no json\n" * 5000 + LINE))
    assert len(told) == MAX_FAILURES + 1
    assert told[-1] == "4900 more lines or items could not be read either"


def test_a_line_of_50_mb_is_refused_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    with path.open("wb") as handle:
        handle.write(LINE.encode() + b'\n{"text": "')
        for _ in range(50):
            handle.write(b"x" * 1_000_000)
        handle.write(b'"}\n' + LINE.encode() + b"\n")
    script = """
import resource, sys
from pathlib import Path
from corpus.read import read
unit = 1024 if sys.platform == "linux" else 1024**2
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
list(read(Path(sys.argv[2])))
before = peak()
found = list(read(Path(sys.argv[1])))
print(peak() - before, *(getattr(entry, "reason", None) or entry.id for entry in found), sep="\\n")
"""
    small = tmp_path / "small.jsonl"
    small.write_text(LINE)
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script, path, small], capture_output=True, text=True, check=True, cwd=root
    )
    grown, *found = done.stdout.splitlines()
    assert found == ["feed.jsonl#1", "line 2: the line is longer than the limit of 10 MB", "feed.jsonl#3"]
    assert int(grown) < 40


def test_a_last_line_that_is_too_long_ends_the_file(tmp_path: Path) -> None:
    found = entries(tmp_path, LINE.encode() + b"\n" + b"x" * 10_000_001)
    assert ids(found) == ["feed.jsonl#1"] and len(reasons(found)) == 1


@pytest.mark.parametrize("document", [f"[{LINE}, {LINE}]", f'{{"articles": [{LINE}, {LINE}], "total": 2}}'])
def test_a_list_of_articles_is_read(tmp_path: Path, document: str) -> None:
    found = entries(tmp_path, document, "news.json")
    assert ids(found) == ["news.json#1", "news.json#2"]
    assert [entry.line for entry in found if isinstance(entry, Article)] == [None, None]


def test_one_article_object_is_read(tmp_path: Path) -> None:
    assert ids(entries(tmp_path, LINE, "news.json")) == ["news.json"]


def test_one_bad_item_of_a_list_is_named(tmp_path: Path) -> None:
    found = entries(tmp_path, f'[{LINE}, 5, {{"text": ""}}, {LINE}]', "news.json")
    assert ids(found) == ["news.json#1", "news.json#4"]
    assert reasons(found) == [
        "item 2: it is no JSON object with the fields of an article",
        "item 3: the article has no text: it is blank",
    ]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "the file is empty"),
        ("5", "it is no JSON object with the fields of an article"),
        ("[]", "the list of articles is empty"),
        ('{"articles": []}', "the list of articles is empty"),
        ('{"articles": 5}', 'the article has no text: give it a "text" or "html" key'),
        ('[\n{"text": "a"},\n{"text": oops}]', "line 3: it is not valid JSON (Expecting value, column 10)"),
        (
            f"{LINE} {LINE}",
            "line 1: it is not valid JSON (Extra data, column 61); one object a line belongs in",
        ),
        ("[" * 200_000, "it is nested too deeply"),
        ('{"text": "a", "x": Infinity}', "it is not valid JSON (Infinity is no JSON)"),
    ],
)
def test_a_broken_json_file_fails_once_and_names_the_line(tmp_path: Path, document: str, reason: str) -> None:
    (told,) = reasons(entries(tmp_path, document, "news.json"))
    assert told.startswith(reason)


def test_html_in_a_feed_is_read_as_plain_text(tmp_path: Path) -> None:
    body = "<p>The bridge&nbsp;is <b>closed</b> &amp; gated.<script>alert(1)</script></p><p>1 &lt; 2</p>"
    (found,) = entries(tmp_path, json.dumps({"title": "Bridge", "html": body, "extra": 1}))
    assert isinstance(found, Article)
    assert found.text == "The bridge is closed & gated.\n\n1 < 2"
    assert (found.title, found.metadata) == ("Bridge", {"extra": 1})


@given(st.text())
def test_any_text_is_json_or_a_read_error(text: str) -> None:
    try:
        _parse(text, line=1)
    except ReadError as error:
        assert "not valid JSON" in str(error)
