"""Opening, bounding and decoding a file."""

import os
import re
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ReadError
from corpus.sources import SourceFile, decode, shown


def source(path: Path) -> SourceFile:
    """The file at `path`."""
    return SourceFile(str(path), path.name)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    assert source(tmp_path / "a.txt").read(4) == b"text"


def test_a_file_above_the_limit_is_refused_with_size_and_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as handle:
        handle.truncate(300_000_000)  # a hole: takes no space
    with pytest.raises(ReadError, match="it has 300,000,000 bytes, more than the limit of 200 MB"):
        source(path).read(200_000_000)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(ReadError, match="the file is empty"):
        source(tmp_path / "a.txt").read(10)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be opened: no such file"):
        source(tmp_path / "a.txt").read(10)


def test_a_pipe_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a.txt")
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    with pytest.raises(ReadError, match="not a regular file"):
        source(tmp_path / "a.txt").open()


def test_a_socket_and_a_device_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.txt")
        for path in (Path("a.txt"), Path(os.devnull)):
            with pytest.raises(ReadError, match="not a regular file"):
                source(path).open()


def test_a_pipe_put_in_the_place_of_a_file_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_text("text")
    regular = os.stat(tmp_path / "b.txt")
    with monkeypatch.context() as earlier:
        earlier.setattr(os, "stat", lambda _: regular)
        with pytest.raises(ReadError, match="not a regular file"):
            source(tmp_path / "a.txt").open()


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    path.chmod(stat.S_IWUSR)
    if os.access(path, os.R_OK):  # root reads everything

        def refuse(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ReadError, match="cannot be opened: permission denied"):
        source(path).open()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_is_decoded_with_and_without_a_mark(encoding: str) -> None:
    assert decode("Kızıltepe 😀\r\n".encode(encoding)) == "Kızıltepe 😀\r\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"text \xff text", "not valid UTF-8: the byte 0xff at offset 5 does not fit; save it as UTF-8"),
        (b"\xef\xbb\xbfab\xff", "the byte 0xff at offset 5"),
        ("Élysée".encode("latin-1"), "the byte 0xc9 at offset 0"),
        (b"cut \xe2\x82", "the byte 0xe2 at offset 4"),
        (b"text\0text", "not text: the byte at offset 4 is NUL"),
        (b"\xff\xfea\0b", "not valid UTF-16"),
        (bytes(range(1, 27)) * 20, "more than a tenth of it are control characters"),
    ],
)
def test_what_is_no_text_is_refused_with_the_place(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=re.escape(message)):
        decode(data)


@given(st.binary())
def test_any_bytes_are_text_or_a_read_error(data: bytes) -> None:
    try:
        decode(data)
    except ReadError as error:
        assert str(error).isprintable()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])).filter(lambda text: text[:1] != "\ufeff"))
def test_all_text_in_utf_8_is_decoded(text: str) -> None:
    assert decode(text.encode()) == text


def test_a_path_is_shown_without_what_would_disturb_a_terminal() -> None:
    assert shown("a\nb\x1b[31m\udcff\u202eü.txt") == r"a\nb\x1b[31m\udcff\u202eü.txt"
