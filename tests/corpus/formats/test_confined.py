"""A parser that crashes, loops or fills the memory takes only the child with it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import ReadError
from corpus.formats.confined import Confined

PARSER = """
import os, time
from corpus.errors import ReadError
def parse(path):
    what = open(path).read()
    if what == "crash": os.kill(os.getpid(), 11)
    if what == "loop":
        while True: pass
    if what == "sleep": time.sleep(60)
    if what == "fill": return {"text": "x" * (3 << 30)}
    if what == "raise": raise ValueError("two\\nlines")
    if what == "refuse": raise ReadError("it is refused")
    if what == "print": print("no answer")
    if what == "write":
        with open(path + ".made", "w") as made: made.write("x" * 9)
    return {"text": what, "process": os.getpid()}
"""


@pytest.fixture
def confined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Confined]:
    (tmp_path / "odd_parser.py").write_text(PARSER)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    made = Confined(memory_bytes=1 << 29)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("crash", "does not survive"),
        ("fill", "more than 512 MB of memory"),
        ("raise", r"damaged \(ValueError: two lines\)"),
        ("refuse", "^it is refused$"),
    ],
)
def test_what_goes_wrong_in_the_child_is_one_sentence(
    confined: Confined, tmp_path: Path, what: str, reason: str
) -> None:
    path = tmp_path / "document"
    path.write_text(what)
    with pytest.raises(ReadError, match=reason):
        confined.parse("odd_parser", str(path))
    path.write_text("well")
    assert confined.parse("odd_parser", str(path))["text"] == "well"


@pytest.mark.parametrize("what", ["loop", "sleep"])
def test_a_child_that_computes_or_waits_too_long_is_ended(
    confined: Confined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(confined, "_seconds", 1)
    path = tmp_path / "document"
    path.write_text(what)
    with pytest.raises(ReadError, match="longer than 1 seconds"):
        confined.parse("odd_parser", str(path))


def test_one_child_reads_many_documents_and_is_not_this_process(confined: Confined, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_text("print")
    processes = {confined.parse("odd_parser", str(path))["process"] for _ in range(3)}
    assert len(processes) == 1 and os.getpid() not in processes


def test_a_parser_writes_no_files(confined: Confined, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_text("write")
    with pytest.raises(ReadError, match="damaged"):
        confined.parse("odd_parser", str(path))
    assert not (tmp_path / "document.made").exists() or not (tmp_path / "document.made").stat().st_size
