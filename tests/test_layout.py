"""Layout, sizes and habits that hold for every module: a newcomer can guess the file from the feature."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_imports import modules, parse

LONGEST_MODULE = 700
LONGEST_FUNCTION = 60


def test_every_shipped_module_says_what_it_is(root: Path) -> None:
    silent = [name for name, path in modules(root) if not ast.get_docstring(parse(path))]
    assert not silent


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
    """`tests/rag/quote/test_extract.py` tests `rag/quote/extract.py`; an aspect may follow in its name."""
    strays = [
        path.relative_to(root)
        for path in (root / "tests" / package).rglob("test_*.py")
        if not any(
            path.stem == f"test_{module.stem}" or path.stem.startswith(f"test_{module.stem}_")
            for module in (root / path.relative_to(root / "tests").parent).glob("*.py")
        )
    ]
    assert not strays


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


def test_no_test_judges_seconds(root: Path) -> None:
    """The machine may be busy: a clock is read only to give up on what hangs, and by benchmarks."""
    clocks = {"perf_counter", "process_time", "monotonic", "time"}
    guards, found = {"deadline", "end"}, []
    for path in sorted((root / "tests").rglob("*.py")):
        if path.parent.name == "bench" or path.stem.endswith("_storm"):
            continue
        if "import time" not in path.read_text(encoding="utf-8"):
            continue
        for node in (node for node in ast.walk(parse(path)) if isinstance(node, ast.Assert)):
            read = {
                part.func.attr
                for part in ast.walk(node)
                if isinstance(part, ast.Call)
                and isinstance(part.func, ast.Attribute)
                and ast.unparse(part.func.value) == "time"
            }
            if read & clocks and not guards & names(node):
                found.append(f"{path.relative_to(root)}:{node.lineno}")
    assert not found


def names(node: ast.AST) -> set[str]:
    """The names of variables in a piece of code."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
