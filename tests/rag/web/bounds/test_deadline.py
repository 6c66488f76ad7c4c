"""The end of a process whose threads hang, each in a process of its own."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SET = "import threading; from rag.web.bounds import deadline; deadline.Deadline().set(0.1); "
PATIENT = SET.replace("deadline.Deadline", "deadline._WITHOUT_PYTHON = 300; deadline.Deadline")
"""The end without Python far behind, so that a slow machine does not come to it first."""
LATE = SET.replace("0.1", "50")
HANG = "threading.Thread(target=threading.Event().wait, name='hung').start(); "


def run(code: str) -> subprocess.CompletedProcess[str]:
    """The process that ran this code to its end."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("hangs", [HANG, "threading.Event().wait()"])
def test_the_process_ends_at_the_deadline_whatever_its_threads_wait_for(hangs: str) -> None:
    ended = run(f"{PATIENT}{hangs}")
    assert ended.returncode == 0
    assert "was committed is kept" in ended.stderr


def test_a_process_that_ends_by_itself_does_not_wait_for_the_deadline() -> None:
    ended = run(f"{LATE}threading.Thread(target=print).start()")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_code_that_holds_the_interpreter_is_ended_too() -> None:
    assert run(f"{SET}import re; re.match('(a+)+$', 'a' * 60 + 'b')").returncode == 1


def test_a_process_is_left_at_once_only_while_a_thread_of_the_name_is_there() -> None:
    assert run(f"{LATE}{HANG}deadline.leave(['hung']); print('goes on')").stdout == ""
    assert run(f"{LATE}deadline.leave(['hung']); print('goes on')").stdout == "goes on\n"
