"""A pytest plugin: `*.answers.yaml` files are collected as tests, one for each case.

    pytest --onrecord-store STORE my.answers.yaml
    pytest --onrecord-url http://127.0.0.1:7860 my.answers.yaml

Each worker drives one `onrecord ask - --json` over the store (default: ONRECORD_STORE, or the user's own), or
asks the server. A case with `known_gap` is an expected failure. Nothing of ours is imported in a session that
has no such file.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rag.evals.cases.case import Case
    from rag.evals.target import Target

SUFFIXES = (".answers.yaml", ".answers.yml")
LONGEST_START = 20.0
"""Seconds that the command has to end in once it is told that there are no more questions."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """What answers the cases."""
    group = parser.getgroup("onrecord", "onrecord: cases in *.answers.yaml")
    group.addoption("--onrecord-store", metavar="DIR", help="the store whose answers are tested")
    group.addoption("--onrecord-url", metavar="URL", help="a running server whose answers are tested")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "AnswersFile | None":
    """A file of cases."""
    if not file_path.name.endswith(SUFFIXES):
        return None
    collected: AnswersFile = AnswersFile.from_parent(parent, path=file_path)
    return collected


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the command, or let go of the connections."""
    target = config.stash.get(_TARGET, None)
    if target is not None:
        target.close()
        del config.stash[_TARGET]


class AnswersFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its cases. What is wrong with the file is told as the reader tells it."""
        from corpus.errors import OnrecordError
        from rag.evals.cases.read import load

        try:
            cases = load([self.path])
        except OnrecordError as error:
            raise self.CollectError(str(error)) from error
        for case in cases:
            yield AnswerItem.from_parent(self, name=case.id, case=case)


class AnswerItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: "Case", **given: Any) -> None:
        super().__init__(**given)
        self.case = case
        if case.known_gap is not None:
            self.add_marker(pytest.mark.xfail(reason=case.known_gap, strict=False))

    def runtest(self) -> None:
        """Ask, grade; raise WrongAnswer when it did not pass."""
        from corpus.errors import OnrecordError
        from rag.evals.report.table import item_text
        from rag.evals.run import graded

        try:
            target = _target(self.config)
        except OnrecordError as error:
            raise WrongAnswer(str(error)) from error
        record = graded(self.case, target)
        if not record.passed:
            raise WrongAnswer(item_text(record))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Question, answer and reasons, without a traceback through the machinery."""
        if isinstance(excinfo.value, WrongAnswer):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case is written."""
        line = self.case.origin.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdecimal() else None, self.name


class WrongAnswer(AssertionError):
    """An answer that is not what the case expects."""


class _Command:
    """`onrecord ask - --json`, asked line by line; texts are read from the store beside it."""

    def __init__(self, store: Path) -> None:
        from index.store.store import Store

        self._store = Store.open(store)
        command = [sys.executable, "-m", "app", "ask", "-", "--json", "--store", str(store)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, case: "Case") -> Mapping[str, Any]:
        """The line that answers this case's line. Raises TargetError."""
        from rag.evals.target import TargetError, body_of

        assert self._process.stdin is not None and self._process.stdout is not None
        line = ""
        try:
            self._process.stdin.write(json.dumps(body_of(case)) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            pass  # It has ended; an empty line says the same.
        if not line:
            raise TargetError("onrecord ask ended without an answer; what it said stands on stderr")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise TargetError(str(answer["error"]))
        return answer

    def article_text(self, article_id: str, revision: str) -> str | None:
        """The stored text of that revision."""
        stored = self._store.article(article_id, revision)
        return None if stored is None else stored.article.text

    def settings(self) -> Mapping[str, object]:
        """Nothing: tests are not taken up."""
        return {}

    def close(self) -> None:
        """End the command and close the store."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=LONGEST_START)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._store.close()


def _target(config: pytest.Config) -> "Target":
    """What answers in this worker, made at the first case."""
    held: Target | None = config.stash.get(_TARGET, None)
    if held is None:
        held = config.stash[_TARGET] = _made(config)
    return held


def _made(config: pytest.Config) -> Any:
    import os

    from rag.evals.target import ServerTarget
    from rag.terminal.settings import Settings

    if url := config.getoption("--onrecord-url"):
        return ServerTarget(str(url))
    environment = {name: value for name, value in os.environ.items() if name == "ONRECORD_STORE"}
    settings = Settings.read(environment, config.rootpath, store=config.getoption("--onrecord-store"))
    return _Command(settings.store.absolute())


_TARGET: pytest.StashKey[Any] = pytest.StashKey()
