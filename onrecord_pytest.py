"""Pytest plugin: `*.answers.yaml` files are collected as tests, one for each case.

    pytest --onrecord-store STORE my.answers.yaml
    pytest --onrecord-url http://127.0.0.1:7860 my.answers.yaml

Each worker starts one `onrecord eval -` at its first case file: a process that reads case files and grades
single cases, one JSON line each. The tested project may have an `app`, `rag` or `index` of its own, so this
module imports nothing of onrecord, and the process ignores PYTHONPATH and the current folder. A case
with `known_gap` is an expected failure.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

SUFFIXES = (".answers.yaml", ".answers.yml")
STOP_SECONDS = 20.0
"""How long the command may take to end after its input was closed; then it is killed."""
_MAIN = """\
import sys
folder = sys.argv.pop(1)
if folder not in sys.path:
    sys.path.insert(0, folder)
from app import main
sys.exit(main())
"""
"""Runs the command that lies beside this module: in a checkout its folder is not always on the path."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say what answers the cases."""
    group = parser.getgroup("onrecord", "onrecord: cases in *.answers.yaml")
    group.addoption("--onrecord-store", metavar="DIR", help="the store whose answers are tested")
    group.addoption("--onrecord-url", metavar="URL", help="a running server whose answers are tested")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "AnswersFile | None":
    """Collect a case file."""
    if not file_path.name.endswith(SUFFIXES):
        return None
    collected: AnswersFile = AnswersFile.from_parent(parent, path=file_path)
    return collected


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the command of this worker, if one was started."""
    if command := config.stash.get(_COMMAND, None):
        command.close()
        del config.stash[_COMMAND]


class AnswersFile(pytest.File):
    """A case file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each case. Mistakes in the file are reported with their lines."""
        read = _command(self.config).answer({"file": str(self.path)})
        if "error" in read:
            raise self.CollectError(read["error"])
        for case in read["cases"]:
            yield AnswerItem.from_parent(self, name=case["id"], case=case)


class AnswerItem(pytest.Item):
    """One case; `case` has the keys of a case file, and `origin` ("news.answers.yaml:12")."""

    def __init__(self, *, case: Mapping[str, Any], **given: Any) -> None:
        super().__init__(**given)
        self.case = case
        if gap := case.get("known_gap"):
            self.add_marker(pytest.mark.xfail(reason=gap, strict=False))

    def runtest(self) -> None:
        """Ask the question and grade the answer. Raises WrongAnswer if the case does not pass."""
        graded = _command(self.config).answer({"case": self.case})
        if not graded.get("passed"):
            raise WrongAnswer(graded.get("error") or graded["report"])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Question, answer and reasons, without a traceback."""
        if isinstance(excinfo.value, WrongAnswer):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """File, line (from 0) and name of the case."""
        line = self.case.get("origin", "").rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdecimal() else None, self.name


class WrongAnswer(AssertionError):
    """An answer that does not meet what its case expects, or a question that could not be asked."""


class Command:
    """A running `onrecord eval -`, with the settings of the environment and of `.env` in the root folder."""

    def __init__(self, config: pytest.Config) -> None:
        target: list[str] = []
        if url := config.getoption("--onrecord-url"):
            target = ["--url", url]
        elif store := config.getoption("--onrecord-store") or os.environ.get("ONRECORD_STORE"):
            target = ["--store", str(config.invocation_params.dir / Path(store).expanduser())]
        # -E and -P: no PYTHONPATH, no current folder. -I would also hide what `pip install --user` installed.
        isolated = [sys.executable, "-E", "-P", "-c", _MAIN, str(Path(__file__).parent)]
        self._process = subprocess.Popen(
            [*isolated, "eval", "-", *target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=config.rootpath,
            text=True,
            encoding="utf-8",
        )

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The command's answer to one line; the key `error` holds a sentence if there is none."""
        assert self._process.stdin is not None and self._process.stdout is not None
        line = ""
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            pass  # The command has ended, which the empty line also says.
        if not line:
            return {"error": "onrecord eval ended without an answer; its message is on stderr"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Close the command's input and wait for its end."""
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def _command(config: pytest.Config) -> Command:
    """The command of this worker, started at the first call."""
    if _COMMAND not in config.stash:
        config.stash[_COMMAND] = Command(config)
    return config.stash[_COMMAND]


_COMMAND: pytest.StashKey[Command] = pytest.StashKey()
