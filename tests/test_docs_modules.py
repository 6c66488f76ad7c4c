"""The list of rooms and modules in docs/architecture.md is made from the modules' docstrings.

`python -m tests.test_docs_modules` writes it anew.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.test_imports import modules

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- modules -->\n", "<!-- /modules -->"


def module_list(root: Path) -> str:
    """Markdown: a heading with its docstring for each package, and a table row for each of its modules."""
    return "\n".join(_lines(root)) + "\n"


def _lines(root: Path) -> Iterator[str]:
    paths = dict(modules(root))
    packages = [name for name, path in paths.items() if path.name == "__init__.py"]
    for package in packages:
        yield from (f"### `{package.replace('.', '/')}/`", "", _first_paragraph(paths[package]), "")
        members = [name for name in paths if name.rpartition(".")[0] == package and name not in packages]
        if members:
            yield from ("| module | holds |", "|---|---|")
            for name in members:
                yield f"| `{paths[name].name}` | {_first_paragraph(paths[name])} |"
            yield ""


def _first_paragraph(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split()).replace("|", "\\|")


def test_the_architecture_page_lists_every_module_with_its_docstring() -> None:
    listed = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert listed == module_list(ROOT), "run python -m tests.test_docs_modules"


def write() -> None:
    """Put the list into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + module_list(ROOT) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    write()
