"""The pages in docs/ are true: settings, commands, flags, routes, names, links, the output they show."""

import ast
import io
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import main
from rag.terminal.arguments import parse
from rag.terminal.settings import NAMES_OF_TESTS, SETTINGS
from tests.test_imports import modules

COMMANDS = ("index", "ask", "search", "articles", "serve", "eval", "compare", "doctor")
ACTIONS = ("list", "show", "remove", "restore")
SECONDS_AND_PLACE = re.compile(r"in \d+\.\d s; (.*) in \S+$", re.M)
FLAG = re.compile(r"(?<![\w-])-(?:-[a-z][a-z-]*|k)\b")
OURS = r"(?:app\.py|onrecord_pytest\.py|(?:corpus|index|rag|prompts|tests|docs)/)"
METHODS = {"get", "post", "put", "delete", "patch", "api_route"}


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[str, str]:
    """Every page that people read, by its path."""
    paths = [*root.glob("*.md"), *(root / "docs").glob("*.md")]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def section(page: str, heading: str) -> str:
    """The part of a page under a heading of the second level."""
    return page.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """The first cells of the first table of a text."""
    rows = re.split(r"\n(?!\|)", text[text.index("\n|") :])[0].strip().splitlines()
    return [row.split("|")[1].strip() for row in rows[2:]]


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        parse([*words, "--help"])
    return capsys.readouterr().out


def known_flags(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Every flag that the help of a command names."""
    of_actions = [("articles", action) for action in ACTIONS]
    helped = [help_of(capsys, *words) for words in [(), *((name,) for name in COMMANDS), *of_actions]]
    return set(FLAG.findall("".join(helped)))


def test_the_settings_table_is_complete(pages: dict[str, str]) -> None:
    assert {name.strip("`") for name in first_cells(pages["docs/settings.md"])} == set(SETTINGS)


def test_every_setting_that_is_mentioned_is_known(pages: dict[str, str]) -> None:
    mentioned = {name for page in pages.values() for name in re.findall(r"ONRECORD_[A-Z_]*[A-Z]", page)}
    assert mentioned - {"ONRECORD_PACKAGE"} <= {
        *SETTINGS,
        *NAMES_OF_TESTS,
    }  # a variable of CI's, in an example


def test_every_command_has_a_row(pages: dict[str, str]) -> None:
    rows = first_cells(pages["docs/commands.md"])
    assert [row.split()[1].strip("`") for row in rows] == list(COMMANDS)


def test_every_action_on_articles_has_a_row(pages: dict[str, str]) -> None:
    rows = first_cells(section(pages["docs/commands.md"], "articles"))
    assert tuple(row.strip("`").split()[0] for row in rows) == ACTIONS


def test_every_flag_is_on_the_page_of_commands(
    pages: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert known_flags(capsys) - {"--help"} <= set(FLAG.findall(pages["docs/commands.md"]))


def test_every_flag_of_ours_that_a_page_names_exists(
    pages: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    known = known_flags(capsys)
    assert set(FLAG.findall(pages["docs/commands.md"])) <= known
    spelled = {
        flag
        for page in pages.values()
        for command in re.findall(r"(?:^|[`$] ?)onrecord ([^`\n]*)", page, re.M)
        for flag in FLAG.findall(command.split("#")[0])
    }
    assert spelled and spelled <= known


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    helped = help_of(capsys)
    assert all(re.search(rf"^    {command}\s+[A-Z]", helped, re.M) for command in COMMANDS)


def test_every_make_target_that_is_mentioned_exists(pages: dict[str, str], root: Path) -> None:
    rules = re.findall(r"^([a-z][a-z -]*):(?!=)", (root / "Makefile").read_text(), re.M)
    targets = {target for rule in rules for target in rule.split()}
    named = {
        name
        for page in pages.values()
        for names in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", page, re.M)
        for name in names
    }
    assert named - {""} <= targets
    in_table = {
        row.removeprefix("make ") for row in re.findall(r"make [a-z-]+", pages["docs/development.md"])
    }
    assert targets - {"chromium"} <= in_table


def routes(root: Path) -> Iterator[str]:
    """The address of every route of ours, `{...}` as ID, without those of the command line's own."""
    for path in sorted((root / "rag" / "web" / "routes").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        prefix = next(
            (
                ast.literal_eval(keyword.value)
                for call in calls
                if isinstance(call.func, ast.Name) and call.func.id == "APIRouter"
                for keyword in call.keywords
                if keyword.arg == "prefix"
            ),
            "",
        )
        decorators = [
            call
            for call in calls
            if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS and call.args
        ]
        addresses = [str(call.args[0].value) for call in decorators if isinstance(call.args[0], ast.Constant)]
        yield from (re.sub(r"\{[^}]*\}", "ID", prefix + each) for each in addresses if each.startswith("/"))


def test_every_route_is_on_the_page_of_the_api(pages: dict[str, str], root: Path) -> None:
    found = {route for route in routes(root) if "/owner/" not in route}
    assert len(found) > 15
    described = {
        re.sub(r"/[A-Z]+\b", "/ID", route)
        for route in re.findall(r"(?<=[A-Z] )/[\w/.-]+", pages["docs/api.md"])
    }
    assert found <= described
    assert described - found <= {"/api/openapi.json"}  # FastAPI's own


def test_every_file_and_folder_that_is_named_exists(pages: dict[str, str], root: Path) -> None:
    named = {
        path
        for name in ("docs/architecture.md", "docs/development.md", "CONTRIBUTING.md", "README.md")
        for path in re.findall(rf"`({OURS}[\w./-]*)`", pages[name])
    }
    assert len(named) > 30
    assert not [path for path in named if not (root / path).exists()]


def test_the_top_level_is_described(pages: dict[str, str], root: Path) -> None:
    named = {row.strip("`") for row in first_cells(pages["docs/architecture.md"])}
    packages = {f"{path.parent.name}/" for path in root.glob("*/__init__.py")}
    assert packages | {path.name for path in root.glob("*.py")} | {"docs/"} <= named


def test_every_name_of_the_code_exists(pages: dict[str, str], root: Path) -> None:
    trees = {name: path for name, path in modules(root)}
    named = {
        name
        for page in pages.values()
        for name in re.findall(r"`((?:corpus|index|rag|prompts)(?:\.\w+)+)`", page)
        if not name.endswith(".py")
    }
    assert len(named) > 15
    assert not [name for name in named if not defined(name, trees)]


def defined(name: str, paths: dict[str, Path]) -> bool:
    """Whether a dotted name is a module, or something that a module or one of its classes defines."""
    parts = name.split(".")
    length = next(n for n in range(len(parts), -1, -1) if ".".join(parts[:n]) in paths or n == 0)
    if not length:
        return False
    body: list[ast.stmt] = ast.parse(paths[".".join(parts[:length])].read_text(encoding="utf-8")).body
    for part in parts[length:]:
        inner = [node for node in body if part in names_of(node)]
        if not inner:
            return False
        body = getattr(inner[0], "body", [])
    return True


def names_of(node: ast.stmt) -> set[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    return {target.id for target in targets if isinstance(target, ast.Name)}


def anchor(heading: str) -> str:
    """A heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_link_leads_somewhere(pages: dict[str, str], root: Path) -> None:
    broken = []
    for name, page in pages.items():
        prose = re.sub(r"```.*?```", "", page, flags=re.S)
        for link in re.findall(r"\]\(([^)\s]+)\)", prose):
            target, _, fragment = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            path = ((root / name).parent / target).resolve() if target else root / name
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M) if path.suffix == ".md" else []
            if not path.exists() or (fragment and fragment not in map(anchor, headings)):
                broken.append(f"{name}: {link}")
    assert not broken


def test_every_python_example_imports_what_there_is(pages: dict[str, str], root: Path) -> None:
    paths = dict(modules(root))
    imported = [
        f"{node.module}.{alias.name}"
        for page in pages.values()
        for example in re.findall(r"```python\n(.*?)```", page, re.S)
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] in ("rag", "index", "corpus")
        for alias in node.names
    ]
    assert imported and not [name for name in imported if not defined(name, paths)]


@pytest.mark.usefixtures("samples_embedded")
def test_the_terminal_prints_what_the_page_shows(
    pages: dict[str, str],
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("ONRECORD_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    shown = re.findall(r"^\$ onrecord (.*)\n((?:(?!\$ |```).*\n)*)", pages["docs/commands.md"], re.M)
    assert len(shown) >= 3
    for words, expected in shown:
        assert main(shlex.split(words)) == 0
        printed = capsys.readouterr().out
        assert SECONDS_AND_PLACE.sub(r"\1", printed).strip() == SECONDS_AND_PLACE.sub(r"\1", expected).strip()
