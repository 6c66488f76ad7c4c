"""Following files and feeds: round after round, whatever fails, until it is interrupted."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from corpus.errors import ReadError, UsageError
from rag.terminal.index import _matters, follow, parse_interval


@pytest.mark.parametrize(
    ("written", "seconds"), [("60s", 60), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("366d", 31_622_400)]
)
def test_times_are_written_with_their_unit(written: str, seconds: float) -> None:
    assert parse_interval(written) == seconds


@pytest.mark.parametrize(
    "written", ["15", "m", "59s", "0h", "-5m", "1.5h", "15 minutes", "", "9999999m", "367d", "999999d"]
)
def test_other_times_are_refused(written: str) -> None:
    with pytest.raises(UsageError, match="--every takes a time such as 15m"):
        parse_interval(written)


def counting(after: Callable[[int], None]) -> tuple[list[int], Callable[[], None]]:
    """A run that counts its rounds and does something after each."""
    done: list[int] = []

    def run() -> None:
        done.append(len(done))
        after(len(done))

    return done, run


def test_a_round_that_fails_is_told_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = iter([False, False])

    class Waiting(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout == 60
            for waited in waits:
                return waited
            raise KeyboardInterrupt

    def fail(count: int) -> None:
        if count == 2:
            raise ReadError("the feed is away")

    monkeypatch.setattr(threading, "Event", Waiting)
    done, run = counting(fail)
    follow(run, [], watch=False, every=60)
    assert done == [0, 1, 2]
    said = capsys.readouterr().err
    assert "the feed is away" in said and said.count("Ctrl-C ends") == 3


def test_an_interrupt_of_a_round_is_not_swallowed() -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt("stopped; 3 new passages are in the store")

    _, run = counting(interrupt)
    with pytest.raises(KeyboardInterrupt, match="3 new passages"):
        follow(run, [], watch=False, every=60)


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("a.txt", True),
        ("new/b.md", True),
        ("folder", True),
        (".a.txt.swp", False),
        ("a.txt~", False),
        ("a.png", False),
    ],
)
def test_only_what_may_be_an_article_matters(name: str, matters: bool, tmp_path: Path) -> None:
    assert _matters(str(tmp_path / name), [tmp_path]) is matters
    assert not _matters(str(tmp_path.parent / "elsewhere" / name), [tmp_path])


COMMAND = """
import sys
from pathlib import Path
from rag.terminal.console import run_reporting_errors
from rag.terminal.index import follow
def run():
    path = Path(sys.argv[1])
    names = sorted(found.name for found in path.rglob("*.txt"))
    print(path.read_text() if path.is_file() else ",".join(names) or "none", flush=True)
def main():
    follow(run, [Path(sys.argv[1])], watch=True, every=None)
    return 0
sys.exit(run_reporting_errors(main))
"""


@contextmanager
def following(path: Path, root: Path) -> Iterator[tuple[subprocess.Popen[str], Callable[[str], None]]]:
    """The command over a path, and a wait for a round that sees these files; killed if it hangs."""
    command = [sys.executable, "-c", COMMAND, str(path)]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        late = threading.Timer(300, child.kill)
        late.start()

        def until(expected: str) -> None:
            assert child.stdout is not None
            for line in child.stdout:
                if line.strip() == expected:
                    break
            else:
                raise AssertionError(f"{expected} was never seen")
            assert "waiting for a change" in child.stdout.readline()

        try:
            yield child, until
        finally:
            late.cancel()
            child.kill()


def test_files_that_come_change_and_go_are_seen_and_ctrl_c_ends_it(tmp_path: Path, root: Path) -> None:
    news = tmp_path / "news"
    with following(news, root) as (child, until):
        until("none")
        news.mkdir()
        (news / "a.txt").write_text("The ferry stayed in port.")
        until("a.txt")
        (news / "b.txt").write_text("The museum opens.")
        (news / "b.txt.tmp~").write_text("x")
        until("a.txt,b.txt")
        os.replace(news / "a.txt", news / "c.txt")
        until("b.txt,c.txt")
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=300) in (0, 130)  # The latter within another round.


def test_one_file_is_seen_however_often_it_is_replaced(tmp_path: Path, root: Path) -> None:
    article, draft = tmp_path / "a.txt", tmp_path / "draft~"
    article.write_text("first")
    with following(article, root) as (_, until):
        until("first")
        for text in ("second", "third"):  # As editors save: a new file under the old name.
            draft.write_text(text)
            os.replace(draft, article)
            until(text)
