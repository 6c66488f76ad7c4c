"""The pytest plugin, in pytest sessions of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from index.models.bge import BgeSmall
from index.sync.run import sync
from tests.conftest import ROOT
from tests.rag.evals.fakes import ARTICLES
from tests.rag.evals.test_target import like_onrecord, served

CASES = """
- id: cuts
  question: How many people were treated?
  answer: "14"
- id: mayor
  question: Who is the mayor of Veldmark?
  answer: Tove Lind
- id: cause
  question: Why was the crossing slower?
  status: not_stated
  known_gap: causes are not told apart
- id: crossing
  question: How long is the crossing?
  answer: 50 minutes
  known_gap: closed since
"""


def session(folder: Path, *words: str, plugins: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """A session in `folder` with our plugin and these others, and nothing else that is installed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    loaded = [word for name in ("onrecord_pytest", *plugins) for word in ("-p", name)]
    command = [sys.executable, "-m", "pytest", *loaded, "-p", "no:cacheprovider", "-rA", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "news.answers.yaml").write_text(CASES)
    return tmp_path / "tests"


def test_each_case_is_a_test_and_a_failure_says_why(folder: Path) -> None:
    with served(like_onrecord) as script:
        done = session(folder, "--onrecord-url", script.url)
    assert done.returncode == 1
    assert re.search(r"1 failed, 1 passed, 1 xfailed, 1 xpassed", done.stdout), done.stdout
    assert "question: Who is the mayor of Veldmark?" in done.stdout
    assert "Tove Lind" in done.stdout and "Traceback" not in done.stdout and "runtest" not in done.stdout
    assert "XFAIL news.answers.yaml::cause - causes are not told apart" in done.stdout


@pytest.mark.processes
def test_workers_share_the_cases(folder: Path) -> None:
    pytest.importorskip("xdist")
    with served(like_onrecord) as script:
        done = session(folder, "--onrecord-url", script.url, "-n", "2", plugins=("xdist.plugin",))
    assert re.search(r"1 failed, 1 passed, 1 xfailed, 1 xpassed", done.stdout), done.stdout + done.stderr


def test_a_store_is_asked_by_a_command_of_its_own(folder: Path) -> None:
    (folder.parent / "news").mkdir()
    for name, text in ARTICLES.items():
        (folder.parent / "news" / f"{name}.txt").write_text(f"{name.title()} in Veldmark\n\n{text}\n")
    store = folder.parent / "store"
    sync([folder.parent / "news"], store, BgeSmall(), vector_cache=False)
    done = session(folder, "--onrecord-store", str(store), "-W", "error", "-k", "cuts or mayor")
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "PASSED news.answers.yaml::cuts" in done.stdout


def test_a_mistake_in_a_file_is_told_as_the_reader_tells_it(folder: Path) -> None:
    (folder / "news.answers.yaml").write_text("- id: a\n  qestion: Who?\n")
    done = session(folder)
    assert done.returncode == 2 and "news.answers.yaml:2" in done.stdout and "Traceback" not in done.stdout


def test_no_store_is_one_sentence(folder: Path) -> None:
    done = session(folder, "--onrecord-store", "nowhere", "-k", "cuts")
    assert "1 failed" in done.stdout and "nowhere" in done.stdout and "Traceback" not in done.stdout


def test_a_session_without_such_files_loads_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n\n\ndef test_nothing():\n"
        "    heavy = {'numpy', 'ir_measures', 'yaml', 'onnxruntime', 'httpx', 'sqlite3', 'index', 'corpus'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    done = session(tmp_path)
    assert done.returncode == 0, done.stdout
