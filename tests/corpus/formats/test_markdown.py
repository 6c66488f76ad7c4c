"""Markdown with front matter."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats.markdown import _fields
from corpus.read import read_file

DOCUMENT = """---
title: "Bridge: closed"
source: The Echo
authors: [Ann Lee, Bob Ray]
published_at: 2019-10-15
url: https://echo.example/bridge
words: 310
tags:
  - bridges
---

The council has *closed* the [bridge](https://echo.example/map).

## What now

> “It is not safe.”
"""


def one(tmp_path: Path, document: str | bytes) -> Article | Failure:
    """What a file with this document reads as."""
    path = tmp_path / "a.md"
    path.write_bytes(document if isinstance(document, bytes) else document.encode())
    (found,) = read_file(path, path)
    return found


def article(tmp_path: Path, document: str | bytes) -> Article:
    """The article in the document."""
    found = one(tmp_path, document)
    assert isinstance(found, Article), found
    return found


def reason(tmp_path: Path, document: str | bytes) -> str:
    """Why the document is no article."""
    found = one(tmp_path, document)
    assert isinstance(found, Failure), found
    return found.reason


def test_front_matter_gives_the_fields_and_the_body_stays_as_written(tmp_path: Path) -> None:
    found = article(tmp_path, DOCUMENT)
    assert (found.id, found.url) == ("https://echo.example/bridge",) * 2
    assert (found.title, found.source, found.authors) == (
        "Bridge: closed",
        "The Echo",
        ("Ann Lee", "Bob Ray"),
    )
    assert found.published_at == "2019-10-15"
    assert found.metadata == {"words": "310", "tags": ["bridges"]}
    assert found.text == DOCUMENT.split("---\n\n", 1)[1]


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = article(tmp_path, DOCUMENT)
    assert article(tmp_path, b"\xef\xbb\xbf" + DOCUMENT.replace("\n", "\r\n").encode()) == plain


@pytest.mark.parametrize("heading", ["# Bridge closed\n", "# Bridge closed ##\n", "Bridge closed\n=====\n"])
@pytest.mark.parametrize("matter", ["", "---\nsource: The Echo\n---\n"])
def test_a_leading_heading_is_the_title_and_stays_in_the_text(
    tmp_path: Path, matter: str, heading: str
) -> None:
    body = f"{heading}\nThe council has closed the bridge.\n"
    found = article(tmp_path, matter + body)
    assert (found.title, found.text, found.id) == ("Bridge closed", body, "a.md")


def test_without_title_and_heading_the_text_names_itself(tmp_path: Path) -> None:
    assert article(tmp_path, "The bridge is closed. It cracked.\n").title == "The bridge is closed."


def test_scalars_are_the_text_they_are(tmp_path: Path) -> None:
    found = article(
        tmp_path, "---\ntitle: 2019\nid: 2019_10\nsource: NO\nat: 12:30\npaid: true\nnote: ~\n---\nText."
    )
    assert (found.title, found.id, found.source) == ("2019", "2019_10", "NO")
    assert found.metadata == {"at": "12:30", "paid": True, "note": None}


@pytest.mark.parametrize(
    ("stated", "read_as"),
    [
        ("published_at: 2019-10-15T10:00:00+03:00", "2019-10-15T10:00:00+03:00"),
        ("published_at: 2019-10-15 10:00:00 +0300", "2019-10-15T10:00:00+03:00"),
        ("published_at: !!timestamp 2019-10-15", "2019-10-15"),
        ("date: Oct. 15, 2019", "2019-10-15"),
        ("Published_At: 2019/10/15", "2019-10-15"),
        ("date: 2019-01-01\npublished_at: 2019-10-15", "2019-10-15"),
        ("published_at:", None),
        ("published_at: null", None),
    ],
)
def test_dates_in_front_matter_are_read_as_written(tmp_path: Path, stated: str, read_as: str | None) -> None:
    assert article(tmp_path, f"---\n{stated}\n---\nText.").published_at == read_as


def test_a_dateline_dates_a_body_whose_front_matter_does_not(tmp_path: Path) -> None:
    assert (
        article(tmp_path, "---\ntitle: A\n---\nRIVERTON, Oct. 15, 2019 — It is closed.").published_at
        == "2019-10-15"
    )


def test_the_text_is_the_body_whatever_the_front_matter_says(tmp_path: Path) -> None:
    assert article(tmp_path, "---\ntext: other\nhtml: <p>other\n---\nText.").text == "Text."


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "the file is empty"),
        ("---\ntitle: A\n---\n", "the article has no text: it is blank"),
        (
            "---\ntitle: A\n\nText without an end.\n",
            "line 1: the front matter is opened by --- and never closed",
        ),
        ("---\ntitle: A\nsource: 'Echo\n---\nText.", "line 3: the front matter is not valid YAML"),
        ("---\ntitle: A\n  source: [b\n---\nText.", "line 3: the front matter is not valid YAML"),
        ("---\ntitle: a: b: c\n---\nText.", "line 2: the front matter is not valid YAML"),
        (
            "---\ntitle: !!python/object/apply:os.getcwd []\n---\nText.",
            "line 2: the front matter is not valid YAML",
        ),
        ("---\n- a\n- b\n---\nText.", "line 2: the front matter is no list of `key: value` lines"),
        ("---\njust words\n---\nText.", "line 2: the front matter is no list of `key: value` lines"),
        ("---\ntitle: [a]\n---\nText.", '"title" must be a string, not a list'),
        ("---\ndate: soon\n---\nText.", "\"published_at\" is 'soon', which is no full date"),
        ("---\ndate: !!timestamp soon\n---\nText.", "line 1: the front matter is not valid YAML"),
        ("---\ndate: !!timestamp 0000-01-01\n---\nText.", "line 1: the front matter is not valid YAML"),
        ("---\ntitle: *nothing\n---\nText.", "line 2: the front matter is not valid YAML"),
        ("---\nx: " + "[" * 20_000 + "\n---\nText.", "line 1: the front matter is nested too deeply"),
        ("---\nx: &x [*x]\n---\nText.", 'the metadata is too large at "x"'),
        ("---\nx: \x07\n---\nText.", "line 1: the front matter is not valid YAML"),
        ("---\n" + "x: y\n" * 30_000 + "---\nText.", "line 1: the front matter is not closed within 100000"),
        ("+++\ntitle = 'A'\n+++\nText.", "line 1: TOML front matter is not read"),
        (b"---\ntitle: A\n---\n\xff", "it is not valid UTF-8: the byte 0xff at offset 17"),
    ],
)
def test_broken_front_matter_is_one_sentence_with_the_line(
    tmp_path: Path, document: str, message: str
) -> None:
    assert reason(tmp_path, document).startswith(message)


def test_an_alias_bomb_is_refused_in_no_time(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    bomb = "\n".join(["---", "a0: &a0 [lol]", *levels, "---", "Text."])
    assert reason(tmp_path, bomb).startswith('the metadata is too large at "a')


def test_a_bomb_of_merge_keys_is_not_expanded(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n}\n  !!merge <<: [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    one(tmp_path, "\n".join(["---", "a0: &a0 {k: v}", *levels, "---", "Text."]))


def test_a_heading_is_looked_for_in_no_time(tmp_path: Path) -> None:
    for body in ("# " + " " * 1_900_000 + "x", "\n" * 1_900_000 + "x", "# a" + " #" * 900_000 + "x"):
        article(tmp_path, body)


@given(st.text())
def test_any_front_matter_is_read_or_refused(matter: str) -> None:
    try:
        fields = _fields(matter)
    except ReadError as error:
        assert str(error).startswith(("line ", "the metadata"))
        return
    assert all(isinstance(key, str) for key in fields)
