"""Interrupts of a command: said in one line, whatever they meet."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
import signal, sys, time
from rag.terminal.console import run_reporting_errors

def wait():
    while True:
        time.sleep(0.01)  # A signal right before a long sleep would be handled only after it.

{body}
sys.exit(run_reporting_errors(run))
"""


def outcome(root: Path, body: str, signals: int) -> tuple[int, str]:
    """The exit code and stderr of a command that gets so many interrupts, each when it says so."""
    command = [sys.executable, "-c", COMMAND.format(body=body)]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for _ in range(signals):
            child.stdout.readline()
            child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=300)
    return child.returncode, said


def test_an_interrupt_is_one_line(root: Path) -> None:
    body = "def run():\n    print('ready', flush=True)\n    wait()"
    assert outcome(root, body, 1) == (130, "onrecord: stopped\n")


def test_an_interrupt_that_an_import_turned_into_another_error_is_one_line_too(root: Path) -> None:
    body = """
def run():
    try:
        print('ready', flush=True)
        wait()
    except KeyboardInterrupt:
        raise ImportError('cannot load module more than once per process')
"""
    assert outcome(root, body, 1) == (130, "onrecord: stopped\n")


def test_a_second_interrupt_ends_a_command_that_cleans_up_for_too_long(root: Path) -> None:
    body = """
def run():
    try:
        print('ready', flush=True)
        wait()
    finally:
        print('cleaning up', flush=True)
        wait()
"""
    assert outcome(root, body, 2) == (130, "onrecord: stopped at once\n")


def test_a_bug_keeps_its_traceback(root: Path) -> None:
    code, said = outcome(root, "def run():\n    raise ValueError('a bug')", 0)
    assert code == 1 and "Traceback" in said and "a bug" in said


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise MemoryError", "there is too little memory"),
        ("raise OSError(28, 'No space left on device')", "no space is left on the disk"),
    ],
)
def test_too_little_memory_and_a_full_disk_are_one_line(root: Path, body: str, says: str) -> None:
    code, said = outcome(root, f"def run():\n    {body}", 0)
    assert code == 1 and said.startswith(f"onrecord: {says}") and said.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_finds_no_room_is_one_line(root: Path) -> None:
    code = COMMAND.format(body="def run():\n    print('ready', flush=True)\n    return 0")
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=root, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ran.returncode == 1 and ran.stderr.startswith("onrecord: no space is left on the disk")
    assert ran.stderr.count("\n") == 1
