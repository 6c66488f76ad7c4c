"""A newcomer can guess the file from the feature: the layout, sizes and habits that hold everywhere."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_imports import modules

LONGEST_MODULE = 700
LONGEST_FUNCTION = 60


def test_every_shipped_module_says_what_it_is(root: Path) -> None:
    silent = [name for name, path in modules(root) if not ast.get_docstring(parse(path))]
    assert not silent


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def test_modules_are_one_noun_long(root: Path) -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules(root)}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_MODULE}


def test_functions_are_read_without_scrolling(root: Path) -> None:
    long = [
        f"{name}.{node.name}"
        for name, path in modules(root)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("package", ["corpus", "index", "rag", "prompts"])
def test_tests_mirror_the_code(root: Path, package: str) -> None:
    nouns = tuple(path.stem for path in (root / package).rglob("*.py"))
    tests = [path.stem.removeprefix("test_") for path in (root / "tests" / package).rglob("test_*.py")]
    assert not [name for name in tests if not name.startswith(nouns)]


def test_no_file_speaks_of_the_machine_it_was_written_on(root: Path) -> None:
    paths = [
        path for pattern in ("*.py", "*.md", "*.toml", "Makefile", ".ci/run") for path in root.glob(pattern)
    ]
    for folder in ("corpus", "index", "rag", "prompts", "tests"):
        paths += [path for path in (root / folder).rglob("*") if path.suffix in {".py", ".md", ".jsonl"}]
    machine = re.compile("/(" + r"work|root|home/\w+|tmp/plan)/")
    assert not [path for path in paths if machine.search(path.read_text(encoding="utf-8"))]


def test_nothing_is_left_to_do_later(root: Path) -> None:
    later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")
    assert not [name for name, path in modules(root) if later.search(path.read_text(encoding="utf-8"))]
